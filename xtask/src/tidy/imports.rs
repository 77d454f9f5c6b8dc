//! Which part of the workspace may know which other part.

use super::source::{Finding, Source, has_word};

/// What a folder's code must not name, and why.
struct Boundary {
    folder: &'static str,
    manifest: &'static str,
    forbidden: &'static [&'static str],
    because: &'static str,
}

const BOUNDARIES: [Boundary; 6] = [
    Boundary {
        folder: "crates/core/src/",
        manifest: "crates/core/Cargo.toml",
        forbidden: &[
            "tokio",
            "rusqlite",
            "bollard",
            "tauri",
            "std::fs",
            "std::net",
            "std::process",
            "std::env",
            "std::thread",
            "seatrial_store",
            "seatrial_engine",
            "seatrial_app",
        ],
        because: "core is pure: it gets facts, time and ids as arguments",
    },
    Boundary {
        folder: "crates/store/src/",
        manifest: "crates/store/Cargo.toml",
        forbidden: &["bollard", "tauri", "axum", "seatrial_engine", "seatrial_app"],
        because: "store knows only core and SQLite",
    },
    Boundary {
        folder: "crates/engine/src/",
        manifest: "crates/engine/Cargo.toml",
        forbidden: &["rusqlite", "tauri", "axum", "seatrial_store", "seatrial_app"],
        because: "engine knows only core and reports through its event sink",
    },
    Boundary {
        folder: "crates/app/src/",
        manifest: "crates/app/Cargo.toml",
        forbidden: &["tauri", "axum"],
        because: "app is one API for every shell and depends on none of them",
    },
    Boundary {
        folder: "crates/cli/src/",
        manifest: "crates/cli/Cargo.toml",
        forbidden: &["rusqlite", "bollard", "seatrial_store", "seatrial_engine", "tauri"],
        because: "a shell holds no SQL, Docker or SSH types: it calls app",
    },
    Boundary {
        folder: "src-tauri/src/",
        manifest: "src-tauri/Cargo.toml",
        forbidden: &["rusqlite", "bollard", "seatrial_store", "seatrial_engine"],
        because: "a shell holds no SQL, Docker or SSH types: it calls app",
    },
];

/// The only folder of the product that starts programs.
const PROCESS_FOLDER: &str = "crates/engine/src/process/";
/// The only folder of the user interface that knows the desktop shell.
const BACKEND_FOLDER: &str = "ui/src/lib/backend/";

pub(crate) fn check(files: &[Source]) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in files {
        if file.extension() == "rs" {
            found.extend(boundaries(file));
            found.extend(programs(file));
        }
        found.extend(manifest(file));
        found.extend(desktop_imports(file));
    }
    found
}

fn boundaries(file: &Source) -> Vec<Finding> {
    let Some(boundary) = BOUNDARIES.iter().find(|boundary| file.path.starts_with(boundary.folder)) else {
        return Vec::new();
    };
    let used = used_paths(file);
    let objection = |(line, path): &(usize, String)| {
        let name = boundary.forbidden.iter().find(|name| is_within(path, name))?;
        Some(file.finding(*line, format!("names `{name}`; {}", boundary.because)))
    };
    let mut found: Vec<Finding> = used.iter().filter_map(objection).collect();
    found.dedup();
    found
}

fn is_within(path: &str, name: &str) -> bool {
    path == name || path.strip_prefix(name).is_some_and(|rest| rest.starts_with("::"))
}

fn manifest(file: &Source) -> Vec<Finding> {
    let Some(boundary) = BOUNDARIES.iter().find(|boundary| file.path == boundary.manifest) else {
        return Vec::new();
    };
    let mut in_dependencies = false;
    let mut found = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        if line.starts_with('[') {
            in_dependencies =
                line.trim_end().ends_with("dependencies]") && !line.contains("dev-dependencies");
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if in_dependencies && boundary.forbidden.contains(&name.replace('-', "_").as_str()) {
            found.push(file.finding(index + 1, format!("depends on `{name}`; {}", boundary.because)));
        }
    }
    found
}

