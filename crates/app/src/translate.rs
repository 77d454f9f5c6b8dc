//! The one place where typed errors from below become words for people.

use crate::api::{ApiError, Code};
use seatrial_core::plan::PlanError;
use seatrial_engine::docker::EngineError;
use seatrial_engine::observe::ObserveError;
use seatrial_engine::prepare::PrepareError;
use seatrial_engine::proxy::ProxyError;
use seatrial_engine::shared_place::SharedPlaceError;
use seatrial_engine::ssh::{LinkCause, LinkError};
use seatrial_store::{AppendError, OpenError, StoreError};
use std::error::Error;

/// An error with its sources, in one sentence.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        // A transparent wrapper repeats its source.
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = cause.source();
    }
    text
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::DiskFull => "free some space on this disk; nothing of the history is lost",
            StoreError::Busy => "another Seatrial is busy with the history: try again in a moment",
            _ => "run `seatrial doctor` to see where the history is",
        };
        let code = if matches!(error, StoreError::DiskFull) { Code::DiskFull } else { Code::Storage };
        Self::new(code, chain(&error)).hint(hint)
    }
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        Self::new(Code::Storage, chain(&error)).hint("SEATRIAL_HOME chooses another folder for all data")
    }
}

impl From<AppendError> for ApiError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Store(error) => error.into(),
            AppendError::UnknownRun(run) => Self::new(Code::NotFound, format!("there is no run {run}")),
            AppendError::Over(run) => {
                Self::new(Code::Refused, format!("run {run} is over already")).about(run)
            }
            AppendError::LeaseLost { .. } | AppendError::Conflict { .. } => {
                Self::new(Code::Busy, chain(&error))
            }
            AppendError::VersionTaken { .. } => Self::new(Code::Conflict, chain(&error)),
            AppendError::AlreadyCreated(_) => Self::new(Code::Internal, chain(&error)),
        }
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        let message = chain(&error);
        match &error {
            EngineError::Unreachable { cause, .. } => {
                Self::new(Code::TargetUnreachable, message).hint(cause.hint())
            }
            EngineError::Link(link) => about_a_link(link, message),
            EngineError::TooOld { .. } => Self::new(Code::TargetUnreachable, message).hint("update Docker"),
            EngineError::OutOfDisk { .. } => {
                Self::new(Code::DiskFull, message).hint("free space, for example with `docker system prune`")
            }
            EngineError::PortTaken { .. } | EngineError::NameTaken { .. } => {
                Self::new(Code::Conflict, message)
            }
            _ => Self::new(Code::TargetUnreachable, message),
        }
    }
}

/// A server that was not reached, as every command says it.
pub(crate) fn of_link(error: LinkError) -> ApiError {
    EngineError::Link(Box::new(error)).into()
}

fn about_a_link(link: &LinkError, message: String) -> ApiError {
    let told = ApiError::new(Code::TargetUnreachable, message);
    let told = match link.cause.hint() {
        _ if link.cause == LinkCause::KeyUnknown => {
            told.hint(format!("compare its fingerprint and accept it: `seatrial target add {}`", link.host))
        }
        Some(hint) => told.hint(hint),
        None => told,
    };
    match link.cause.forget() {
        Some(command) => told.hint(format!("to forget the old key: `{command}`")),
        None => told,
    }
}

impl From<PrepareError> for ApiError {
    fn from(error: PrepareError) -> Self {
        let message = chain(&error);
        match error {
            PrepareError::Link(link) => of_link(link),
            PrepareError::Underway { host } => {
                Self::new(Code::Busy, message).hint(format!("follow it: `seatrial target prepare {host}`"))
            }
            PrepareError::Script { .. } => Self::new(Code::TargetUnreachable, message)
                .hint("its shell needs flock and setsid, and its disk some room"),
            PrepareError::Unreadable { .. } => {
                Self::new(Code::TargetUnreachable, message).hint("use a login whose shell runs commands")
            }
        }
    }
}

