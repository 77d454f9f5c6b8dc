//! What is new between two looks at a run.

use crate::render::line::{self, verdict_word};
use crate::render::text::visible_line;
use seatrial_core::evaluate::Finding;
use seatrial_core::model::StepId;
use seatrial_core::run::{Fact, RunState, StepState, StepStatus};

/// Something new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// A step's attempt began.
    StepStarted(StepId),
    /// A step is over: done, failed, skipped, cancelled or taken back.
    StepOver(StepId),
    /// Something was observed.
    Observed(StepId, String),
    /// Evidence.
    Found(Finding),
    /// Something about the whole run, in words.
    Run(String),
}

/// Everything new in `after`, in an order a person can follow.
pub(crate) fn news(before: Option<&RunState>, after: &RunState) -> Vec<News> {
    let mut news = Vec::new();
    waits(before, after, &mut news);
    workers(before, after, &mut news);
    for step in &after.steps {
        let old = before.and_then(|before| before.step(&step.step.id));
        steps(old, step, &mut news);
    }
    let known = before.map_or(0, |before| before.findings.len());
    news.extend(after.findings.iter().skip(known).cloned().map(News::Found));
    if after.cancel_requested && before.is_none_or(|before| !before.cancel_requested) {
        news.push(News::Run("stop was asked for".to_owned()));
    }
    let undo = |state: &RunState| state.undo_reason.clone();
    if let Some(reason) = undo(after)
        && before.is_none_or(|before| undo(before).is_none())
    {
        news.push(News::Run(format!("going back: {}", visible_line(&reason))));
    }
    if let Some(verdict) = after.verdict
        && before.is_none_or(|before| before.verdict != after.verdict)
    {
        news.push(News::Run(format!("verdict: {}", verdict_word(verdict))));
    }
    news
}

fn waits(before: Option<&RunState>, after: &RunState, news: &mut Vec<News>) {
    let waited = before.and_then(|before| before.waiting.as_ref());
    match (&after.waiting, waited) {
        (Some(wait), old) if old != Some(wait) => news.push(News::Run(line::wait(wait))),
        (None, Some(_)) => news.push(News::Run("the wait is over".to_owned())),
        _ => {}
    }
}

fn workers(before: Option<&RunState>, after: &RunState, news: &mut Vec<News>) {
    let old = before.and_then(|before| before.worker.as_ref());
    if let (Some(old), Some(new)) = (old, &after.worker)
        && old != new
    {
        let words =
            format!("the worker (process {}) was gone; process {} took the run up again", old.pid, new.pid);
        news.push(News::Run(words));
    }
}

fn steps(old: Option<&StepState>, new: &StepState, news: &mut Vec<News>) {
    let id = &new.step.id;
    let (attempts, facts, status) = old
        .map_or((0, 0, StepStatus::Pending), |old| (old.attempts, lasting(&old.facts).count(), old.status));
    if new.attempts > attempts {
        news.push(News::StepStarted(id.clone()));
    }
    let observed = lasting(&new.facts).skip(facts).filter_map(line::fact);
    news.extend(observed.map(|text| News::Observed(id.clone(), text)));
    let over = !matches!(new.status, StepStatus::Pending | StepStatus::Running);
    if over && (new.status != status || new.attempts > attempts) {
        news.push(News::StepOver(id.clone()));
    }
}

/// Facts that are only ever added; the prober's counts replace each other.
fn lasting(facts: &[Fact]) -> impl Iterator<Item = &Fact> {
    facts.iter().filter(|fact| !matches!(fact, Fact::Proof { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::*;
    use seatrial_core::model::Slot;
    use seatrial_core::run::{EventBody, ProbeTotals};

    fn id(text: &str) -> StepId {
        step_id(text)
    }

    #[test]
    fn a_first_look_tells_everything_that_happened_so_far() {
        let news = news(None, &live_run());
        assert_eq!(news[0], News::StepStarted(id("lint")));
        assert!(news.contains(&News::StepOver(id("smoke"))));
        assert!(news.contains(&News::Run("verdict: go".into())));
    }

    #[test]
    fn the_same_state_twice_is_no_news() {
        let state = failed_run();
        assert_eq!(news(Some(&state), &state), []);
    }

    #[test]
    fn only_what_was_added_is_new_even_while_counts_replace_each_other() {
        let proof =
            |sent| observed("switch", Fact::Proof { totals: ProbeTotals { sent, ..ProbeTotals::default() } });
        let mut bodies = vec![started(7), begin("switch"), proof(1)];
        let before = fold(bodies.clone());
        let switched = Fact::Switched { from: None, to: Some(Slot::Green) };
        bodies.extend([proof(2), observed("switch", switched), proof(3), finish("switch", 9)]);
        let seen = "read back: traffic goes to green (before: nothing)".to_owned();
        assert_eq!(
            news(Some(&before), &fold(bodies)),
            [News::Observed(id("switch"), seen), News::StepOver(id("switch"))]
        );
    }

    #[test]
    fn another_worker_is_told() {
        let before = fold(vec![started(7), begin("lint")]);
        let after = fold(vec![started(7), begin("lint"), started(8)]);
        let words = "the worker (process 7) was gone; process 8 took the run up again";
        assert_eq!(news(Some(&before), &after), [News::Run(words.into())]);
    }

    #[test]
    fn a_second_attempt_is_told_though_the_first_was_missed() {
        let before = fold(vec![started(7), begin("lint")]);
        let again = EventBody::StepStarted { step: id("lint"), attempt: 2 };
        let after = fold(vec![started(7), begin("lint"), failed("lint", unhealthy()), again]);
        assert_eq!(news(Some(&before), &after), [News::StepStarted(id("lint"))]);
    }
}
