//! What happens in a run. Events are stored for ever: variants and fields are only ever added, with defaults.

use crate::evaluate::{DecidedBy, Finding, Verdict};
use crate::model::{
    Actor, AppName, Artifact, Digest, EnvironmentName, Phase, Release, ReleaseId, RunId, Slot, SshHost,
    StepId, Trigger,
};
use crate::pipeline::Cause;
use crate::plan::Plan;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// Some or all of Build, Ship and Evaluate, forwards.
    Deploy,
    /// Ship of the release before.
    Rollback,
    /// What is live ends and begins again, as it is.
    Restart,
    /// What is live ends, and visitors get no app until it is started again.
    Stop,
    /// What was stopped begins again.
    Start,
}

impl RunKind {
    /// Whether it puts a release somewhere. The others leave the one that is there.
    pub fn ships(self) -> bool {
        matches!(self, Self::Deploy | Self::Rollback)
    }
}

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunRequest {
    /// What it is for.
    pub kind: RunKind,
    /// The app.
    pub app: AppName,
    /// The environment, when Ship or Evaluate are part of it.
    pub environment: Option<EnvironmentName>,
    /// The phases, in order.
    pub phases: Vec<Phase>,
    /// The release to ship; `None`: the one this run builds, or the newest.
    pub release: Option<ReleaseId>,
    /// The failed run this one goes on from: its finished Build steps are not done again.
    pub retry_of: Option<RunId>,
    /// Of several hosts those that are left out. They keep what they serve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<SshHost>,
}

/// The process that carries a run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Worker {
    /// Process id.
    pub pid: u32,
    /// Start time of the process in clock ticks since boot, against reuse of ids.
    pub started: u64,
    /// Identity of the boot of the machine.
    pub boot: String,
}

/// What a run waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum Wait {
    /// Another run changes the same environment.
    Lease {
        /// The run that does.
        run: RunId,
        /// Who started it.
        actor: Actor,
    },
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Progress {
    /// What is being done: "COPY app.py /app/", "transferring layer 3 of 5".
    pub text: String,
    /// Units done.
    pub done: u64,
    /// Units in all; 0: not known.
    pub total: u64,
}

/// Requests of the prober through the public path during a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct ProbeTotals {
    /// Requests sent.
    pub sent: u64,
    /// Requests without a good answer.
    pub failed: u64,
    /// The slowest answer, in milliseconds.
    pub slowest_ms: u64,
    /// The 95th percentile of the answers, in milliseconds.
    pub p95_ms: u64,
}

impl ProbeTotals {
    /// Both together; of the percentiles the worse one counts.
    pub fn and(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            failed: self.failed + other.failed,
            slowest_ms: self.slowest_ms.max(other.slowest_ms),
            p95_ms: self.p95_ms.max(other.p95_ms),
        }
    }
}

/// Something observed in the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "fact", rename_all = "kebab-case")]
pub enum Fact {
    /// The version was decided.
    Version {
        /// The version.
        version: String,
        /// Why: "2 features since v1.3.0".
        reason: String,
    },
    /// An artifact was made.
    Artifact {
        /// The artifact.
        artifact: Artifact,
    },
    /// The release was recorded.
    Release {
        /// The release.
        release: Release,
    },
    /// The image is on the target, and is the one that was built.
    Transferred {
        /// The image.
        image: Digest,
        /// Bytes that were moved, before compression on the way.
        bytes: u64,
        /// Layers that were moved.
        moved: u32,
        /// Layers that were there already.
        there: u32,
    },
    /// A job came to its end.
    JobEnded {
        /// The job.
        job: StepId,
        /// Its exit status; 0: all is well.
        status: i64,
    },
    /// A container runs in a slot.
    Launched {
        /// The slot.
        slot: Slot,
        /// The container's id.
        container: String,
        /// Its image.
        image: Digest,
    },
    /// A slot answered as it should, from outside.
    Healthy {
        /// The slot.
        slot: Slot,
        /// Time from start until then, in milliseconds.
        after_ms: u64,
    },
    /// The proxy was read back and directs traffic to a slot.
    Switched {
        /// The slot before; `None`: nothing was live.
        from: Option<Slot>,
        /// The slot that answers now; `None`: nothing.
        to: Option<Slot>,
    },
    /// Requests in flight when a drain ended.
    Drained {
        /// The slot.
        slot: Slot,
        /// Requests still in flight (0 unless the limit was reached).
        left: u64,
    },
    /// The prober's counts so far, or at the end.
    Proof {
        /// The counts.
        totals: ProbeTotals,
    },
    /// The step was already done when it was looked at; nothing was changed.
    AlreadyDone {
        /// What was seen.
        seen: String,
    },
    /// Anything else worth a line: images removed, an address.
    Note {
        /// The line.
        text: String,
    },
}

