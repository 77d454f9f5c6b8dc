//! The resolved configuration of an app: nothing optional is left open, and every value has an origin.

use crate::model::{
    AppName, Digest, EnvironmentName, Phase, Practice, Rollout, SshHost, StepId, Strategy, Target, WorkerName,
};
use crate::pipeline::{
    Acme, Availability, HealthCheck, HttpExpectation, ImageBuild, Mount, PortBinding, Retry, SecretRef,
    VersionSource,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum Origin {
    /// Written in a file.
    File {
        /// Path relative to the app's folder.
        file: String,
        /// Line, from 1.
        line: u32,
        /// Column in characters, from 1.
        column: u32,
    },
    /// Concluded from something in the folder.
    Detected {
        /// From what: "package.json: scripts.test".
        evidence: String,
    },
    /// The value used when nothing is said.
    Default,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The configuration cannot be used.
    Error,
    /// It can be used, and something is likely not meant so.
    Warning,
}

/// Something wrong in a configuration file: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// Path relative to the app's folder.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do, when there is something to offer ("did you mean `timeout`?").
    pub hint: Option<String>,
}

/// A command step a person declared, or detection found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepSpec {
    /// Unique in the pipeline.
    pub id: StepId,
    /// Build or Evaluate (Ship's own order is the planner's), or Ship for `migrate` and `custom` steps there.
    pub phase: Phase,
    /// Its kind.
    pub practice: Practice,
    /// Text for `/bin/sh -c`.
    pub command: String,
    /// Folder relative to the app's folder.
    pub folder: String,
    /// Steps that have to succeed first.
    pub needs: Vec<StepId>,
    /// Longest time of one attempt, in milliseconds.
    pub timeout_ms: u64,
    /// When it is tried again.
    pub retry: Retry,
    /// Whether the run fails when it fails.
    pub blocking: bool,
    /// Plain variables.
    pub env: BTreeMap<String, String>,
    /// Secrets handed over as variables, by name.
    pub secrets: Vec<String>,
}

/// What Build consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BuildSpec {
    /// Command steps, in the order of the file.
    pub steps: Vec<StepSpec>,
    /// How the image is made.
    pub image: ImageBuild,
    /// Longest time of the image build, in milliseconds.
    pub image_timeout_ms: u64,
    /// Whose engine builds the image; `None`: this machine's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<SshHost>,
    /// Where the version comes from.
    pub version: VersionSource,
}

/// What happens to the old version after a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeepOld {
    /// It is stopped and kept: going back starts it again.
    Stopped,
    /// It keeps running: going back is instant.
    Warm,
}

/// What runs once, in a container of its own made from the new image, before visitors get the new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobSpec {
    /// Its name; also its step's, so it is unique in a run.
    pub name: StepId,
    /// The kind of thing it does.
    pub practice: Practice,
    /// What it runs instead of the image's command.
    pub command: Vec<String>,
    /// Longest time, in milliseconds.
    pub timeout_ms: u64,
    /// Memory limit in bytes; `None`: that of the app's own container.
    pub memory: Option<u64>,
}

impl JobSpec {
    /// What it runs, as it was written.
    pub fn words(&self) -> String {
        as_written(&self.command)
    }
}

/// What runs beside the process that visitors reach, in a container of its own made from the same image: it takes work
/// from a queue, say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkerSpec {
    /// Its name.
    pub name: WorkerName,
    /// What it runs instead of the image's command.
    pub command: Vec<String>,
    /// How long it has to stay up before it counts as started, in milliseconds.
    pub steady_ms: u64,
    /// Memory limit in bytes; `None`: that of the app's own container.
    pub memory: Option<u64>,
    /// Whether there is one on all hosts together, on the first of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
}

impl WorkerSpec {
    /// What it runs, as it was written.
    pub fn words(&self) -> String {
        as_written(&self.command)
    }
}

/// A command without the shell that a text is run by.
fn as_written(command: &[String]) -> String {
    match command {
        [shell, option, text] if shell == "/bin/sh" && option == "-c" => text.clone(),
        words => words.join(" "),
    }
}

