//! How traffic is directed to a new release.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A way of directing traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Stop the old, then start the new; the proxy holds requests meanwhile.
    Live,
    /// Move an address or a DNS record to the new host.
    IpDnsSwap,
    /// Replica by replica, in batches.
    Rolling,
    /// A whole new slot beside the old one, switched at once.
    BlueGreen,
    /// A growing share of visitors, judged at every step.
    Canary,
    /// A fixed split of visitors, for the length of an experiment.
    AbTest,
    /// The code is already there; a flag turns it on.
    FeatureFlag,
}

impl Strategy {
    /// All seven.
    pub const ALL: [Self; 7] = [
        Self::Live,
        Self::IpDnsSwap,
        Self::Rolling,
        Self::BlueGreen,
        Self::Canary,
        Self::AbTest,
        Self::FeatureFlag,
    ];

    /// The strategy as it is written in `seatrial.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::IpDnsSwap => "ip-dns-swap",
            Self::Rolling => "rolling",
            Self::BlueGreen => "blue-green",
            Self::Canary => "canary",
            Self::AbTest => "ab-test",
            Self::FeatureFlag => "feature-flag",
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
