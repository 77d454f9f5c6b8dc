//! Apps known to this Seatrial home.

use super::topic::Topic;
use crate::error::StoreError;
use crate::sql::{At, Id, Word, stored};
use crate::store::Store;
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, params};
use schemars::JsonSchema;
use seatrial_core::model::{AppId, AppName};
use serde::{Deserialize, Serialize};

pub(crate) const CREATE: &str = "CREATE TABLE app (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL UNIQUE,
    folder TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    opened_at INTEGER NOT NULL
) STRICT;
CREATE INDEX app_folder ON app (folder);";

/// An app known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct App {
    /// Identity.
    pub id: AppId,
    /// Its name; unique here.
    pub name: AppName,
    /// Its folder, absolute.
    pub folder: String,
    /// When it became known.
    pub added_at: DateTime<Utc>,
    /// When somebody last worked with it.
    pub opened_at: DateTime<Utc>,
}

/// Why an app was not taken up.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Another folder has an app of this name.
    #[error("an app named `{name}` is already known, in {folder}; give one of them another name")]
    NameTaken {
        /// The name.
        name: AppName,
        /// The other app's folder.
        folder: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const COLUMNS: &str = "SELECT id, name, folder, added_at, opened_at FROM app";

impl App {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: AppId(row.get::<_, Id>(0)?.0),
            name: row.get::<_, Word<AppName>>(1)?.0,
            folder: row.get(2)?,
            added_at: row.get::<_, At>(3)?.0,
            opened_at: row.get::<_, At>(4)?.0,
        })
    }
}

impl Store {
    /// All apps, by name.
    pub fn apps(&self) -> Result<Vec<App>, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!("{COLUMNS} ORDER BY name"))?;
            Ok(query.query_map([], App::read)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The app of that name.
    pub fn app(&self, name: &AppName) -> Result<Option<App>, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!("{COLUMNS} WHERE name = ?1"))?;
            Ok(query.query_row([Word(name)], App::read).optional()?)
        })
    }

    /// The app in that folder (absolute); of several the one somebody worked with last.
    pub fn app_in(&self, folder: &str) -> Result<Option<App>, StoreError> {
        self.read(|conn| {
            let sql = format!("{COLUMNS} WHERE folder = ?1 ORDER BY opened_at DESC LIMIT 1");
            Ok(conn.prepare_cached(&sql)?.query_row([folder], App::read).optional()?)
        })
    }

    /// Takes up an app, or notes that it moved to another folder or was opened. An app is recognised by `id`.
    pub fn put_app(&self, app: App) -> Result<App, AppError> {
        self.write(move |journal| {
            let app = App { added_at: stored(app.added_at), opened_at: stored(app.opened_at), ..app };
            let other = journal
                .prepare_cached("SELECT folder FROM app WHERE name = ?1 AND id <> ?2")
                .and_then(|mut q| {
                    q.query_row(params![Word(&app.name), Id(app.id.0)], |r| r.get(0)).optional()
                })
                .map_err(StoreError::from)?;
            if let Some(folder) = other {
                return Err(AppError::NameTaken { name: app.name, folder });
            }
            let sql = "INSERT INTO app (id, name, folder, added_at, opened_at) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, folder = excluded.folder,
                opened_at = excluded.opened_at";
            let values =
                params![Id(app.id.0), Word(&app.name), app.folder, At(app.added_at), At(app.opened_at)];
            journal.execute(sql, values).map_err(StoreError::from)?;
            journal.touch(Topic::Apps).map_err(StoreError::from)?;
            Ok(app)
        })
    }

    /// Forgets an app; its history stays. Returns whether it was known.
    pub fn forget_app(&self, name: &AppName) -> Result<bool, StoreError> {
        let name = name.clone();
        self.write(move |journal| {
            let known = journal.execute("DELETE FROM app WHERE name = ?1", [Word(name)])? > 0;
            if known {
                journal.touch(Topic::Apps)?;
            }
            Ok(known)
        })
    }
}
