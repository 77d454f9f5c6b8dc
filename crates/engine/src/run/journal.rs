//! Where a run's events and log lines go. The engine knows nothing about how they are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use seatrial_core::model::StepId;
use seatrial_core::run::{Event, EventBody};

/// Why an event could not be recorded. Either way the worker must not act any further.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another worker has taken the run up; this one's word no longer counts.
    #[error("another worker has taken this run up")]
    Superseded,
    /// The events could not be made durable.
    #[error("the run's events could not be recorded: {0}")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A line a step wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLine {
    /// When it was read.
    pub at: DateTime<Utc>,
    /// `out`, `err`, or `system` for Seatrial's own remarks.
    pub stream: Stream,
    /// The text, cleaned and masked.
    pub text: String,
}

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// Seatrial itself.
    System,
}

/// A run's log book.
#[async_trait]
pub trait Journal: Send + Sync {
    /// Records events; they are durable when this returns.
    async fn append(&self, bodies: Vec<EventBody>) -> Result<Vec<Event>, JournalError>;

    /// Takes lines of a step's output. Waits when lines come faster than they can be kept, so none is lost.
    async fn output(&self, step: &StepId, attempt: u32, lines: Vec<OutputLine>) -> Result<(), JournalError>;

    /// Makes all output so far readable.
    async fn flush_output(&self) -> Result<(), JournalError>;
}
