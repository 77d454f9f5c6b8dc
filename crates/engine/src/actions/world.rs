//! What actions act on.

use crate::docker::ContainerHost;
use crate::probe::{Prober, ProberReport};
use crate::proxy::{SiteKey, TrafficDriver};
use crate::run::{Outcome, Recorder};
use crate::secrets::{Masker, SecretString};
use crate::slots::container_name;
use crate::transfer::Mover;
use async_trait::async_trait;
use seatrial_core::model::{AppName, Artifact, Digest, Release, RunId, Slot, SshHost, StepId};
use seatrial_core::pipeline::{ImageBuild, Place};
use seatrial_core::run::Failure;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// Builds images.
#[async_trait]
pub trait ImageBuilder: Send + Sync {
    /// Builds an image from `folder`, tags it `tag`, and reports progress and output to `recorder`.
    async fn build(&self, order: &BuildOrder<'_>) -> Result<Artifact, Outcome>;

    /// The engine that has what was built.
    fn engine(&self) -> &dyn ContainerHost;
}

/// One image to build.
pub struct BuildOrder<'a> {
    /// The app's folder.
    pub folder: &'a std::path::Path,
    /// What is declared.
    pub build: &'a ImageBuild,
    /// Name the image gets, for people.
    pub tag: &'a str,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
    /// The step it is built for.
    pub step: &'a StepId,
    /// Number of the attempt.
    pub attempt: u32,
    /// Where progress and output go.
    pub recorder: &'a Arc<Recorder>,
    /// Hides secrets in the output.
    pub masker: &'a Masker,
    /// Names the build's processes, so that they can be found after a crash.
    pub mark: String,
    /// Triggered when it has to end.
    pub cancel: &'a CancellationToken,
}

/// Values of secrets, for the moment they are handed over.
#[async_trait]
pub trait SecretValues: Send + Sync {
    /// The value of a secret of the run's environment.
    async fn value(&self, name: &str) -> Result<SecretString, Failure>;
}

/// Where visitors reach the environment.
#[derive(Debug, Clone)]
pub struct PublicPath {
    /// Host name.
    pub domain: String,
    /// Path that is watched.
    pub path: String,
    /// URL for people and for commands (`SEATRIAL_URL`).
    pub url: String,
}

/// The version this run's release gets, decided from the work tree as it was when the worker started.
#[derive(Debug, Clone)]
pub struct VersionDecision {
    /// The version.
    pub version: String,
    /// Why.
    pub reason: String,
    /// Subjects of the commits since the version before, newest first.
    pub changes: Vec<String>,
}

/// Everything a run's actions need.
pub struct World {
    /// The run.
    pub run: RunId,
    /// The app.
    pub app: AppName,
    /// Its folder.
    pub folder: PathBuf,
    /// The environment's things on the target; `None` when only Build is asked for.
    pub place: Option<Place>,
    /// Which of several hosts this is; `None` where there is one.
    pub server: Option<SshHost>,
    /// The engine.
    pub host: Arc<dyn ContainerHost>,
    /// The proxy.
    pub traffic: Arc<dyn TrafficDriver>,
    /// The image builder, or why there is none.
    pub builder: Result<Arc<dyn ImageBuilder>, Failure>,
    /// Brings images to the target; or why there is nothing that does.
    pub mover: Result<Arc<dyn Mover>, Failure>,
    /// Secrets of the environment.
    pub secrets: Arc<dyn SecretValues>,
    /// Hides the values of all secrets of the environment in everything that is kept.
    pub masker: Masker,
    /// The public path; `None` without an environment.
    pub public: Option<PublicPath>,
    /// Network that the proxy and the slots share.
    pub network: String,
    /// Commit of the work tree; `None` outside git.
    pub commit: Option<String>,
    /// Whether the work tree has changes that are in no commit.
    pub dirty: bool,
    /// The version of what this run builds.
    pub version: VersionDecision,
    /// Digest of the resolved configuration.
    pub pipeline_revision: Digest,
    /// The release to ship when this run does not build one.
    pub release: Option<Release>,
    /// Images of the app's releases, newest first, for tidying.
    pub images: Vec<Digest>,
    /// Images that stay however old they are: what is live somewhere, and what a rollback goes back to.
    pub needed: BTreeSet<Digest>,
    /// The prober, while it runs, and what probers before it saw.
    pub watch: Mutex<Watch>,
}

/// The prober of a run.
#[derive(Default)]
pub struct Watch {
    pub(super) prober: Option<Prober>,
    pub(super) before: Option<ProberReport>,
}

impl World {
    /// The environment's things; a plan with Ship or Evaluate always has them.
    pub(super) fn place(&self) -> Result<&Place, Failure> {
        self.place.as_ref().ok_or_else(|| super::failure::internal("this run has no environment"))
    }

    /// What builds.
    pub(super) fn builder(&self) -> Result<&dyn ImageBuilder, Failure> {
        self.builder.as_deref().map_err(Clone::clone)
    }

    /// The environment's key at the proxy.
    pub(super) fn site_key(&self) -> Result<SiteKey, Failure> {
        SiteKey::parse(&self.place()?.stem()).map_err(|e| super::failure::of_proxy(&e))
    }

    /// The public path.
    pub(super) fn public(&self) -> Result<&PublicPath, Failure> {
        self.public.as_ref().ok_or_else(|| super::failure::internal("this environment has no address"))
    }

    /// Name of the container in a slot; also its name on the shared network.
    pub(super) fn container(&self, slot: Slot) -> Result<String, Failure> {
        Ok(container_name(self.host.instance(), self.place()?, slot, None))
    }
}