impl From<SharedPlaceError> for ApiError {
    fn from(error: SharedPlaceError) -> Self {
        let message = chain(&error);
        let hint = error.hint().map(str::to_owned);
        let known = match error {
            SharedPlaceError::Link(link) => return EngineError::Link(Box::new(link)).into(),
            SharedPlaceError::Lost { .. }
            | SharedPlaceError::Moved { .. }
            | SharedPlaceError::Locked { .. } => Self::new(Code::Busy, message),
            SharedPlaceError::Broken { .. } => Self::new(Code::Conflict, message),
            SharedPlaceError::Full { .. } => Self::new(Code::DiskFull, message),
            SharedPlaceError::Script { .. } => Self::new(Code::TargetUnreachable, message),
        };
        match hint {
            Some(hint) => known.hint(hint),
            None => known,
        }
    }
}

impl From<ProxyError> for ApiError {
    fn from(error: ProxyError) -> Self {
        match error {
            ProxyError::Engine(error) => error.into(),
            ProxyError::DiskFull => Self::new(Code::DiskFull, chain(&error))
                .hint("free space there: `docker system df` shows what Docker holds"),
            ProxyError::DomainTaken { .. } | ProxyError::SettingsDiffer => {
                Self::new(Code::Conflict, chain(&error))
            }
            other => {
                Self::new(Code::TargetUnreachable, chain(&other)).hint("see `docker logs seatrial-proxy`")
            }
        }
    }
}

impl From<ObserveError> for ApiError {
    fn from(error: ObserveError) -> Self {
        match error {
            ObserveError::Engine(error) => error.into(),
            ObserveError::Proxy(error) => error.into(),
        }
    }
}

impl From<PlanError> for ApiError {
    fn from(error: PlanError) -> Self {
        let message = error.to_string();
        match &error {
            PlanError::NoEnvironment | PlanError::NotObserved(_) => Self::new(Code::Usage, message),
            PlanError::TargetUnsupported { .. } => Self::new(Code::Refused, message)
                .hint("ship to an environment on `docker` or `ssh://user@host`"),
            PlanError::NoDomain(environment) => {
                let example = format!("[env.{environment}] with `domains = [\"app.example.org\"]`");
                Self::new(Code::Configuration, message)
                    .hint(format!("write under which names visitors reach it: {example}"))
            }
            PlanError::NoRelease(_) => Self::new(Code::NotFound, message)
                .hint("build one first: `seatrial build`, or `seatrial deploy` for everything"),
            PlanError::NothingBefore(_) => Self::new(Code::Refused, message)
                .hint("a rollback needs two deployments; `seatrial history` lists them"),
            PlanError::ImageGone { .. } => Self::new(Code::NotFound, message)
                .hint("build it again from its commit; `keep_releases` says how many images stay"),
            PlanError::DomainTaken { .. } => {
                Self::new(Code::Conflict, message).hint("choose another domain under [env] in seatrial.toml")
            }
            PlanError::PortTaken { proxy: true, .. } => Self::new(Code::Conflict, message)
                .hint("let the proxy use other ports, for example `seatrial proxy --http 8080 --https 8443`")
                .hint("or stop what uses the port"),
            PlanError::PortTaken { .. } => {
                Self::new(Code::Conflict, message).hint("choose another port under `ports` in seatrial.toml")
            }
            PlanError::PlatformsDiffer { .. } => {
                Self::new(Code::Conflict, message).hint("make an environment for each kind of host")
            }
            PlanError::OneVersionAtATime { .. } => Self::new(Code::Configuration, message)
                .hint("use one host, or let two versions run side by side"),
            PlanError::OnHost { error, .. } => Self { message, ..Self::from(error.as_ref().clone()) },
            PlanError::DirtyProduction(_) => Self::new(Code::Refused, message)
                .hint("commit the changes first, so that what runs in production can be found again"),
            PlanError::NothingThere(_) => {
                Self::new(Code::Refused, message).hint("ship something first: `seatrial deploy`")
            }
            PlanError::SlotGone { environment, .. } => Self::new(Code::Refused, message)
                .hint(format!("ship the release again: `seatrial ship --env {environment}`")),
            PlanError::Halted(environment) => Self::new(Code::Refused, message)
                .hint(format!("start it again: `seatrial start --env {environment}`")),
            PlanError::NothingLive(_) => {
                Self::new(Code::Refused, message).hint("ship something first: `seatrial deploy`")
            }
        }
    }
}

/// A background task that panicked or was cancelled: a defect.
pub(crate) fn defect(error: &dyn Error) -> ApiError {
    ApiError::new(Code::Internal, format!("something went wrong inside Seatrial: {error}"))
        .hint("this is a defect: please report it")
}
