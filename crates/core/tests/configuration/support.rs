//! Facts of made-up folders, and problems as a person would see them.

use seatrial_core::detect::facts::{FileFact, FolderFacts, PipelineFile};
use seatrial_core::spec::{AppSpec, Problem, Severity, parse};

/// A folder called `guestbook` with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> FolderFacts {
    let mut listed: Vec<FileFact> = files
        .iter()
        .map(|(path, text)| FileFact { path: (*path).into(), size: text.len() as u64, executable: false })
        .collect();
    listed.sort_by(|a, b| a.path.cmp(&b.path));
    FolderFacts {
        root: "/home/dev/Guestbook".into(),
        files: listed,
        texts: files.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect(),
        pipeline_file: PipelineFile::Absent,
        git: None,
        notes: Vec::new(),
    }
}

/// A folder with nothing but a Dockerfile.
pub(crate) fn dockerfile_folder() -> FolderFacts {
    folder(&[("Dockerfile", "FROM scratch\nEXPOSE 8000\n")])
}

/// The problems as lines, the way the terminal shows them.
pub(crate) fn rendered(problems: &[Problem]) -> String {
    problems
        .iter()
        .map(|p| {
            let severity = match p.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let hint = p.hint.as_ref().map(|hint| format!("  hint: {hint}\n")).unwrap_or_default();
            format!("{}:{}:{}: {severity}: {}\n{hint}", p.file, p.line, p.column, p.message)
        })
        .collect()
}

/// All problems of a file, errors and warnings.
pub(crate) fn problems(text: &str) -> String {
    match parse(text.as_bytes(), "seatrial.toml", &dockerfile_folder()) {
        Ok((_, warnings)) => rendered(&warnings),
        Err(problems) => rendered(&problems),
    }
}

/// The configuration; the problems are the failure when there is none.
pub(crate) fn resolved(text: &str) -> AppSpec {
    match parse(text.as_bytes(), "seatrial.toml", &dockerfile_folder()) {
        Ok((spec, _)) => spec,
        Err(problems) => panic!("\n{}", rendered(&problems)),
    }
}
