//! Runs as lists show them: a projection of the fold, written in the transaction of the events.

use super::event::run_id;
use crate::error::StoreError;
use crate::sql::{At, Id, Json, Word, id_range, tail, tail_range};
use crate::store::Store;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use schemars::JsonSchema;
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::{
    Actor, AppName, Digest, EnvironmentName, Phase, ReleaseId, RunId, Strategy, Target, Trigger,
};
use seatrial_core::pipeline::{Action, ArtifactRef};
use seatrial_core::plan::Plan;
use seatrial_core::run::{End, ProbeTotals, RunKind, RunState, RunStatus, Wait, Worker};
use serde::{Deserialize, Serialize};

pub(crate) const CREATE: &str = "CREATE TABLE run (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    tail TEXT NOT NULL,
    seq INTEGER NOT NULL,
    app TEXT NOT NULL,
    environment TEXT,
    kind TEXT NOT NULL,
    phases TEXT NOT NULL,
    retry_of BLOB CHECK (length(retry_of) = 16),
    fingerprint TEXT NOT NULL,
    pipeline_revision TEXT NOT NULL,
    target TEXT,
    production INTEGER NOT NULL,
    strategy TEXT,
    headline TEXT NOT NULL,
    actor TEXT NOT NULL,
    trigger TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    version TEXT,
    release BLOB CHECK (length(release) = 16),
    started_at INTEGER,
    ended_at INTEGER,
    waited_ms INTEGER NOT NULL,
    waiting TEXT,
    worker TEXT,
    cancel_requested INTEGER NOT NULL,
    steps_done INTEGER NOT NULL,
    steps_total INTEGER NOT NULL,
    proof TEXT,
    verdict TEXT,
    failure TEXT,
    \"end\" TEXT
) STRICT;
CREATE INDEX run_tail ON run (tail);
CREATE INDEX run_status ON run (status, id);
CREATE INDEX run_app ON run (app, id);
CREATE INDEX run_app_status ON run (app, status, id);
CREATE INDEX run_environment ON run (app, environment, id);
CREATE INDEX run_environment_status ON run (app, environment, status, id);";

/// A run as it stands in lists. Everything here is what the fold says, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunRow {
    /// Identity.
    pub id: RunId,
    /// Place of its last event.
    pub seq: u32,
    /// The app.
    pub app: AppName,
    /// The environment, when Ship or Evaluate are part of it.
    pub environment: Option<EnvironmentName>,
    /// What it is for.
    pub kind: RunKind,
    /// Its phases, in order.
    pub phases: Vec<Phase>,
    /// The failed run this one goes on from.
    pub retry_of: Option<RunId>,
    /// The plan's fingerprint.
    pub fingerprint: Digest,
    /// Digest of the resolved configuration.
    pub pipeline_revision: Digest,
    /// Where it runs.
    pub target: Option<Target>,
    /// Whether the environment is production.
    pub production: bool,
    /// How traffic is directed; `None`: it is not.
    pub strategy: Option<Strategy>,
    /// What it does, in one sentence.
    pub headline: String,
    /// Who asked.
    pub actor: Actor,
    /// From where.
    pub trigger: Trigger,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// What changes while it runs.
    #[serde(flatten)]
    pub progress: RunProgress,
}

/// The part of a run's row that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunProgress {
    /// How it is.
    pub status: RunStatus,
    /// The version, once known.
    pub version: Option<String>,
    /// The release that is built or shipped, once known.
    pub release: Option<ReleaseId>,
    /// When the first worker took it up.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Time spent waiting, in milliseconds (closed waits).
    pub waited_ms: u64,
    /// What it waits for.
    pub waiting: Option<Wait>,
    /// The worker that took it up last.
    pub worker: Option<Worker>,
    /// Whether a person asked to stop.
    pub cancel_requested: bool,
    /// Steps that are over, however.
    pub steps_done: u32,
    /// Steps of the plan.
    pub steps_total: u32,
    /// Requests through the public path during Ship.
    pub proof: Option<ProbeTotals>,
    /// The last verdict.
    pub verdict: Option<Verdict>,
    /// Why it did not end as asked, in one sentence.
    pub failure: Option<String>,
    /// How it ended.
    pub end: Option<End>,
}

