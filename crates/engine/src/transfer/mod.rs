//! Brings an image from the engine that built it to another engine, without a registry of anybody's.
//!
//! The image is exported and read as it comes; layers that the target has are passed over. What is left is offered by a
//! tiny registry on this machine's loopback, under a name that nobody can guess, for as long as the transfer takes. The
//! target pulls from there through a [`Tunnel`]. So only layers that it lacks move, a broken download goes on where it
//! stopped, and the target's own engine verifies every byte.

mod archive;
mod bring;
mod chain;
mod chunks;
mod error;
mod limits;
mod mover;
mod parcel;
mod progress;
mod range;
mod reads;
mod reference;
mod registry;
mod scratch;
mod tally;
mod tar;
#[cfg(test)]
mod tests;
mod tunnel;

pub use bring::{MoveOrder, Route, transfer};
pub use error::{ArchiveError, Result, TransferError, TunnelError};
pub use limits::Patience;
pub use mover::{DockerMover, Mover};
pub use parcel::Parcel;
pub use progress::{Progress, Stage, Transferred};
pub use reads::Reads;
pub(crate) use reference::is_left_over;
pub use tunnel::{Direct, Exposed, Tunnel};
