//! The plan itself.

use super::WorkTree;
use crate::model::{AppName, Digest, EnvironmentName, OnFailure, Phase, Slot, SshHost, Strategy, Target};
use crate::pipeline::{Action, Step};
use crate::run::RunRequest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands in a slot, before or after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlotView {
    /// The slot.
    pub slot: Slot,
    /// Version in it; `None`: to be decided by this run's Build, or unknown.
    pub version: Option<String>,
    /// "live", "stopped, kept for rollback", "running, kept warm".
    pub role: String,
}

/// How traffic moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrafficMove {
    /// By which strategy.
    pub strategy: Strategy,
    /// The slot that answers now.
    pub from: Option<Slot>,
    /// The slot that answers afterwards.
    pub to: Slot,
    /// Whether requests are held while no version runs ("stop first"), and why.
    pub held: Option<String>,
}

/// What happens on one of several hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostMove {
    /// The host.
    pub host: SshHost,
    /// With which batch it is switched, from 1; `None`: nothing is to be done there.
    pub batch: Option<u32>,
    /// The slot that answers now.
    pub live: Option<Slot>,
    /// What is there.
    pub before: Vec<SlotView>,
    /// What will be.
    pub after: Vec<SlotView>,
}

impl HostMove {
    /// The version that answers now, as far as it is known.
    pub fn live_version(&self) -> Option<&str> {
        self.before.iter().find(|view| Some(view.slot) == self.live)?.version.as_deref()
    }
}

/// How several hosts are taken along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostsMove {
    /// What happens to hosts that were switched when a later one fails.
    pub on_failure: OnFailure,
    /// The hosts, in the order of the file.
    pub hosts: Vec<HostMove>,
}

/// What a person reads before saying yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanSummary {
    /// One sentence: "Ship guestbook 1.4.0 to prod (docker), blue-green".
    pub headline: String,
    /// What is there.
    pub before: Vec<SlotView>,
    /// What will be.
    pub after: Vec<SlotView>,
    /// How traffic moves; `None`: it does not.
    pub traffic: Option<TrafficMove>,
    /// Checks that decide, in order.
    pub checks: Vec<String>,
    /// The way back, in one sentence.
    pub way_back: String,
    /// Things a person should know: stop-first, first-time proxy set-up, risky options, a dirty work tree.
    pub notices: Vec<String>,
    /// Where the app answers afterwards.
    pub urls: Vec<String>,
    /// With several hosts, what is and what will be on each; `before` and `after` are empty then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<HostsMove>,
}

/// Exactly what will be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Digest of everything that decides the steps. The same fingerprint means the same plan.
    pub fingerprint: Digest,
    /// What was asked for.
    pub request: RunRequest,
    /// The app.
    pub app: AppName,
    /// The environment, when Ship or Evaluate are part of it.
    pub environment: Option<EnvironmentName>,
    /// Where it runs.
    pub target: Option<Target>,
    /// Whether the environment is production.
    pub production: bool,
    /// The version that is shipped or evaluated, when it is known beforehand.
    #[serde(default)]
    pub version: Option<String>,
    /// The steps, in an order that respects `needs`. Empty: nothing to do.
    pub steps: Vec<Step>,
    /// The same for people.
    pub summary: PlanSummary,
    /// Digest of the resolved configuration.
    pub pipeline_revision: Digest,
    /// The work tree it was made for.
    #[serde(default)]
    pub work_tree: WorkTree,
}

impl Plan {
    /// Whether it ships nothing and only takes note of what was made live by hand.
    pub fn takes_as_it_is(&self) -> bool {
        let mut ship = self.steps.iter().filter(|step| step.phase == Phase::Ship).peekable();
        let leads = |step: &Step| matches!(step.action, Action::SwitchTraffic { to: Some(_) });
        ship.peek().is_some() && self.summary.traffic.is_none() && ship.all(leads)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
