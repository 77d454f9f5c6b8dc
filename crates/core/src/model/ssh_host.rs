//! A host reached over SSH, by name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const SCHEME: &str = "ssh://";
/// The longest name of a host (DNS) and of a user that is taken.
const LONGEST: usize = 253;

/// A host reached over SSH, written `ssh://[user@]host[:port]`.
///
/// Its parts become arguments of `ssh`, so nothing that could be read as an option, a pattern or two words gets in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct SshHost {
    user: Option<String>,
    /// Without brackets.
    host: String,
    port: Option<u16>,
}

/// A text that names no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a host: write `ssh://user@host` or `ssh://user@host:port`, with IPv6 addresses in brackets"
)]
pub struct SshHostError(pub String);

impl SshHost {
    /// A host of these parts. An IPv6 address comes without brackets.
    pub fn new(user: Option<&str>, host: &str, port: Option<u16>) -> Result<Self, SshHostError> {
        let named = is_word(host) || is_ipv6(host);
        if !named || !user.is_none_or(is_word) || port == Some(0) {
            return Err(SshHostError(host.to_owned()));
        }
        Ok(Self { user: user.map(str::to_owned), host: host.to_owned(), port })
    }

    /// The login name, when one was given.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Name, address (IPv6 without brackets) or alias of the SSH configuration.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, when one was given.
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

/// The characters of names. A leading dash would be read as an option by ssh.
fn is_word(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(fits)
}

fn is_ipv6(text: &str) -> bool {
    text.parse::<core::net::Ipv6Addr>().is_ok()
}

impl FromStr for SshHost {
    type Err = SshHostError;
    fn from_str(text: &str) -> Result<Self, SshHostError> {
        let wrong = || SshHostError(text.to_owned());
        let rest = text.strip_prefix(SCHEME).ok_or_else(wrong)?;
        let (user, rest) = match rest.split_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (address, rest) = rest.split_once(']').ok_or_else(wrong)?;
                if !is_ipv6(address) {
                    return Err(wrong());
                }
                (address, (!rest.is_empty()).then(|| rest.strip_prefix(':').ok_or_else(wrong)).transpose()?)
            }
            None => match rest.split_once(':') {
                // Without brackets nobody can say where an IPv6 address ends.
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        // Digits only: a number's own reader also takes a plus sign.
        let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok());
        let port = port.map(|port| digits(port).flatten().ok_or_else(wrong)).transpose()?;
        Self::new(user, host, port).map_err(|_| wrong())
    }
}

impl TryFrom<String> for SshHost {
    type Error = SshHostError;
    fn try_from(text: String) -> Result<Self, SshHostError> {
        text.parse()
    }
}

impl From<SshHost> for String {
    fn from(host: SshHost) -> String {
        host.to_string()
    }
}

impl fmt::Display for SshHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?
        } else {
            f.write_str(&self.host)?
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_read_back() {
        for text in [
            "ssh://web1",
            "ssh://deploy@203.0.113.7",
            "ssh://a_b@web-1.example:2222",
            "ssh://root@[2001:db8::1]",
            "ssh://[::1]:22",
        ] {
            assert_eq!(text.parse::<SshHost>().unwrap().to_string(), text);
        }
        let host: SshHost = "ssh://root@[2001:db8::1]:2222".parse().unwrap();
        assert_eq!((host.user(), host.host(), host.port()), (Some("root"), "2001:db8::1", Some(2222)));
    }

    #[test]
    fn what_ssh_could_read_as_something_else_is_refused() {
        for text in [
            "",
            "web1",
            "ssh://",
            "ssh://@h",
            "ssh://u@",
            "ssh://-oProxyCommand=x",
            "ssh://-u@h",
            "ssh://u@-h",
            "ssh://u@h@i",
            "ssh://a b",
            "ssh://h\n",
            "ssh://h\u{0}",
            "ssh://h/path",
            "ssh://u:secret@h",
            "ssh://h:",
            "ssh://h:0",
            "ssh://h:+22",
            "ssh://h:99999",
            "ssh://2001:db8::1",
            "ssh://[::1",
            "ssh://[::1]22",
            "ssh://[web1]",
            "ssh://[fe80::1%eth0]",
            "ssh://*",
            "ssh://%h",
            "ssh://$(id)",
        ] {
            assert_eq!(text.parse::<SshHost>(), Err(SshHostError(text.to_owned())), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_reads_back_and_is_one_plain_word(text in "ssh://([a-z-]{0,3}@)?[a-z0-9.:\\[\\]-]{0,12}(:[0-9]{0,6})?") {
            if let Ok(host) = text.parse::<SshHost>() {
                prop_assert_eq!(host.to_string().parse::<SshHost>(), Ok(host.clone()));
                prop_assert!(!host.host().starts_with('-') && !host.user().unwrap_or_default().starts_with('-'));
                prop_assert!(!host.host().contains(|c: char| c.is_whitespace() || c.is_control()));
            }
        }
    }
}
