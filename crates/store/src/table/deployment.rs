//! The part of a run that changed an environment, and which of them is what visitors see now.
//!
//! A deployment that became live gets a number that grows with every such moment. Taking it back takes the
//! number away, so "what is there" is always the highest number left, and "what was there before" the next one.

use super::run::{self, RunRow, Scope, optional};
use crate::error::StoreError;
use crate::sql::{At, Id, Json, Word, stored};
use crate::store::Store;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use seatrial_core::model::{AppName, DeploymentId, EnvironmentName, Slot};
use seatrial_core::run::{End, Event, EventBody, Fact, RunState};
use serde::{Deserialize, Serialize};

pub(crate) const CREATE: &str = "CREATE TABLE deployment (
    run INTEGER PRIMARY KEY REFERENCES run (number),
    app TEXT NOT NULL,
    environment TEXT NOT NULL,
    kind TEXT NOT NULL,
    release BLOB CHECK (length(release) = 16),
    slot TEXT,
    traffic TEXT NOT NULL CHECK (json_valid(traffic)),
    began_at INTEGER NOT NULL,
    live_at INTEGER,
    live_order INTEGER
) STRICT;
CREATE INDEX deployment_live ON deployment (app, environment, live_order) WHERE live_order IS NOT NULL;
CREATE TABLE place (
    app TEXT NOT NULL,
    environment TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES deployment (run),
    PRIMARY KEY (app, environment)
) STRICT, WITHOUT ROWID";

/// A change of where traffic goes, as read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrafficChange {
    /// When it was read back.
    pub at: DateTime<Utc>,
    /// The slot before.
    pub from: Option<Slot>,
    /// The slot that answers since.
    pub to: Option<Slot>,
}

/// A release in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deployment {
    /// Its run: release, version, strategy, configuration, proof, verdict and end stand there.
    pub run: RunRow,
    /// The slot the release is in.
    pub slot: Option<Slot>,
    /// Where traffic went, in order.
    pub traffic: Vec<TrafficChange>,
    /// When it first changed something.
    pub began_at: DateTime<Utc>,
    /// When visitors got it; `None`: they never did, or it was taken back.
    pub live_at: Option<DateTime<Utc>>,
}

impl Deployment {
    /// Identity: a run has at most one deployment, so it is the run's.
    pub fn id(&self) -> DeploymentId {
        DeploymentId(self.run.id.0)
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            run: RunRow::read(row)?,
            slot: optional::<Word<Slot>>(row, run::WIDTH)?.map(|w| w.0),
            traffic: row.get::<_, Json<_>>(run::WIDTH + 1)?.0,
            began_at: row.get::<_, At>(run::WIDTH + 2)?.0,
            live_at: optional::<At>(row, run::WIDTH + 3)?.map(|at| at.0),
        })
    }
}

/// An entry of the history: a run, with its deployment if it changed an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryEntry {
    /// The run.
    pub run: RunRow,
    /// What it did to its environment.
    pub deployment: Option<Deployment>,
}

const OWN: &str = "deployment.slot, deployment.traffic, deployment.began_at, deployment.live_at";

/// Follows an event of a run. `order` is the event's place in the change feed.
pub(crate) fn follow(
    conn: &Connection,
    number: i64,
    order: i64,
    (state, event): (&RunState, &Event),
) -> rusqlite::Result<()> {
    let Some(environment) = &state.request.environment else { return Ok(()) };
    let place = (&state.request.app, environment);
    match &event.body {
        EventBody::Observed { fact: Fact::Launched { slot, .. }, .. } => {
            begin(conn, number, place, state, event.at)?;
            // Undoing starts the old release again, perhaps in the same slot; that is not this deployment's.
            if state.undo_reason.is_none() {
                set_slot(conn, number, *slot)?;
            }
        }
        EventBody::Observed { fact: Fact::Switched { from, to }, .. } => {
            begin(conn, number, place, state, event.at)?;
            let change = TrafficChange { at: stored(event.at), from: *from, to: *to };
            add_traffic(conn, number, &change)?;
            match to {
                Some(slot) if state.undo_reason.is_none() => {
                    set_slot(conn, number, *slot)?;
                    set_live(conn, number, event.at, order)?;
                }
                _ if state.undo_reason.is_some() => take_back(conn, number)?,
                _ => {}
            }
            settle(conn, place)?;
        }
        EventBody::Ended { end } => finish(conn, number, order, (state, end, event.at), place)?,
        _ => {}
    }
    Ok(())
}

type PlaceKey<'a> = (&'a AppName, &'a EnvironmentName);

