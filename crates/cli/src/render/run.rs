//! What became of a run.

use super::line::{self, proof, short, verdict_word};
use super::text::{indent, visible, visible_line};
use super::time::{between, duration};
use super::{Mark, Paint};
use seatrial_core::model::Phase;
use seatrial_core::run::{End, Failure, RunKind, RunState, RunStatus, StepState};
use std::fmt::Write as _;

/// The last lines about a run that is over; `home` is where its history is.
pub(crate) fn text(run: &RunState, home: &str, paint: Paint) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} {}", paint.mark(run.status.into()), paint.bold(&headline(run)));
    if let Some(failed) = run.first_failure() {
        out.push_str(&failure(failed));
    }
    if let Some(End::NeedsAttention { choices, .. }) = &run.end {
        for choice in choices {
            let _ = writeln!(out, "  {} {}", paint.either("→", "->"), visible_line(choice));
        }
    }
    if let Some(meaning) = meaning(run) {
        let _ = writeln!(out, "  {meaning}");
    }
    out.push_str(&facts(run, paint));
    out.push_str(&verdict(run, paint));
    for action in next_actions(run) {
        let _ = writeln!(out, "  {} {action}", paint.either("→", "->"));
    }
    let id = run.id.to_string();
    let history = format!("run {}; history: seatrial history; data: {home}", short(&id));
    let _ = writeln!(out, "  {}", paint.dim(&history));
    out
}

fn headline(run: &RunState) -> String {
    let what = subject(run);
    match &run.end {
        Some(End::Live) => {
            let how = match run.request.kind {
                RunKind::Restart => "was restarted",
                RunKind::Start => "runs again",
                _ => "is live",
            };
            format!("{what} {how}{}", in_environment(run))
        }
        Some(End::Succeeded) if run.request.kind == RunKind::Stop => {
            format!("{what} was stopped{}", in_environment(run))
        }
        Some(End::Succeeded) => format!("{what}: {} done", phases(run)),
        Some(End::RolledBack { reason }) => {
            format!("{what} was taken back{}: {}", in_environment(run), visible_line(reason))
        }
        Some(End::FailedClean { reason }) => match run.first_failure() {
            Some(step) => {
                let phase = super::plan::phase_name(step.step.phase);
                format!("{phase} of {what}{} stopped at {}", to_environment(run), step.step.practice)
            }
            None => format!("{what}: {}", visible_line(reason)),
        },
        Some(End::Cancelled) => format!("{what} was cancelled"),
        Some(End::NeedsAttention { reason, .. }) => format!("{what} needs you: {}", visible_line(reason)),
        Some(End::PlanOutdated { reason }) => {
            format!("nothing was changed: the plan is outdated, {}", visible_line(reason))
        }
        Some(End::TakenOver { by, .. }) => {
            let who = visible_line(&format!("{}@{}", by.user, by.machine));
            format!("{what}: {who} took the environment over while this run was away")
        }
        None => format!("{what}: {}", line::run_word(run.status).to_lowercase()),
    }
}

fn subject(run: &RunState) -> String {
    // A run that builds nothing decides no version: the plan names the one it puts there.
    let planned =
        run.summary.after.iter().find(|slot| slot.role == "live").and_then(|slot| slot.version.as_ref());
    match run.version.as_ref().or(planned) {
        Some(version) => format!("{} {}", run.request.app, visible_line(version)),
        None => run.request.app.to_string(),
    }
}

fn in_environment(run: &RunState) -> String {
    run.request.environment.as_ref().map(|name| format!(" in {name}")).unwrap_or_default()
}

fn to_environment(run: &RunState) -> String {
    run.request.environment.as_ref().map(|name| format!(" to {name}")).unwrap_or_default()
}

fn phases(run: &RunState) -> String {
    let names: Vec<&str> = Phase::ALL
        .into_iter()
        .filter(|phase| run.steps.iter().any(|state| state.step.phase == *phase))
        .map(Phase::as_str)
        .collect();
    names.join(", ")
}

/// What stopped it: cause, evidence, hints.
pub(crate) fn failure(state: &StepState) -> String {
    let Some(failure) = &state.failure else { return String::new() };
    let Failure { message, hints, detail, .. } = failure;
    let mut out = format!("  {}: {}\n", visible_line(&state.step.title), visible(message));
    if let Some(detail) = detail {
        out.push_str(&indent(&visible(detail), 4));
    }
    for hint in hints {
        let _ = writeln!(out, "  hint: {}", visible(hint));
    }
    out
}

/// What an unsuccessful run means for the people using the app. Only what was observed is said.
fn meaning(run: &RunState) -> Option<String> {
    let changed_something = run.steps.iter().any(|state| state.step.phase == Phase::Ship);
    let old = serving_before(run);
    match &run.end {
        Some(End::Succeeded) if run.request.kind == RunKind::Stop => {
            Some("Visitors get an error (503) until it is started again.".to_owned())
        }
        Some(End::FailedClean { .. } | End::Cancelled) if !run.request.kind.ships() => {
            Some("Nothing changed for users: it is as it was.".to_owned())
        }
        Some(End::RolledBack { .. }) if !run.request.kind.ships() => Some("It is as it was.".to_owned()),
        Some(End::FailedClean { .. } | End::Cancelled) if !changed_something => {
            Some("Nothing changed for users.".to_owned())
        }
        Some(End::FailedClean { .. } | End::Cancelled | End::PlanOutdated { .. }) => Some(match old {
            Some(version) => format!("Nothing changed for users: {version} still serves."),
            None => {
                "Nothing changed for users: there was no version before, and there is none now.".to_owned()
            }
        }),
        Some(End::RolledBack { .. }) => Some(match old {
            Some(version) => format!("{version} serves again."),
            None => "The version before serves again.".to_owned(),
        }),
        Some(End::TakenOver { run: other, .. }) => {
            Some(format!("What serves is up to run {other}: `seatrial status` looks."))
        }
        Some(End::NeedsAttention { .. }) => Some(match run.live {
            Some(slot) => format!("Traffic goes to {slot}, as last read back."),
            None => "What serves now is not known from this run: look before going on.".to_owned(),
        }),
        _ => None,
    }
}

