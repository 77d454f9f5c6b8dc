//! Releases, runs and environments with what is different about them.

use super::line::{step_word, verdict_word};
use super::text::{count, visible_line};
use super::time::{ago, duration};
use super::{Mark, Paint, hosts, table};
use chrono::{DateTime, Utc};
use seatrial_app::api::types::{
    Commit, EnvironmentDetail, NamedChange, Passport, ReleaseComparison, RunComparison,
};
use seatrial_core::run::StepStatus;
use std::fmt::Write as _;

/// Commits that are listed; the rest is counted.
const COMMITS: usize = 20;

/// A release with everything that is known about it.
pub(crate) fn passport(passport: &Passport, now: DateTime<Utc>, paint: Paint) -> String {
    let release = &passport.release;
    let mut out = String::new();
    let dirty = if release.dirty { ", with changes that are in no commit" } else { "" };
    let _ = writeln!(
        out,
        "{}, {}{dirty}",
        paint.bold(&visible_line(&release.version)),
        ago(release.created_at, now)
    );
    let mut fact = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(out, "  {} {value}", paint.dim(&format!("{name:<9}")));
        }
    };
    fact("image", release.image.as_ref().map(|digest| digest.short().to_owned()));
    fact("commit", release.commit.as_deref().map(visible_line));
    let places: Vec<String> = release.live_in.iter().map(ToString::to_string).collect();
    fact("live in", Some(places.join(", ")).filter(|places| !places.is_empty()));
    fact("before", passport.before.as_deref().map(visible_line));
    out.push_str(&commits("Commits", &passport.commits, paint));
    for past in &passport.deployments {
        let until =
            past.until.map_or_else(String::new, |until| format!(" until {}", until.format("%F %H:%M")));
        let live = if past.live_at.is_some() { "live" } else { "tried" };
        let mark = paint.mark(past.status.into());
        let _ = writeln!(out, "{mark} {live} in {} {}{until}", past.environment, ago(past.at, now));
    }
    for evidence in &passport.evidence {
        let finding = &evidence.finding;
        let mark = paint.mark(finding.result.into());
        let _ =
            writeln!(out, "{mark} {}: {}", visible_line(&finding.subject), visible_line(&finding.evidence));
    }
    for decision in &passport.decisions {
        let note =
            decision.note.as_deref().map(|note| format!(": {}", visible_line(note))).unwrap_or_default();
        let mark = paint.mark(decision.verdict.into());
        let _ = writeln!(
            out,
            "{mark} verdict {}{note}, {}",
            verdict_word(decision.verdict),
            ago(decision.at, now)
        );
    }
    out
}

/// Commits under a title, the newest first; nothing when there are none.
pub(super) fn commits(title: &str, commits: &[Commit], paint: Paint) -> String {
    let mut out = String::new();
    if !commits.is_empty() {
        let _ = writeln!(out, "{title}: {}", count(commits.len() as u64, "commit", "commits"));
    }
    for commit in commits.iter().take(COMMITS) {
        let id = commit.id.as_deref().map(|id| format!("{} ", &id[..id.len().min(8)])).unwrap_or_default();
        let _ = writeln!(out, "  {}{}", paint.dim(&visible_line(&id)), visible_line(&commit.subject));
    }
    out
}

/// What differs, under a title; nothing when nothing does.
pub(super) fn changes(title: &str, changes: &[NamedChange], paint: Paint) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let side = |value: &Option<String>| value.as_deref().map_or_else(|| "-".to_owned(), visible_line);
    let row = |c: &NamedChange| {
        [format!("  {}", visible_line(&c.name)), side(&c.before), "->".into(), side(&c.after)]
    };
    let rows: Vec<[String; 4]> = changes.iter().map(row).collect();
    format!("{}\n{}", paint.bold(title), table(&rows))
}

