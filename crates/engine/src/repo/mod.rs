//! Looks at an app's folder and hands it to the core as plain data; writes the few files a person asked for.
//!
//! Nothing in the folder is executed, and nothing outside it is read: files are opened beneath the root, so neither
//! `..` nor a symbolic link leads out (safety T7, T8).

mod between;
mod digest;
mod error;
mod git;
mod git_command;
mod inside;
mod listing;
mod texts;
mod write;

pub use between::{Between, HistoryError, between, commits_between};
pub use digest::content_digest;
pub use error::{ReadError, RepoError, WriteError};
pub use inside::{Inside, PIPELINE_FILE, PIPELINE_FILE_LIMIT};
pub use write::{Existing, write_file_atomically};

use inside::open_root;
use seatrial_core::detect::facts::FolderFacts;
use std::path::Path;
use std::time::{Duration, Instant};

/// Looks at a folder: its files, the texts of the well-known ones, and what git says.
///
/// Bounded in depth, number and size of what is read, and in time: a folder on a network drive that hangs is given up.
pub async fn observe(path: &Path, deadline: Duration) -> Result<FolderFacts, RepoError> {
    let until = Instant::now() + deadline;
    let mut facts = observe_files(path, deadline).await?;
    let root = Path::new(&facts.root);
    facts.git = git::observe(root, until, &mut facts.notes).await;
    // The answers about a folder that was removed in the meantime would be half true.
    if root.is_dir() { Ok(facts) } else { Err(RepoError::FolderGone { path: path.to_owned() }) }
}

/// Looks at a folder like [`observe`], without asking git: quick enough for hundreds of folders.
pub async fn observe_files(path: &Path, deadline: Duration) -> Result<FolderFacts, RepoError> {
    let too_slow = || RepoError::TooSlow { path: path.to_owned(), limit: deadline };
    let owned = path.to_owned();
    let look = tokio::task::spawn_blocking(move || look(&owned));
    let looked = tokio::time::timeout(deadline, look).await.map_err(|_| too_slow())?;
    looked.map_err(|_| too_slow())?
}

fn look(path: &Path) -> Result<FolderFacts, RepoError> {
    let absolute = std::fs::canonicalize(path).map_err(|error| RepoError::new(path, &error))?;
    let root = open_root(&absolute)?;
    let mut notes = Vec::new();
    let files = listing::list(root.dir(), &mut notes);
    let texts = texts::read_known(&root, &files, &mut notes);
    let pipeline_file = texts::pipeline_file(&root);
    let root = absolute.to_string_lossy().into_owned();
    Ok(FolderFacts { root, files, texts, pipeline_file, git: None, notes })
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
