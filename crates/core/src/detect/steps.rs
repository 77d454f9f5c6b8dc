//! Lint and test commands the project itself says it uses. The first source that names one wins: a Makefile or
//! justfile is where people put "how we do it here".

use super::facts::FolderFacts;
use super::node::{self, Installer};
use super::{FoundStep, has, rust, text};
use crate::model::{Phase, Practice, StepId};
use crate::pipeline::Retry;
use crate::spec::StepSpec;
use std::collections::BTreeMap;

/// Longest time of a found step, as for declared ones.
const TIMEOUT_MS: u64 = 600_000;

/// A command and from what it was concluded.
type Found = Option<(String, String)>;

/// The steps found, lint before tests.
pub(crate) fn found(facts: &FolderFacts) -> Vec<FoundStep> {
    let lint = (Practice::Lint, command(facts, "lint", &[node_lint, python_lint, go_lint, rust_lint]));
    let test = (Practice::UnitTest, command(facts, "test", &[node_test, python_test, go_test, rust_test]));
    [lint, test]
        .into_iter()
        .filter_map(|(practice, found)| {
            let (command, evidence) = found?;
            Some(FoundStep { step: step(practice, command), evidence })
        })
        .collect()
}

fn command(facts: &FolderFacts, target: &str, languages: &[fn(&FolderFacts) -> Found]) -> Found {
    runner_target(facts, target).or_else(|| languages.iter().find_map(|language| language(facts)))
}

fn step(practice: Practice, command: String) -> StepSpec {
    StepSpec {
        id: StepId::nearest(practice.as_str()),
        phase: Phase::Build,
        practice,
        command,
        folder: ".".to_owned(),
        needs: Vec::new(),
        timeout_ms: TIMEOUT_MS,
        retry: Retry::default(),
        blocking: true,
        env: BTreeMap::new(),
        secrets: Vec::new(),
    }
}

/// A target of a Makefile or a recipe of a justfile.
fn runner_target(facts: &FolderFacts, target: &str) -> Found {
    let defines = |text: &str| {
        text.lines().any(|line| {
            let rest = line.strip_prefix(target).map(str::trim_start);
            rest.is_some_and(|rest| rest.starts_with(':') && !rest.starts_with(":="))
        })
    };
    for (file, program) in [
        ("Makefile", "make"),
        ("makefile", "make"),
        ("GNUmakefile", "make"),
        ("justfile", "just"),
        ("Justfile", "just"),
    ] {
        if text(facts, file).is_some_and(defines) {
            return Some((format!("{program} {target}"), format!("{file}: {target}")));
        }
    }
    None
}

fn node_lint(facts: &FolderFacts) -> Found {
    node::script(&node::package(facts)?, "lint")?;
    Some((Installer::of(facts).run("lint"), "package.json: scripts.lint".to_owned()))
}

fn node_test(facts: &FolderFacts) -> Found {
    let package = node::package(facts)?;
    // What `npm init` writes when there are no tests.
    node::script(&package, "test").filter(|test| !test.contains("no test specified"))?;
    Some((Installer::of(facts).run("test"), "package.json: scripts.test".to_owned()))
}

/// The first of some files that has a section.
fn section(facts: &FolderFacts, candidates: &[(&str, &str)]) -> Option<String> {
    candidates
        .iter()
        .find(|(file, header)| {
            text(facts, file).is_some_and(|text| text.lines().any(|line| line.trim().starts_with(header)))
        })
        .map(|(file, header)| format!("{file}: {}", header.trim_matches(['[', ']'])))
}

fn file(facts: &FolderFacts, candidates: &[&str]) -> Option<String> {
    candidates.iter().find(|name| has(facts, name)).map(|name| (*name).to_owned())
}

fn python_lint(facts: &FolderFacts) -> Found {
    let ruff = file(facts, &["ruff.toml", ".ruff.toml"])
        .or_else(|| section(facts, &[("pyproject.toml", "[tool.ruff")]));
    if let Some(evidence) = ruff {
        return Some(("ruff check .".to_owned(), evidence));
    }
    let flake8 = file(facts, &[".flake8"])
        .or_else(|| section(facts, &[("setup.cfg", "[flake8]"), ("tox.ini", "[flake8]")]));
    flake8.map(|evidence| ("flake8".to_owned(), evidence))
}

fn python_test(facts: &FolderFacts) -> Found {
    let evidence = file(facts, &["pytest.ini"]).or_else(|| {
        section(
            facts,
            &[("pyproject.toml", "[tool.pytest"), ("setup.cfg", "[tool:pytest]"), ("tox.ini", "[pytest]")],
        )
    });
    evidence.map(|evidence| ("pytest".to_owned(), evidence))
}

fn go_lint(facts: &FolderFacts) -> Found {
    has(facts, "go.mod").then(|| ("go vet ./...".to_owned(), "go.mod".to_owned()))
}

fn go_test(facts: &FolderFacts) -> Found {
    let test = facts.files.iter().find(|file| file.path.ends_with("_test.go"))?;
    has(facts, "go.mod").then(|| ("go test ./...".to_owned(), test.path.clone()))
}

fn rust_lint(facts: &FolderFacts) -> Found {
    let declared = rust::manifest(facts).and_then(|manifest| {
        let lints = manifest.get("lints").or_else(|| manifest.get("workspace")?.get("lints"))?;
        lints.get("clippy").map(|_| "Cargo.toml: lints.clippy".to_owned())
    });
    let evidence = declared.or_else(|| file(facts, &["clippy.toml", ".clippy.toml"]))?;
    has(facts, "Cargo.toml").then(|| ("cargo clippy --all-targets -- -D warnings".to_owned(), evidence))
}

fn rust_test(facts: &FolderFacts) -> Found {
    let test =
        facts.files.iter().find(|file| file.path.starts_with("tests/") && file.path.ends_with(".rs"))?;
    has(facts, "Cargo.toml").then(|| ("cargo test".to_owned(), test.path.clone()))
}