/// Why something failed, for people and for rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The cause.
    pub cause: Cause,
    /// What happened, in one sentence.
    pub message: String,
    /// What to do next, most likely first.
    pub hints: Vec<String>,
    /// Evidence: the answer's status and body, the last lines of the log, exit code.
    pub detail: Option<String>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum StepResult {
    /// It did what it should, and that was observed.
    Succeeded,
    /// It did not.
    Failed {
        /// Why.
        failure: Failure,
    },
    /// A person asked to stop.
    Cancelled,
}

/// Why a step is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// A step it needs failed.
    NeedFailed,
    /// The run was cancelled.
    Cancelled,
    /// The run this one goes on from did it already.
    DoneBefore,
}

/// The one way a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// Everything blocking succeeded; without Ship there is nothing live.
    Succeeded,
    /// The new release answers through the public path.
    Live,
    /// The new release was live, or nearly, and the old one was put back.
    RolledBack {
        /// Why.
        reason: String,
    },
    /// The old release serves as before and nothing is left of the attempt.
    FailedClean {
        /// Why.
        reason: String,
    },
    /// A person asked to stop; the old release serves as before.
    Cancelled,
    /// A person has to look: the facts, and what can be done.
    NeedsAttention {
        /// What is known.
        reason: String,
        /// What can be done.
        choices: Vec<String>,
    },
    /// The world was not the one the plan was made for; nothing was changed.
    PlanOutdated {
        /// What is different.
        reason: String,
    },
    /// The run was away for so long that somebody else began to change the environment. It changes nothing any more,
    /// and what it had begun is up to the other one.
    TakenOver {
        /// Who did.
        by: Actor,
        /// The other run.
        run: RunId,
    },
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum EventBody {
    /// The run was asked for.
    Created {
        /// What was asked for.
        request: RunRequest,
        /// Exactly what will be done.
        plan: Box<Plan>,
        /// Who asked.
        actor: Actor,
        /// From where.
        trigger: Trigger,
    },
    /// A worker took the run up (again).
    Started {
        /// The worker.
        worker: Worker,
    },
    /// The run waits.
    WaitStarted {
        /// For what.
        wait: Wait,
    },
    /// The wait is over.
    WaitEnded,
    /// An attempt is about to be made. Durable before anything is done.
    StepStarted {
        /// The step.
        step: StepId,
        /// Number of the attempt, from 1.
        attempt: u32,
    },
    /// How far an attempt is.
    StepProgress {
        /// The step.
        step: StepId,
        /// How far.
        progress: Progress,
    },
    /// Something was observed.
    Observed {
        /// The step that looked.
        step: StepId,
        /// What was seen.
        fact: Fact,
    },
    /// An attempt ended.
    StepEnded {
        /// The step.
        step: StepId,
        /// Number of the attempt.
        attempt: u32,
        /// How.
        result: StepResult,
        /// How long it took, by a monotonic clock, in milliseconds.
        duration_ms: u64,
    },
    /// A step is not done.
    StepSkipped {
        /// The step.
        step: StepId,
        /// Why.
        reason: SkipReason,
    },
    /// A person asked to stop.
    CancelRequested {
        /// Who.
        actor: Actor,
    },
    /// What Ship did is taken back from here on.
    UndoStarted {
        /// Why.
        reason: String,
    },
    /// A step's undo is about to be done.
    UndoStepStarted {
        /// The step.
        step: StepId,
    },
    /// A step's undo ended.
    UndoStepEnded {
        /// The step.
        step: StepId,
        /// How.
        result: StepResult,
    },
    /// Evidence.
    FindingMade {
        /// The step that found it.
        step: StepId,
        /// The finding.
        finding: Finding,
    },
    /// A decision. May come again: a person's word after the policy's.
    VerdictGiven {
        /// The verdict.
        verdict: Verdict,
        /// Who decided.
        by: DecidedBy,
        /// What decided.
        reasons: Vec<String>,
        /// A person's note.
        note: Option<String>,
    },
    /// The run is over. Nothing but verdicts follows.
    Ended {
        /// How.
        end: End,
    },
}

/// An entry of a run's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// The run.
    pub run: RunId,
    /// Place in the run, from 1, without gaps.
    pub seq: u32,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// What happened.
    pub body: EventBody,
}
