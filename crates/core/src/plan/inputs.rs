//! What a plan is computed from.

use super::Observed;
use crate::model::{Digest, EnvironmentName, Phase, Release, ReleaseId, Slot, SshHost, StepId, Target};
use crate::run::RunRequest;
use crate::spec::{AppSpec, EnvironmentSpec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The work tree at the time of planning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkTree {
    /// The commit; `None` outside git.
    pub commit: Option<String>,
    /// Whether there are changes that are in no commit.
    pub dirty: bool,
    /// What tells one state of the changed files from another; `None`: no tracked file is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Digest>,
}

/// The ports the proxy listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// For HTTP.
    pub http: u16,
    /// For HTTPS.
    pub https: u16,
}

/// An engine from which images can be brought to the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSource {
    /// Where it is; `None`: on this machine.
    pub at: Option<SshHost>,
    /// What it builds for.
    pub architecture: String,
    /// The images that matter now and that it has.
    pub images: Vec<Digest>,
}

/// What the history says about an environment's release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The slot it is in.
    pub slot: Slot,
    /// Which it is.
    pub release: Option<ReleaseId>,
    /// Whether a person stopped it and did not start it again.
    pub halted: bool,
}

/// Everything a plan depends on, as plain data.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    /// What is asked.
    pub request: &'a RunRequest,
    /// What is declared.
    pub spec: &'a AppSpec,
    /// The environment, when Ship or Evaluate are part of it.
    pub environment: Option<&'a EnvironmentSpec>,
    /// What was observed on its target.
    pub observed: Option<&'a Observed>,
    /// With several hosts, what was observed on each, in their order; `observed` is `None` then.
    pub on_hosts: &'a [Observed],
    /// The release to ship, when Build is not part of it.
    pub release: Option<&'a Release>,
    /// Engines beside the targets' that were looked at: the one that builds, or those that have the release's image.
    pub sources: &'a [ImageSource],
    /// What the history says is there.
    pub standing: Option<Standing>,
    /// Version that is live, as recorded, for people.
    pub live_version: Option<&'a str>,
    /// Build steps that an earlier run finished and that are not done again.
    pub done_before: &'a [StepId],
    /// The work tree.
    pub work_tree: &'a WorkTree,
    /// The proxy's ports.
    pub ports: Ports,
}

impl Inputs<'_> {
    /// Whether a phase is part of what is asked.
    pub fn has(&self, phase: Phase) -> bool {
        self.request.phases.contains(&phase)
    }

    /// The first engine that an image can be brought from.
    pub(super) fn source_of(&self, image: &Digest) -> Option<&ImageSource> {
        self.sources.iter().find(|source| source.images.contains(image))
    }

    /// The engine that builds.
    pub(super) fn builder(&self) -> Option<&ImageSource> {
        self.sources.iter().find(|source| self.has(Phase::Build) && source.at == self.spec.build.on)
    }
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Ship or Evaluate without an environment.
    #[error("shipping and evaluating need an environment")]
    NoEnvironment,
    /// The target was not looked at.
    #[error("environment `{0}` was not observed")]
    NotObserved(EnvironmentName),
    /// A kind of target this version cannot ship to.
    #[error("environment `{environment}` is on {target}, which this version of Seatrial cannot ship to yet")]
    TargetUnsupported {
        /// The environment.
        environment: EnvironmentName,
        /// Its target.
        target: Target,
    },
    /// Nobody could reach it.
    #[error("no domain leads to `{0}`")]
    NoDomain(EnvironmentName),
    /// There is no release to ship.
    #[error("there is no release to ship to `{0}`")]
    NoRelease(EnvironmentName),
    /// There is nothing to go back to.
    #[error("no other release was live in `{0}` before, so there is nothing to go back to")]
    NothingBefore(EnvironmentName),
    /// The image of the release is no longer on the target.
    #[error("the image of {version} is no longer there")]
    ImageGone {
        /// The release's version.
        version: String,
    },
    /// A domain leads to something else already.
    #[error("`{domain}` already leads to `{owner}`")]
    DomainTaken {
        /// The domain.
        domain: String,
        /// Who has it: `app--environment`.
        owner: String,
    },
    /// A port is used by something else.
    #[error("port {port} is used by {by}")]
    PortTaken {
        /// The port.
        port: u16,
        /// Who uses it.
        by: String,
        /// Whether the proxy wanted it (another can be chosen), or the app's own `ports`.
        proxy: bool,
    },
    /// Production takes only what is in a commit.
    #[error("`{0}` is production, and the work tree has changes that are in no commit")]
    DirtyProduction(EnvironmentName),
    /// No release was put there.
    #[error("nothing was put into `{0}`, so there is nothing to restart, stop or start")]
    NothingThere(EnvironmentName),
    /// The container of the release is gone.
    #[error("the container in slot {slot} of `{environment}` is gone")]
    SlotGone {
        /// The environment.
        environment: EnvironmentName,
        /// The slot.
        slot: Slot,
    },
    /// It was stopped by a person.
    #[error("`{0}` is stopped")]
    Halted(EnvironmentName),
    /// One image cannot run on all hosts.
    #[error("the hosts are of different kinds ({platforms}), and one image cannot run on all of them")]
    PlatformsDiffer {
        /// Which host is what.
        platforms: String,
    },
    /// Several hosts, and two versions cannot run side by side.
    #[error(
        "`{environment}` is on several hosts, where old and new run side by side for a while, but {reason}"
    )]
    OneVersionAtATime {
        /// The environment.
        environment: EnvironmentName,
        /// Why they cannot.
        reason: String,
    },
    /// One of several hosts is not as it has to be.
    #[error("{}: {error}", host.host())]
    OnHost {
        /// The host.
        host: SshHost,
        /// What is wrong there.
        error: Box<PlanError>,
    },
    /// Nothing is live, so there is nothing to evaluate.
    #[error("nothing is live in `{0}`, so there is nothing to evaluate")]
    NothingLive(EnvironmentName),
}

impl PlanError {
    /// The same about one of several hosts, where it is about the host at all.
    pub(super) fn on(self, host: &SshHost) -> Self {
        match self {
            Self::ImageGone { .. }
            | Self::DomainTaken { .. }
            | Self::PortTaken { .. }
            | Self::SlotGone { .. }
            | Self::NothingThere(_) => Self::OnHost { host: host.clone(), error: Box::new(self) },
            about_all => about_all,
        }
    }
}