fn programs(file: &Source) -> Vec<Finding> {
    let path = &file.path;
    if path.starts_with(PROCESS_FOLDER)
        || path.starts_with("xtask/")
        || path.starts_with("tests/")
        || path.contains("/tests/")
    {
        return Vec::new();
    }
    let is_program = |path: &str| path == "std::process::Command" || path == "tokio::process::Command";
    let message = format!("starts a program; only {PROCESS_FOLDER} does, with deadlines and cancelling");
    let used = used_paths(file);
    let lines = used.iter().filter(|(_, used)| {
        is_program(used)
            || used.ends_with("process::Command::new")
            || is_program(used.trim_end_matches("::new"))
    });
    let mut found: Vec<Finding> = lines.map(|(line, _)| file.finding(*line, message.clone())).collect();
    found.dedup();
    found
}

fn desktop_imports(file: &Source) -> Vec<Finding> {
    let is_ui = file.path.starts_with("ui/src/") && !file.path.starts_with(BACKEND_FOLDER);
    let lines = file.code_lines().filter(|(_, line)| is_ui && line.contains("@tauri-apps/"));
    let message =
        format!("names the desktop shell; only {BACKEND_FOLDER} does, everything else calls `backend`");
    lines.map(|(line, _)| file.finding(line, message.clone())).collect()
}

/// Every path that is used: the leaves of `use` trees and paths written in place, with their lines.
fn used_paths(file: &Source) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    let mut pending: Option<(usize, String)> = None;
    for (number, line) in file.code_lines() {
        let trimmed = line.trim();
        if let Some((start, statement)) = &mut pending {
            statement.push_str(trimmed);
            if trimmed.ends_with(';') {
                expand(*start, statement, &mut paths);
                pending = None;
            }
            continue;
        }
        match use_statement(trimmed) {
            Some(tree) if trimmed.ends_with(';') => expand(number, tree, &mut paths),
            Some(tree) => pending = Some((number, tree.to_owned())),
            None => paths.extend(paths_in(line).map(|path| (number, path))),
        }
    }
    paths
}

/// What follows `use` in a line that starts such a statement.
fn use_statement(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub").map_or(line, |rest| {
        let rest =
            rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest);
        rest.trim_start()
    });
    rest.strip_prefix("use ")
}

fn expand(line: usize, tree: &str, paths: &mut Vec<(usize, String)>) {
    let tree = tree.trim().trim_end_matches(';');
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        paths.push((line, path.trim_start_matches("::").trim_end_matches("::self").to_owned()));
        return;
    };
    let (prefix, rest) = tree.split_at(open);
    let inner = rest.trim_start_matches('{').strip_suffix('}').unwrap_or(rest);
    for part in split_top(inner) {
        expand(line, &format!("{prefix}{}", part.trim()), paths);
    }
}

