//! Copies of the journal, and the way back to one.

use crate::connection;
use crate::error::StoreError;
use crate::folder;
use crate::migrate::{self, MigrateError};
use crate::open::{InUse, JOURNAL_FILE, side_file};
use crate::store::Store;
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const FOLDER: &str = "backups";
const STAMP: &str = "%Y%m%d-%H%M%S";

/// A copy of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The schema it was made to keep, when a migration was the reason.
    pub before_schema: Option<u32>,
    /// Size in bytes.
    pub size: u64,
}

/// Why a backup could not be restored. What was there is still there.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Another process has the store open.
    #[error("Seatrial is running; close its windows and let runs finish, then restore again")]
    InUse,
    /// Runs are going on, which would be lost.
    #[error("{0} runs are going on; let them finish or cancel them, then restore again")]
    RunsGoOn(usize),
    /// The backup cannot be used.
    #[error("{} is not a backup this program can use: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: Unusable,
    },
    /// Files could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is wrong with a backup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is not one of ours.
    #[error("it is no database of Seatrial")]
    NotOurs,
    /// A newer Seatrial made it.
    #[error("a newer Seatrial made it (schema {found}, known {known})")]
    Newer {
        /// Its schema.
        found: u32,
        /// Newest schema this program knows.
        known: u32,
    },
    /// It is damaged.
    #[error("it is damaged ({0})")]
    Damaged(String),
}

impl Store {
    /// Makes a copy of the journal as it is now, while others go on writing. The logs are not part of it.
    pub fn backup(&self, at: DateTime<Utc>) -> Result<Backup, StoreError> {
        copy(self.dir(), at, None)
    }

    /// Makes a backup when the newest one is a day old, and removes daily ones beyond `keep`. Returns the new
    /// one, if it was time.
    pub fn backup_daily(&self, at: DateTime<Utc>, keep: usize) -> Result<Option<Backup>, StoreError> {
        let newest = self.backups()?.into_iter().find(|b| b.before_schema.is_none());
        if newest.is_some_and(|b| at - b.at < Duration::days(1)) {
            return Ok(None);
        }
        let made = self.backup(at)?;
        self.keep_backups(keep.max(1))?;
        Ok(Some(made))
    }

    /// Backups there are, newest first.
    pub fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        list(self.dir())
    }

    /// Removes the oldest backups beyond `keep`; those made before a migration stay.
    pub fn keep_backups(&self, keep: usize) -> Result<(), StoreError> {
        let daily = self.backups()?.into_iter().filter(|b| b.before_schema.is_none());
        for old in daily.skip(keep) {
            fs::remove_file(&old.path).map_err(|e| StoreError::io(&old.path, e))?;
        }
        Ok(())
    }

    /// Puts a backup in the place of the journal in `dir`. Nobody may have the store open. Returns where the
    /// journal is now that was there; `None`: there was none.
    pub fn restore(dir: &Path, backup: &Path, at: DateTime<Utc>) -> Result<Option<PathBuf>, RestoreError> {
        let _alone = InUse::enter_alone(dir)?.ok_or(RestoreError::InUse)?;
        migrate::inspect(backup).map_err(|e| unusable(backup, e))?;
        let journal = dir.join(JOURNAL_FILE);
        let coming = side_file(&journal, ".restoring");
        remove(&coming)?;
        folder::make_private_file(&coming)?;
        fs::copy(backup, &coming).map_err(|e| StoreError::io(&coming, e))?;
        fs::File::open(&coming).and_then(|f| f.sync_all()).map_err(|e| StoreError::io(&coming, e))?;
        let old = if journal.exists() { Some(move_aside(&journal, "before-restore", at)?) } else { None };
        fs::rename(&coming, &journal).map_err(|e| StoreError::io(&journal, e))?;
        folder::make_private_file(&journal)?;
        folder::sync_dir(dir)?;
        Ok(old)
    }
}

