//! What can go wrong with the database, whatever was asked of it.

use rusqlite::ErrorCode;
use std::io;
use std::path::PathBuf;

/// SQLite's extended code for "the shared index file cannot grow", which is how a full disk shows there.
const SHARED_INDEX_CANNOT_GROW: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another program kept the database locked for longer than the busy timeout.
    #[error("another program keeps Seatrial's database locked; try again when it has finished")]
    Busy,
    /// No space is left where the database is; nothing of what was asked has been stored.
    #[error("no space is left for Seatrial's database; nothing was stored. Free some space and try again")]
    DiskFull,
    /// The file is damaged.
    #[error("Seatrial's database is damaged ({detail}); start again to be offered a backup")]
    Corrupt {
        /// What SQLite found.
        detail: String,
    },
    /// A newer Seatrial has changed the database meanwhile.
    #[error("a newer Seatrial has changed the database (schema {found}, this one knows {known}); update it")]
    Newer {
        /// Schema of the file.
        found: u32,
        /// Newest schema this program knows.
        known: u32,
    },
    /// The store has been closed, or its writer ended.
    #[error("the database has been closed")]
    Closed,
    /// Files next to the database could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// SQLite did not take over a setting the store relies on.
    #[error("SQLite did not accept the setting `{pragma}` (it stays {found})")]
    Setting {
        /// The pragma.
        pragma: String,
        /// Its value.
        found: i64,
    },
    /// Anything else SQLite says.
    #[error("the database answered: {0}")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, _) = &error else { return Self::Sqlite(error) };
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::DiskFull => Self::DiskFull,
            _ if failure.extended_code == SHARED_INDEX_CANNOT_GROW => Self::DiskFull,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Self::Corrupt { detail: error.to_string() }
            }
            _ => Self::Sqlite(error),
        }
    }
}

impl StoreError {
    /// An error of the file system, with the file it was about.
    pub(crate) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io { path: path.into(), source },
        }
    }
}
