//! Whole deployments on the fake target: plan, walk, faults at every call, and what visitors would have noticed.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod jobs;
mod workers;

use async_trait::async_trait;
use chrono::{DateTime, TimeZone, Utc};
use seatrial_core::detect::facts::{FolderFacts, PipelineFile};
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::*;
use seatrial_core::pipeline::{Cause, Place};
use seatrial_core::plan::{Inputs, Plan, Ports, ProxyFacts, Standing, WorkTree, plan};
use seatrial_core::run::*;
use seatrial_core::spec::{self, AppSpec, EnvironmentSpec};
use seatrial_engine::actions::*;
use seatrial_engine::docker::{ContainerHost, Operation};
use seatrial_engine::fake::{App, FakeCall, FakeTarget, Fault, TrafficOperation};
use seatrial_engine::observe::{Look, observe};
use seatrial_engine::proxy::{Direction, SiteKey, TrafficDriver};
use seatrial_engine::run::{Executor, Journal, JournalError, OutputLine, Recorder, execute};
use seatrial_engine::secrets::{Masker, SecretString};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const CONFIG: &str = r#"
app = "shop"
[ship]
port = 8080
health = { path = "/", deadline = "2s" }
drain = "100ms"
[evaluate]
availability = false
smoke = [{ path = "/", status = 200 }]
[env.local]
target = "docker"
secrets = ["TOKEN"]
"#;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap()
}

fn app_spec(config: &str) -> AppSpec {
    let facts = FolderFacts {
        root: "/shop".into(),
        files: vec![],
        texts: [("Dockerfile".to_owned(), "FROM scratch\n".to_owned())].into(),
        pipeline_file: PipelineFile::Content(config.into()),
        git: None,
        notes: vec![],
    };
    spec::parse(config.as_bytes(), "seatrial.toml", &facts).unwrap().0
}

fn release(n: u8) -> Release {
    Release {
        id: ReleaseId(uuid::Uuid::from_u128(n.into())),
        app: AppName::new("shop").unwrap(),
        version: format!("1.{n}.0"),
        artifacts: vec![Artifact {
            kind: ArtifactKind::Image,
            digest: Digest::of(&[n]),
            reference: format!("seatrial/shop:1.{n}.0"),
            size: None,
        }],
        commit: None,
        dirty: false,
        changes: vec![],
        pipeline_revision: Digest::of(b"spec"),
        built_by: RunId(uuid::Uuid::nil()),
        created_at: now(),
    }
}

