//! Values for tests of rendering.

use chrono::{DateTime, TimeDelta, Utc};
use seatrial_core::evaluate::{DecidedBy, Finding, FindingResult, Verdict};
use seatrial_core::model::{
    Actor, AppName, Digest, EnvironmentName, Phase, Practice, RunId, Slot, StepId, Strategy, Target, Trigger,
};
use seatrial_core::pipeline::{Action, Cause, HealthCheck, Retry, Step};
use seatrial_core::plan::{Plan, PlanSummary, SlotView, TrafficMove};
use seatrial_core::run::{
    End, Event, EventBody, Fact, Failure, ProbeTotals, RunKind, RunRequest, RunState, SkipReason, StepResult,
    Worker,
};
use serde_json::json;

pub(crate) fn at(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::milliseconds(ms)
}

pub(crate) fn run_id() -> RunId {
    "019a0000-0000-7000-8000-0000deadbeef".parse().unwrap()
}

pub(crate) fn step_id(text: &str) -> StepId {
    StepId::new(text).unwrap()
}

pub(crate) fn health() -> HealthCheck {
    HealthCheck { path: "/".into(), status: (200, 399), deadline_ms: 60_000, request_ms: 2000, successes: 1 }
}

pub(crate) fn step(id: &str, phase: Phase, practice: Practice, title: &str) -> Step {
    Step {
        id: step_id(id),
        phase,
        practice,
        title: title.into(),
        needs: Vec::new(),
        blocking: practice != Practice::Lint,
        timeout_ms: 60_000,
        retry: Retry::default(),
        action: Action::AwaitHealthy { slot: Slot::Green, health: health() },
        undo: None,
        host: None,
    }
}

pub(crate) fn plan() -> Plan {
    let slot = |slot, version: Option<&str>, role: &str| SlotView {
        slot,
        version: version.map(Into::into),
        role: role.into(),
    };
    let app = AppName::new("guestbook").unwrap();
    let environment = EnvironmentName::new("prod").unwrap();
    let request = RunRequest {
        kind: RunKind::Deploy,
        app: app.clone(),
        environment: Some(environment.clone()),
        phases: Phase::ALL.to_vec(),
        release: None,
        retry_of: None,
        without: Vec::new(),
    };
    let steps = vec![
        step("lint", Phase::Build, Practice::Lint, "npm run lint"),
        step("image", Phase::Build, Practice::Package, "Build the image"),
        step("launch", Phase::Ship, Practice::Launch, "Start the new version in slot green"),
        step("healthy", Phase::Ship, Practice::HealthCheck, "Wait until green answers"),
        step("switch", Phase::Ship, Practice::DirectTraffic, "Direct traffic to green"),
        step("smoke", Phase::Evaluate, Practice::AcceptanceTest, "Ask for /"),
    ];
    let summary = PlanSummary {
        headline: "Deploy guestbook to prod (docker), blue-green".into(),
        before: vec![slot(Slot::Blue, Some("2.4.1"), "live")],
        after: vec![
            slot(Slot::Green, None, "live"),
            slot(Slot::Blue, Some("2.4.1"), "stopped, kept for rollback"),
        ],
        traffic: Some(TrafficMove {
            strategy: Strategy::BlueGreen,
            from: Some(Slot::Blue),
            to: Slot::Green,
            held: None,
        }),
        checks: vec!["GET / answers 200-399 within 60 s".into(), "smoke: GET /".into()],
        way_back: "2.4.1 is kept in blue: going back starts it again and switches".into(),
        notices: vec!["the work tree has changes that are in no commit".into()],
        urls: vec!["http://guestbook.localhost".into()],
        hosts: None,
    };
    // Read as it is stored: what rendering does not look at may be left out.
    serde_json::from_value(json!({
        "fingerprint": Digest::of(b"plan"),
        "request": request,
        "app": app,
        "environment": environment,
        "target": Target::Docker,
        "production": false,
        "steps": steps,
        "summary": summary,
        "pipeline_revision": Digest::of(b"revision"),
        "work_tree": { "commit": null, "dirty": true },
    }))
    .unwrap()
}

