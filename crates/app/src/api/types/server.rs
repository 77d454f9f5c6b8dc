//! Servers over SSH: what they are, who answers, and whether everything is there.

use super::Check;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::model::{Actor, AppName, EnvironmentName, RunId};
use serde::{Deserialize, Serialize};

/// Names a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetRef {
    /// `ssh://[user@]host[:port]`, or the same without `ssh://`.
    pub target: String,
}

/// Accepts the keys a server shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptKeys {
    /// The server.
    pub target: String,
    /// Fingerprints a person has seen; keys with others are refused.
    pub fingerprints: Vec<String>,
}

/// A key of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServerKey {
    /// Its kind: "ED25519".
    pub kind: String,
    /// Its fingerprint: "SHA256:…".
    pub fingerprint: String,
}

/// A server, as far as it can be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetView {
    /// As it stands in `seatrial.toml`.
    pub target: String,
    /// What the SSH configuration makes of it: "deploy@203.0.113.7:22".
    pub login: String,
    /// Hosts that the way leads over.
    pub jump: Option<String>,
    /// Keys it shows; empty when it could not be asked.
    pub keys: Vec<ServerKey>,
    /// Whether a person has accepted them.
    pub known: bool,
    /// What was looked at, in order; after one that failed there may be nothing more.
    pub checks: Vec<Check>,
}

/// Who changes an environment right now, from whatever machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeaseHolder {
    /// The run.
    pub run: RunId,
    /// Who started it.
    pub actor: Actor,
    /// Since when, by that machine's clock.
    pub since: DateTime<Utc>,
    /// What for, in words.
    pub doing: String,
}

/// What a server's journals told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Adoption {
    /// The server.
    pub target: String,
    /// Every environment it has a journal of.
    pub places: Vec<AdoptedPlace>,
}

/// What the journal of an environment told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdoptedPlace {
    /// The app.
    pub app: AppName,
    /// Its environment.
    pub environment: EnvironmentName,
    /// Whether its history is known here now.
    pub state: Adopted,
    /// Runs that were not known here before.
    pub new_runs: u32,
    /// Runs the journal tells of.
    pub runs: u32,
    /// The version that is live by its word.
    pub live: Option<String>,
    /// Who deployed last.
    pub by: Option<Actor>,
    /// When that was.
    pub at: Option<DateTime<Utc>>,
    /// Who changes it right now.
    pub busy: Option<LeaseHolder>,
    /// What a person should know, or do.
    pub note: Option<String>,
}

/// Whether the history of an environment is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Adopted {
    /// It is.
    Known,
    /// The app has not been opened here, or has no such environment.
    Foreign,
    /// Its journal cannot be read.
    Broken,
}
