//! A real container engine, over its HTTP API.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error as ApiError;
use bollard::models::ContainerInspectResponse;
use bollard::query_parameters::{InspectContainerOptions, ListContainersOptions};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::connect::{self, Endpoint};
use super::error::{EngineError, Operation, Result, UnreachableCause};
use super::facts::{ContainerEntry, ContainerFacts, DiskFacts, EngineFacts};
use super::instance::Instance;
use super::ports::{PortOwner, free_port_near, listening_process};
use super::store::StoreKind;
use super::{remote, translate};
use crate::ssh::{Link, Reach};

/// Below this much space writing an image or a container cannot be expected to work.
const FULL_DISK: u64 = 32 * 1024 * 1024;

/// Where an engine's host is, seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locality {
    /// The engine runs on this machine: its disk, processes and container addresses can be seen.
    Here,
    /// The engine runs on the host that its endpoint leads to over SSH: the same is seen through that link.
    There,
    /// The engine runs elsewhere and is only reached through its API.
    Elsewhere,
}

/// How long the engine may take for what it does by itself. Pulls, stops and commands come with their own.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// Reading facts, inspecting, listing.
    pub read: Duration,
    /// Creating, starting, removing.
    pub change: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { read: Duration::from_secs(10), change: Duration::from_secs(60) }
    }
}

/// A connected engine.
#[derive(Debug, Clone)]
pub struct DockerEngine {
    pub(crate) client: Docker,
    pub(crate) endpoint: Endpoint,
    pub(crate) instance: Instance,
    pub(crate) locality: Locality,
    pub(crate) deadlines: Deadlines,
    /// Asked once: it costs the engine far more than creating a container does.
    facts: Arc<OnceCell<EngineFacts>>,
    /// Asked once, for the same reason.
    pub(crate) store: Arc<OnceCell<StoreKind>>,
}

impl DockerEngine {
    /// Connects to an engine and checks that it is new enough.
    pub async fn connect(endpoint: Endpoint, instance: Instance, locality: Locality) -> Result<Self> {
        let deadlines = Deadlines::default();
        let client = connect::open(&endpoint, deadlines.read).await?;
        Ok(Self {
            client,
            endpoint,
            instance,
            locality,
            deadlines,
            facts: Arc::default(),
            store: Arc::default(),
        })
    }

