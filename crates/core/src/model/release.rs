//! What Build made, and who asked.

use super::{AppName, Digest, ReleaseId, RunId};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of thing an artifact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ArtifactKind {
    /// A container image, by image id.
    Image,
    /// An archive of files.
    Archive,
}

/// What Build made, by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// Its kind.
    pub kind: ArtifactKind,
    /// What identifies it; the only thing Ship goes by.
    pub digest: Digest,
    /// A name for people, such as `seatrial/guestbook:1.4.0`.
    pub reference: String,
    /// Size in bytes, when known.
    pub size: Option<u64>,
}

/// An immutable bundle of artifacts with where they came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Release {
    /// Identity.
    pub id: ReleaseId,
    /// The app it is a release of.
    pub app: AppName,
    /// Its version; unique in the app.
    pub version: String,
    /// What Build made.
    pub artifacts: Vec<Artifact>,
    /// The commit it was built from; `None` outside git.
    pub commit: Option<String>,
    /// Whether the work tree had changes that are in no commit.
    pub dirty: bool,
    /// Subjects of the commits since the release before, newest first.
    pub changes: Vec<String>,
    /// Digest of the pipeline's resolved form.
    pub pipeline_revision: Digest,
    /// The run that built it.
    pub built_by: RunId,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// Who asked for something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// Login name.
    pub user: String,
    /// Machine name.
    pub machine: String,
}

/// What caused a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// A person at the terminal.
    Terminal,
    /// A person in the desktop window.
    Window,
    /// A person in the web page.
    WebPage,
}
