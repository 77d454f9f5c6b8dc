//! Prepares a server: looks what is missing there, and carries commands out so that they come to their end whether
//! anybody is connected or not.
//!
//! The commands run in a session of their own on the server. Their state and output are files below
//! `~/.local/share/seatrial/main/prepare` of the login user; who comes back reads on from where they stopped. A lock
//! that is held as long as they run tells one that was ended (by a reboot) from one that goes on, and keeps two people
//! from preparing at once.

mod look;
mod script;
#[cfg(test)]
#[cfg(unix)]
mod tests;
mod walk;

pub use look::look;
pub use walk::{Progress, Walk, WalkState};

use crate::ssh::LinkError;

/// What can go wrong with preparing a server.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The server was not reached, or did not answer.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Somebody prepares it already.
    #[error("{host} is being prepared already")]
    Underway {
        /// The server.
        host: String,
    },
    /// A script of ours failed there.
    #[error("the preparation of {host} could not be started or followed (status {status}): {report}")]
    Script {
        /// The server.
        host: String,
        /// Exit status of the script.
        status: i32,
        /// What it said.
        report: String,
    },
    /// An answer that cannot be read.
    #[error("{host} gave an answer that cannot be read: {answer}")]
    Unreadable {
        /// The server.
        host: String,
        /// The answer, or its beginning.
        answer: String,
    },
}