/// The version that served when the plan was made: a slot that has the traffic but does not run is none.
fn serving_before(run: &RunState) -> Option<String> {
    let slot = run.summary.before.iter().find(|slot| slot.role == "live")?;
    Some(slot.version.as_deref().map_or_else(|| "the version before".to_owned(), visible_line))
}

fn facts(run: &RunState, paint: Paint) -> String {
    let mut out = String::new();
    let live = run.end == Some(End::Live);
    if live {
        for url in &run.summary.urls {
            let _ = writeln!(out, "  {}", visible_line(url));
        }
    }
    let mut parts = Vec::new();
    if let (true, Some(slot)) = (live, run.live) {
        parts.push(format!("slot {slot}"));
    }
    if let Some(ended) = run.ended_at {
        let took = between(run.started_at.unwrap_or(run.created_at), ended).saturating_sub(run.waited_ms);
        parts.push(format!("took {}", duration(took)));
        if run.waited_ms > 0 {
            parts.push(format!("waited {}", duration(run.waited_ms)));
        }
    }
    if !parts.is_empty() {
        let _ = writeln!(out, "  {}", parts.join(", "));
    }
    if let Some(totals) = &run.proof {
        let mark = if totals.sent == 0 {
            Mark::Look
        } else if totals.failed == 0 {
            Mark::Done
        } else {
            Mark::Failed
        };
        let _ = writeln!(out, "  {} {} during the deployment", paint.mark(mark), proof(totals));
    }
    out
}

fn verdict(run: &RunState, paint: Paint) -> String {
    let Some(verdict) = run.verdict else { return String::new() };
    let mut out = format!("  {} verdict: {}\n", paint.mark(verdict.into()), verdict_word(verdict));
    for reason in &run.reasons {
        let _ = writeln!(out, "      {}", visible_line(reason));
    }
    // A person's note is the reason of a person's verdict: once is enough.
    if let Some(note) = run.note.as_ref().filter(|note| !run.reasons.contains(note)) {
        let _ = writeln!(out, "      note: {}", visible_line(note));
    }
    out
}

fn next_actions(run: &RunState) -> Vec<String> {
    let id = run.id.to_string();
    let id = short(&id);
    match run.status {
        RunStatus::Failed | RunStatus::NeedsAttention => {
            let mut actions = Vec::new();
            if let Some(step) = run.first_failure() {
                actions.push(format!("show the log:  seatrial logs {id} --step {}", step.step.id));
            }
            if matches!(run.end, Some(End::PlanOutdated { .. })) {
                actions.push("look at the new plan:  seatrial plan".to_owned());
            } else {
                actions.push(format!("go on from here, once mended:  seatrial retry {id}"));
            }
            actions
        }
        RunStatus::Succeeded if run.request.kind == RunKind::Stop => {
            let place = run.request.environment.as_ref().map(|name| format!(" --env {name}"));
            vec![format!("start it again:  seatrial start{}", place.unwrap_or_default())]
        }
        RunStatus::Succeeded
            if run.end == Some(End::Live) && run.verdict == Some(seatrial_core::evaluate::Verdict::NoGo) =>
        {
            vec!["put the version before back:  seatrial rollback".to_owned()]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_live_release_comes_with_its_url_proof_and_verdict() {
        insta::assert_snapshot!(text(&samples::live_run(), "/h", Paint::SHAPES));
    }

    #[test]
    fn a_failed_health_check_says_what_still_serves_and_what_to_do() {
        insta::assert_snapshot!(text(&samples::failed_run(), "/h", Paint::SHAPES));
    }

    #[test]
    fn a_run_that_needs_a_person_lists_facts_and_choices() {
        let mut run = samples::failed_run();
        run.status = RunStatus::NeedsAttention;
        let reason = "the engine went away during the switch".to_owned();
        run.end = Some(End::NeedsAttention { reason, choices: vec!["start Docker, then retry".to_owned()] });
        insta::assert_snapshot!(text(&run, "/h", Paint::PLAIN));
    }

    #[test]
    fn a_run_that_builds_nothing_is_named_by_the_version_it_puts_there() {
        let mut run = samples::live_run();
        run.version = None;
        run.summary.after[0].version = Some("2.4.0".to_owned());
        assert!(text(&run, "/h", Paint::PLAIN).starts_with("+ guestbook 2.4.0 is live in prod\n"));
    }

    #[test]
    fn an_outdated_plan_changed_nothing() {
        let mut run = samples::failed_run();
        run.steps.clear();
        run.end = Some(End::PlanOutdated { reason: "1.3.1 is live now".to_owned() });
        insta::assert_snapshot!(text(&run, "/h", Paint::PLAIN));
    }
}
