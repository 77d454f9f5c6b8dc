//! What can go wrong between us and a container engine.

use std::path::PathBuf;
use std::time::Duration;

use super::ports::PortOwner;
use crate::shared_place::SharedPlaceError;
use crate::ssh::LinkError;

/// Shorthand for results of this module.
pub type Result<T, E = EngineError> = std::result::Result<T, E>;

/// What was being done; part of errors and of scripted faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// Connecting and asking for the version.
    Connect,
    /// Reading engine facts.
    Facts,
    /// Inspecting an image.
    InspectImage,
    /// Pulling an image.
    PullImage,
    /// Exporting an image.
    ExportImage,
    /// Tagging an image.
    TagImage,
    /// Removing an image.
    RemoveImage,
    /// Making sure that a network exists.
    EnsureNetwork,
    /// Removing a network.
    RemoveNetwork,
    /// Making sure that a volume exists.
    EnsureVolume,
    /// Removing a volume.
    RemoveVolume,
    /// Creating a container.
    Create,
    /// Putting files into a container.
    PutFiles,
    /// Starting a container.
    Start,
    /// Stopping a container.
    Stop,
    /// Killing a container.
    Kill,
    /// Removing a container.
    Remove,
    /// Inspecting a container.
    Inspect,
    /// Listing containers.
    List,
    /// Reading a container's log.
    Logs,
    /// Asking what a container uses.
    Usage,
    /// Running a command in a container.
    Exec,
    /// Asking a container over HTTP.
    Probe,
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Connect => "connect to the engine",
            Self::Facts => "read the engine's facts",
            Self::InspectImage => "inspect the image",
            Self::PullImage => "pull the image",
            Self::ExportImage => "export the image",
            Self::TagImage => "tag the image",
            Self::RemoveImage => "remove the image",
            Self::EnsureNetwork => "create the network",
            Self::RemoveNetwork => "remove the network",
            Self::EnsureVolume => "create the volume",
            Self::RemoveVolume => "remove the volume",
            Self::Create => "create the container",
            Self::PutFiles => "put files into the container",
            Self::Start => "start the container",
            Self::Stop => "stop the container",
            Self::Kill => "kill the container",
            Self::Remove => "remove the container",
            Self::Inspect => "inspect the container",
            Self::List => "list containers",
            Self::Logs => "read the container's log",
            Self::Usage => "ask what the container uses",
            Self::Exec => "run a command in the container",
            Self::Probe => "ask the container over HTTP",
        })
    }
}

/// Why an engine cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreachableCause {
    /// There is no socket at the address: the engine is not installed or not started.
    NoSocket,
    /// The socket is there, but nobody answers on it.
    Refused,
    /// This user may not use the socket.
    PermissionDenied,
    /// The connection broke while in use: the engine stopped or the link was cut.
    ConnectionLost,
    /// The address is not one that can be used (`DOCKER_HOST`).
    InvalidAddress,
    /// There is no Docker on the host.
    NotInstalled,
    /// Docker is on the host and does not run.
    Stopped,
}

impl UnreachableCause {
    /// What a person can do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::NoSocket | Self::Refused => "start Docker, or set DOCKER_HOST to the engine to use",
            Self::PermissionDenied => "add yourself to the group `docker`, or use rootless Docker",
            Self::ConnectionLost => "look whether Docker still runs, then try again",
            Self::NotInstalled => "install Docker on the host",
            Self::Stopped => "start Docker on the host, for example with `systemctl enable --now docker`",
            Self::InvalidAddress => "use unix:///path/to/docker.sock or tcp://host:port in DOCKER_HOST",
        }
    }
}

impl std::fmt::Display for UnreachableCause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoSocket => "there is no such socket",
            Self::Refused => "nobody answers there",
            Self::PermissionDenied => "permission denied",
            Self::ConnectionLost => "the connection was lost",
            Self::NotInstalled => "Docker is not installed there",
            Self::Stopped => "Docker does not run there",
            Self::InvalidAddress => "this address cannot be used",
        })
    }
}

/// Who holds a container name that we wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameHolder {
    /// One of our containers, made for another operation or from another specification.
    Ours {
        /// Operation id recorded on it.
        operation: Option<String>,
        /// Image it was made from.
        image: String,
    },
    /// A container that is not ours.
    Foreign {
        /// Image it was made from.
        image: String,
    },
}

