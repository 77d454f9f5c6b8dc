//! What every container host has to fulfil; run on the fake and on a real engine.

use std::time::Duration;

use seatrial_core::model::Digest;
use seatrial_engine::docker::{ContainerHost, ContainerSpec, EngineError, NameHolder, Phase, SmallFile};
use seatrial_engine::health::{Finding, HealthCheck, UnhealthyReason, WaitError, until_healthy};
use seatrial_engine::probe::ProbeRequest;

use super::eventually;

/// Programs that a host under test can run. Names are without the instance's prefix.
pub(crate) trait Cast {
    fn host(&self) -> &dyn ContainerHost;
    /// A web app on 8080 that answers "hello" and ends on SIGTERM.
    fn web(&self, name: &str) -> ContainerSpec;
    /// A program that writes "starting" and ends with a code.
    fn exiting(&self, name: &str, code: i64) -> ContainerSpec;

    fn name(&self, rest: &str) -> String {
        self.host().instance().name(rest)
    }
}

pub(crate) async fn fulfils_the_contract(cast: &dyn Cast) {
    cast.host().ensure_network(&cast.name("net")).await.unwrap();
    cast.host().ensure_network(&cast.name("net")).await.unwrap();
    creating_again_gives_the_same_container(cast).await;
    another_operation_or_specification_is_a_conflict(cast).await;
    names_outside_the_instance_are_refused(cast).await;
    a_missing_image_is_told_by_name(cast).await;
    a_container_runs_answers_and_stops(cast).await;
    files_put_before_the_start_are_there_and_survive_a_restart(cast).await;
    an_ended_program_shows_its_code_and_its_log(cast).await;
    missing_containers_are_told_apart_from_removed_ones(cast).await;
    health_waits_and_says_why_not(cast).await;
}

async fn creating_again_gives_the_same_container(cast: &dyn Cast) {
    let spec = cast.web("same");
    let first = cast.host().create(&spec).await.unwrap();
    let again = cast.host().create(&spec).await.unwrap();
    assert!(!first.existed && again.existed && first.id == again.id);
    let facts = cast.host().container(&spec.name).await.unwrap().unwrap();
    assert_eq!((facts.phase, facts.name), (Phase::Created, spec.name.clone()));
    let listed = cast.host().our_containers().await.unwrap();
    assert!(listed.iter().any(|entry| entry.name == spec.name));
}

async fn another_operation_or_specification_is_a_conflict(cast: &dyn Cast) {
    let spec = cast.web("same");
    let mut other_operation = spec.clone();
    other_operation.operation = "other".into();
    let mut other_spec = spec.clone();
    other_spec.env.insert("A".into(), "1".into());
    for conflicting in [other_operation, other_spec] {
        match cast.host().create(&conflicting).await.unwrap_err() {
            EngineError::NameTaken { by: NameHolder::Ours { operation, .. }, .. } => {
                assert_eq!(operation, Some(spec.operation.clone()));
            }
            other => panic!("{other:?}"),
        }
    }
    cast.host().remove(&spec.name).await.unwrap();
    cast.host().remove(&spec.name).await.unwrap();
}

async fn names_outside_the_instance_are_refused(cast: &dyn Cast) {
    let mut spec = cast.web("x");
    spec.name = "somebody-elses".into();
    let error = cast.host().create(&spec).await.unwrap_err();
    assert!(matches!(error, EngineError::ForeignName { .. }), "{error:?}");
    assert!(cast.host().ensure_network("somebody-elses").await.is_err());
}

async fn a_missing_image_is_told_by_name(cast: &dyn Cast) {
    let mut spec = cast.web("noimage");
    spec.image = "seatrial.invalid/missing:1".into();
    match cast.host().create(&spec).await.unwrap_err() {
        EngineError::ImageMissing { reference } => assert_eq!(reference, spec.image),
        other => panic!("{other:?}"),
    }
    assert_eq!(cast.host().image(&spec.image).await.unwrap(), None);
    let there = cast.host().image(&cast.web("noimage").image).await.unwrap().unwrap().id.parse().unwrap();
    let ids = cast.host().image_ids().await.unwrap();
    assert!(ids.contains(&there) && !ids.contains(&Digest::of(b"missing")), "{ids:?}");
    cast.host().remove_image(&spec.image).await.unwrap();
}

