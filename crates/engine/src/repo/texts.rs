//! The texts that detection reads.

use super::ReadError;
use super::inside::{Inside, PIPELINE_FILE, PIPELINE_FILE_LIMIT};
use seatrial_core::detect::facts::{FileFact, FolderNote, PipelineFile};
use std::collections::BTreeMap;

/// The most of one file.
const LIMIT: u64 = 256 * 1024;
/// The most files: a folder of many small projects is no one's app.
const MAX_TEXTS: usize = 100;

/// Files whose content says what an app is and how it is checked and started.
const KNOWN: &[&str] = &[
    "Dockerfile",
    "Containerfile",
    ".dockerignore",
    "compose.yaml",
    "compose.yml",
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
    "package.json",
    ".nvmrc",
    ".node-version",
    "server.js",
    "index.js",
    "pyproject.toml",
    "requirements.txt",
    "requirements-dev.txt",
    "setup.py",
    "setup.cfg",
    "tox.ini",
    "noxfile.py",
    "pytest.ini",
    "ruff.toml",
    ".flake8",
    "Pipfile",
    ".python-version",
    "app.py",
    "main.py",
    "wsgi.py",
    "asgi.py",
    "manage.py",
    "go.mod",
    "main.go",
    "Cargo.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "Makefile",
    "makefile",
    "GNUmakefile",
    "justfile",
    "Justfile",
    "Taskfile.yml",
    "Procfile",
    ".tool-versions",
    "index.html",
    "nginx.conf",
    "Caddyfile",
];

fn is_known(name: &str) -> bool {
    KNOWN.contains(&name) || name.starts_with("Dockerfile.") || name.ends_with(".dockerfile")
}

/// Reads the well-known files at the root and one level below.
pub(super) fn read_known(
    root: &Inside,
    files: &[FileFact],
    notes: &mut Vec<FolderNote>,
) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let depth = |path: &str| path.matches('/').count();
    let mut wanted: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    wanted.retain(|path| depth(path) <= 1 && path.rsplit('/').next().is_some_and(is_known));
    wanted.sort_by_key(|path| depth(path));
    for path in wanted.into_iter().take(MAX_TEXTS) {
        match root.read(path, LIMIT).map(String::from_utf8) {
            Ok(Ok(text)) => {
                texts.insert(path.to_owned(), text);
            }
            Ok(Err(_)) => notes.push(FolderNote::FileNotText { path: path.to_owned() }),
            Err(error) => notes.push(note(error)),
        }
    }
    texts
}

fn note(error: ReadError) -> FolderNote {
    let reason = error.to_string();
    match error {
        ReadError::TooLarge { path, size, .. } => FolderNote::FileTooLarge { path, size },
        ReadError::Missing { path }
        | ReadError::NotAFile { path }
        | ReadError::Refused { path }
        | ReadError::System { path, .. } => FolderNote::Unreadable { path, reason },
        ReadError::Folder(_) => FolderNote::Unreadable { path: String::new(), reason },
    }
}

/// Reads the pipeline file as it is.
pub(super) fn pipeline_file(root: &Inside) -> PipelineFile {
    match root.read(PIPELINE_FILE, PIPELINE_FILE_LIMIT) {
        Ok(bytes) => PipelineFile::Content(bytes),
        // A link that leads nowhere is not the same as no file: somebody wanted one.
        Err(ReadError::Missing { .. }) if root.dir().symlink_metadata(PIPELINE_FILE).is_err() => {
            PipelineFile::Absent
        }
        Err(ReadError::TooLarge { size, limit, .. }) => PipelineFile::TooLarge { size, limit },
        Err(error) => PipelineFile::Unreadable { reason: error.to_string() },
    }
}
