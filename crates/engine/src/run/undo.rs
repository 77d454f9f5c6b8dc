//! Taking Ship back, in reverse order of what was begun.

use super::JournalError;
use super::call::{Call, Outcome};
use super::executor::Executor;
use super::hosts::what_serves;
use seatrial_core::model::{Phase, SshHost};
use seatrial_core::pipeline::{Action, Cause};
use seatrial_core::run::{End, EventBody, Failure, RunKind, RunState, StepResult, StepState, StepStatus};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// Tries of one undo before a person has to look.
const TRIES: u32 = 3;
/// How long a target that is not there is waited for, as while a server starts again, and the pauses between looks.
const AWAY: Duration = Duration::from_secs(45);
const SOONEST: Duration = Duration::from_millis(100);
const LATEST: Duration = Duration::from_secs(3);

/// Takes back what Ship did, including a step that was begun and may be half done. Cannot be cancelled: half a way
/// back is worse than either end.
pub(super) async fn undo(executor: &Executor, reason: String) -> Result<End, JournalError> {
    if executor.recorder.with_state(|s| s.undo_reason.is_none()) {
        executor.recorder.record(vec![EventBody::UndoStarted { reason: reason.clone() }]).await?;
    }
    let was_live = executor.recorder.with_state(was_switched);
    let steps = executor.recorder.with_state(|state| {
        let begun = state.steps.iter().rev().filter(|s| s.step.phase == Phase::Ship && s.attempts > 0);
        let open = begun.filter(|s| s.status != StepStatus::Undone && s.step.undo.is_some());
        open.filter(|s| !is_restarted(state, s.step.host.as_ref())).cloned().collect::<Vec<_>>()
    });
    let mut stuck: Vec<(StepState, Failure)> = Vec::new();
    for step in steps {
        // Where one step cannot be taken back, those before it have to stay; other hosts are not held up by that.
        if stuck.iter().any(|(left, _)| left.step.host == step.step.host) {
            continue;
        }
        if let Some(failure) = take_back(executor, &step).await? {
            stuck.push((step, failure));
        }
    }
    executor.actions.end_watch(&executor.recorder).await?;
    if !stuck.is_empty() {
        return Ok(executor.recorder.with_state(|state| needs_attention(&reason, &stuck, state)));
    }
    let cancelled = executor.recorder.with_state(|s| s.cancel_requested) || executor.cancel.is_cancelled();
    Ok(match (was_live, cancelled) {
        (true, _) => End::RolledBack { reason },
        (false, true) => End::Cancelled,
        (false, false) => End::FailedClean { reason },
    })
}

async fn take_back(executor: &Executor, state: &StepState) -> Result<Option<Failure>, JournalError> {
    let step = &state.step;
    let Some(action) = step.undo.clone() else { return Ok(None) };
    executor.recorder.record(vec![EventBody::UndoStepStarted { step: step.id.clone() }]).await?;
    let (mut attempt, mut tries, mut pause) = (1, 1, SOONEST);
    let since = Instant::now();
    let result = loop {
        let call = Call {
            step: step.clone(),
            action: action.clone(),
            attempt,
            recorder: Arc::clone(&executor.recorder),
            cancel: CancellationToken::new(),
        };
        match executor.perform(&call).await {
            Ok(()) => break StepResult::Succeeded,
            Err(Outcome::Journal(error)) => return Err(error),
            Err(Outcome::Cancelled) => break StepResult::Failed { failure: never_cancelled() },
            Err(Outcome::Failed(failure)) if may_come_back(&failure) && since.elapsed() < AWAY => {
                sleep(pause).await;
                pause = LATEST.min(pause * 2);
            }
            Err(Outcome::Failed(failure)) if tries >= TRIES => break StepResult::Failed { failure },
            Err(Outcome::Failed(_)) => tries += 1,
        }
        attempt += 1;
    };
    let failure = match &result {
        StepResult::Failed { failure } => Some(failure.clone()),
        _ => None,
    };
    executor.recorder.record(vec![EventBody::UndoStepEnded { step: step.id.clone(), result }]).await?;
    Ok(failure)
}

/// Engine and proxy come back by themselves when a server does.
fn may_come_back(failure: &Failure) -> bool {
    matches!(failure.cause, Cause::EngineUnreachable | Cause::Proxy)
}

fn was_switched(state: &RunState) -> bool {
    let switch = |s: &StepState| matches!(s.step.action, Action::SwitchTraffic { .. });
    state.steps.iter().any(|s| switch(s) && matches!(s.status, StepStatus::Succeeded | StepStatus::Undone))
}

/// Whether this host of several has been restarted and serves: the way back of a restart is to serve.
fn is_restarted(state: &RunState, host: Option<&SshHost>) -> bool {
    state.request.kind == RunKind::Restart
        && host.is_some()
        && state.steps.iter().any(|s| {
            s.step.host.as_ref() == host
                && matches!(s.step.action, Action::SwitchTraffic { .. })
                && s.status == StepStatus::Succeeded
        })
}

fn never_cancelled() -> Failure {
    Failure {
        cause: Cause::Internal,
        message: "the way back was interrupted".to_owned(),
        hints: Vec::new(),
        detail: None,
    }
}

fn needs_attention(reason: &str, stuck: &[(StepState, Failure)], state: &RunState) -> End {
    let words = |(step, failure): &(StepState, Failure)| {
        format!("taking back `{}` failed: {}", step.step.id, failure.message)
    };
    let stuck: Vec<String> = stuck.iter().map(words).chain(what_serves(state)).collect();
    End::NeedsAttention {
        reason: format!("{reason}; {}", stuck.join("; ")),
        choices: vec![
            "deploy again: a new plan starts from what is there now".to_owned(),
            "look at the environment's containers with `docker ps -a`".to_owned(),
        ],
    }
}
