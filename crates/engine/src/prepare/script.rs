//! The scripts. Files of a preparation: `commands`, a line each; `state`, which of them and how it is; `log`, what they
//! said; `lock`, held as long as they run.

/// Another preparation holds the lock.
pub(super) const UNDERWAY: i32 = 75;

/// Looks, and changes nothing. Answers with a line per fact.
pub(super) const LOOK: &str = r#"
user=$(id -un)
echo "login $user"
if [ "$(id -u)" = 0 ]; then echo "rights root"
elif ! command -v sudo >/dev/null; then echo "rights none"
elif sudo -n true 2>/dev/null; then echo "rights sudo"
else echo "rights password"
fi
if [ -r /etc/os-release ]; then
  (. /etc/os-release; printf 'system %s\nkind %s %s\n' "${PRETTY_NAME:-$ID}" "$ID" "${ID_LIKE:-}")
else
  echo "system $(uname -s)"
fi
command -v apt-get >/dev/null && echo "apt"
[ -z "$(ls /var/lib/dpkg/updates 2>/dev/null)" ] || echo "interrupted"
for program in dockerd /usr/bin/dockerd /usr/sbin/dockerd /usr/local/bin/dockerd; do
  command -v "$program" >/dev/null && { echo "installed"; break; }
done
if [ -d /run/systemd/system ]; then echo "starter systemd"
elif [ -x /usr/sbin/service ] || command -v service >/dev/null; then echo "starter service"
fi
case " $(id -nG "$user") " in *" docker "*) echo "member" ;; esac
exit 0
"#;

/// Starts commands in a session of their own. Arguments: folder of the instance, the text of [`WALK`]. The commands are
/// the input.
pub(super) const START: &str = r#"
set -eu
umask 077
dir=$HOME/$1/prepare
mkdir -p -- "$dir"
cd -- "$dir"
exec 9>>lock
flock -w 5 9 || exit 75
cat >commands.new
mv -f -- commands.new commands
: >log
echo '0 running' >state
# What is still of this session when the script ends is ended with it. So it waits until the other one has let go of
# this output, the first thing it does in a session of its own.
begun=$(setsid sh -c "$2" prepare </dev/null 2>>log &)
"#;

/// Carries the commands out, one after the other, until one fails. Descriptor 9 is the lock; what the commands leave
/// running (an engine) must not keep it.
pub(super) const WALK: &str = r#"
exec >>log
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
say() { printf '%s\n' "$1" >state.new && mv -f -- state.new state; }
number=0
while IFS= read -r line <&8; do
  number=$((number + 1))
  say "$number running"
  printf '$ %s\n' "$line"
  sh -c "$line" </dev/null 8<&- 9>&-
  status=$?
  if [ "$status" -ne 0 ]; then say "$number failed $status"; exit; fi
done 8<commands
say "$number done"
"#;

/// Reads on. Arguments: folder of the instance, first byte wanted of the log, most bytes wanted. Answers with whether the
/// lock is held, the state, how many commands there are, the commands, then the log.
///
/// The lock is looked at first: who finds it free finds the last state.
pub(super) const FOLLOW: &str = r#"
set -eu
cd -- "$HOME/$1/prepare" 2>/dev/null || exit 0
[ -f state ] || exit 0
held=free
exec 9>>lock
flock -n -s 9 || held=held
exec 9>&-
echo "$held"
cat state
grep -c '' <commands || :
cat commands
tail -c "+$(($2 + 1))" log | head -c "$3"
"#;
