//! A followed run as plain lines, for pipes and logs of other systems.

use super::{News, Screen};
use crate::output::{Output, write_out};
use crate::render::line;
use crate::render::text::{log_line, visible_line};
use crate::render::time::duration;
use seatrial_app::api::types::LogLine;
use seatrial_core::model::StepId;
use seatrial_core::run::{RunState, StepState, StepStatus};

/// Plain lines on standard output; nothing when a JSON document is wanted.
pub(crate) struct Plain {
    quiet: bool,
}

impl Plain {
    /// Lines for this output.
    pub(crate) fn new(output: &Output) -> Self {
        Self { quiet: output.json }
    }

    fn write(&self, text: &str) {
        if !self.quiet {
            write_out(text);
        }
    }
}

impl Screen for Plain {
    fn show(&mut self, news: &[News], state: &RunState) {
        for item in news {
            if let Some(text) = words(item, state) {
                self.write(&text);
            }
        }
    }

    fn remark(&mut self, text: &str) {
        self.write(&columns("run", text));
    }

    fn log(&mut self, step: &StepId, lines: &[LogLine]) {
        for entry in lines {
            self.write(&columns(step.as_str(), &format!("| {}", log_line(&entry.text, false))));
        }
    }

    fn rest(&mut self) {}
}

fn columns(who: &str, what: &str) -> String {
    format!("{who:<20}  {what}")
}

/// The line of something new; `None` when the step is not known.
fn words(item: &News, state: &RunState) -> Option<String> {
    Some(match item {
        News::StepStarted(id) => {
            let attempts = state.step(id)?.attempts;
            let again = if attempts > 1 { format!(" (attempt {attempts})") } else { String::new() };
            columns(id.as_str(), &format!("started{again}"))
        }
        News::StepOver(id) => columns(id.as_str(), &over(state.step(id)?)),
        News::Observed(id, text) => columns(id.as_str(), text),
        News::Found(finding) => {
            let result = match finding.result {
                seatrial_core::evaluate::FindingResult::Pass => "pass",
                seatrial_core::evaluate::FindingResult::Fail => "fail",
                seatrial_core::evaluate::FindingResult::Inconclusive => "inconclusive",
            };
            let evidence = visible_line(&finding.evidence);
            columns("finding", &format!("{result}: {}: {evidence}", visible_line(&finding.subject)))
        }
        News::Run(text) => columns("run", text),
    })
}

fn over(step: &StepState) -> String {
    let word = line::step_word(step.status);
    let time = step.duration_ms.map(|ms| format!(" {}", duration(ms))).unwrap_or_default();
    match (step.status, &step.failure, step.skipped) {
        (StepStatus::Failed, Some(failure), _) => format!("{word}{time}: {}", visible_line(&failure.message)),
        (StepStatus::Skipped, _, Some(reason)) => format!("{word}: {}", line::skip_words(reason)),
        (StepStatus::Undone, ..) => word.to_owned(),
        _ => format!("{word}{time}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::news::news;
    use super::*;
    use crate::render::samples;

    #[test]
    fn a_whole_run_reads_as_plain_lines() {
        let state = samples::failed_run();
        let lines: Vec<String> = news(None, &state).iter().filter_map(|item| words(item, &state)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
