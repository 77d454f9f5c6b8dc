//! The files of the proxy's folder: several steps at once, here or on a host.
//!
//! There, a batch is one script and so one round trip. One that changes something runs under `flock` from its first
//! step to its last: what it expects and what it writes cannot be torn apart by another one, and no lock outlives it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::error::{ProxyError, Result};
use crate::shared_place::{Fence, LeaseMark};
use crate::ssh::{DISK_FULL, Link, Output, Script, ends_tidy};

const DEADLINE: Duration = Duration::from_secs(45);
/// How long a batch waits for others, in seconds.
const LOCK_SECONDS: u32 = 25;
/// The largest answer: configurations of thousands of apps.
const LARGEST: usize = 16 * 1024 * 1024;

/// What [`CARRY_OUT`] ends with when it was not carried out.
const CHANGED: i32 = 74;
const LOCKED: i32 = 75;
const MISSING: i32 = 76;
const LOST: i32 = 77;

/// Arguments: folder, whether to lock, seconds to wait, then the steps as words. Contents are words, too: `printf` is
/// part of the shell, so they are nobody's arguments. Answers end with a zero byte, which no content has.
const CARRY_OUT: &str = concat!(
    r#"
set -eu
umask 077
# Begun is finished, also when the link is cut meanwhile: it is short.
trap '' TERM
"#,
    ends_tidy!(),
    r#"cd -- "$1"
if [ "$2" = lock ]; then
  exec 9>>sites.lock
  flock -w "$3" 9 || exit 75
fi
shift 3
flush() { sync -- "$1" 2>/dev/null || sync "$1" 2>/dev/null || sync; }
save() {
  # What stands there already is not written again: the way back from a change that was never made needs none.
  if [ -f "$1" ] && [ "$(cat -- "$1"; printf x)" = "$2x" ]; then return; fi
  temporary="$1.$$.new"
  printf %s "$2" >"$temporary"
  flush "$temporary"
  mv -f -- "$temporary" "$1"
  flush "$(dirname -- "$1")"
}
digest() {
  if [ -f "$1" ]; then sha256sum <"$1" | cut -d ' ' -f 1; else echo -; fi
}
while [ $# -gt 0 ]; do
  case $1 in
    own) IFS= read -r line <"$2" || exit 77; case $line in "$3 held "*) ;; *) exit 77 ;; esac; shift 3 ;;
    expect) [ "$(digest "$2")" = "$3" ] || exit 74; shift 3 ;;
    need) [ -d "$2" ] || exit 76; shift 2 ;;
    folder) mkdir -p -- "$2"; shift 2 ;;
    write) save "$2" "$3"; shift 3 ;;
    add) if ! [ -e "$2" ]; then save "$2" "$3"; fi; shift 3 ;;
    remove) rm -rf -- "$2"; shift 2 ;;
    read) if [ -f "$2" ]; then printf +; cat -- "$2"; else printf -; fi; printf '\0'; shift 2 ;;
    digest) printf +; digest "$2"; printf '\0'; shift 2 ;;
    having) printf +; for file in "$2"/*/"$3"; do if [ -e "$file" ]; then printf '%s\n' "$file"; fi; done; printf '\0'; shift 3 ;;
    *) exit 64 ;;
  esac
done
"#
);

/// Where the files are.
#[derive(Debug, Clone)]
pub(crate) enum Files {
    /// On this machine.
    Here(PathBuf),
    /// On a host.
    There {
        /// What leads to it.
        link: Link,
        /// The folder there, absolute.
        root: PathBuf,
        /// The lease that allows changes; `None`: they need none.
        lease: Option<Arc<Fence>>,
    },
}

/// Steps that are carried out in their order, up to the first that fails.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Expect { name: String, digest: Option<String> },
    Need(String),
    Folder(String),
    Write { name: String, content: Vec<u8>, keep: bool },
    Remove(String),
    Read(String),
    Digest(String),
    Having { parent: String, name: String },
}

impl Batch {
    fn with(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Goes on only if a file has this content (by its digest), or is not there; else [`ProxyError::ChangedMeanwhile`].
    pub(crate) fn expect(self, name: &str, digest: Option<String>) -> Self {
        self.with(Step::Expect { name: name.to_owned(), digest })
    }

    /// Goes on only if a folder is there; else the batch has no answer.
    pub(crate) fn need(self, name: impl Into<String>) -> Self {
        self.with(Step::Need(name.into()))
    }

    /// Makes a folder, for us alone, where it is missing.
    pub(crate) fn folder(self, name: impl Into<String>) -> Self {
        self.with(Step::Folder(name.into()))
    }

    /// Replaces a file: under another name first, flushed, then renamed.
    pub(crate) fn write(self, name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.with(Step::Write { name: name.into(), content: content.into(), keep: false })
    }

    /// Writes a file unless it is there.
    pub(crate) fn add(self, name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        self.with(Step::Write { name: name.into(), content: content.into(), keep: true })
    }

    /// Removes a folder with what is in it.
    pub(crate) fn remove(self, name: impl Into<String>) -> Self {
        self.with(Step::Remove(name.into()))
    }

    /// Answers with a file's content; `None` when it is not there.
    pub(crate) fn read(self, name: impl Into<String>) -> Self {
        self.with(Step::Read(name.into()))
    }

    /// Answers with a file's digest, or `-` when it is not there.
    pub(crate) fn digest(self, name: &str) -> Self {
        self.with(Step::Digest(name.to_owned()))
    }

    /// Answers with the paths `PARENT/…/NAME` that are there, one per line.
    pub(crate) fn having(self, parent: &str, name: &str) -> Self {
        self.with(Step::Having { parent: parent.to_owned(), name: name.to_owned() })
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    fn changes(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Write { .. } | Step::Remove(_)))
    }

    fn answers(&self) -> usize {
        let answers = |step: &&Step| matches!(step, Step::Read(_) | Step::Digest(_) | Step::Having { .. });
        self.steps.iter().filter(answers).count()
    }

    fn script(&self, root: &Path, lease: Option<&LeaseMark>) -> Script {
        let mut script = Script::new(CARRY_OUT).limit(LARGEST).arg(root.as_os_str().as_encoded_bytes());
        script = script.arg(if self.changes() { "lock" } else { "free" }).arg(LOCK_SECONDS.to_string());
        if let Some(lease) = lease.filter(|_| self.changes()) {
            script = script.arg("own").arg(&lease.file).arg(lease.token.to_string());
        }
        for step in &self.steps {
            script = match step {
                Step::Expect { name, digest } => {
                    script.arg("expect").arg(name).arg(digest.as_deref().unwrap_or("-"))
                }
                Step::Need(name) => script.arg("need").arg(name),
                Step::Folder(name) => script.arg("folder").arg(name),
                Step::Write { name, content, keep } => {
                    script.arg(if *keep { "add" } else { "write" }).arg(name).arg(content)
                }
                Step::Remove(name) => script.arg("remove").arg(name),
                Step::Read(name) => script.arg("read").arg(name),
                Step::Digest(name) => script.arg("digest").arg(name),
                Step::Having { parent, name } => script.arg("having").arg(parent).arg(name),
            };
        }
        script
    }
}

/// What the reading steps of a batch answered; `None` for the whole when something needed was not there.
pub(crate) type Answers = Option<Vec<Option<Vec<u8>>>>;

/// The digest of a content, as batches compare it.
pub(crate) fn digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Files {
    pub(crate) fn root(&self) -> &Path {
        match self {
            Self::Here(root) | Self::There { root, .. } => root,
        }
    }

    /// Carries a batch out.
    pub(crate) async fn carry_out(&self, batch: &Batch) -> Result<Answers> {
        match self {
            Self::Here(root) => here(root, batch),
            Self::There { link, root, lease } => {
                let script = batch.script(root, lease.as_ref().map(|fence| fence.mark()).as_ref());
                match (answers(&link.run(&script, b"", DEADLINE).await?, batch.answers()), lease) {
                    (Err(ProxyError::LeaseLost), Some(fence)) => Ok(fence.gone().await),
                    (answers, _) => answers,
                }
            }
        }
    }
}

fn answers(output: &Output, expected: usize) -> Result<Answers> {
    match output.status {
        0 => {}
        CHANGED => return Err(ProxyError::ChangedMeanwhile),
        LOCKED => return Err(ProxyError::Locked { after: Duration::from_secs(LOCK_SECONDS.into()) }),
        MISSING => return Ok(None),
        LOST => return Err(ProxyError::LeaseLost),
        DISK_FULL => return Err(ProxyError::DiskFull),
        status => return Err(ProxyError::Script { status, report: output.error_text() }),
    }
    let mut parts: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    // After the last zero byte comes nothing.
    parts.pop();
    if parts.len() != expected {
        return Err(ProxyError::Script { status: 0, report: output.error_text() });
    }
    Ok(Some(parts.into_iter().map(|part| part.strip_prefix(b"+").map(<[u8]>::to_vec)).collect()))
}

/// The same steps on this machine. Other processes are excluded by whoever calls.
fn here(root: &Path, batch: &Batch) -> Result<Answers> {
    let mut answers = Vec::new();
    for step in &batch.steps {
        match step {
            Step::Expect { name, digest: wanted } => {
                let found = read_optional(&root.join(name))?.map(|content| digest(&content));
                if found != *wanted {
                    return Err(ProxyError::ChangedMeanwhile);
                }
            }
            Step::Need(name) if !root.join(name).is_dir() => return Ok(None),
            Step::Need(_) => {}
            Step::Folder(name) => private_directory(&root.join(name))?,
            Step::Write { name, keep: true, .. } if root.join(name).exists() => {}
            Step::Write { name, content, .. } => {
                let file = root.join(name);
                if read_optional(&file)?.as_ref() != Some(content) {
                    write_atomically(&file, content)?;
                }
            }
            Step::Remove(name) => remove(&root.join(name))?,
            Step::Read(name) => answers.push(read_optional(&root.join(name))?),
            Step::Digest(name) => {
                let found = read_optional(&root.join(name))?.map(|content| digest(&content));
                answers.push(Some(found.unwrap_or_else(|| "-".to_owned()).into_bytes()));
            }
            Step::Having { parent, name } => answers.push(Some(having(root, parent, name).into_bytes())),
        }
    }
    Ok(Some(answers))
}

fn having(root: &Path, parent: &str, name: &str) -> String {
    let entries = fs::read_dir(root.join(parent)).into_iter().flatten().flatten();
    let found = entries.filter(|entry| entry.path().join(name).exists());
    found.map(|entry| format!("{parent}/{}/{name}\n", entry.file_name().to_string_lossy())).collect()
}

pub(super) fn file_error(path: &Path) -> impl FnOnce(io::Error) -> ProxyError {
    let path = path.to_owned();
    move |source| ProxyError::File { path, source }
}

fn read_optional(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error(path)(error)),
    }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(file_error(path)(error)),
        _ => Ok(()),
    }
}

fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    // Two processes may write the same file; each needs a temporary name of its own.
    name.push(format!(".{}.new", std::process::id()));
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        match path.parent() {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    };
    write().map_err(|source| {
        drop(fs::remove_file(&temporary));
        file_error(path)(source)
    })
}

pub(super) fn private_directory(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(file_error(path))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::ssh::run_here;
    use std::os::unix::fs::PermissionsExt as _;

    /// Both ways: as on this machine, and as the script that a host would run.
    async fn both(steps: impl Fn() -> Batch) -> [(Result<Answers>, tempfile::TempDir); 2] {
        let (one, other) = (folder(), folder());
        let direct = here(one.path(), &steps());
        let scripted = scripted(other.path(), &steps()).await;
        [(direct, one), (scripted, other)]
    }

    async fn scripted(root: &Path, batch: &Batch) -> Result<Answers> {
        answers(&run_here(&batch.script(root, None)).await, batch.answers())
    }

    fn folder() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("old"), "old").unwrap();
        root
    }

    fn text(answers: &Answers) -> Vec<Option<String>> {
        let parts = answers.as_ref().unwrap().iter();
        parts.map(|part| part.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())).collect()
    }

    #[tokio::test]
    async fn what_stands_there_already_is_not_written_again() {
        use std::os::unix::fs::MetadataExt as _;
        let number = |root: &tempfile::TempDir| fs::metadata(root.path().join("old")).unwrap().ino();
        for (content, stays) in [("old", true), ("old\n", false)] {
            let (one, other) = (folder(), folder());
            let before = [number(&one), number(&other)];
            let batch = Batch::default().write("old", content);
            here(one.path(), &batch).unwrap();
            scripted(other.path(), &batch).await.unwrap();
            let same = [number(&one) == before[0], number(&other) == before[1]];
            assert_eq!(same, [stays; 2], "{content:?}");
            assert_eq!(fs::read_to_string(other.path().join("old")).unwrap(), content);
        }
    }

    #[tokio::test]
    async fn a_script_does_the_same_as_we_do_here() {
        let content = "it's \"this\" \\ %s\n\n";
        let steps = || {
            Batch::default()
                .expect("old", Some(digest(b"old")))
                .expect("new", None)
                .folder("apps/shop")
                .need("apps/shop")
                .write("new", content)
                .write("old", "")
                .add("apps/shop/live", "absent")
                .add("apps/shop/live", "blue")
                .read("new")
                .read("old")
                .read("missing")
                .digest("missing")
                .having("apps", "live")
                .read("apps/shop/live")
                .remove("apps/shop")
                .having("apps", "live")
        };
        for (outcome, root) in both(steps).await {
            let told = text(&outcome.unwrap());
            let some = |text: &str| Some(text.to_owned());
            let expected = [some(content), some(""), None, some("-")];
            assert_eq!(told[..3], expected[..3]);
            assert_eq!(told[3].as_deref().map(str::trim), Some("-"));
            assert_eq!(told[4..], [some("apps/shop/live\n"), some("absent"), some("")]);
            let mode =
                |path: &str| fs::metadata(root.path().join(path)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode("apps"), 0o700);
            let names: Vec<_> = fs::read_dir(root.path()).unwrap().flatten().map(|e| e.file_name()).collect();
            assert!(!names.iter().any(|name| name.to_string_lossy().contains(".new")), "{names:?}");
        }
    }

    #[tokio::test]
    async fn nothing_is_written_when_a_file_is_not_the_expected_one() {
        for wrong in [Some(digest(b"other")), None] {
            for (outcome, root) in
                both(|| Batch::default().expect("old", wrong.clone()).write("old", "new")).await
            {
                assert!(matches!(outcome, Err(ProxyError::ChangedMeanwhile)), "{outcome:?}");
                assert_eq!(fs::read_to_string(root.path().join("old")).unwrap(), "old");
            }
        }
        for (outcome, root) in both(|| Batch::default().need("apps/gone").write("old", "new")).await {
            assert!(matches!(outcome, Ok(None)), "{outcome:?}");
            assert_eq!(fs::read_to_string(root.path().join("old")).unwrap(), "old");
        }
    }

    #[tokio::test]
    async fn d3_without_the_lease_nothing_is_changed_and_everything_can_be_read() {
        let root = folder();
        let lease = LeaseMark { file: "lease".into(), token: 7 };
        let run = async |batch: Batch| {
            let script = batch.script(root.path(), Some(&lease));
            answers(&run_here(&script).await, batch.answers())
        };
        let change = || Batch::default().write("old", "new");
        for other in ["", "8 held run\n", "7 free -\n", "77 held run\n", "7\n"] {
            fs::write(root.path().join("lease"), other).unwrap();
            let refused = run(change()).await;
            assert!(matches!(refused, Err(ProxyError::LeaseLost)), "{other:?}: {refused:?}");
            assert_eq!(text(&run(Batch::default().read("old")).await.unwrap()), [Some("old".to_owned())]);
        }
        fs::remove_file(root.path().join("lease")).unwrap();
        assert!(matches!(run(change()).await, Err(ProxyError::LeaseLost)));
        fs::write(root.path().join("lease"), "7 held run\nboot 1\n{}\n").unwrap();
        run(change()).await.unwrap();
        assert_eq!(fs::read_to_string(root.path().join("old")).unwrap(), "new");
    }

    #[tokio::test]
    async fn d12_a_write_that_fails_leaves_the_old_file_and_no_other() {
        for (outcome, root) in both(|| Batch::default().write("gone/file", "x")).await {
            assert!(
                matches!(outcome, Err(ProxyError::Script { .. } | ProxyError::File { .. })),
                "{outcome:?}"
            );
            assert!(!root.path().join("gone").exists());
        }
    }

    #[tokio::test]
    async fn batches_of_many_exclude_each_other() {
        let root = folder();
        let path = root.path();
        let one = |number: u32| async move {
            loop {
                let seen =
                    scripted(path, &Batch::default().read("old")).await.unwrap().unwrap().remove(0).unwrap();
                let next = [&seen[..], format!(" {number}").as_bytes()].concat();
                let batch = Batch::default().expect("old", Some(digest(&seen))).write("old", next);
                match scripted(path, &batch).await {
                    Err(ProxyError::ChangedMeanwhile) => {}
                    outcome => return drop(outcome.unwrap()),
                }
            }
        };
        futures_util::future::join_all((0..6).map(one)).await;
        let text = fs::read_to_string(path.join("old")).unwrap();
        let mut numbers: Vec<&str> = text.split(' ').skip(1).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, ["0", "1", "2", "3", "4", "5"]);
    }
}
