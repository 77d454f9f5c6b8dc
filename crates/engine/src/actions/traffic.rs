//! Directing requests: hold, verify, switch, drain. Every change is read back on the public path.

use super::failure::{self, of_engine, of_proxy};
use super::watch;
use super::world::World;
use crate::health::Patience;
use crate::probe::{ProbeCause, ProbeRequest};
use crate::proxy::{Direction, ProxyError};
use crate::run::{Call, Outcome};
use seatrial_core::model::Slot;
use seatrial_core::pipeline::{Cause, HealthCheck};
use seatrial_core::run::Fact;
use std::time::Duration;
use tokio::time::Instant;

const PAUSE: Duration = Duration::from_millis(50);

/// The slot that the proxy directs to.
pub(super) async fn live(world: &World) -> Result<Option<Slot>, Outcome> {
    let key = world.site_key()?;
    match world.traffic.direction(&key).await {
        Ok(Direction::Slot(slot)) => Ok(Some(slot)),
        Ok(Direction::Held | Direction::Absent) | Err(ProxyError::UnknownSite { .. }) => Ok(None),
        Err(error) => Err(of_proxy(&error).into()),
    }
}

/// Sends requests through the proxy to a slot that is not live yet, until one is answered as it should.
pub(super) async fn verify(
    world: &World,
    call: &Call,
    slot: Slot,
    health: &HealthCheck,
) -> Result<(), Outcome> {
    let key = world.site_key()?;
    let request = ProbeRequest::get("", &health.path, Duration::from_millis(health.request_ms));
    let name = world.container(slot)?;
    let mut patience = Patience::new(Duration::from_millis(health.deadline_ms));
    loop {
        let round = Instant::now();
        let answer = world.traffic.ask_slot(&key, slot, &request).await.map_err(|e| of_proxy(&e))?;
        let (seen, own) = match answer {
            Ok(answer) if (health.status.0..=health.status.1).contains(&answer.status) => {
                let text = format!("slot {slot} answered {} through the proxy", answer.status);
                return Ok(call.recorder.observe(&call.step.id, Fact::Note { text }).await?);
            }
            Ok(answer) => (format!("{} answered {}", health.path, answer.status), answer.latency),
            Err(error) if error.cause() == ProbeCause::Timeout => {
                world.host.container(&name).await.map_err(|e| of_engine(&e))?;
                (failure::chain(&error), request.deadline)
            }
            Err(error) => (failure::chain(&error), Duration::ZERO),
        };
        patience.round(round, own);
        if patience.is_over() {
            let message = format!("slot {slot} is healthy by itself but not through the proxy: {seen}");
            let proxy = world.host.instance().name("proxy");
            let hint = format!(
                "the proxy reaches it over the network `{}`: see `docker logs {proxy}`",
                world.network
            );
            return Err(failure::hinted(Cause::Unhealthy, message, hint).into());
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = call.cancel.cancelled() => return Err(Outcome::Cancelled),
        }
    }
}

/// Makes the proxy hold requests, then waits until those under way are answered.
pub(super) async fn hold(world: &World, call: &Call, drain_ms: u64) -> Result<(), Outcome> {
    let key = world.site_key()?;
    let from = live(world).await?;
    world.traffic.direct(&key, Direction::Held).await.map_err(|e| of_proxy(&e))?;
    match from {
        Some(slot) => drain(world, call, slot, drain_ms).await,
        None => Ok(()),
    }
}

/// Whether traffic already goes where it should, and that is proven by a request.
pub(super) async fn is_switched(
    world: &World,
    call: &Call,
    to: Option<Slot>,
) -> Result<Option<Vec<Fact>>, Outcome> {
    let key = world.site_key()?;
    let direction = match world.traffic.direction(&key).await {
        Ok(direction) => direction,
        Err(ProxyError::UnknownSite { .. }) if to.is_none() => Direction::Absent,
        Err(error) => return Err(of_proxy(&error).into()),
    };
    let wanted = to.map_or(Direction::Absent, Direction::Slot);
    if direction != wanted {
        return Ok(None);
    }
    // Directing to the same place again changes nothing and proves it on the public path.
    world.traffic.direct(&key, wanted).await.map_err(|e| of_proxy(&e))?;
    let from = call.recorder.with_state(|s| s.live);
    Ok(Some(vec![Fact::Switched { from, to }]))
}

/// Directs all traffic to a slot, and reads back on the public path that it goes there.
pub(super) async fn switch(world: &World, call: &Call, to: Option<Slot>) -> Result<(), Outcome> {
    let key = world.site_key()?;
    let from = live(world).await?;
    let wanted = to.map_or(Direction::Absent, Direction::Slot);
    world.traffic.direct(&key, wanted).await.map_err(|e| of_proxy(&e))?;
    call.recorder.observe(&call.step.id, Fact::Switched { from, to }).await?;
    watch::begin(world, &call.recorder).await;
    Ok(())
}

/// Waits until a slot has no request under way. Reaching the limit is told, and is no failure: websockets may
/// stay for hours.
pub(super) async fn drain(world: &World, call: &Call, slot: Slot, limit_ms: u64) -> Result<(), Outcome> {
    let key = world.site_key()?;
    let limit = Duration::from_millis(limit_ms);
    let left = match world.traffic.drain(&key, slot, limit).await {
        Ok(()) => 0,
        Err(ProxyError::StillBusy { left, .. }) => left,
        Err(error) => return Err(of_proxy(&error).into()),
    };
    Ok(call.recorder.observe(&call.step.id, Fact::Drained { slot, left }).await?)
}
