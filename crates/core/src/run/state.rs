//! The fold: everything anybody shows or decides about a run comes from here.

use super::{
    End, Event, EventBody, Fact, Failure, ProbeTotals, Progress, RunRequest, SkipReason, StepResult, Wait,
    Worker,
};
use crate::evaluate::{DecidedBy, Finding, Verdict};
use crate::model::{Actor, Release, RunId, Slot, StepId, Trigger};
use crate::pipeline::Step;
use crate::plan::{Plan, PlanSummary};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// Asked for; no worker has taken it up.
    Queued,
    /// Waiting for a lease or a person.
    Waiting,
    /// Steps are being done.
    Running,
    /// What Ship did is being taken back.
    Undoing,
    /// It ended as asked.
    Succeeded,
    /// It ended otherwise.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// A person has to look.
    NeedsAttention,
}

impl RunStatus {
    /// Whether nothing further will happen by itself.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled | Self::NeedsAttention)
    }
}

/// How a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// An attempt is being made.
    Running,
    /// Done and observed.
    Succeeded,
    /// The last attempt failed.
    Failed,
    /// Stopped by a person.
    Cancelled,
    /// Not done.
    Skipped,
    /// Done, and taken back.
    Undone,
}

/// A step with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepState {
    /// The step as planned.
    pub step: Step,
    /// How it is.
    pub status: StepStatus,
    /// Attempts begun.
    pub attempts: u32,
    /// When the first attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When the last attempt ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Time of the last attempt, in milliseconds.
    pub duration_ms: Option<u64>,
    /// How far it is, while it runs.
    pub progress: Option<Progress>,
    /// What was observed, in order.
    pub facts: Vec<Fact>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Why it was not done.
    pub skipped: Option<SkipReason>,
}

/// A run, as its events tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunState {
    /// Identity.
    pub id: RunId,
    /// Place of the last event that was folded in.
    pub seq: u32,
    /// What was asked for.
    pub request: RunRequest,
    /// The plan's fingerprint.
    pub fingerprint: crate::model::Digest,
    /// The plan for people.
    pub summary: PlanSummary,
    /// Who asked.
    pub actor: Actor,
    /// From where.
    pub trigger: Trigger,
    /// How it is.
    pub status: RunStatus,
    /// The steps, in the plan's order.
    pub steps: Vec<StepState>,
    /// What it waits for.
    pub waiting: Option<Wait>,
    /// Time spent waiting so far, in milliseconds (closed waits).
    pub waited_ms: u64,
    /// When the open wait began.
    pub waiting_since: Option<DateTime<Utc>>,
    /// The worker that took it up last.
    pub worker: Option<Worker>,
    /// Whether a person asked to stop.
    pub cancel_requested: bool,
    /// The version, once decided.
    pub version: Option<String>,
    /// The release, once recorded or known.
    pub release: Option<Release>,
    /// The slot that answers, as last read back in this run.
    pub live: Option<Slot>,
    /// Requests through the public path during Ship.
    pub proof: Option<ProbeTotals>,
    /// Evidence.
    pub findings: Vec<Finding>,
    /// The last verdict.
    pub verdict: Option<Verdict>,
    /// Who gave it.
    pub decided_by: Option<DecidedBy>,
    /// What decided.
    pub reasons: Vec<String>,
    /// A person's note.
    pub note: Option<String>,
    /// Why Ship is being, or was, taken back.
    pub undo_reason: Option<String>,
    /// How it ended.
    pub end: Option<End>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When the first worker took it up.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

impl RunState {
    /// The state after the first event, which has to be `Created`; `None` for anything else.
    pub fn begin(event: &Event) -> Option<Self> {
        let EventBody::Created { request, plan, actor, trigger } = &event.body else { return None };
        let Plan { fingerprint, steps, summary, version, .. } = plan.as_ref();
        Some(Self {
            id: event.run,
            seq: event.seq,
            request: request.clone(),
            fingerprint: fingerprint.clone(),
            summary: summary.clone(),
            actor: actor.clone(),
            trigger: *trigger,
            status: RunStatus::Queued,
            steps: steps.iter().cloned().map(StepState::pending).collect(),
            waiting: None,
            waited_ms: 0,
            waiting_since: None,
            worker: None,
            cancel_requested: false,
            version: version.clone(),
            release: None,
            live: None,
            proof: None,
            findings: Vec::new(),
            verdict: None,
            decided_by: None,
            reasons: Vec::new(),
            note: None,
            undo_reason: None,
            end: None,
            created_at: event.at,
            started_at: None,
            ended_at: None,
        })
    }

