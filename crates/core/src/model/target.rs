//! Places that can run things.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A place that can run things, as written in `seatrial.toml`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub enum Target {
    /// The Docker engine of this machine.
    Docker,
    /// A host reached over SSH: `ssh://[user@]host[:port]`.
    Ssh {
        /// Login name, when given.
        user: Option<String>,
        /// Host name or alias from the SSH configuration.
        host: String,
        /// Port, when given.
        port: Option<u16>,
    },
    /// The swarm the local engine manages.
    Swarm,
}

/// A text that names no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a target: write `docker`, `swarm` or `ssh://user@host`")]
pub struct TargetError(pub String);

impl FromStr for Target {
    type Err = TargetError;
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let wrong = || TargetError(text.to_owned());
        match text {
            "docker" => return Ok(Self::Docker),
            "swarm" => return Ok(Self::Swarm),
            _ => {}
        }
        let rest = text.strip_prefix("ssh://").ok_or_else(wrong)?;
        let (user, rest) = match rest.split_once('@') {
            Some((user, rest)) => (Some(user.to_owned()), rest),
            None => (None, rest),
        };
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().map_err(|_| wrong())?)),
            None => (rest, None),
        };
        // A leading dash would be read as an option by ssh.
        let word = |s: &str| {
            !s.is_empty()
                && !s.starts_with('-')
                && s.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        if !word(host) || user.as_deref().is_some_and(|u| !word(u)) {
            return Err(wrong());
        }
        Ok(Self::Ssh { user, host: host.to_owned(), port })
    }
}

impl TryFrom<String> for Target {
    type Error = TargetError;
    fn try_from(text: String) -> Result<Self, TargetError> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> String {
        target.to_string()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Docker => f.write_str("docker"),
            Self::Swarm => f.write_str("swarm"),
            Self::Ssh { user, host, port } => {
                f.write_str("ssh://")?;
                if let Some(user) = user {
                    write!(f, "{user}@")?;
                }
                f.write_str(host)?;
                port.map_or(Ok(()), |port| write!(f, ":{port}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_read_back() {
        for text in ["docker", "swarm", "ssh://web1", "ssh://deploy@203.0.113.7", "ssh://a@b.example:2222"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_could_become_an_option_of_ssh_is_refused() {
        for text in
            ["", "dokcer", "ssh://", "ssh://-oProxyCommand=x", "ssh://a b", "ssh://u@h:99999", "http://x"]
        {
            assert_eq!(text.parse::<Target>().unwrap_err(), TargetError(text.to_owned()));
        }
    }
}