/// Splits at the commas outside of braces.
fn split_top(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (index, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// Paths with at least one `::` in an ordinary line, outside of string literals.
fn paths_in(line: &str) -> impl Iterator<Item = String> {
    let code: String = line.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let words = code.split(|character: char| !(character.is_alphanumeric() || "_:".contains(character)));
    let paths = words.map(|word| word.trim_matches(':').to_owned());
    paths.filter(|word| word.contains("::") && !has_word(word, "self")).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::{Source, check};

    fn objections(path: &str, text: &str) -> Vec<String> {
        check(&[Source::new(path, text)]).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn core_may_not_touch_the_world_however_the_import_is_written() {
        for bad in [
            "use std::fs;",
            "use std::{collections::BTreeMap, fs};",
            "use std::{\n    collections::BTreeMap,\n    net::{IpAddr, TcpStream},\n};",
            "use std::fs as files;",
            "pub(crate) use std::env::var;",
            "fn f() { let _ = std::thread::spawn(g); }",
            "use tokio::sync::mpsc;",
            "use rusqlite::Connection;",
        ] {
            assert_eq!(objections("crates/core/src/plan.rs", bad), ["crates/core/src/plan.rs:1"], "{bad}");
        }
    }

    #[test]
    fn core_may_use_what_only_looks_similar() {
        for good in [
            "// std::fs is forbidden",
            "use crate::fs;",
            "let text = \"std::fs\";",
            "use std::fmt;",
            "std::environment()",
        ] {
            assert_eq!(objections("crates/core/src/plan.rs", good).len(), 0, "{good}");
        }
        assert_eq!(objections("crates/engine/src/disk.rs", "use std::fs;").len(), 0);
    }

    #[test]
    fn store_and_engine_do_not_know_each_other() {
        assert_eq!(objections("crates/store/src/lib.rs", "use seatrial_engine::Event;").len(), 1);
        assert_eq!(objections("crates/engine/src/lib.rs", "use seatrial_store::Store;").len(), 1);
        assert_eq!(objections("crates/engine/src/lib.rs", "use seatrial_core::Plan;").len(), 0);
    }

    #[test]
    fn app_knows_no_shell_and_shells_hold_no_sql_or_docker() {
        assert_eq!(objections("crates/app/src/lib.rs", "use tauri::Manager;").len(), 1);
        assert_eq!(objections("crates/app/src/lib.rs", "use axum::Router;").len(), 1);
        assert_eq!(objections("crates/cli/src/main.rs", "use rusqlite::Connection;").len(), 1);
        assert_eq!(objections("src-tauri/src/main.rs", "let d = bollard::Docker::connect();").len(), 1);
    }

    #[test]
    fn a_forbidden_dependency_is_seen_in_the_manifest_but_not_among_the_test_ones() {
        let bad = "[dependencies]\ntokio.workspace = true\n";
        assert_eq!(objections("crates/core/Cargo.toml", bad), ["crates/core/Cargo.toml:2"]);
        let store = "[target.'cfg(unix)'.dependencies]\nseatrial-engine = { path = \"../engine\" }\n";
        assert_eq!(objections("crates/store/Cargo.toml", store).len(), 1);
        assert_eq!(objections("crates/core/Cargo.toml", "[dev-dependencies]\ntokio = \"1\"\n").len(), 0);
    }

    #[test]
    fn programs_are_started_in_one_folder_only() {
        let direct = "let child = std::process::Command::new(\"docker\");";
        let imported = "use std::process::{Command, Stdio};";
        assert_eq!(objections("crates/engine/src/docker/mod.rs", direct).len(), 1);
        assert_eq!(objections("crates/cli/src/open.rs", imported).len(), 1);
        assert_eq!(objections("crates/app/src/worker.rs", "use tokio::process::Command;").len(), 1);
        assert_eq!(objections("crates/engine/src/process/spawn.rs", direct).len(), 0);
        assert_eq!(objections("crates/engine/tests/docker_ship.rs", direct).len(), 0);
        assert_eq!(
            objections("crates/cli/src/args.rs", "let c = clap::Command::new(\"seatrial\");").len(),
            0
        );
        assert_eq!(objections("crates/cli/src/main.rs", "use std::process::ExitCode;").len(), 0);
    }

    #[test]
    fn the_desktop_shell_is_named_only_in_the_backend_folder() {
        let import = "import { invoke } from '@tauri-apps/api/core';";
        assert_eq!(objections("ui/src/routes/Run.svelte", import), ["ui/src/routes/Run.svelte:1"]);
        assert_eq!(objections("ui/src/lib/backend/desktop.ts", import).len(), 0);
        assert_eq!(objections("ui/package.json", "\"@tauri-apps/api\": \"2\"").len(), 0);
    }
}
