//! Addresses on a host, and what leads to them from here.

use super::error::LinkCause;
use super::folder::is_plain;
use super::link::Link;
use crate::probe::ProbeAddress;
use std::path::PathBuf;

/// An address as it is seen on a host.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RemoteAddress {
    /// A unix socket of the host.
    Unix(PathBuf),
    /// A name or address that the host can reach, and a port.
    Tcp(String, u16),
}

impl RemoteAddress {
    /// As it stands in a forwarding. Characters that ssh expands or splits at are refused.
    pub(super) fn text(&self) -> Result<String, LinkCause> {
        let bad = || LinkCause::BadAddress { address: format!("{self:?}") };
        match self {
            Self::Unix(path) => {
                let text = path.to_str().filter(|text| text.starts_with('/') && is_plain(text, "="));
                text.map(str::to_owned).ok_or_else(bad)
            }
            Self::Tcp(host, port) => {
                let v6 = host.parse::<std::net::Ipv6Addr>().is_ok();
                let named =
                    !host.is_empty() && !host.starts_with('-') && !host.contains('/') && is_plain(host, "");
                match (v6, named) {
                    (true, _) => Ok(format!("[{host}]:{port}")),
                    (false, true) => Ok(format!("{host}:{port}")),
                    (false, false) => Err(bad()),
                }
            }
        }
    }
}

impl std::fmt::Display for RemoteAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp(host, port) => write!(f, "{host}:{port}"),
        }
    }
}

/// How addresses of a target's host are reached from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// The target is this machine: as they are.
    Here,
    /// Through a link.
    Over(Link),
}

impl Reach {
    /// What to connect to here in order to reach an address there. The way is made when it is used, and brought
    /// back when it was lost meanwhile.
    pub fn address(&self, there: ProbeAddress) -> ProbeAddress {
        match (self, there) {
            (Self::Over(link), ProbeAddress::Unix(path)) => {
                ProbeAddress::Over { link: link.clone(), to: RemoteAddress::Unix(path) }
            }
            (Self::Over(link), ProbeAddress::Tcp(to)) => ProbeAddress::Over {
                link: link.clone(),
                to: RemoteAddress::Tcp(to.ip().to_string(), to.port()),
            },
            (_, there) => there,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_ssh_reads_them_and_odd_ones_refused() {
        let tcp = |host: &str| RemoteAddress::Tcp(host.into(), 80).text();
        assert_eq!(tcp("172.17.0.2").unwrap(), "172.17.0.2:80");
        assert_eq!(tcp("fd00::2").unwrap(), "[fd00::2]:80");
        assert_eq!(tcp("web").unwrap(), "web:80");
        assert_eq!(RemoteAddress::Unix("/run/docker.sock".into()).text().unwrap(), "/run/docker.sock");
        for odd in ["", "a b", "a:b", "-x", "%h", "$x", "a/b", "[::1]"] {
            assert!(tcp(odd).is_err(), "{odd}");
        }
        for odd in ["relative", "/a b", "/a:b", "/a%h", "/a\\b", "/a\n"] {
            assert!(RemoteAddress::Unix(odd.into()).text().is_err(), "{odd}");
        }
    }
}
