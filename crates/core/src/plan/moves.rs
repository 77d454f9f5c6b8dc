//! Steps of Ship that work on slots and their traffic, with their ways back. Deployments consist of them, and so does
//! whatever else is done to what is live.

use super::{Observed, Ports};
use crate::model::{Phase, Practice, Slot, StepId};
use crate::pipeline::{Action, Retry, Step};
use crate::spec::EnvironmentSpec;

/// Room beyond the waits an action has of its own.
pub(super) const SLACK_MS: u64 = 30_000;
/// Time for fetching and starting the proxy the first time.
const PROXY_MS: u64 = 300_000;

/// Starts the proxy, unless it runs.
pub(super) fn proxy(observed: &Observed, ports: Ports) -> Option<Step> {
    let runs = observed.proxy.as_ref().is_some_and(|p| p.running);
    let action = Action::EnsureProxy { http_port: ports.http, https_port: ports.https };
    (!runs).then(|| step("proxy", Practice::Prepare, "Start the proxy", PROXY_MS, action))
}

/// The proxy holds requests; the way back leads them to the slot they came from.
pub(super) fn hold(environment: &EnvironmentSpec, from: Slot) -> Step {
    let time = environment.ship.drain_ms + SLACK_MS;
    let mut step = step("hold", Practice::DirectTraffic, "Hold requests", time, holding(environment));
    step.undo = Some(Action::SwitchTraffic { to: Some(from) });
    step
}

/// What makes the proxy hold requests.
pub(super) fn holding(environment: &EnvironmentSpec) -> Action {
    Action::HoldTraffic { drain_ms: environment.ship.drain_ms }
}

/// Stops a slot and keeps it; the way back starts it again.
pub(super) fn stop(environment: &EnvironmentSpec, slot: Slot) -> Step {
    let ship = &environment.ship;
    let action = Action::StopSlot { slot, grace_ms: ship.stop_grace_ms };
    let title = format!("Stop slot {slot} and keep it");
    let mut stop = step("stop", Practice::Launch, &title, ship.stop_grace_ms + SLACK_MS, action);
    stop.undo = Some(Action::StartSlot { slot, health: ship.health.clone() });
    stop
}

/// Starts what is kept in a slot and waits until it is healthy.
pub(super) fn start(environment: &EnvironmentSpec, slot: Slot, title: &str) -> Step {
    let action = Action::StartSlot { slot, health: environment.ship.health.clone() };
    step("start", Practice::Launch, title, healthy_ms(environment), action)
}

/// Asks a slot through the proxy, before visitors do.
pub(super) fn verify(environment: &EnvironmentSpec, slot: Slot) -> Step {
    let action = Action::VerifyThroughProxy { slot, health: environment.ship.health.clone() };
    let title = format!("Ask slot {slot} through the proxy");
    step("verify", Practice::HealthCheck, &title, healthy_ms(environment), action)
}

/// Longest time until a slot has to be healthy.
pub(super) fn healthy_ms(environment: &EnvironmentSpec) -> u64 {
    environment.ship.health.deadline_ms + SLACK_MS
}

/// Watches the workers of what was started again.
pub(super) fn start_workers(environment: &EnvironmentSpec, slot: Slot) -> Step {
    let action = Action::StartWorkers { slot };
    let title = format!("See the workers of slot {slot} stay up");
    step("workers", Practice::HealthCheck, &title, workers_ms(environment), action)
}

/// Longest time until workers have stayed up.
pub(super) fn workers_ms(environment: &EnvironmentSpec) -> u64 {
    let steady = environment.ship.workers.iter().map(|worker| worker.steady_ms).max();
    steady.unwrap_or(0) + 2 * SLACK_MS
}

/// Stops the workers of a slot that goes on running.
pub(super) fn stop_workers(environment: &EnvironmentSpec, slot: Slot) -> Step {
    let grace_ms = environment.ship.stop_grace_ms;
    let action = Action::StopWorkers { slot, grace_ms };
    let title = format!("Stop the workers of slot {slot}");
    step("stop-workers", Practice::Launch, &title, grace_ms + SLACK_MS, action)
}

/// Directs all traffic to a slot, or nowhere.
pub(super) fn switch(to: Option<Slot>, undo: Action) -> Step {
    let title = match to {
        Some(slot) => format!("Direct all traffic to slot {slot}"),
        None => "Direct traffic nowhere".to_owned(),
    };
    let action = Action::SwitchTraffic { to };
    let mut switch = step("switch", Practice::DirectTraffic, &title, SLACK_MS, action);
    switch.undo = Some(undo);
    switch
}

/// Lets requests under way in a slot finish. Those that do not are told, and stop nothing.
pub(super) fn drain(environment: &EnvironmentSpec, slot: Slot) -> Step {
    let limit_ms = environment.ship.drain_ms;
    let title = format!("Let requests in slot {slot} finish");
    let action = Action::Drain { slot, limit_ms };
    Step { blocking: false, ..step("drain", Practice::DirectTraffic, &title, limit_ms + SLACK_MS, action) }
}

/// A step of Ship.
pub(super) fn step(id: &str, practice: Practice, title: &str, timeout_ms: u64, action: Action) -> Step {
    Step {
        id: StepId::nearest(id),
        phase: Phase::Ship,
        practice,
        title: title.to_owned(),
        needs: Vec::new(),
        blocking: true,
        timeout_ms,
        retry: Retry { times: 2, on: Vec::new(), wait_ms: 500 },
        action,
        undo: None,
        host: None,
    }
}

/// Each step needs the one before. The first only looks, so it does not wait for Build: what is wrong with the target
/// is told early. Everything that changes something waits for both.
pub(super) fn chain(steps: &mut [Step], after: Option<&StepId>) {
    let mut before: Vec<StepId> = Vec::new();
    for (place, step) in steps.iter_mut().enumerate() {
        step.needs = before;
        if place == 1 {
            step.needs.extend(after.cloned());
        }
        before = vec![step.id.clone()];
    }
}
