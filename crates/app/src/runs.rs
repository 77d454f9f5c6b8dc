//! Starting, following, stopping and taking up runs.

use crate::App;
use crate::api::types::{FindRuns, ListParams, RunLine, RunRef, StartParams, Started};
use crate::api::{ApiError, Code};
use crate::home::actor;
use crate::translate::chain;
use crate::views::line;
use chrono::Utc;
use seatrial_core::model::RunId;
use seatrial_core::plan::Plan;
use seatrial_core::run::{End, EventBody, RunState, Worker};
use seatrial_engine::process::{ProcessIdentity, is_alive};
use seatrial_engine::shared_place::{Holder, Lease};
use seatrial_store::{After, Append, RunQuery, RunRow, Scope, Wanted};

/// A run whose worker has not said anything for so long was never taken up.
const NEVER_TAKEN_UP_S: i64 = 10;

impl App {
    /// Does what a plan says, in a process of its own.
    pub async fn run_start(&self, params: StartParams) -> Result<Started, ApiError> {
        let prepared = self.plan_now(params.plan).await?;
        let plan = prepared.plan;
        // First, because while somebody deploys everything looks different from moment to moment.
        if !params.wait {
            self.refuse_if_busy(&plan).await?;
            refuse_if_held(prepared.busy.as_ref())?;
        }
        if plan.fingerprint != params.fingerprint {
            return Err(ApiError::new(
                Code::PlanOutdated,
                "something changed since the plan was made; nothing was done",
            )
            .hint("look at the new plan and decide again"));
        }
        if plan.is_empty() {
            return Err(ApiError::new(Code::Refused, plan.summary.headline.clone()));
        }
        guard_production(&plan, params.confirm.as_deref())?;
        let trust = self.trust_view(&prepared.project).await?;
        if !trust.granted && runs_something(&plan) {
            return Err(ApiError::new(
                Code::TrustRequired,
                "what this folder defines has not been trusted yet",
            )
            .hint("look at it with `seatrial trust`, then say yes with `--trust`")
            .detail(trust.commands.join("\n")));
        }
        let run = RunId(uuid::Uuid::now_v7());
        let request = plan.request.clone();
        let body =
            EventBody::Created { request, plan: Box::new(plan), actor: actor(), trigger: params.trigger };
        let append = Append { run, after: After::Event(0), at: Utc::now(), bodies: vec![body], held: None };
        self.ask(move |store| store.append(append)).await?;
        self.start_worker(run).await?;
        Ok(Started { run })
    }

    async fn refuse_if_busy(&self, plan: &Plan) -> Result<(), ApiError> {
        let (app, environment) = (plan.app.clone(), plan.environment.clone());
        let unfinished = self.ask(|store| store.unfinished_runs()).await?;
        let other = unfinished.into_iter().find(|r| r.app == app && r.environment == environment);
        let Some(other) = other else { return Ok(()) };
        let place = environment.map_or_else(|| "building".to_owned(), |e| format!("deploying to {e}"));
        let since = other.created_at.format("%H:%M:%S");
        let message = format!("{}@{} is {place} since {since} UTC", other.actor.user, other.actor.machine);
        Err(ApiError::new(Code::Busy, message)
            .hint("wait for it with `--wait`, or stop it with `seatrial cancel`")
            .about(other.id))
    }

    /// Starts a worker; a run that cannot have one is ended, so that nothing waits for it.
    async fn start_worker(&self, run: RunId) -> Result<(), ApiError> {
        let launch = std::sync::Arc::clone(&self.launch);
        let started = self.ask(move |_| Ok::<_, ApiError>(launch.start(run))).await?;
        let Err(error) = started else { return Ok(()) };
        let reason = format!("the run worker could not be started: {}", chain(&error));
        let state = self.state(run).await?;
        if state.worker.is_none() {
            let end = EventBody::Ended { end: End::FailedClean { reason: reason.clone() } };
            let append = Append { run, after: After::Any, at: Utc::now(), bodies: vec![end], held: None };
            self.ask(move |store| store.append(append)).await?;
        }
        Err(ApiError::new(Code::Internal, reason)
            .hint("is the `seatrial` program beside this one, and executable?")
            .about(run))
    }

    /// A run as its events tell it.
    pub async fn run_get(&self, params: RunRef) -> Result<RunState, ApiError> {
        self.state(params.run).await
    }

    pub(crate) async fn state(&self, run: RunId) -> Result<RunState, ApiError> {
        let state = self.ask(move |store| store.run_state(run)).await?;
        state.ok_or_else(|| {
            ApiError::new(Code::NotFound, format!("there is no run {run}"))
                .hint("`seatrial history` lists them")
        })
    }

