//! The walk against scripted actions: what fails when, and a worker that dies at every edge.

use super::*;
use async_trait::async_trait;
use chrono::{DateTime, TimeZone, Utc};
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::*;
use seatrial_core::pipeline::{Action, Cause, Retry, Step};
use seatrial_core::plan::{Plan, PlanSummary};
use seatrial_core::run::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
}

fn step(id: &str, phase: Phase, needs: &[&str]) -> Step {
    Step {
        id: StepId::new(id).unwrap(),
        phase,
        practice: Practice::Custom,
        title: id.into(),
        needs: needs.iter().map(|n| StepId::new(*n).unwrap()).collect(),
        blocking: true,
        timeout_ms: 5_000,
        retry: Retry::default(),
        action: Action::RecordRelease,
        undo: None,
        host: None,
    }
}

/// build -> launch -> switch -> verdict, with a way back.
fn deploy() -> Vec<Step> {
    let mut launch = step("launch", Phase::Ship, &["build"]);
    launch.action = Action::StopSlot { slot: Slot::Green, grace_ms: 1 };
    launch.undo = Some(Action::ClearSlot { slot: Slot::Green, drain_ms: 0, grace_ms: 0 });
    let mut switch = step("switch", Phase::Ship, &["launch"]);
    switch.action = Action::SwitchTraffic { to: Some(Slot::Green) };
    switch.undo = Some(Action::SwitchTraffic { to: Some(Slot::Blue) });
    let verdict = step("verdict", Phase::Evaluate, &["switch"]);
    vec![step("build", Phase::Build, &[]), launch, switch, verdict]
}

fn created(steps: Vec<Step>) -> Event {
    let request = RunRequest {
        kind: RunKind::Deploy,
        app: AppName::new("shop").unwrap(),
        environment: None,
        phases: Phase::ALL.to_vec(),
        release: None,
        retry_of: None,
        without: Vec::new(),
    };
    let plan = Plan {
        fingerprint: Digest::of(b"plan"),
        request: request.clone(),
        app: request.app.clone(),
        environment: None,
        target: None,
        production: false,
        version: None,
        steps,
        summary: PlanSummary {
            headline: String::new(),
            before: vec![],
            after: vec![],
            traffic: None,
            checks: vec![],
            way_back: String::new(),
            notices: vec![],
            urls: vec![],
            hosts: None,
        },
        pipeline_revision: Digest::of(b"spec"),
        work_tree: Default::default(),
    };
    let actor = Actor { user: "ada".into(), machine: "desk".into() };
    let body = EventBody::Created { request, plan: Box::new(plan), actor, trigger: Trigger::Terminal };
    Event { run: RunId(uuid::Uuid::nil()), seq: 1, at: now(), body }
}

/// Events in memory; refuses everything after a given number, as if the worker had been killed there.
#[derive(Clone)]
struct Memory {
    events: Arc<Mutex<Vec<Event>>>,
    room: usize,
}

#[async_trait]
impl Journal for Memory {
    async fn append(&self, bodies: Vec<EventBody>) -> Result<Vec<Event>, JournalError> {
        let mut events = self.events.lock().unwrap();
        if events.len() + bodies.len() > self.room {
            return Err(JournalError::Superseded);
        }
        let (run, mut seq) = (events[0].run, events.len() as u32);
        let new: Vec<Event> = bodies
            .into_iter()
            .map(|body| {
                seq += 1;
                Event { run, seq, at: now(), body }
            })
            .collect();
        events.extend(new.iter().cloned());
        Ok(new)
    }
    async fn output(&self, _: &StepId, _: u32, _: Vec<OutputLine>) -> Result<(), JournalError> {
        Ok(())
    }
    async fn flush_output(&self) -> Result<(), JournalError> {
        Ok(())
    }
}

/// A world of two facts: whether the new slot is up, and who is live.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Site {
    green_up: bool,
    live: Slot,
}

struct Scripted {
    site: Arc<Mutex<Site>>,
    fail: BTreeMap<&'static str, (usize, Cause)>,
    calls: Mutex<BTreeMap<String, usize>>,
    cancel_at: Option<&'static str>,
    cancel: CancellationToken,
    watches: AtomicUsize,
}

