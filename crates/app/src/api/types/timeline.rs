//! When the steps of a run were done, beside what is usual, and two runs beside each other.

use super::RunLine;
use schemars::JsonSchema;
use seatrial_core::model::{RunId, StepId};
use serde::{Deserialize, Serialize};

pub use seatrial_core::compare::{NamedChange, StepComparison};
pub use seatrial_core::run::{Span, Timeline, TimelineRow, Usual};

/// Compares two runs.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareRuns {
    /// The run.
    pub run: RunId,
    /// The run it is compared with; `None`: the last good one before it.
    #[serde(default)]
    pub with: Option<RunId>,
}

/// Two runs beside each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunComparison {
    /// The run.
    pub run: RunLine,
    /// The run it is compared with.
    pub with: RunLine,
    /// Steps of either, in the first one's order.
    pub steps: Vec<StepComparison>,
    /// Other differences, in words: strategy, configuration keys, commit, checks.
    pub differences: Vec<NamedChange>,
}

/// Asks for the lines of a log that have a text.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogSearch {
    /// The run.
    pub run: RunId,
    /// Only this step.
    #[serde(default)]
    pub step: Option<StepId>,
    /// The text; upper and lower case are the same.
    pub text: String,
    /// Only lines from this one on, from 0.
    #[serde(default)]
    pub from: u64,
    /// At most so many; `None`: 10,000.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Lines of a log that have a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogHits {
    /// Their numbers, as in `log.lines` of the same selection.
    pub lines: Vec<u64>,
    /// Where to go on; `None`: everything was looked at.
    pub next: Option<u64>,
}
