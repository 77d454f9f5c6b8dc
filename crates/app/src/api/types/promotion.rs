//! A release that goes from one environment to another, as it is.

use super::{Deployed, NamedChange, ReleaseComparison, ReleaseLine};
use schemars::JsonSchema;
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::{AppName, EnvironmentName};
use seatrial_core::plan::Plan;
use serde::{Deserialize, Serialize};

/// Asks what promoting a release would change.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionParams {
    /// The app.
    pub app: AppName,
    /// The environment it goes to.
    pub to: EnvironmentName,
    /// The environment it comes from; `None`: the one before in promotion order.
    #[serde(default)]
    pub from: Option<EnvironmentName>,
    /// The release, by version or id prefix; `None`: what is live in `from`.
    #[serde(default)]
    pub release: Option<String>,
    /// Of several hosts those that are left out, by name or whole target.
    #[serde(default)]
    pub without: Vec<String>,
}

/// What promoting a release changes in an environment, and the plan that does it. Nothing is built: the image is the
/// one that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Promotion {
    /// The app.
    pub app: AppName,
    /// The environment it comes from.
    pub from: EnvironmentName,
    /// The environment it goes to.
    pub to: EnvironmentName,
    /// The release.
    pub release: ReleaseLine,
    /// The last verdict on it in `from`.
    pub verdict: Option<Verdict>,
    /// What is live in `to`; `None`: nothing.
    pub replaces: Option<Deployed>,
    /// What is different from that, with the configuration it was started with there against the one declared there
    /// now; `None`: nothing is live there.
    pub comparison: Option<ReleaseComparison>,
    /// Configuration that is not the same in both environments: `before` is the value in `from`, `after` the one in
    /// `to`. Secrets only by name.
    pub configuration: Vec<NamedChange>,
    /// Target, strategy, domains, ports, volumes and the like that are not the same in both.
    pub infrastructure: Vec<NamedChange>,
    /// The plan that ships it.
    pub plan: Plan,
}
