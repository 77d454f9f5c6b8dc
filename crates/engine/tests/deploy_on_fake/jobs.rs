//! Jobs before the switch: once, whatever happens, and nothing for visitors to notice.

use super::*;

const JOB: &str = "shop--local--job-migrate";

/// Release 1 serves; from now on a job runs before a new version starts.
async fn with_a_job() -> Stage {
    let mut stage = Stage::serving().await;
    stage.spec = app_spec(&CONFIG.replace("[evaluate]", "[ship.jobs]\nmigrate = \"./migrate\"\n[evaluate]"));
    stage
}

/// How often its program was really started.
fn times_started(stage: &Stage) -> usize {
    let name = stage.target.instance().name(JOB);
    let took_effect = |fault: &Option<Fault>| matches!(fault, None | Some(Fault::LostAnswer));
    let calls = stage.target.journal();
    let starts = calls.iter().filter(|c| c.call == Operation::Start.into() && c.about == name);
    starts.filter(|c| took_effect(&c.fault)).count()
}

async fn is_gone(stage: &Stage) -> bool {
    stage.target.container(&stage.target.instance().name(JOB)).await.unwrap().is_none()
}

#[tokio::test(start_paused = true)]
async fn a_job_runs_before_the_new_version_and_leaves_nothing() {
    let mut stage = with_a_job().await;
    let (end, state) = stage.ship(2).await;
    assert_eq!((end, times_started(&stage)), (End::Live, 1));
    assert!(is_gone(&stage).await);
    let ended = Fact::JobEnded { job: StepId::new("migrate").unwrap(), status: 0 };
    assert!(state.step(&StepId::new("migrate").unwrap()).unwrap().facts.contains(&ended));
    assert_eq!(stage.run(1, RunKind::Rollback).await.0, End::Live);
    assert_eq!(times_started(&stage), 1, "going back runs no job");
    assert_eq!(stage.target.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_job_that_fails_keeps_the_new_version_from_starting() {
    let mut stage = with_a_job().await;
    stage.target.add_image(Digest::of(&[2]).as_str(), App { job: 7, ..App::web("v2") });
    let (end, state) = stage.ship(2).await;
    assert!(matches!(end, End::FailedClean { .. }), "{end:?}");
    let failed = state.first_failure().unwrap();
    let failure = failed.failure.clone().unwrap();
    assert_eq!((failed.step.id.as_str(), failure.cause), ("migrate", Cause::ExitStatus));
    assert_eq!(failure.message, "ended with status 7: starting");
    assert!(failure.hints.iter().any(|hint| hint.contains("stays")), "{:?}", failure.hints);
    assert_eq!((stage.served().await.as_deref(), times_started(&stage)), (Some("1.1.0"), 1));
    assert!(is_gone(&stage).await);
    let green = stage.target.instance().name("shop--local-green");
    assert!(stage.target.container(&green).await.unwrap().is_none());
    assert_eq!(stage.target.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn d4_a_worker_killed_after_any_event_runs_the_job_once_in_all() {
    let mut whole = with_a_job().await;
    let plan = whole.plan(2, RunKind::Deploy).await;
    let events = whole.begin(plan);
    whole.work(&events, usize::MAX).await.unwrap();
    let length = events.lock().unwrap().len();
    for status in [0, 7] {
        for room in 1..length {
            let mut stage = with_a_job().await;
            stage.target.add_image(Digest::of(&[2]).as_str(), App { job: status, ..App::web("v2") });
            let plan = stage.plan(2, RunKind::Deploy).await;
            let events = stage.begin(plan);
            if stage.work(&events, room).await.is_err() {
                stage.work(&events, usize::MAX).await.unwrap();
            }
            let expected = if status == 0 { "1.2.0" } else { "1.1.0" };
            let case = format!("status {status}, killed after event {room}");
            assert_eq!(stage.served().await.as_deref(), Some(expected), "{case}");
            assert_eq!(times_started(&stage), 1, "{case}");
            assert!(is_gone(&stage).await, "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_call_goes_wrong_the_job_runs_once_at_most_and_visitors_keep_a_version_that_works() {
    let calls: [Operation; 7] = [
        Operation::Create,
        Operation::PutFiles,
        Operation::Start,
        Operation::Inspect,
        Operation::Logs,
        Operation::Stop,
        Operation::Remove,
    ];
    let faults = faults();
    for (call, fault) in calls.iter().flat_map(|call| faults.iter().map(move |fault| (*call, fault))) {
        for nth in 1..=4 {
            let mut stage = with_a_job().await;
            let mut plan = stage.plan(2, RunKind::Deploy).await;
            plan.steps.iter_mut().for_each(|step| step.retry.wait_ms = 1);
            let events = stage.begin(plan);
            stage.target.fail(call, nth, fault.clone());
            let end = stage.work(&events, usize::MAX).await.unwrap();
            let case = format!("{call:?} {nth} {fault:?}: {end:?}");
            let expected = version_after(&end, &case);
            assert_eq!(stage.served().await.as_deref(), Some(expected), "{case}");
            assert!(times_started(&stage) <= 1, "{case}");
            assert_eq!(stage.target.violations(), Vec::<String>::new(), "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_lost_sight_of_is_said_to_run_perhaps() {
    let mut stage = with_a_job().await;
    let mut plan = stage.plan(2, RunKind::Deploy).await;
    plan.steps.iter_mut().for_each(|step| step.retry.wait_ms = 1);
    let events = stage.begin(plan);
    // Nothing answers any more once it runs, in all of its attempts.
    stage.target.fail(Operation::Logs, 1, Fault::Unreachable);
    for nth in 2..=4 {
        stage.target.fail(Operation::Inspect, nth, Fault::Unreachable);
    }
    let end = stage.work(&events, usize::MAX).await.unwrap();
    assert!(matches!(end, End::FailedClean { .. }), "{end:?}");
    let state = RunState::fold(events.lock().unwrap().iter()).unwrap();
    let failure = state.first_failure().unwrap().failure.clone().unwrap();
    assert_eq!(failure.cause, Cause::EngineUnreachable);
    assert!(failure.hints.iter().any(|hint| hint.contains("may still run")), "{:?}", failure.hints);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_a_run_nobody_takes_up_left_behind_is_taken_away_by_the_next() {
    let mut left_behind = 0;
    for room in 1..20 {
        let mut stage = with_a_job().await;
        let plan = stage.plan(2, RunKind::Deploy).await;
        let events = stage.begin(plan);
        let killed = stage.work(&events, room).await.is_err();
        if !killed || is_gone(&stage).await {
            continue;
        }
        left_behind += 1;
        let (end, state) = stage.ship(3).await;
        assert_eq!((end, stage.served().await.as_deref()), (End::Live, Some("1.3.0")));
        assert_eq!(times_started(&stage), 2, "each run has a job of its own");
        let facts = &state.step(&StepId::new("migrate").unwrap()).unwrap().facts;
        let told = |fact: &Fact| matches!(fact, Fact::Note { text } if text.contains("another run"));
        assert!(facts.iter().any(told), "{facts:?}");
    }
    assert!(left_behind > 0, "no kill left a job behind, so nothing was tried");
}