    /// Runs, newest first.
    pub async fn run_list(&self, params: ListParams) -> Result<Vec<RunLine>, ApiError> {
        self.supervise_now_and_then().await;
        let scope = match (params.app, params.environment) {
            (None, _) => Scope::All,
            (Some(app), None) => Scope::App(app),
            (Some(app), Some(environment)) => Scope::Environment(app, environment),
        };
        let limit = params.limit.unwrap_or(50).min(1_000);
        let query = RunQuery { scope, status: None, before: params.before, limit };
        let rows = self.ask(move |store| store.runs(&query)).await?;
        Ok(rows.into_iter().map(line).collect())
    }

    /// Runs a person looks for, newest first.
    pub async fn run_find(&self, params: FindRuns) -> Result<Vec<RunLine>, ApiError> {
        let limit = params.limit.unwrap_or(50).min(1_000);
        let scope = params.app.map_or(Scope::All, Scope::App);
        let query = RunQuery { scope, status: None, before: params.before, limit };
        let FindRuns { environment, statuses, user, text, .. } = params;
        let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let wanted = Wanted { environment, statuses, user, text };
        let rows = self.ask(move |store| store.wanted_runs(&query, &wanted)).await?;
        Ok(rows.into_iter().map(line).collect())
    }

    /// Asks a run to stop. Its worker takes back what Ship did; one that is gone is replaced for that.
    pub async fn run_cancel(&self, params: RunRef) -> Result<RunState, ApiError> {
        let run = params.run;
        let state = self.state(run).await?;
        if !state.cancel_requested {
            let bodies = vec![EventBody::CancelRequested { actor: actor() }];
            let append = Append { run, after: After::Any, at: Utc::now(), bodies, held: None };
            self.ask(move |store| store.append(append)).await?;
        }
        if !state.worker.as_ref().is_some_and(lives) {
            self.start_worker(run).await?;
        }
        self.state(run).await
    }

    /// Takes up a run whose worker is gone.
    pub async fn run_resume(&self, params: RunRef) -> Result<Started, ApiError> {
        let run = params.run;
        let state = self.state(run).await?;
        if state.status.is_over() {
            return Err(ApiError::new(Code::Refused, "the run is over already").about(run));
        }
        if !state.worker.as_ref().is_some_and(lives) {
            self.start_worker(run).await?;
        }
        Ok(Started { run })
    }

    /// Takes up every run whose worker is gone: what a shell does when it starts.
    pub async fn supervise(&self) -> Result<Vec<RunId>, ApiError> {
        let unfinished = self.ask(|store| store.unfinished_runs()).await?;
        let mut taken_up = Vec::new();
        for row in unfinished.into_iter().filter(is_orphan) {
            self.start_worker(row.id).await?;
            taken_up.push(row.id);
        }
        Ok(taken_up)
    }
}

/// Somebody may change the environment right now, perhaps from another machine.
pub(crate) fn refuse_if_held(lease: Option<&Lease>) -> Result<(), ApiError> {
    let Some(lease) = lease else { return Ok(()) };
    let Holder { actor, since, doing, run } = &lease.holder;
    let since = since.format("%H:%M:%S");
    let message = format!("{}@{} is at it since {since} UTC: {doing}", actor.user, actor.machine);
    Err(ApiError::new(Code::Busy, message)
        .hint("wait for it with `--wait`; if that machine is gone, its lease ends within a minute")
        .about(*run))
}

/// Production is changed only by somebody who wrote its name.
fn guard_production(plan: &Plan, confirm: Option<&str>) -> Result<(), ApiError> {
    let Some(name) = plan.environment.as_ref().filter(|_| plan.production) else { return Ok(()) };
    if confirm == Some(name.as_str()) {
        return Ok(());
    }
    Err(ApiError::new(
        Code::Refused,
        format!("`{name}` is production and was not confirmed; nothing was done"),
    )
    .hint(format!("type its name when asked, or add `--confirm {name}` in a script")))
}

/// Whether anything the repository defines is carried out on this machine or becomes an image.
pub(crate) fn runs_something(plan: &Plan) -> bool {
    use seatrial_core::pipeline::Action;
    plan.steps.iter().any(|s| matches!(s.action, Action::Run { .. } | Action::BuildImage { .. }))
}

fn is_orphan(row: &RunRow) -> bool {
    match &row.progress.worker {
        Some(worker) => !lives(worker),
        None => (Utc::now() - row.created_at).num_seconds() > NEVER_TAKEN_UP_S,
    }
}

/// Whether a worker's process still runs.
pub(crate) fn lives(worker: &Worker) -> bool {
    is_alive(&ProcessIdentity {
        pid: worker.pid,
        boot: Some(worker.boot.clone()),
        started: Some(worker.started),
    })
}
