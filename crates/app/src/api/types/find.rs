//! Looking for runs in a long history.

use schemars::JsonSchema;
use seatrial_core::model::{AppName, EnvironmentName, RunId};
use seatrial_core::run::RunStatus;
use serde::{Deserialize, Serialize};

/// What a person looks for in the history; what is empty fits every run.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindRuns {
    /// Only this app.
    #[serde(default)]
    pub app: Option<AppName>,
    /// Only environments of this name, of any app.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// Only runs that are like one of these.
    #[serde(default)]
    pub statuses: Vec<RunStatus>,
    /// Only runs of the person with this login name.
    #[serde(default)]
    pub user: Option<String>,
    /// Only runs with this text in app, environment, headline, version, end of the id, or reason; ASCII letters fit
    /// in either case.
    #[serde(default)]
    pub text: Option<String>,
    /// At most so many; `None`: 50.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only what is older than this run, for paging.
    #[serde(default)]
    pub before: Option<RunId>,
}