impl RunProgress {
    /// What a folded run says.
    pub fn of(state: &RunState) -> Self {
        use seatrial_core::run::StepStatus::{Pending, Running};
        let over = state.steps.iter().filter(|s| !matches!(s.status, Pending | Running)).count();
        let (release, version) = shipped(state);
        Self {
            status: state.status,
            version: state.version.clone().or(version),
            release,
            started_at: state.started_at,
            ended_at: state.ended_at,
            waited_ms: state.waited_ms,
            waiting: state.waiting.clone(),
            worker: state.worker.clone(),
            cancel_requested: state.cancel_requested,
            steps_done: u32::try_from(over).unwrap_or(u32::MAX),
            steps_total: u32::try_from(state.steps.len()).unwrap_or(u32::MAX),
            proof: state.proof,
            verdict: state.verdict,
            failure: failure(state),
            end: state.end.clone(),
        }
    }
}

/// The release a run is about, and its version where the plan names one.
fn shipped(state: &RunState) -> (Option<ReleaseId>, Option<String>) {
    let planned = state.steps.iter().find_map(|s| match &s.step.action {
        Action::Launch { artifact: ArtifactRef::Release { release, version, .. }, .. } => {
            Some((*release, version.clone()))
        }
        _ => None,
    });
    let release = state.release.as_ref().map(|r| r.id).or(state.request.release);
    (release.or(planned.as_ref().map(|p| p.0)), planned.map(|p| p.1))
}

fn failure(state: &RunState) -> Option<String> {
    let said = state.end.as_ref().and_then(|end| match end {
        End::RolledBack { reason }
        | End::FailedClean { reason }
        | End::NeedsAttention { reason, .. }
        | End::PlanOutdated { reason } => Some(reason.clone()),
        End::TakenOver { by, .. } => Some(format!(
            "{}@{} began to change the environment while this run was away",
            by.user, by.machine
        )),
        End::Succeeded | End::Live | End::Cancelled => None,
    });
    let step = || Some(state.first_failure()?.failure.as_ref()?.message.clone());
    said.or_else(step)
}

/// Which runs are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// All.
    #[default]
    All,
    /// Those of an app.
    App(AppName),
    /// Those of an app's environment.
    Environment(AppName, EnvironmentName),
}

/// A page of a list of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunQuery {
    /// Which runs.
    pub scope: Scope,
    /// Only those that are like this.
    pub status: Option<RunStatus>,
    /// Only those older than this one: the last of the page before.
    pub before: Option<RunId>,
    /// How many at most.
    pub limit: u32,
}

/// What a person looks for in the list of runs; what is empty fits every run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Only those of environments of this name, of any app.
    pub environment: Option<EnvironmentName>,
    /// Only those that are like one of these.
    pub statuses: Vec<RunStatus>,
    /// Only those of a person with this login name.
    pub user: Option<String>,
    /// Only those with this text in app, environment, headline, version, end of the id, or reason; ASCII letters fit
    /// in either case.
    pub text: Option<String>,
}

/// The answer to the search for one thing by a part of its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// Nothing has such an id.
    Nothing,
    /// Exactly one has.
    One(Box<T>),
    /// Several have; more digits are needed.
    Several,
}

impl<T> Found<T> {
    pub(crate) fn of(mut rows: Vec<T>) -> Self {
        match (rows.pop(), rows.is_empty()) {
            (None, _) => Self::Nothing,
            (Some(row), true) => Self::One(Box::new(row)),
            (Some(_), false) => Self::Several,
        }
    }
}

