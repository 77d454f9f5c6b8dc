//! Opening: everything is checked before anybody reads or writes.

use crate::backup::{self, Backup};
use crate::connection::{self, Durability};
use crate::error::StoreError;
use crate::feed::{Bell, Watch};
use crate::folder;
use crate::logs::Logs;
use crate::migrate::{self, MIGRATIONS, MigrateError, Task, quick_check};
use crate::readers::Readers;
use crate::store::{Parts, Store};
use crate::writer::Writer;
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The journal's file in the data folder.
pub const JOURNAL_FILE: &str = "seatrial.db";
/// The logs' file in the data folder.
pub const LOGS_FILE: &str = "logs.db";
const IN_USE_FILE: &str = "in-use.lock";

/// A journal up to this size is looked through after it was not closed cleanly (0.1 s); a larger one takes too
/// long to do so while somebody waits, see [`OpenReport::unclean`].
const CHECKED_AT_OPEN: u64 = 64 * 1024 * 1024;

/// How long files that are to be replaced are waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// How to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// Now: for the names of files that are set aside.
    pub at: DateTime<Utc>,
    /// Version of this program, kept in the file for older ones to name.
    pub program: String,
    /// How long to wait for other processes' transactions.
    pub busy_timeout: Duration,
}

impl OpenOptions {
    /// The usual: patient for ten seconds.
    pub fn new(at: DateTime<Utc>) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Self { at, program, busy_timeout: Duration::from_secs(10) }
    }
}

/// What opening showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenReport {
    /// Whether the journal was made just now.
    pub created: bool,
    /// The schema it had before it was brought to the newest one; `None`: it was the newest.
    pub migrated_from: Option<u32>,
    /// The last process did not close the journal, and it is too large to be looked through at once: call
    /// [`Store::check`] in the background.
    pub unclean: bool,
    /// What a person should know.
    pub warnings: Vec<OpenWarning>,
}

/// Something a person should know about the data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenWarning {
    /// It lies in a folder another program synchronises, which can damage the database.
    Synced {
        /// The part of the path that says so.
        part: String,
    },
    /// The logs were damaged; new ones were begun.
    LogsSetAside {
        /// Where the damaged file is.
        to: PathBuf,
    },
}

/// Why the store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Several machines could write there, which SQLite cannot bear.
    #[error("{} is on a network file system ({kind}); set SEATRIAL_HOME to a folder on this machine", dir.display())]
    NetworkFolder {
        /// The data folder.
        dir: PathBuf,
        /// The file system.
        kind: String,
    },
    /// A newer Seatrial has written the file.
    #[error("the database was written by Seatrial {}; this is an older one. Update it (schema {found}, known {known})", program.as_deref().unwrap_or("of a newer version"))]
    Newer {
        /// Schema of the file.
        found: u32,
        /// Newest schema this program knows.
        known: u32,
        /// The version that is needed, when the file says so.
        program: Option<String>,
    },
    /// The file is a database, and not ours.
    #[error("{} belongs to another program; set SEATRIAL_HOME to another folder", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("Seatrial's database is damaged ({detail}); {}", way_out(backups))]
    Corrupt {
        /// What was found.
        detail: String,
        /// Where the damaged file is now; `None`: another process has it open, so it is where it was.
        set_aside: Option<PathBuf>,
        /// Backups that can be restored, newest first.
        backups: Vec<Backup>,
    },
    /// The SQLite this program was built with can damage databases.
    #[error("this program was built with SQLite {found}, which is too old (3.51.3 is needed)")]
    SqliteTooOld {
        /// Its version.
        found: &'static str,
    },
    /// Anything else.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn way_out(backups: &[Backup]) -> String {
    match backups.first() {
        Some(backup) => format!("the newest backup is of {}; restore it", backup.at.format("%F %H:%M UTC")),
        None => "there is no backup; start again with an empty one".to_owned(),
    }
}

impl Store {
    /// Opens the store in `dir`, making what is missing. Processes that do so at the same time wait for one
    /// another only while the file is made or changed.
    pub fn open(dir: &Path, options: &OpenOptions) -> Result<(Self, OpenReport), OpenError> {
        if connection::check_library().is_err() {
            return Err(OpenError::SqliteTooOld { found: rusqlite::version() });
        }
        folder::make_private_dir(dir)?;
        if let Some(kind) = folder::network_kind(dir) {
            return Err(OpenError::NetworkFolder { dir: dir.to_path_buf(), kind });
        }
        let mut report = OpenReport::default();
        report.warnings.extend(folder::synced_part(dir).map(|part| OpenWarning::Synced { part }));
        let mut in_use = InUse::enter(dir, options.busy_timeout)?;
        let journal = open_journal(dir, options, &mut in_use, &mut report)?;
        let logs = open_logs(dir, options, &mut in_use, &mut report)?;
        let path = dir.join(JOURNAL_FILE);
        let bell = Arc::new(Bell::default());
        let parts = Parts {
            writer: Writer::start(journal, Arc::clone(&bell)).map_err(|e| StoreError::io(dir, e))?,
            logs,
            readers: Readers::new(path.clone(), options.busy_timeout),
            watch: Mutex::new(Watch::new(&path, options.busy_timeout)?),
            bell,
            dir: dir.to_path_buf(),
            _in_use: in_use.share(options.busy_timeout)?,
        };
        Ok((Self::new(parts), report))
    }
}

