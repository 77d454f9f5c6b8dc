//! Places that can run things.

use super::{Hosts, SshHost};
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
    Ssh(SshHost),
    /// The swarm the local engine manages.
    Swarm,
    /// Several hosts reached over SSH that serve the same release; as one text with `, ` between them.
    Hosts(Hosts),
}

impl Target {
    /// The hosts it consists of, in the order in which traffic is switched; none when it is here.
    pub fn hosts(&self) -> &[SshHost] {
        match self {
            Self::Docker | Self::Swarm => &[],
            Self::Ssh(host) => std::slice::from_ref(host),
            Self::Hosts(hosts) => hosts.as_slice(),
        }
    }

    /// The rest of several hosts when some are left out; `None`: nothing would be left.
    pub fn without(&self, left_out: &[SshHost]) -> Option<Self> {
        let rest: Vec<SshHost> =
            self.hosts().iter().filter(|host| !left_out.contains(host)).cloned().collect();
        match rest.as_slice() {
            [] => None,
            [one] => Some(Self::Ssh(one.clone())),
            _ => Hosts::new(rest).ok().map(Self::Hosts),
        }
    }

    /// Where it is, in a few words: "docker", "ssh://web1", "3 hosts".
    pub fn words(&self) -> String {
        match self {
            Self::Hosts(hosts) => format!("{} hosts", hosts.as_slice().len()),
            one => one.to_string(),
        }
    }
}

/// A text that names no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a target: write `docker`, `swarm` or `ssh://user@host`")]
pub struct TargetError(pub String);

impl FromStr for Target {
    type Err = TargetError;
    fn from_str(text: &str) -> Result<Self, TargetError> {
        match text {
            "docker" => Ok(Self::Docker),
            "swarm" => Ok(Self::Swarm),
            several if Hosts::is_meant(several) => {
                Hosts::parse(several).map(Self::Hosts).map_err(|_| TargetError(several.to_owned()))
            }
            _ => text.parse().map(Self::Ssh).map_err(|_| TargetError(text.to_owned())),
        }
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
            Self::Ssh(host) => host.fmt(f),
            Self::Hosts(hosts) => hosts.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_read_back() {
        let several = "ssh://web1, ssh://web2";
        for text in
            ["docker", "swarm", "ssh://web1", "ssh://deploy@203.0.113.7", "ssh://a@b.example:2222", several]
        {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_left_of_several_hosts_is_several_or_one_or_nothing() {
        let all: Target = "ssh://a, ssh://b, ssh://c".parse().unwrap();
        let host = |name: &str| format!("ssh://{name}").parse::<SshHost>().unwrap();
        let rest = |out: &[SshHost]| all.without(out).map(|target| target.to_string());
        assert_eq!(rest(&[host("b")]).as_deref(), Some("ssh://a, ssh://c"));
        assert_eq!(rest(&[host("a"), host("c")]).as_deref(), Some("ssh://b"));
        assert_eq!(rest(&[host("a"), host("b"), host("c")]), None);
    }

    #[test]
    fn what_could_become_an_option_of_ssh_is_refused() {
        for text in [
            "",
            "dokcer",
            "ssh://",
            "ssh://-oProxyCommand=x",
            "ssh://a b",
            "ssh://u@h:99999",
            "http://x",
            "ssh://a, docker",
        ] {
            assert_eq!(text.parse::<Target>().unwrap_err(), TargetError(text.to_owned()));
        }
    }
}
