//! Who did what, chained: each row's hash covers the one before, so that a row cannot be changed or taken out
//! unnoticed. (Rows missing at the very end cannot be told from rows never written; keep a hash elsewhere.)

use crate::error::StoreError;
use crate::sql::{At, Json, Word, stored};
use crate::store::Store;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use seatrial_core::model::{Actor, Digest};
use serde::{Deserialize, Serialize};

pub(crate) const CREATE: &str = "CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL CHECK (json_valid(actor)),
    what TEXT NOT NULL CHECK (json_valid(what))
) STRICT";

/// An entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Its place, from 1, without gaps.
    pub number: i64,
    /// Hash of the entry before.
    pub previous: Digest,
    /// Hash over the entry before and this one.
    pub hash: Digest,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What.
    pub what: serde_json::Value,
}

/// What looking at the whole chain showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditCheck {
    /// Every entry is as it was written.
    Intact {
        /// How many there are.
        entries: u64,
        /// Hash of the last one; `None`: there is none.
        last: Option<Digest>,
    },
    /// An entry was changed, taken out or put in.
    Broken {
        /// The first entry that does not fit.
        number: i64,
    },
}

const LATEST: &str = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1";
const ALL: &str = "SELECT number, previous, hash, at, actor, what FROM audit ORDER BY number";
const PAGE: &str = "SELECT number, previous, hash, at, actor, what FROM audit
    WHERE number < ?1 ORDER BY number DESC LIMIT ?2";

fn first() -> Digest {
    Digest::of(b"seatrial audit")
}

/// Each part is preceded by its length, so that no two different entries have the same text.
fn chain(previous: &str, number: i64, at: i64, parts: [&str; 2]) -> Digest {
    let mut text = format!("{previous}\n{number}\n{at}\n");
    for part in parts {
        text.push_str(&format!("{}\n{part}\n", part.len()));
    }
    Digest::of(text.as_bytes())
}

impl AuditEntry {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            previous: row.get::<_, Word<Digest>>(1)?.0,
            hash: row.get::<_, Word<Digest>>(2)?.0,
            at: row.get::<_, At>(3)?.0,
            actor: row.get::<_, Json<Actor>>(4)?.0,
            what: row.get::<_, Json<serde_json::Value>>(5)?.0,
        })
    }
}

/// Writes an entry in the transaction of what it is about.
pub(crate) fn append(
    conn: &Connection,
    at: DateTime<Utc>,
    actor: &Actor,
    what: &serde_json::Value,
) -> Result<AuditEntry, StoreError> {
    let latest =
        conn.prepare_cached(LATEST)?.query_row([], |r| Ok((r.get(0)?, r.get::<_, Word<Digest>>(1)?.0)));
    let (last, previous): (i64, Digest) = latest.optional()?.unwrap_or((0, first()));
    let number = last + 1;
    let json =
        |e| StoreError::Sqlite(rusqlite::Error::ToSqlConversionFailure(Box::<serde_json::Error>::new(e)));
    let actor_text = serde_json::to_string(actor).map_err(json)?;
    let what_text = what.to_string();
    let hash = chain(previous.as_str(), number, at.timestamp_micros(), [&actor_text, &what_text]);
    conn.prepare_cached(
        "INSERT INTO audit (number, previous, hash, at, actor, what) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![number, Word(&previous), Word(&hash), At(at), actor_text, what_text])?;
    Ok(AuditEntry { number, previous, hash, at: stored(at), actor: actor.clone(), what: what.clone() })
}

fn verify(conn: &Connection) -> Result<AuditCheck, StoreError> {
    let mut query = conn.prepare_cached(ALL)?;
    let mut rows = query.query([])?;
    let (mut entries, mut last) = (0_u64, first().as_str().to_owned());
    while let Some(row) = rows.next()? {
        let (number, previous, hash): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (actor, what): (String, String) = (row.get(4)?, row.get(5)?);
        entries += 1;
        let right = chain(&last, number, row.get(3)?, [&actor, &what]);
        if i64::try_from(entries) != Ok(number) || previous != last || hash != right.as_str() {
            return Ok(AuditCheck::Broken { number });
        }
        last = hash;
    }
    Ok(AuditCheck::Intact { entries, last: (entries > 0).then(|| last.parse().ok()).flatten() })
}

impl Store {
    /// Writes down that somebody did something.
    pub fn audit(
        &self,
        at: DateTime<Utc>,
        actor: Actor,
        what: serde_json::Value,
    ) -> Result<AuditEntry, StoreError> {
        self.write(move |journal| append(journal, at, &actor, &what))
    }

    /// Entries before `before` (all: `None`), newest first.
    pub fn audit_entries(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(PAGE)?;
            let rows = query.query_map(params![before.unwrap_or(i64::MAX), limit], AuditEntry::read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Recomputes the whole chain.
    pub fn verify_audit(&self) -> Result<AuditCheck, StoreError> {
        self.read(verify)
    }
}