/// Every column a [`RunRow`] is read from, in its order.
pub(crate) const COLUMNS: &str = "run.id, run.seq, run.app, run.environment, run.kind, run.phases, run.retry_of, run.fingerprint, \
    run.pipeline_revision, run.target, run.production, run.strategy, run.headline, run.actor, run.trigger, \
    run.created_at, run.status, run.version, run.release, run.started_at, run.ended_at, run.waited_ms, \
    run.waiting, run.worker, run.cancel_requested, run.steps_done, run.steps_total, run.proof, run.verdict, \
    run.failure, run.\"end\"";

/// How many they are.
pub(crate) const WIDTH: usize = 31;

impl RunRow {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: run_id(row, 0)?,
            seq: row.get(1)?,
            app: row.get::<_, Word<_>>(2)?.0,
            environment: optional::<Word<_>>(row, 3)?.map(|w| w.0),
            kind: row.get::<_, Word<_>>(4)?.0,
            phases: row.get::<_, Json<_>>(5)?.0,
            retry_of: optional::<Id>(row, 6)?.map(|id| RunId(id.0)),
            fingerprint: row.get::<_, Word<_>>(7)?.0,
            pipeline_revision: row.get::<_, Word<_>>(8)?.0,
            target: optional::<Word<_>>(row, 9)?.map(|w| w.0),
            production: row.get(10)?,
            strategy: optional::<Word<_>>(row, 11)?.map(|w| w.0),
            headline: row.get(12)?,
            actor: row.get::<_, Json<_>>(13)?.0,
            trigger: row.get::<_, Word<_>>(14)?.0,
            created_at: row.get::<_, At>(15)?.0,
            progress: RunProgress::read(row)?,
        })
    }
}

impl RunProgress {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            status: row.get::<_, Word<_>>(16)?.0,
            version: row.get(17)?,
            release: optional::<Id>(row, 18)?.map(|id| ReleaseId(id.0)),
            started_at: optional::<At>(row, 19)?.map(|at| at.0),
            ended_at: optional::<At>(row, 20)?.map(|at| at.0),
            waited_ms: row.get(21)?,
            waiting: optional::<Json<_>>(row, 22)?.map(|json| json.0),
            worker: optional::<Json<_>>(row, 23)?.map(|json| json.0),
            cancel_requested: row.get(24)?,
            steps_done: row.get(25)?,
            steps_total: row.get(26)?,
            proof: optional::<Json<_>>(row, 27)?.map(|json| json.0),
            verdict: optional::<Word<_>>(row, 28)?.map(|w| w.0),
            failure: row.get(29)?,
            end: optional::<Json<_>>(row, 30)?.map(|json| json.0),
        })
    }
}

pub(crate) fn optional<T: rusqlite::types::FromSql>(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<T>> {
    row.get(column)
}

/// Where a run stands.
pub(crate) struct Head {
    /// Its row number.
    pub number: i64,
    /// Place of its last event.
    pub seq: u32,
}

pub(crate) fn head(conn: &Connection, run: RunId) -> rusqlite::Result<Option<Head>> {
    conn.prepare_cached("SELECT number, seq FROM run WHERE id = ?1")?
        .query_row([Id(run.0)], |r| Ok(Head { number: r.get(0)?, seq: r.get(1)? }))
        .optional()
}

/// Adds the row of a run that begins and returns its number.
pub(crate) fn insert(conn: &Connection, state: &RunState, plan: &Plan) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO run (id, tail, seq, app, environment, kind, phases, retry_of, fingerprint,
        pipeline_revision, target, production, strategy, headline, actor, trigger, created_at, status, waited_ms,
        cancel_requested, steps_done, steps_total)
        VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 0, 0, 0, 0)";
    let request = &state.request;
    let strategy = plan.summary.traffic.as_ref().map(|t| Word(t.strategy));
    let values = params![
        Id(state.id.0),
        tail(state.id.0),
        Word(&request.app),
        request.environment.as_ref().map(Word),
        Word(request.kind),
        Json(&request.phases),
        request.retry_of.map(|run| Id(run.0)),
        Word(&plan.fingerprint),
        Word(&plan.pipeline_revision),
        plan.target.as_ref().map(Word),
        plan.production,
        strategy,
        plan.summary.headline,
        Json(&state.actor),
        Word(state.trigger),
        At(state.created_at),
        Word(state.status),
    ];
    conn.prepare_cached(sql)?.execute(values)?;
    Ok(conn.last_insert_rowid())
}

