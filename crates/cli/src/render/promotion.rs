//! What a promotion changes, before a person says yes.

use super::compared::{changes, commits};
use super::line::verdict_word;
use super::text::{count, visible_line};
use super::{Paint, plan};
use seatrial_app::api::types::{Promotion, ReleaseComparison};
use std::fmt::Write as _;

/// The difference it makes, then the plan.
pub(crate) fn text(promotion: &Promotion, paint: Paint) -> String {
    let arrow = paint.either("→", "->");
    let (from, to) = (&promotion.from, &promotion.to);
    let version = visible_line(&promotion.release.version);
    let mut out = format!("{}\n", paint.bold(&format!("Promote {version}: {from} {arrow} {to}")));
    let mut fact = |name: &str, value: String| {
        let _ = writeln!(out, "  {} {value}", paint.dim(&format!("{name:<9}")));
    };
    let verdict = promotion.verdict.map_or("no verdict", verdict_word);
    fact("verdict", format!("{verdict} in {from}"));
    let before = promotion.replaces.as_ref().map(|there| visible_line(&there.version));
    fact("version", format!("{} {arrow} {version}", before.as_deref().unwrap_or("nothing")));
    fact("image", image(promotion));
    if let Some(comparison) = &promotion.comparison {
        out.push_str(&between(comparison, paint));
    }
    let title = format!("Configuration that is not the same: {from} {arrow} {to}");
    out.push_str(&changes(&title, &promotion.configuration, paint));
    let title = format!("Infrastructure that is not the same: {from} {arrow} {to}");
    out.push_str(&changes(&title, &promotion.infrastructure, paint));
    out.push('\n');
    out.push_str(&plan::text(&promotion.plan, paint));
    out
}

fn image(promotion: &Promotion) -> String {
    let digest = promotion.release.image.as_ref().map_or("unknown", |image| image.short());
    let there = promotion.replaces.as_ref();
    let other = there.and_then(|there| there.image.as_ref()).map(|image| image.short());
    let (from, to) = (&promotion.from, &promotion.to);
    match (&promotion.comparison, other) {
        (Some(both), _) if both.same_image => format!("{digest}, the one that is in {to} already"),
        (_, Some(other)) => format!("{digest} as it was tried in {from}, instead of {other}"),
        (_, None) => format!("{digest} as it was tried in {from}"),
    }
}

/// What lies between what is live and what will be.
fn between(both: &ReleaseComparison, paint: Paint) -> String {
    let mut out = match &both.commits {
        Some(coming) => commits("Coming", coming, paint),
        None => "Git cannot tell what lies between them.\n".to_owned(),
    };
    out.push_str(&commits("Going", &both.lost, paint));
    if let Some(files) = both.files.as_ref().filter(|files| !files.is_empty()) {
        let _ = writeln!(out, "{} differ", count(files.len() as u64, "file", "files"));
    }
    out.push_str(&changes("Packages", both.packages.as_deref().unwrap_or_default(), paint));
    out.push_str(&changes("Configuration that changes there", &both.configuration, paint));
    out
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use seatrial_app::api::types::{Commit, NamedChange, ReleaseLine};
    use seatrial_core::evaluate::Verdict;
    use seatrial_core::model::{Digest, EnvironmentName, ReleaseId};

    fn change(name: &str, before: Option<&str>, after: Option<&str>) -> NamedChange {
        NamedChange { name: name.into(), before: before.map(Into::into), after: after.map(Into::into) }
    }

    fn line(version: &str) -> ReleaseLine {
        ReleaseLine {
            release: ReleaseId(samples::run_id().0),
            version: version.into(),
            image: Some(Digest::of(version.as_bytes())),
            commit: None,
            dirty: false,
            created_at: chrono::DateTime::UNIX_EPOCH,
            live_in: Vec::new(),
        }
    }

    fn promotion() -> Promotion {
        let comparison = ReleaseComparison {
            from: line("1.3.0"),
            to: line("1.4.0"),
            same_image: false,
            from_size: None,
            to_size: None,
            commits: Some(vec![Commit::of_subject("feat: Say hello \u{1b}[2J")]),
            lost: Vec::new(),
            files: None,
            packages: None,
            configuration: Vec::new(),
            pipeline: None,
        };
        Promotion {
            app: samples::plan().app,
            from: EnvironmentName::new("staging").unwrap(),
            to: EnvironmentName::new("prod").unwrap(),
            release: line("1.4.0"),
            verdict: Some(Verdict::Go),
            replaces: None,
            comparison: Some(comparison),
            configuration: vec![
                change("LOG", Some("debug"), None),
                change("secret KEY", None, Some("as a file")),
            ],
            infrastructure: vec![change("target", Some("docker"), Some("ssh://web1"))],
            plan: samples::plan(),
        }
    }

    #[test]
    fn a_promotion_shows_what_differs_before_its_plan() {
        insta::assert_snapshot!(text(&promotion(), Paint::SHAPES));
    }

    #[test]
    fn a_commit_from_a_repository_cannot_steer_the_terminal() {
        assert!(!text(&promotion(), Paint::SHAPES).contains('\u{1b}'));
    }
}
