//! Hosts reached over SSH, by the system's OpenSSH.
//!
//! - [`Link`] is one shared connection to a host: scripts ([`Script`]) run through it, addresses of the host are
//!   reached through it ([`RemoteAddress`], [`Reach`]).
//! - [`first_contact`] and [`accept`] are the way to know a host's key.
//! - [`entrance()`] is the command line that brings a person to a host.
//! - [`known_aliases`] and [`resolved`] read the user's configuration.

mod address;
mod aliases;
mod classify;
mod contact;
mod entrance;
mod error;
mod expose;
mod folder;
mod keys;
mod link;
mod master;
mod script;
mod settings;
mod shells;
mod way;

pub use address::{Reach, RemoteAddress};
pub use aliases::{Resolved, known_aliases, resolved};
pub use contact::{HostKeys, accept, first_contact};
pub use entrance::{entrance, shell_line};
pub use error::{ChangedKey, LinkCause, LinkError};
pub use keys::HostKey;
pub use link::Link;
#[cfg(test)]
#[cfg(unix)]
pub(crate) use script::run_here;
pub(crate) use script::{DISK_FULL, ends_tidy};
pub use script::{Output, Script};
pub use seatrial_core::model::SshHost;
pub use settings::LinkSettings;
pub(crate) use way::Way;
