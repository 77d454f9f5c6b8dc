//! What steps do, as plain data. The engine has one `probe` and one `apply` for each kind; nothing here is a
//! command line except what a person wrote as one.

use crate::model::{AppName, Digest, EnvironmentName, ReleaseId, Slot, SshHost, StepId, WorkerName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the artifact of a launch comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum ArtifactRef {
    /// This run's Build makes it.
    ThisRun,
    /// It is already there.
    Release {
        /// The release.
        release: ReleaseId,
        /// Its version, for people.
        version: String,
        /// The image's id.
        image: Digest,
    },
}

/// Where the version comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum VersionSource {
    /// The nearest tag, raised by what the commits since then say (Conventional Commits 1.0.0).
    Commits,
    /// A fixed text from the configuration.
    Fixed {
        /// The text.
        version: String,
    },
}

/// How an image is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageBuild {
    /// Folder sent to the builder, relative to the app's folder.
    pub context: String,
    /// Path of the Dockerfile, relative to the app's folder.
    pub dockerfile: String,
    /// Content of the Dockerfile when detection generated it and it is not written to the folder.
    pub generated: Option<String>,
    /// Stage to stop at.
    pub target: Option<String>,
    /// Build arguments, in order of their names.
    pub args: BTreeMap<String, String>,
}

/// A secret by name; its value never stands in a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct SecretRef {
    /// The secret's name; also its file name under `/run/secrets`.
    pub name: String,
    /// Whether it is (also) handed over as an environment variable, where `docker inspect` shows it.
    pub as_env: bool,
    /// Number of its content, from 1: another one makes another container. `None`: it has no content yet, or the plan
    /// was made before contents were numbered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// A volume or folder in the container.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Mount {
    /// A volume's name, or an absolute path on the target.
    pub source: String,
    /// Absolute path in the container.
    pub path: String,
    /// Whether the app can write to it.
    pub read_only: bool,
}

/// A port of the container published on the target itself, past the proxy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct PortBinding {
    /// Port on the target.
    pub host: u16,
    /// Port in the container.
    pub container: u16,
}

/// Everything that makes a container what it is, except the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContainerShape {
    /// The port the app listens on.
    pub port: u16,
    /// Plain configuration.
    pub env: BTreeMap<String, String>,
    /// Secrets, by name.
    pub secrets: Vec<SecretRef>,
    /// Volumes and folders.
    pub mounts: Vec<Mount>,
    /// Ports published past the proxy.
    pub ports: Vec<PortBinding>,
    /// Command instead of the image's own.
    pub command: Option<Vec<String>>,
    /// Memory limit in bytes.
    pub memory: Option<u64>,
    /// Time between SIGTERM and SIGKILL, in milliseconds.
    pub stop_grace_ms: u64,
}

impl ContainerShape {
    /// Tells two shapes apart; stands on the container as a label.
    pub fn digest(&self) -> Digest {
        // Plain data with text keys: it can always be written.
        Digest::of(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}

/// A process that runs beside the one visitors reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkerShape {
    /// Its name.
    pub name: WorkerName,
    /// What makes its container what it is: as that of the app, with another command and without ports.
    pub shape: ContainerShape,
    /// How long it has to stay up, in milliseconds.
    pub steady_ms: u64,
}

/// An authority that gives certificates by ACME (RFC 8555).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acme {
    /// URL of its directory; `None`: the usual public authorities.
    pub directory: Option<String>,
    /// Its own certificate in PEM, where the proxy's host does not know it.
    pub root: Option<String>,
    /// Whom it may write to.
    pub email: Option<String>,
}

/// How the proxy reaches an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// Host names that lead here.
    pub domains: Vec<String>,
    /// Whether HTTPS is served (by the proxy's own authority for `*.localhost`).
    pub https: bool,
    /// The authority that public names get their certificates from; `None`: the proxy's usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acme: Option<Acme>,
}

/// When a new version counts as healthy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthCheck {
    /// Path asked for.
    pub path: String,
    /// Lowest and highest status that count as healthy.
    pub status: (u16, u16),
    /// Time until it must be healthy, in milliseconds.
    pub deadline_ms: u64,
    /// Longest time of one request, in milliseconds.
    pub request_ms: u64,
    /// Answers in a row that are needed.
    pub successes: u32,
}

