//! What can go wrong with a folder.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a folder could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepoError {
    /// It does not exist (any more).
    #[error("the folder {} does not exist; was it moved or deleted?", path.display())]
    FolderGone {
        /// The folder.
        path: PathBuf,
    },
    /// It is a file.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// The path.
        path: PathBuf,
    },
    /// It may not be read.
    #[error("the folder {} may not be read: check its permissions", path.display())]
    NoAccess {
        /// The folder.
        path: PathBuf,
    },
    /// The file system did not answer in time.
    #[error("the folder {} did not answer within {} s: is it on a network drive?", path.display(), limit.as_secs_f32())]
    TooSlow {
        /// The folder.
        path: PathBuf,
        /// How long it had.
        limit: Duration,
    },
    /// Anything else the system said.
    #[error("the folder {} cannot be read: {kind}", path.display())]
    System {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        kind: io::ErrorKind,
    },
}

impl RepoError {
    pub(super) fn new(path: &Path, error: &io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => Self::FolderGone { path },
            io::ErrorKind::NotADirectory => Self::NotAFolder { path },
            io::ErrorKind::PermissionDenied => Self::NoAccess { path },
            kind => Self::System { path, kind },
        }
    }
}

/// Why a file in a folder could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It does not exist.
    #[error("{path} does not exist")]
    Missing {
        /// Its path relative to the root.
        path: String,
    },
    /// It is larger than anybody wants to read.
    #[error("{path} has {size} bytes; at most {limit} are read")]
    TooLarge {
        /// Its path relative to the root.
        path: String,
        /// Its size in bytes.
        size: u64,
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// It is a folder, a device or a pipe.
    #[error("{path} is not a file")]
    NotAFile {
        /// Its path relative to the root.
        path: String,
    },
    /// It leads out of the folder, or may not be read.
    #[error("{path} cannot be read: it leads out of the folder, or its permissions forbid it")]
    Refused {
        /// Its path relative to the root.
        path: String,
    },
    /// The folder itself.
    #[error(transparent)]
    Folder(#[from] RepoError),
    /// Anything else the system said.
    #[error("{path} cannot be read: {kind}")]
    System {
        /// Its path relative to the root.
        path: String,
        /// What the system said.
        kind: io::ErrorKind,
    },
}

impl ReadError {
    pub(super) fn new(path: &str, error: &io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing { path },
            io::ErrorKind::PermissionDenied => Self::Refused { path },
            kind => Self::System { path, kind },
        }
    }
}

/// Why a file was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// It exists, and nobody said that it may be replaced.
    #[error("{path} exists already and was left as it is")]
    Exists {
        /// Its path relative to the root.
        path: String,
    },
    /// Something that is no file has its name.
    #[error("{path} is a link or a folder and was left as it is")]
    NotAFile {
        /// Its path relative to the root.
        path: String,
    },
    /// The folder itself.
    #[error(transparent)]
    Folder(#[from] RepoError),
    /// The system refused; nothing was changed.
    #[error("{path} could not be written: {kind}; nothing was changed")]
    System {
        /// Its path relative to the root.
        path: String,
        /// What the system said.
        kind: io::ErrorKind,
    },
}
