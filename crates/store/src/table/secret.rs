//! Secrets, sealed. This crate never sees one open.

use super::topic::Topic;
use crate::error::StoreError;
use crate::sql::{At, Word, stored};
use crate::store::Store;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use seatrial_core::model::{AppName, EnvironmentName};

// A removed secret keeps its row, so that a version number is never used for two contents.
pub(crate) const CREATE: &str = "CREATE TABLE secret (
    app TEXT NOT NULL,
    environment TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    ciphertext BLOB,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app, environment, name)
) STRICT, WITHOUT ROWID";

/// What names a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretKey {
    /// The app.
    pub app: AppName,
    /// The environment.
    pub environment: EnvironmentName,
    /// Its name.
    pub name: String,
}

/// A sealed secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// What names it.
    pub key: SecretKey,
    /// Number of this content, from 1; part of what the seal is bound to.
    pub version: u32,
    /// The sealed content.
    pub ciphertext: Vec<u8>,
    /// When it was set.
    pub updated_at: DateTime<Utc>,
}

/// Why a secret was not stored.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It was sealed for another version than the next one: somebody else set it meanwhile.
    #[error("the secret `{name}` was changed at the same time; set it again")]
    Changed {
        /// Its name.
        name: String,
        /// The version that would have to be sealed for.
        next: u32,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const COLUMNS: &str = "SELECT app, environment, name, version, ciphertext, updated_at FROM secret";
const ONE: &str = "app = ?1 AND environment = ?2 AND name = ?3";

impl Secret {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let key = SecretKey {
            app: row.get::<_, Word<AppName>>(0)?.0,
            environment: row.get::<_, Word<EnvironmentName>>(1)?.0,
            name: row.get(2)?,
        };
        Ok(Self { key, version: row.get(3)?, ciphertext: row.get(4)?, updated_at: row.get::<_, At>(5)?.0 })
    }
}

fn next_version(conn: &Connection, key: &SecretKey) -> rusqlite::Result<u32> {
    let sql = format!("SELECT version FROM secret WHERE {ONE}");
    let values = params![Word(&key.app), Word(&key.environment), key.name];
    let version: Option<u32> = conn.query_row(&sql, values, |r| r.get(0)).optional()?;
    Ok(version.unwrap_or(0) + 1)
}

impl Store {
    /// Secrets of an environment, by name.
    pub fn secrets(&self, app: &AppName, environment: &EnvironmentName) -> Result<Vec<Secret>, StoreError> {
        self.read(|conn| {
            let sql = format!(
                "{COLUMNS} WHERE app = ?1 AND environment = ?2 AND ciphertext IS NOT NULL ORDER BY name"
            );
            let mut query = conn.prepare_cached(&sql)?;
            let rows = query.query_map(params![Word(app), Word(environment)], Secret::read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// One secret.
    pub fn secret(&self, key: &SecretKey) -> Result<Option<Secret>, StoreError> {
        self.read(|conn| {
            let sql = format!("{COLUMNS} WHERE {ONE} AND ciphertext IS NOT NULL");
            let values = params![Word(&key.app), Word(&key.environment), key.name];
            Ok(conn.prepare_cached(&sql)?.query_row(values, Secret::read).optional()?)
        })
    }

    /// The version the next content of a secret has to be sealed for.
    pub fn next_secret_version(&self, key: &SecretKey) -> Result<u32, StoreError> {
        self.read(|conn| Ok(next_version(conn, key)?))
    }

    /// Stores a secret that was sealed for the next version.
    pub fn put_secret(&self, secret: Secret) -> Result<Secret, SecretError> {
        self.write(move |journal| {
            let next = next_version(journal, &secret.key).map_err(StoreError::from)?;
            if secret.version != next {
                return Err(SecretError::Changed { name: secret.key.name, next });
            }
            let secret = Secret { updated_at: stored(secret.updated_at), ..secret };
            let sql = "INSERT INTO secret (app, environment, name, version, ciphertext, updated_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (app, environment, name) DO UPDATE SET
                version = excluded.version, ciphertext = excluded.ciphertext, updated_at = excluded.updated_at";
            let Secret { key, version, ciphertext, updated_at } = &secret;
            let values = params![
                Word(&key.app),
                Word(&key.environment),
                key.name,
                version,
                ciphertext,
                At(*updated_at)
            ];
            journal.execute(sql, values).map_err(StoreError::from)?;
            journal.touch(Topic::Secrets).map_err(StoreError::from)?;
            Ok(secret)
        })
    }

    /// Removes a secret's content. Returns whether there was one.
    pub fn remove_secret(&self, key: &SecretKey, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let key = key.clone();
        self.write(move |journal| {
            let sql = format!(
                "UPDATE secret SET ciphertext = NULL, updated_at = ?4 WHERE {ONE} AND ciphertext IS NOT NULL"
            );
            let values = params![Word(key.app), Word(key.environment), key.name, At(at)];
            let was = journal.execute(&sql, values)? > 0;
            if was {
                journal.touch(Topic::Secrets)?;
            }
            Ok(was)
        })
    }
}
