//! What an environment's app writes while it runs.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::model::{AppName, EnvironmentName, Slot, WorkerName};
use serde::{Deserialize, Serialize};

/// Asks for what an app writes. Whoever follows asks again and again, with `feed`, `from` and `seen` of the page before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputParams {
    /// The app.
    pub app: AppName,
    /// The environment; `None`: the first one.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// With several servers, which one.
    #[serde(default)]
    pub server: Option<String>,
    /// The slot; `None`: always the one that visitors get.
    #[serde(default)]
    pub slot: Option<Slot>,
    /// One of the version's workers; `None`: what visitors reach.
    #[serde(default)]
    pub worker: Option<WorkerName>,
    /// At most so many of the lines that are there already; `None`: 500, or all since `since`.
    #[serde(default)]
    pub tail: Option<u32>,
    /// Only what was written since then.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    /// Whether new lines are waited for, from here on and over restarts.
    #[serde(default)]
    pub follow: bool,
    /// What is followed, as the page before named it.
    #[serde(default)]
    pub feed: Option<u64>,
    /// First line, from 0.
    #[serde(default)]
    pub from: u64,
    /// The revision of the page before: it is waited for another one.
    #[serde(default)]
    pub seen: Option<u64>,
    /// Longest wait for something new, in milliseconds.
    #[serde(default)]
    pub wait_ms: u64,
}

/// How reading an app's output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutputState {
    /// The target is being reached.
    Connecting,
    /// The app runs: lines come as they are written.
    Running,
    /// The slot's container does not run.
    Stopped,
    /// There is no container.
    Nothing,
    /// It cannot be looked at just now, and is tried again.
    Lost,
}

/// A line that an app wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutputLine {
    /// Its number, from 0, in what is followed.
    pub line: u64,
    /// The server that wrote it, where several are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The slot that wrote it.
    pub slot: Slot,
    /// When the engine got it.
    pub at: DateTime<Utc>,
    /// `out` or `err`.
    pub stream: String,
    /// The text; may contain SGR sequences, no other control characters. Secrets are masked.
    pub text: String,
}

/// Some of what an app wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutputPage {
    /// The environment.
    pub environment: EnvironmentName,
    /// The slot that is read now; `None` where several servers read different ones.
    pub slot: Option<Slot>,
    /// How reading is; of several servers, that of the one that needs most attention.
    pub state: OutputState,
    /// Why it was lost.
    pub message: Option<String>,
    /// The lines.
    pub lines: Vec<OutputLine>,
    /// Names what is followed. Another one counts its lines anew.
    pub feed: u64,
    /// The oldest line that is still kept.
    pub first: u64,
    /// Where to go on.
    pub next: u64,
    /// How many lines there were so far.
    pub total: u64,
    /// Grows with every change.
    pub revision: u64,
}
