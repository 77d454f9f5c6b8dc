//! The store on real files, through its public calls, with several processes where that is what matters.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod damage;
mod events;
mod feed;
mod journals;
mod leases;
mod log_lines;
mod open;
mod places;
mod processes;
mod restore;
mod scene;
mod tables;