/// Notes that a run has more events which change nothing a list shows.
pub(crate) fn advance(conn: &Connection, number: i64, seq: u32) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE run SET seq = ?2 WHERE number = ?1")?
        .execute([number, i64::from(seq)])
        .map(drop)
}

/// Writes what changed in a run.
pub(crate) fn project(conn: &Connection, number: i64, seq: u32, row: &RunProgress) -> rusqlite::Result<()> {
    let sql = "UPDATE run SET seq = ?2, version = ?3, release = ?4, started_at = ?5, ended_at = ?6,
        waited_ms = ?7, waiting = ?8, worker = ?9, cancel_requested = ?10, steps_done = ?11, steps_total = ?12,
        proof = ?13, verdict = ?14, failure = ?15, \"end\" = ?16 WHERE number = ?1";
    let values = params![
        number,
        seq,
        row.version,
        row.release.map(|id| Id(id.0)),
        row.started_at.map(At),
        row.ended_at.map(At),
        row.waited_ms,
        row.waiting.as_ref().map(Json),
        row.worker.as_ref().map(Json),
        row.cancel_requested,
        row.steps_done,
        row.steps_total,
        row.proof.as_ref().map(Json),
        row.verdict.map(Word),
        row.failure,
        row.end.as_ref().map(Json),
    ];
    conn.prepare_cached(sql)?.execute(values)?;
    // Apart from the rest, because the status stands in three indexes and rarely changes.
    conn.prepare_cached("UPDATE run SET status = ?2 WHERE number = ?1 AND status <> ?2")?
        .execute(params![number, Word(row.status)])
        .map(drop)
}

/// Text and values of the query for a page.
pub(crate) fn page_sql(query: &RunQuery) -> (String, Vec<Box<dyn ToSql>>) {
    let (conditions, values) = conditions(query);
    (page_of(&conditions, query.limit), values)
}

fn page_of(conditions: &[String], limit: u32) -> String {
    let filter = if conditions.is_empty() { "1".to_owned() } else { conditions.join(" AND ") };
    format!("{filter} ORDER BY run.id DESC LIMIT {limit}")
}

fn conditions(query: &RunQuery) -> (Vec<String>, Vec<Box<dyn ToSql>>) {
    let mut conditions = Vec::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut also = |column: &str, value: Box<dyn ToSql>| {
        values.push(value);
        conditions.push(format!("run.{column} ?{}", values.len()));
    };
    match &query.scope {
        Scope::All => {}
        Scope::App(app) => also("app =", Box::new(Word(app.clone()))),
        Scope::Environment(app, environment) => {
            also("app =", Box::new(Word(app.clone())));
            also("environment =", Box::new(Word(environment.clone())));
        }
    }
    if let Some(status) = query.status {
        also("status =", Box::new(Word(status)));
    }
    if let Some(before) = query.before {
        also("id <", Box::new(Id(before.0)));
    }
    (conditions, values)
}

/// Where a person's text may stand.
const TEXTS: &str = "lower(run.app || ' ' || coalesce(run.environment, '') || ' ' || run.headline || ' ' || \
    coalesce(run.version, '') || ' ' || run.tail || ' ' || coalesce(run.failure, ''))";

