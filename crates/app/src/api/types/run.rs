//! Runs: planned, started, listed, their output, and verdicts on them.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::{Actor, AppName, Digest, EnvironmentName, Phase, RunId, StepId, Trigger};
use seatrial_core::run::{ProbeTotals, RunKind, RunStatus};
use serde::{Deserialize, Serialize};

/// Asks for a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanParams {
    /// The app.
    pub app: AppName,
    /// What it is for.
    pub kind: RunKind,
    /// The environment; `None`: the first one.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// Phases; empty: all three (a rollback: Ship and Evaluate).
    #[serde(default)]
    pub phases: Vec<Phase>,
    /// The release to ship, by version or id prefix; `None`: this run's, or the newest, or for a rollback the one before.
    #[serde(default)]
    pub release: Option<String>,
    /// The failed run to go on from.
    #[serde(default)]
    pub retry_of: Option<RunId>,
    /// Of several hosts those that are left out, by name or whole target. They keep what they serve.
    #[serde(default)]
    pub without: Vec<String>,
}

/// Starts what a plan says.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartParams {
    /// The same as for the plan.
    pub plan: PlanParams,
    /// Fingerprint of the plan that was read and confirmed.
    pub fingerprint: Digest,
    /// From where it is started.
    pub trigger: Trigger,
    /// Wait for a run that changes the same environment instead of refusing.
    #[serde(default)]
    pub wait: bool,
    /// The environment's name, as a person typed it; needed for production.
    #[serde(default)]
    pub confirm: Option<String>,
}

/// A run that was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// The run.
    pub run: RunId,
}

/// Names a run.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRef {
    /// Its id.
    pub run: RunId,
}

/// Filters lists of runs.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListParams {
    /// Only this app.
    #[serde(default)]
    pub app: Option<AppName>,
    /// Only this environment.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// At most so many; `None`: 50.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only what is older than this run, for paging.
    #[serde(default)]
    pub before: Option<RunId>,
}

/// A line of the list of runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunLine {
    /// Identity.
    pub run: RunId,
    /// The app.
    pub app: AppName,
    /// The environment.
    pub environment: Option<EnvironmentName>,
    /// What it is for.
    pub kind: RunKind,
    /// Its phases.
    pub phases: Vec<Phase>,
    /// How it is.
    pub status: RunStatus,
    /// The version, once known.
    pub version: Option<String>,
    /// Who asked.
    pub actor: Actor,
    /// From where.
    pub trigger: Trigger,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Requests through the public path during Ship.
    pub proof: Option<ProbeTotals>,
    /// The last verdict.
    pub verdict: Option<Verdict>,
    /// Why it did not end as asked, in one sentence.
    pub reason: Option<String>,
}

/// Asks for log lines.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogParams {
    /// The run.
    pub run: RunId,
    /// Only this step.
    #[serde(default)]
    pub step: Option<StepId>,
    /// First line, from 0.
    #[serde(default)]
    pub from: u64,
    /// At most so many; `None`: 1,000.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogLine {
    /// The step that wrote it.
    pub step: StepId,
    /// Its number, from 0.
    pub line: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// `out`, `err` or `system`.
    pub stream: String,
    /// The text; may contain SGR sequences, no other control characters.
    pub text: String,
}

/// Some lines of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogPage {
    /// The lines.
    pub lines: Vec<LogLine>,
    /// How many there are so far.
    pub total: u64,
    /// Where to go on.
    pub next: u64,
}

/// A person's decision.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictParams {
    /// The run it is about.
    pub run: RunId,
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    #[serde(default)]
    pub note: Option<String>,
}
