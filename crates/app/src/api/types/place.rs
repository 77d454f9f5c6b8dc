//! An environment in detail: what is declared, what is there, and what is different.

use super::{ConfigValue, EnvironmentView, ExplainedValue, Health, LeaseHolder, PastDeployment, SecretLine};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::model::{Digest, Slot, SshHost, WorkerName};
use seatrial_core::plan::SlotState;
use serde::{Deserialize, Serialize};

pub use seatrial_core::compare::Difference;

/// An environment in detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentDetail {
    /// The environment.
    pub environment: EnvironmentView,
    /// Resolved values that concern it, each with its origin.
    pub declared: Vec<ExplainedValue>,
    /// Its configuration.
    pub configuration: Vec<ConfigValue>,
    /// Its secrets, without values.
    pub secrets: Vec<SecretLine>,
    /// What was seen there just now; `None`: see `unreachable`.
    pub observed: Option<ObservedPlace>,
    /// Why nothing could be seen.
    pub unreachable: Option<String>,
    /// With several hosts, what was seen on each; `observed` and `unreachable` are `None` then.
    #[serde(default)]
    pub hosts: Vec<HostState>,
    /// Who changes it right now, where others can.
    pub busy: Option<LeaseHolder>,
    /// Differences between what is recorded or declared and what was seen.
    pub drift: Vec<Difference>,
    /// What was put there, newest first.
    pub history: Vec<PastDeployment>,
}

/// One of several hosts, as seen just now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostState {
    /// The host.
    pub host: SshHost,
    /// The version that answers there; `None`: none does, or its container does not say, or see `unreachable`.
    pub version: Option<String>,
    /// Whether that is the release that is recorded as live.
    pub current: bool,
    /// What was seen; `None`: see `unreachable`.
    pub observed: Option<ObservedPlace>,
    /// Why nothing could be seen.
    pub unreachable: Option<String>,
}

/// What was seen in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObservedPlace {
    /// When it was looked at.
    pub at: DateTime<Utc>,
    /// The engine: "Docker 26.1.5 on linux/amd64".
    pub engine: String,
    /// Free bytes on the engine's disk.
    pub disk_free: Option<u64>,
    /// Slots that exist.
    pub slots: Vec<SlotSeen>,
    /// The slot that traffic goes to, as the proxy says.
    pub direction: Option<Slot>,
    /// How it answers through the public path.
    pub health: Health,
    /// What was answered: "200 in 3 ms", "refused".
    pub answer: Option<String>,
}

/// A slot that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlotSeen {
    /// Which one.
    pub slot: Slot,
    /// How it is.
    pub state: SlotState,
    /// Its container's name.
    pub container: String,
    /// Its image.
    pub image: Digest,
    /// The version in it.
    pub version: Option<String>,
    /// When it was started.
    pub started_at: Option<DateTime<Utc>>,
    /// How often the engine started it again.
    pub restarts: u64,
    /// Ports it publishes past the proxy.
    pub ports: Vec<String>,
    /// Volumes and folders in it.
    pub mounts: Vec<String>,
    /// Its workers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<WorkerSeen>,
}

/// A worker of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkerSeen {
    /// Which one.
    pub name: WorkerName,
    /// How it is.
    pub state: SlotState,
    /// Its container's name.
    pub container: String,
    /// When it was started.
    pub started_at: Option<DateTime<Utc>>,
    /// How often the engine started it again.
    pub restarts: u64,
}
