//! Files that only their owner can read, written completely or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes a new file that only its owner can read; an existing one stays and is an error (`AlreadyExists`).
pub(super) fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = written_beside(path, content)?;
    // A link, unlike a rename, never replaces what another process has written in the meantime.
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    linked.and_then(|()| sync_folder(path))
}

/// Writes a file that only its owner can read in place of an existing one.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = written_beside(path, content)?;
    let renamed = fs::rename(&temporary, path);
    if renamed.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    renamed.and_then(|()| sync_folder(path))
}

fn written_beside(path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}", uuid::Uuid::now_v7().simple()));
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    if let Err(error) = written {
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    Ok(temporary)
}

/// Makes the new name durable.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether somebody else than the owner may read it.
#[cfg(unix)]
pub(super) fn is_exposed(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_exposed(_path: &Path) -> io::Result<bool> {
    Ok(false)
}
