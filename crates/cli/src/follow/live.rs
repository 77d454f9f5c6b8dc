//! A followed run on a terminal: a line per finished step, and moving lines for those that run.

use super::{News, Screen};
use crate::render::line;
use crate::render::text::{log_line, visible_line};
use crate::render::{Mark, Paint};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use seatrial_app::api::types::LogLine;
use seatrial_core::model::{Phase, StepId};
use seatrial_core::run::{Progress, RunState, StepState, StepStatus};
use std::collections::BTreeMap;
use std::time::Duration;

/// How often moving lines move.
const TICK: Duration = Duration::from_millis(120);
/// Longest progress text, so that a line stays a line.
const LONGEST: usize = 60;

/// A terminal.
pub(crate) struct Live {
    lines: MultiProgress,
    bars: BTreeMap<StepId, ProgressBar>,
    /// What was observed by steps that still run: it is shown under their line.
    held: BTreeMap<StepId, Vec<String>>,
    paint: Paint,
    phase: Option<Phase>,
}

impl Live {
    /// Shows on standard output.
    pub(crate) fn new(paint: Paint) -> Self {
        let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stdout());
        Self { lines, bars: BTreeMap::new(), held: BTreeMap::new(), paint, phase: None }
    }

    fn line(&self, text: &str) {
        // A terminal that cannot be written to shows nothing; the run does not depend on it.
        let _ = self.lines.println(text);
    }

    fn style(&self) -> ProgressStyle {
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        let frames = self.paint.either("◐◓◑◒ ", "|/-\\ ");
        style.unwrap_or_else(|_| ProgressStyle::default_spinner()).tick_chars(frames)
    }

    fn enter(&mut self, phase: Phase) {
        if self.phase != Some(phase) {
            self.phase = Some(phase);
            self.line(&self.paint.bold(crate::render::plan::phase_name(phase)));
        }
    }

    fn begin(&mut self, state: &StepState) {
        if state.status != StepStatus::Running || self.bars.contains_key(&state.step.id) {
            return;
        }
        let bar = self.lines.add(ProgressBar::new_spinner().with_style(self.style()));
        bar.set_message(message(state));
        bar.enable_steady_tick(TICK);
        self.bars.insert(state.step.id.clone(), bar);
    }

    fn end(&mut self, id: &StepId) {
        if let Some(bar) = self.bars.remove(id) {
            bar.finish_and_clear();
            self.lines.remove(&bar);
        }
    }

    fn item(&mut self, item: &News, state: &RunState) {
        match item {
            News::StepStarted(id) => {
                if let Some(step) = state.step(id) {
                    self.enter(step.step.phase);
                    self.begin(step);
                }
            }
            News::StepOver(id) => {
                self.end(id);
                if let Some(step) = state.step(id) {
                    self.enter(step.step.phase);
                    self.line(&format!("  {}", line::step(step, self.paint)));
                }
                for text in self.held.remove(id).unwrap_or_default() {
                    self.line(&format!("      {}", self.paint.dim(&text)));
                }
            }
            News::Observed(id, text) => self.held.entry(id.clone()).or_default().push(text.clone()),
            News::Found(finding) => self.line(&format!("      {}", line::finding(finding, self.paint))),
            News::Run(text) => self.line(&format!("  {} {text}", self.paint.mark(Mark::Waiting))),
        }
    }
}

impl Screen for Live {
    fn show(&mut self, news: &[News], state: &RunState) {
        for item in news {
            self.item(item, state);
        }
        for step in &state.steps {
            self.begin(step);
            if let Some(bar) = self.bars.get(&step.step.id) {
                bar.set_message(message(step));
            }
        }
    }

    fn remark(&mut self, text: &str) {
        self.line(&format!("  {} {text}", self.paint.mark(Mark::Look)));
    }

    fn log(&mut self, _step: &StepId, lines: &[LogLine]) {
        for entry in lines {
            let text = log_line(&entry.text, self.paint.color);
            self.line(&format!("      {} {text}", self.paint.dim("|")));
        }
    }

    fn rest(&mut self) {
        for bar in std::mem::take(&mut self.bars).into_values() {
            bar.finish_and_clear();
            self.lines.remove(&bar);
        }
    }
}

fn message(state: &StepState) -> String {
    let title = visible_line(&state.step.title);
    match &state.progress {
        None => title,
        Some(Progress { text, done, total }) => {
            let text: String = visible_line(text).chars().take(LONGEST).collect();
            // A total that was only a guess says nothing once it is passed.
            let share = if *total > 0 && done <= total { format!(" {done}/{total}") } else { String::new() };
            format!("{title}: {text}{share}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::*;
    use seatrial_core::run::EventBody;

    #[test]
    fn a_running_step_says_what_it_is_at() {
        let progress = Progress { text: "COPY app.py /app/".into(), done: 3, total: 7 };
        let run = fold(vec![
            started(7),
            begin("image"),
            EventBody::StepProgress { step: step_id("image"), progress },
        ]);
        assert_eq!(message(run.step(&step_id("image")).unwrap()), "Build the image: COPY app.py /app/ 3/7");
    }
}
