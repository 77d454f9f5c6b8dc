//! Where images come from: the engine that builds, and engines that have a release's image already.

use crate::App;
use crate::api::ApiError;
use crate::target::{Docker, engine_over};
use futures_util::future::join_all;
use seatrial_core::model::{Digest, Release, SshHost};
use seatrial_core::pipeline::Cause;
use seatrial_core::plan::{ImageSource, Observed};
use seatrial_core::run::Failure;
use seatrial_core::spec::{AppSpec, EnvironmentSpec};
use seatrial_engine::docker::{ContainerHost, DockerEngine};
use seatrial_engine::observe::which_are_there;
use seatrial_engine::ssh::Link;
use seatrial_engine::transfer::{Direct, DockerMover, Parcel, Patience, Reads, Tunnel};
use std::path::PathBuf;
use std::sync::Arc;

/// An engine that has images or builds them, here or on a server.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) engine: Arc<DockerEngine>,
    /// What leads to the server; `None`: it is here.
    link: Option<Link>,
}

/// What was found out about sources for a plan.
#[derive(Default)]
pub(crate) struct Sources {
    /// Those that the plan knows.
    pub(crate) known: Vec<Source>,
    /// The same, as the planner sees them.
    pub(crate) seen: Vec<ImageSource>,
    /// Who may have the image and could not be asked, and why not.
    pub(crate) silent: Vec<(String, ApiError)>,
}

impl From<&Docker> for Source {
    fn from(docker: &Docker) -> Self {
        Self { engine: Arc::clone(&docker.engine), link: docker.link.clone() }
    }
}

impl Source {
    /// The server; `None`: it is here.
    pub(crate) fn at(&self) -> Option<&SshHost> {
        self.link.as_ref().map(Link::host)
    }

    async fn seen(&self, images: &[Digest]) -> Result<ImageSource, ApiError> {
        let images = which_are_there(self.engine.as_ref(), images).await?;
        let architecture = self.engine.facts().await?.architecture;
        Ok(ImageSource { at: self.at().cloned(), architecture, images })
    }

    /// What brings images from here to a target. `reads` is common to all targets of a run.
    pub(crate) fn mover(&self, target: &Docker, scratch: PathBuf, reads: Arc<Reads<Parcel>>) -> DockerMover {
        let tunnel: Arc<dyn Tunnel> = match &target.link {
            Some(link) => Arc::new(link.clone()),
            None => Arc::new(Direct),
        };
        let (from, to) = (Arc::clone(&self.engine), Arc::clone(&target.engine));
        DockerMover { from, to, tunnel, scratch, reads, patience: Patience::default() }
    }
}

impl App {
    /// Connects to an engine for its images alone.
    async fn source(&self, at: Option<&SshHost>) -> Result<Source, ApiError> {
        let Some(host) = at else { return Ok(Source::from(&self.docker().await?)) };
        let link = self.link(host).await?;
        Ok(Source { engine: engine_over(&link).await?, link: Some(link) })
    }

    /// One of the known sources, or a new connection. Why there is none is a failure of the step that needs it and of
    /// no other: what has been brought already can be gone on with.
    pub(crate) async fn source_for_step(
        &self,
        at: Option<&SshHost>,
        known: &[Source],
    ) -> Result<Source, Failure> {
        if let Some(source) = known.iter().find(|source| source.at() == at) {
            return Ok(source.clone());
        }
        self.source(at).await.map_err(|error| Failure {
            cause: Cause::EngineUnreachable,
            message: error.message,
            hints: error.hints,
            detail: None,
        })
    }

    /// The engine that builds, as the configuration says.
    pub(crate) async fn builder(
        &self,
        spec: &AppSpec,
        here: Result<Docker, ApiError>,
    ) -> Result<Sources, ApiError> {
        let builder = match &spec.build.on {
            Some(host) => self.source(Some(host)).await?,
            None => Source::from(&here?),
        };
        let seen = vec![builder.seen(&[]).await?];
        Ok(Sources { known: vec![builder], seen, silent: Vec::new() })
    }

    /// Who has the image of a release that is missing on a target: this machine, the target's other hosts, the server
    /// that builds, or one that serves another environment of the app. A colleague's releases are found so, too.
    /// Nobody is asked when nothing is missing: going back needs nothing but the target.
    pub(crate) async fn holders(
        &self,
        spec: &AppSpec,
        (environment, release): (&EnvironmentSpec, &Release),
        (here, dockers): (Result<Docker, ApiError>, &[Docker]),
        observed: &[Observed],
    ) -> Result<Sources, ApiError> {
        let Some(image) = release.artifacts.first().map(|artifact| &artifact.digest) else {
            return Ok(Sources::default());
        };
        if observed.iter().all(|observed| observed.images.contains(image)) {
            return Ok(Sources::default());
        }
        for docker in here.as_ref().into_iter().chain(dockers) {
            let source = Source::from(docker);
            let seen = source.seen(std::slice::from_ref(image)).await?;
            if !seen.images.is_empty() {
                return Ok(Sources { known: vec![source], seen: vec![seen], silent: Vec::new() });
            }
        }
        let others = other_servers(spec, environment);
        let ask = |host: SshHost| async move {
            let asked = async {
                let source = self.source(Some(&host)).await?;
                let seen = source.seen(std::slice::from_ref(image)).await?;
                Ok::<_, ApiError>((source, seen))
            };
            asked.await.map_err(|error| (host.host().to_owned(), error))
        };
        let mut sources = Sources::default();
        sources.silent.extend(here.err().map(|error| ("this machine".to_owned(), error)));
        for answer in join_all(others.into_iter().map(ask)).await {
            match answer {
                Ok((source, seen)) => {
                    sources.known.push(source);
                    sources.seen.push(seen);
                }
                Err(silent) => sources.silent.push(silent),
            }
        }
        Ok(sources)
    }
}

/// Servers of an app beside those of one environment, the one that builds first.
fn other_servers(spec: &AppSpec, environment: &EnvironmentSpec) -> Vec<SshHost> {
    let of_environments = spec.environments.iter().flat_map(|other| other.target.hosts());
    let mut others: Vec<SshHost> = Vec::new();
    for host in spec.build.on.iter().chain(of_environments) {
        if !environment.target.hosts().contains(host) && !others.contains(host) {
            others.push(host.clone());
        }
    }
    others
}
