//! Which version comes next, from tags and commit messages.
//!
//! Commits are read by Conventional Commits 1.0.0: `feat` raises the minor number, everything else the patch
//! number, `!` before the colon or a `BREAKING CHANGE:` footer the major number. While the major number is 0
//! nothing is promised yet: a breaking change raises the minor number, everything else the patch number.
//! A commit without a type counts like a fix, since it changed something.
//!
//! A version is also an image's tag, so nothing here contains a `+`:
//! - the commit of a tag has that tag's version;
//! - commits after it have the next version;
//! - a changed work tree has the version it would get when committed, with `-dirty.` and a digest of the changes,
//!   which by Semantic Versioning sorts before that version;
//! - without git, or before the first commit, it is `0.0.0-` and the time.

mod commit;
mod number;

pub use commit::Change;
pub use number::Number;

use crate::detect::facts::{CommitFact, GitFacts, VersionTag};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of a release and why it is that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionDecision {
    /// The version, without a `v`; usable as an image's tag.
    pub version: String,
    /// Why, in one sentence for people.
    pub reason: String,
}

/// What git and the clock say about a folder, for [`next`].
#[derive(Debug, Clone, Copy)]
pub struct VersionFacts<'f> {
    /// The commit that is checked out; `None` before the first.
    pub commit: Option<&'f str>,
    /// The newest version tag the commit contains.
    pub last_tag: Option<&'f VersionTag>,
    /// The commits since that tag, newest first.
    pub commits: &'f [CommitFact],
    /// A digest of what is changed and in no commit; `None` when nothing is.
    pub changes: Option<&'f str>,
    /// The time now, for folders without commits.
    pub now: DateTime<Utc>,
}

impl<'f> VersionFacts<'f> {
    /// The facts of a folder. `changes` is a digest of its uncommitted changes, used only when git calls it dirty.
    pub fn of(git: Option<&'f GitFacts>, changes: &'f str, now: DateTime<Utc>) -> Self {
        Self {
            commit: git.and_then(|git| git.commit.as_deref()),
            last_tag: git.and_then(|git| git.last_tag.as_ref()),
            commits: git.map_or(&[], |git| git.commits_since_tag.as_slice()),
            changes: git.filter(|git| git.dirty).map(|_| changes),
            now,
        }
    }
}

/// The version for what is in the folder now.
pub fn next(facts: VersionFacts<'_>) -> VersionDecision {
    let Some(commit) = facts.commit else {
        let version = format!("0.0.0-{}", facts.now.format("%Y%m%d-%H%M%S"));
        return VersionDecision { version, reason: "there is no commit, so it is the time".to_owned() };
    };
    let last = facts.last_tag.and_then(|tag| Number::parse(&tag.name).map(|number| (tag, number)));
    let clean = match &last {
        Some((tag, number)) if tag.commit == commit || facts.commits.is_empty() => VersionDecision {
            version: number.to_string(),
            reason: format!("the tag {} is on this commit", tag.name),
        },
        Some((tag, number)) => raised(tag, number, facts.commits),
        None => VersionDecision {
            version: "0.1.0".to_owned(),
            reason: "there is no version tag yet, so it is the first version".to_owned(),
        },
    };
    match facts.changes {
        Some(changes) => dirty(clean, last.as_ref().map(|(_, number)| number), changes),
        None => clean,
    }
}

fn raised(tag: &VersionTag, number: &Number, commits: &[CommitFact]) -> VersionDecision {
    let changes: Vec<Change> = commits.iter().map(|c| Change::of(&c.subject, &c.body)).collect();
    let largest = changes.iter().copied().max().unwrap_or(Change::Fix);
    let deciding = commits.iter().zip(&changes).find(|(_, change)| **change == largest);
    let subject = deciding.map_or("", |(commit, _)| commit.subject.as_str());
    let what = match largest {
        Change::Breaking => "a breaking change",
        Change::Feature => "a feature",
        Change::Fix => "changes",
    };
    VersionDecision {
        version: number.raised(largest).to_string(),
        reason: format!("{what} since {}: \"{}\"", tag.name, clip(subject)),
    }
}

/// Longest part of a commit's subject in a reason, in characters.
const LONGEST_SUBJECT: usize = 72;

fn clip(subject: &str) -> String {
    match subject.char_indices().nth(LONGEST_SUBJECT) {
        Some((at, _)) => format!("{}…", &subject[..at]),
        None => subject.to_owned(),
    }
}

/// Changes in no commit: on a tag, at least a patch after it.
fn dirty(clean: VersionDecision, tagged: Option<&Number>, changes: &str) -> VersionDecision {
    let version = match tagged {
        Some(number) if clean.version == number.to_string() => number.raised(Change::Fix).to_string(),
        _ => clean.version,
    };
    let digest: String = changes
        .strip_prefix("sha256:")
        .unwrap_or(changes)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .collect();
    // A pre-release of its own cannot follow another one's dash.
    let separator = if version.contains('-') { '.' } else { '-' };
    VersionDecision {
        version: format!("{version}{separator}dirty.{digest}"),
        reason: format!("{}; the work tree has changes that are in no commit", clean.reason),
    }
}

#[cfg(test)]
mod tests;