fn wanted_sql(query: &RunQuery, wanted: &Wanted) -> (String, Vec<Box<dyn ToSql>>) {
    let (mut conditions, mut values) = conditions(query);
    if let Some(environment) = &wanted.environment {
        values.push(Box::new(Word(environment.clone())));
        conditions.push(format!("run.environment = ?{}", values.len()));
    }
    if !wanted.statuses.is_empty() {
        let first = values.len() + 1;
        values.extend(wanted.statuses.iter().map(|s| Box::new(Word(*s)) as Box<dyn ToSql>));
        let places: Vec<_> = (first..=values.len()).map(|n| format!("?{n}")).collect();
        conditions.push(format!("run.status IN ({})", places.join(", ")));
    }
    if let Some(user) = &wanted.user {
        values.push(Box::new(user.clone()));
        conditions.push(format!("json_extract(run.actor, '$.user') = ?{}", values.len()));
    }
    if let Some(text) = &wanted.text {
        values.push(Box::new(text.to_ascii_lowercase()));
        conditions.push(format!("instr({TEXTS}, ?{}) > 0", values.len()));
    }
    (page_of(&conditions, query.limit), values)
}

/// Ids of the last run that is over in every environment. Named, because without it every row would be read.
pub(crate) const LAST_OVER: &str = "SELECT max(id) FROM run INDEXED BY run_environment_status
    WHERE environment IS NOT NULL AND status IN ('succeeded', 'failed', 'cancelled', 'needs-attention')
    GROUP BY app, environment";

pub(crate) const UNFINISHED: &str =
    "FROM run WHERE status IN ('queued', 'waiting', 'running', 'undoing') ORDER BY id";

impl Store {
    /// A page of the runs a person looks for, newest first.
    pub fn wanted_runs(&self, query: &RunQuery, wanted: &Wanted) -> Result<Vec<RunRow>, StoreError> {
        self.read(|conn| {
            let (filter, values) = wanted_sql(query, wanted);
            let mut query = conn.prepare(&format!("SELECT {COLUMNS} FROM run WHERE {filter}"))?;
            let rows = query.query_map(rusqlite::params_from_iter(values), RunRow::read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A page of runs, newest first.
    pub fn runs(&self, query: &RunQuery) -> Result<Vec<RunRow>, StoreError> {
        self.read(|conn| {
            let (filter, values) = page_sql(query);
            let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM run WHERE {filter}"))?;
            let rows = query.query_map(rusqlite::params_from_iter(values), RunRow::read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// One run.
    pub fn run(&self, run: RunId) -> Result<Option<RunRow>, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM run WHERE id = ?1"))?;
            Ok(query.query_row([Id(run.0)], RunRow::read).optional()?)
        })
    }

    /// The run whose id, or short id, begins with `part`.
    pub fn find_run(&self, part: &str) -> Result<Found<RunRow>, StoreError> {
        let Some((low, high)) = id_range(part) else { return Ok(Found::Nothing) };
        let (tail_low, tail_high) = tail_range(part);
        self.read(|conn| {
            let sql = format!("SELECT {COLUMNS} FROM run WHERE {BY_PART} LIMIT 2");
            let mut query = conn.prepare_cached(&sql)?;
            let rows = query.query_map(params![Id(low), Id(high), tail_low, tail_high], RunRow::read)?;
            Ok(Found::of(rows.collect::<rusqlite::Result<_>>()?))
        })
    }

    /// The last run that is over in every environment that ever had one.
    pub fn last_runs(&self) -> Result<Vec<RunRow>, StoreError> {
        self.read(|conn| {
            let sql = format!("SELECT {COLUMNS} FROM run WHERE id IN ({LAST_OVER})");
            let mut query = conn.prepare_cached(&sql)?;
            Ok(query.query_map([], RunRow::read)?.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Runs that are not over, oldest first.
    pub fn unfinished_runs(&self) -> Result<Vec<RunRow>, StoreError> {
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!("SELECT {COLUMNS} {UNFINISHED}"))?;
            Ok(query.query_map([], RunRow::read)?.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// Runs and releases are named by the beginning of their id or of their tail.
pub(crate) const BY_PART: &str = "(id BETWEEN ?1 AND ?2) OR (tail >= ?3 AND tail < ?4)";
