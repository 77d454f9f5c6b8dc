//! How scripts get to a host.

use super::error::LinkError;
use super::link::Link;
use super::script::{Output, Script};
use std::time::Duration;

/// How scripts get to a host.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// Over a link.
    Link(Link),
    /// To this machine's shell, with another home.
    #[cfg(test)]
    Here(std::path::PathBuf),
}

impl Way {
    /// Runs a script; see [`Link::run`].
    pub(crate) async fn run(
        &self,
        script: &Script,
        data: &[u8],
        deadline: Duration,
    ) -> Result<Output, LinkError> {
        match self {
            Self::Link(link) => link.run(script, data, deadline).await,
            #[cfg(test)]
            Self::Here(home) => Ok(super::script::run_here_in(script, data, home).await),
        }
    }

    /// The host in words.
    pub(crate) fn host(&self) -> String {
        match self {
            Self::Link(link) => link.host().to_string(),
            #[cfg(test)]
            Self::Here(_) => "here".to_owned(),
        }
    }
}