fn finish(
    conn: &Connection,
    number: i64,
    order: i64,
    (state, end, at): (&RunState, &End, DateTime<Utc>),
    place: PlaceKey<'_>,
) -> rusqlite::Result<()> {
    match end {
        End::Live => {
            begin(conn, number, place, state, at)?;
            // A switch that was read back said so already, and when; this is for one that was not needed.
            let sql =
                "UPDATE deployment SET live_at = ?2, live_order = ?3 WHERE run = ?1 AND live_order IS NULL";
            conn.prepare_cached(sql)?.execute(params![number, At(at), order])?;
            if let Some(slot) = state.live {
                set_slot(conn, number, slot)?;
            }
        }
        End::RolledBack { .. } | End::FailedClean { .. } | End::Cancelled => take_back(conn, number)?,
        End::Succeeded | End::NeedsAttention { .. } | End::PlanOutdated { .. } | End::TakenOver { .. } => {}
    }
    settle(conn, place)
}

fn begin(
    conn: &Connection,
    number: i64,
    place: PlaceKey<'_>,
    state: &RunState,
    at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO deployment (run, app, environment, kind, release, traffic, began_at)
        SELECT number, ?2, ?3, ?4, release, '[]', ?5 FROM run WHERE number = ?1 ON CONFLICT (run) DO NOTHING";
    let kind = Word(state.request.kind);
    conn.prepare_cached(sql)?.execute(params![number, Word(place.0), Word(place.1), kind, At(at)]).map(drop)
}

fn set_slot(conn: &Connection, number: i64, slot: Slot) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE deployment SET slot = ?2 WHERE run = ?1")?
        .execute(params![number, Word(slot)])
        .map(drop)
}

fn set_live(conn: &Connection, number: i64, at: DateTime<Utc>, order: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE deployment SET live_at = ?2, live_order = ?3 WHERE run = ?1")?
        .execute(params![number, At(at), order])
        .map(drop)
}

fn take_back(conn: &Connection, number: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE deployment SET live_at = NULL, live_order = NULL WHERE run = ?1")?
        .execute([number])
        .map(drop)
}

/// Orders a deployment before another one that began later, although it became known only now. Places between two
/// changes of an environment are free: its runs have events in between.
pub(crate) fn put_before(
    conn: &Connection,
    (number, later): (i64, i64),
    place: PlaceKey<'_>,
) -> rusqlite::Result<()> {
    let sql = "UPDATE deployment SET live_order =
            (SELECT live_order - 1 FROM deployment WHERE run = ?2 AND live_order IS NOT NULL)
        WHERE run = ?1 AND live_order > (SELECT live_order FROM deployment WHERE run = ?2)";
    conn.prepare_cached(sql)?.execute(params![number, later])?;
    settle(conn, place)
}

fn add_traffic(conn: &Connection, number: i64, change: &TrafficChange) -> rusqlite::Result<()> {
    let sql = "UPDATE deployment SET traffic = json_insert(traffic, '$[#]', json(?2)) WHERE run = ?1";
    conn.prepare_cached(sql)?.execute(params![number, Json(change)]).map(drop)
}

pub(crate) const NEWEST_LIVE: &str = "SELECT run FROM deployment
    WHERE app = ?1 AND environment = ?2 AND live_order IS NOT NULL ORDER BY live_order DESC LIMIT 1";

/// Notes which deployment is there now.
fn settle(conn: &Connection, place: PlaceKey<'_>) -> rusqlite::Result<()> {
    let key = params![Word(place.0), Word(place.1)];
    let newest: Option<i64> = conn.prepare_cached(NEWEST_LIVE)?.query_row(key, |r| r.get(0)).optional()?;
    let sql = match newest {
        Some(_) => {
            "INSERT INTO place (app, environment, run) VALUES (?1, ?2, ?3)
            ON CONFLICT (app, environment) DO UPDATE SET run = excluded.run WHERE run <> excluded.run"
        }
        None => "DELETE FROM place WHERE app = ?1 AND environment = ?2 AND ?3 IS NULL",
    };
    conn.prepare_cached(sql)?.execute(params![Word(place.0), Word(place.1), newest]).map(drop)
}

pub(crate) const CURRENT: &str = "FROM place JOIN deployment ON deployment.run = place.run
    JOIN run ON run.number = place.run ORDER BY place.app, place.environment";

pub(crate) const LIVE_BEFORE: &str = "FROM deployment JOIN run ON run.number = deployment.run
    WHERE deployment.app = ?1 AND deployment.environment = ?2 AND deployment.live_order IS NOT NULL
    AND deployment.live_order < ?3 ORDER BY deployment.live_order DESC";

/// The newest live deployment before a place among them that has another release.
pub(crate) const ANOTHER_BEFORE: &str = "FROM deployment JOIN run ON run.number = deployment.run
    WHERE deployment.app = ?1 AND deployment.environment = ?2 AND deployment.live_order IS NOT NULL
    AND deployment.live_order < ?3 AND deployment.release IS NOT ?4
    ORDER BY deployment.live_order DESC LIMIT 1";

