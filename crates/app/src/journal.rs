//! A run's log book in the store.

use async_trait::async_trait;
use chrono::Utc;
use seatrial_core::model::{RunId, StepId};
use seatrial_core::run::{Event, EventBody};
use seatrial_engine::run::{Journal, JournalError, OutputLine, Stream};
use seatrial_store::{After, Append, AppendError, Held, LogWriter, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Writes to the store as long as the run's lease is held.
pub(crate) struct StoreJournal {
    store: Store,
    run: RunId,
    held: Option<Held>,
    logs: Mutex<HashMap<(StepId, u32), Arc<LogWriter>>>,
}

impl StoreJournal {
    pub(crate) fn new(store: Store, run: RunId, held: Option<Held>) -> Self {
        Self { store, run, held, logs: Mutex::default() }
    }

    fn writer(&self, step: &StepId, attempt: u32) -> Arc<LogWriter> {
        let mut logs = self.logs.lock().unwrap_or_else(PoisonError::into_inner);
        let writer = logs.entry((step.clone(), attempt));
        Arc::clone(
            writer.or_insert_with(|| Arc::new(self.store.logs().writer(self.run, step.clone(), attempt))),
        )
    }
}

fn refused(error: AppendError) -> JournalError {
    match error {
        AppendError::LeaseLost { .. } | AppendError::Over(_) => JournalError::Superseded,
        other => JournalError::Storage(Box::new(other)),
    }
}

/// Does blocking work on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JournalError> + Send + 'static,
) -> Result<T, JournalError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|panic| Err(JournalError::Storage(Box::new(panic))))
}

#[async_trait]
impl Journal for StoreJournal {
    async fn append(&self, bodies: Vec<EventBody>) -> Result<Vec<Event>, JournalError> {
        let (store, run, held) = (self.store.clone(), self.run, self.held.clone());
        blocking(move || {
            // A word from outside (a request to stop) may stand between our events; the order of ours is kept
            // because there is one worker.
            let append = Append { run, after: After::Any, at: Utc::now(), bodies, held };
            store.append(append).map_err(refused)
        })
        .await
    }

    async fn output(&self, step: &StepId, attempt: u32, lines: Vec<OutputLine>) -> Result<(), JournalError> {
        let writer = self.writer(step, attempt);
        blocking(move || {
            for line in &lines {
                let stream = match line.stream {
                    Stream::Out => seatrial_store::Stream::Out,
                    Stream::Err => seatrial_store::Stream::Err,
                    Stream::System => seatrial_store::Stream::System,
                };
                let pushed = writer.push_text(stream, line.at.timestamp_millis(), &line.text);
                pushed.map_err(|e| JournalError::Storage(Box::new(e)))?;
            }
            Ok(())
        })
        .await
    }

    async fn flush_output(&self) -> Result<(), JournalError> {
        let writers: Vec<_> =
            self.logs.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        blocking(move || {
            writers.iter().try_for_each(|w| w.flush()).map_err(|e| JournalError::Storage(Box::new(e)))
        })
        .await
    }
}
