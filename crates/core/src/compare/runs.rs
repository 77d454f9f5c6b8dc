//! The steps of two runs beside each other.

use crate::model::{Phase, StepId};
use crate::run::{RunState, StepState, StepStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A step in two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepComparison {
    /// The step.
    pub step: StepId,
    /// Its title.
    pub title: String,
    /// Its phase.
    pub phase: Phase,
    /// How it is in the first run; `None`: it has no such step.
    pub status: Option<StepStatus>,
    /// Its time there.
    pub duration_ms: Option<u64>,
    /// How it is in the other run.
    pub with_status: Option<StepStatus>,
    /// Its time there.
    pub with_duration_ms: Option<u64>,
}

/// Steps of either run, in the first one's order; those that only the other has come last.
pub fn steps(run: &RunState, with: &RunState) -> Vec<StepComparison> {
    let only_there = with.steps.iter().filter(|s| run.step(&s.step.id).is_none());
    let all = run.steps.iter().chain(only_there);
    all.map(|known| {
        let id = &known.step.id;
        let (here, there) = (run.step(id), with.step(id));
        StepComparison {
            step: id.clone(),
            title: known.step.title.clone(),
            phase: known.step.phase,
            status: here.map(|s| s.status),
            duration_ms: here.and_then(duration),
            with_status: there.map(|s| s.status),
            with_duration_ms: there.and_then(duration),
        }
    })
    .collect()
}

/// From its first attempt to its last: what a person waited for.
fn duration(step: &StepState) -> Option<u64> {
    let (begin, end) = step.started_at.zip(step.ended_at)?;
    u64::try_from((end - begin).num_milliseconds()).ok()
}
