//! The prober that counts what visitors would have noticed, from Ship's first step to its last.

use super::world::World;
use crate::probe::{ProbeRequest, Prober, ProberReport, ProberSpec};
use crate::run::{JournalError, Recorder};
use seatrial_core::pipeline::Action;
use seatrial_core::run::{Fact, ProbeTotals, RunState, StepState};
use std::sync::Arc;
use std::time::Duration;

/// A visitor gives up later, but a release that lets visitors wait this long has failed them. Longer than the proxy
/// holds requests.
const PATIENCE: Duration = Duration::from_secs(35);

/// Begins to watch unless that is being done, or nothing is live that could be watched.
pub(super) async fn begin(world: &World, recorder: &Arc<Recorder>) {
    let Some(public) = &world.public else { return };
    if !recorder.with_state(leads_somewhere) {
        return;
    }
    let mut watch = world.watch.lock().await;
    if watch.prober.is_some() || !matches!(super::traffic::live(world).await, Ok(Some(_))) {
        return;
    }
    // What was counted before a crash still counts.
    if watch.before.is_none() {
        let before = recorder.with_state(|s| switch_step(s, world).and_then(StepState::proof));
        watch.before = before.map(|totals| ProberReport {
            sent: totals.sent,
            failed: totals.failed,
            slowest: Duration::from_millis(totals.slowest_ms),
            ..ProberReport::default()
        });
    }
    let request = request(world, &public.domain, &public.path, PATIENCE).await;
    watch.prober = Some(Prober::start(ProberSpec::new(world.traffic.public_address(), request)));
}

/// A request of a prober on the public path. Plain HTTP may answer others with a redirect, whatever the app does.
pub(super) async fn request(world: &World, domain: &str, path: &str, patience: Duration) -> ProbeRequest {
    let headers = match world.site_key() {
        Ok(key) => world.traffic.probe_headers(&key).await.unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    ProbeRequest { headers, ..ProbeRequest::get(domain, path, patience) }
}

/// Ends the watch and records what it saw.
pub(super) async fn end(world: &World, recorder: &Arc<Recorder>) -> Result<(), JournalError> {
    let prober = world.watch.lock().await.prober.take();
    let Some(prober) = prober else { return Ok(()) };
    let report = prober.stop().await;
    let totals = {
        let mut watch = world.watch.lock().await;
        let totals = totals(&report, watch.before.take());
        watch.before = Some(ProberReport {
            sent: totals.sent,
            failed: totals.failed,
            slowest: Duration::from_millis(totals.slowest_ms),
            ..ProberReport::default()
        });
        totals
    };
    let step = recorder.with_state(|s| switch_step(s, world).map(|s| s.step.id.clone()));
    let Some(step) = step else { return Ok(()) };
    recorder.observe(&step, Fact::Proof { totals }).await
}

/// Who stops an app wants no answers from it.
fn leads_somewhere(state: &RunState) -> bool {
    state.steps.iter().any(|s| matches!(s.step.action, Action::SwitchTraffic { to: Some(_) }))
}

/// The step that switches this host: its counts belong to it.
fn switch_step<'s>(state: &'s RunState, world: &World) -> Option<&'s StepState> {
    let own = |s: &&StepState| s.step.host == world.server;
    state.steps.iter().filter(own).find(|s| matches!(s.step.action, Action::SwitchTraffic { .. }))
}

fn totals(report: &ProberReport, before: Option<ProberReport>) -> ProbeTotals {
    let before = before.unwrap_or_default();
    let ms = |d: Duration| u64::try_from(d.as_millis()).unwrap_or(u64::MAX);
    ProbeTotals {
        sent: before.sent + report.sent,
        failed: before.failed + report.failed,
        slowest_ms: ms(before.slowest.max(report.slowest)),
        p95_ms: report.latencies.quantile(0.95).map_or(0, ms),
    }
}
