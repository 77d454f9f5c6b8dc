//! Settings of this home: a key and a JSON value.

use super::topic::Topic;
use crate::error::StoreError;
use crate::sql::Json;
use crate::store::Store;
use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) const CREATE: &str = "CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID";

impl Store {
    /// A setting; `None`: never set. A value of another shape than `T` is an error.
    pub fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached("SELECT value FROM setting WHERE key = ?1")?;
            Ok(query.query_row([key], |r| r.get::<_, Json<T>>(0)).optional()?.map(|json| json.0))
        })
    }

    /// Sets a setting.
    pub fn set_setting<T: Serialize + Send + 'static>(&self, key: &str, value: T) -> Result<(), StoreError> {
        let key = key.to_owned();
        self.write(move |journal| {
            let sql = "INSERT INTO setting (key, value) VALUES (?1, ?2)
                ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            journal.execute(sql, params![key, Json(value)])?;
            Ok(journal.touch(Topic::Settings)?)
        })
    }

    /// Settings whose key begins with `prefix`, by key, each with the rest of its key.
    pub fn settings_below<T: DeserializeOwned>(&self, prefix: &str) -> Result<Vec<(String, T)>, StoreError> {
        self.read(|conn| {
            let sql = "SELECT substr(key, length(?1) + 1), value FROM setting
                WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key";
            let mut query = conn.prepare_cached(sql)?;
            let rows = query.query_map([prefix], |r| Ok((r.get(0)?, r.get::<_, Json<T>>(1)?.0)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Takes a setting away. Gives back whether it was there.
    pub fn remove_setting(&self, key: &str) -> Result<bool, StoreError> {
        let key = key.to_owned();
        self.write(move |journal| {
            let removed = journal.execute("DELETE FROM setting WHERE key = ?1", params![key])? > 0;
            if removed {
                journal.touch(Topic::Settings)?;
            }
            Ok(removed)
        })
    }

    /// Sets a setting that nobody has set yet and returns what stands there afterwards: of several processes
    /// that do so at once, all get the value of the first.
    pub fn set_setting_once<T>(&self, key: &str, value: T) -> Result<T, StoreError>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
    {
        let key = key.to_owned();
        self.write(move |journal| {
            let sql = "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING";
            if journal.execute(sql, params![key, Json(value)])? > 0 {
                journal.touch(Topic::Settings)?;
            }
            let sql = "SELECT value FROM setting WHERE key = ?1";
            Ok(journal.query_row(sql, [key], |r| r.get::<_, Json<T>>(0))?.0)
        })
    }
}
