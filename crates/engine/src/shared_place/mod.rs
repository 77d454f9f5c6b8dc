//! What people who deploy to the same server share about one environment there: who may change it (the lease), and
//! what was done (the journal).
//!
//! Both are files below `~/.local/share/seatrial/main` of the login user. Every change is one short script under the
//! `flock` that changes of the proxy's files take, too: whoever lost the lease cannot change where traffic goes, not
//! even with a script that was already under way. No lock is held between scripts.
//!
//! - [`SharedPlace`] is the way to the files.
//! - [`Fence`] keeps a lease and is asked before every change: it lets nothing pass when the lease is not known to be
//!   held.

mod error;
mod fence;
mod fenced_host;
mod lease;
mod place;
mod script;
#[cfg(test)]
#[cfg(unix)]
mod tests;

pub(crate) use error::FREE_SPACE;
pub use error::SharedPlaceError;
pub use fence::Fence;
pub use fenced_host::FencedHost;
pub(crate) use lease::LeaseMark;
pub use lease::{Holder, Lease, Taken};
pub use place::{Look, SharedPlace};

use crate::docker::Instance;

/// Whose the things on a server are. There is one proxy to a server and so one instance, for all who deploy there;
/// environments are kept apart by their names, people by leases.
pub fn server_instance() -> Instance {
    Instance::default()
}

/// The folder of that instance, below the login user's home.
pub(crate) fn folder() -> String {
    format!(".local/share/seatrial/{}", server_instance().label())
}
