#!/bin/bash
# Goes into a host's own control group in every hierarchy, then into its namespaces, and becomes its first process.
# host-boot.sh STATE NAME SPACE   (SPACE names the host's network namespace and control groups)
set -euo pipefail
state=$1 name=$2 space=$3
leaf=
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p "/sys/fs/cgroup/$space/init"
  for controller in $(cat /sys/fs/cgroup/cgroup.controllers); do
    echo "+$controller" 2>/dev/null >/sys/fs/cgroup/cgroup.subtree_control || true
  done
  echo $$ >"/sys/fs/cgroup/$space/cgroup.procs"
  # A group that passes controllers on may hold no process itself: once it is the namespace's root, go below it.
  leaf=/sys/fs/cgroup/$space/init/cgroup.procs
else
  for hierarchy in /sys/fs/cgroup/*/; do
    [ -e "$hierarchy/cgroup.procs" ] || continue
    group=$hierarchy/$space
    mkdir -p "$group"
    if [ -e "$group/cpuset.cpus" ]; then
      # Groups below start with what this one has, or nothing could run in them.
      cat "$hierarchy/cpuset.cpus" >"$group/cpuset.cpus"
      cat "$hierarchy/cpuset.mems" >"$group/cpuset.mems"
      echo 1 >"$group/cgroup.clone_children"
    fi
    echo $$ >"$group/cgroup.procs"
  done
fi
exec nsenter "--net=/run/netns/$space" unshare --cgroup bash -c '[ -z "$1" ] || echo $$ >"$1"; shift; exec "$@"' boot "$leaf" \
  unshare --mount --uts --ipc --pid --fork --kill-child --propagation private "$state/host-init.sh" "$state" "$name"
