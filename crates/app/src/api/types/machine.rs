//! The machine that Seatrial runs on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How something Seatrial needs is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// It works, with a limit worth knowing.
    Warning,
    /// Shipping is not possible like this.
    Failed,
}

/// One thing Seatrial needs on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// What: "Docker engine".
    pub name: String,
    /// How it is.
    pub state: CheckState,
    /// What was seen.
    pub detail: String,
    /// What to do.
    pub fix: Option<String>,
}

/// The state of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MachineView {
    /// The checks.
    pub checks: Vec<Check>,
    /// Where all data is.
    pub home: String,
    /// This program's version.
    pub version: String,
}

/// Chooses the ports of the proxy.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProxyPorts {
    /// For HTTP.
    pub http: u16,
    /// For HTTPS.
    pub https: u16,
}
