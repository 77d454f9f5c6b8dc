//! The way into an environment, for a person with a terminal.

use schemars::JsonSchema;
use seatrial_core::model::{AppName, EnvironmentName, Slot, Target, WorkerName};
use serde::{Deserialize, Serialize};

/// Asks for the way into an environment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntranceParams {
    /// The app.
    pub app: AppName,
    /// The environment; `None`: the first one.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// With several servers, which one.
    #[serde(default)]
    pub server: Option<String>,
    /// The slot whose container is entered; `None`: the one that is live.
    #[serde(default)]
    pub slot: Option<Slot>,
    /// One of the version's workers; `None`: what visitors reach.
    #[serde(default)]
    pub worker: Option<WorkerName>,
    /// To the server itself instead of a container on it.
    #[serde(default)]
    pub host: bool,
    /// A command and its arguments; empty: a shell.
    #[serde(default)]
    pub command: Vec<String>,
    /// Whether a person is at a terminal, which the command then gets.
    #[serde(default)]
    pub terminal: bool,
}

/// The way into an environment: a command line of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Entrance {
    /// The app.
    pub app: AppName,
    /// The environment.
    pub environment: EnvironmentName,
    /// Its target.
    pub target: Target,
    /// The slot that is entered; `None`: it is the server.
    pub slot: Option<Slot>,
    /// The container that is entered.
    pub container: Option<String>,
    /// The program and its arguments.
    pub words: Vec<String>,
    /// The same as one line for a shell.
    pub line: String,
}
