//! Servers over SSH: what they are, who answers, and whether everything is there.

use super::Check;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::model::{Actor, AppName, Digest, EnvironmentName, RunId};
use serde::{Deserialize, Serialize};

/// Names a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetRef {
    /// `ssh://[user@]host[:port]`, or the same without `ssh://`.
    pub target: String,
}

/// A server to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetLine {
    /// As it stands in `seatrial.toml`.
    pub target: String,
    /// What the SSH configuration makes of it: "deploy@203.0.113.7:22"; `None`: ssh could not say in time.
    pub login: Option<String>,
    /// Since when it is remembered here; `None`: it is only an entry of the SSH configuration.
    pub added: Option<DateTime<Utc>>,
}

/// Accepts keys a server shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptKeys {
    /// The server.
    pub target: String,
    /// Fingerprints a person has seen and compared. The server has to show each of them; only these are accepted.
    pub fingerprints: Vec<String>,
}

/// Remembers a server, accepting keys of it if that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddTarget {
    /// The server.
    pub target: String,
    /// Fingerprints a person has seen and compared, where its keys are not known yet.
    #[serde(default)]
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
    /// Whether the login works.
    pub reached: bool,
    /// Whether something is missing there that `target.preparation` knows commands for, or a reason against them.
    pub preparable: bool,
    /// Since when it is remembered here.
    pub added: Option<DateTime<Utc>>,
    /// What was looked at, in order; after one that failed there may be nothing more.
    pub checks: Vec<Check>,
}

/// A command that prepares a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PreparationStep {
    /// The command, exactly as the server's shell gets it.
    pub line: String,
    /// Why it is needed.
    pub why: String,
}

/// What has to be done on a server before anything can be shipped to it. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Preparation {
    /// The server.
    pub target: String,
    /// Its operating system, as it calls itself.
    pub system: String,
    /// The commands, in order. None and no obstacle: nothing has to be done.
    pub commands: Vec<PreparationStep>,
    /// Digest of exactly these commands, for carrying them out.
    pub digest: Digest,
    /// Why Seatrial cannot do it; the commands are for a person who is root there then.
    pub obstacle: Option<String>,
    /// What to do about that.
    pub hint: Option<String>,
    /// Whether it is being prepared right now, by whomever: `target.progress` follows it.
    pub underway: bool,
}

/// Prepares a server by the commands that were shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrepareParams {
    /// The server.
    pub target: String,
    /// Digest of exactly the commands that were shown.
    pub digest: Digest,
}

/// Asks how far the preparation of a server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrepareCursor {
    /// The server.
    pub target: String,
    /// Where the answer before stopped; 0: from the beginning.
    #[serde(default)]
    pub after: u64,
}

/// How the commands on a server are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PrepareState {
    /// They are under way.
    Running,
    /// All of them are done. Whether everything is there now, `target.check` tells.
    Done,
    /// One failed; those after it were not begun.
    Failed,
    /// They were ended before their end, by a reboot for example.
    Interrupted,
}

/// How far the preparation of a server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PrepareProgress {
    /// The server.
    pub target: String,
    /// How the commands are.
    pub state: PrepareState,
    /// The command that is under way or was last, from 1; 0: none was begun.
    pub number: u32,
    /// All commands.
    pub commands: Vec<String>,
    /// The exit status of the one that failed.
    pub status: Option<i32>,
    /// What they said since the answer before.
    pub log: String,
    /// Where this answer stops.
    pub next: u64,
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