#[async_trait]
impl Actions for Scripted {
    async fn probe(&self, call: &Call) -> Result<Option<Vec<Fact>>, Outcome> {
        let site = self.site.lock().unwrap();
        let done = match &call.action {
            Action::SwitchTraffic { to } => *to == Some(site.live),
            Action::StopSlot { .. } => site.green_up,
            Action::ClearSlot { .. } => !site.green_up,
            _ => false,
        };
        Ok(done.then(|| already("as wanted")))
    }
    async fn apply(&self, call: &Call) -> Result<(), Outcome> {
        let id = call.step.id.as_str().to_owned();
        let n = {
            let mut calls = self.calls.lock().unwrap();
            let n = calls.entry(id.clone()).or_default();
            *n += 1;
            *n
        };
        if self.cancel_at == Some(id.as_str()) {
            self.cancel.cancel();
        }
        if let Some((times, cause)) = self.fail.get(id.as_str())
            && n <= *times
        {
            let failure = Failure { cause: *cause, message: "scripted".into(), hints: vec![], detail: None };
            return Err(failure.into());
        }
        let mut site = self.site.lock().unwrap();
        match &call.action {
            Action::SwitchTraffic { to: Some(to) } => {
                assert!(*to == Slot::Blue || site.green_up, "I1: traffic to a slot that does not run");
                site.live = *to;
            }
            Action::StopSlot { .. } => site.green_up = true,
            Action::ClearSlot { .. } => {
                assert!(site.live != Slot::Green, "I2: the live version is never removed");
                site.green_up = false;
            }
            _ => {}
        }
        Ok(())
    }
    async fn watch(&self, _: &Arc<Recorder>, _: Option<&SshHost>) {
        self.watches.fetch_add(1, Ordering::SeqCst);
    }
    async fn end_watch(&self, _: &Arc<Recorder>) -> Result<(), JournalError> {
        Ok(())
    }
}

struct Trial {
    events: Arc<Mutex<Vec<Event>>>,
    site: Arc<Mutex<Site>>,
}

impl Trial {
    fn new(steps: Vec<Step>) -> Self {
        let site = Site { green_up: false, live: Slot::Blue };
        Self { events: Arc::new(Mutex::new(vec![created(steps)])), site: Arc::new(Mutex::new(site)) }
    }

