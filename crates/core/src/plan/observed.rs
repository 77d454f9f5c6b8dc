//! What was seen on a target, as plain data.

use crate::model::{Digest, ReleaseId, Slot, WorkerName};
use crate::pipeline::Acme;
use crate::spec::EnvironmentSpec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The Docker engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EngineFacts {
    /// Its version.
    pub version: String,
    /// Architecture as Docker names it: `x86_64`, `aarch64`.
    pub architecture: String,
    /// Free bytes where images are kept, when that can be seen.
    pub disk_free: Option<u64>,
}

/// The proxy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProxyFacts {
    /// Whether it runs and answers.
    pub running: bool,
    /// Port for HTTP on the target.
    pub http_port: u16,
    /// Port for HTTPS on the target.
    pub https_port: u16,
    /// Domains of this environment that it leads to its slots.
    pub domains: Vec<String>,
    /// Whether HTTPS is served for them.
    pub https: bool,
    /// The authority that certificates come from, when it is another than the usual ones.
    pub acme: Option<Acme>,
    /// Domains that lead to another app or environment, with its stem.
    pub foreign_domains: BTreeMap<String, String>,
}

impl ProxyFacts {
    /// Whether it leads an environment's names to it as declared.
    pub fn leads_as(&self, environment: &EnvironmentSpec) -> bool {
        self.domains == environment.domains
            && self.https == environment.https
            && (self.acme == environment.acme || !environment.https)
    }
}

/// How a slot's container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SlotState {
    /// Its process runs.
    Running,
    /// It is kept, stopped.
    Stopped,
    /// It was created and never started, or is restarting, paused or dead.
    Other,
}

/// How a worker of a slot is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkerFacts {
    /// How its container is.
    pub state: SlotState,
    /// Digest of the shape it was created with.
    pub shape: Option<String>,
}

/// What is in a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlotFacts {
    /// How its container is.
    pub state: SlotState,
    /// The container's id.
    pub container: String,
    /// Its image.
    pub image: Digest,
    /// The release its label names.
    pub release: Option<ReleaseId>,
    /// Version its label names.
    pub version: Option<String>,
    /// Digest of the shape it was created with.
    pub shape: Option<String>,
    /// Its workers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub workers: BTreeMap<WorkerName, WorkerFacts>,
}

/// Who uses a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PortUse {
    /// The port.
    pub port: u16,
    /// Who: "container `web`" or "process `nginx` (812)".
    pub by: String,
}

/// What was seen on a target for one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observed {
    /// The engine.
    pub engine: EngineFacts,
    /// The proxy; `None`: not installed.
    pub proxy: Option<ProxyFacts>,
    /// What is in the slots; empty ones are left out.
    pub slots: BTreeMap<Slot, SlotFacts>,
    /// The slot the proxy directs traffic to, as read back.
    pub live: Option<Slot>,
    /// Ports we would need that something else uses.
    pub ports_taken: Vec<PortUse>,
    /// Images that are present, whosever they are.
    pub images: Vec<Digest>,
}
