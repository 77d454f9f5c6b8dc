//! Several hosts that serve one environment together.

use super::SshHost;
use std::collections::BTreeSet;
use std::fmt;

/// Between two hosts where they are written in one text.
const SEPARATOR: &str = ", ";

/// At least two different hosts, in the order in which traffic is switched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hosts(Vec<SshHost>);

/// Why hosts cannot serve an environment together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostsError {
    /// There are fewer than two.
    #[error("several hosts are at least two")]
    TooFew,
    /// Two of them are the same machine, perhaps under another login.
    #[error("`{0}` is listed twice")]
    Twice(SshHost),
    /// A text is no host.
    #[error("`{0}` is not a host")]
    NoHost(String),
}

impl Hosts {
    /// These hosts, in this order.
    pub fn new(hosts: Vec<SshHost>) -> Result<Self, HostsError> {
        let mut seen = BTreeSet::new();
        if let Some(twice) = hosts.iter().find(|host| !seen.insert((host.host(), host.port()))) {
            return Err(HostsError::Twice(twice.clone()));
        }
        if hosts.len() < 2 { Err(HostsError::TooFew) } else { Ok(Self(hosts)) }
    }

    /// Whether a text is meant as several hosts.
    pub(crate) fn is_meant(text: &str) -> bool {
        text.contains(SEPARATOR)
    }

    /// Reads what `Display` writes.
    pub(crate) fn parse(text: &str) -> Result<Self, HostsError> {
        let host = |text: &str| text.parse().map_err(|_| HostsError::NoHost(text.to_owned()));
        Self::new(text.split(SEPARATOR).map(host).collect::<Result<_, _>>()?)
    }

    /// The hosts, in order.
    pub fn as_slice(&self) -> &[SshHost] {
        &self.0
    }
}

impl fmt::Display for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, host) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(SEPARATOR)?;
            }
            host.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_read_back_in_their_order() {
        let text = "ssh://deploy@b, ssh://a, ssh://[::1]:22";
        let hosts = Hosts::parse(text).unwrap();
        assert_eq!(hosts.to_string(), text);
        assert_eq!(hosts.as_slice()[0].host(), "b");
    }

    #[test]
    fn one_host_and_the_same_host_twice_are_not_several() {
        assert_eq!(Hosts::parse("ssh://a"), Err(HostsError::TooFew));
        let twice = "ssh://b@a".parse().unwrap();
        assert_eq!(Hosts::parse("ssh://a, ssh://b@a"), Err(HostsError::Twice(twice)));
        assert!(Hosts::parse("ssh://a, ssh://a:2222").is_ok(), "another port may be another machine");
        assert_eq!(Hosts::parse("ssh://a, docker"), Err(HostsError::NoHost("docker".to_owned())));
    }
}