    async fn work(
        &self,
        room: usize,
        fail: &[(&'static str, usize, Cause)],
        cancel_at: Option<&'static str>,
    ) -> Result<End, JournalError> {
        let state = RunState::fold(self.events.lock().unwrap().iter()).unwrap();
        let cancel = CancellationToken::new();
        let actions = Scripted {
            site: Arc::clone(&self.site),
            fail: fail.iter().map(|(id, n, cause)| (*id, (*n, *cause))).collect(),
            calls: Mutex::default(),
            cancel_at,
            cancel: cancel.clone(),
            watches: AtomicUsize::new(0),
        };
        let journal = Memory { events: Arc::clone(&self.events), room };
        let recorder = Arc::new(Recorder::new(Box::new(journal), state));
        execute(&Executor { actions: Arc::new(actions), recorder, cancel }).await
    }

    fn state(&self) -> RunState {
        RunState::fold(self.events.lock().unwrap().iter()).unwrap()
    }

    fn site(&self) -> Site {
        self.site.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_plan_is_walked_in_order_and_ends_live() {
    let trial = Trial::new(deploy());
    assert_eq!(trial.work(usize::MAX, &[], None).await.unwrap(), End::Live);
    assert!(trial.state().steps.iter().all(|s| s.status == StepStatus::Succeeded));
    assert_eq!(trial.site(), Site { green_up: true, live: Slot::Green });
}

#[tokio::test]
async fn a_failed_build_changes_nothing_and_skips_the_rest() {
    let trial = Trial::new(deploy());
    let end = trial.work(usize::MAX, &[("build", 9, Cause::ExitStatus)], None).await.unwrap();
    assert_eq!(end, End::FailedClean { reason: "build: scripted".into() });
    let skipped = trial.state().steps.iter().filter(|s| s.status == StepStatus::Skipped).count();
    assert_eq!(skipped, 3);
    assert_eq!(trial.site(), Site { green_up: false, live: Slot::Blue });
}

#[tokio::test]
async fn a_failed_step_of_ship_is_taken_back_in_reverse() {
    let trial = Trial::new(deploy());
    let end = trial.work(usize::MAX, &[("switch", 1, Cause::Proxy)], None).await.unwrap();
    assert_eq!(end, End::FailedClean { reason: "switch: scripted".into() });
    assert_eq!(trial.site(), Site { green_up: false, live: Slot::Blue });
    let undone: Vec<_> = trial
        .state()
        .steps
        .iter()
        .filter(|s| s.status == StepStatus::Undone)
        .map(|s| s.step.id.to_string())
        .collect();
    assert_eq!(undone, ["launch", "switch"]);
}

#[tokio::test]
async fn a_no_go_rolls_back_only_when_declared() {
    for (rollback, expected_live) in [(false, Slot::Green), (true, Slot::Blue)] {
        let mut steps = deploy();
        steps[3].action = Action::Judge { ask: false, rollback };
        let trial = Trial::new(steps);
        // The verdict stands in the log before the step that gave it fails.
        let verdict = EventBody::VerdictGiven {
            verdict: Verdict::NoGo,
            by: seatrial_core::evaluate::DecidedBy::Policy,
            reasons: vec![],
            note: None,
        };
        let journal = Memory { events: Arc::clone(&trial.events), room: usize::MAX };
        journal.append(vec![verdict]).await.unwrap();
        let end = trial.work(usize::MAX, &[("verdict", 1, Cause::CheckFailed)], None).await.unwrap();
        match rollback {
            true => assert!(matches!(end, End::RolledBack { .. }), "{end:?}"),
            false => assert!(matches!(end, End::NeedsAttention { .. }), "{end:?}"),
        }
        assert_eq!(trial.site().live, expected_live);
    }
}

#[tokio::test]
async fn a_passing_cause_is_tried_again_and_another_is_not() {
    let mut steps = deploy();
    steps[0].retry = Retry { times: 2, on: vec![], wait_ms: 0 };
    let trial = Trial::new(steps.clone());
    assert_eq!(trial.work(usize::MAX, &[("build", 2, Cause::Timeout)], None).await.unwrap(), End::Live);
    assert_eq!(trial.state().steps[0].attempts, 3);
    let trial = Trial::new(steps);
    assert!(matches!(
        trial.work(usize::MAX, &[("build", 1, Cause::BuildFailed)], None).await,
        Ok(End::FailedClean { .. })
    ));
    assert_eq!(trial.state().steps[0].attempts, 1);
}

#[tokio::test]
async fn a_step_that_hangs_is_ended_by_its_deadline() {
    struct Hangs;
    #[async_trait]
    impl Actions for Hangs {
        async fn probe(&self, _: &Call) -> Result<Option<Vec<Fact>>, Outcome> {
            Ok(None)
        }
        async fn apply(&self, _: &Call) -> Result<(), Outcome> {
            std::future::pending().await
        }
        async fn watch(&self, _: &Arc<Recorder>, _: Option<&SshHost>) {}
        async fn end_watch(&self, _: &Arc<Recorder>) -> Result<(), JournalError> {
            Ok(())
        }
    }
    let mut steps = vec![step("build", Phase::Build, &[])];
    steps[0].timeout_ms = 20;
    let trial = Trial::new(steps);
    let journal = Memory { events: Arc::clone(&trial.events), room: usize::MAX };
    let recorder = Arc::new(Recorder::new(Box::new(journal), trial.state()));
    let executor = Executor { actions: Arc::new(Hangs), recorder, cancel: CancellationToken::new() };
    assert!(matches!(execute(&executor).await, Ok(End::FailedClean { .. })));
    assert_eq!(trial.state().steps[0].failure.as_ref().unwrap().cause, Cause::Timeout);
}

#[tokio::test]
async fn d17_a_cancel_before_the_switch_leaves_the_old_version_serving() {
    let trial = Trial::new(deploy());
    assert_eq!(trial.work(usize::MAX, &[], Some("launch")).await.unwrap(), End::Cancelled);
    assert_eq!(trial.site(), Site { green_up: false, live: Slot::Blue });
}

#[tokio::test]
async fn a_cancel_during_evaluate_keeps_what_was_shipped() {
    let mut steps = deploy();
    steps.insert(3, step("smoke", Phase::Evaluate, &["switch"]));
    steps[4].needs.push(StepId::new("smoke").unwrap());
    let trial = Trial::new(steps);
    assert_eq!(trial.work(usize::MAX, &[], Some("smoke")).await.unwrap(), End::Live);
    assert_eq!(trial.site().live, Slot::Green);
}

#[tokio::test]
async fn d4_a_worker_killed_at_any_edge_is_taken_up_and_ends_right() {
    let scripts: [&[(&str, usize, Cause)]; 3] =
        [&[], &[("switch", 1, Cause::Proxy)], &[("verdict", 9, Cause::CheckFailed)]];
    for script in scripts {
        let whole = Trial::new(deploy());
        whole.work(usize::MAX, script, None).await.unwrap();
        let (length, wanted) = (whole.events.lock().unwrap().len(), whole.site());
        for room in 1..length {
            let trial = Trial::new(deploy());
            assert!(trial.work(room, script, None).await.is_err(), "the journal had room after all");
            let end = trial.work(usize::MAX, script, None).await.unwrap();
            assert_eq!(trial.site(), wanted, "killed after event {room} of {length}: {end:?}");
            assert!(trial.state().status.is_over());
        }
    }
}

#[tokio::test]
async fn independent_build_steps_run_at_the_same_time() {
    struct Meet(tokio::sync::Barrier);
    #[async_trait]
    impl Actions for Meet {
        async fn probe(&self, _: &Call) -> Result<Option<Vec<Fact>>, Outcome> {
            Ok(None)
        }
        async fn apply(&self, _: &Call) -> Result<(), Outcome> {
            self.0.wait().await;
            Ok(())
        }
        async fn watch(&self, _: &Arc<Recorder>, _: Option<&SshHost>) {}
        async fn end_watch(&self, _: &Arc<Recorder>) -> Result<(), JournalError> {
            Ok(())
        }
    }
    let steps = vec![step("lint", Phase::Build, &[]), step("unit-test", Phase::Build, &[])];
    let trial = Trial::new(steps);
    let journal = Memory { events: Arc::clone(&trial.events), room: usize::MAX };
    let recorder = Arc::new(Recorder::new(Box::new(journal), trial.state()));
    let actions = Arc::new(Meet(tokio::sync::Barrier::new(2)));
    let executor = Executor { actions, recorder, cancel: CancellationToken::new() };
    // Both have to be inside at once for either to get through.
    assert_eq!(execute(&executor).await.unwrap(), End::Succeeded);
}

/// Numbers events at once, and is slow to say so for the first of them.
struct SlowToAnswer(AtomicUsize);

#[async_trait]
impl Journal for SlowToAnswer {
    async fn append(&self, bodies: Vec<EventBody>) -> Result<Vec<Event>, JournalError> {
        let number = self.0.fetch_add(bodies.len(), Ordering::SeqCst);
        if number == 2 {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
        }
        let numbered = bodies.into_iter().zip(u32::try_from(number).unwrap()..);
        Ok(numbered
            .map(|(body, seq)| Event { run: RunId(uuid::Uuid::nil()), seq, at: now(), body })
            .collect())
    }

    async fn output(&self, _: &StepId, _: u32, _: Vec<OutputLine>) -> Result<(), JournalError> {
        Ok(())
    }

    async fn flush_output(&self) -> Result<(), JournalError> {
        Ok(())
    }
}

#[tokio::test]
async fn steps_side_by_side_never_lose_an_event_of_each_other() {
    let ids = ["one", "two"];
    let steps = ids.map(|id| step(id, Phase::Build, &[])).to_vec();
    let state = RunState::fold([&created(steps)]).unwrap();
    let recorder = Recorder::new(Box::new(SlowToAnswer(AtomicUsize::new(2))), state);
    let begin = |id: &str| vec![EventBody::StepStarted { step: StepId::new(id).unwrap(), attempt: 1 }];
    let both = tokio::join!(recorder.record(begin("one")), recorder.record(begin("two")));
    assert!(both.0.is_ok() && both.1.is_ok());
    assert!(recorder.with_state(|s| s.steps.iter().all(|step| step.status == StepStatus::Running)));
}
