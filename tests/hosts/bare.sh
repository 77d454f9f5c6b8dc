# Takes Docker from a host of the testbed, and lays its package where apt finds it.
#
# The host's /usr becomes a layer of its own over this machine's, so that apt and dpkg really install into it. The package
# has the name of the distribution's and the very engine that was taken away; its script waits while /run/hold is there.
set -eu
mkdir -p /opt/usr/upper /opt/usr/work
mount -t overlay overlay -o lowerdir=/usr,upperdir=/opt/usr/upper,workdir=/opt/usr/work /usr
kill "$(cat /run/docker.pid)"
n=0; while [ -e /run/docker.pid ] && [ "$n" -lt 300 ]; do sleep 0.1; n=$((n + 1)); done
rm -f /run/docker.sock

tree=/srv/repo/tree
mkdir -p "$tree/DEBIAN" "$tree/usr/sbin" "$tree/usr/bin" "$tree/etc/init.d"
cp -L "$(command -v dockerd)" "$tree/usr/sbin/dockerd"
cp -L "$(command -v docker)" "$tree/usr/bin/docker"
which -a docker dockerd | xargs rm -f
cat >"$tree/DEBIAN/control" <<CONTROL
Package: docker.io
Version: 99.0
Architecture: $(dpkg --print-architecture)
Maintainer: testbed <root@localhost>
Description: the engine of this testbed
CONTROL
cat >"$tree/DEBIAN/postinst" <<'SCRIPT'
#!/bin/sh
set -e
getent group docker >/dev/null || groupadd -r docker
n=0; while [ -e /run/hold ] && [ "$n" -lt 1500 ]; do sleep 0.1; n=$((n + 1)); done
SCRIPT
# The host's first process starts engines.
cat >"$tree/etc/init.d/docker" <<'SCRIPT'
#!/bin/sh
[ "$1" = start ] || exit 3
kill -USR1 1
n=0; while [ ! -S /run/docker.sock ] && [ "$n" -lt 300 ]; do sleep 0.1; n=$((n + 1)); done
[ -S /run/docker.sock ]
SCRIPT
chmod 755 "$tree/DEBIAN/postinst" "$tree/etc/init.d/docker"
dpkg-deb -Znone --build "$tree" /srv/repo/docker.io.deb >/dev/null
cd /srv/repo
{
  cat tree/DEBIAN/control
  echo "Filename: ./docker.io.deb"
  echo "Size: $(stat -c %s docker.io.deb)"
  echo "SHA256: $(sha256sum docker.io.deb | cut -d ' ' -f 1)"
} >Packages
rm -rf tree

mkdir -p /etc/apt /var/lib/dpkg/info /var/lib/dpkg/updates /var/lib/dpkg/triggers /var/lib/apt/lists \
  /var/cache/apt/archives /var/log/apt
: >/var/lib/dpkg/status
: >/var/lib/dpkg/available
echo 'deb [trusted=yes] file:/srv/repo ./' >/etc/apt/sources.list
sed -i '/^docker:/d' /etc/group