/// What is different between two releases.
pub(crate) fn releases(both: &ReleaseComparison, paint: Paint) -> String {
    let mut out = format!("{} -> {}\n", visible_line(&both.from.version), visible_line(&both.to.version));
    if both.same_image {
        out.push_str("The same image, byte for byte.\n");
    }
    match &both.commits {
        Some(coming) => out.push_str(&commits("Coming", coming, paint)),
        None => out.push_str("Git cannot tell what lies between them.\n"),
    }
    out.push_str(&commits("Going", &both.lost, paint));
    if let Some(files) = both.files.as_ref().filter(|files| !files.is_empty()) {
        let sum = |part: fn(&_) -> Option<u32>| files.iter().filter_map(part).map(u64::from).sum::<u64>();
        let (added, removed) = (sum(|f: &seatrial_app::api::types::FileChange| f.added), sum(|f| f.removed));
        let _ = writeln!(
            out,
            "{} differ: {added} lines added, {removed} removed",
            count(files.len() as u64, "file", "files")
        );
    }
    out.push_str(&changes("Packages", both.packages.as_deref().unwrap_or_default(), paint));
    out.push_str(&changes("Configuration", &both.configuration, paint));
    if let Some(diff) = &both.pipeline {
        let _ = writeln!(out, "{}", paint.bold("Pipeline"));
        out.extend(diff.lines().map(|line| format!("  {}\n", visible_line(line))));
    }
    out
}

/// Two runs beside each other.
pub(crate) fn runs(both: &RunComparison, paint: Paint) -> String {
    let version = |version: &Option<String>| version.as_deref().map_or_else(|| "?".to_owned(), visible_line);
    let heads = ["STEP".to_owned(), version(&both.run.version), version(&both.with.version)];
    let mut rows = vec![heads.map(|word| paint.dim(&word))];
    let cell = |status: Option<StepStatus>, ms: Option<u64>| match status {
        None => "-".to_owned(),
        Some(status) => {
            let time = ms.map(|ms| format!(" {}", duration(ms))).unwrap_or_default();
            format!("{} {}{time}", paint.mark(status.into()), step_word(status))
        }
    };
    rows.extend(both.steps.iter().map(|step| {
        let (here, there) =
            (cell(step.status, step.duration_ms), cell(step.with_status, step.with_duration_ms));
        [visible_line(&step.title), here, there]
    }));
    format!("{}{}", table(&rows), changes("Different", &both.differences, paint))
}

/// What is not as recorded or declared.
pub(crate) fn drift(detail: &EnvironmentDetail, paint: Paint) -> String {
    let name = &detail.environment.name;
    let mut out = String::new();
    if !detail.hosts.is_empty() {
        let version = detail.environment.current.as_ref().map(|current| current.version.as_str());
        out.push_str(&hosts::states(&detail.hosts, version, paint));
    }
    let away = detail.hosts.iter().any(|host| host.unreachable.is_some());
    if detail.drift.is_empty() && !away {
        let _ = writeln!(out, "{} {name} is as recorded.", paint.mark(Mark::Done));
    }
    for difference in &detail.drift {
        let (expected, seen) = (visible_line(&difference.expected), visible_line(&difference.seen));
        let _ =
            writeln!(out, "{} {}: expected {expected}, seen {seen}", paint.mark(Mark::Look), difference.what);
        let _ = writeln!(out, "  {}", visible_line(&difference.meaning));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::lists::tests::run_line;
    use super::super::samples::run_id;
    use super::*;
    use seatrial_app::api::types::StepComparison;
    use seatrial_core::model::{Phase, StepId};

    #[test]
    fn two_runs_stand_beside_each_other_step_by_step() {
        let steps = vec![StepComparison {
            step: StepId::new("test").unwrap(),
            title: "make test".into(),
            phase: Phase::Build,
            status: Some(StepStatus::Failed),
            duration_ms: Some(1_200),
            with_status: None,
            with_duration_ms: None,
        }];
        let change = NamedChange { name: "LOG".into(), before: None, after: Some("info".into()) };
        let mut run = run_line(run_id());
        run.version = None;
        let both = RunComparison { run, with: run_line(run_id()), steps, differences: vec![change] };
        let text = runs(&both, Paint::PLAIN);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "STEP       ?               2.5.0");
        assert_eq!(lines[1], "make test  x failed 1.2 s  -");
        assert_eq!(lines[3], "  LOG  -  ->  info");
    }
}
