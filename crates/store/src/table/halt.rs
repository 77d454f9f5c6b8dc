//! Environments that a person stopped, until something is live in them again.

use crate::error::StoreError;
use crate::sql::{At, Json, Word};
use crate::store::Store;
use crate::table::event::run_id;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use seatrial_core::model::{Actor, AppName, EnvironmentName, RunId};
use seatrial_core::run::{End, RunKind, RunState};
use serde::{Deserialize, Serialize};

pub(crate) const CREATE: &str = "CREATE TABLE halt (
    app TEXT NOT NULL,
    environment TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES run (number),
    at INTEGER NOT NULL,
    PRIMARY KEY (app, environment)
) STRICT, WITHOUT ROWID";

/// Who stopped an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Halt {
    /// The run that did it.
    pub run: RunId,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
}

impl Halt {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { run: run_id(row, 0)?, by: row.get::<_, Json<_>>(1)?.0, at: row.get::<_, At>(2)?.0 })
    }
}

pub(crate) const ONE: &str = "SELECT run.id, run.actor, halt.at FROM halt JOIN run ON run.number = halt.run
    WHERE halt.app = ?1 AND halt.environment = ?2";

const ALL: &str = "SELECT run.id, run.actor, halt.at, halt.app, halt.environment
    FROM halt JOIN run ON run.number = halt.run";

/// Follows the end of a run: what it left behind counts, whatever it was for.
pub(crate) fn follow(
    conn: &Connection,
    number: i64,
    (state, end, at): (&RunState, &End, DateTime<Utc>),
) -> rusqlite::Result<()> {
    let Some(environment) = &state.request.environment else { return Ok(()) };
    let place = (Word(&state.request.app), Word(environment));
    if state.live.is_some() || *end == End::Live {
        let sql = "DELETE FROM halt WHERE app = ?1 AND environment = ?2";
        return conn.prepare_cached(sql)?.execute(params![place.0, place.1]).map(drop);
    }
    if state.request.kind == RunKind::Stop && *end == End::Succeeded {
        let sql = "INSERT INTO halt (app, environment, run, at) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (app, environment) DO UPDATE SET run = excluded.run, at = excluded.at";
        return conn.prepare_cached(sql)?.execute(params![place.0, place.1, number, At(at)]).map(drop);
    }
    Ok(())
}

impl Store {
    /// Who stopped an environment; `None`: nobody, or it was started since.
    pub fn halt(&self, app: &AppName, environment: &EnvironmentName) -> Result<Option<Halt>, StoreError> {
        self.read(|conn| {
            let values = params![Word(app), Word(environment)];
            Ok(conn.prepare_cached(ONE)?.query_row(values, Halt::read).optional()?)
        })
    }

    /// Every environment that is stopped.
    pub fn halts(&self) -> Result<Vec<(AppName, EnvironmentName, Halt)>, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(ALL)?;
            let rows = query.query_map([], |row| {
                let (app, environment) = (row.get::<_, Word<_>>(3)?.0, row.get::<_, Word<_>>(4)?.0);
                Ok((app, environment, Halt::read(row)?))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}
