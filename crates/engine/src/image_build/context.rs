//! What is sent to the builder. A `.dockerignore` is honoured; without one, what must not get into an image
//! by accident stays out, and a person is told (T9).

use std::fs;
use std::path::{Path, PathBuf};

use super::build::{DockerfileSource, ImageBuildSpec};
use super::error::BuildError;

/// Left out when a folder has no `.dockerignore`: history, secrets, keys.
const DEFAULT_IGNORE: [&str; 13] = [
    ".git",
    ".seatrial",
    "**/.env",
    "**/.env.*",
    "!**/.env.example",
    "**/*.pem",
    "**/*.key",
    "**/*.p12",
    "**/*.pfx",
    "**/id_rsa*",
    "**/id_ed25519*",
    "**/.netrc",
    "**/.ssh",
];
/// Directories below this depth are not looked through for the notice; they are left out all the same.
const LOOK_DEPTH: usize = 3;
const LOOK_ENTRIES: usize = 5_000;

/// What was left out although no `.dockerignore` says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextNotice {
    /// The first files and folders that were left out, relative to the folder.
    pub left_out: Vec<String>,
}

/// The Dockerfile to build with, and what a person should know.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) dockerfile: PathBuf,
    pub(crate) notice: Option<ContextNotice>,
}

/// Checks the folder and decides which Dockerfile is used: the folder's own one, or a copy in the scratch
/// directory with ignore rules beside it, which is where the builder looks first.
pub(crate) fn prepare(spec: &ImageBuildSpec, scratch: &Path) -> Result<Prepared, BuildError> {
    if !spec.context.is_dir() {
        return Err(BuildError::NoContext { path: spec.context.clone() });
    }
    let (own, text) = match &spec.dockerfile {
        DockerfileSource::Path(path) => (Some(path.clone()), read_dockerfile(path)?),
        DockerfileSource::Text(text) => (None, text.clone().into_bytes()),
    };
    let has_rules = spec.context.join(".dockerignore").exists()
        || own.as_ref().is_some_and(|path| with_suffix(path, ".dockerignore").exists());
    if let (Some(dockerfile), true) = (&own, has_rules) {
        return Ok(Prepared { dockerfile: dockerfile.clone(), notice: None });
    }
    let dockerfile = scratch.join("Dockerfile");
    write(&dockerfile, &text)?;
    if has_rules {
        return Ok(Prepared { dockerfile, notice: None });
    }
    write(&with_suffix(&dockerfile, ".dockerignore"), DEFAULT_IGNORE.join("\n").as_bytes())?;
    let left_out = left_out(&spec.context);
    let notice = (!left_out.is_empty()).then_some(ContextNotice { left_out });
    Ok(Prepared { dockerfile, notice })
}

fn read_dockerfile(path: &Path) -> Result<Vec<u8>, BuildError> {
    fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => BuildError::NoDockerfile { path: path.to_owned() },
        _ => BuildError::File { path: path.to_owned(), source },
    })
}

fn write(path: &Path, content: &[u8]) -> Result<(), BuildError> {
    fs::write(path, content).map_err(|source| BuildError::File { path: path.to_owned(), source })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

fn left_out(context: &Path) -> Vec<String> {
    let (mut found, mut budget) = (Vec::new(), LOOK_ENTRIES);
    look(context, context, LOOK_DEPTH, &mut budget, &mut found);
    found.sort();
    found
}

fn look(root: &Path, directory: &Path, depth: usize, budget: &mut usize, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if *budget == 0 {
            return;
        }
        *budget -= 1;
        let (path, name) = (entry.path(), entry.file_name());
        if is_left_out(&name.to_string_lossy(), directory == root) {
            found.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
        } else if depth > 0 && name != "node_modules" && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            look(root, &path, depth - 1, budget, found);
        }
    }
}

/// The same as [`DEFAULT_IGNORE`], by name.
fn is_left_out(name: &str, at_root: bool) -> bool {
    let key = [".pem", ".key", ".p12", ".pfx"].iter().any(|end| name.ends_with(end));
    let identity = ["id_rsa", "id_ed25519", ".env."].iter().any(|start| name.starts_with(start));
    let exact = [".env", ".netrc", ".ssh"].contains(&name);
    let root_only = at_root && [".git", ".seatrial"].contains(&name);
    name != ".env.example" && (key || identity || exact || root_only)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(context: &Path) -> ImageBuildSpec {
        fs::write(context.join("Dockerfile"), "FROM scratch\n").unwrap();
        ImageBuildSpec::new(context, DockerfileSource::Path(context.join("Dockerfile")), context)
    }

    #[test]
    fn t9_without_ignore_rules_secrets_and_history_stay_out_with_a_notice() {
        let (root, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(root.path().join("config/.git")).unwrap();
        fs::create_dir(root.path().join(".git")).unwrap();
        for name in [".env", "config/server.key", ".env.example", "keys.txt"] {
            fs::write(root.path().join(name), "x").unwrap();
        }
        let prepared = prepare(&spec(root.path()), scratch.path()).unwrap();
        assert_eq!(prepared.notice.unwrap().left_out, [".env", ".git", "config/server.key"]);
        assert!(scratch.path().join("Dockerfile.dockerignore").exists());
        assert_eq!(fs::read(prepared.dockerfile).unwrap(), b"FROM scratch\n");
    }

    #[test]
    fn t9_a_dockerignore_is_honoured_and_nothing_is_added() {
        let (root, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(root.path().join(".dockerignore"), "x\n").unwrap();
        fs::write(root.path().join(".env"), "x").unwrap();
        let prepared = prepare(&spec(root.path()), scratch.path()).unwrap();
        assert_eq!(prepared.notice, None);
        assert_eq!(prepared.dockerfile, root.path().join("Dockerfile"));
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_missing_folder_or_dockerfile_is_named() {
        let root = tempfile::tempdir().unwrap();
        let mut spec = spec(root.path());
        spec.dockerfile = DockerfileSource::Path(root.path().join("Nope"));
        assert!(prepare(&spec, root.path()).unwrap_err().to_string().contains("Nope"));
        spec.context = root.path().join("gone");
        assert!(matches!(prepare(&spec, root.path()), Err(BuildError::NoContext { .. })));
    }
}