/// Events of a run, numbered and half a second apart.
pub(crate) fn fold(bodies: Vec<EventBody>) -> RunState {
    let actor = Actor { user: "ann".into(), machine: "desk".into() };
    let plan = plan();
    let created = EventBody::Created {
        request: plan.request.clone(),
        plan: Box::new(plan),
        actor,
        trigger: Trigger::Terminal,
    };
    let events: Vec<Event> = std::iter::once(created)
        .chain(bodies)
        .zip(1_u32..)
        .map(|(body, seq)| Event { run: run_id(), seq, at: at(i64::from(seq) * 500), body })
        .collect();
    RunState::fold(&events).unwrap()
}

pub(crate) fn started(pid: u32) -> EventBody {
    EventBody::Started { worker: Worker { pid, started: 1, boot: "boot".into() } }
}

pub(crate) fn begin(id: &str) -> EventBody {
    EventBody::StepStarted { step: step_id(id), attempt: 1 }
}

pub(crate) fn finish(id: &str, duration_ms: u64) -> EventBody {
    EventBody::StepEnded { step: step_id(id), attempt: 1, result: StepResult::Succeeded, duration_ms }
}

pub(crate) fn observed(id: &str, fact: Fact) -> EventBody {
    EventBody::Observed { step: step_id(id), fact }
}

pub(crate) fn failed(id: &str, failure: Failure) -> EventBody {
    let result = StepResult::Failed { failure };
    EventBody::StepEnded { step: step_id(id), attempt: 1, result, duration_ms: 60_000 }
}

pub(crate) fn unhealthy() -> Failure {
    Failure {
        cause: Cause::Unhealthy,
        message: "port 8000 refused for 60 s (container exited 1)".into(),
        hints: vec!["set REDIS_URL: seatrial env set REDIS_URL=…".into()],
        detail: Some("exit code 1\nKeyError: REDIS_URL".into()),
    }
}

pub(crate) fn version() -> Fact {
    Fact::Version { version: "2.5.0".into(), reason: "1 feature since v2.4.1".into() }
}

pub(crate) fn live_run() -> RunState {
    let mut bodies = vec![started(7)];
    for (id, ms) in
        [("lint", 84), ("image", 1234), ("launch", 300), ("healthy", 412), ("switch", 21), ("smoke", 12)]
    {
        bodies.extend([begin(id), finish(id, ms)]);
    }
    bodies.extend([
        observed("image", version()),
        observed("switch", Fact::Switched { from: Some(Slot::Blue), to: Some(Slot::Green) }),
        observed(
            "switch",
            Fact::Proof { totals: ProbeTotals { sent: 342, failed: 0, slowest_ms: 31, p95_ms: 9 } },
        ),
        EventBody::FindingMade {
            step: step_id("smoke"),
            finding: Finding {
                subject: "smoke".into(),
                result: FindingResult::Pass,
                blocking: true,
                evidence: "GET / answered 200 in 4 ms".into(),
            },
        },
        EventBody::VerdictGiven {
            verdict: Verdict::Go,
            by: DecidedBy::Policy,
            reasons: vec!["smoke: GET / answered 200 in 4 ms".into()],
            note: None,
        },
        EventBody::Ended { end: End::Live },
    ]);
    fold(bodies)
}

pub(crate) fn failed_run() -> RunState {
    fold(vec![
        started(7),
        begin("lint"),
        EventBody::StepEnded {
            step: step_id("lint"),
            attempt: 1,
            result: StepResult::Failed { failure: unhealthy() },
            duration_ms: 84,
        },
        EventBody::StepSkipped { step: step_id("image"), reason: SkipReason::DoneBefore },
        observed("image", version()),
        begin("launch"),
        finish("launch", 300),
        begin("healthy"),
        failed("healthy", unhealthy()),
        EventBody::StepSkipped { step: step_id("switch"), reason: SkipReason::NeedFailed },
        EventBody::StepSkipped { step: step_id("smoke"), reason: SkipReason::NeedFailed },
        EventBody::UndoStarted { reason: "green did not become healthy".into() },
        EventBody::UndoStepStarted { step: step_id("launch") },
        EventBody::UndoStepEnded { step: step_id("launch"), result: StepResult::Succeeded },
        EventBody::Ended { end: End::FailedClean { reason: "green did not become healthy".into() } },
    ])
}
