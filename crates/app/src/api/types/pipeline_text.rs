//! The pipeline as text and as a graph, always in step; and configurations of other tools.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::model::{AppName, Digest};
use seatrial_core::spec::Problem;
use serde::{Deserialize, Serialize};

pub use seatrial_core::plan::{PipelineEnvironment, PipelineStep};

/// Asks for a pipeline.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineParams {
    /// The app.
    pub app: AppName,
    /// Text to read in place of the file, which stays as it is; `None`: the file.
    #[serde(default)]
    pub text: Option<String>,
}

/// A pipeline as text and as a graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PipelineView {
    /// The text: what was given, or the file's, or when there is no file the text that would say the same.
    pub text: String,
    /// Digest of the file in the folder; `None`: there is none. Saving needs it.
    pub saved: Option<Digest>,
    /// What is wrong with the text.
    pub problems: Vec<Problem>,
    /// Steps that always come or were declared; empty with errors.
    pub steps: Vec<PipelineStep>,
    /// The environments, in promotion order; empty with errors.
    pub environments: Vec<PipelineEnvironment>,
}

/// Saves a pipeline's text.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavePipeline {
    /// The app.
    pub app: AppName,
    /// The text. One with errors is refused.
    pub text: String,
    /// Digest of the file that was read (see `saved`); another one in the folder by now is a conflict.
    #[serde(default)]
    pub over: Option<Digest>,
}

/// Asks what a folder's configuration for another tool says.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportParams {
    /// The folder.
    pub folder: String,
}

/// What a configuration for another tool would become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportView {
    /// The tool: "Compose", "Kamal"; `None`: none was found.
    pub tool: Option<String>,
    /// The file that was read.
    pub file: Option<String>,
    /// What was taken over, in words.
    pub taken: Vec<String>,
    /// What could not be taken over, with what to do about it.
    pub left: Vec<String>,
    /// Text for `seatrial.toml`.
    pub text: Option<String>,
}

/// An answer to "assess your needs".
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Who are you? `alone`, `team`, `organisation`.
    #[serde(default)]
    pub who: Option<String>,
    /// What does the app mean to you? `hobby`, `useful`, `business`, `critical`.
    #[serde(default)]
    pub meaning: Option<String>,
    /// What is practical? `this-machine`, `one-server`, `several-servers`.
    #[serde(default)]
    pub practical: Option<String>,
}

/// Settings of this home, and what is kept for safety.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettingsView {
    /// Answers to "assess your needs".
    pub needs: Needs,
    /// Whether the desktop tells when a run ends or needs a person.
    pub notify: bool,
    /// Where all data is.
    pub home: String,
    /// This program's version.
    pub version: String,
    /// Where the key of secrets is, in words.
    pub key: String,
    /// Bytes of history and logs.
    pub history_bytes: u64,
    /// Copies of the history, newest first.
    pub backups: Vec<BackupLine>,
}

/// A copy of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BackupLine {
    /// Its file's name.
    pub name: String,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Its size.
    pub bytes: u64,
}

/// Changes settings; what is `None` stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSettings {
    /// Answers to "assess your needs".
    #[serde(default)]
    pub needs: Option<Needs>,
    /// Whether the desktop tells when a run ends or needs a person.
    #[serde(default)]
    pub notify: Option<bool>,
}

/// Names a copy of the history.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupRef {
    /// Its file's name.
    pub name: String,
}
