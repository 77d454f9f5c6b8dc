//! Walks a plan: which steps can start, what a failure leads to, and how the run ends.

use super::call::{Actions, Call, Outcome};
use super::hosts::hold;
use super::undo::undo;
use super::{JournalError, Recorder};
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::{Phase, StepId};
use seatrial_core::pipeline::{Action, Cause, Step};
use seatrial_core::run::{
    End, EventBody, Fact, Failure, RunState, RunStatus, SkipReason, StepResult, StepState, StepStatus,
};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Build steps that run at the same time: they are a person's own commands on a person's own machine.
const AT_ONCE: usize = 4;
/// Hosts that something is done on at the same time.
const HOSTS_AT_ONCE: usize = 8;

/// Everything a walk needs.
#[derive(Clone)]
pub struct Executor {
    /// What steps do.
    pub actions: Arc<dyn Actions>,
    /// Where everything is recorded.
    pub recorder: Arc<Recorder>,
    /// Triggered when a person asks to stop.
    pub cancel: CancellationToken,
}

/// Carries a run from wherever its state is to its end, and records that end. An error means that nothing more
/// can be recorded: then nothing more is done either, and another worker can take the run up.
pub async fn execute(executor: &Executor) -> Result<End, JournalError> {
    if let Some(end) = executor.recorder.with_state(|s| s.end.clone()) {
        return Ok(end);
    }
    let end = executor.run().await?;
    executor.recorder.flush_output().await?;
    executor.recorder.record(vec![EventBody::Ended { end: end.clone() }]).await?;
    Ok(end)
}

impl Executor {
    async fn run(&self) -> Result<End, JournalError> {
        if let Some(reason) = self.recorder.with_state(|s| s.undo_reason.clone()) {
            return undo(self, reason).await;
        }
        if self.recorder.with_state(ship_has_begun) {
            self.actions.watch(&self.recorder, None).await;
        }
        self.walk().await?;
        self.actions.end_watch(&self.recorder).await?;
        self.conclude().await
    }

    /// Starts every step as soon as what it needs is done, until none is left that could start.
    async fn walk(&self) -> Result<(), JournalError> {
        let mut running: JoinSet<Result<(), JournalError>> = JoinSet::new();
        let mut begun: Vec<StepId> = Vec::new();
        loop {
            let next = self.recorder.with_state(|state| startable(state, &begun, self.cancel.is_cancelled()));
            for step in next {
                let most = if step.host.is_some() { HOSTS_AT_ONCE } else { AT_ONCE };
                if running.len() >= most {
                    continue;
                }
                begun.push(step.id.clone());
                let this = self.clone();
                running.spawn(async move { this.attempt(step).await });
            }
            match running.join_next().await {
                None => return self.skip_the_rest().await,
                Some(Ok(result)) => result?,
                Some(Err(panic)) => return Err(JournalError::Storage(Box::new(panic))),
            }
        }
    }

