//! The files of a folder, shallow ones first, up to a bound.

use cap_std::fs::{Dir, DirEntry};
use seatrial_core::detect::facts::{FileFact, FolderNote};
use std::collections::VecDeque;

const MAX_DEPTH: usize = 4;
const MAX_FILES: usize = 5_000;
/// Folders that tools fill: large, and nothing in them says what the app is.
const SKIPPED: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    "node_modules",
    "bower_components",
    "target",
    ".venv",
    "venv",
    "env",
    "dist",
    "vendor",
    "__pycache__",
    "site-packages",
    ".tox",
    ".nox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".cache",
    ".gradle",
    ".idea",
    ".vscode",
    ".next",
    ".nuxt",
    ".svelte-kit",
    ".terraform",
    "coverage",
];

/// Lists files by path. What cannot be read is noted and passed over.
pub(super) fn list(root: &Dir, notes: &mut Vec<FolderNote>) -> Vec<FileFact> {
    let mut files = Vec::new();
    let mut waiting = VecDeque::from([(String::new(), 1)]);
    // Breadth first: when the bound is reached, what is missing lies deep.
    while let Some((folder, depth)) = waiting.pop_front() {
        let name = if folder.is_empty() { "." } else { &folder };
        let entries = match root.open_dir(name).and_then(|dir| dir.entries()) {
            Ok(entries) => entries,
            Err(error) => {
                notes.push(FolderNote::Unreadable { path: folder, reason: error.kind().to_string() });
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if depth < MAX_DEPTH && !SKIPPED.contains(&name.as_str()) {
                    waiting.push_back((path, depth + 1));
                }
            } else if files.len() < MAX_FILES {
                files.push(fact(&entry, path));
            } else {
                notes.push(FolderNote::ListingCut { listed: files.len() });
                return sorted(files);
            }
        }
    }
    sorted(files)
}

fn sorted(mut files: Vec<FileFact>) -> Vec<FileFact> {
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    files
}

fn fact(entry: &DirEntry, path: String) -> FileFact {
    match entry.metadata() {
        Ok(metadata) if metadata.is_file() => {
            FileFact { path, size: metadata.len(), executable: is_executable(&metadata) }
        }
        _ => FileFact { path, size: 0, executable: false },
    }
}

#[cfg(unix)]
fn is_executable(metadata: &cap_std::fs::Metadata) -> bool {
    cap_std::fs::MetadataExt::mode(metadata) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &cap_std::fs::Metadata) -> bool {
    false
}
