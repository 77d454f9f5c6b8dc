//! Everything at a glance: apps by environments, and what waits for a person.

use super::{Deployed, Halted, RunLine};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::model::{AppName, EnvironmentName, RunId, Strategy, Target};
use serde::{Deserialize, Serialize};

pub use seatrial_core::fleet::{Health, Need, NeedKind};

/// Every app and environment, as recorded and last looked at. Folders are not looked at for it, so that it is quick
/// with hundreds of apps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FleetView {
    /// The apps, by name.
    pub apps: Vec<FleetApp>,
    /// Runs that are going on, oldest first.
    pub running: Vec<RunLine>,
    /// What waits for a person, most urgent first.
    pub needs: Vec<Need>,
}

/// An app of the fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FleetApp {
    /// Its name.
    pub app: AppName,
    /// Its folder.
    pub folder: String,
    /// "Dockerfile", "Python project"; empty: not looked at yet.
    pub kind: String,
    /// Its environments, in promotion order.
    pub environments: Vec<FleetCell>,
    /// Why nothing can be done with it: its folder is gone, its configuration has errors.
    pub problem: Option<String>,
    /// Whether its commands have to be trusted before anything runs.
    pub untrusted: bool,
}

/// How many of several hosts were how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostsSeen {
    /// All of them.
    pub all: u32,
    /// Those that serve the release that is recorded as live.
    pub current: u32,
    /// Those that could not be looked at.
    pub unreachable: u32,
}

/// An environment of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FleetCell {
    /// The environment.
    pub environment: EnvironmentName,
    /// Where it runs.
    pub target: Target,
    /// Whether it is production.
    pub production: bool,
    /// How traffic is directed.
    pub strategy: Strategy,
    /// Where it answers.
    pub urls: Vec<String>,
    /// What is live, as recorded.
    pub current: Option<Deployed>,
    /// What a rollback goes back to: its version.
    pub previous: Option<String>,
    /// The run that changes it now.
    pub running: Option<RunId>,
    /// Who stopped it, until it is started again.
    pub halted: Option<Halted>,
    /// The last run that is over.
    pub last: Option<RunLine>,
    /// Version of the environment left of it, when it is another release that could be promoted here.
    pub promotable: Option<String>,
    /// How it was when it was last looked at.
    pub health: Health,
    /// How many differences between what is recorded and what was seen there.
    pub drift: u32,
    /// With several hosts: what was seen on how many, when it was last looked at.
    #[serde(default)]
    pub hosts: Option<HostsSeen>,
    /// When it was last looked at; `None`: not since this program started.
    pub seen_at: Option<DateTime<Utc>>,
}
