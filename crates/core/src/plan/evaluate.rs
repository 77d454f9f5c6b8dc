//! The steps of Evaluate.

use super::{Inputs, PlanError, build};
use crate::model::{Phase, Practice, SshHost, StepId};
use crate::pipeline::{Action, Retry, Step};
use crate::spec::{OnNoGo, VerdictPolicy};

/// Room beyond what a probe itself takes.
const SLACK_MS: u64 = 30_000;

/// Evidence in parallel, then the verdict. Steps that gather evidence never block: what they find does. Where there are
/// several hosts, each of them is asked.
pub(super) fn steps(
    inputs: &Inputs<'_>,
    after: &[StepId],
    hosts: &[SshHost],
) -> Result<Vec<Step>, PlanError> {
    let environment = inputs.environment.ok_or(PlanError::NoEnvironment)?;
    let mut seen = inputs.observed.into_iter().chain(inputs.on_hosts);
    let live = (inputs.observed.is_some() || !hosts.is_empty()) && seen.all(|o| o.live.is_some());
    if !inputs.has(Phase::Ship) && !live {
        return Err(PlanError::NothingLive(environment.name.clone()));
    }
    let evaluate = &environment.evaluate;
    let mut steps = Vec::new();
    if !evaluate.smoke.is_empty() {
        let action = Action::Smoke { expect: evaluate.smoke.clone() };
        let time = evaluate.smoke.iter().map(|e| e.within_ms).sum::<u64>() + SLACK_MS;
        steps.push(own(
            "smoke",
            Practice::IntegrationTest,
            "Ask the app through its public path",
            time,
            action,
        ));
    }
    if let Some(limits) = &evaluate.availability {
        let action = Action::WatchAvailability { limits: limits.clone() };
        let title = "Watch availability and latency";
        steps.push(own("availability", Practice::Availability, title, limits.for_ms + SLACK_MS, action));
    }
    if !hosts.is_empty() {
        steps = steps.iter().flat_map(|step| on_each(step, hosts)).collect();
    }
    steps.extend(evaluate.steps.iter().map(build::command));
    for step in &mut steps {
        step.needs.extend_from_slice(after);
    }
    let mut verdict = own(
        "verdict",
        Practice::Custom,
        "Decide go or no-go",
        SLACK_MS,
        Action::Judge {
            ask: evaluate.verdict == VerdictPolicy::Person,
            rollback: evaluate.on_no_go == OnNoGo::Rollback,
        },
    );
    verdict.blocking = true;
    verdict.needs = steps.iter().map(|s| s.id.clone()).chain(after.iter().cloned()).collect();
    steps.push(verdict);
    Ok(steps)
}

fn on_each<'a>(step: &'a Step, hosts: &'a [SshHost]) -> impl Iterator<Item = Step> + 'a {
    (1..).zip(hosts).map(|(number, host)| step.clone().on(host, number))
}

fn own(id: &str, practice: Practice, title: &str, timeout_ms: u64, action: Action) -> Step {
    Step {
        id: StepId::nearest(id),
        phase: Phase::Evaluate,
        practice,
        title: title.to_owned(),
        needs: Vec::new(),
        blocking: false,
        timeout_ms,
        retry: Retry::default(),
        action,
        undo: None,
        host: None,
    }
}
