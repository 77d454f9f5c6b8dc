//! What happened, in order. Rows are only ever added.

use crate::error::StoreError;
use crate::sql::{At, Id, Json};
use crate::store::Store;
use rusqlite::{Connection, params};
use seatrial_core::model::RunId;
use seatrial_core::run::{Event, EventBody, RunState};

// The primary key is the event's place in the change feed. The run is named by its row number rather than its
// id: with millions of events that halves the index.
pub(crate) const CREATE: &str = "CREATE TABLE event (
    change INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (number),
    seq INTEGER NOT NULL CHECK (seq > 0),
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (run, seq)
) STRICT";

pub(crate) const OF_RUN: &str =
    "SELECT seq, at, body FROM event WHERE run = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3";

/// Adds an event.
pub(crate) fn insert(conn: &Connection, change: i64, run: i64, event: &Event) -> rusqlite::Result<()> {
    let sql = "INSERT INTO event (change, run, seq, at, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = params![change, run, event.seq, At(event.at), Json(&event.body)];
    conn.prepare_cached(sql)?.execute(values).map(drop)
}

/// Calls `each` with the events of a run (by row number) from a place on.
pub(crate) fn each(
    conn: &Connection,
    (number, run): (i64, RunId),
    from: u32,
    limit: u32,
    mut each: impl FnMut(Event),
) -> rusqlite::Result<()> {
    let mut query = conn.prepare_cached(OF_RUN)?;
    let mut rows = query.query(params![number, from, limit])?;
    while let Some(row) = rows.next()? {
        let (at, body) = (row.get::<_, At>(1)?.0, row.get::<_, Json<EventBody>>(2)?.0);
        each(Event { run, seq: row.get(0)?, at, body });
    }
    Ok(())
}

fn number(conn: &Connection, run: RunId) -> Result<Option<i64>, StoreError> {
    Ok(super::run::head(conn, run)?.map(|head| head.number))
}

impl Store {
    /// Events of a run from place `from` on (1: all), at most `limit`. Empty for an unknown run.
    pub fn events(&self, run: RunId, from: u32, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.read(|conn| {
            let mut events = Vec::new();
            if let Some(number) = number(conn, run)? {
                each(conn, (number, run), from, limit, |event| events.push(event))?;
            }
            Ok(events)
        })
    }

    /// A run folded from its events; `None`: there is no such run.
    pub fn run_state(&self, run: RunId) -> Result<Option<RunState>, StoreError> {
        self.read(|conn| match number(conn, run)? {
            Some(number) => Ok(fold(conn, (number, run), None)?),
            None => Ok(None),
        })
    }

    /// Takes events into `state` that were stored since, which is cheaper than folding from the beginning.
    pub fn catch_up(&self, mut state: RunState) -> Result<RunState, StoreError> {
        self.read(|conn| {
            if let Some(number) = number(conn, state.id)? {
                let from = state.seq + 1;
                each(conn, (number, state.id), from, u32::MAX, |event| state.apply(&event))?;
            }
            Ok(state)
        })
    }
}

/// Folds a run, from a state that is known already if there is one.
pub(crate) fn fold(
    conn: &Connection,
    run: (i64, RunId),
    known: Option<RunState>,
) -> rusqlite::Result<Option<RunState>> {
    let from = known.as_ref().map_or(1, |s| s.seq + 1);
    let mut state = known;
    each(conn, run, from, u32::MAX, |event| match &mut state {
        Some(state) => state.apply(&event),
        None => state = RunState::begin(&event),
    })?;
    Ok(state)
}

/// The id of a run by row number.
pub(crate) fn run_id(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<RunId> {
    Ok(RunId(row.get::<_, Id>(column)?.0))
}
