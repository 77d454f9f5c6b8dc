//! Runs with believable events, written into a desk's history.

use crate::desk::Desk;
use chrono::{DateTime, Duration, Utc};
use seatrial_core::evaluate::{DecidedBy, Finding, FindingResult, Verdict};
use seatrial_core::model::*;
use seatrial_core::pipeline::{Action, ArtifactRef, Cause, ContainerShape, Retry, Step};
use seatrial_core::plan::{Plan, PlanSummary, TrafficMove, WorkTree};
use seatrial_core::run::*;
use seatrial_store::{After, Append};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A run that is to be written.
pub(crate) struct Told {
    pub(crate) environment: &'static str,
    pub(crate) version: &'static str,
    pub(crate) commit: Option<String>,
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// How long its test took, in milliseconds.
    pub(crate) test_ms: i64,
    pub(crate) end: End,
    /// Minutes before now.
    pub(crate) ago: i64,
}

pub(crate) fn told(version: &'static str) -> Told {
    let env = &[("LOG", "info")];
    Told { environment: "local", version, commit: None, env, test_ms: 1_000, end: End::Live, ago: 60 }
}

pub(crate) fn app() -> AppName {
    AppName::new("shop").unwrap()
}

fn id(name: &str) -> StepId {
    StepId::new(name).unwrap()
}

fn step(name: &str, phase: Phase, needs: &[&str], action: Action) -> Step {
    Step {
        id: id(name),
        phase,
        practice: Practice::Custom,
        title: format!("Do {name}"),
        needs: needs.iter().map(|n| id(n)).collect(),
        blocking: true,
        timeout_ms: 60_000,
        retry: Retry::default(),
        action,
        undo: None,
        host: None,
    }
}

pub(crate) fn image(version: &str) -> Digest {
    Digest::of(format!("image {version}").as_bytes())
}

impl Told {
    fn shape(&self) -> ContainerShape {
        ContainerShape {
            port: 8000,
            env: self.env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>(),
            secrets: Vec::new(),
            mounts: Vec::new(),
            ports: Vec::new(),
            command: None,
            memory: None,
            stop_grace_ms: 10_000,
        }
    }

    fn plan(&self, request: &RunRequest) -> Plan {
        let run = |command: &str| Action::Run {
            command: command.into(),
            folder: ".".into(),
            env: BTreeMap::new(),
            secrets: Vec::new(),
        };
        let launch = Action::Launch { slot: Slot::Blue, artifact: ArtifactRef::ThisRun, shape: self.shape() };
        Plan {
            fingerprint: Digest::of(b"plan"),
            request: request.clone(),
            app: app(),
            environment: request.environment.clone(),
            target: Some(Target::Docker),
            production: false,
            version: None,
            steps: vec![
                step("test", Phase::Build, &[], run("make test")),
                step("release", Phase::Build, &["test"], Action::RecordRelease),
                step("launch", Phase::Ship, &["release"], launch),
                step("switch", Phase::Ship, &["launch"], Action::SwitchTraffic { to: None }),
            ],
            summary: PlanSummary {
                headline: "Ship shop".into(),
                before: Vec::new(),
                after: Vec::new(),
                traffic: Some(TrafficMove {
                    strategy: Strategy::BlueGreen,
                    from: None,
                    to: Slot::Blue,
                    held: None,
                }),
                checks: Vec::new(),
                way_back: "none".into(),
                notices: Vec::new(),
                urls: Vec::new(),
                hosts: None,
            },
            pipeline_revision: Digest::of(b"pipeline"),
            work_tree: WorkTree { commit: self.commit.clone(), dirty: false, changes: None },
        }
    }