async fn a_container_runs_answers_and_stops(cast: &dyn Cast) {
    let (host, spec) = (cast.host(), cast.web("web"));
    host.create(&spec).await.unwrap();
    let asked = ProbeRequest::get("x", "/", Duration::from_secs(2));
    let early = host.probe(&spec.name, 8080, &asked).await;
    assert!(matches!(early, Err(EngineError::NotRunning { .. })), "{early:?}");
    host.start(&spec.name).await.unwrap();
    host.start(&spec.name).await.unwrap();
    let answer =
        eventually("an answer", || async { host.probe(&spec.name, 8080, &asked).await.unwrap().ok() }).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "hello"));
    let listening = host.listening_ports(&spec.name).await.unwrap().unwrap();
    assert!(listening.open.contains(&8080), "{listening:?}");
    host.stop(&spec.name, Duration::from_secs(5)).await.unwrap();
    host.stop(&spec.name, Duration::from_secs(5)).await.unwrap();
    let facts = host.container(&spec.name).await.unwrap().unwrap();
    assert_eq!((facts.phase, facts.exit.unwrap().code), (Phase::Exited, 0));
    host.kill(&spec.name).await.unwrap();
    host.remove(&spec.name).await.unwrap();
    assert_eq!(host.container(&spec.name).await.unwrap(), None);
}

async fn files_put_before_the_start_are_there_and_survive_a_restart(cast: &dyn Cast) {
    let (host, spec) = (cast.host(), cast.web("files"));
    host.create(&spec).await.unwrap();
    let secret = SmallFile::secret("token", b"s3cret".to_vec());
    host.put_files(&spec.name, std::slice::from_ref(&secret)).await.unwrap();
    for _ in 0..2 {
        host.start(&spec.name).await.unwrap();
        let read = host.exec(&spec.name, &["cat", &secret.path], Duration::from_secs(10)).await.unwrap();
        assert_eq!((read.code, read.lines[0].text().as_str()), (0, "s3cret"));
        host.stop(&spec.name, Duration::from_secs(5)).await.unwrap();
    }
    let stopped = host.exec(&spec.name, &["true"], Duration::from_secs(5)).await;
    assert!(matches!(stopped, Err(EngineError::NotRunning { .. })), "{stopped:?}");
    host.remove(&spec.name).await.unwrap();
}

async fn an_ended_program_shows_its_code_and_its_log(cast: &dyn Cast) {
    let (host, spec) = (cast.host(), cast.exiting("ends", 3));
    host.create(&spec).await.unwrap();
    host.start(&spec.name).await.unwrap();
    let facts = eventually("its end", || async {
        host.container(&spec.name).await.unwrap().filter(|facts| facts.phase == Phase::Exited)
    })
    .await;
    assert_eq!(facts.exit.unwrap().code, 3);
    assert_eq!(host.usage(&spec.name).await.unwrap(), None, "what does not run uses nothing");
    let log = host.logs_tail(&spec.name, 10).await.unwrap();
    assert_eq!(log.last().unwrap().text(), "starting");
    host.remove(&spec.name).await.unwrap();
}

async fn missing_containers_are_told_apart_from_removed_ones(cast: &dyn Cast) {
    let (host, name) = (cast.host(), cast.name("nowhere"));
    host.remove(&name).await.unwrap();
    for error in [
        host.start(&name).await.unwrap_err(),
        host.stop(&name, Duration::from_secs(1)).await.unwrap_err(),
        host.logs_tail(&name, 1).await.unwrap_err(),
        host.usage(&name).await.unwrap_err(),
        host.put_files(&name, &[]).await.unwrap_err(),
    ] {
        assert!(matches!(error, EngineError::ContainerMissing { .. }), "{error:?}");
    }
}

async fn health_waits_and_says_why_not(cast: &dyn Cast) {
    let (host, good, bad) = (cast.host(), cast.web("good"), cast.exiting("bad", 3));
    for spec in [&good, &bad] {
        host.create(spec).await.unwrap();
        host.start(&spec.name).await.unwrap();
    }
    let mut check = HealthCheck::new(8080, "/", "x");
    check.successes = 2;
    let healthy = until_healthy(host, &good.name, &check).await.unwrap();
    assert!(healthy.attempts >= 2);

    let unhealthy = match until_healthy(host, &bad.name, &check).await.unwrap_err() {
        WaitError::Unhealthy(unhealthy) => unhealthy,
        other => panic!("{other:?}"),
    };
    assert_eq!(unhealthy.reason, UnhealthyReason::Exited);
    assert_eq!(unhealthy.autopsy.findings[0], Finding::Exited { code: 3, restarts: 0 });
    assert_eq!(unhealthy.autopsy.log.last().unwrap().text(), "starting");

    check.port = 9;
    check.deadline = Duration::from_millis(300);
    let wrong = until_healthy(host, &good.name, &check).await.unwrap_err();
    assert_eq!(wrong.to_string(), "it listens on port 8080, not on port 9");
    for spec in [&good, &bad] {
        host.remove(&spec.name).await.unwrap();
    }
}
