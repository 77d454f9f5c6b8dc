//! ARCHITECTURE.md's file map: everything it names exists, and every crate and module folder is named.
//!
//! The map is every fenced block under a heading with the word "map". Each line is `NAME [NAME...]  what it is`, nested by
//! indentation; a line that starts as far right as the explanation above it goes on with that explanation.

use super::source::{Finding, Source};
use std::collections::BTreeSet;

const PAGE: &str = "ARCHITECTURE.md";
/// Columns by which a wrapped explanation may differ from the one above it.
const SLACK: usize = 2;

struct Named {
    line: usize,
    path: String,
}

pub(crate) fn check(files: &[Source]) -> Vec<Finding> {
    let Some(page) = files.iter().find(|file| file.path == PAGE) else {
        return vec![Finding {
            place: PAGE.to_owned(),
            message: "is missing; it has to show the file map".to_owned(),
        }];
    };
    let existing = existing_paths(files);
    let named = named_paths(&page.text);
    if named.is_empty() {
        return vec![
            page.finding(
                1,
                "has no file map: a fenced block under a heading with the word \"map\"".to_owned(),
            ),
        ];
    }
    let gone = named.iter().filter(|named| !exists(&existing, &named.path));
    let mut found: Vec<Finding> = gone
        .map(|named| page.finding(named.line, format!("names `{}`, which does not exist", named.path)))
        .collect();
    for folder in required_folders(files) {
        if !named.iter().any(|named| names(&named.path, &folder)) {
            let message =
                format!("the file map does not name `{folder}/`; add it with one line saying what it is for");
            found.push(Finding { place: PAGE.to_owned(), message });
        }
    }
    found
}

/// Files and all folders above them.
fn existing_paths(files: &[Source]) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for file in files {
        let mut path = file.path.as_str();
        while paths.insert(path.to_owned()) {
            let Some((parent, _)) = path.rsplit_once('/') else { break };
            path = parent;
        }
    }
    paths
}

/// A map may leave the `src/` level of a crate out.
fn with_src(path: &str) -> Option<String> {
    let mut parts = path.splitn(3, '/');
    let (first, second, rest) = (parts.next()?, parts.next()?, parts.next());
    match (first, rest) {
        ("crates", Some(rest)) => Some(format!("crates/{second}/src/{rest}")),
        ("xtask" | "src-tauri" | "ui" | "tests", _) => {
            Some(format!("{first}/src/{}", path.split_once('/')?.1))
        }
        _ => None,
    }
}

fn exists(existing: &BTreeSet<String>, path: &str) -> bool {
    // A pattern (`adr/NNNN-*.md`) is held to its folder only.
    let path = if path.contains('*') { path.rsplit_once('/').map_or("", |(folder, _)| folder) } else { path };
    path.is_empty() || existing.contains(path) || with_src(path).is_some_and(|path| existing.contains(&path))
}

fn names(named: &str, folder: &str) -> bool {
    named == folder || with_src(named).is_some_and(|path| path == folder)
}

/// Every crate, and every module folder directly in one.
fn required_folders(files: &[Source]) -> BTreeSet<String> {
    let mut folders = BTreeSet::new();
    for file in files {
        let parts: Vec<&str> = file.path.split('/').collect();
        match parts.as_slice() {
            ["crates", name, "Cargo.toml"] => folders.insert(format!("crates/{name}")),
            [name, "Cargo.toml"] => folders.insert((*name).to_owned()),
            ["crates", name, "src", module, _, ..] => folders.insert(format!("crates/{name}/src/{module}")),
            ["xtask", "src", module, _, ..] => folders.insert(format!("xtask/src/{module}")),
            _ => false,
        };
    }
    folders
}

fn named_paths(page: &str) -> Vec<Named> {
    let (mut under_map, mut fenced) = (false, false);
    let mut block = Vec::new();
    let mut named = Vec::new();
    for (index, line) in page.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            if !fenced {
                named.extend(paths_of_block(&std::mem::take(&mut block)));
            }
        } else if fenced && under_map {
            block.push((index + 1, line));
        } else if !fenced && line.starts_with('#') {
            under_map = line.to_lowercase().split(|it: char| !it.is_alphanumeric()).any(|word| word == "map");
        }
    }
    named
}

fn paths_of_block(block: &[(usize, &str)]) -> Vec<Named> {
    let mut named = Vec::new();
    let mut parents: Vec<(usize, String)> = Vec::new();
    let mut explanation_column = usize::MAX;
    for (line, text) in block {
        let text = text.replace(['│', '├', '└', '─'], " ");
        let indent = text.chars().take_while(|character| *character == ' ').count();
        let rest: String = text.chars().skip(indent).collect();
        if rest.is_empty() || indent + SLACK >= explanation_column {
            continue;
        }
        let (names, explanation) = rest.split_once("  ").unwrap_or((&rest, ""));
        if !explanation.trim().is_empty() {
            let gap = explanation.chars().take_while(|character| *character == ' ').count();
            explanation_column = indent + names.chars().count() + 2 + gap;
        }
        parents.retain(|(column, _)| *column < indent);
        let parent = parents.last().map_or("", |(_, path)| path.as_str()).to_owned();
        let mut paths = names.split_whitespace().map(|name| {
            let name = name.trim_matches('`').trim_end_matches(['/', ',']);
            if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") }
        });
        let all: Vec<String> = paths.by_ref().collect();
        if let [only] = all.as_slice() {
            parents.push((indent, only.clone()));
        }
        named.extend(all.into_iter().map(|path| Named { line: *line, path }));
    }
    named
}

#[cfg(test)]
mod tests {
    use super::{Source, check};

    const MAP: &str = "# Seatrial\n\n## File map\n```\nCargo.toml          the workspace\nREADME.md PAGE.md   pages\ncrates/\n  core/             pure: plans,\n                    events\n    plan/           plans\n```\n";

    fn tree(map: &str, more: &[&str]) -> Vec<Source> {
        let always =
            ["Cargo.toml", "README.md", "PAGE.md", "crates/core/Cargo.toml", "crates/core/src/plan/ship.rs"];
        let mut files: Vec<Source> = always.iter().chain(more).map(|path| Source::new(path, "")).collect();
        files.push(Source::new("ARCHITECTURE.md", map));
        files
    }

    fn messages(files: &[Source]) -> Vec<String> {
        check(files).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_true_map_is_accepted_and_wrapped_explanations_are_no_paths() {
        assert_eq!(messages(&tree(MAP, &[])), Vec::<String>::new());
    }

    #[test]
    fn a_named_path_that_is_gone_is_found_with_its_line() {
        let map = MAP.replace("plan/  ", "plans/ ");
        let found = check(&tree(&map, &[]));
        assert_eq!(found.len(), 2, "the wrong name and the folder it leaves unnamed: {found:?}");
        assert_eq!(found[0].place, "ARCHITECTURE.md:10");
    }

    #[test]
    fn an_unnamed_crate_or_module_folder_is_found() {
        assert_eq!(messages(&tree(MAP, &["crates/store/Cargo.toml"])).len(), 1);
        assert_eq!(messages(&tree(MAP, &["crates/core/src/judge/mod.rs"])).len(), 1);
        assert_eq!(messages(&tree(MAP, &["crates/core/src/judge.rs"])).len(), 0);
    }

    #[test]
    fn a_page_without_a_map_or_no_page_at_all_is_found() {
        assert_eq!(messages(&tree("# Seatrial\n", &[])).len(), 1);
        assert_eq!(messages(&[Source::new("README.md", "")]).len(), 1);
    }
}