#[derive(Clone)]
struct Memory {
    events: Arc<Mutex<Vec<Event>>>,
    room: usize,
    /// The target is away for a while as soon as this step has begun.
    away_at: Option<(&'static str, FakeTarget)>,
}

/// As long as a server takes to start again.
const AWAY: Duration = Duration::from_secs(25);

impl Memory {
    fn take_away(&self, bodies: &[EventBody]) {
        let Some((step, target)) = self.away_at.clone() else { return };
        let begins = |body: &EventBody| matches!(body, EventBody::StepStarted { step: id, attempt: 1 } if id.as_str() == step);
        if bodies.iter().any(begins) {
            target.set_engine_gone(true);
            tokio::spawn(async move {
                tokio::time::sleep(AWAY).await;
                target.set_engine_gone(false);
            });
        }
    }
}

#[async_trait]
impl Journal for Memory {
    async fn append(&self, bodies: Vec<EventBody>) -> Result<Vec<Event>, JournalError> {
        self.take_away(&bodies);
        let mut events = self.events.lock().unwrap();
        if events.len() + bodies.len() > self.room {
            return Err(JournalError::Superseded);
        }
        let (run, mut seq) = (events[0].run, u32::try_from(events.len()).unwrap());
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

/// These runs ship what is there.
fn not_needed() -> Failure {
    let message = "nothing is built or brought in these tests".to_owned();
    Failure { cause: Cause::Internal, message, hints: vec![], detail: None }
}

struct OneSecret(Option<&'static str>);

#[async_trait]
impl SecretValues for OneSecret {
    async fn value(&self, name: &str) -> Result<SecretString, Failure> {
        self.0.map(SecretString::new).ok_or_else(|| Failure {
            cause: Cause::Missing,
            message: format!("the secret {name} has no value"),
            hints: vec![],
            detail: None,
        })
    }
}

/// A target with whatever was shipped to it so far.
struct Stage {
    target: FakeTarget,
    spec: AppSpec,
    secret: Option<&'static str>,
    runs: u8,
    /// Where the history says that the live release is.
    recorded: Slot,
    /// Whether a person stopped what is there.
    halted: bool,
    /// Whether the proxy is seen to lead there as declared; of itself the target does not tell.
    leads: bool,
    /// The target is away for a while as soon as this step has begun.
    away_at: Option<&'static str>,
}

impl Stage {
    fn new() -> Self {
        let target = FakeTarget::new();
        target.add_to_registry("caddy:2", App::web("proxy"));
        for n in 1..=3 {
            target.add_image(release(n).artifacts[0].digest.as_str(), App::web(format!("v{n}")));
        }
        let (spec, secret) = (app_spec(CONFIG), Some("hunter2-secret"));
        Self {
            target,
            spec,
            secret,
            runs: 0,
            recorded: Slot::Blue,
            halted: false,
            leads: false,
            away_at: None,
        }
    }

    /// A stage on which release 1 serves.
    async fn serving() -> Self {
        let mut stage = Self::new();
        assert_eq!(stage.ship(1).await.0, End::Live);
        stage
    }

    fn key(&self) -> SiteKey {
        SiteKey::parse("shop--local").unwrap()
    }

    async fn plan(&self, n: u8, kind: RunKind) -> Plan {
        let release = release(n);
        let environment = &self.spec.environments[0];
        let place = Place { app: self.spec.app.clone(), environment: environment.name.clone() };
        let seen =
            observe(Look { host: &self.target, traffic: &self.target, place: &place, ports: (80, 443) });
        let mut seen = seen.await.unwrap();
        let proxy = |environment: &EnvironmentSpec| ProxyFacts {
            running: true,
            http_port: 80,
            https_port: 443,
            domains: environment.domains.clone(),
            https: environment.https,
            acme: environment.acme.clone(),
            foreign_domains: BTreeMap::new(),
        };
        seen.proxy = seen.proxy.or_else(|| self.leads.then(|| proxy(environment)));
        let request = RunRequest {
            kind,
            app: self.spec.app.clone(),
            environment: Some(environment.name.clone()),
            phases: if kind.ships() { vec![Phase::Ship, Phase::Evaluate] } else { vec![Phase::Ship] },
            release: Some(release.id),
            retry_of: None,
            without: Vec::new(),
        };
        plan(&Inputs {
            request: &request,
            spec: &self.spec,
            environment: Some(environment),
            observed: Some(&seen),
            on_hosts: &[],
            release: Some(&release),
            sources: &[],
            standing: Some(Standing { slot: self.recorded, release: Some(release.id), halted: self.halted }),
            live_version: None,
            done_before: &[],
            work_tree: &WorkTree::default(),
            ports: Ports { http: 80, https: 443 },
        })
        .unwrap()
    }

    fn begin(&mut self, plan: Plan) -> Arc<Mutex<Vec<Event>>> {
        self.runs += 1;
        let run = RunId(uuid::Uuid::from_u128(1000 + u128::from(self.runs)));
        let actor = Actor { user: "ada".into(), machine: "desk".into() };
        let request = plan.request.clone();
        let body = EventBody::Created { request, plan: Box::new(plan), actor, trigger: Trigger::Terminal };
        Arc::new(Mutex::new(vec![Event { run, seq: 1, at: now(), body }]))
    }

    async fn work(&self, events: &Arc<Mutex<Vec<Event>>>, room: usize) -> Result<End, JournalError> {
        let state = RunState::fold(events.lock().unwrap().iter()).unwrap();
        let environment = &self.spec.environments[0];
        let secret = SecretString::new(self.secret.unwrap_or("none-at-all"));
        let world = World {
            run: state.id,
            app: self.spec.app.clone(),
            folder: "/shop".into(),
            place: Some(Place { app: self.spec.app.clone(), environment: environment.name.clone() }),
            server: None,
            host: Arc::new(self.target.clone()),
            traffic: Arc::new(self.target.clone()),
            builder: Err(not_needed()),
            mover: Err(not_needed()),
            secrets: Arc::new(OneSecret(self.secret)),
            masker: Masker::new([("TOKEN", &secret)]).unwrap(),
            public: Some(PublicPath {
                domain: environment.domains[0].clone(),
                path: "/".into(),
                url: "http://shop.localhost".into(),
            }),
            network: self.target.instance().name("net"),
            commit: None,
            dirty: false,
            version: VersionDecision { version: "1".into(), reason: String::new(), changes: vec![] },
            pipeline_revision: Digest::of(b"spec"),
            release: None,
            images: vec![],
            needed: std::collections::BTreeSet::new(),
            watch: tokio::sync::Mutex::new(Watch::default()),
        };
        let away_at = self.away_at.map(|step| (step, self.target.clone()));
        let journal = Memory { events: Arc::clone(events), room, away_at };
        let recorder = Arc::new(Recorder::new(Box::new(journal), state));
        execute(&Executor { actions: Arc::new(world), recorder, cancel: CancellationToken::new() }).await
    }

    async fn run(&mut self, n: u8, kind: RunKind) -> (End, RunState) {
        let plan = self.plan(n, kind).await;
        let events = self.begin(plan);
        let end = self.work(&events, usize::MAX).await.unwrap();
        let state = RunState::fold(events.lock().unwrap().iter()).unwrap();
        (end, state)
    }

    async fn ship(&mut self, n: u8) -> (End, RunState) {
        self.run(n, RunKind::Deploy).await
    }

    /// Which release visitors get now.
    async fn served(&self) -> Option<String> {
        let Direction::Slot(slot) = self.target.direction(&self.key()).await.ok()? else { return None };
        let name = self.target.instance().name(&format!("shop--local-{slot}"));
        let container = match self.target.container(&name).await {
            Ok(container) => container?,
            // A fault the deployment did not meet is waiting for this look instead.
            Err(_) => self.target.container(&name).await.ok()??,
        };
        container.is_running().then(|| container.labels[LABEL_VERSION].clone())
    }
}

/// Every way in which a call can go wrong.
fn faults() -> [Fault; 4] {
    [
        Fault::Unreachable,
        Fault::LostAnswer,
        Fault::Hang { after: Duration::from_millis(20) },
        Fault::Refuse { status: 500, report: "scripted".into() },
    ]
}

/// The version visitors have to get after release 2 was shipped over release 1 and one call went wrong.
fn version_after(end: &End, case: &str) -> &'static str {
    match end {
        End::Live => "1.2.0",
        End::FailedClean { .. } | End::RolledBack { .. } => "1.1.0",
        _ => panic!("{case}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_release_is_shipped_then_another_and_back_again_without_a_gap() {
    let mut stage = Stage::serving().await;
    assert_eq!(stage.served().await.unwrap(), "1.1.0");
    let (end, state) = stage.ship(2).await;
    assert_eq!((end, state.verdict), (End::Live, Some(Verdict::Go)));
    assert_eq!(stage.served().await.unwrap(), "1.2.0");
    assert_eq!(stage.run(1, RunKind::Rollback).await.0, End::Live);
    assert_eq!(stage.served().await.unwrap(), "1.1.0");
    assert_eq!(stage.target.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_secret_is_a_file_in_the_container_and_not_in_its_environment() {
    let stage = Stage::serving().await;
    let container = stage.target.instance().name("shop--local-blue");
    assert_eq!(stage.target.file(&container, "/run/secrets/TOKEN").unwrap(), b"hunter2-secret");
    let told = format!("{:?}", stage.target.journal());
    assert!(!told.contains("hunter2"), "S1: the secret stands in a call");
}

#[tokio::test(start_paused = true)]
async fn a_smoke_request_without_an_answer_is_sent_again_and_that_is_told() {
    let mut stage = Stage::serving().await;
    stage.target.deafen(&stage.key(), 2);
    let (end, state) = stage.ship(2).await;
    assert_eq!((end, state.verdict), (End::Live, Some(Verdict::Go)));
    assert!(state.findings[0].evidence.contains("got no answer at first"), "{:?}", state.findings);
    stage.target.deafen(&stage.key(), 3);
    assert_eq!(stage.ship(3).await.1.verdict, Some(Verdict::NoGo), "three times is no accident");
}

/// What the proxy is asked waits longer than the deadline for a link that stands still, which is not the app's fault.
#[tokio::test(start_paused = true)]
async fn a_link_that_stands_still_while_the_proxy_is_asked_is_not_held_against_the_app() {
    let mut stage = Stage::serving().await;
    stage.target.fail(TrafficOperation::AskSlot, 1, Fault::StandStill { time: Duration::from_secs(40) });
    let (end, state) = stage.ship(2).await;
    assert_eq!(end, End::Live, "{:?}", state.steps);
    assert_eq!(stage.served().await.as_deref(), Some("1.2.0"));
}

#[tokio::test(start_paused = true)]
async fn a_missing_secret_is_told_before_anything_changes() {
    let mut stage = Stage::serving().await;
    stage.secret = None;
    let (end, state) = stage.ship(2).await;
    assert!(matches!(end, End::FailedClean { .. }), "{end:?}");
    assert_eq!(state.first_failure().unwrap().step.id.as_str(), "preflight");
    assert_eq!(stage.served().await.unwrap(), "1.1.0");
}

#[tokio::test(start_paused = true)]
async fn d6_a_version_that_exits_never_gets_visitors_and_leaves_nothing() {
    let mut stage = Stage::serving().await;
    stage.target.add_image(Digest::of(&[2]).as_str(), App::exiting(3));
    let (end, state) = stage.ship(2).await;
    assert!(matches!(end, End::FailedClean { .. }), "{end:?}");
    let failure = state.first_failure().unwrap().failure.clone().unwrap();
    assert_eq!(failure.cause, Cause::Unhealthy);
    assert!(failure.message.contains("exit code 3"), "{}", failure.message);
    assert_eq!(stage.served().await.unwrap(), "1.1.0");
    let green = stage.target.instance().name("shop--local-green");
    assert!(stage.target.container(&green).await.unwrap().is_none(), "something was left behind");
    assert_eq!(stage.target.violations(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn d4_a_worker_killed_after_any_event_is_taken_up_and_ends_live_without_a_gap() {
    let mut whole = Stage::serving().await;
    let plan = whole.plan(2, RunKind::Deploy).await;
    let events = whole.begin(plan);
    whole.work(&events, usize::MAX).await.unwrap();
    let length = events.lock().unwrap().len();
    for room in 1..length {
        let mut stage = Stage::serving().await;
        let plan = stage.plan(2, RunKind::Deploy).await;
        let events = stage.begin(plan);
        assert!(stage.work(&events, room).await.is_err(), "there was room after all");
        assert_eq!(stage.work(&events, usize::MAX).await.unwrap(), End::Live, "killed after event {room}");
        assert_eq!(stage.served().await.unwrap(), "1.2.0");
        assert_eq!(stage.target.violations(), Vec::<String>::new(), "killed after event {room}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_call_goes_wrong_visitors_keep_a_version_that_works() {
    let calls: [FakeCall; 10] = [
        Operation::Create.into(),
        Operation::Start.into(),
        Operation::PutFiles.into(),
        Operation::Stop.into(),
        Operation::Inspect.into(),
        Operation::Facts.into(),
        TrafficOperation::SetUpstream.into(),
        TrafficOperation::Direct.into(),
        TrafficOperation::InFlight.into(),
        TrafficOperation::AskSlot.into(),
    ];
    let faults = faults();
    for call in calls {
        for fault in &faults {
            for nth in 1..=2 {
                let mut stage = Stage::serving().await;
                let plan = stage.plan(2, RunKind::Deploy).await;
                let events = stage.begin(plan);
                stage.target.fail(call, nth, fault.clone());
                let end = stage.work(&events, usize::MAX).await.unwrap();
                let case = format!("{call:?} {nth} {fault:?}: {end:?}");
                let expected = version_after(&end, &case);
                assert_eq!(stage.served().await.as_deref(), Some(expected), "{case}");
                assert_eq!(stage.target.violations(), Vec::<String>::new(), "{case}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_starts_again_is_waited_for_by_the_way_back_and_to_stop_the_old_version() {
    for (step, expected) in [("health", "1.1.0"), ("switch", "1.1.0"), ("stop", "1.2.0")] {
        let mut stage = Stage::serving().await;
        let plan = stage.plan(2, RunKind::Deploy).await;
        let events = stage.begin(plan);
        stage.away_at = Some(step);
        let end = stage.work(&events, usize::MAX).await;
        let end = end.unwrap();
        assert_eq!(version_after(&end, &format!("{step}: {end:?}")), expected, "{step}: {end:?}");
        assert_eq!(stage.served().await.as_deref(), Some(expected), "{step}: {end:?}");
        let others = stage.target.containers().await.unwrap();
        let others = others.iter().filter(|c| c.running && c.name.contains("shop--local"));
        assert_eq!(others.count(), 1, "{step}: two versions run");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_live_is_restarted_stopped_and_started_again() {
    let mut stage = Stage::serving().await;
    let (end, state) = stage.run(1, RunKind::Restart).await;
    assert_eq!((end, state.live), (End::Live, Some(Slot::Blue)));
    assert_eq!(stage.target.violations(), Vec::<String>::new(), "requests were held, not refused");
    let (end, state) = stage.run(1, RunKind::Stop).await;
    assert_eq!((end, state.live, state.proof), (End::Succeeded, None, None));
    assert_eq!(stage.target.direction(&stage.key()).await.unwrap(), Direction::Absent);
    stage.halted = true;
    assert_eq!(stage.run(1, RunKind::Start).await.0, End::Live);
    stage.halted = false;
    assert_eq!(stage.served().await.unwrap(), "1.1.0");
}

#[tokio::test(start_paused = true)]
async fn what_was_made_live_by_hand_is_taken_as_it_is_without_touching_it() {
    let mut stage = Stage::new();
    stage.spec.environments[0].secrets.clear();
    stage.secret = None;
    assert_eq!((stage.ship(1).await.0, stage.ship(2).await.0), (End::Live, End::Live));
    (stage.recorded, stage.leads) = (Slot::Green, true);
    assert!(stage.plan(2, RunKind::Deploy).await.is_empty(), "it is live as recorded");
    stage.target.start(&stage.target.instance().name("shop--local-blue")).await.unwrap();
    stage.target.direct(&stage.key(), Direction::Slot(Slot::Blue)).await.unwrap();
    assert!(stage.plan(1, RunKind::Deploy).await.takes_as_it_is());
    let before = stage.target.containers().await.unwrap();
    let (end, state) = stage.ship(1).await;
    assert_eq!((end, state.live, state.verdict), (End::Live, Some(Slot::Blue), Some(Verdict::Go)));
    assert_eq!(stage.target.containers().await.unwrap(), before);
    assert_eq!(stage.served().await.unwrap(), "1.1.0");
}

#[tokio::test(start_paused = true)]
async fn d4_a_restart_killed_after_any_event_is_taken_up_and_ends_live_without_a_gap() {
    let mut whole = Stage::serving().await;
    let plan = whole.plan(1, RunKind::Restart).await;
    let events = whole.begin(plan);
    whole.work(&events, usize::MAX).await.unwrap();
    let length = events.lock().unwrap().len();
    for room in 1..length {
        let mut stage = Stage::serving().await;
        let plan = stage.plan(1, RunKind::Restart).await;
        let events = stage.begin(plan);
        assert!(stage.work(&events, room).await.is_err(), "there was room after all");
        assert_eq!(stage.work(&events, usize::MAX).await.unwrap(), End::Live, "killed after event {room}");
        assert_eq!(stage.served().await.unwrap(), "1.1.0");
        assert_eq!(stage.target.violations(), Vec::<String>::new(), "killed after event {room}");
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_while_restarting_the_app_serves_afterwards() {
    let calls: [FakeCall; 5] = [
        Operation::Start.into(),
        Operation::Stop.into(),
        Operation::Inspect.into(),
        TrafficOperation::Direct.into(),
        TrafficOperation::AskSlot.into(),
    ];
    let faults =
        [Fault::Unreachable, Fault::LostAnswer, Fault::Refuse { status: 500, report: "scripted".into() }];
    for (call, fault) in calls.iter().flat_map(|call| faults.iter().map(move |fault| (*call, fault))) {
        for nth in 1..=2 {
            let mut stage = Stage::serving().await;
            let plan = stage.plan(1, RunKind::Restart).await;
            let events = stage.begin(plan);
            stage.target.fail(call, nth, fault.clone());
            let end = stage.work(&events, usize::MAX).await.unwrap();
            let case = format!("{call:?} {nth} {fault:?}: {end:?}");
            assert!(!matches!(end, End::NeedsAttention { .. }), "{case}");
            assert_eq!(stage.served().await.as_deref(), Some("1.1.0"), "{case}");
            assert_eq!(stage.target.violations(), Vec::<String>::new(), "{case}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_app_that_does_not_come_back_is_told_with_its_last_words() {
    let mut stage = Stage::serving().await;
    let name = stage.target.instance().name("shop--local-blue");
    stage.target.change_app(&name, App::exiting(3));
    let (end, state) = stage.run(1, RunKind::Restart).await;
    let End::NeedsAttention { reason, choices } = end else { panic!("{end:?}") };
    assert!(reason.contains("exit code 3"), "{reason}");
    assert!(!choices.is_empty());
    assert_eq!(state.first_failure().unwrap().step.id.as_str(), "start");
}
