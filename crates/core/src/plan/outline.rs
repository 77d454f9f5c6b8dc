//! What a usual deployment consists of, without looking at anything: the graph beside the text of the file.

use super::{
    EngineFacts, Inputs, Observed, Ports, ProxyFacts, SlotFacts, SlotState, WorkTree, WorkerFacts, plan,
};
use crate::model::{Digest, EnvironmentName, Phase, Practice, Slot, StepId, Target};
use crate::pipeline::Step;
use crate::run::{RunKind, RunRequest};
use crate::spec::{AppSpec, EnvironmentSpec, Origin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A step of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PipelineStep {
    /// Its name; unique in its phase.
    pub id: StepId,
    /// Its phase.
    pub phase: Phase,
    /// Its kind.
    pub practice: Practice,
    /// For people.
    pub title: String,
    /// Steps of the same phase that have to succeed first.
    pub needs: Vec<StepId>,
    /// Whether the run fails when it fails.
    pub blocking: bool,
    /// Line of the text that declares it, from 1; `None`: it comes by itself or was detected.
    pub line: Option<u32>,
    /// Where it comes from, in words: "seatrial.toml:12", "package.json: scripts.test", "always".
    pub origin: String,
}

/// An environment of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PipelineEnvironment {
    /// Its name.
    pub name: EnvironmentName,
    /// Where it runs.
    pub target: Target,
    /// Whether it is production.
    pub production: bool,
    /// Line of the text that declares it, from 1.
    pub line: Option<u32>,
}

/// Steps of a deployment to the first environment, when a version is live there already.
pub fn outline(spec: &AppSpec) -> Vec<PipelineStep> {
    let Some(first) = spec.environments.first() else { return Vec::new() };
    let steps = usual_plan(spec, first).unwrap_or_default();
    let phase_of: BTreeMap<StepId, Phase> = steps.iter().map(|s| (s.id.clone(), s.phase)).collect();
    steps
        .into_iter()
        .map(|step| {
            let origin = origin(spec, first, &step);
            PipelineStep {
                line: line(origin),
                origin: words(origin),
                needs: step.needs.into_iter().filter(|n| phase_of.get(n) == Some(&step.phase)).collect(),
                id: step.id,
                phase: step.phase,
                practice: step.practice,
                title: step.title,
                blocking: step.blocking,
            }
        })
        .collect()
}

/// The environments, in promotion order.
pub fn environments(spec: &AppSpec) -> Vec<PipelineEnvironment> {
    let one = |environment: &EnvironmentSpec| {
        let path = format!("env.{}", environment.name);
        let at = spec.origins.get(&path).or_else(|| spec.origins.get(&format!("{path}.target")));
        PipelineEnvironment {
            name: environment.name.clone(),
            target: environment.target.clone(),
            production: environment.production,
            line: line(at),
        }
    };
    spec.environments.iter().map(one).collect()
}

/// The plan of the next deployment where everything is as it usually is: the proxy runs, a version is live in blue.
fn usual_plan(spec: &AppSpec, first: &EnvironmentSpec) -> Option<Vec<Step>> {
    // Where it runs does not change what is done.
    let environment = EnvironmentSpec { target: Target::Docker, ..first.clone() };
    let request = RunRequest {
        kind: RunKind::Deploy,
        app: spec.app.clone(),
        environment: Some(environment.name.clone()),
        phases: Phase::ALL.to_vec(),
        release: None,
        retry_of: None,
        without: Vec::new(),
    };
    let inputs = Inputs {
        request: &request,
        spec,
        environment: Some(&environment),
        observed: Some(&usual_place(&environment)),
        on_hosts: &[],
        release: None,
        sources: &[],
        standing: None,
        live_version: None,
        done_before: &[],
        work_tree: &WorkTree::default(),
        ports: Ports { http: 80, https: 443 },
    };
    plan(&inputs).ok().map(|plan| plan.steps)
}

fn usual_place(environment: &EnvironmentSpec) -> Observed {
    let runs = || WorkerFacts { state: SlotState::Running, shape: None };
    let live = SlotFacts {
        state: SlotState::Running,
        container: String::new(),
        image: Digest::of(b""),
        release: None,
        version: None,
        shape: None,
        workers: environment.ship.workers.iter().map(|worker| (worker.name.clone(), runs())).collect(),
    };
    let proxy = ProxyFacts {
        running: true,
        http_port: 80,
        https_port: 443,
        domains: environment.domains.clone(),
        https: environment.https,
        acme: environment.acme.clone(),
        foreign_domains: BTreeMap::new(),
    };
    Observed {
        engine: EngineFacts { version: String::new(), architecture: String::new(), disk_free: None },
        proxy: Some(proxy),
        slots: BTreeMap::from([(Slot::Blue, live)]),
        live: Some(Slot::Blue),
        ports_taken: Vec::new(),
        images: Vec::new(),
    }
}

/// The value of the configuration that a step is there for.
fn origin<'s>(spec: &'s AppSpec, environment: &EnvironmentSpec, step: &Step) -> Option<&'s Origin> {
    let own = format!("env.{}", environment.name);
    let id = step.id.as_str();
    let paths = match (step.phase, id) {
        (Phase::Build, "version") => vec!["build.version".to_owned()],
        (Phase::Build, "package") => vec!["build.image.dockerfile".to_owned(), "build.image".to_owned()],
        (Phase::Ship, "health" | "verify") => {
            vec![format!("{own}.ship.health.path"), format!("{own}.ship.health")]
        }
        (Phase::Ship, "switch" | "hold") => vec![format!("{own}.ship.strategy")],
        (Phase::Ship, "drain") => vec![format!("{own}.ship.drain")],
        (Phase::Ship, "stop") => vec![format!("{own}.ship.keep_old")],
        (Phase::Ship, "tidy") => vec![format!("{own}.ship.keep_releases")],
        (Phase::Evaluate, "smoke") => vec![format!("{own}.evaluate.smoke")],
        (Phase::Evaluate, "availability") => {
            vec![format!("{own}.evaluate.availability.for"), format!("{own}.evaluate.availability")]
        }
        (Phase::Evaluate, "verdict") => vec![format!("{own}.evaluate.verdict")],
        (Phase::Evaluate, _) => declared_at(&format!("{own}.evaluate.steps"), id),
        (Phase::Build, _) => declared_at("build.steps", id),
        (Phase::Ship, job) => vec![format!("{own}.ship.jobs.{job}.run")],
    };
    paths.iter().find_map(|path| spec.origins.get(path)).filter(|origin| **origin != Origin::Default)
}

/// Paths a step may have been declared at: a copy made by a matrix goes by its step's name.
fn declared_at(table: &str, id: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut name = id;
    loop {
        paths.extend([format!("{table}.{name}"), format!("{table}.{name}.run")]);
        match name.rsplit_once('-') {
            Some((shorter, _)) => name = shorter,
            None => return paths,
        }
    }
}

fn line(origin: Option<&Origin>) -> Option<u32> {
    match origin {
        Some(Origin::File { line, .. }) => Some(*line),
        _ => None,
    }
}

fn words(origin: Option<&Origin>) -> String {
    match origin {
        Some(Origin::File { file, line, .. }) => format!("{file}:{line}"),
        Some(Origin::Detected { evidence }) => evidence.clone(),
        Some(Origin::Default) | None => "always".to_owned(),
    }
}
