//! The digest that trust is bound to (T7).

use super::{Inside, ReadError};
use seatrial_core::model::Digest;
use std::collections::BTreeSet;
use std::path::Path;

/// Nothing that is run from a repository as a script is larger.
const LIMIT: u64 = 16 * 1024 * 1024;

/// One digest over the names and contents of some files of a folder. A missing file counts as missing, so that one
/// that appears later changes the digest. The order of the names does not matter. Blocking.
pub fn content_digest<'a>(
    root: &Path,
    paths: impl IntoIterator<Item = &'a str>,
) -> Result<Digest, ReadError> {
    let inside = Inside::open(root)?;
    let mut manifest = String::from("seatrial content 1\n");
    for path in paths.into_iter().collect::<BTreeSet<_>>() {
        let content = match inside.read(path, LIMIT) {
            Ok(bytes) => Digest::of(&bytes).as_str().to_owned(),
            Err(ReadError::Missing { .. }) => "missing".to_owned(),
            Err(error) => return Err(error),
        };
        // With its length, so that no name can look like the end of one entry and the start of another.
        manifest.push_str(&format!("{}:{path} {content}\n", path.len()));
    }
    Ok(Digest::of(manifest.as_bytes()))
}
