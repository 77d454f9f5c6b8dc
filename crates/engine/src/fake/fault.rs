//! Faults to script.

use std::time::Duration;

use crate::docker::{EngineError, Operation, PortOwner, UnreachableCause};
use crate::probe::ProbeError;
use crate::proxy::ProxyError;

/// An operation on the proxy; part of the journal and of scripted faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TrafficOperation {
    /// Installing the proxy.
    EnsureInstalled,
    /// Adding or changing an app.
    PutSite,
    /// Removing an app.
    RemoveSite,
    /// Listing apps.
    Sites,
    /// Saying where a slot listens.
    SetUpstream,
    /// Reading where a slot listens.
    Upstream,
    /// Reading where requests go.
    Direction,
    /// Directing requests.
    Direct,
    /// Counting requests under way.
    InFlight,
    /// Asking a slot.
    AskSlot,
    /// Asking on the public path.
    AskPublic,
}

/// A transfer of an image; part of the journal and of scripted faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MoveOperation {
    /// Looking whether an image is there.
    IsThere,
    /// Bringing an image.
    Bring,
}

/// Any call that the fake takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FakeCall {
    /// A call to the engine.
    Engine(Operation),
    /// A call to the proxy.
    Traffic(TrafficOperation),
    /// A transfer to it.
    Move(MoveOperation),
}

impl From<Operation> for FakeCall {
    fn from(operation: Operation) -> Self {
        Self::Engine(operation)
    }
}

impl From<TrafficOperation> for FakeCall {
    fn from(operation: TrafficOperation) -> Self {
        Self::Traffic(operation)
    }
}

impl From<MoveOperation> for FakeCall {
    fn from(operation: MoveOperation) -> Self {
        Self::Move(operation)
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The engine or proxy refuses; nothing is done.
    Refuse {
        /// HTTP status.
        status: u16,
        /// Its words.
        report: String,
    },
    /// Nothing answers; nothing is done.
    Unreachable,
    /// No answer until the deadline; nothing is done.
    Hang {
        /// The deadline that passes.
        after: Duration,
    },
    /// The way to the target stands still from this call on, as a link does whose cable is cut and plugged in again:
    /// calls wait and are carried out then; requests are given up at their own deadline.
    StandStill {
        /// For so long.
        time: Duration,
    },
    /// The call is carried out, but its answer is lost.
    LostAnswer,
    /// The disk is full; nothing is done.
    OutOfDisk,
    /// A host port is taken; nothing is done.
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The call says that it succeeded, but nothing is done. What is read back tells.
    SilentlyIgnored,
}

impl Fault {
    /// Whether the call is carried out all the same.
    pub(crate) fn takes_effect(&self) -> bool {
        matches!(self, Self::LostAnswer)
    }

    /// The error of an engine call; `None` when it claims success.
    pub(crate) fn engine_error(&self, operation: Operation) -> Option<EngineError> {
        let endpoint = "fake".to_owned();
        Some(match self.clone() {
            Self::Refuse { status, report } => EngineError::Refused { operation, status, report },
            Self::Unreachable => EngineError::Unreachable { endpoint, cause: UnreachableCause::Refused },
            Self::Hang { after } => EngineError::DeadlinePassed { operation, after },
            Self::LostAnswer => {
                EngineError::Unreachable { endpoint, cause: UnreachableCause::ConnectionLost }
            }
            Self::OutOfDisk => EngineError::OutOfDisk { path: "/var/lib/docker".into(), free_bytes: 0 },
            Self::PortTaken { port } => {
                EngineError::PortTaken { port, by: PortOwner::Unknown, free: Some(8080) }
            }
            Self::SilentlyIgnored | Self::StandStill { .. } => return None,
        })
    }

    /// The error of a proxy call; `None` when it claims success.
    pub(crate) fn proxy_error(&self) -> Option<ProxyError> {
        Some(match self.clone() {
            Self::Refuse { status, report } => ProxyError::Refused { request: "fake", status, report },
            Self::Hang { after } => ProxyError::Admin(ProbeError::DeadlinePassed { after }),
            Self::SilentlyIgnored | Self::StandStill { .. } => return None,
            Self::Unreachable | Self::LostAnswer => {
                let source = std::io::ErrorKind::ConnectionRefused.into();
                ProxyError::Admin(ProbeError::Connect { address: "fake".into(), source })
            }
            other => ProxyError::Engine(other.engine_error(Operation::Start)?),
        })
    }
}
