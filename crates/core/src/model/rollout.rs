//! How a release reaches several hosts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many hosts are switched at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Batch {
    /// So many.
    Hosts(u32),
    /// A share of them, in parts per million.
    Ppm(u32),
}

impl Batch {
    /// How many of `hosts` are switched at a time: one at least.
    pub fn of(self, hosts: usize) -> usize {
        let wanted = match self {
            Self::Hosts(wanted) => usize::try_from(wanted).unwrap_or(usize::MAX),
            Self::Ppm(share) => hosts * usize::try_from(share).unwrap_or(usize::MAX) / 1_000_000,
        };
        wanted.max(1)
    }
}

/// What happens to hosts that were switched when a later one fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// They go back, the last one first.
    #[default]
    Revert,
    /// Everything stays as it is until a person decides.
    Hold,
}

/// How a release reaches several hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rollout {
    /// How many hosts are switched at a time.
    pub batch: Batch,
    /// What happens to those that were switched when a later one fails.
    pub on_failure: OnFailure,
}

impl Default for Rollout {
    fn default() -> Self {
        Self { batch: Batch::Hosts(1), on_failure: OnFailure::Revert }
    }
}

impl Rollout {
    /// Whether it is what happens when nothing is said.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_at_least_one_host_and_a_share_is_rounded_down() {
        let cases = [
            (Batch::Hosts(1), 3, 1),
            (Batch::Hosts(2), 3, 2),
            (Batch::Hosts(0), 3, 1),
            (Batch::Ppm(250_000), 3, 1),
            (Batch::Ppm(500_000), 5, 2),
            (Batch::Ppm(1_000_000), 5, 5),
        ];
        for (batch, hosts, at_a_time) in cases {
            assert_eq!(batch.of(hosts), at_a_time, "{batch:?} of {hosts}");
        }
    }
}
