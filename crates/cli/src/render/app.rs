//! What `init` saw, and every resolved value with its origin.

use super::text::{indent, visible, visible_line};
use super::{Mark, Paint, problem, table};
use seatrial_app::api::types::{AppView, ExplainedValue, InitView};
use seatrial_core::spec::Origin;
use std::fmt::Write as _;
use std::path::Path;

/// What was recognised, what would be written, and what to do next.
pub(crate) fn init(view: &InitView, paint: Paint) -> String {
    let AppView { app, folder, detection, .. } = &view.app;
    let mut out = String::new();
    let kind = visible_line(&detection.kind);
    let _ = writeln!(out, "{} {}: {kind}", paint.mark(Mark::Done), paint.bold(app.as_str()));
    let _ = writeln!(out, "  folder    {}", visible_line(folder));
    let list = |texts: &[String]| texts.iter().map(|text| visible_line(text)).collect::<Vec<_>>().join(", ");
    if !detection.evidence.is_empty() {
        let _ = writeln!(out, "  seen      {}", list(&detection.evidence));
    }
    if !detection.compose_services.is_empty() {
        let _ = writeln!(out, "  services  {}", list(&detection.compose_services));
    }
    for environment in &view.app.environments {
        let urls = list(&environment.urls);
        let _ = writeln!(out, "  ships to  {} ({}), {urls}", environment.name, environment.target);
    }
    for note in &detection.notes {
        let _ = writeln!(out, "{} {}", paint.mark(Mark::Look), visible_line(note));
    }
    if !view.app.problems.is_empty() {
        out.push('\n');
        out.push_str(&problem::all(&view.app.problems, Some(Path::new(folder)), paint));
    }
    out.push_str(&proposal(view, paint));
    out.push_str(&next(view));
    out
}

fn proposal(view: &InitView, paint: Paint) -> String {
    let mut out = String::new();
    let was_written = |name: &str| view.written.iter().any(|written| written.ends_with(name));
    let texts =
        [("seatrial.toml", &view.file_text), ("Dockerfile", &view.app.detection.generated_dockerfile)];
    for (name, text) in texts {
        if let (Some(text), false) = (text, was_written(name)) {
            let _ = writeln!(out, "\n{}", paint.dim(&format!("{name} (not written)")));
            out.push_str(&indent(&visible(text), 4));
        }
    }
    if !view.written.is_empty() {
        out.push('\n');
    }
    for file in &view.written {
        let _ = writeln!(out, "{} wrote {}", paint.mark(Mark::Done), visible_line(file));
    }
    out
}

fn next(view: &InitView) -> String {
    let mut out = "\nNext: seatrial deploy\n".to_owned();
    let was_written = |name: &str| view.written.iter().any(|written| written.ends_with(name));
    if view.file_text.is_some() && !was_written("seatrial.toml") {
        out.push_str("      seatrial init --write             keeps the configuration in seatrial.toml; none is needed\n");
    }
    if view.app.detection.generated_dockerfile.is_some() && !was_written("Dockerfile") {
        out.push_str(
            "      seatrial init --write-dockerfile  puts the Dockerfile into the folder to change it\n",
        );
    }
    out
}

/// The sample app that was created.
pub(crate) fn sample(view: &AppView, paint: Paint) -> String {
    let folder = visible_line(&view.folder);
    format!(
        "{} sample app {} in {folder}\n\nNext: cd {folder} && seatrial deploy\n",
        paint.mark(Mark::Done),
        view.app
    )
}

/// Every resolved value with its origin.
pub(crate) fn explain(values: &[ExplainedValue], paint: Paint) -> String {
    let row = |value: &ExplainedValue| {
        let origin = match &value.origin {
            Origin::File { file, line, column } => format!("{file}:{line}:{column}"),
            Origin::Detected { evidence } => format!("detected: {evidence}"),
            Origin::Default => "default".to_owned(),
        };
        [visible_line(&value.path), visible_line(&value.value), paint.dim(&visible_line(&origin))]
    };
    table(&values.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use seatrial_app::api::types::DetectionView;
    use seatrial_core::model::AppName;

    fn view(written: &[&str]) -> InitView {
        InitView {
            app: AppView {
                app: AppName::new("guestbook").unwrap(),
                folder: "/apps/guestbook".into(),
                file: None,
                detection: DetectionView {
                    kind: "Python project".into(),
                    evidence: vec!["requirements.txt".into(), "app.py".into()],
                    notes: vec!["no tests were found".into()],
                    compose_services: Vec::new(),
                    generated_dockerfile: Some("FROM python:3.11-slim\n".into()),
                },
                environments: Vec::new(),
                trust: None,
                problems: Vec::new(),
                commit: None,
                dirty: false,
            },
            file_text: Some("app = \"guestbook\"\n".into()),
            written: written.iter().map(|&name| name.into()).collect(),
        }
    }

    #[test]
    fn init_shows_what_it_would_write_and_writes_only_when_asked() {
        insta::assert_snapshot!(init(&view(&[]), Paint::SHAPES));
    }

    #[test]
    fn what_was_written_is_named_and_not_shown_again() {
        let text = init(&view(&["seatrial.toml", "Dockerfile"]), Paint::PLAIN);
        assert!(text.contains("+ wrote Dockerfile") && !text.contains("not written"), "{text}");
    }

    #[test]
    fn every_value_names_its_origin() {
        let value = |path: &str, origin| ExplainedValue { path: path.into(), value: "8000".into(), origin };
        let file = Origin::File { file: "seatrial.toml".into(), line: 3, column: 8 };
        let values = [
            value("env.prod.ship.port", file),
            value("env.dev.ship.port", Origin::Detected { evidence: "Dockerfile: EXPOSE".into() }),
            value("x", Origin::Default),
        ];
        insta::assert_snapshot!(explain(&values, Paint::PLAIN));
    }
}
