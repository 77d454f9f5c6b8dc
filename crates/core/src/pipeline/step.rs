//! One step of a run.

use super::Action;
use crate::model::{Phase, Practice, SshHost, StepId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why an attempt did not succeed, as a closed set: retry rules, reports and maturity facts branch on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The command ended with another exit status than 0.
    ExitStatus,
    /// The command could not be started at all.
    NotStarted,
    /// The attempt's time was over.
    Timeout,
    /// A person asked to stop.
    Cancelled,
    /// The Docker engine did not answer, or went away.
    EngineUnreachable,
    /// An image could not be fetched.
    ImageUnavailable,
    /// The Dockerfile did not build.
    BuildFailed,
    /// A port, name or address is used by something else.
    Conflict,
    /// No space left.
    DiskFull,
    /// The new version did not become healthy.
    Unhealthy,
    /// The proxy did not do what it was told.
    Proxy,
    /// The observed world is not the one the plan was made for.
    Outdated,
    /// Something the step needs is missing: a secret, a file, a release.
    Missing,
    /// A check found what it was looking for.
    CheckFailed,
    /// Requests failed during the deployment.
    RequestsLost,
    /// A defect of Seatrial itself.
    Internal,
}

/// When an attempt is made again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Retry {
    /// How often at most, after the first attempt.
    pub times: u32,
    /// For which causes. Empty: for those that can pass by themselves (`timeout`, `engine-unreachable`,
    /// `image-unavailable`).
    pub on: Vec<Cause>,
    /// Pause before each further attempt, in milliseconds.
    pub wait_ms: u64,
}

impl Retry {
    /// Whether attempt number `attempt` (from 1), failed for `cause`, is followed by another.
    pub fn allows(&self, attempt: u32, cause: Cause) -> bool {
        const PASSING: [Cause; 3] = [Cause::Timeout, Cause::EngineUnreachable, Cause::ImageUnavailable];
        let named = if self.on.is_empty() { PASSING.contains(&cause) } else { self.on.contains(&cause) };
        cause != Cause::Cancelled && named && attempt <= self.times
    }
}

/// One step: what it is, what it waits for, what it does and how it is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Unique in the run.
    pub id: StepId,
    /// The part of the deployment it belongs to.
    pub phase: Phase,
    /// The kind of thing it does.
    pub practice: Practice,
    /// One line for people: "Start 1.4.0 in slot green".
    pub title: String,
    /// Steps that have to succeed first.
    pub needs: Vec<StepId>,
    /// Whether the run fails when this step fails.
    pub blocking: bool,
    /// Longest time of one attempt, in milliseconds.
    pub timeout_ms: u64,
    /// When it is tried again.
    pub retry: Retry,
    /// What it does.
    pub action: Action,
    /// How it is taken back when a later step of Ship fails.
    pub undo: Option<Action>,
    /// The host it is done on, where an environment has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<SshHost>,
}

impl Step {
    /// The same step on one of several hosts, the `number`th.
    pub(crate) fn on(self, host: &SshHost, number: usize) -> Self {
        let id = Self::id_on(&self.id, number);
        let named = self.title.ends_with(host.host());
        let title = if named { self.title } else { format!("{} on {}", self.title, host.host()) };
        Self { id, title, host: Some(host.clone()), ..self }
    }

    /// What a step is called on the `number`th of several hosts.
    pub(crate) fn id_on(id: &StepId, number: usize) -> StepId {
        StepId::nearest(&format!("{id}-{number}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_is_by_cause_and_never_after_a_cancel() {
        let plain = Retry { times: 1, ..Retry::default() };
        assert!(plain.allows(1, Cause::Timeout));
        assert!(!plain.allows(2, Cause::Timeout));
        assert!(!plain.allows(1, Cause::ExitStatus));
        let named = Retry { times: 3, on: vec![Cause::ExitStatus, Cause::Cancelled], wait_ms: 0 };
        assert!(named.allows(3, Cause::ExitStatus));
        assert!(!named.allows(1, Cause::Cancelled));
    }
}
