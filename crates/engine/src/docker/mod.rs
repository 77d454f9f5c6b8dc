//! A Docker engine as a typed interface: what we ask for, what we observe, what can go wrong.
//!
//! Works over the local socket and, unchanged, over a socket forwarded through SSH.

mod archive;
mod connect;
mod containers;
mod engine;
mod error;
mod facts;
mod host;
mod images;
mod instance;
#[cfg(unix)]
mod kept_open;
mod lines;
mod observe;
mod ports;
mod real;
mod remote;
mod spec;
mod store;
mod translate;

pub use connect::Endpoint;
pub(crate) use engine::{CallError, disk};
pub use engine::{Deadlines, DockerEngine, Locality};
pub use error::{EngineError, NameHolder, Operation, Result, UnreachableCause};
pub use facts::{
    ContainerEntry, ContainerFacts, Created, DiskFacts, EngineFacts, ExecOutcome, ExitFacts, ImageFacts,
    LogLine, LogStart, Phase, Stream, UsageFacts,
};
pub use host::ContainerHost;
pub use instance::{Instance, InvalidInstance, LABEL_OPERATION, LABEL_OWNER, LABEL_SPEC};
pub use ports::{ListeningPorts, PortOwner};
pub use spec::{
    ContainerSpec, Hardening, Limits, Mount, MountSource, PortBinding, Protocol, Restart, SmallFile,
};
#[cfg(test)]
pub(crate) use store::Settings;
pub(crate) use store::{Arrived, PullSign};
pub(crate) use store::{ImageContent, StoreKind};
