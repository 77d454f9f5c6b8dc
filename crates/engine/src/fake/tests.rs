use std::time::Duration;

use seatrial_core::model::Slot;

use super::{App, FakeMover, FakeTarget, Fault, MoveOperation, TrafficOperation};
use crate::docker::{ContainerHost, ContainerSpec, EngineError, Operation};
use crate::health::{Attempt, HealthCheck, UnhealthyReason, WaitError, until_healthy};
use crate::probe::{ProbeCause, ProbeRequest};
use crate::proxy::{Direction, Domain, ProxyError, Site, SiteKey, TrafficDriver, Upstream};
use crate::transfer::{MoveOrder, Mover, TransferError, Transferred};
use tokio_util::sync::CancellationToken;

fn key() -> SiteKey {
    SiteKey::parse("shop--prod").unwrap()
}

/// A target on which blue is live.
async fn serving() -> FakeTarget {
    let target = FakeTarget::new();
    target.add_image("v1", App::web("one"));
    target.add_image("v2", App { deaf_for: 2, ..App::web("two") });
    target.ensure_installed().await.unwrap();
    let site = Site::new(key(), vec![Domain::parse("shop.localhost").unwrap()], None);
    target.put_site(&site).await.unwrap();
    launch(&target, Slot::Blue, "v1").await;
    target.direct(&key(), Direction::Slot(Slot::Blue)).await.unwrap();
    target
}

async fn launch(target: &FakeTarget, slot: Slot, image: &str) {
    let name = format!("seatrial-{slot}");
    target.create(&ContainerSpec::new(&name, image, "op")).await.unwrap();
    target.start(&name).await.unwrap();
    target.set_upstream(&key(), slot, &Upstream::new(&name, 8080).unwrap()).await.unwrap();
}

fn get() -> ProbeRequest {
    ProbeRequest::get("shop.localhost", "/", Duration::from_secs(1))
}

#[tokio::test]
async fn switching_after_health_is_no_violation_and_visitors_see_the_new_one() {
    let target = serving().await;
    launch(&target, Slot::Green, "v2").await;
    let healthy = until_healthy(&target, "seatrial-green", &HealthCheck::new(8080, "/", "x")).await.unwrap();
    assert_eq!(healthy.attempts, 3, "it was deaf for two");
    target.direct(&key(), Direction::Slot(Slot::Green)).await.unwrap();
    target.stop("seatrial-blue", Duration::from_secs(1)).await.unwrap();
    let seen = target.ask_public(&key(), &get()).await.unwrap().unwrap();
    assert_eq!((seen.answer.text().as_str(), seen.slot), ("two", Some(Slot::Green)));
    assert_eq!(target.violations(), Vec::<String>::new());
}

/// The deadline is the app's: what a link that stands still takes is not taken from it.
#[tokio::test(start_paused = true)]
async fn an_app_behind_a_link_that_stood_still_is_healthy_all_the_same() {
    let target = serving().await;
    launch(&target, Slot::Green, "v1").await;
    let check = HealthCheck {
        request: Duration::from_secs(1),
        deadline: Duration::from_secs(5),
        ..HealthCheck::new(8080, "/", "x")
    };
    let still = Fault::StandStill { time: Duration::from_millis(6_200) };
    target.fail(Operation::Probe, 1, still.clone());
    let healthy = until_healthy(&target, "seatrial-green", &check).await.unwrap();
    assert!(healthy.after > check.deadline, "{healthy:?}");

    // One that does not answer by itself has no more than its time, however the way is.
    target.change_app("seatrial-green", App { deaf_for: u32::MAX, ..App::web("one") });
    target.fail(Operation::Probe, 1, still);
    let WaitError::Unhealthy(sick) = until_healthy(&target, "seatrial-green", &check).await.unwrap_err()
    else {
        panic!("the engine answers");
    };
    assert_eq!((sick.reason, sick.last), (UnhealthyReason::Deadline, Attempt::Silent(ProbeCause::Refused)));
    let least = Duration::from_millis(11_200);
    assert!((least..least + Duration::from_secs(1)).contains(&sick.after), "{:?}", sick.after);
}

#[tokio::test]
async fn i1_stopping_or_switching_too_early_is_noticed() {
    let early_stop = serving().await;
    early_stop.stop("seatrial-blue", Duration::from_secs(1)).await.unwrap();
    assert_eq!(early_stop.violations().len(), 1);

    let early_switch = serving().await;
    launch(&early_switch, Slot::Green, "v2").await;
    early_switch.direct(&key(), Direction::Slot(Slot::Green)).await.unwrap();
    assert_eq!(early_switch.violations().len(), 1, "green was still deaf");
}

