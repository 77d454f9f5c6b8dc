//! What the tests are made of: a store in a temporary folder, and runs with believable events.

use chrono::{DateTime, Duration, Utc};
use seatrial_core::evaluate::{DecidedBy, Verdict};
use seatrial_core::model::{
    Actor, AppName, Digest, EnvironmentName, Phase, Practice, Release, ReleaseId, RunId, Slot, StepId,
    Strategy, Target, Trigger,
};
use seatrial_core::pipeline::{Action, Cause, Retry, Step};
use seatrial_core::plan::{Plan, PlanSummary, TrafficMove};
use seatrial_core::run::{
    End, Event, EventBody, Fact, Failure, ProbeTotals, RunKind, RunRequest, StepResult, Worker,
};
use seatrial_store::{After, Append, AppendError, OpenOptions, Store};
use std::path::Path;
use uuid::Uuid;

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 123_456_789).unwrap()
}

pub(crate) fn open(dir: &Path) -> Store {
    Store::open(dir, &OpenOptions::new(now())).unwrap().0
}

pub(crate) fn app() -> AppName {
    AppName::new("guestbook").unwrap()
}

pub(crate) fn prod() -> EnvironmentName {
    EnvironmentName::new("prod").unwrap()
}

pub(crate) fn step(name: &str) -> StepId {
    StepId::new(name).unwrap()
}

pub(crate) fn actor() -> Actor {
    Actor { user: "ada".into(), machine: "desk".into() }
}

pub(crate) fn worker(pid: u32) -> Worker {
    Worker { pid, started: 77, boot: "boot-1".into() }
}

/// Ids grow with `n`, as UUIDv7 do with time; the last digits differ early.
pub(crate) fn id(n: u128) -> Uuid {
    let tail = (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) & 0xffff_ffff_ffff) as u64;
    Uuid::from_u128((0x0199_a000_0000_7000_8000_u128 << 48 | u128::from(tail)) + (n << 80))
}

pub(crate) fn run_id(n: u128) -> RunId {
    RunId(id(n))
}

pub(crate) fn release(n: u128, version: &str) -> Release {
    Release {
        id: ReleaseId(id(n)),
        app: app(),
        version: version.into(),
        artifacts: Vec::new(),
        commit: Some("c0ffee".into()),
        dirty: false,
        changes: vec!["Say hello".into()],
        pipeline_revision: Digest::of(b"revision"),
        built_by: run_id(n),
        created_at: now(),
    }
}

pub(crate) fn a_step(name: &str, phase: Phase) -> Step {
    Step {
        id: step(name),
        phase,
        practice: Practice::Custom,
        title: format!("Do {name}"),
        needs: Vec::new(),
        blocking: true,
        timeout_ms: 60_000,
        retry: Retry::default(),
        action: Action::RecordRelease,
        undo: None,
        host: None,
    }
}

pub(crate) fn request(kind: RunKind, release: Option<ReleaseId>) -> RunRequest {
    RunRequest {
        kind,
        app: app(),
        environment: Some(prod()),
        phases: Phase::ALL.to_vec(),
        release,
        retry_of: None,
        without: Vec::new(),
    }
}

pub(crate) fn created(request: RunRequest) -> EventBody {
    let traffic = TrafficMove { strategy: Strategy::BlueGreen, from: None, to: Slot::Blue, held: None };
    let plan = Plan {
        fingerprint: Digest::of(b"plan"),
        request: request.clone(),
        app: request.app.clone(),
        environment: request.environment.clone(),
        target: Some(Target::Docker),
        production: true,
        steps: vec![a_step("build", Phase::Build), a_step("switch", Phase::Ship)],
        summary: PlanSummary {
            headline: "Ship guestbook to prod".into(),
            before: Vec::new(),
            after: Vec::new(),
            traffic: Some(traffic),
            checks: Vec::new(),
            way_back: "the old version".into(),
            notices: Vec::new(),
            urls: Vec::new(),
            hosts: None,
        },
        pipeline_revision: Digest::of(b"revision"),
        version: None,
        work_tree: Default::default(),
    };
    EventBody::Created { request, plan: Box::new(plan), actor: actor(), trigger: Trigger::Terminal }
}

pub(crate) fn deploy() -> EventBody {
    created(request(RunKind::Deploy, None))
}

pub(crate) fn observed(name: &str, fact: Fact) -> EventBody {
    EventBody::Observed { step: step(name), fact }
}

pub(crate) fn switched(from: Option<Slot>, to: Option<Slot>) -> EventBody {
    observed("switch", Fact::Switched { from, to })
}

pub(crate) fn launched(slot: Slot) -> EventBody {
    observed("switch", Fact::Launched { slot, container: "c1".into(), image: Digest::of(b"image") })
}

pub(crate) fn recorded(n: u128, version: &str) -> EventBody {
    observed("build", Fact::Release { release: release(n, version) })
}

pub(crate) fn started() -> EventBody {
    EventBody::Started { worker: worker(4711) }
}

pub(crate) fn begun(name: &str) -> EventBody {
    EventBody::StepStarted { step: step(name), attempt: 1 }
}

pub(crate) fn done(name: &str) -> EventBody {
    EventBody::StepEnded { step: step(name), attempt: 1, result: StepResult::Succeeded, duration_ms: 12 }
}

pub(crate) fn failed(name: &str, message: &str) -> EventBody {
    let failure =
        Failure { cause: Cause::Unhealthy, message: message.into(), hints: Vec::new(), detail: None };
    let result = StepResult::Failed { failure };
    EventBody::StepEnded { step: step(name), attempt: 1, result, duration_ms: 12 }
}

pub(crate) fn proof(sent: u64) -> EventBody {
    observed("switch", Fact::Proof { totals: ProbeTotals { sent, ..ProbeTotals::default() } })
}

pub(crate) fn verdict(verdict: Verdict) -> EventBody {
    EventBody::VerdictGiven { verdict, by: DecidedBy::Policy, reasons: vec!["smoke".into()], note: None }
}

pub(crate) fn ended(end: End) -> EventBody {
    EventBody::Ended { end }
}

pub(crate) fn add(
    store: &Store,
    run: RunId,
    after: After,
    bodies: Vec<EventBody>,
) -> Result<Vec<Event>, AppendError> {
    store.append(Append { run, after, at: now() + Duration::seconds(1), bodies, held: None })
}

/// A run that builds version `version` and leaves it live in `slot`.
pub(crate) fn ship(store: &Store, n: u128, version: &str, slot: Slot) -> RunId {
    let run = run_id(n);
    let bodies = vec![
        deploy(),
        started(),
        begun("build"),
        recorded(n, version),
        done("build"),
        begun("switch"),
        launched(slot),
        proof(10),
        switched(Some(slot.other()), Some(slot)),
        done("switch"),
        verdict(Verdict::Go),
        ended(End::Live),
    ];
    add(store, run, After::Event(0), bodies).unwrap();
    run
}
