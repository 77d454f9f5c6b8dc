//! How everybody follows: a place in the list of all changes, and a way to wait for the next one.

use crate::connection;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::topic::{self, Topic};
use rusqlite::Connection;
use schemars::JsonSchema;
use seatrial_core::model::RunId;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often other processes' changes are looked for while somebody waits, and how often once it has been quiet for
/// a while: a window that is only open should cost nothing one could notice.
const POLL: Duration = Duration::from_millis(50);
const QUIET_POLL: Duration = Duration::from_millis(200);
/// After this long without a change it is quiet.
const QUIET_AFTER: Duration = Duration::from_secs(3);

/// A place in the list of all changes; 0 is before the first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Cursor(pub i64);

/// What is different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// A run has an event more.
    Run {
        /// The run.
        run: RunId,
        /// The event's place in it.
        seq: u32,
    },
    /// Something that is not a run.
    Topic(Topic),
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its place.
    pub cursor: Cursor,
    /// What is different.
    pub what: Changed,
}

/// Wakes those who wait in this process.
#[derive(Default)]
pub(crate) struct Bell {
    newest: Mutex<i64>,
    rung: Condvar,
}

impl Bell {
    pub(crate) fn ring(&self, newest: i64) {
        let mut known = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        *known = newest;
        drop(known);
        self.rung.notify_all();
    }

    /// Waits until a change after `cursor` is known here, at most `limit`.
    fn wait(&self, cursor: i64, limit: Duration) {
        let known = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.rung.wait_timeout_while(known, limit, |newest| *newest <= cursor));
    }
}

/// Notices commits of other processes without looking at any table.
pub(crate) struct Watch {
    conn: Connection,
    version: Option<i64>,
    newest: i64,
}

impl Watch {
    pub(crate) fn new(path: &Path, busy: Duration) -> Result<Self, StoreError> {
        Ok(Self { conn: connection::reader(path, busy)?, version: None, newest: 0 })
    }

    /// The newest change. Costs microseconds while nobody commits.
    fn newest(&mut self) -> Result<i64, StoreError> {
        let version: i64 = self.conn.prepare_cached("PRAGMA data_version")?.query_row([], |r| r.get(0))?;
        if self.version != Some(version) {
            self.newest = topic::newest_change(&self.conn)?;
            self.version = Some(version);
        }
        Ok(self.newest)
    }
}

impl Store {
    /// The newest change of all.
    pub fn cursor(&self) -> Result<Cursor, StoreError> {
        self.read(|conn| Ok(Cursor(topic::newest_change(conn)?)))
    }

    /// Changes after `cursor`, oldest first, at most `limit`, and the place to go on from. Of a topic that
    /// changed several times only the last change is listed. A cursor from the future (the database was
    /// restored) leads back to the newest change.
    pub fn changes_since(&self, cursor: Cursor, limit: u32) -> Result<(Vec<Change>, Cursor), StoreError> {
        self.read(move |conn| {
            let newest = topic::newest_change(conn)?;
            if cursor.0 >= newest {
                return Ok((Vec::new(), Cursor(newest)));
            }
            let changes = topic::changes(conn, cursor.0, limit)?;
            let next = changes.last().map_or(Cursor(newest), |c| c.cursor);
            Ok((changes, next))
        })
    }

    /// Waits until something changed after `cursor`, in this process (at once) or another one (50 ms, and 200 ms after
    /// it was quiet for three seconds), at most `limit`. Returns whether something did.
    pub fn wait_for_change(&self, cursor: Cursor, limit: Duration) -> Result<bool, StoreError> {
        let since = Instant::now();
        let until = since + limit;
        loop {
            let newest = self.watch().lock().unwrap_or_else(PoisonError::into_inner).newest()?;
            if newest != cursor.0 {
                return Ok(true);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            let poll = if since.elapsed() < QUIET_AFTER { POLL } else { QUIET_POLL };
            self.bell().wait(cursor.0, left.min(poll));
        }
    }
}
