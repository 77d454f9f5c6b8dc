//! Carries a plan out: the scheduler that walks the steps, the recorder that makes intent durable before an act
//! and outcome after it, and the way back.
//!
//! Resuming after any crash needs nothing special: what the journal says was finished is not done again, and
//! whatever was begun is probed first.

mod call;
mod executor;
mod hosts;
mod journal;
mod recorder;
mod undo;

pub use call::{Actions, Call, Outcome};
pub use executor::{Executor, already, execute};
pub use journal::{Journal, JournalError, OutputLine, Stream};
pub use recorder::Recorder;

#[cfg(test)]
mod tests;
