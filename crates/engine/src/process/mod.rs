//! Local processes: the only place that starts programs.
//!
//! - [`run()`] carries out a step's command: own session, streamed output, deadline, cancelling.
//! - [`capture()`] asks a short question of an internal tool (git, docker) and returns its answer.
//! - [`attached()`] gives a program our terminal and waits for it (a shell for a person).
//! - [`spawn_detached`] starts a program that outlives us (the run worker).
//! - [`identity()`], [`is_alive`] and [`end`] name a process so that another one can ask about it later.
//! - [`lines`] turns output into lines for the log.

mod attached;
mod capture;
mod detached;
mod environment;
mod group;
mod identity;
pub mod lines;
mod outcome;
#[cfg(target_os = "linux")]
mod procfs;
mod run;
mod spawn;
mod spec;

pub use attached::attached;
pub use capture::{Capture, CaptureError, Captured, capture};
pub use detached::{DetachedSpec, spawn_detached};
pub use environment::Environment;
pub use group::end_marked;
pub use identity::{ProcessIdentity, end, identity, is_alive};
pub use outcome::{End, Outcome, OutputChunk, OutputStream, StartError};
pub use run::{CHANNEL_CHUNKS, run};
pub use spec::{Input, ProcessSpec, Program};

#[cfg(test)]
#[cfg(unix)]
mod tests;