pub(crate) fn unusable(path: &Path, error: MigrateError) -> RestoreError {
    let reason = match error {
        MigrateError::NotOurs => Unusable::NotOurs,
        MigrateError::Newer { found, known, .. } => Unusable::Newer { found, known },
        MigrateError::Store(StoreError::Corrupt { detail }) => Unusable::Damaged(detail),
        MigrateError::Store(other) => return RestoreError::Store(other),
    };
    RestoreError::Unusable { path: path.to_path_buf(), reason }
}

/// Copies the journal before its schema changes.
pub(crate) fn before_migration(dir: &Path, schema: u32, at: DateTime<Utc>) -> Result<Backup, StoreError> {
    copy(dir, at, Some(schema))
}

fn copy(dir: &Path, at: DateTime<Utc>, schema: Option<u32>) -> Result<Backup, StoreError> {
    let folder = dir.join(FOLDER);
    folder::make_private_dir(&folder)?;
    let kind = schema.map_or(String::new(), |s| format!("-schema{s}"));
    let name = |at: DateTime<Utc>| folder.join(format!("seatrial-{}{kind}.db", at.format(STAMP)));
    // Two copies within a second are two copies.
    let mut at = at;
    while name(at).exists() {
        at += Duration::seconds(1);
    }
    let path = name(at);
    // Under another name until it is whole, so that half a copy is never taken for a backup. With the
    // process in the name, two of them do not write into one file.
    let part = folder.join(format!("{}{kind}.{}.part", at.format(STAMP), std::process::id()));
    remove(&part)?;
    folder::make_private_file(&part)?;
    let text = part.to_str().ok_or_else(|| StoreError::io(&part, io::ErrorKind::InvalidFilename.into()))?;
    let conn = connection::copier(&dir.join(JOURNAL_FILE))?;
    let made = conn.execute("VACUUM INTO ?1", [text]).map_err(StoreError::from);
    if let Err(error) = made {
        remove(&part)?;
        return Err(error);
    }
    fs::File::open(&part).and_then(|f| f.sync_all()).map_err(|e| StoreError::io(&part, e))?;
    fs::rename(&part, &path).map_err(|e| StoreError::io(&path, e))?;
    folder::sync_dir(&folder)?;
    let size = fs::metadata(&path).map_err(|e| StoreError::io(&path, e))?.len();
    Ok(Backup { path, at, before_schema: schema, size })
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(StoreError::io(path, e)),
        _ => Ok(()),
    }
}

/// Backups in the folder, newest first.
pub(crate) fn list(dir: &Path) -> Result<Vec<Backup>, StoreError> {
    let folder = dir.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(StoreError::io(&folder, e)),
    };
    let mut found: Vec<Backup> = entries.flatten().filter_map(|entry| recognise(&entry.path())).collect();
    found.sort_by(|a, b| (b.at, &b.path).cmp(&(a.at, &a.path)));
    Ok(found)
}

fn recognise(path: &Path) -> Option<Backup> {
    let name = path.file_name()?.to_str()?.strip_prefix("seatrial-")?.strip_suffix(".db")?;
    let (stamp, before_schema) = match name.split_once("-schema") {
        Some((stamp, schema)) => (stamp, Some(schema.parse().ok()?)),
        None => (name, None),
    };
    let at = NaiveDateTime::parse_from_str(stamp, STAMP).ok()?.and_utc();
    Some(Backup { path: path.to_path_buf(), at, before_schema, size: fs::metadata(path).ok()?.len() })
}

/// Renames a damaged database and what belongs to it.
pub(crate) fn set_aside(path: &Path, at: DateTime<Utc>) -> Result<PathBuf, StoreError> {
    move_aside(path, "corrupt", at)
}

fn move_aside(path: &Path, word: &str, at: DateTime<Utc>) -> Result<PathBuf, StoreError> {
    let to = side_file(path, &format!(".{word}-{}", at.format(STAMP)));
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (side_file(path, suffix), side_file(&to, suffix));
        match fs::rename(&from, &to) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(StoreError::io(from, e)),
            _ => {}
        }
    }
    Ok(to)
}
