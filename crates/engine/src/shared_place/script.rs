//! The scripts. Files of a place: `lease`, `journal`, and `head`, which says how far the journal counts.
//!
//! `lease` has three lines: token, `held` or `free` and the run; identity of the boot and uptime in seconds when it
//! was renewed; the holder in JSON. Files are replaced whole: written under another name, flushed, renamed. Only the
//! journal is added to, and what is added counts when `head` says so; and on a full disk `held` is written over.

use crate::ssh::ends_tidy;

/// Environment, held run, or head are not as expected.
pub(super) const HELD: i32 = 73;
pub(super) const MOVED: i32 = 74;
pub(super) const LOCKED: i32 = 75;
pub(super) const LOST: i32 = 77;
/// Looks, and changes nothing. Arguments: folder of the instance, name of the place, first byte wanted of the
/// journal, most bytes wanted. Answers with `state`, `renewed`, `now`, `holder`, `head`, a line each, then the
/// journal. `head` is read first: what it counts stays as it is.
pub(super) const LOOK: &str = r#"
set -eu
cd -- "$HOME/$1/places/$2" 2>/dev/null || exit 0
head='0 0 -'; if [ -f head ]; then read -r head <head; fi
state='0 free -' renewed='- 0' holder=
if [ -f lease ]; then { read -r state; read -r renewed; IFS= read -r holder || :; } <lease; fi
read -r up rest </proc/uptime
printf '%s\n%s\n%s %s\n%s\n%s\n' "$state" "$renewed" "$(cat /proc/sys/kernel/random/boot_id)" "${up%%.*}" "$holder" "$head"
bytes=${head#* }; bytes=${bytes%% *}
wanted=$((bytes - $3)); if [ "$wanted" -gt "$4" ]; then wanted=$4; fi
if [ "$wanted" -gt 0 ]; then tail -c "+$(($3 + 1))" journal | head -c "$wanted"; fi
"#;

/// Names of all places of an instance.
pub(super) const LIST: &str = r#"
set -eu
cd -- "$HOME/$1/places" 2>/dev/null || exit 0
for place in *; do if [ -f "$place/head" ]; then printf '%s\n' "$place"; fi; done
"#;

/// Changes. Arguments: folder of the instance, name of the place, seconds to wait for the lock, what to do, and what
/// that needs. New lines of the journal are the input.
pub(super) const CHANGE: &str = concat!(
    r#"
set -eu
umask 077
# Begun is finished, also when the link is cut meanwhile: it is short.
trap '' TERM
"#,
    ends_tidy!(),
    r#"root=$HOME/$1 place=$2 wait=$3 what=$4
shift 4
mkdir -p -- "$root/proxy" "$root/places/$place"
exec 9>>"$root/proxy/sites.lock"
flock -w "$wait" 9 || exit 75
cd -- "$root/places/$place"
flush() { sync -- "$1" 2>/dev/null || sync "$1" 2>/dev/null || sync; }
put() {
  flush "$temporary"
  mv -f -- "$temporary" "$1"
  flush .
}
save() {
  temporary="$1.$$.new"
  printf '%s\n' "$2" >"$temporary"
  put "$1"
}
token=0 state=free run=- boot=- renewed=0 holder=
if [ -f lease ]; then { read -r token state run; read -r boot renewed; IFS= read -r holder || :; } <lease; fi
head='0 0 -'; if [ -f head ]; then read -r head <head; fi
now_boot=$(cat /proc/sys/kernel/random/boot_id)
read -r up rest </proc/uptime; up=${up%%.*}
lease() { save lease "$1 $2 $3
$now_boot $up
$4"; }
# Expected head, head afterwards; the lines are the input.
add() {
  [ "$head" = "$1" ] || exit 74
  if [ "$1" = "$2" ]; then return; fi
  bytes=${head#* }; bytes=${bytes%% *}
  touch journal
  size=$(($(wc -c <journal)))
  if [ "$size" -lt "$bytes" ]; then echo "the file is shorter than it was" >&2; exit 78; fi
  # Something that was begun and never finished.
  if [ "$size" -gt "$bytes" ]; then
    temporary="journal.$$.new"
    head -c "$bytes" journal >"$temporary"
    put journal
  fi
  cat >>journal
  bytes=${2#* }; bytes=${bytes%% *}
  if [ $(($(wc -c <journal))) -ne "$bytes" ]; then echo "it could not be written whole" >&2; exit 78; fi
  flush journal
  save head "$2"
}
owned() { if [ "$token $state" != "$1 held" ]; then exit 77; fi; }
case $what in
  take)
    if [ "$state" = held ] && [ "$run" != "$2" ] && [ "$boot" = "$now_boot" ] && [ $((up - renewed)) -le "$1" ]; then
      printf '%s %s %s\n%s %s\n%s %s\n%s\n' "$token" "$state" "$run" "$boot" "$renewed" "$now_boot" "$up" "$holder"
      exit 73
    fi
    add "$4" "$5"
    lease $((token + 1)) held "$2" "$3"
    echo $((token + 1)) ;;
  renew) owned "$1"; lease "$token" held "$run" "$holder" ;;
  add) add "$1" "$2" ;;
  give) owned "$1"; add "$2" "$3"; lease "$token" free - '' ;;
  # A full disk takes no other file. Both words are of one length.
  leave) owned "$1"; printf '%s free' "$token" | dd of=lease conv=notrunc 2>/dev/null; flush lease ;;
  *) exit 64 ;;
esac
"#
);
