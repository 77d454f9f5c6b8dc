//! What is different between two things of the same kind: runs, releases, environments, lists of packages, and what is
//! recorded against what was seen.

mod commits;
mod drift;
mod environments;
mod packages;
mod plans;
mod runs;

pub use commits::{Commit, FileChange};
pub use drift::{Answering, Difference, Recorded, drift};
pub use environments::{EnvironmentChanges, environments};
pub use packages::{LOCK_FILES, LockFile, packages};
pub use plans::{configuration, plans, shape};
pub use runs::{StepComparison, steps};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Something that is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedChange {
    /// What: "LOG_LEVEL", "commit", "strategy".
    pub name: String,
    /// How it was; `None`: it was not there.
    pub before: Option<String>,
    /// How it is; `None`: it is gone.
    pub after: Option<String>,
}

/// Entries that are not the same in both, by name.
pub(crate) fn entries(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<NamedChange> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |name: &String| NamedChange {
        name: name.clone(),
        before: before.get(name).cloned(),
        after: after.get(name).cloned(),
    };
    names.into_iter().map(change).filter(|change| change.before != change.after).collect()
}

/// A folder with a Dockerfile and nothing else.
#[cfg(test)]
fn folder() -> crate::detect::facts::FolderFacts {
    let text = "FROM scratch\nEXPOSE 80\n".to_owned();
    crate::detect::facts::FolderFacts {
        root: "/srv/shop".into(),
        files: Vec::new(),
        texts: std::collections::BTreeMap::from([("Dockerfile".to_owned(), text)]),
        pipeline_file: crate::detect::facts::PipelineFile::Absent,
        git: None,
        notes: Vec::new(),
    }
}
