//! What can go wrong with the proxy.

use std::path::PathBuf;
use std::time::Duration;

use super::site::{Direction, Domain, SiteKey};
use crate::docker::EngineError;
use crate::probe::ProbeError;
use crate::ssh::LinkError;

/// Shorthand for results of this module.
pub type Result<T, E = ProxyError> = std::result::Result<T, E>;

/// A failure of the proxy or of directing traffic.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// The container engine failed; a taken port is reported this way.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The proxy runs with other settings (ports, image) than asked for.
    #[error("the proxy runs with other settings; it has to be installed again, which interrupts traffic")]
    SettingsDiffer,
    /// The proxy was started but does not answer.
    #[error("the proxy did not answer within {} s", .after.as_secs())]
    NotReady {
        /// The time that was waited.
        after: Duration,
        /// The last lines of its log.
        log: Vec<String>,
    },
    /// The admin endpoint does not answer.
    #[error("the proxy's admin endpoint does not answer")]
    Admin(#[source] ProbeError),
    /// The admin endpoint refused a request.
    #[error("the proxy refused {request} (status {status}): {report}")]
    Refused {
        /// Path of the request.
        request: &'static str,
        /// HTTP status.
        status: u16,
        /// The proxy's own words.
        report: String,
    },
    /// The configuration read back after loading is not the one that was loaded.
    #[error("the proxy runs another configuration than the one just loaded")]
    NotApplied,
    /// Traffic did not follow a switch.
    #[error("requests for {key} should go to {wanted:?}, but {observed}")]
    NotSwitched {
        /// The app.
        key: SiteKey,
        /// Where requests should go.
        wanted: Direction,
        /// What was observed on the public path.
        observed: Observed,
    },
    /// The proxy does not know the app.
    #[error("the proxy has no app {key}")]
    UnknownSite {
        /// The app.
        key: SiteKey,
    },
    /// The domain leads to another app.
    #[error("{domain} already leads to {by}")]
    DomainTaken {
        /// The domain.
        domain: Domain,
        /// The app that has it.
        by: SiteKey,
    },
    /// Not a domain name.
    #[error("{given:?} is not a domain name: use letters, digits, `-` and `.`")]
    InvalidDomain {
        /// What was given.
        given: String,
    },
    /// Not a key.
    #[error("{given:?} cannot name an app here: use 1 to 75 of a-z, 0-9 and `-`")]
    InvalidKey {
        /// What was given.
        given: String,
    },
    /// Not an upstream.
    #[error("{given:?} is not a container name")]
    InvalidUpstream {
        /// What was given.
        given: String,
    },
    /// Requests are still under way although the limit has passed.
    #[error("{left} requests are still under way after {} s", .after.as_secs())]
    StillBusy {
        /// How many.
        left: u64,
        /// The limit.
        after: Duration,
    },
    /// The lease that allows changes is somebody else's by now.
    #[error("somebody else may change this environment now; this run must not")]
    LeaseLost,
    /// Another process is changing the proxy's configuration.
    #[error("the proxy's configuration is being changed by another process since {} s", .after.as_secs())]
    Locked {
        /// How long was waited.
        after: Duration,
    },
    /// Another process has changed the proxy's configuration meanwhile, again and again.
    #[error("the proxy's configuration was changed by another process at the same time")]
    ChangedMeanwhile,
    /// There is no space for the proxy's files.
    #[error("the disk of the proxy's host is full, so its files could not be written")]
    DiskFull,
    /// The proxy's directory on its host could not be read or written.
    #[error("the proxy's directory on its host could not be used (status {status}): {report}")]
    Script {
        /// Exit status of the script.
        status: i32,
        /// What it said.
        report: String,
    },
    /// A file of the proxy's directory could not be read or written.
    #[error("{} could not be used", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's cause.
        #[source]
        source: std::io::Error,
    },
    /// The saved list of apps and its copy are both damaged.
    #[error("{} and its copy are damaged", .path.display())]
    StateDamaged {
        /// The file.
        path: PathBuf,
    },
}

impl From<LinkError> for ProxyError {
    fn from(error: LinkError) -> Self {
        Self::Engine(error.into())
    }
}

/// What the public path showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// Another slot, or other words, answered.
    Answer(String),
    /// Nothing answered.
    Silence,
}

impl std::fmt::Display for Observed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Answer(text) => write!(f, "the public path answered {text:?}"),
            Self::Silence => f.write_str("the public path does not answer"),
        }
    }
}
