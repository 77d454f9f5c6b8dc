//! What an environment's slots use.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::model::{AppName, EnvironmentName, Slot, SshHost, WorkerName};
use serde::{Deserialize, Serialize};

/// Whose slots are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageParams {
    /// The app.
    pub app: AppName,
    /// The environment; `None`: the first one.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// With several servers, which one.
    #[serde(default)]
    pub server: Option<String>,
}

/// What an environment's slots use just now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaceUsage {
    /// The environment.
    pub environment: EnvironmentName,
    /// The server, where the environment is on one or more.
    #[serde(default)]
    pub server: Option<SshHost>,
    /// When it was looked at.
    pub at: DateTime<Utc>,
    /// Slots that exist, each followed by its workers.
    pub slots: Vec<SlotUsage>,
}

/// What a container of a slot uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SlotUsage {
    /// The slot.
    pub slot: Slot,
    /// The worker whose container it is; `None`: that of what visitors reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<WorkerName>,
    /// The version in it.
    pub version: Option<String>,
    /// When it was last started.
    pub started_at: Option<DateTime<Utc>>,
    /// How often the engine started it again.
    pub restarts: u64,
    /// What it uses; `None`: it does not run.
    pub used: Option<Used>,
    /// Bytes of its image, layers that other images share included; `None`: the image is gone.
    pub image_bytes: Option<u64>,
}

/// What a running container uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Used {
    /// Processor time, in percent of one processor; `None`: it was started again just now.
    pub cpu_percent: Option<f64>,
    /// Memory in bytes, without files that could be dropped from it.
    pub memory: u64,
    /// Memory it may use in bytes: its own limit, or all of the host.
    pub memory_limit: Option<u64>,
    /// Bytes received since its start.
    pub received: u64,
    /// Bytes sent since its start.
    pub sent: u64,
    /// Processes and threads.
    pub tasks: Option<u64>,
}
