//! Where things are in this checkout.

use crate::failure::{Failure, Outcome};
use crate::shell::call;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The folder with the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_owned)
}

/// A folder outside version control for what this program leaves between calls; made when absent.
pub(crate) fn scratch(name: &str) -> Outcome<PathBuf> {
    let dir = root().join(".scratch").join(name);
    make_dir(&dir)?;
    Ok(dir)
}

/// `mkdir -p`.
pub(crate) fn make_dir(dir: &Path) -> Outcome {
    std::fs::create_dir_all(dir)
        .map_err(|error| Failure::io(format!("cannot make the folder {}", dir.display()), &error))
}

/// Writes a file, making its folder.
pub(crate) fn write(file: &Path, text: &str) -> Outcome {
    if let Some(dir) = file.parent() {
        make_dir(dir)?;
    }
    std::fs::write(file, text)
        .map_err(|error| Failure::io(format!("cannot write {}", file.display()), &error))
}

/// Reads a text file.
pub(crate) fn read(file: &Path) -> Outcome<String> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::io(format!("cannot read {}", file.display()), &error))
}

/// What `cargo metadata` says about this workspace's own packages.
pub(crate) fn packages() -> Outcome<Vec<Value>> {
    let words = ["metadata", "--no-deps", "--format-version", "1"];
    let mut metadata = parse(&call(cargo()).args(words).dir(root()).limit(300).output()?, "cargo metadata")?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => Err(Failure::new("`cargo metadata` listed no packages")),
    }
}

/// The folder of the debug builds.
pub(crate) fn debug_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from).join("debug")
}

/// The cargo that runs this program.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// Parses JSON that `origin` printed.
pub(crate) fn parse(text: &str, origin: &str) -> Outcome<Value> {
    serde_json::from_str(text).map_err(|error| {
        Failure::new(format!("`{origin}` printed something that is not JSON: {error}"))
            .detail(text.chars().take(400).collect::<String>())
    })
}
