//! Plain configuration set with `seatrial env set`, over what the app's file says.

use super::topic::Topic;
use crate::error::StoreError;
use crate::sql::{At, Word};
use crate::store::Store;
use chrono::{DateTime, Utc};
use rusqlite::params;
use seatrial_core::model::{AppName, EnvironmentName};
use std::collections::BTreeMap;

pub(crate) const CREATE: &str = "CREATE TABLE env_value (
    app TEXT NOT NULL,
    environment TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (app, environment, key)
) STRICT, WITHOUT ROWID";

/// A value to be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvValue {
    /// The app.
    pub app: AppName,
    /// The environment.
    pub environment: EnvironmentName,
    /// The variable's name.
    pub key: String,
    /// Its value.
    pub value: String,
}

impl Store {
    /// Values set for an environment, by key.
    pub fn env_values(
        &self,
        app: &AppName,
        environment: &EnvironmentName,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        self.read(|conn| {
            let mut query =
                conn.prepare_cached("SELECT key, value FROM env_value WHERE app = ?1 AND environment = ?2")?;
            let pairs =
                query.query_map(params![Word(app), Word(environment)], |r| Ok((r.get(0)?, r.get(1)?)))?;
            Ok(pairs.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Sets values, all or none.
    pub fn set_env_values(&self, values: Vec<EnvValue>, at: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(move |journal| {
            for value in &values {
                let sql = "INSERT INTO env_value (app, environment, key, value, updated_at)
                    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (app, environment, key)
                    DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at";
                let place = (Word(&value.app), Word(&value.environment));
                journal.execute(sql, params![place.0, place.1, value.key, value.value, At(at)])?;
            }
            Ok(journal.touch(Topic::EnvValues)?)
        })
    }

    /// Removes a value. Returns whether it was set.
    pub fn unset_env_value(
        &self,
        app: &AppName,
        environment: &EnvironmentName,
        key: &str,
    ) -> Result<bool, StoreError> {
        let (app, environment, key) = (app.clone(), environment.clone(), key.to_owned());
        self.write(move |journal| {
            let sql = "DELETE FROM env_value WHERE app = ?1 AND environment = ?2 AND key = ?3";
            let was = journal.execute(sql, params![Word(app), Word(environment), key])? > 0;
            if was {
                journal.touch(Topic::EnvValues)?;
            }
            Ok(was)
        })
    }
}
