//! The boundary between walking steps and doing them.

use super::{JournalError, Recorder};
use async_trait::async_trait;
use seatrial_core::model::SshHost;
use seatrial_core::pipeline::{Action, Step};
use seatrial_core::run::{Fact, Failure};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// One attempt at an action.
#[derive(Clone)]
pub struct Call {
    /// The step it belongs to.
    pub step: Step,
    /// What to do: the step's action, or its undo.
    pub action: Action,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Where observations, progress and output go, and what the run knows so far.
    pub recorder: Arc<Recorder>,
    /// Triggered when the attempt has to end soon.
    pub cancel: CancellationToken,
}

/// How an attempt did not succeed.
#[derive(Debug)]
pub enum Outcome {
    /// For a reason of its own.
    Failed(Failure),
    /// Because it was told to stop.
    Cancelled,
    /// The journal cannot take any more: nothing further may be done.
    Journal(JournalError),
}

impl From<JournalError> for Outcome {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What steps do in the world. Every kind has a `probe` and an `apply`; an undo is just another action.
#[async_trait]
pub trait Actions: Send + Sync {
    /// Looks whether the world is already as the action would leave it: `Some` with what was seen.
    async fn probe(&self, call: &Call) -> Result<Option<Vec<Fact>>, Outcome>;

    /// Does it and observes the result. May be repeated after a crash at any point.
    async fn apply(&self, call: &Call) -> Result<(), Outcome>;

    /// Begins watching the public path, when there is something to watch. Called at Ship's first step, again
    /// after a resume, and after the first switch. With several hosts: the path of this one; `None`: of all.
    async fn watch(&self, recorder: &Arc<Recorder>, host: Option<&SshHost>);

    /// Ends the watch and records what it saw.
    async fn end_watch(&self, recorder: &Arc<Recorder>) -> Result<(), JournalError>;
}