    /// The state that a run's events lead to; `None` when there is no first event.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Self> {
        let mut events = events.into_iter();
        let mut state = Self::begin(events.next()?)?;
        for event in events {
            state.apply(event);
        }
        Some(state)
    }

    /// Takes one more event in. Events at or before [`Self::seq`] are ignored, so a batch may overlap.
    pub fn apply(&mut self, event: &Event) {
        if event.seq <= self.seq {
            return;
        }
        self.seq = event.seq;
        let at = event.at;
        match &event.body {
            EventBody::Created { .. } => {}
            EventBody::Started { worker } => self.take_up(worker, at),
            EventBody::WaitStarted { wait } => self.wait(wait, at),
            EventBody::WaitEnded => self.end_wait(at),
            EventBody::StepStarted { step, attempt } => self.start_step(step, *attempt, at),
            EventBody::StepProgress { step, progress } => {
                self.on_step(step, |s| s.progress = Some(progress.clone()));
            }
            EventBody::Observed { step, fact } => self.observe(step, fact),
            EventBody::StepEnded { step, result, duration_ms, .. } => {
                self.end_step(step, result, *duration_ms, at)
            }
            EventBody::StepSkipped { step, reason } => self.on_step(step, |s| {
                s.status = StepStatus::Skipped;
                s.skipped = Some(*reason);
            }),
            EventBody::CancelRequested { .. } => self.cancel_requested = true,
            EventBody::UndoStarted { reason } => {
                self.status = RunStatus::Undoing;
                self.undo_reason = Some(reason.clone());
            }
            EventBody::UndoStepStarted { .. } => {}
            EventBody::UndoStepEnded { step, result } => self.end_undo(step, result),
            EventBody::FindingMade { finding, .. } => self.findings.push(finding.clone()),
            EventBody::VerdictGiven { verdict, by, reasons, note } => {
                self.verdict = Some(*verdict);
                self.decided_by = Some(by.clone());
                self.reasons = reasons.clone();
                self.note = note.clone();
            }
            EventBody::Ended { end } => self.end(end, at),
        }
    }

    /// The step of that name.
    pub fn step(&self, id: &StepId) -> Option<&StepState> {
        self.steps.iter().find(|s| s.step.id == *id)
    }

    /// The first step that failed.
    pub fn first_failure(&self) -> Option<&StepState> {
        self.steps.iter().find(|s| s.status == StepStatus::Failed && s.step.blocking)
    }

    fn on_step(&mut self, id: &StepId, change: impl FnOnce(&mut StepState)) {
        if let Some(step) = self.steps.iter_mut().find(|s| s.step.id == *id) {
            change(step);
        }
    }

    fn take_up(&mut self, worker: &Worker, at: DateTime<Utc>) {
        self.worker = Some(worker.clone());
        self.started_at.get_or_insert(at);
        if self.status == RunStatus::Queued {
            self.status = RunStatus::Running;
        }
    }

    fn wait(&mut self, wait: &Wait, at: DateTime<Utc>) {
        self.waiting = Some(wait.clone());
        self.waiting_since = Some(at);
        self.status = RunStatus::Waiting;
    }

    fn end_wait(&mut self, at: DateTime<Utc>) {
        if let Some(since) = self.waiting_since.take() {
            self.waited_ms += u64::try_from((at - since).num_milliseconds()).unwrap_or(0);
        }
        self.waiting = None;
        if self.status == RunStatus::Waiting {
            self.status = RunStatus::Running;
        }
    }

    fn start_step(&mut self, id: &StepId, attempt: u32, at: DateTime<Utc>) {
        self.on_step(id, |s| {
            s.status = StepStatus::Running;
            s.attempts = attempt;
            s.started_at.get_or_insert(at);
            s.ended_at = None;
            s.failure = None;
        });
    }

    fn end_step(&mut self, id: &StepId, result: &StepResult, duration_ms: u64, at: DateTime<Utc>) {
        self.on_step(id, |s| {
            s.ended_at = Some(at);
            s.duration_ms = Some(duration_ms);
            s.progress = None;
            match result {
                StepResult::Succeeded => s.status = StepStatus::Succeeded,
                StepResult::Cancelled => s.status = StepStatus::Cancelled,
                StepResult::Failed { failure } => {
                    s.status = StepStatus::Failed;
                    s.failure = Some(failure.clone());
                }
            }
        });
    }

    fn end_undo(&mut self, id: &StepId, result: &StepResult) {
        self.on_step(id, |s| match result {
            StepResult::Succeeded => s.status = StepStatus::Undone,
            StepResult::Cancelled => {}
            StepResult::Failed { failure } => s.failure = Some(failure.clone()),
        });
    }

    fn observe(&mut self, id: &StepId, fact: &Fact) {
        match fact {
            Fact::Version { version, .. } => self.version = Some(version.clone()),
            Fact::Release { release } => {
                self.version = Some(release.version.clone());
                self.release = Some(release.clone());
            }
            Fact::Switched { to, .. } => self.live = *to,
            Fact::Proof { totals } => {
                // Counts replace each other: the prober reports totals, not differences.
                let last = |f: &Fact| matches!(f, Fact::Proof { .. });
                self.on_step(id, |s| s.facts.retain(|f| !last(f)));
                // Every host has a prober of its own.
                let others = self.steps.iter().filter_map(StepState::proof);
                self.proof = Some(others.fold(*totals, ProbeTotals::and));
            }
            _ => {}
        }
        self.on_step(id, |s| s.facts.push(fact.clone()));
    }

    fn end(&mut self, end: &End, at: DateTime<Utc>) {
        self.end_wait(at);
        self.ended_at = Some(at);
        self.status = match end {
            End::Succeeded | End::Live => RunStatus::Succeeded,
            End::RolledBack { .. }
            | End::FailedClean { .. }
            | End::PlanOutdated { .. }
            | End::TakenOver { .. } => RunStatus::Failed,
            End::Cancelled => RunStatus::Cancelled,
            End::NeedsAttention { .. } => RunStatus::NeedsAttention,
        };
        self.end = Some(end.clone());
    }
}

impl StepState {
    /// Requests through the public path of the step's host during Ship, as far as they were counted.
    pub fn proof(&self) -> Option<ProbeTotals> {
        self.facts.iter().find_map(|fact| match fact {
            Fact::Proof { totals } => Some(*totals),
            _ => None,
        })
    }

    fn pending(step: Step) -> Self {
        Self {
            step,
            status: StepStatus::Pending,
            attempts: 0,
            started_at: None,
            ended_at: None,
            duration_ms: None,
            progress: None,
            facts: Vec::new(),
            failure: None,
            skipped: None,
        }
    }
}
