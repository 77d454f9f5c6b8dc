//! Who may change a place. One holder at a time; each new holder gets a higher token, so that whoever lost the
//! lease can be told from whoever has it.
//!
//! Wall clocks jump, so they decide nothing here: a lease expires by the time since the machine started, and
//! with a restart of the machine.

use super::topic::Topic;
use crate::error::StoreError;
use crate::sql::{At, Id, Json, stored};
use crate::store::Store;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use seatrial_core::model::{Actor, RunId};
use seatrial_core::run::Worker;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a lease holds without being renewed.
pub const LEASE_TTL: Duration = Duration::from_secs(45);

// A released lease keeps its row: the token must never be given twice.
pub(crate) const CREATE: &str = "CREATE TABLE lease (
    place TEXT PRIMARY KEY,
    token INTEGER NOT NULL,
    run BLOB CHECK (length(run) = 16),
    worker TEXT,
    actor TEXT,
    since INTEGER,
    boot TEXT,
    renewed_at INTEGER,
    renewed_uptime INTEGER
) STRICT, WITHOUT ROWID";

/// A point in time that survives changes of the wall clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Moment {
    /// The wall clock, for people.
    pub at: DateTime<Utc>,
    /// Identity of the boot of the machine.
    pub boot: String,
    /// Milliseconds since then, sleep included (`CLOCK_BOOTTIME`).
    pub uptime_ms: u64,
}

/// What the caller found out about the process that holds a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// It runs.
    Alive,
    /// It does not.
    Dead,
}

/// A look at the holder of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The token of the holder that was looked at; the answer counts for no other.
    pub token: u64,
    /// What was found.
    pub liveness: Liveness,
}

/// A lease somebody holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lease {
    /// What it is for.
    pub place: String,
    /// Higher than of any holder before.
    pub token: u64,
    /// The run that holds it.
    pub run: RunId,
    /// The process that does.
    pub worker: Worker,
    /// Who started it.
    pub actor: Actor,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it was renewed last.
    pub renewed: Moment,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRequest {
    /// What it is for: `app--environment`.
    pub place: String,
    /// The run that needs it.
    pub run: RunId,
    /// The process that carries the run out.
    pub worker: Worker,
    /// Who started it.
    pub actor: Actor,
    /// Now.
    pub now: Moment,
    /// A look at whoever holds it, from the answer before.
    pub seen: Option<Seen>,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseAnswer {
    /// It is ours.
    Acquired(Lease),
    /// It is not free. Look whether the holder lives and ask again with what was seen.
    Held(Lease),
}

/// A lease as its holder names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What it is for.
    pub place: String,
    /// The holder's token.
    pub token: u64,
}

/// Why a lease could not be renewed.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another run has it, or nobody.
    #[error("`{place}` is no longer held by this run; it must not change anything there")]
    Lost {
        /// What it was for.
        place: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

const COLUMNS: &str =
    "SELECT place, token, run, worker, actor, since, renewed_at, boot, renewed_uptime FROM lease";

impl Lease {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            place: row.get(0)?,
            token: row.get(1)?,
            run: RunId(row.get::<_, Id>(2)?.0),
            worker: row.get::<_, Json<Worker>>(3)?.0,
            actor: row.get::<_, Json<Actor>>(4)?.0,
            since: row.get::<_, At>(5)?.0,
            renewed: Moment { at: row.get::<_, At>(6)?.0, boot: row.get(7)?, uptime_ms: row.get(8)? },
        })
    }

    /// How its holder names it.
    pub fn held(&self) -> Held {
        Held { place: self.place.clone(), token: self.token }
    }

    /// Whether it has not been renewed for too long, or the machine was started since.
    pub fn is_expired(&self, now: &Moment) -> bool {
        let idle = now.uptime_ms.saturating_sub(self.renewed.uptime_ms);
        self.renewed.boot != now.boot || u128::from(idle) > LEASE_TTL.as_millis()
    }

    /// Whether another run may take it. A dead holder has nothing to lose; a living one that has not renewed
    /// in time may be stopped for good, and its token no longer counts.
    fn is_free(&self, request: &LeaseRequest) -> bool {
        let dead = Seen { token: self.token, liveness: Liveness::Dead };
        let same = self.run == request.run && self.worker == request.worker;
        same || request.seen == Some(dead) || self.is_expired(&request.now)
    }
}

