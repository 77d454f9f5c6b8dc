//! Contents of folders a person allowed to run.

use super::topic::Topic;
use crate::error::StoreError;
use crate::sql::{At, Json, Word, stored};
use crate::store::Store;
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, params};
use schemars::JsonSchema;
use seatrial_core::model::{Actor, Digest};
use serde::{Deserialize, Serialize};

pub(crate) const CREATE: &str = "CREATE TABLE trust (
    folder TEXT NOT NULL,
    digest TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL CHECK (json_valid(actor)),
    files TEXT NOT NULL CHECK (json_valid(files)),
    PRIMARY KEY (folder, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX trust_latest ON trust (folder, at);";

/// A file that was part of what a person looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrustedFile {
    /// Path relative to the folder.
    pub path: String,
    /// Digest of its content.
    pub digest: Digest,
    /// The content, so that the next question can show what is different.
    pub text: Option<String>,
}

/// A person's yes to exactly this content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trust {
    /// The app's folder, absolute.
    pub folder: String,
    /// Digest over everything that could run.
    pub digest: Digest,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What was shown.
    pub files: Vec<TrustedFile>,
}

const COLUMNS: &str = "SELECT folder, digest, at, actor, files FROM trust";

impl Trust {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            folder: row.get(0)?,
            digest: row.get::<_, Word<Digest>>(1)?.0,
            at: row.get::<_, At>(2)?.0,
            actor: row.get::<_, Json<Actor>>(3)?.0,
            files: row.get::<_, Json<Vec<TrustedFile>>>(4)?.0,
        })
    }
}

impl Store {
    /// The yes to exactly this content of this folder.
    pub fn trust(&self, folder: &str, digest: &Digest) -> Result<Option<Trust>, StoreError> {
        self.read(|conn| {
            let sql = format!("{COLUMNS} WHERE folder = ?1 AND digest = ?2");
            Ok(conn.prepare_cached(&sql)?.query_row(params![folder, Word(digest)], Trust::read).optional()?)
        })
    }

    /// Whether somebody said yes to exactly this content of this folder.
    pub fn is_trusted(&self, folder: &str, digest: &Digest) -> Result<bool, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached("SELECT 1 FROM trust WHERE folder = ?1 AND digest = ?2")?;
            Ok(query.exists(params![folder, Word(digest)])?)
        })
    }

    /// The last yes for a folder, whatever its content was: what a new content is compared with.
    pub fn latest_trust(&self, folder: &str) -> Result<Option<Trust>, StoreError> {
        self.read(|conn| {
            let sql = format!("{COLUMNS} WHERE folder = ?1 ORDER BY at DESC LIMIT 1");
            Ok(conn.prepare_cached(&sql)?.query_row([folder], Trust::read).optional()?)
        })
    }

    /// Records a yes.
    pub fn grant_trust(&self, trust: Trust) -> Result<Trust, StoreError> {
        self.write(move |journal| {
            let trust = Trust { at: stored(trust.at), ..trust };
            let sql = "INSERT INTO trust (folder, digest, at, actor, files) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (folder, digest) DO UPDATE SET at = excluded.at, actor = excluded.actor,
                files = excluded.files";
            let what = (Json(&trust.actor), Json(&trust.files));
            journal.execute(sql, params![trust.folder, Word(&trust.digest), At(trust.at), what.0, what.1])?;
            journal.touch(Topic::Trust)?;
            Ok(trust)
        })
    }

    /// Takes back every yes for a folder. Returns how many there were.
    pub fn revoke_trust(&self, folder: &str) -> Result<usize, StoreError> {
        let folder = folder.to_owned();
        self.write(move |journal| {
            let count = journal.execute("DELETE FROM trust WHERE folder = ?1", [folder])?;
            journal.touch(Topic::Trust)?;
            Ok(count)
        })
    }
}