    /// The same engine with other deadlines.
    pub fn with_deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = deadlines;
        self
    }

    /// Address of the engine.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) async fn read<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, CallError> {
        self.bounded(operation, self.deadlines.read, call).await
    }

    pub(crate) async fn change<T>(
        &self,
        operation: Operation,
        call: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, CallError> {
        self.bounded(operation, self.deadlines.change, call).await
    }

    pub(crate) async fn bounded<T>(
        &self,
        operation: Operation,
        after: Duration,
        call: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, CallError> {
        self.endpoint.ready().await?;
        match timeout(after, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(match self.classify(operation, error) {
                CallError::Other(error) => CallError::Other(self.endpoint.explain(error).await),
                status => status,
            }),
            Err(_) => Err(CallError::Other(EngineError::DeadlinePassed { operation, after })),
        }
    }

    /// The link to the engine's host, when it may be used to look at that host.
    pub(crate) fn link(&self) -> Option<&Link> {
        match (&self.endpoint, self.locality) {
            (Endpoint::Ssh { link, .. }, Locality::There) => Some(link),
            _ => None,
        }
    }

    /// How addresses of the engine's host are reached, where they are.
    pub fn reach(&self) -> Option<Reach> {
        match self.locality {
            Locality::Here => Some(Reach::Here),
            Locality::There => self.link().cloned().map(Reach::Over),
            Locality::Elsewhere => None,
        }
    }

    async fn disk(&self, directory: &str) -> Option<DiskFacts> {
        match (self.locality, self.link()) {
            (Locality::Here, _) => disk(Path::new(directory)),
            (_, Some(link)) => remote::disk(link, directory).await,
            (_, None) => None,
        }
    }

    /// Tells the engine's "no" (with its status) from not having reached it.
    pub(crate) fn classify(&self, operation: Operation, error: ApiError) -> CallError {
        match error {
            ApiError::DockerResponseServerError { status_code, message } => {
                CallError::Status { operation, status: status_code, report: message }
            }
            ApiError::DockerStreamError { error } => {
                CallError::Status { operation, status: 500, report: error }
            }
            ApiError::SocketNotFoundError(_) => self.unreachable(UnreachableCause::NoSocket),
            error @ (ApiError::HyperLegacyError { .. }
            | ApiError::HyperResponseError { .. }
            | ApiError::IOError { .. }
            | ApiError::RequestTimeoutError) => {
                self.unreachable(io_cause(&error).unwrap_or(UnreachableCause::ConnectionLost))
            }
            source => CallError::Other(EngineError::Protocol { operation, source: Box::new(source) }),
        }
    }

    fn unreachable(&self, cause: UnreachableCause) -> CallError {
        CallError::Other(EngineError::Unreachable { endpoint: self.endpoint.to_string(), cause })
    }

    pub(crate) async fn read_facts(&self) -> Result<EngineFacts> {
        let info = self.read(Operation::Facts, self.client.info()).await?;
        let directory = info.docker_root_dir.clone();
        let mut facts = translate::engine_facts(info, self.client.client_version().to_string());
        if let Some(directory) = &directory {
            facts.disk = self.disk(directory).await;
        }
        // Whoever wants what lasts of them need not ask again.
        drop(self.facts.set(facts.clone()));
        Ok(facts)
    }

    /// Facts that do not change while an engine runs; the disk in them may be out of date.
    pub(crate) async fn lasting_facts(&self) -> Result<&EngineFacts> {
        self.facts.get_or_try_init(|| self.read_facts()).await
    }

    pub(crate) async fn inspect(&self, name: &str) -> Result<Option<ContainerInspectResponse>> {
        let call = self.client.inspect_container(name, None::<InspectContainerOptions>);
        match self.read(Operation::Inspect, call).await {
            Ok(answer) => Ok(Some(answer)),
            Err(CallError::Status { status: 404, .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn find(&self, name: &str) -> Result<Option<ContainerFacts>> {
        Ok(self.inspect(name).await?.map(translate::container_facts))
    }

    /// The container if it exists; an error if it is not ours.
    pub(crate) async fn find_ours(&self, name: &str) -> Result<Option<ContainerFacts>> {
        let found = self.find(name).await?;
        match &found {
            Some(facts) if !self.instance.owns(&facts.name, &facts.labels) => {
                Err(EngineError::NotOurs { name: facts.name.clone() })
            }
            _ => Ok(found),
        }
    }

    pub(crate) async fn need_ours(&self, name: &str) -> Result<ContainerFacts> {
        self.find_ours(name).await?.ok_or_else(|| EngineError::ContainerMissing { name: name.to_owned() })
    }

    pub(crate) async fn list(&self) -> Result<Vec<ContainerEntry>> {
        let options = ListContainersOptions { all: true, ..Default::default() };
        let all = self.read(Operation::List, self.client.list_containers(Some(options))).await?;
        Ok(all.into_iter().map(translate::container_entry).collect())
    }

    /// Looks for facts that explain a refusal, because the engine's words are for people and change.
    pub(crate) async fn explain(&self, refusal: CallError, ports: &[u16]) -> EngineError {
        let CallError::Status { .. } = refusal else { return refusal.into() };
        for port in ports {
            if let Some(by) = self.port_owner(*port).await {
                return EngineError::PortTaken { port: *port, by, free: self.free_port(*port).await };
            }
        }
        self.full_disk().await.unwrap_or_else(|| refusal.into())
    }

    /// Who uses a TCP port of the engine's host, as far as can be seen.
    pub async fn port_owner(&self, port: u16) -> Option<PortOwner> {
        let containers = self.list().await.unwrap_or_default();
        let holder = containers.into_iter().find(|entry| entry.running && entry.host_ports.contains(&port));
        match holder {
            Some(entry) => Some(PortOwner::Container { name: entry.name }),
            None if self.locality == Locality::Here => listening_process(port),
            None => match self.link() {
                Some(link) => remote::port(link, port).await.owner,
                None => None,
            },
        }
    }

    async fn free_port(&self, near: u16) -> Option<u16> {
        match (self.locality, self.link()) {
            (Locality::Here, _) => free_port_near(near),
            (_, Some(link)) => remote::port(link, near).await.free,
            (_, None) => None,
        }
    }

    async fn full_disk(&self) -> Option<EngineError> {
        let info = self.read(Operation::Facts, self.client.info()).await.ok()?;
        let path = info.docker_root_dir?;
        let facts = self.disk(&path).await?;
        (facts.free < FULL_DISK).then(|| EngineError::OutOfDisk { path: path.into(), free_bytes: facts.free })
    }
}

/// A failed call, with the status kept apart so that callers can give it a meaning.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The engine answered with an error status.
    Status { operation: Operation, status: u16, report: String },
    /// Everything else.
    Other(EngineError),
}

impl From<EngineError> for CallError {
    fn from(error: EngineError) -> Self {
        Self::Other(error)
    }
}

impl From<CallError> for EngineError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Status { operation, status, report } => Self::Refused { operation, status, report },
            CallError::Other(error) => error,
        }
    }
}

fn io_cause(error: &ApiError) -> Option<UnreachableCause> {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = source {
        if let Some(io) = current.downcast_ref::<std::io::Error>() {
            return Some(connect::cause_of(io));
        }
        source = current.source();
    }
    None
}

/// Space on the disk that holds a folder of this machine.
#[cfg(unix)]
pub(crate) fn disk(path: &Path) -> Option<DiskFacts> {
    let facts = rustix::fs::statvfs(path).ok()?;
    Some(DiskFacts {
        free: facts.f_bavail * facts.f_frsize,
        total: facts.f_blocks * facts.f_frsize,
        free_inodes: facts.f_favail,
    })
}

#[cfg(not(unix))]
pub(crate) fn disk(_path: &Path) -> Option<DiskFacts> {
    None
}