fn find(conn: &Connection, place: &str) -> rusqlite::Result<Option<Lease>> {
    let sql = format!("{COLUMNS} WHERE place = ?1 AND run IS NOT NULL");
    conn.prepare_cached(&sql)?.query_row([place], Lease::read).optional()
}

/// Whether the holder still is the one with this token.
pub(crate) fn is_held(conn: &Connection, held: &Held) -> rusqlite::Result<bool> {
    let mut query = conn.prepare_cached("SELECT token FROM lease WHERE place = ?1 AND run IS NOT NULL")?;
    let token: Option<u64> = query.query_row([&held.place], |r| r.get(0)).optional()?;
    Ok(token == Some(held.token))
}

fn take(conn: &Connection, request: LeaseRequest) -> rusqlite::Result<Lease> {
    let sql = "INSERT INTO lease (place, token, run, worker, actor, since, boot, renewed_at, renewed_uptime)
        VALUES (?1, 1, ?2, ?3, ?4, ?5, ?6, ?5, ?7) ON CONFLICT (place) DO UPDATE SET token = token + 1,
        run = excluded.run, worker = excluded.worker, actor = excluded.actor, since = excluded.since,
        boot = excluded.boot, renewed_at = excluded.renewed_at, renewed_uptime = excluded.renewed_uptime
        RETURNING token";
    let LeaseRequest { place, run, worker, actor, now, .. } = request;
    let who = (Id(run.0), Json(&worker), Json(&actor));
    let values = params![place, who.0, who.1, who.2, At(now.at), now.boot, now.uptime_ms];
    let token = conn.query_row(sql, values, |r| r.get(0))?;
    let since = stored(now.at);
    Ok(Lease { place, token, run, worker, actor, since, renewed: Moment { at: since, ..now } })
}

impl Store {
    /// Asks for a lease. The holder itself gets a new token and the same lease again.
    pub fn acquire_lease(&self, request: LeaseRequest) -> Result<LeaseAnswer, StoreError> {
        self.write(move |journal| {
            if let Some(lease) = find(journal, &request.place)?
                && !lease.is_free(&request)
            {
                return Ok(LeaseAnswer::Held(lease));
            }
            let lease = take(journal, request)?;
            journal.touch(Topic::Leases)?;
            Ok(LeaseAnswer::Acquired(lease))
        })
    }

    /// Says that the holder still works. Works after the time is over too, as long as nobody else took it.
    pub fn renew_lease(&self, held: &Held, now: Moment) -> Result<(), LeaseError> {
        let held = held.clone();
        self.write(move |journal| {
            let sql = "UPDATE lease SET renewed_at = ?3, boot = ?4, renewed_uptime = ?5
                WHERE place = ?1 AND token = ?2 AND run IS NOT NULL";
            let values = params![held.place, held.token, At(now.at), now.boot, now.uptime_ms];
            match journal.execute(sql, values).map_err(StoreError::from)? {
                0 => Err(LeaseError::Lost { place: held.place }),
                _ => Ok(()),
            }
        })
    }

    /// Gives a lease back. Returns whether it still was the holder's.
    pub fn release_lease(&self, held: &Held) -> Result<bool, StoreError> {
        let held = held.clone();
        self.write(move |journal| {
            let sql = "UPDATE lease SET run = NULL, worker = NULL, actor = NULL
                WHERE place = ?1 AND token = ?2 AND run IS NOT NULL";
            let was = journal.execute(sql, params![held.place, held.token])? > 0;
            if was {
                journal.touch(Topic::Leases)?;
            }
            Ok(was)
        })
    }

    /// Who holds a place.
    pub fn lease(&self, place: &str) -> Result<Option<Lease>, StoreError> {
        self.read(|conn| Ok(find(conn, place)?))
    }

    /// Every lease somebody holds, by place.
    pub fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.read(|conn| {
            let mut query =
                conn.prepare_cached(&format!("{COLUMNS} WHERE run IS NOT NULL ORDER BY place"))?;
            Ok(query.query_map([], Lease::read)?.collect::<rusqlite::Result<_>>()?)
        })
    }
}