/// The place among live deployments that `live_order` goes back to: a rollback counts as the deployment it put
/// back, so that going back twice goes back two releases instead of to and fro.
pub(crate) const ROLLED_BACK_TO: &str = "SELECT live_order FROM deployment
    WHERE app = ?1 AND environment = ?2 AND live_order < ?3 AND kind <> 'rollback' AND release IS
        (SELECT release FROM deployment WHERE app = ?1 AND environment = ?2 AND live_order = ?3)
    ORDER BY live_order DESC LIMIT 1";

pub(crate) const CURRENT_ORDER: &str = "SELECT deployment.live_order, deployment.kind = 'rollback' FROM place
    JOIN deployment ON deployment.run = place.run WHERE place.app = ?1 AND place.environment = ?2";

impl Store {
    /// What is where: the live deployment of every environment that has one, by app and environment.
    pub fn current_deployments(&self) -> Result<Vec<Deployment>, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!("SELECT {}, {OWN} {CURRENT}", run::COLUMNS))?;
            Ok(query.query_map([], Deployment::read)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Deployments visitors got and that were not taken back, newest first: the first one is there now.
    pub fn live_deployments(
        &self,
        app: &AppName,
        environment: &EnvironmentName,
        limit: u32,
    ) -> Result<Vec<Deployment>, StoreError> {
        self.read(|conn| Ok(live_before(conn, (app, environment), i64::MAX, limit)?))
    }

    /// The live deployment a rollback goes back to; `None`: there is no release before.
    pub fn previous_deployment(
        &self,
        app: &AppName,
        environment: &EnvironmentName,
    ) -> Result<Option<Deployment>, StoreError> {
        self.read(|conn| {
            let key = (app, environment);
            let values = params![Word(app), Word(environment)];
            let current: Option<(i64, bool)> = conn
                .prepare_cached(CURRENT_ORDER)?
                .query_row(values, |r| Ok((r.get(0)?, r.get(1)?)))
                .optional()?;
            let Some((mut order, is_rollback)) = current else { return Ok(None) };
            let release = live_before(conn, key, order + 1, 1)?.pop().and_then(|d| d.run.progress.release);
            if is_rollback {
                let values = params![Word(app), Word(environment), order];
                let target: Option<i64> =
                    conn.prepare_cached(ROLLED_BACK_TO)?.query_row(values, |r| r.get(0)).optional()?;
                order = target.unwrap_or(order);
            }
            let sql = format!("SELECT {}, {OWN} {ANOTHER_BEFORE}", run::COLUMNS);
            let values = params![Word(app), Word(environment), order, release.map(|id| Id(id.0))];
            Ok(conn.prepare_cached(&sql)?.query_row(values, Deployment::read).optional()?)
        })
    }

    /// Runs with what they did to their environment, newest first.
    pub fn history(&self, query: &run::RunQuery) -> Result<Vec<HistoryEntry>, StoreError> {
        let (filter, values) = run::page_sql(query);
        self.read(|conn| {
            let sql = format!(
                "SELECT {}, {OWN} FROM run LEFT JOIN deployment ON deployment.run = run.number WHERE {filter}",
                run::COLUMNS
            );
            let mut query = conn.prepare_cached(&sql)?;
            let rows = query.query_map(rusqlite::params_from_iter(values), |row| {
                let changed = optional::<String>(row, run::WIDTH + 1)?.is_some();
                let deployment = if changed { Some(Deployment::read(row)?) } else { None };
                Ok(HistoryEntry { run: RunRow::read(row)?, deployment })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The deployment that is live in an environment.
    pub fn current_deployment(
        &self,
        app: &AppName,
        environment: &EnvironmentName,
    ) -> Result<Option<Deployment>, StoreError> {
        Ok(self.live_deployments(app, environment, 1)?.pop())
    }

    /// What is live in every environment of `scope`.
    pub fn status(&self, scope: &Scope) -> Result<Vec<Deployment>, StoreError> {
        let mut all = self.current_deployments()?;
        all.retain(|d| match scope {
            Scope::All => true,
            Scope::App(app) => d.run.app == *app,
            Scope::Environment(app, environment) => {
                d.run.app == *app && d.run.environment.as_ref() == Some(environment)
            }
        });
        Ok(all)
    }
}

fn live_before(
    conn: &Connection,
    place: PlaceKey<'_>,
    order: i64,
    limit: u32,
) -> rusqlite::Result<Vec<Deployment>> {
    let sql = format!("SELECT {}, {OWN} {LIVE_BEFORE} LIMIT ?4", run::COLUMNS);
    let mut query = conn.prepare_cached(&sql)?;
    let rows = query.query_map(params![Word(place.0), Word(place.1), order, limit], Deployment::read)?;
    rows.collect()
}
