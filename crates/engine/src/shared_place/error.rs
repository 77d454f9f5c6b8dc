use crate::ssh::LinkError;
use seatrial_core::journal::Broken;

/// What can go wrong with what is shared on a server.
#[derive(Debug, thiserror::Error)]
pub enum SharedPlaceError {
    /// The server was not reached, or did not answer.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The lease is somebody else's by now.
    #[error("the lease of {place} on {host} is no longer held by this run")]
    Lost {
        /// The environment.
        place: String,
        /// The server.
        host: String,
    },
    /// Others changed the journal meanwhile.
    #[error("the journal of {place} was added to at the same time")]
    Moved {
        /// The environment.
        place: String,
    },
    /// Others change the server's files for too long.
    #[error("the server's files are being changed by somebody else since {seconds} s")]
    Locked {
        /// How long was waited.
        seconds: u32,
    },
    /// The journal does not continue what is known of it.
    #[error("the journal of {place} on {host} is not the one that was known: {cause}")]
    Broken {
        /// The environment.
        place: String,
        /// The server.
        host: String,
        /// What is wrong with it.
        cause: Broken,
    },
    /// There is no space for them.
    #[error("the disk of {host} is full, so the journal of {place} could not be written")]
    Full {
        /// The environment.
        place: String,
        /// The server.
        host: String,
    },
    /// The files could not be read or written.
    #[error("the journal of {place} could not be used on the server (status {status}): {report}")]
    Script {
        /// The environment.
        place: String,
        /// Exit status of the script.
        status: i32,
        /// What it said.
        report: String,
    },
}

/// What helps against a full disk.
pub(crate) const FREE_SPACE: &str =
    "free space there: `seatrial prune` shows what nothing needs, `docker system df` what Docker holds";

impl SharedPlaceError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Link(error) => error.cause.hint(),
            Self::Lost { .. } => Some("`seatrial history` tells who deployed"),
            Self::Moved { .. } | Self::Locked { .. } => Some("try again in a moment"),
            Self::Broken { .. } => Some(
                "somebody changed or removed it; `seatrial target adopt` reads it anew and says what is missing",
            ),
            Self::Full { .. } => Some(FREE_SPACE),
            Self::Script { .. } => {
                Some("look at the disk and the permissions of ~/.local/share/seatrial there")
            }
        }
    }
}