/// An engine's failure, with what a person needs to act.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine does not answer.
    #[error("the container engine at {endpoint} cannot be reached: {cause}")]
    Unreachable {
        /// Address that was tried.
        endpoint: String,
        /// Why.
        cause: UnreachableCause,
    },
    /// The host of the engine cannot be reached over SSH.
    #[error(transparent)]
    Link(Box<LinkError>),
    /// Whether this run still may change the host could not be made sure of, so nothing was changed.
    #[error(transparent)]
    Lease(Box<SharedPlaceError>),
    /// The engine answers but is older than what we support.
    #[error("the container engine at {endpoint} speaks API {found}; {needed} or newer is needed")]
    TooOld {
        /// Address of the engine.
        endpoint: String,
        /// Its newest API version.
        found: String,
        /// Oldest API version we support.
        needed: &'static str,
    },
    /// The engine did not answer in time.
    #[error("could not {operation} within {} s", .after.as_secs())]
    DeadlinePassed {
        /// What was being done.
        operation: Operation,
        /// The deadline that passed.
        after: Duration,
    },
    /// The image is not on the engine.
    #[error("image {reference} is not on this engine")]
    ImageMissing {
        /// The reference that was looked for.
        reference: String,
    },
    /// The image could not be pulled.
    #[error("image {reference} could not be pulled: {report}")]
    PullFailed {
        /// The reference that was to be pulled.
        reference: String,
        /// The engine's own words.
        report: String,
    },
    /// The image is in use by a container.
    #[error("image {reference} is still in use")]
    ImageInUse {
        /// The image.
        reference: String,
    },
    /// No container of that name.
    #[error("there is no container {name}")]
    ContainerMissing {
        /// The name or id.
        name: String,
    },
    /// The container must run for this, and does not.
    #[error("container {name} is not running")]
    NotRunning {
        /// The name or id.
        name: String,
    },
    /// The network does not exist.
    #[error("there is no network {name}")]
    NetworkMissing {
        /// The name.
        name: String,
    },
    /// An object of that name exists and is not the one asked for.
    #[error("the name {name} is taken by another container")]
    NameTaken {
        /// The name.
        name: String,
        /// Who holds it.
        by: NameHolder,
    },
    /// A name that does not carry our prefix was given for something we should own.
    #[error("{name} is not a name of ours: it must start with {prefix}")]
    ForeignName {
        /// The refused name.
        name: String,
        /// The prefix of this instance.
        prefix: String,
    },
    /// The object exists, but name and label do not both say that it is ours.
    #[error("{name} was not made by this Seatrial and is left alone")]
    NotOurs {
        /// The name.
        name: String,
    },
    /// A host port is in use.
    #[error("port {port} is in use by {by}")]
    PortTaken {
        /// The port.
        port: u16,
        /// Who uses it, as far as can be seen.
        by: PortOwner,
        /// A port that was free when we looked.
        free: Option<u16>,
    },
    /// The engine's disk is full.
    #[error("the engine's disk at {} is full ({free_bytes} bytes left)", .path.display())]
    OutOfDisk {
        /// The engine's data directory.
        path: PathBuf,
        /// Bytes left.
        free_bytes: u64,
    },
    /// The container cannot be reached from this machine directly; go through the proxy instead.
    #[error("container {name} has no address that can be reached from here")]
    NotReachable {
        /// The container.
        name: String,
    },
    /// The engine said no for a reason that has no variant of its own.
    #[error("the engine refused to {operation} (status {status}): {report}")]
    Refused {
        /// What was being done.
        operation: Operation,
        /// HTTP status.
        status: u16,
        /// The engine's own words.
        report: String,
    },
    /// The engine's answer could not be understood.
    #[error("the engine's answer was not understood while trying to {operation}")]
    Protocol {
        /// What was being done.
        operation: Operation,
        /// The client library's error.
        #[source]
        source: Box<bollard::errors::Error>,
    },
}

impl From<LinkError> for EngineError {
    fn from(error: LinkError) -> Self {
        Self::Link(Box::new(error))
    }
}

impl EngineError {
    /// Whether the engine itself was out of reach or silent, so that nothing is known about the outcome.
    pub fn outcome_unknown(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Link(_) | Self::DeadlinePassed { .. } | Self::Protocol { .. }
        )
    }
}
