//! When a run did what, beside what is usual, and two runs beside each other.

use crate::App;
use crate::api::types::{CompareRuns, RunComparison, RunRef, Timeline};
use crate::api::{ApiError, Code};
use crate::views::line;
use chrono::Utc;
use seatrial_core::compare;
use seatrial_core::model::RunId;
use seatrial_core::plan::Plan;
use seatrial_core::run::{Event, EventBody, Past, RunState, RunStatus, timeline};
use seatrial_store::{RunQuery, RunRow, Scope, Store, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Runs that the medians are of.
const LOOKED_BACK: u32 = 20;
/// Runs whose past is remembered; a page looks at few at a time.
const REMEMBERED: usize = 64;

/// The pasts of runs that were looked at: they do not change, and reading twenty runs takes its time.
#[derive(Default)]
pub(crate) struct Pasts(Mutex<BTreeMap<RunId, Arc<Past>>>);

impl Pasts {
    fn of(&self, store: &Store, row: &RunRow) -> Result<Arc<Past>, StoreError> {
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&row.id) {
            return Ok(Arc::clone(known));
        }
        let mut states = Vec::new();
        for run in good_runs_before(store, row, LOOKED_BACK)? {
            states.extend(store.run_state(run.id)?);
        }
        let past = Arc::new(Past::of(&states));
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.pop_first();
        }
        all.insert(row.id, Arc::clone(&past));
        Ok(past)
    }

    /// Forgets all, because the history is another one.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Runs of the same kind with the same phases in the same environment that succeeded before, newest first.
fn good_runs_before(store: &Store, row: &RunRow, limit: u32) -> Result<Vec<RunRow>, StoreError> {
    let scope = match &row.environment {
        Some(environment) => Scope::Environment(row.app.clone(), environment.clone()),
        None => Scope::App(row.app.clone()),
    };
    // Runs of another kind lie between them.
    let query =
        RunQuery { scope, status: Some(RunStatus::Succeeded), before: Some(row.id), limit: limit * 5 };
    let mut runs = store.runs(&query)?;
    runs.retain(|r| r.environment == row.environment && r.kind == row.kind && r.phases == row.phases);
    runs.truncate(limit as usize);
    Ok(runs)
}

impl App {
    /// When the steps of a run were done, beside what is usual.
    pub async fn run_timeline(&self, params: RunRef) -> Result<Timeline, ApiError> {
        let (run, pasts) = (params.run, Arc::clone(&self.pasts));
        let read = move |store: &Store| {
            let Some(row) = store.run(run)? else { return Ok::<_, StoreError>(None) };
            let past = pasts.of(store, &row)?;
            Ok(timeline(&store.events(run, 1, u32::MAX)?, &past, Utc::now()))
        };
        self.ask(read).await?.ok_or_else(|| unknown(run))
    }

    /// Two runs beside each other.
    pub async fn run_compare(&self, params: CompareRuns) -> Result<RunComparison, ApiError> {
        let (run, with) = (params.run, params.with);
        let compared = self
            .ask(move |store| {
                let here = Recorded::read(store, run)?;
                let there = match with {
                    Some(with) => Recorded::read(store, with)?,
                    None => match good_runs_before(store, &here.row, 1)?.pop() {
                        Some(row) => Recorded::read(store, row.id)?,
                        None => return Err(nothing_before(&here.row)),
                    },
                };
                compare(here, there)
            })
            .await?;
        Ok(compared)
    }
}

/// A run with everything that is compared.
struct Recorded {
    row: RunRow,
    state: RunState,
    plan: Plan,
}

impl Recorded {
    fn read(store: &Store, run: RunId) -> Result<Self, ApiError> {
        let row = store.run(run)?.ok_or_else(|| unknown(run))?;
        let events = store.events(run, 1, u32::MAX)?;
        let state = RunState::fold(&events).ok_or_else(|| unknown(run))?;
        let plan = match events.into_iter().next() {
            Some(Event { body: EventBody::Created { plan, .. }, .. }) => *plan,
            _ => return Err(unknown(run)),
        };
        Ok(Self { row, state, plan })
    }
}

fn compare(here: Recorded, there: Recorded) -> Result<RunComparison, ApiError> {
    if here.row.app != there.row.app {
        let message = format!("{} and {} are different apps", here.row.app, there.row.app);
        return Err(ApiError::new(Code::Usage, message).hint("compare two runs of one app"));
    }
    Ok(RunComparison {
        steps: compare::steps(&here.state, &there.state),
        differences: compare::plans(&there.plan, &here.plan),
        run: line(here.row),
        with: line(there.row),
    })
}

fn unknown(run: RunId) -> ApiError {
    ApiError::new(Code::NotFound, format!("there is no run {run}")).hint("`seatrial history` lists them")
}

fn nothing_before(row: &RunRow) -> ApiError {
    ApiError::new(Code::NotFound, "no such run succeeded before this one")
        .hint("name the run to compare it with")
        .about(row.id)
}
