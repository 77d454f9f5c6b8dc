//! Workers: always those of one version, whatever happens.

use super::*;
use seatrial_core::pipeline::Action;
use seatrial_engine::slots::workers_of;

/// Release 1 serves with a worker beside it.
async fn with_a_worker() -> Stage {
    let mut stage = Stage::new();
    stage.spec = app_spec(&CONFIG.replace("[evaluate]", "[ship.workers]\nmails = \"./mails\"\n[evaluate]"));
    assert_eq!(ship(&mut stage, 1, usize::MAX).await.unwrap(), End::Live);
    stage
}

/// A plan that does not wait long for a worker to stay up, nor between attempts.
async fn quick(stage: &Stage, n: u8, kind: RunKind) -> Plan {
    let mut plan = stage.plan(n, kind).await;
    for step in &mut plan.steps {
        step.retry.wait_ms = 1;
        if let Action::LaunchWorkers { workers, .. } = &mut step.action {
            workers.iter_mut().for_each(|worker| worker.steady_ms = 1);
        }
    }
    plan
}

async fn ship(stage: &mut Stage, n: u8, room: usize) -> Result<End, JournalError> {
    let plan = quick(stage, n, RunKind::Deploy).await;
    let events = stage.begin(plan);
    stage.work(&events, room).await
}

async fn go(stage: &mut Stage, n: u8, kind: RunKind) -> (End, RunState) {
    let plan = quick(stage, n, kind).await;
    let events = stage.begin(plan);
    let end = stage.work(&events, usize::MAX).await.unwrap();
    let state = RunState::fold(events.lock().unwrap().iter()).unwrap();
    (end, state)
}

