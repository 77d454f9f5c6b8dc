//! A release with everything that is known about it, and two releases beside each other.

use super::{NamedChange, ReleaseLine, RunLine};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::evaluate::{DecidedBy, Finding, Verdict};
use seatrial_core::model::{AppName, Digest, EnvironmentName, RunId};
use seatrial_core::run::{ProbeTotals, RunKind, RunStatus};
use serde::{Deserialize, Serialize};

pub use seatrial_core::compare::{Commit, FileChange};

/// Names a release.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRef {
    /// The app.
    pub app: AppName,
    /// Its version, or the beginning of its id.
    pub release: String,
}

/// A release with everything that is known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Passport {
    /// The release.
    pub release: ReleaseLine,
    /// Name of its image for people.
    pub reference: Option<String>,
    /// Size of its image in bytes.
    pub size: Option<u64>,
    /// Digest of the pipeline that built it.
    pub pipeline: Digest,
    /// The release before, by version.
    pub before: Option<String>,
    /// Commits since the release before, newest first; without git, or when git no longer has them, the subjects
    /// recorded when it was built.
    pub commits: Vec<Commit>,
    /// The run that built it; `None`: its history is gone.
    pub built_by: Option<RunLine>,
    /// Every time it was put somewhere, newest first.
    pub deployments: Vec<PastDeployment>,
    /// Evidence about it: of the run that built it and of its deployments, newest first.
    pub evidence: Vec<Evidence>,
    /// Decisions about it, newest first.
    pub decisions: Vec<Decision>,
}

/// A time a release was put into an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PastDeployment {
    /// The environment.
    pub environment: EnvironmentName,
    /// The run.
    pub run: RunId,
    /// What it was for.
    pub kind: RunKind,
    /// How the run is.
    pub status: RunStatus,
    /// The version it put there.
    pub version: Option<String>,
    /// When it began to change something.
    pub at: DateTime<Utc>,
    /// When visitors got it; `None`: they never did, or it was taken back.
    pub live_at: Option<DateTime<Utc>>,
    /// When another one took its place; `None`: it is there, or never was.
    pub until: Option<DateTime<Utc>>,
    /// Requests through the public path meanwhile.
    pub proof: Option<ProbeTotals>,
    /// The last verdict.
    pub verdict: Option<Verdict>,
    /// Why it did not end as asked.
    pub reason: Option<String>,
}

/// A finding with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The run.
    pub run: RunId,
    /// The environment.
    pub environment: Option<EnvironmentName>,
    /// When the run ended, or began while it goes on.
    pub at: DateTime<Utc>,
    /// The finding.
    pub finding: Finding,
}

/// A decision about a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// The run it is about.
    pub run: RunId,
    /// The environment.
    pub environment: Option<EnvironmentName>,
    /// When.
    pub at: DateTime<Utc>,
    /// The verdict.
    pub verdict: Verdict,
    /// Who decided.
    pub by: DecidedBy,
    /// What decided.
    pub reasons: Vec<String>,
    /// A person's note.
    pub note: Option<String>,
}

/// Compares two releases.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompareReleases {
    /// The app.
    pub app: AppName,
    /// The one that was: its version, or the beginning of its id.
    pub from: String,
    /// The one that will be.
    pub to: String,
}

/// What is different between two releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseComparison {
    /// The one that was.
    pub from: ReleaseLine,
    /// The one that will be.
    pub to: ReleaseLine,
    /// Whether both are the same image, byte for byte.
    pub same_image: bool,
    /// Size of the image that was, in bytes.
    pub from_size: Option<u64>,
    /// Size of the image that will be.
    pub to_size: Option<u64>,
    /// Commits that come, newest first; `None`: git cannot tell.
    pub commits: Option<Vec<Commit>>,
    /// Commits that go, newest first: not empty when going back or between branches.
    pub lost: Vec<Commit>,
    /// Files that differ, by git; `None`: git cannot tell.
    pub files: Option<Vec<FileChange>>,
    /// Packages of lock files and lists that differ: "npm express 4.18 → 4.19"; `None`: git cannot tell.
    pub packages: Option<Vec<NamedChange>>,
    /// Configuration of the environment each was last put into: keys that differ. Secrets only by name.
    pub configuration: Vec<NamedChange>,
    /// Change of the pipeline file, as a unified diff; `None`: none, or git cannot tell.
    pub pipeline: Option<String>,
}
