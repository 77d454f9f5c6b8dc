//! Records what happens and knows the run's state at any moment.

use super::journal::Stream;
use super::{Journal, JournalError, OutputLine};
use chrono::Utc;
use seatrial_core::evaluate::Finding;
use seatrial_core::model::StepId;
use seatrial_core::run::{EventBody, Fact, Progress, RunState};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Progress is worth an event at most this often per step.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// Appends to the journal and folds what was appended.
pub struct Recorder {
    journal: Box<dyn Journal>,
    state: Mutex<RunState>,
    /// Held from an append to its fold: steps run side by side, and an event that is folded in late is ignored.
    turn: tokio::sync::Mutex<()>,
    last_progress: Mutex<BTreeMap<StepId, Instant>>,
}

impl Recorder {
    /// A recorder that goes on from a state.
    pub fn new(journal: Box<dyn Journal>, state: RunState) -> Self {
        Self {
            journal,
            state: Mutex::new(state),
            turn: tokio::sync::Mutex::default(),
            last_progress: Mutex::default(),
        }
    }

    /// The run as it is now.
    pub fn state(&self) -> RunState {
        lock(&self.state).clone()
    }

    /// Looks at the state without copying it.
    pub fn with_state<T>(&self, look: impl FnOnce(&RunState) -> T) -> T {
        look(&lock(&self.state))
    }

    /// Records events, durably.
    pub async fn record(&self, bodies: Vec<EventBody>) -> Result<(), JournalError> {
        let _turn = self.turn.lock().await;
        let events = self.journal.append(bodies).await?;
        let mut state = lock(&self.state);
        for event in &events {
            state.apply(event);
        }
        Ok(())
    }

    /// Records an observation.
    pub async fn observe(&self, step: &StepId, fact: Fact) -> Result<(), JournalError> {
        self.record(vec![EventBody::Observed { step: step.clone(), fact }]).await
    }

    /// Records evidence.
    pub async fn find(&self, step: &StepId, finding: Finding) -> Result<(), JournalError> {
        self.record(vec![EventBody::FindingMade { step: step.clone(), finding }]).await
    }

    /// Records how far a step is, unless it did so a moment ago.
    pub async fn progress(&self, step: &StepId, progress: Progress) -> Result<(), JournalError> {
        {
            let mut last = lock(&self.last_progress);
            let now = Instant::now();
            if last.get(step).is_some_and(|at| now - *at < PROGRESS_EVERY) {
                return Ok(());
            }
            last.insert(step.clone(), now);
        }
        self.record(vec![EventBody::StepProgress { step: step.clone(), progress }]).await
    }

    /// Keeps lines of a step's output.
    pub async fn output(
        &self,
        step: &StepId,
        attempt: u32,
        lines: Vec<OutputLine>,
    ) -> Result<(), JournalError> {
        self.journal.output(step, attempt, lines).await
    }

    /// Keeps a remark of Seatrial's own in a step's output.
    pub async fn remark(
        &self,
        step: &StepId,
        attempt: u32,
        text: impl Into<String>,
    ) -> Result<(), JournalError> {
        let line = OutputLine { at: Utc::now(), stream: Stream::System, text: text.into() };
        self.journal.output(step, attempt, vec![line]).await
    }

    /// Makes all output so far readable.
    pub async fn flush_output(&self) -> Result<(), JournalError> {
        self.journal.flush_output().await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves the fold between two events at worst, never inside one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
