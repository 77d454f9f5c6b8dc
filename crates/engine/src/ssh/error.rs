//! What can go wrong between us and a host reached over SSH.

use seatrial_core::model::SshHost;
use std::path::PathBuf;
use std::time::Duration;

/// A link that could not be made or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host}: {cause}")]
pub struct LinkError {
    /// The host.
    pub host: SshHost,
    /// Why.
    pub cause: LinkCause,
    /// What ssh said, line by line; empty where it said nothing.
    pub detail: Box<[String]>,
}

/// A key that contradicts the known one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangedKey {
    /// Fingerprint of the known key, when it could be read.
    pub known: Option<String>,
    /// Fingerprint of the key it shows, when it was told.
    pub offered: Option<String>,
    /// The command that makes this machine forget the known key, when it is known where that stands.
    pub forget: Option<String>,
}

/// Why a link could not be made or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkCause {
    /// There is no `ssh` on this machine.
    #[error("the program `ssh` was not found on this machine")]
    SshMissing,
    /// Nobody knows the name.
    #[error("there is no host of that name")]
    NameNotFound,
    /// The host answers, but nothing listens for SSH on that port.
    #[error("it refuses connections on the SSH port")]
    Refused,
    /// No way leads to the host.
    #[error("no way leads to it from here")]
    NoRoute,
    /// The host did not answer in time.
    #[error("it did not answer in time")]
    TimedOut,
    /// The host's key is not known yet: first contact.
    #[error("its key is not known yet")]
    KeyUnknown,
    /// The host shows another key than the one that is known.
    #[error("it shows another key than the one that is known")]
    KeyChanged(Box<ChangedKey>),
    /// It does not let this user in.
    #[error("it does not let this user in")]
    PermissionDenied {
        /// The ways of logging in that it offers.
        methods: Vec<String>,
    },
    /// It lets us in, but refuses a session or a forwarded connection.
    #[error("it refuses another session or forwarded connection")]
    SessionRefused,
    /// Scripts run, and a socket of the host that takes connections there closes those that are forwarded to it.
    #[error("its SSH server does not forward connections")]
    ForwardingForbidden,
    /// Both sides have no method of encryption in common.
    #[error("it offers no method of encryption that the local ssh accepts")]
    Incompatible,
    /// The SSH configuration of this machine cannot be used.
    #[error("the SSH configuration of this machine has an error")]
    Configuration,
    /// It hung up before it said who it is: it has too many others at the moment, or does not want this address.
    #[error("it closed the connection before it said who it is")]
    TurnedAway,
    /// The connection broke. Whether a script had its effect is not known.
    #[error("the connection was lost")]
    Lost,
    /// The script did not end in time; whether it had its effect is not known.
    #[error("no answer within {} s", .after.as_secs())]
    DeadlinePassed {
        /// The time it had.
        after: Duration,
    },
    /// The login works, but no shell answers: a login that may not run commands, for example.
    #[error("the login runs no commands (status {status})")]
    NoShell {
        /// What it ended with.
        status: i32,
    },
    /// The shell ended before the script did.
    #[error("the shell ended before the script did (status {status})")]
    ShellEnded {
        /// What it ended with.
        status: i32,
    },
    /// A script answered with more than it may.
    #[error("the answer has more than {limit} bytes")]
    TooMuch {
        /// The most it may have.
        limit: usize,
    },
    /// An argument holds a zero byte, which no program can be given.
    #[error("an argument of the script holds a zero byte")]
    ZeroInArgument,
    /// An address on the host that cannot be written in a forwarding.
    #[error("the address {address:?} cannot be forwarded")]
    BadAddress {
        /// The address.
        address: String,
    },
    /// The folder for sockets is somebody else's, or open to others.
    #[error("the folder {} is not ours alone", .path.display())]
    FolderNotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// A file of ours could not be read or written.
    #[error("{} could not be used: {kind}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        kind: std::io::ErrorKind,
    },
    /// Shared connections do not exist on this system.
    #[error("this system's ssh cannot share connections")]
    Unsupported,
    /// Something else; ssh's own words are in the detail.
    #[error("ssh failed")]
    Other,
}

impl LinkCause {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::SshMissing => "install the OpenSSH client",
            Self::NameNotFound => "check the name, or add it to ~/.ssh/config",
            Self::Refused => "check the port, and that the SSH server of the host runs",
            Self::NoRoute | Self::TimedOut => "check the address, the network and firewalls between",
            Self::KeyUnknown => "compare the fingerprint with the host's own and accept it",
            Self::KeyChanged(_) => {
                "somebody may be in between: compare the fingerprint with the host's own; only if it was set up anew, \
                 let this machine forget the old key and accept the new one"
            }
            Self::PermissionDenied { .. } => {
                "add your public key to ~/.ssh/authorized_keys of that user on the host, and load it into the agent"
            }
            Self::SessionRefused | Self::ForwardingForbidden => {
                "check MaxSessions, AllowTcpForwarding and AllowStreamLocalForwarding of its SSH server"
            }
            Self::TurnedAway => {
                "try again; if it stays so, check MaxStartups of its SSH server and whether it keeps this address out"
            }
            Self::Incompatible => "update the SSH server of the host",
            Self::Configuration => "correct the file that ssh names",
            Self::Lost | Self::DeadlinePassed { .. } => "try again when the network is back",
            Self::NoShell { .. } => "use a login whose shell runs commands",
            Self::FolderNotOurs { .. } => "remove that folder",
            _ => return None,
        })
    }

    /// What a person runs on this machine once they know that a changed key is right.
    pub fn forget(&self) -> Option<&str> {
        match self {
            Self::KeyChanged(key) => key.forget.as_deref(),
            _ => None,
        }
    }

    /// With the host and nothing that ssh said.
    pub(crate) fn on(self, host: &SshHost) -> LinkError {
        LinkError { host: host.clone(), cause: self, detail: Box::default() }
    }
}

impl LinkError {
    /// Whether it is not known if what was asked for has happened.
    pub fn outcome_unknown(&self) -> bool {
        matches!(
            self.cause,
            LinkCause::Lost | LinkCause::DeadlinePassed { .. } | LinkCause::ShellEnded { .. }
        )
    }
}
