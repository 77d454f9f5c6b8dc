# Adds a login to a host of the testbed that may become root without a password, and may not use Docker.
set -eu
if ! grep -q '^admin:' /etc/passwd; then
  echo 'admin:x:2010:2010::/srv/admin:/bin/bash' >>/etc/passwd
  echo 'admin:x:2010:' >>/etc/group
  echo 'admin:*:19000:0:99999:7:::' >>/etc/shadow
  install -d -m 755 -o 2010 -g 2010 /srv/admin
  install -d -m 700 -o 2010 -g 2010 /srv/admin/.ssh
  install -m 600 -o 2010 -g 2010 ~root/.ssh/authorized_keys /srv/admin/.ssh/authorized_keys
fi
printf 'root ALL=(ALL:ALL) ALL\nadmin ALL=(ALL:ALL) NOPASSWD: ALL\n' >/etc/sudoers
chmod 440 /etc/sudoers
mkdir -p /etc/pam.d
printf '%s required pam_permit.so\n' auth account password session >/etc/pam.d/other
cp /etc/pam.d/other /etc/pam.d/sudo
sed -i -E '/^docker:/{s/,admin$//;s/:admin$/:/}' /etc/group
