//! Plans are values: what will happen, computed from what is declared, what was observed and what is asked.

mod build;
mod evaluate;
mod hosts;
mod inputs;
mod moves;
mod observed;
mod outline;
mod plan_value;
mod ship;
mod summary;
mod upkeep;

pub use inputs::{ImageSource, Inputs, PlanError, Ports, Standing, WorkTree};
pub use observed::{EngineFacts, Observed, PortUse, ProxyFacts, SlotFacts, SlotState, WorkerFacts};
pub use outline::{PipelineEnvironment, PipelineStep, environments, outline};
pub use plan_value::{HostMove, HostsMove, Plan, PlanSummary, SlotView, TrafficMove};
pub use ship::{shape, workers};
pub use summary::{leads_to_https, urls};

use crate::model::{Digest, Phase, StepId, Target};
use crate::pipeline::{Action, Step};

/// Computes the plan. The same inputs always give the same plan, with the same fingerprint.
pub fn plan(inputs: &Inputs<'_>) -> Result<Plan, PlanError> {
    let (steps, mut summary) = match inputs.environment.map(|e| &e.target) {
        Some(Target::Hosts(hosts)) => hosts::on_all(inputs, hosts.as_slice())?,
        _ => on_one(inputs)?,
    };
    summary.notices.extend(summary::left_out(inputs));
    Ok(Plan {
        fingerprint: fingerprint(inputs, &steps, &summary),
        request: inputs.request.clone(),
        app: inputs.spec.app.clone(),
        environment: inputs.environment.map(|e| e.name.clone()),
        target: inputs.environment.map(|e| e.target.clone()),
        production: inputs.environment.is_some_and(|e| e.production),
        version: inputs.release.map(|r| r.version.clone()),
        steps,
        summary,
        pipeline_revision: inputs.spec.revision.clone(),
        work_tree: inputs.work_tree.clone(),
    })
}

/// Steps and summary where one place changes, or none.
fn on_one(inputs: &Inputs<'_>) -> Result<(Vec<Step>, PlanSummary), PlanError> {
    let mut steps: Vec<Step> = Vec::new();
    if inputs.has(Phase::Build) {
        steps.extend(build::steps(inputs));
    }
    let (mut shipment, mut kept) = (None, None);
    if !inputs.request.kind.ships() {
        let upkeep = upkeep::Upkeep::decide(inputs)?;
        steps.extend(upkeep.steps(inputs));
        kept = Some(upkeep);
    } else if inputs.has(Phase::Ship) {
        let ship = ship::Shipment::decide(inputs)?;
        let after = steps.last().map(|s| s.id.clone());
        steps.extend(ship.steps(inputs, after.as_ref()));
        shipment = Some(ship);
    }
    let is_there = |s: &ship::Shipment<'_>| s.is_settled() && !s.is_unrecorded();
    let nothing_to_do = shipment.as_ref().is_some_and(is_there) && !inputs.has(Phase::Build);
    if nothing_to_do {
        steps.clear();
    } else if inputs.has(Phase::Evaluate) && kept.is_none() {
        // What is live from the switch on can be looked at while the old version drains and stops.
        let decides = |s: &&Step| {
            matches!(
                s.action,
                Action::SwitchTraffic { .. } | Action::LaunchWorkers { .. } | Action::StartWorkers { .. }
            )
        };
        let after: Vec<StepId> =
            steps.iter().rfind(decides).or(steps.last()).map(|s| s.id.clone()).into_iter().collect();
        steps.extend(evaluate::steps(inputs, &after, &[])?);
    }
    let summary = match &kept {
        Some(upkeep) => summary::of_upkeep(inputs, upkeep),
        None => summary::summary(inputs, shipment.as_ref()),
    };
    Ok((steps, summary))
}

fn fingerprint(inputs: &Inputs<'_>, steps: &[Step], summary: &PlanSummary) -> Digest {
    let decisive = serde_json::json!([
        inputs.request,
        inputs.spec.revision,
        inputs.release,
        inputs.work_tree,
        steps,
        summary
    ]);
    Digest::of(decisive.to_string().as_bytes())
}

#[cfg(test)]
mod tests;