/// A lock on the folder: alone while nobody else uses it, shared otherwise.
pub(crate) struct InUse {
    file: File,
    path: PathBuf,
    /// Whether no other process has the store open.
    pub alone: bool,
}

impl InUse {
    /// Gets the folder alone if nobody uses it, else as one of several.
    fn enter(dir: &Path, limit: Duration) -> Result<Self, StoreError> {
        let in_use = Self::look(dir, Duration::from_millis(5))?;
        if !in_use.alone {
            in_use.wait_for_share(limit)?;
        }
        Ok(in_use)
    }

    /// Gets the folder alone, or not at all.
    pub(crate) fn enter_alone(dir: &Path) -> Result<Option<Self>, StoreError> {
        let in_use = Self::look(dir, PATIENCE)?;
        Ok(in_use.alone.then_some(in_use))
    }

    /// Tries for a moment to get the folder alone. A process that is just being started holds a copy of its
    /// parent's lock until it runs its own program, so one look is not enough to say that somebody is there.
    fn become_alone(&mut self, patience: Duration) -> Result<(), StoreError> {
        let since = Instant::now();
        while !self.alone {
            match self.file.try_lock() {
                Ok(()) => self.alone = true,
                Err(TryLockError::WouldBlock) if since.elapsed() >= patience => break,
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
                Err(TryLockError::Error(e)) => return Err(StoreError::io(&self.path, e)),
            }
        }
        Ok(())
    }

    fn look(dir: &Path, patience: Duration) -> Result<Self, StoreError> {
        let path = dir.join(IN_USE_FILE);
        folder::make_private_file(&path)?;
        let file =
            File::options().read(true).write(true).open(&path).map_err(|e| StoreError::io(&path, e))?;
        let mut in_use = Self { file, path, alone: false };
        in_use.become_alone(patience)?;
        Ok(in_use)
    }

    /// Lets others in.
    fn share(self, limit: Duration) -> Result<File, StoreError> {
        self.file.unlock().map_err(|e| StoreError::io(&self.path, e))?;
        self.wait_for_share(limit)?;
        Ok(self.file)
    }

    fn wait_for_share(&self, limit: Duration) -> Result<(), StoreError> {
        let since = Instant::now();
        loop {
            match self.file.try_lock_shared() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) if since.elapsed() >= limit => return Err(StoreError::Busy),
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(2)),
                Err(TryLockError::Error(e)) => return Err(StoreError::io(&self.path, e)),
            }
        }
    }
}

fn open_journal(
    dir: &Path,
    options: &OpenOptions,
    in_use: &mut InUse,
    report: &mut OpenReport,
) -> Result<Connection, OpenError> {
    let path = dir.join(JOURNAL_FILE);
    let unclean = in_use.alone && size(&side_file(&path, "-wal")) > 0;
    report.created = size(&path) == 0;
    folder::make_private_file(&path)?;
    match prepare(dir, &path, options, unclean, report) {
        Ok(conn) => Ok(conn),
        Err(MigrateError::Newer { found, known, program }) => Err(OpenError::Newer { found, known, program }),
        Err(MigrateError::NotOurs) => Err(OpenError::NotOurs { path }),
        Err(MigrateError::Store(StoreError::Corrupt { detail })) => {
            in_use.become_alone(PATIENCE)?;
            let set_aside = if in_use.alone { Some(backup::set_aside(&path, options.at)?) } else { None };
            Err(OpenError::Corrupt { detail, set_aside, backups: backup::list(dir)? })
        }
        Err(MigrateError::Store(error)) => Err(OpenError::Store(error)),
    }
}

fn prepare(
    dir: &Path,
    path: &Path,
    options: &OpenOptions,
    unclean: bool,
    report: &mut OpenReport,
) -> Result<Connection, MigrateError> {
    // Another program's database, or a newer one, is not even put into WAL mode.
    let latest = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    migrate::check(&connection::reader(path, options.busy_timeout)?, latest)?;
    let mut conn = connection::writer(path, Durability::Full, options.busy_timeout)?;
    if unclean {
        report.unclean = size(path) > CHECKED_AT_OPEN;
        if !report.unclean {
            quick_check(&conn)?;
        }
    }
    let backup = |from| backup::before_migration(dir, from, options.at).map(drop);
    let task = Task { migrations: MIGRATIONS, program: &options.program, backup: &backup };
    let before = migrate::migrate(&mut conn, &task)?;
    report.migrated_from = (before != latest && before != 0).then_some(before);
    Ok(conn)
}

fn open_logs(
    dir: &Path,
    options: &OpenOptions,
    in_use: &mut InUse,
    report: &mut OpenReport,
) -> Result<Logs, OpenError> {
    let path = dir.join(LOGS_FILE);
    let opened = Logs::open(&path, options.busy_timeout);
    if !matches!(opened, Err(StoreError::Corrupt { .. })) {
        return Ok(opened?);
    }
    in_use.become_alone(PATIENCE)?;
    if in_use.alone {
        let to = backup::set_aside(&path, options.at)?;
        report.warnings.push(OpenWarning::LogsSetAside { to });
    }
    Ok(Logs::open(&path, options.busy_timeout)?)
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |m| m.len())
}

/// A file SQLite keeps next to the database.
pub(crate) fn side_file(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
