//! One line per thing that happened in a run.

use super::text::{count, visible_line};
use super::time::duration;
use super::{Mark, Paint};
use seatrial_core::evaluate::{Finding, Verdict};
use seatrial_core::run::{Fact, ProbeTotals, RunStatus, SkipReason, StepState, StepStatus, Wait};

/// What requests through the public path met: "0 of 342 requests failed, slowest 31 ms".
pub(crate) fn proof(totals: &ProbeTotals) -> String {
    let sent = count(totals.sent, "request", "requests");
    format!("{} of {sent} failed, slowest {} ms", super::text::grouped(totals.failed), totals.slowest_ms)
}

/// A run's status as a word.
pub(crate) fn run_word(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued => "Queued",
        RunStatus::Waiting => "Waiting",
        RunStatus::Running => "Running",
        RunStatus::Undoing => "Going back",
        RunStatus::Succeeded => "Done",
        RunStatus::Failed => "Failed",
        RunStatus::Cancelled => "Cancelled",
        RunStatus::NeedsAttention => "Look",
    }
}

/// A step's status as a word.
pub(crate) fn step_word(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Pending => "pending",
        StepStatus::Running => "running",
        StepStatus::Succeeded => "done",
        StepStatus::Failed => "failed",
        StepStatus::Cancelled => "cancelled",
        StepStatus::Skipped => "skipped",
        StepStatus::Undone => "taken back",
    }
}

/// A verdict as a word.
pub(crate) fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Go => "go",
        Verdict::NoGo => "no-go",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// Why a step is not done.
pub(crate) fn skip_words(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::NeedFailed => "a step it needs failed",
        SkipReason::Cancelled => "the run was cancelled",
        SkipReason::DoneBefore => "done by the run before",
    }
}

/// A step that is over, on one line: shape, title, time.
pub(crate) fn step(state: &StepState, paint: Paint) -> String {
    let mark = paint.mark(mark_of(state));
    let title = visible_line(&state.step.title);
    let time = state.duration_ms.map(duration).unwrap_or_default();
    let mut line = format!("{mark} {title}");
    let mut remarks = Vec::new();
    if !time.is_empty() {
        remarks.push(time);
    }
    if state.attempts > 1 {
        remarks.push(count(u64::from(state.attempts), "attempt", "attempts"));
    }
    match state.status {
        StepStatus::Succeeded => {}
        StepStatus::Skipped => {
            let why = state.skipped.map_or("", skip_words);
            remarks.push(format!("skipped: {why}"));
        }
        StepStatus::Failed if !state.step.blocking => remarks.push("failed; it does not decide".to_owned()),
        status => remarks.push(step_word(status).to_owned()),
    }
    if !remarks.is_empty() {
        line.push_str("  ");
        line.push_str(&paint.dim(&remarks.join(", ")));
    }
    line
}

fn mark_of(state: &StepState) -> Mark {
    match state.status {
        StepStatus::Failed if !state.step.blocking => Mark::Look,
        StepStatus::Skipped if state.skipped == Some(SkipReason::DoneBefore) => Mark::Done,
        status => status.into(),
    }
}

/// An observation worth a line; `None` for those another line already says.
pub(crate) fn fact(fact: &Fact) -> Option<String> {
    let line = match fact {
        Fact::Version { version, reason } => format!("version {version}: {reason}"),
        Fact::Artifact { artifact } => {
            let size = artifact.size.map(|bytes| format!(", {}", bytes_words(bytes))).unwrap_or_default();
            format!("{} {}{size}", artifact.reference, artifact.digest.short())
        }
        Fact::JobEnded { job, status } => format!("{job} ended with status {status}"),
        Fact::Healthy { slot, after_ms } => format!("{slot} answers after {}", duration(*after_ms)),
        Fact::Switched { from, to } => {
            let name =
                |slot: &Option<seatrial_core::model::Slot>| slot.map_or("nothing", |slot| slot.as_str());
            format!("read back: traffic goes to {} (before: {})", name(to), name(from))
        }
        Fact::Drained { slot, left } if *left > 0 => {
            format!("{slot} stopped with {} in flight", count(*left, "request", "requests"))
        }
        Fact::AlreadyDone { seen } => format!("already so: {seen}"),
        Fact::Note { text } => text.clone(),
        Fact::Transferred { bytes, moved, there, .. } => format!(
            "{} moved, {} in {}",
            count(u64::from(*moved), "layer", "layers"),
            format_args!("{there} there already"),
            bytes_words(*bytes)
        ),
        Fact::Release { .. } | Fact::Launched { .. } | Fact::Drained { .. } | Fact::Proof { .. } => {
            return None;
        }
    };
    Some(visible_line(&line))
}

/// Evidence on one line.
pub(crate) fn finding(finding: &Finding, paint: Paint) -> String {
    let remark = if finding.blocking { "" } else { " (remark)" };
    format!(
        "{} {}{remark}: {}",
        paint.mark(finding.result.into()),
        visible_line(&finding.subject),
        visible_line(&finding.evidence)
    )
}

/// What a run waits for.
pub(crate) fn wait(wait: &Wait) -> String {
    match wait {
        Wait::Lease { run, actor } => format!(
            "waiting: run {} of {}@{} changes this environment",
            short(&run.to_string()),
            visible_line(&actor.user),
            visible_line(&actor.machine)
        ),
    }
}

/// The end of an id, which tells runs of the same minute apart.
pub(crate) fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(8)..).unwrap_or(id)
}

/// A size for people.
pub(crate) fn bytes_words(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..1_000_000 => format!("{} kB", bytes / 1000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn the_proof_is_a_sentence() {
        let totals = ProbeTotals { sent: 3412, failed: 0, slowest_ms: 31, p95_ms: 9 };
        assert_eq!(proof(&totals), "0 of 3,412 requests failed, slowest 31 ms");
        let one = ProbeTotals { sent: 1, failed: 1, slowest_ms: 5, p95_ms: 5 };
        assert_eq!(proof(&one), "1 of 1 request failed, slowest 5 ms");
    }

    #[test]
    fn every_finished_step_has_shape_title_and_time() {
        let run = samples::failed_run();
        let lines: Vec<String> = run.steps.iter().map(|state| step(state, Paint::SHAPES)).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
