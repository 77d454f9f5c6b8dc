//! The way of a command's output into the run's log: masked, split into lines, nothing lost.

use crate::process::{CHANNEL_CHUNKS, OutputChunk, OutputStream, lines::LogLine};
use crate::run::{Call, JournalError, OutputLine, Recorder, Stream};
use crate::secrets::{MaskedLines, Masker};
use seatrial_core::model::StepId;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Lines kept as evidence for a failure.
const LAST: usize = 30;
/// A line of evidence is cut here; the log has all of it.
const EVIDENCE_CHARS: usize = 500;

/// Takes chunks until every sender is gone.
pub(super) struct Pump {
    sender: mpsc::Sender<OutputChunk>,
    task: JoinHandle<Result<Vec<String>, JournalError>>,
}

impl Pump {
    /// Starts taking a step's output.
    pub(super) fn start(call: &Call, masker: Masker) -> Self {
        let (sender, receiver) = mpsc::channel(CHANNEL_CHUNKS);
        let to =
            Sink { recorder: Arc::clone(&call.recorder), step: call.step.id.clone(), attempt: call.attempt };
        Self { sender, task: tokio::spawn(pump(receiver, to, masker)) }
    }

    /// Where the process writes to.
    pub(super) fn sender(&self) -> mpsc::Sender<OutputChunk> {
        self.sender.clone()
    }

    /// Waits until everything is kept, and answers with the last lines.
    pub(super) async fn finish(self) -> Result<Vec<String>, JournalError> {
        drop(self.sender);
        self.task.await.unwrap_or_else(|panic| Err(JournalError::Storage(Box::new(panic))))
    }
}

struct Sink {
    recorder: Arc<Recorder>,
    step: StepId,
    attempt: u32,
}

async fn pump(
    mut chunks: mpsc::Receiver<OutputChunk>,
    to: Sink,
    masker: Masker,
) -> Result<Vec<String>, JournalError> {
    let mut output = MaskedLines::new(masker);
    let mut last = VecDeque::with_capacity(LAST);
    let mut lines = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        output.push(&chunk, &mut lines);
        to.keep(&mut lines, &mut last).await?;
    }
    output.finish(&mut lines);
    to.keep(&mut lines, &mut last).await?;
    Ok(last.into())
}

impl Sink {
    async fn keep(&self, lines: &mut Vec<LogLine>, last: &mut VecDeque<String>) -> Result<(), JournalError> {
        if lines.is_empty() {
            return Ok(());
        }
        for line in lines.iter().rev().take(LAST).rev() {
            if last.len() == LAST {
                last.pop_front();
            }
            last.push_back(line.text.chars().take(EVIDENCE_CHARS).collect());
        }
        let lines = lines.drain(..).map(|line| OutputLine {
            at: line.at,
            stream: match line.stream {
                OutputStream::Stdout => Stream::Out,
                OutputStream::Stderr => Stream::Err,
            },
            text: line.text,
        });
        self.recorder.output(&self.step, self.attempt, lines.collect()).await
    }
}
