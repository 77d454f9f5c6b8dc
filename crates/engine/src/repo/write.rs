//! Writes a file that a person asked for.

use super::{Inside, WriteError};
use cap_std::fs::{Dir, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// What happens to a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and that is an error.
    Keep,
    /// It is replaced; a person has seen what changes.
    Replace,
}

/// Writes a file of a folder completely or not at all. A link is never written through. Blocking.
pub fn write_file_atomically(
    root: &Path,
    path: &str,
    content: &[u8],
    existing: Existing,
) -> Result<(), WriteError> {
    let inside = Inside::open(root)?;
    let dir = inside.dir();
    let failed = |error: io::Error| WriteError::System { path: path.to_owned(), kind: error.kind() };
    let mode = match (dir.symlink_metadata(path), existing) {
        (Err(error), _) if error.kind() == io::ErrorKind::NotFound => None,
        (Err(error), _) => return Err(failed(error)),
        (Ok(_), Existing::Keep) => return Err(WriteError::Exists { path: path.to_owned() }),
        (Ok(metadata), Existing::Replace) if metadata.is_file() => Some(metadata.permissions()),
        (Ok(_), Existing::Replace) => return Err(WriteError::NotAFile { path: path.to_owned() }),
    };
    let temporary = format!("{path}.{}", uuid::Uuid::now_v7().simple());
    let written = write_new(dir, &temporary, content, mode).and_then(|()| match existing {
        // A link, unlike a rename, never replaces a file that appeared in the meantime.
        Existing::Keep => dir.hard_link(&temporary, dir, path),
        Existing::Replace => dir.rename(&temporary, dir, path),
    });
    let _ = dir.remove_file(&temporary);
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(WriteError::Exists { path: path.to_owned() })
        }
        result => result.map_err(failed),
    }
}

fn write_new(
    dir: &Dir,
    path: &str,
    content: &[u8],
    mode: Option<cap_std::fs::Permissions>,
) -> io::Result<()> {
    let mut file = dir.open_with(path, OpenOptions::new().write(true).create_new(true))?;
    file.write_all(content)?;
    if let Some(mode) = mode {
        file.set_permissions(mode)?;
    }
    file.sync_all()
}