/// What a smoke step expects of one request through the public path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpExpectation {
    /// Path asked for.
    pub path: String,
    /// Expected status.
    pub status: u16,
    /// Text the body has to contain.
    pub contains: Option<String>,
    /// Longest time of the answer, in milliseconds.
    pub within_ms: u64,
}

/// Limits of the availability and latency probe after Ship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Availability {
    /// Path asked for.
    pub path: String,
    /// How long it watches, in milliseconds.
    pub for_ms: u64,
    /// Requests per second.
    pub rate: u32,
    /// Largest share of failed requests, in parts per million.
    pub max_failed_ppm: u32,
    /// Largest 95th percentile of the latency, in milliseconds.
    pub max_p95_ms: u64,
    /// Fewest requests that allow an answer at all; below, the finding is inconclusive.
    pub min_requests: u32,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    // ---- Build
    /// Runs a command a person wrote, in the app's folder.
    Run {
        /// Text for `/bin/sh -c`.
        command: String,
        /// Folder relative to the app's folder.
        folder: String,
        /// Plain variables for this step.
        env: BTreeMap<String, String>,
        /// Secrets handed over as variables, by name.
        secrets: Vec<String>,
    },
    /// Decides the version.
    DecideVersion {
        /// Where it comes from.
        source: VersionSource,
    },
    /// Builds the image.
    BuildImage {
        /// How.
        build: ImageBuild,
        /// Whose engine builds it; `None`: this machine's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<SshHost>,
    },
    /// Records the release.
    RecordRelease,

    // ---- Ship
    /// Checks what has to hold before anything changes: engine, disk, ports, secrets.
    Preflight {
        /// Secrets that must exist.
        secrets: Vec<String>,
        /// Free space needed, in bytes.
        disk: u64,
        /// Ports on the target that have to be free or ours.
        ports: Vec<u16>,
    },
    /// Makes sure that the proxy runs.
    EnsureProxy {
        /// Port for HTTP on the target.
        http_port: u16,
        /// Port for HTTPS on the target.
        https_port: u16,
    },
    /// Makes sure that the proxy leads the environment's domains to its slots.
    EnsureRoute {
        /// How it is reached.
        route: Route,
    },
    /// Brings the image to the target, only what is not there yet.
    Transfer {
        /// Which image.
        artifact: ArtifactRef,
        /// Whose engine has it; `None`: this machine's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<SshHost>,
    },
    /// Waits until a slot has no request in flight, stops its container and its workers, and removes them. Nothing to do
    /// for an empty slot.
    ClearSlot {
        /// The slot.
        slot: Slot,
        /// Longest wait for requests in flight, in milliseconds.
        drain_ms: u64,
        /// Time between SIGTERM and SIGKILL, in milliseconds.
        grace_ms: u64,
    },
    /// Runs a command once to its end, in a container of its own.
    RunJob {
        /// The job.
        job: StepId,
        /// Which image.
        artifact: ArtifactRef,
        /// What makes its container what it is: as that of the app, with another command and without ports.
        shape: ContainerShape,
        /// Longest time, in milliseconds.
        limit_ms: u64,
    },
    /// Creates the container in a slot and starts it.
    Launch {
        /// The slot.
        slot: Slot,
        /// Which image.
        artifact: ArtifactRef,
        /// Everything else.
        shape: ContainerShape,
    },
    /// Creates the workers of a slot, starts them and waits until they have stayed up.
    LaunchWorkers {
        /// The slot.
        slot: Slot,
        /// Which image.
        artifact: ArtifactRef,
        /// The workers.
        workers: Vec<WorkerShape>,
    },
    /// Starts the workers that are kept in a slot, unless they run, and waits until they have stayed up.
    StartWorkers {
        /// The slot.
        slot: Slot,
    },
    /// Starts the container that is kept in a slot, and once it is healthy the slot's workers.
    StartSlot {
        /// The slot.
        slot: Slot,
        /// Wait until it is healthy again.
        health: HealthCheck,
    },
    /// Waits until the slot is healthy, asked from outside the container.
    AwaitHealthy {
        /// The slot.
        slot: Slot,
        /// What counts as healthy.
        health: HealthCheck,
    },
    /// Sends a request through the proxy to a slot that is not live yet.
    VerifyThroughProxy {
        /// The slot.
        slot: Slot,
        /// What counts as healthy.
        health: HealthCheck,
    },
    /// Makes the proxy hold requests, and waits until none is in flight.
    HoldTraffic {
        /// Longest wait for requests in flight, in milliseconds.
        drain_ms: u64,
    },
    /// Directs all traffic to a slot and reads back that the proxy does.
    SwitchTraffic {
        /// The slot that answers from now on; `None`: nothing is live.
        to: Option<Slot>,
    },
    /// Waits until a slot has no request in flight.
    Drain {
        /// The slot.
        slot: Slot,
        /// Longest wait, in milliseconds.
        limit_ms: u64,
    },
    /// Stops the container in a slot and its workers, and keeps them.
    StopSlot {
        /// The slot.
        slot: Slot,
        /// Time between SIGTERM and SIGKILL, in milliseconds.
        grace_ms: u64,
    },
    /// Stops the workers of a slot that is kept warm: background work is done by one version.
    StopWorkers {
        /// The slot.
        slot: Slot,
        /// Time between SIGTERM and SIGKILL, in milliseconds.
        grace_ms: u64,
    },
    /// Removes images of releases beyond those that are kept.
    Tidy {
        /// How many releases stay.
        keep: u32,
    },

    // ---- Evaluate
    /// Requests through the public path, with expectations.
    Smoke {
        /// What is expected, in order.
        expect: Vec<HttpExpectation>,
    },
    /// Watches availability and latency through the public path.
    WatchAvailability {
        /// Limits.
        limits: Availability,
    },
    /// Decides from the findings.
    Judge {
        /// Whether a person has to confirm.
        ask: bool,
        /// Whether a `no_go` takes back what this run shipped.
        rollback: bool,
    },
}

