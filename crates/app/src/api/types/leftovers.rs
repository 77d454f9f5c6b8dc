//! What an environment's target holds that nothing needs any more.

use schemars::JsonSchema;
use seatrial_core::model::{AppName, Digest, EnvironmentName, Target};
use serde::{Deserialize, Serialize};

/// What kind of thing is left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LeftoverKind {
    /// A stopped container that no rollback goes back to.
    Container,
    /// A name that an image had for the time of a transfer.
    Name,
    /// An image of a release.
    Image,
}

/// Something that nothing needs any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftoverLine {
    /// What kind of thing it is.
    pub kind: LeftoverKind,
    /// What it is called; an image without a name: its digest.
    pub name: String,
    /// Versions in it.
    pub versions: Vec<String>,
    /// Its size in bytes, layers that other images share included; `None`: it takes no room of its own worth counting.
    pub size: Option<u64>,
}

/// What may go from an environment's target. Changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Leftovers {
    /// The app.
    pub app: AppName,
    /// The environment.
    pub environment: EnvironmentName,
    /// Its target.
    pub target: Target,
    /// How many of the newest releases' images stay.
    pub keep: u32,
    /// What may go, in the order in which it goes.
    pub items: Vec<LeftoverLine>,
    /// Digest of exactly this list, for removing it.
    pub digest: Digest,
}

/// Removes what was shown.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PruneParams {
    /// The app.
    pub app: AppName,
    /// The environment; `None`: the first one.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// Digest of exactly the list that was shown.
    pub digest: Digest,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pruned {
    /// The environment.
    pub environment: EnvironmentName,
    /// What was removed.
    pub removed: Vec<LeftoverLine>,
    /// What stayed, because something has found a use for it meanwhile.
    pub stayed: Vec<LeftoverLine>,
}
