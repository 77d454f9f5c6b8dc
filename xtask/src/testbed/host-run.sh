#!/bin/bash
# A host's first process: starts sshd and the engine, the engine again on USR1, and takes over what others leave behind.
cd /
start_engine() {
  rm -f /run/docker.pid
  setsid dockerd >>/var/log/dockerd.log 2>&1 </dev/null &
}
trap start_engine USR1
/usr/sbin/sshd -E /var/log/sshd.log
start_engine
: >/run/seatrial-host
while :; do
  sleep infinity &
  pause=$!
  # A signal ends the waiting, not the sleep; what it started is a child of its own.
  wait $pause
  kill $pause
done