    fn release(&self, run: RunId, at: DateTime<Utc>) -> Release {
        Release {
            id: ReleaseId(run.0),
            app: app(),
            version: self.version.into(),
            artifacts: vec![Artifact {
                kind: ArtifactKind::Image,
                digest: image(self.version),
                reference: format!("seatrial/shop:{}", self.version),
                size: Some(1000),
            }],
            commit: self.commit.clone(),
            dirty: false,
            changes: vec![format!("Make {}", self.version)],
            pipeline_revision: Digest::of(b"pipeline"),
            built_by: run,
            created_at: at,
        }
    }

    /// Writes the run, step by step, and returns it.
    pub(crate) fn write(&self, desk: &Desk) -> RunId {
        let store = desk.store();
        let begin = Utc::now() - Duration::minutes(self.ago);
        let stamp = uuid::Timestamp::from_unix(
            uuid::NoContext,
            u64::try_from(begin.timestamp()).unwrap(),
            begin.timestamp_subsec_nanos(),
        );
        let run = RunId(Uuid::new_v7(stamp));
        let mut at = begin;
        let mut first = true;
        for (after_ms, body) in self.bodies(run, begin) {
            at += Duration::milliseconds(after_ms);
            let after = if first { After::Event(0) } else { After::Any };
            first = false;
            store.append(Append { run, after, at, bodies: vec![body], held: None }).unwrap();
        }
        run
    }

    fn bodies(&self, run: RunId, at: DateTime<Utc>) -> Vec<(i64, EventBody)> {
        let request = RunRequest {
            kind: RunKind::Deploy,
            app: app(),
            environment: Some(EnvironmentName::new(self.environment).unwrap()),
            phases: Phase::ALL.to_vec(),
            release: None,
            retry_of: None,
            without: Vec::new(),
        };
        let actor = Actor { user: "ada".into(), machine: "desk".into() };
        let plan = Box::new(self.plan(&request));
        let begin = |name: &str| EventBody::StepStarted { step: id(name), attempt: 1 };
        let end =
            |name: &str, result| EventBody::StepEnded { step: id(name), attempt: 1, result, duration_ms: 1 };
        let seen = |name: &str, fact| EventBody::Observed { step: id(name), fact };
        let worker = Worker { pid: 1, started: 1, boot: "boot".into() };
        let failed = || {
            let failure = Failure {
                cause: Cause::ExitStatus,
                message: "exit status 1".into(),
                hints: Vec::new(),
                detail: None,
            };
            StepResult::Failed { failure }
        };
        let mut bodies = vec![
            (0, EventBody::Created { request, plan, actor, trigger: Trigger::Terminal }),
            (10, EventBody::Started { worker }),
            (10, begin("test")),
        ];
        if self.end != End::Live {
            bodies.push((self.test_ms, end("test", failed())));
            bodies.push((10, EventBody::Ended { end: self.end.clone() }));
            return bodies;
        }
        let container = format!("c{}", self.version);
        let finding = Finding {
            subject: "smoke".into(),
            result: FindingResult::Pass,
            blocking: true,
            evidence: "/ answered 200".into(),
        };
        let reasons = vec!["smoke: / answered 200".to_owned()];
        let verdict =
            EventBody::VerdictGiven { verdict: Verdict::Go, by: DecidedBy::Policy, reasons, note: None };
        bodies.extend([
            (self.test_ms, end("test", StepResult::Succeeded)),
            (10, begin("release")),
            (10, seen("release", Fact::Release { release: self.release(run, at) })),
            (10, end("release", StepResult::Succeeded)),
            (10, begin("launch")),
            (10, seen("launch", Fact::Launched { slot: Slot::Blue, container, image: image(self.version) })),
            (10, end("launch", StepResult::Succeeded)),
            (10, begin("switch")),
            (10, seen("switch", Fact::Switched { from: None, to: Some(Slot::Blue) })),
            (10, end("switch", StepResult::Succeeded)),
            (10, EventBody::FindingMade { step: id("switch"), finding }),
            (10, verdict),
            (10, EventBody::Ended { end: End::Live }),
        ]);
        bodies
    }
}
