//! Parameters and answers of the commands. Field names are part of the stable `--json` output.

mod entrance;
mod find;
mod fleet;
mod inbox;
mod leftovers;
mod machine;
mod output;
mod passport;
mod pipeline_text;
mod place;
mod promotion;
mod run;
mod server;
mod timeline;
mod usage;
mod values;

pub use entrance::*;
pub use find::*;
pub use fleet::*;
pub use inbox::*;
pub use leftovers::*;
pub use machine::*;
pub use output::*;
pub use passport::*;
pub use pipeline_text::*;
pub use place::*;
pub use promotion::*;
pub use run::*;
pub use server::*;
pub use timeline::*;
pub use usage::*;
pub use values::*;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::{
    Actor, AppName, Digest, EnvironmentName, ReleaseId, RunId, Slot, Strategy, Target,
};
use seatrial_core::run::ProbeTotals;
use seatrial_core::spec::{Origin, Problem};
use serde::{Deserialize, Serialize};

/// No parameters.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Names an app by its name, or by a folder (which makes it known).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppRef {
    /// The app's name.
    #[serde(default)]
    pub app: Option<AppName>,
    /// The app's folder, absolute.
    #[serde(default)]
    pub folder: Option<String>,
}

/// What is deployed somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deployed {
    /// The release.
    pub release: ReleaseId,
    /// Its version.
    pub version: String,
    /// The image, by digest.
    pub image: Option<Digest>,
    /// Commit it was built from.
    pub commit: Option<String>,
    /// Whether it was built with changes that are in no commit.
    pub dirty: bool,
    /// The run that put it there.
    pub run: RunId,
    /// The slot it is in.
    pub slot: Slot,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Requests through the public path while it was put there.
    pub proof: Option<ProbeTotals>,
    /// The last verdict on it.
    pub verdict: Option<Verdict>,
}

/// An environment with what is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentView {
    /// Its name.
    pub name: EnvironmentName,
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
    /// What was live before; what a rollback goes back to.
    pub previous: Option<Deployed>,
    /// The run that changes it now.
    pub running: Option<RunId>,
    /// Who stopped it, until it is started again.
    pub halted: Option<Halted>,
    /// With several hosts, what each serves; empty until somebody looks there.
    #[serde(default)]
    pub hosts: Vec<HostState>,
}

/// Who stopped an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Halted {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// The run that did it.
    pub run: RunId,
}

/// Whether what the repository defines may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrustView {
    /// Whether exactly this content was trusted.
    pub granted: bool,
    /// Digest of the content.
    pub digest: Digest,
    /// Files the digest covers, relative to the folder.
    pub files: Vec<String>,
    /// Commands that would run, in order: what a person says yes to.
    pub commands: Vec<String>,
    /// Whether other content of this folder was trusted before.
    pub changed: bool,
    /// What changed since the content trusted before, as a unified diff.
    pub diff: Option<String>,
}

/// What was recognised in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DetectionView {
    /// "Dockerfile", "Python project".
    pub kind: String,
    /// What it was recognised by.
    pub evidence: Vec<String>,
    /// Things worth knowing.
    pub notes: Vec<String>,
    /// Services found in a compose file.
    pub compose_services: Vec<String>,
    /// Content of the Dockerfile that would be used, when none is in the folder.
    pub generated_dockerfile: Option<String>,
}

/// An app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppView {
    /// Its name.
    pub app: AppName,
    /// Its folder.
    pub folder: String,
    /// The configuration file's name, when there is one.
    pub file: Option<String>,
    /// What was recognised in the folder.
    pub detection: DetectionView,
    /// Its environments, in promotion order.
    pub environments: Vec<EnvironmentView>,
    /// Whether what it defines may run.
    pub trust: Option<TrustView>,
    /// Errors and warnings in its configuration; with errors there are no environments.
    pub problems: Vec<Problem>,
    /// Commit of the work tree.
    pub commit: Option<String>,
    /// Whether the work tree has changes that are in no commit.
    pub dirty: bool,
}

/// One value of the resolved configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedValue {
    /// Dotted path.
    pub path: String,
    /// The value as text.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// A release in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseLine {
    /// Identity.
    pub release: ReleaseId,
    /// The version.
    pub version: String,
    /// The image, by digest.
    pub image: Option<Digest>,
    /// Commit it was built from.
    pub commit: Option<String>,
    /// Whether it was built with changes that are in no commit.
    pub dirty: bool,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// Environments it is live in.
    pub live_in: Vec<EnvironmentName>,
}

/// Trusts content.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustParams {
    /// The app.
    pub app: AppName,
    /// Digest of exactly the content that was shown.
    pub digest: Digest,
}

/// Names an environment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentRef {
    /// The app.
    pub app: AppName,
    /// The environment; `None`: the first one.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
}

/// Asks for a proposal, or writes it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InitParams {
    /// The folder.
    pub folder: String,
    /// Write `seatrial.toml`.
    #[serde(default)]
    pub write_file: bool,
    /// Write the generated Dockerfile.
    #[serde(default)]
    pub write_dockerfile: bool,
}

/// What `init` proposes, and what it wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InitView {
    /// The app as it would be.
    pub app: AppView,
    /// Content for `seatrial.toml`; `None`: there is one.
    pub file_text: Option<String>,
    /// Files that were written.
    pub written: Vec<String>,
}

/// Creates the sample app.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SampleParams {
    /// A folder that does not exist yet or is empty; `None`: one in Seatrial's home.
    #[serde(default)]
    pub folder: Option<String>,
}

/// Asks what changed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangesParams {
    /// The cursor of the answer before; `None`: only the present cursor is wanted.
    #[serde(default)]
    pub cursor: Option<u64>,
    /// Longest wait for a change, in milliseconds; at most 30,000.
    #[serde(default)]
    pub wait_ms: u64,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// For the next question.
    pub cursor: u64,
    /// Runs with new events.
    pub runs: Vec<RunId>,
    /// What else changed: `apps`, `env-values`, `secrets`, `trust`, `settings`, `leases`.
    #[serde(default)]
    pub topics: Vec<String>,
}