    /// Attempts a step until it succeeds, fails for good, or is told to stop.
    async fn attempt(&self, step: Step) -> Result<(), JournalError> {
        if step.phase == Phase::Ship {
            self.actions.watch(&self.recorder, step.host.as_ref()).await;
        }
        let mut attempt = self.recorder.with_state(|s| s.step(&step.id).map_or(0, |s| s.attempts)) + 1;
        loop {
            let started = EventBody::StepStarted { step: step.id.clone(), attempt };
            self.recorder.record(vec![started]).await?;
            let clock = Instant::now();
            let result = match self.once(&step, attempt).await {
                Ok(()) => StepResult::Succeeded,
                Err(Outcome::Failed(failure)) => StepResult::Failed { failure },
                Err(Outcome::Cancelled) => StepResult::Cancelled,
                Err(Outcome::Journal(error)) => return Err(error),
            };
            let again = match &result {
                StepResult::Failed { failure } => step.retry.allows(attempt, failure.cause),
                _ => false,
            };
            let duration_ms = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
            let ended = EventBody::StepEnded { step: step.id.clone(), attempt, result, duration_ms };
            self.recorder.record(vec![ended]).await?;
            if !again || self.cancel.is_cancelled() {
                return Ok(());
            }
            attempt += 1;
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(step.retry.wait_ms)) => {}
                () = self.cancel.cancelled() => return Ok(()),
            }
        }
    }

    async fn once(&self, step: &Step, attempt: u32) -> Result<(), Outcome> {
        let call = Call {
            step: step.clone(),
            action: step.action.clone(),
            attempt,
            recorder: Arc::clone(&self.recorder),
            cancel: self.cancel.child_token(),
        };
        self.perform(&call).await
    }

    /// Probes, then applies, within the step's time.
    pub(super) async fn perform(&self, call: &Call) -> Result<(), Outcome> {
        let limit = Duration::from_millis(call.step.timeout_ms);
        let work = async {
            if let Some(facts) = self.actions.probe(call).await? {
                for fact in facts {
                    self.recorder.observe(&call.step.id, fact).await?;
                }
                return Ok(());
            }
            self.actions.apply(call).await
        };
        // A person's command ends its whole process group by itself; it gets a moment more to do so.
        let grace =
            if matches!(call.action, Action::Run { .. } | Action::BuildImage { .. }) { 15 } else { 0 };
        match tokio::time::timeout(limit + Duration::from_secs(grace), work).await {
            Ok(result) => result,
            Err(_) => Err(Outcome::Failed(timed_out(&call.step))),
        }
    }

    async fn skip_the_rest(&self) -> Result<(), JournalError> {
        let cancelled = self.cancel.is_cancelled();
        let reason = if cancelled { SkipReason::Cancelled } else { SkipReason::NeedFailed };
        let pending = self.recorder.with_state(|state| {
            let open = state.steps.iter().filter(|s| s.status == StepStatus::Pending);
            open.map(|s| EventBody::StepSkipped { step: s.step.id.clone(), reason }).collect::<Vec<_>>()
        });
        if pending.is_empty() { Ok(()) } else { self.recorder.record(pending).await }
    }

    /// What the finished walk amounts to.
    async fn conclude(&self) -> Result<End, JournalError> {
        let state = self.recorder.state();
        let cancelled = self.cancel.is_cancelled()
            && state
                .steps
                .iter()
                .any(|s| s.skipped == Some(SkipReason::Cancelled) || s.status == StepStatus::Cancelled);
        let reason = match (state.first_failure(), cancelled) {
            (Some(failed), _) => Some(failure_words(failed)),
            (None, true) => Some("cancelled by a person".to_owned()),
            (None, false) => None,
        };
        let Some(reason) = reason else {
            // Success is said only when everything was really done.
            let undone = |s: &&StepState| {
                matches!(s.skipped, Some(SkipReason::NeedFailed | SkipReason::Cancelled)) && s.step.blocking
            };
            let Some(step) = state.steps.iter().find(undone) else { return Ok(good_end(&state)) };
            let reason = format!("{} was not done although nothing it needs failed", step.step.id);
            let choices = vec!["deploy again; this is a defect of Seatrial: please report it".to_owned()];
            return Ok(End::NeedsAttention { reason, choices });
        };
        let judged_against = state.verdict == Some(Verdict::NoGo);
        if judged_against && !wants_rollback(&state) {
            return Ok(End::NeedsAttention {
                reason,
                choices: vec!["roll back".to_owned(), "record another verdict".to_owned()],
            });
        }
        // What Evaluate did not get to do changes nothing about what is live.
        let only_evaluate = |s: &StepState| {
            s.step.phase == Phase::Evaluate || s.status == StepStatus::Succeeded || !s.step.blocking
        };
        if cancelled && state.steps.iter().all(only_evaluate) && shipped(&state) {
            return Ok(End::Live);
        }
        if let Some(held) = hold(&state, &reason) {
            return Ok(held);
        }
        if ship_has_begun(&state) {
            return undo(self, reason).await;
        }
        Ok(if cancelled { End::Cancelled } else { End::FailedClean { reason } })
    }
}

fn good_end(state: &RunState) -> End {
    if shipped(state) { End::Live } else { End::Succeeded }
}

/// Whether visitors were led to a slot.
fn shipped(state: &RunState) -> bool {
    let switch = |s: &StepState| matches!(s.step.action, Action::SwitchTraffic { to: Some(_) });
    state.steps.iter().any(|s| switch(s) && s.status == StepStatus::Succeeded)
}

/// Whether a step of Ship was begun that can be taken back.
fn ship_has_begun(state: &RunState) -> bool {
    state.steps.iter().any(|s| s.step.phase == Phase::Ship && s.attempts > 0 && s.step.undo.is_some())
}

fn wants_rollback(state: &RunState) -> bool {
    state.steps.iter().any(|s| matches!(s.step.action, Action::Judge { rollback: true, .. }))
}

/// Steps whose needs are met and that were neither begun by this walk nor finished before. Nothing new is started
/// after a blocking failure or a cancel.
fn startable(state: &RunState, begun: &[StepId], cancelled: bool) -> Vec<Step> {
    if cancelled || state.first_failure().is_some() || state.status == RunStatus::Undoing {
        return Vec::new();
    }
    let met = |need: &StepId| {
        state.step(need).is_none_or(|s| match s.status {
            StepStatus::Succeeded => true,
            StepStatus::Failed => !s.step.blocking && !is_open(s, begun),
            StepStatus::Skipped => s.skipped == Some(SkipReason::DoneBefore),
            _ => false,
        })
    };
    let open = state.steps.iter().filter(|s| is_open(s, begun));
    open.filter(|s| s.step.needs.iter().all(met)).map(|s| s.step.clone()).collect()
}

/// Whether a step is still to be done: never begun, or begun by a worker that is gone.
fn is_open(state: &StepState, begun: &[StepId]) -> bool {
    matches!(state.status, StepStatus::Pending | StepStatus::Running) && !begun.contains(&state.step.id)
}

fn failure_words(step: &StepState) -> String {
    let message = step.failure.as_ref().map_or("it failed", |f| f.message.as_str());
    match &step.step.host {
        Some(host) => format!("{} on {}: {message}", step.step.id, host.host()),
        None => format!("{}: {message}", step.step.id),
    }
}

fn timed_out(step: &Step) -> Failure {
    Failure {
        cause: Cause::Timeout,
        message: format!("not done after {} s", step.timeout_ms / 1000),
        hints: vec!["look at the step's log for what it waited for".to_owned()],
        detail: None,
    }
}

/// A fact that says the world was already as wanted.
pub fn already(seen: impl Into<String>) -> Vec<Fact> {
    vec![Fact::AlreadyDone { seen: seen.into() }]
}
