//! The visual language in a terminal: shape and word first, colour on top.

use seatrial_core::evaluate::{FindingResult, Verdict};
use seatrial_core::run::{RunStatus, StepStatus};

/// A status as people see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It did what it should.
    Done,
    /// It did not.
    Failed,
    /// It is going on.
    Running,
    /// It waits for something.
    Waiting,
    /// Somebody should look.
    Look,
    /// It was not done, or nothing is known.
    Skipped,
}

/// Which colours and shapes can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    /// Colours.
    pub(crate) color: bool,
    /// Shapes beyond ASCII.
    pub(crate) unicode: bool,
}

impl Paint {
    /// Neither colours nor shapes beyond ASCII.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self { color: false, unicode: false };
    /// Shapes, no colours.
    #[cfg(test)]
    pub(crate) const SHAPES: Self = Self { color: false, unicode: true };

    /// The shape of a status.
    pub(crate) fn mark(self, mark: Mark) -> String {
        self.paint(color(mark), if self.unicode { shape(mark) } else { ascii(mark) })
    }

    /// Text in the colour of a status.
    pub(crate) fn tint(self, mark: Mark, text: &str) -> String {
        self.paint(color(mark), text)
    }

    /// Text that matters.
    pub(crate) fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// Text that matters less.
    pub(crate) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// `fancy` where shapes can be shown, else `plain`.
    pub(crate) fn either(self, fancy: &'static str, plain: &'static str) -> &'static str {
        if self.unicode { fancy } else { plain }
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

fn shape(mark: Mark) -> &'static str {
    match mark {
        Mark::Done => "✔",
        Mark::Failed => "✖",
        Mark::Running => "◐",
        Mark::Waiting => "‖",
        Mark::Look => "▲",
        Mark::Skipped => "○",
    }
}

fn ascii(mark: Mark) -> &'static str {
    match mark {
        Mark::Done => "+",
        Mark::Failed => "x",
        Mark::Running => ">",
        Mark::Waiting => "=",
        Mark::Look => "!",
        Mark::Skipped => "-",
    }
}

fn color(mark: Mark) -> &'static str {
    match mark {
        Mark::Done => "32",
        Mark::Failed => "31",
        Mark::Running => "34",
        Mark::Waiting => "35",
        Mark::Look => "33",
        Mark::Skipped => "90",
    }
}

impl From<RunStatus> for Mark {
    fn from(status: RunStatus) -> Self {
        match status {
            RunStatus::Queued | RunStatus::Waiting => Self::Waiting,
            RunStatus::Running | RunStatus::Undoing => Self::Running,
            RunStatus::Succeeded => Self::Done,
            RunStatus::Failed => Self::Failed,
            RunStatus::Cancelled => Self::Skipped,
            RunStatus::NeedsAttention => Self::Look,
        }
    }
}

impl From<StepStatus> for Mark {
    fn from(status: StepStatus) -> Self {
        match status {
            StepStatus::Pending | StepStatus::Skipped | StepStatus::Cancelled | StepStatus::Undone => {
                Self::Skipped
            }
            StepStatus::Running => Self::Running,
            StepStatus::Succeeded => Self::Done,
            StepStatus::Failed => Self::Failed,
        }
    }
}

impl From<Verdict> for Mark {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Go => Self::Done,
            Verdict::NoGo => Self::Failed,
            Verdict::Inconclusive => Self::Look,
        }
    }
}

impl From<FindingResult> for Mark {
    fn from(result: FindingResult) -> Self {
        match result {
            FindingResult::Pass => Self::Done,
            FindingResult::Fail => Self::Failed,
            FindingResult::Inconclusive => Self::Look,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Mark; 6] =
        [Mark::Done, Mark::Failed, Mark::Running, Mark::Waiting, Mark::Look, Mark::Skipped];

    #[test]
    fn every_status_has_its_own_shape_with_and_without_unicode() {
        for shapes in [ALL.map(shape), ALL.map(ascii)] {
            let mut distinct = shapes.to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), ALL.len());
        }
        assert!(ALL.iter().all(|mark| ascii(*mark).is_ascii()));
    }

    #[test]
    fn without_colours_no_escape_sequence_is_written() {
        assert_eq!(Paint::SHAPES.mark(Mark::Done), "✔");
        assert_eq!(Paint::PLAIN.bold("x"), "x");
        assert_eq!(Paint { color: true, unicode: true }.mark(Mark::Done), "\u{1b}[32m✔\u{1b}[0m");
    }
}