/// How an environment is shipped to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShipSpec {
    /// How traffic is directed.
    pub strategy: Strategy,
    /// The port the app listens on.
    pub port: u16,
    /// Ports published past the proxy.
    pub ports: Vec<PortBinding>,
    /// Volumes and folders.
    pub mounts: Vec<Mount>,
    /// Command instead of the image's own.
    pub command: Option<Vec<String>>,
    /// Memory limit in bytes.
    pub memory: Option<u64>,
    /// When a new version counts as healthy.
    pub health: HealthCheck,
    /// Longest wait for requests in flight, in milliseconds.
    pub drain_ms: u64,
    /// Time between SIGTERM and SIGKILL, in milliseconds.
    pub stop_grace_ms: u64,
    /// What happens to the old version after a switch.
    pub keep_old: KeepOld,
    /// How many releases' images stay on the target.
    pub keep_releases: u32,
    /// How it reaches several hosts.
    #[serde(default, skip_serializing_if = "Rollout::is_usual")]
    pub rollout: Rollout,
    /// What runs once before visitors get a new version, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<JobSpec>,
    /// What runs beside the process that visitors reach.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workers: Vec<WorkerSpec>,
}

/// Who decides the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictPolicy {
    /// Findings decide: all well is `go`, a failure is `no_go`, too little evidence is `inconclusive`.
    Policy,
    /// A person decides; until then the verdict is open.
    Person,
}

/// What a `no_go` leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnNoGo {
    /// The release stays live; a person decides.
    Keep,
    /// The previous release is put back.
    Rollback,
}

/// What Evaluate consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvaluateSpec {
    /// Requests through the public path, with expectations.
    pub smoke: Vec<HttpExpectation>,
    /// Availability and latency after Ship; `None`: not watched.
    pub availability: Option<Availability>,
    /// Command steps (integration tests and the like), in the order of the file.
    pub steps: Vec<StepSpec>,
    /// Who decides.
    pub verdict: VerdictPolicy,
    /// What a `no_go` leads to.
    pub on_no_go: OnNoGo,
}

/// An environment of the app, with everything resolved for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentSpec {
    /// Its name.
    pub name: EnvironmentName,
    /// Where it runs.
    pub target: Target,
    /// Whether it is production.
    pub production: bool,
    /// Host names that lead to it.
    pub domains: Vec<String>,
    /// Whether HTTPS is served too.
    pub https: bool,
    /// The authority that certificates come from, when the file names one.
    pub acme: Option<Acme>,
    /// Plain configuration.
    pub env: BTreeMap<String, String>,
    /// Secrets, by name.
    pub secrets: Vec<SecretRef>,
    /// How it is shipped to.
    pub ship: ShipSpec,
    /// How it is evaluated.
    pub evaluate: EvaluateSpec,
}

impl EnvironmentSpec {
    /// What it is on each of its hosts, if that were the only one; itself, where there are not several. The first has
    /// the workers that run once.
    pub fn on_each_host(&self) -> Vec<Self> {
        match &self.target {
            Target::Hosts(hosts) => {
                let alone = |(place, host): (usize, &SshHost)| {
                    let mut alone = Self { target: Target::Ssh(host.clone()), ..self.clone() };
                    alone.ship.workers.retain(|worker| place == 0 || !worker.once);
                    alone
                };
                hosts.as_slice().iter().enumerate().map(alone).collect()
            }
            Target::Docker | Target::Ssh(_) | Target::Swarm => vec![self.clone()],
        }
    }

    /// The same without some of its hosts; `None`: no host would be left. What runs once is where it was, also when that
    /// is one of those: a second one elsewhere would do the same work.
    pub fn without(&self, left_out: &[SshHost]) -> Option<Self> {
        let mut rest = Self { target: self.target.without(left_out)?, ..self.clone() };
        let first_stays = self.target.hosts().first() == rest.target.hosts().first();
        rest.ship.workers.retain(|worker| first_stays || !worker.once);
        Some(rest)
    }
}

/// The resolved configuration of an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppSpec {
    /// The app's name.
    pub app: AppName,
    /// What Build consists of.
    pub build: BuildSpec,
    /// Environments in promotion order (the order of the file).
    pub environments: Vec<EnvironmentSpec>,
    /// Where each value came from, by dotted path (`env.prod.ship.port`), in order.
    pub origins: BTreeMap<String, Origin>,
    /// Digest of the resolved values (without origins): the pipeline revision.
    pub revision: Digest,
}

impl AppSpec {
    /// The environment of that name.
    pub fn environment(&self, name: &EnvironmentName) -> Option<&EnvironmentSpec> {
        self.environments.iter().find(|e| e.name == *name)
    }
}
