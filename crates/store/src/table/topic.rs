//! Where in the change feed things that are not runs changed last. Events carry their place themselves.

use crate::error::StoreError;
use crate::feed::{Change, Changed, Cursor};
use crate::sql::{Id, Word};
use crate::store::Store;
use rusqlite::{Connection, params};
use schemars::JsonSchema;
use seatrial_core::model::RunId;
use serde::{Deserialize, Serialize};

pub(crate) const CREATE: &str = "CREATE TABLE topic (
    name TEXT PRIMARY KEY,
    change INTEGER NOT NULL
) STRICT, WITHOUT ROWID";

/// All of them.
pub(crate) const ALL: [Topic; 6] =
    [Topic::Apps, Topic::EnvValues, Topic::Secrets, Topic::Trust, Topic::Settings, Topic::Leases];

/// Something that is not a run and can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// The apps known here.
    Apps,
    /// Values set for environments.
    EnvValues,
    /// Secrets: which there are, not what is in them.
    Secrets,
    /// Trusted contents of folders.
    Trust,
    /// Settings.
    Settings,
    /// Who holds which place.
    Leases,
}

pub(crate) const NEWEST: &str = "SELECT max(
    coalesce((SELECT max(change) FROM event), 0),
    coalesce((SELECT max(change) FROM topic), 0))";

pub(crate) const EVENTS_AFTER: &str = "SELECT event.change, run.id, event.seq
    FROM event JOIN run ON run.number = event.run
    WHERE event.change > ?1 ORDER BY event.change LIMIT ?2";

const TOPICS_AFTER: &str = "SELECT change, name FROM topic WHERE change > ?1";

pub(crate) fn newest_change(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached(NEWEST)?.query_row([], |r| r.get(0))
}

pub(crate) fn touch(conn: &Connection, topic: Topic, change: i64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO topic (name, change) VALUES (?1, ?2)
        ON CONFLICT (name) DO UPDATE SET change = excluded.change";
    conn.prepare_cached(sql)?.execute(params![Word(topic), change]).map(drop)
}

impl Store {
    /// Says that something changed that is not kept here, such as what is in the folders of apps.
    pub fn touch(&self, topic: Topic) -> Result<(), StoreError> {
        self.write(move |journal| Ok(journal.touch(topic)?))
    }

    /// Says that everything changed, at a place of the feed that is further than any other.
    pub(crate) fn touch_all_at(&self, change: i64) -> Result<(), StoreError> {
        self.write(move |journal| {
            for topic in ALL {
                touch(journal, topic, change)?;
            }
            Ok(())
        })
    }
}

/// Changes after a place, oldest first.
pub(crate) fn changes(conn: &Connection, after: i64, limit: u32) -> rusqlite::Result<Vec<Change>> {
    let mut events = conn.prepare_cached(EVENTS_AFTER)?;
    let events = events.query_map(params![after, limit], |r| {
        let what = Changed::Run { run: RunId(r.get::<_, Id>(1)?.0), seq: r.get(2)? };
        Ok(Change { cursor: Cursor(r.get(0)?), what })
    })?;
    let mut all = events.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut topics = conn.prepare_cached(TOPICS_AFTER)?;
    let topics = topics.query_map([after], |r| {
        Ok(Change { cursor: Cursor(r.get(0)?), what: Changed::Topic(r.get::<_, Word<Topic>>(1)?.0) })
    })?;
    all.extend(topics.collect::<rusqlite::Result<Vec<_>>>()?);
    all.sort_by_key(|c| c.cursor);
    all.truncate(limit as usize);
    Ok(all)
}
