//! What is done to an environment's slot without putting another release there: restarting, stopping, starting.

use super::moves::{chain, drain, hold, holding, proxy, start, start_workers, stop, switch, verify};
use super::{Inputs, Observed, PlanError, SlotState};
use crate::model::{Slot, Target};
use crate::pipeline::{Action, Step};
use crate::run::RunKind;
use crate::spec::EnvironmentSpec;

/// What it comes down to.
pub(super) struct Upkeep<'a> {
    environment: &'a EnvironmentSpec,
    observed: &'a Observed,
    pub(super) kind: RunKind,
    /// The slot it is about.
    pub(super) slot: Slot,
    /// Whether it is so already.
    pub(super) settled: bool,
}

impl<'a> Upkeep<'a> {
    /// Decides which slot, and refuses what makes no sense.
    pub(super) fn decide(inputs: &Inputs<'a>) -> Result<Self, PlanError> {
        let environment = inputs.environment.ok_or(PlanError::NoEnvironment)?;
        let name = || environment.name.clone();
        if environment.target == Target::Swarm {
            let target = environment.target.clone();
            return Err(PlanError::TargetUnsupported { environment: name(), target });
        }
        let observed = inputs.observed.ok_or_else(|| PlanError::NotObserved(name()))?;
        let kind = inputs.request.kind;
        let standing = inputs.standing;
        // Hosts of one environment may have the same release in different slots.
        let release = inputs.release.map(|r| r.id);
        let holds = |slot: &Slot| release.is_some() && observed.slots[slot].release == release;
        let held = observed.slots.keys().copied().find(holds);
        let slot = observed.live.or(standing.map(|s| held.unwrap_or(s.slot)));
        let slot = slot.ok_or_else(|| PlanError::NothingThere(name()))?;
        let Some(facts) = observed.slots.get(&slot) else {
            return Err(PlanError::SlotGone { environment: name(), slot });
        };
        let halted = standing.is_some_and(|s| s.halted);
        if halted && kind == RunKind::Restart {
            return Err(PlanError::Halted(name()));
        }
        let runs = |state: SlotState| state == SlotState::Running;
        let all_run = runs(facts.state) && facts.workers.values().all(|worker| runs(worker.state));
        let none_works = !facts.workers.values().any(|worker| runs(worker.state));
        let serves = observed.live == Some(slot) && all_run;
        let settled = match kind {
            RunKind::Stop => {
                halted && observed.live.is_none() && facts.state == SlotState::Stopped && none_works
            }
            RunKind::Start => !halted && serves,
            RunKind::Restart | RunKind::Deploy | RunKind::Rollback => false,
        };
        Ok(Self { environment, observed, kind, slot, settled })
    }

    /// The steps, in order.
    pub(super) fn steps(&self, inputs: &Inputs<'_>) -> Vec<Step> {
        if self.settled {
            return Vec::new();
        }
        let mut steps: Vec<Step> = proxy(self.observed, inputs.ports).into_iter().collect();
        steps.extend(if self.kind == RunKind::Stop { self.end() } else { self.begin() });
        chain(&mut steps, None);
        steps
    }

    /// Visitors first: they get a clear answer before the app goes away under them.
    fn end(&self) -> Vec<Step> {
        let (environment, slot) = (self.environment, self.slot);
        vec![
            switch(None, Action::SwitchTraffic { to: self.observed.live }),
            drain(environment, slot),
            stop(environment, slot),
        ]
    }

    /// A restart holds requests while nothing runs. Who starts something has no visitors to lose.
    fn begin(&self) -> Vec<Step> {
        let (environment, slot) = (self.environment, self.slot);
        let title = format!("Start slot {slot} again");
        let mut begin = start(environment, slot, &title);
        let mut steps = Vec::new();
        let undo = if self.kind == RunKind::Restart {
            steps.extend([hold(environment, slot), stop(environment, slot)]);
            holding(environment)
        } else {
            begin.undo = Some(Action::StopSlot { slot, grace_ms: environment.ship.stop_grace_ms });
            Action::SwitchTraffic { to: self.observed.live }
        };
        steps.extend([begin, verify(environment, slot), switch(Some(slot), undo)]);
        let workers = !self.observed.slots[&slot].workers.is_empty();
        steps.extend(workers.then(|| start_workers(environment, slot)));
        steps
    }
}