#[tokio::test]
async fn i1_a_held_app_may_be_restarted() {
    let target = serving().await;
    target.direct(&key(), Direction::Held).await.unwrap();
    target.stop("seatrial-blue", Duration::from_secs(1)).await.unwrap();
    target.start("seatrial-blue").await.unwrap();
    target.direct(&key(), Direction::Slot(Slot::Blue)).await.unwrap();
    assert_eq!(target.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn the_nth_call_fails_and_no_other() {
    let target = serving().await;
    target.fail(Operation::Inspect, 2, Fault::Refuse { status: 500, report: "boom".into() });
    let mut outcomes = Vec::new();
    for _ in 0..3 {
        outcomes.push(target.container("seatrial-blue").await.is_ok());
    }
    assert_eq!(outcomes, [true, false, true]);
}

#[tokio::test]
async fn a_lost_answer_still_took_effect_and_repeating_is_harmless() {
    let target = serving().await;
    let spec = ContainerSpec::new("seatrial-green", "v2", "op");
    target.fail(Operation::Create, 1, Fault::LostAnswer);
    let error = target.create(&spec).await.unwrap_err();
    assert!(error.outcome_unknown(), "{error:?}");
    assert!(target.create(&spec).await.unwrap().existed);
}

#[tokio::test]
async fn a_hanging_call_ends_at_its_deadline_and_changed_nothing() {
    let target = serving().await;
    let after = Duration::from_millis(50);
    target.fail(Operation::Stop, 1, Fault::Hang { after });
    let error = target.stop("seatrial-blue", Duration::from_secs(1)).await.unwrap_err();
    assert!(matches!(error, EngineError::DeadlinePassed { operation: Operation::Stop, .. }), "{error:?}");
    assert!(target.container("seatrial-blue").await.unwrap().unwrap().is_running());
}

#[tokio::test]
async fn an_ignored_switch_is_told_by_reading_back() {
    let target = serving().await;
    launch(&target, Slot::Green, "v1").await;
    target.fail(TrafficOperation::Direct, 1, Fault::SilentlyIgnored);
    target.direct(&key(), Direction::Slot(Slot::Green)).await.unwrap();
    assert_eq!(target.direction(&key()).await.unwrap(), Direction::Slot(Slot::Blue));
}

#[tokio::test]
async fn containers_live_on_while_the_engine_is_gone() {
    let target = serving().await;
    target.set_engine_gone(true);
    assert!(matches!(target.containers().await, Err(EngineError::Unreachable { .. })));
    target.set_engine_gone(false);
    assert!(target.container("seatrial-blue").await.unwrap().unwrap().is_running());
    assert_eq!(target.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn draining_waits_for_requests_under_way_up_to_its_limit() {
    let target = serving().await;
    target.set_in_flight(&key(), Slot::Blue, 2);
    let limit = Duration::from_millis(80);
    let busy = target.drain(&key(), Slot::Blue, limit).await.unwrap_err();
    assert!(matches!(busy, ProxyError::StillBusy { left: 2, .. }), "{busy:?}");
    target.set_in_flight(&key(), Slot::Blue, 0);
    target.drain(&key(), Slot::Blue, limit).await.unwrap();
}

#[tokio::test]
async fn the_journal_tells_the_order_of_calls() {
    let target = serving().await;
    let order: Vec<_> = target.journal().into_iter().map(|recorded| recorded.call).collect();
    let started = order.iter().position(|call| *call == Operation::Start.into()).unwrap();
    let directed = order.iter().position(|call| *call == TrafficOperation::Direct.into()).unwrap();
    assert!(started < directed);
}

async fn bring(
    mover: &FakeMover,
    image: &seatrial_core::model::Digest,
) -> Result<Transferred, TransferError> {
    let (tags, cancel) = (["shop:1".to_owned()], CancellationToken::new());
    mover.bring(&MoveOrder { image, tags: &tags, progress: &|_| {}, cancel: &cancel }).await
}

#[tokio::test]
async fn transfers_fail_as_scripted_and_succeed_when_tried_again() {
    let (from, to) = (FakeTarget::new(), FakeTarget::new());
    from.add_image("built", App::web("hello"));
    let image = from.image("built").await.unwrap().unwrap().id.parse().unwrap();
    let mover = FakeMover::new(from.clone(), to.clone());
    let after = Duration::from_millis(20);
    for fault in [Fault::Hang { after }, Fault::OutOfDisk, Fault::Unreachable, Fault::PortTaken { port: 1 }] {
        to.fail(MoveOperation::Bring, 1, fault.clone());
        assert!(bring(&mover, &image).await.is_err(), "{fault:?}");
        assert_eq!(mover.is_there(&image).await.unwrap(), None, "{fault:?}");
    }
    from.fail(Operation::ExportImage, 1, Fault::Unreachable);
    assert!(matches!(bring(&mover, &image).await, Err(TransferError::Engine(_))));
    to.fail(MoveOperation::Bring, 1, Fault::SilentlyIgnored);
    bring(&mover, &image).await.unwrap();
    assert_eq!(mover.is_there(&image).await.unwrap(), None, "what is read back tells");
    to.fail(MoveOperation::Bring, 1, Fault::LostAnswer);
    assert!(bring(&mover, &image).await.is_err());
    assert_eq!(bring(&mover, &image).await.unwrap().bytes, 0, "it had arrived");
}