impl Action {
    /// The kind's name, for lists generated from the kinds (fault tests, documentation).
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Run { .. } => "run",
            Self::DecideVersion { .. } => "decide-version",
            Self::BuildImage { .. } => "build-image",
            Self::RecordRelease => "record-release",
            Self::Preflight { .. } => "preflight",
            Self::EnsureProxy { .. } => "ensure-proxy",
            Self::EnsureRoute { .. } => "ensure-route",
            Self::Transfer { .. } => "transfer",
            Self::ClearSlot { .. } => "clear-slot",
            Self::RunJob { .. } => "run-job",
            Self::Launch { .. } => "launch",
            Self::LaunchWorkers { .. } => "launch-workers",
            Self::StartWorkers { .. } => "start-workers",
            Self::StartSlot { .. } => "start-slot",
            Self::AwaitHealthy { .. } => "await-healthy",
            Self::VerifyThroughProxy { .. } => "verify-through-proxy",
            Self::HoldTraffic { .. } => "hold-traffic",
            Self::SwitchTraffic { .. } => "switch-traffic",
            Self::Drain { .. } => "drain",
            Self::StopSlot { .. } => "stop-slot",
            Self::StopWorkers { .. } => "stop-workers",
            Self::Tidy { .. } => "tidy",
            Self::Smoke { .. } => "smoke",
            Self::WatchAvailability { .. } => "watch-availability",
            Self::Judge { .. } => "judge",
        }
    }
}

/// What names an environment's things on a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The app.
    pub app: AppName,
    /// The environment.
    pub environment: EnvironmentName,
}

impl Place {
    /// `app--environment`: what containers, addresses and proxy files of this environment are called. Two dashes keep
    /// `a-b` + `c` and `a` + `b-c` apart, since no name contains two in a row.
    pub fn stem(&self) -> String {
        format!("{}--{}", self.app, self.environment)
    }

    /// The place of such a name; `None`: it is none.
    pub fn parse(stem: &str) -> Option<Self> {
        let (app, environment) = stem.split_once("--")?;
        Some(Self { app: app.parse().ok()?, environment: environment.parse().ok()? })
    }
}
