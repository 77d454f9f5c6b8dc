//! Errors of the engine's parts as failures of steps: cause for rules, words and hints for people.

use crate::docker::EngineError;
use crate::proxy::ProxyError;
use crate::secrets::Masker;
use crate::shared_place::{FREE_SPACE, SharedPlaceError};
use crate::ssh::LinkError;
use seatrial_core::pipeline::Cause;
use seatrial_core::run::Failure;
use std::error::Error;

/// A failure with nothing but a message.
pub(super) fn new(cause: Cause, message: impl Into<String>) -> Failure {
    Failure { cause, message: message.into(), hints: Vec::new(), detail: None }
}

/// A failure with one thing to do next.
pub(super) fn hinted(cause: Cause, message: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure { hints: vec![hint.into()], ..new(cause, message) }
}

/// Something that cannot be, unless Seatrial has a defect.
pub(super) fn internal(message: &str) -> Failure {
    hinted(Cause::Internal, message, "this is a defect of Seatrial: please report it")
}

/// An engine's error.
pub(super) fn of_engine(error: &EngineError) -> Failure {
    let message = chain(error);
    match error {
        EngineError::Unreachable { cause, .. } => hinted(Cause::EngineUnreachable, message, cause.hint()),
        EngineError::Link(error) => of_link(error),
        EngineError::Lease(error) => match error.as_ref() {
            SharedPlaceError::Link(error) => of_link(error),
            SharedPlaceError::Full { .. } => hinted(Cause::DiskFull, message, FREE_SPACE),
            other => {
                let hints = other.hint().map(str::to_owned).into_iter().collect();
                Failure { hints, ..new(Cause::EngineUnreachable, message) }
            }
        },
        EngineError::TooOld { .. } => hinted(Cause::EngineUnreachable, message, "update Docker"),
        EngineError::DeadlinePassed { .. } => new(Cause::Timeout, message),
        EngineError::ImageMissing { .. } | EngineError::PullFailed { .. } => hinted(
            Cause::ImageUnavailable,
            message,
            "check the image's name and the connection to its registry",
        ),
        EngineError::PortTaken { free, .. } => {
            let hint = free.map(|port| format!("use another port, such as {port}, or stop what uses it"));
            Failure { hints: hint.into_iter().collect(), ..new(Cause::Conflict, message) }
        }
        EngineError::NameTaken { name, .. } => {
            let hint =
                format!("look at it with `docker inspect {name}`; rename or remove it if it is not needed");
            hinted(Cause::Conflict, message, hint)
        }
        EngineError::NotOurs { .. } | EngineError::ForeignName { .. } | EngineError::ImageInUse { .. } => {
            new(Cause::Conflict, message)
        }
        EngineError::OutOfDisk { .. } => {
            hinted(Cause::DiskFull, message, "free space, for example with `docker system prune`")
        }
        EngineError::ContainerMissing { .. }
        | EngineError::NotRunning { .. }
        | EngineError::NetworkMissing { .. } => new(Cause::Outdated, message),
        EngineError::NotReachable { .. } => new(Cause::Unhealthy, message),
        EngineError::Refused { .. } | EngineError::Protocol { .. } => new(Cause::EngineUnreachable, message),
    }
}

/// The error of a link to a host.
fn of_link(error: &LinkError) -> Failure {
    let hints = error.cause.hint().map(str::to_owned).into_iter().collect();
    let detail = (!error.detail.is_empty()).then(|| error.detail.join("\n"));
    Failure { hints, detail, ..new(Cause::EngineUnreachable, chain(error)) }
}

/// The proxy's error.
pub(super) fn of_proxy(error: &ProxyError) -> Failure {
    match error {
        ProxyError::Engine(engine) => of_engine(engine),
        ProxyError::NotReady { log, .. } => {
            Failure { detail: Some(log.join("\n")), ..new(Cause::Proxy, chain(error)) }
        }
        ProxyError::DomainTaken { .. } => {
            hinted(Cause::Conflict, chain(error), "choose another domain in `domains`")
        }
        ProxyError::DiskFull => hinted(Cause::DiskFull, chain(error), FREE_SPACE),
        _ => new(Cause::Proxy, chain(error)),
    }
}

/// The same failure without any secret in its texts.
pub(super) fn masked(failure: Failure, masker: &Masker) -> Failure {
    Failure {
        cause: failure.cause,
        message: masker.mask(&failure.message),
        hints: failure.hints,
        detail: failure.detail.map(|text| masker.mask(&text)),
    }
}

/// An error with its sources, in one sentence.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
