//! What was seen in an app's folder, as plain data: the engine fills it in, detection reads it.
//!
//! Nothing in here is a judgement. Paths are relative to the root, with `/` between parts on every system.

use crate::model::Digest;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that detection, versioning and planning know about an app's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FolderFacts {
    /// The folder's absolute path, for people.
    pub root: String,
    /// Files found (bounded in depth and number), sorted by path.
    pub files: Vec<FileFact>,
    /// The contents of the small well-known files (`Dockerfile`, `package.json`, …), by relative path.
    pub texts: BTreeMap<String, String>,
    /// The folder's `seatrial.toml`, as bytes: whether it is good text is for the parser to say.
    pub pipeline_file: PipelineFile,
    /// What git says; `None` when the folder is in no work tree or git cannot be asked (see `notes`).
    pub git: Option<GitFacts>,
    /// What could not be seen, and why.
    pub notes: Vec<FolderNote>,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFact {
    /// Its path relative to the root.
    pub path: String,
    /// Its size in bytes; for a symbolic link, 0.
    pub size: u64,
    /// Whether it may be executed by its owner.
    pub executable: bool,
}

/// The pipeline file of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PipelineFile {
    /// There is none, which is fine.
    #[default]
    Absent,
    /// Its bytes, unjudged.
    Content(Vec<u8>),
    /// It is larger than a pipeline file may be.
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The most that is read, in bytes.
        limit: u64,
    },
    /// It is there and cannot be read: a link out of the folder, a folder, or no permission.
    Unreadable {
        /// What the system said.
        reason: String,
    },
}

/// Something that could not be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum FolderNote {
    /// There are more files than were listed.
    ListingCut {
        /// How many were listed.
        listed: usize,
    },
    /// A well-known file is larger than detection reads.
    FileTooLarge {
        /// Its relative path.
        path: String,
        /// Its size in bytes.
        size: u64,
    },
    /// A well-known file is not UTF-8.
    FileNotText {
        /// Its relative path.
        path: String,
    },
    /// A file or folder could not be opened, or leads out of the app's folder.
    Unreadable {
        /// Its relative path.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The git program is not installed.
    GitMissing,
    /// Git refuses the folder because somebody else owns it.
    GitOwnedBySomebodyElse,
    /// Git is there and did not answer as expected.
    GitFailed {
        /// What it said.
        reason: String,
    },
    /// The list of commits since the last tag was cut.
    CommitsCut {
        /// How many are listed.
        listed: usize,
    },
}

/// What git says about a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitFacts {
    /// The commit that is checked out, in full; `None` before the first commit.
    pub commit: Option<String>,
    /// Its first characters, as many as git thinks are needed.
    pub short: Option<String>,
    /// The branch; `None` when a commit is checked out directly.
    pub branch: Option<String>,
    /// Whether tracked files have changes that are in no commit.
    pub dirty: bool,
    /// Digest over size and time of the tracked files with such changes: another one after another edit. `None` when
    /// there are none.
    pub changes: Option<Digest>,
    /// How many files are neither tracked nor ignored.
    pub untracked: u64,
    /// Tags that name a version (`v1.2.3`, `1.2.3`), newest version last.
    pub version_tags: Vec<VersionTag>,
    /// The newest version tag that the checked-out commit contains.
    pub last_tag: Option<VersionTag>,
    /// Commits that are in the checked-out commit and not in `last_tag` (all commits without one), newest first.
    pub commits_since_tag: Vec<CommitFact>,
    /// Where `origin` is fetched from, without user name and password.
    pub remote: Option<String>,
    /// Where the folder is inside its work tree: empty at the top, else `services/web`.
    pub prefix: String,
}

/// A tag that names a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionTag {
    /// Its name.
    pub name: String,
    /// The commit it leads to.
    pub commit: String,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitFact {
    /// Its id, in full.
    pub id: String,
    /// The first line of its message.
    pub subject: String,
    /// The rest of its message (bounded).
    pub body: String,
    /// When its author wrote it.
    pub authored_at: DateTime<Utc>,
}
