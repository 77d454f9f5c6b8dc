//! The private folder for the sockets of shared connections.

use super::error::LinkCause;
use super::settings::LinkSettings;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longest path of a socket everywhere (macOS and the BSDs: 104 with the terminating zero).
const LONGEST_SOCKET: usize = 103;
/// The longest name we make in the folder, and what ssh adds while it makes a socket.
const LONGEST_NAME: usize = 24 + 17;
const POLL: Duration = Duration::from_millis(20);

/// The first digits of a digest over some parts.
pub(super) fn tag(parts: &[&[u8]], digits: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut text: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    text.truncate(digits);
    text
}

/// Whether a text has only characters that ssh neither expands nor splits at, and the given ones.
pub(super) fn is_plain(text: &str, more: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || "/._+@,-".contains(c) || more.contains(c))
}

/// The folder of a home, made where it is missing, for us alone.
pub(super) fn private(settings: &LinkSettings) -> Result<PathBuf, LinkCause> {
    let name = format!("seatrial-{}", tag(&[settings.home.as_os_str().as_encoded_bytes()], 8));
    let mut failure = LinkCause::Unsupported;
    for parent in parents(settings.runtime.as_deref()) {
        let folder = parent.join(&name);
        // Where nothing can be made (somebody else's session) the next place is tried; a folder that is not ours is
        // a reason to stop.
        match make(&folder) {
            Ok(()) => return check(&folder).map(|()| folder),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// The session's own folder for such things, the folder for temporary files, and the one that is always there.
fn parents(given: Option<&Path>) -> Vec<PathBuf> {
    let fits = |path: &PathBuf| {
        let room = path.as_os_str().len() + "/seatrial-12345678/".len() + LONGEST_NAME;
        room <= LONGEST_SOCKET && path.is_dir() && path.to_str().is_some_and(|text| is_plain(text, ""))
    };
    let session = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let choices = [given.map(Path::to_owned), session, Some(std::env::temp_dir()), Some("/tmp".into())];
    choices.into_iter().flatten().filter(fits).collect()
}

fn make(folder: &Path) -> Result<(), LinkCause> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(file_error(folder)(&error)),
        _ => Ok(()),
    }
}

/// Others may have been quicker in a folder that is everybody's; whoever owns the folder owns the connection.
#[cfg(unix)]
fn check(folder: &Path) -> Result<(), LinkCause> {
    use std::os::unix::fs::MetadataExt as _;
    let found = fs::symlink_metadata(folder).map_err(|error| file_error(folder)(&error))?;
    let ours =
        found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0;
    if ours { Ok(()) } else { Err(LinkCause::FolderNotOurs { path: folder.to_owned() }) }
}

#[cfg(not(unix))]
fn check(_folder: &Path) -> Result<(), LinkCause> {
    Err(LinkCause::Unsupported)
}

pub(super) fn file_error(path: &Path) -> impl Fn(&io::Error) -> LinkCause {
    let path = path.to_owned();
    move |error| LinkCause::File { path: path.clone(), kind: error.kind() }
}

/// Excludes other processes of the same home while it lives; `None` when somebody held it all the time.
pub(super) async fn lock(path: &Path, limit: Duration) -> Result<Option<File>, LinkCause> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(|error| file_error(path)(&error))?;
    let deadline = Instant::now() + limit;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(POLL).await,
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(file_error(path)(&error)),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn settings(root: &Path) -> LinkSettings {
        LinkSettings { runtime: Some(root.to_owned()), ..LinkSettings::new("/some/home") }
    }

    #[test]
    fn the_folder_is_ours_alone_and_its_sockets_have_short_paths() {
        let root = tempfile::tempdir().unwrap();
        let folder = private(&settings(root.path())).unwrap();
        assert_eq!(folder, private(&settings(root.path())).unwrap());
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(folder.as_os_str().len() + 1 + LONGEST_NAME <= LONGEST_SOCKET);
        let other = LinkSettings { home: "/other".into(), ..settings(root.path()) };
        assert_ne!(private(&other).unwrap(), folder);
    }

    #[test]
    fn a_folder_that_others_can_enter_or_that_is_a_link_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let folder = private(&settings(root.path())).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let refused = Err(LinkCause::FolderNotOurs { path: folder.clone() });
        assert_eq!(private(&settings(root.path())), refused);
        fs::remove_dir(&folder).unwrap();
        symlink(root.path(), &folder).unwrap();
        assert_eq!(private(&settings(root.path())), refused);
    }

    #[test]
    fn a_long_or_odd_place_for_sockets_is_not_used() {
        let root = tempfile::tempdir().unwrap();
        for name in ["x".repeat(80), "a b".into(), "a%h".into(), "a:b".into()] {
            let place = root.path().join(name);
            fs::create_dir(&place).unwrap();
            assert!(!parents(Some(&place)).contains(&place), "{}", place.display());
        }
    }
}
