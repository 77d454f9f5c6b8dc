#!/bin/bash
# Builds a host's root file system on its own disk, once, and goes into it. Runs as the host's first process.
# host-init.sh STATE NAME
set -euo pipefail
state=$1 name=$2
dir=$state/$name root=$state/$name/mnt

# /proc is still the machine's: this is the process's id as seen from outside.
read -r pid _ </proc/self/stat
echo "$pid" >"$dir/init.pid.new"
mv "$dir/init.pid.new" "$dir/init.pid"

hostname "$name"
mkdir -p "$root"
mount -o loop,noatime "$dir/disk.img" "$root"

take_over() { # what the programs in /usr need of the machine's configuration; nothing that is the machine's own business
  local file
  for file in passwd group nsswitch.conf ld.so.cache ld.so.conf ld.so.conf.d alternatives protocols services rpc \
    shells profile profile.d bash.bashrc login.defs debian_version os-release localtime ssl iptables fish; do
    [ ! -e "/etc/$file" ] || cp -a "/etc/$file" "$root/etc/"
  done
  install -D -m 644 /etc/ssh/moduli "$root/etc/ssh/moduli"
}

add_user() { # add_user NAME ID SHELL [GROUP]
  local user=$1 id=$2 shell=$3 group=${4:-}
  local home=/home/$user
  echo "$user:x:$id:$id::$home:$shell" >>"$root/etc/passwd"
  echo "$user:x:$id:" >>"$root/etc/group"
  [ -z "$group" ] || sed -i -E "s/^($group:[^:]*:[^:]*:)(.*)$/\1\2,$user/; s/^($group:.*:),/\1/" "$root/etc/group"
  mkdir -p "$root$home"
  let_in "$id" "$root$home"
}

let_in() { # let_in ID HOME
  install -d -m 700 "$2/.ssh"
  install -m 600 "$state/id.pub" "$2/.ssh/authorized_keys"
  chown -R "$1:$1" "$2"
}

make() {
  rm -rf "$root"/{etc,root,home,run} "$root/var/lib/docker/engine-id"
  mkdir -p "$root"/{usr,etc/seatrial,var/{lib,log,tmp,empty,cache},root,home,proc,sys,dev,run,tmp,mnt,opt,srv}
  chmod 1777 "$root/tmp" "$root/var/tmp"
  ln -sfn /run "$root/var/run"
  local link
  for link in bin sbin lib lib32 lib64 libx32; do
    [ ! -L "/$link" ] || ln -sfn "usr/$link" "$root/$link"
  done
  take_over
  grep -q ^docker: "$root/etc/group" || echo docker:x:2000: >>"$root/etc/group"
  printf '#!/bin/sh\necho "Welcome to %s. Everything you do here is recorded."\nexec /bin/bash "$@"\n' "$name" \
    >"$root/etc/seatrial/banner-shell"
  chmod 755 "$root/etc/seatrial/banner-shell"
  let_in 0 "$root/root"
  add_user deploy 2001 /bin/bash docker
  add_user nodocker 2002 /bin/bash
  add_user banner 2003 /etc/seatrial/banner-shell docker
  [ ! -x /usr/bin/fish ] || add_user fish 2004 /usr/bin/fish docker
  # No password opens anything, and nobody is locked.
  sed -E 's/^([^:]*):.*/\1:*:19000:0:99999:7:::/' "$root/etc/passwd" >"$root/etc/shadow"
  chmod 600 "$root/etc/shadow"
  install -m 644 "$state/hosts" "$root/etc/hosts"
  : >"$root/etc/resolv.conf"
  install -m 600 "$dir/host_key" "$root/etc/ssh/ssh_host_ed25519_key"
  install -m 644 "$dir/host_key.pub" "$root/etc/ssh/ssh_host_ed25519_key.pub"
  cat >"$root/etc/ssh/sshd_config" <<'CONFIG'
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
PrintMotd no
PrintLastLog no
MaxStartups 200:30:400
MaxSessions 100
Subsystem sftp internal-sftp
CONFIG
  install -m 755 "$state/host-run.sh" "$root/etc/seatrial/run"
  echo "$name" >"$root/etc/hostname"
}

# A disk that was copied carries another host's name, or none.
[ "$(cat "$root/etc/hostname" 2>/dev/null)" = "$name" ] || make

mount --bind /usr "$root/usr"
mount -o remount,bind,ro "$root/usr"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755 run "$root/run"
mkdir -p "$root/run/sshd" "$root/run/lock"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  for controller in $(cat "$root/sys/fs/cgroup/cgroup.controllers"); do
    echo "+$controller" 2>/dev/null >"$root/sys/fs/cgroup/cgroup.subtree_control" || true
  done
else
  mount -t tmpfs -o mode=755 cgroup "$root/sys/fs/cgroup"
  awk '$2 ~ "^/sys/fs/cgroup/" && $3 == "cgroup" { print $2, $4 }' /proc/self/mounts | while read -r place options; do
    hierarchy=${place##*/}
    options=$(tr , '\n' <<<"$options" | grep -vE '^(rw|relatime|nosuid|nodev|noexec|xattr|release_agent.*)$' | paste -sd,)
    mkdir -p "$root/sys/fs/cgroup/$hierarchy"
    mount -t cgroup -o "$options" cgroup "$root/sys/fs/cgroup/$hierarchy"
  done
fi
cd "$root"
mkdir -p .old
pivot_root . .old
exec chroot . /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=linux \
  /bin/bash -c 'umount -l /.old && rmdir /.old && exec /bin/bash /etc/seatrial/run'
