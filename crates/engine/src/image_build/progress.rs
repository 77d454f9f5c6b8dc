//! A build's progress, folded from its reports.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::context::ContextNotice;
use super::rawjson::{Log, Report, Status, Vertex};
use crate::docker::Stream;

/// Lines kept per build for error reports.
const KEPT_LINES: usize = 200;

/// A step of a build: a line of the Dockerfile or something the builder does by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildStep {
    /// Position in the order in which steps became known, from 0.
    pub index: usize,
    /// Name as the builder shows it, for example `[build 2/5] RUN make`.
    pub name: String,
    /// When it was started.
    pub started: Option<DateTime<Utc>>,
    /// When it ended.
    pub completed: Option<DateTime<Utc>>,
    /// Whether its result was there already.
    pub cached: bool,
    /// Why it failed; the builder's words.
    pub error: Option<String>,
}

/// Progress inside a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildStatus {
    /// Index of the step.
    pub step: usize,
    /// What is counted, for example `transferring context`.
    pub what: String,
    /// How much is done, usually bytes.
    pub current: u64,
    /// How much there is; `None` when it is not known.
    pub total: Option<u64>,
    /// Whether it is done.
    pub done: bool,
}

/// Something that happened in a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildEvent {
    /// A step is new or changed.
    Step(BuildStep),
    /// Progress inside a step.
    Status(BuildStatus),
    /// A line of a step's output.
    Line {
        /// Index of the step.
        step: usize,
        /// Which stream.
        stream: Stream,
        /// The line without its end.
        text: String,
        /// When the builder received it.
        at: Option<DateTime<Utc>>,
    },
    /// A line that belongs to no step.
    Text(String),
    /// Something a person should know about what is sent to the builder.
    Notice(ContextNotice),
}

/// All that is known about a build.
#[derive(Debug, Default)]
pub struct BuildProgress {
    steps: Vec<(String, BuildStep)>,
    partial: Vec<(usize, Stream, Vec<u8>)>,
    lines: std::collections::VecDeque<(usize, String)>,
}

impl BuildProgress {
    /// The steps in the order in which they became known.
    pub fn steps(&self) -> impl Iterator<Item = &BuildStep> {
        self.steps.iter().map(|(_, step)| step)
    }

    /// Takes a report and gives what it changed.
    pub(crate) fn apply(&mut self, report: Report) -> Vec<BuildEvent> {
        let mut events = Vec::new();
        for vertex in report.vertexes {
            events.push(BuildEvent::Step(self.step(vertex)));
        }
        events.extend(report.statuses.iter().filter_map(|status| self.status(status)));
        for log in &report.logs {
            self.log(log, &mut events);
        }
        events
    }

    /// The last lines of a step's output.
    pub(crate) fn last_lines(&self, step: usize, count: usize) -> Vec<String> {
        let own: Vec<&String> =
            self.lines.iter().filter(|(of, _)| *of == step).map(|(_, line)| line).collect();
        own[own.len().saturating_sub(count)..].iter().map(|line| (*line).clone()).collect()
    }

    fn index(&self, digest: &str) -> Option<usize> {
        self.steps.iter().position(|(known, _)| known == digest)
    }

    fn step(&mut self, vertex: Vertex) -> BuildStep {
        let index = self.index(&vertex.digest).unwrap_or(self.steps.len());
        let step = BuildStep {
            index,
            name: vertex.name,
            started: vertex.started,
            completed: vertex.completed,
            cached: vertex.cached,
            error: (!vertex.error.is_empty()).then_some(vertex.error),
        };
        match self.steps.get_mut(index) {
            Some((_, known)) => *known = step.clone(),
            None => self.steps.push((vertex.digest, step.clone())),
        }
        step
    }

    fn status(&self, status: &Status) -> Option<BuildEvent> {
        let total = u64::try_from(status.total).ok().filter(|total| *total > 0);
        Some(BuildEvent::Status(BuildStatus {
            step: self.index(&status.vertex)?,
            what: status.id.trim_end_matches(':').to_owned(),
            current: u64::try_from(status.current).unwrap_or_default(),
            total,
            done: status.completed.is_some(),
        }))
    }

    fn log(&mut self, log: &Log, events: &mut Vec<BuildEvent>) {
        let Some(step) = self.index(&log.vertex) else { return };
        let stream = if log.stream == 2 { Stream::Err } else { Stream::Out };
        let mut bytes = self.take_partial(step, stream);
        bytes.extend_from_slice(&log.data);
        let mut pieces = bytes.split_inclusive(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            if pieces.peek().is_none() && !piece.ends_with(b"\n") {
                self.partial.push((step, stream, piece.to_vec()));
                break;
            }
            let text = String::from_utf8_lossy(piece).trim_end_matches(['\n', '\r']).to_owned();
            self.keep(step, text.clone());
            events.push(BuildEvent::Line { step, stream, text, at: log.timestamp });
        }
    }

    /// Lines without an end, when nothing more will come.
    pub(crate) fn finish(&mut self) -> Vec<BuildEvent> {
        let rest = std::mem::take(&mut self.partial);
        let lines = rest.into_iter().map(|(step, stream, bytes)| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            self.keep(step, text.clone());
            BuildEvent::Line { step, stream, text, at: None }
        });
        lines.collect()
    }

    fn take_partial(&mut self, step: usize, stream: Stream) -> Vec<u8> {
        let found = self.partial.iter().position(|(of, on, _)| (*of, *on) == (step, stream));
        found.map(|index| self.partial.swap_remove(index).2).unwrap_or_default()
    }

    fn keep(&mut self, step: usize, line: String) {
        if self.lines.len() == KEPT_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back((step, line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(json: &str) -> Report {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_step_keeps_its_index_while_it_changes() {
        let mut progress = BuildProgress::default();
        progress.apply(report(r#"{"vertexes":[{"digest":"a","name":"A"},{"digest":"b","name":"B"}]}"#));
        let events = progress.apply(report(r#"{"vertexes":[{"digest":"b","name":"B","cached":true}]}"#));
        assert!(matches!(&events[0], BuildEvent::Step(step) if step.index == 1 && step.cached), "{events:?}");
        assert_eq!(progress.steps().count(), 2);
    }

    #[test]
    fn output_is_cut_into_lines_per_step_and_stream() {
        let mut progress = BuildProgress::default();
        progress.apply(report(r#"{"vertexes":[{"digest":"a"}]}"#));
        // "on", "e\ntw", "o": two lines over three pieces
        let logs = r#"{"logs":[{"vertex":"a","stream":1,"data":"b24="},{"vertex":"a","stream":1,"data":"ZQp0dw=="},{"vertex":"a","stream":1,"data":"bw=="}]}"#;
        let mut events = progress.apply(report(logs));
        events.extend(progress.finish());
        let lines: Vec<&str> = events
            .iter()
            .filter_map(|event| match event {
                BuildEvent::Line { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(lines, ["one", "two"]);
        assert_eq!(progress.last_lines(0, 1), ["two"]);
    }
}