/// The versions of which workers run.
async fn working(stage: &Stage) -> Vec<String> {
    let place = Place { app: stage.spec.app.clone(), environment: stage.spec.environments[0].name.clone() };
    let found = match workers_of(&stage.target, &place).await {
        Ok(found) => found,
        // A fault the deployment did not meet is waiting for this look instead.
        Err(_) => workers_of(&stage.target, &place).await.unwrap(),
    };
    let running = found.iter().filter(|worker| worker.facts.is_running());
    running.map(|worker| worker.facts.labels[LABEL_VERSION].clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn workers_go_with_their_version_there_and_back() {
    let mut stage = with_a_worker().await;
    assert_eq!(working(&stage).await, ["1.1.0"]);
    assert_eq!(go(&mut stage, 2, RunKind::Deploy).await.0, End::Live);
    assert_eq!(working(&stage).await, ["1.2.0"]);
    assert_eq!(go(&mut stage, 1, RunKind::Rollback).await.0, End::Live);
    assert_eq!(working(&stage).await, ["1.1.0"]);
    assert_eq!(go(&mut stage, 1, RunKind::Restart).await.0, End::Live);
    assert_eq!(working(&stage).await, ["1.1.0"]);
    assert_eq!(go(&mut stage, 1, RunKind::Stop).await.0, End::Succeeded);
    assert_eq!(working(&stage).await, [] as [&str; 0]);
    stage.halted = true;
    assert_eq!(go(&mut stage, 1, RunKind::Start).await.0, End::Live);
    assert_eq!(working(&stage).await, ["1.1.0"]);
    let container = stage.target.instance().name("shop--local--blue-mails");
    assert_eq!(stage.target.file(&container, "/run/secrets/TOKEN").unwrap(), b"hunter2-secret");
}

#[tokio::test(start_paused = true)]
async fn a_version_whose_worker_does_not_stay_up_never_gets_visitors_and_leaves_nothing() {
    let mut stage = with_a_worker().await;
    for (status, hint) in [(3, "last lines"), (0, "belongs under [ship.jobs]")] {
        stage.target.add_image(Digest::of(&[2]).as_str(), App { worker: Some(status), ..App::web("v2") });
        let (end, state) = go(&mut stage, 2, RunKind::Deploy).await;
        assert!(matches!(end, End::FailedClean { .. }), "{end:?}");
        let failed = state.first_failure().unwrap();
        let failure = failed.failure.clone().unwrap();
        assert_eq!((failed.step.id.as_str(), failure.cause), ("workers", Cause::Unhealthy));
        let words = format!("the worker mails ended with status {status} within ");
        assert!(failure.message.starts_with(&words), "{}", failure.message);
        assert!(failure.message.ends_with(": starting"), "{}", failure.message);
        assert!(failure.hints[0].contains(hint), "{:?}", failure.hints);
        assert_eq!(stage.served().await.unwrap(), "1.1.0");
        assert_eq!(working(&stage).await, ["1.1.0"]);
        let green = stage.target.instance().name("shop--local--green-mails");
        assert!(stage.target.container(&green).await.unwrap().is_none(), "something was left behind");
    }
    assert_eq!(stage.target.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn where_the_old_version_stops_first_a_worker_that_falls_takes_the_switch_back() {
    let mut stage = with_a_worker().await;
    let live = CONFIG.replace("port = 8080", "port = 8080\nstrategy = \"live\"");
    stage.spec = app_spec(&live.replace("[evaluate]", "[ship.workers]\nmails = \"./mails\"\n[evaluate]"));
    stage.target.add_image(Digest::of(&[2]).as_str(), App { worker: Some(3), ..App::web("v2") });
    let (end, state) = go(&mut stage, 2, RunKind::Deploy).await;
    assert!(matches!(end, End::RolledBack { .. }), "{end:?}");
    assert_eq!(state.first_failure().unwrap().step.id.as_str(), "workers");
    assert_eq!(
        (stage.served().await.as_deref(), working(&stage).await),
        (Some("1.1.0"), vec!["1.1.0".into()])
    );
    assert_eq!(stage.target.violations(), Vec::<String>::new(), "requests were held, not refused");
}

#[tokio::test(start_paused = true)]
async fn d4_a_run_killed_after_any_event_ends_with_the_workers_of_what_is_live() {
    let mut whole = with_a_worker().await;
    let plan = quick(&whole, 2, RunKind::Deploy).await;
    let events = whole.begin(plan);
    whole.work(&events, usize::MAX).await.unwrap();
    let length = events.lock().unwrap().len();
    for worker in [None, Some(7)] {
        for room in 1..length {
            let mut stage = with_a_worker().await;
            stage.target.add_image(Digest::of(&[2]).as_str(), App { worker, ..App::web("v2") });
            let plan = quick(&stage, 2, RunKind::Deploy).await;
            let events = stage.begin(plan);
            if stage.work(&events, room).await.is_err() {
                stage.work(&events, usize::MAX).await.unwrap();
            }
            let expected = if worker.is_none() { "1.2.0" } else { "1.1.0" };
            let case = format!("ends {worker:?}, killed after event {room}");
            assert_eq!(stage.served().await.as_deref(), Some(expected), "{case}");
            assert_eq!(working(&stage).await, [expected], "{case}");
            assert_eq!(stage.target.violations(), Vec::<String>::new(), "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_call_goes_wrong_the_workers_are_those_of_what_visitors_get() {
    let calls: [Operation; 6] = [
        Operation::Create,
        Operation::Start,
        Operation::Inspect,
        Operation::List,
        Operation::Stop,
        Operation::Remove,
    ];
    let faults = faults();
    for (call, fault) in calls.iter().flat_map(|call| faults.iter().map(move |fault| (*call, fault))) {
        for nth in 1..=5 {
            let mut stage = with_a_worker().await;
            let plan = quick(&stage, 2, RunKind::Deploy).await;
            let events = stage.begin(plan);
            stage.target.fail(call, nth, fault.clone());
            let end = stage.work(&events, usize::MAX).await.unwrap();
            let case = format!("{call:?} {nth} {fault:?}: {end:?}");
            let expected = version_after(&end, &case);
            assert_eq!(stage.served().await.as_deref(), Some(expected), "{case}");
            assert_eq!(stage.target.violations(), Vec::<String>::new(), "{case}");
            assert_eq!(working(&stage).await, [expected], "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_run_left_makes_no_trouble() {
    let mut stage = with_a_worker().await;
    assert_eq!(go(&mut stage, 2, RunKind::Deploy).await.0, End::Live);
    // Somebody removed the version before, and forgot its worker.
    stage.target.remove(&stage.target.instance().name("shop--local-blue")).await.unwrap();
    stage.target.start(&stage.target.instance().name("shop--local--blue-mails")).await.unwrap();
    assert_eq!(go(&mut stage, 3, RunKind::Deploy).await.0, End::Live);
    assert_eq!(working(&stage).await, ["1.3.0"]);
    stage.target.remove(&stage.target.instance().name("shop--local-green")).await.unwrap();
    stage.target.start(&stage.target.instance().name("shop--local--green-mails")).await.unwrap();
    stage.spec = app_spec(CONFIG);
    assert_eq!(go(&mut stage, 1, RunKind::Deploy).await.0, End::Live);
    assert_eq!(working(&stage).await, [] as [&str; 0], "a version without workers has none");
}
