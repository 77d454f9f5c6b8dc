//! Looks at folders that were done before: lists of many apps must not look at every folder, or ask git, at each call.
//!
//! Only lists use these. Whatever decides something (plans, trust) looks afresh.

use crate::api::ApiError;
use crate::project::{FILE, Project};
use crate::trust::digest;
use seatrial_core::model::Digest;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How long what git said counts, in lists.
const GIT_AGE: Duration = Duration::from_secs(10);

/// What is known about folders.
#[derive(Default)]
pub(crate) struct Looks {
    known: Mutex<HashMap<PathBuf, Arc<Look>>>,
    /// Whether git is being asked.
    pub(crate) asking: Arc<AtomicBool>,
}

/// A look at a folder, or why there is none.
pub(crate) struct Look {
    pub(crate) project: Result<Arc<Project>, ApiError>,
    /// Digest of what would run, which a person trusts or not.
    pub(crate) trust: Option<Digest>,
    /// Files that were read, relative to the folder.
    files: Vec<String>,
    stamps: Vec<Stamp>,
    /// When git was asked; `None`: it was not.
    git_at: Option<Instant>,
}

/// Size and time of a file; `None`: it is not there.
type Stamp = Option<(u64, Option<SystemTime>)>;

impl Looks {
    /// What is known about a folder, however old.
    pub(crate) fn known(&self, folder: &Path) -> Option<Arc<Look>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(folder).cloned()
    }

    /// Looks at a folder again, without git: what that said before counts on. Returns whether something is different.
    pub(crate) async fn glance(&self, folder: &Path) -> bool {
        let before = self.known(folder);
        let mut project = Project::glance(folder).await;
        if let (Ok(now), Some(Ok(then))) = (&mut project, before.as_ref().map(|look| &look.project)) {
            now.facts.git = then.facts.git.clone();
        }
        let project = project.map(Arc::new);
        let same = match (&project, before.as_ref().map(|look| &look.project)) {
            (Ok(now), Some(Ok(then))) => now.spec == then.spec && now.problems == then.problems,
            (Err(now), Some(Err(then))) => now == then,
            _ => false,
        };
        self.keep(folder, project, None);
        !same
    }

    /// Asks git about a folder, and looks at it again. Returns whether git says something else than before.
    pub(crate) async fn ask_git(&self, folder: &Path) -> bool {
        let before = self.known(folder);
        let project = Project::look(folder).await.map(Arc::new);
        let said = |project: &Result<Arc<Project>, ApiError>| project.as_ref().ok().map(|p| p.work_tree());
        let same = before.is_some_and(|before| said(&before.project) == said(&project));
        self.keep(folder, project, Some(Instant::now()));
        !same
    }

    /// Of some folders, those git was not asked about for a while; those it was never asked about come first.
    pub(crate) fn unasked(&self, folders: &[PathBuf]) -> Vec<PathBuf> {
        let asked = |folder: &PathBuf| self.known(folder).and_then(|look| look.git_at);
        let mut old: Vec<_> = folders.iter().map(|folder| (asked(folder), folder.clone())).collect();
        old.retain(|(at, _)| at.is_none_or(|at| at.elapsed() >= GIT_AGE));
        old.sort();
        old.into_iter().map(|(_, folder)| folder).collect()
    }

    /// Of some folders, those that were never looked at, or changed since. Blocking.
    pub(crate) fn outdated(&self, folders: &[PathBuf]) -> Vec<PathBuf> {
        let is_old = |folder: &&PathBuf| self.known(folder).is_none_or(|look| !look.is_current(folder));
        folders.iter().filter(is_old).cloned().collect()
    }

    fn keep(&self, folder: &Path, project: Result<Arc<Project>, ApiError>, git_at: Option<Instant>) {
        let trusted = project.as_ref().ok().filter(|p| p.spec.is_some()).map(|p| p.trusted_files());
        let texts = project.iter().flat_map(|p| p.facts.texts.keys().cloned());
        let more = trusted.iter().flatten().map(|file| file.path.clone());
        let mut files: Vec<String> = texts.chain(more).chain([FILE.to_owned()]).collect();
        files.sort_unstable();
        files.dedup();
        let stamps = stamps(folder, &files);
        let look = Look { project, trust: trusted.map(|files| digest(&files)), files, stamps, git_at };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned(), Arc::new(look));
    }
}

impl Look {
    fn is_current(&self, folder: &Path) -> bool {
        self.stamps == stamps(folder, &self.files)
    }
}

/// Stamps of the folder itself (files that come and go) and of every file that was read.
fn stamps(folder: &Path, files: &[String]) -> Vec<Stamp> {
    let stamp = |path: &Path| {
        let metadata = std::fs::symlink_metadata(path).ok()?;
        Some((metadata.len(), metadata.modified().ok()))
    };
    let files = files.iter().map(|name| stamp(&folder.join(name)));
    std::iter::once(stamp(folder)).chain(files).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_look_counts_until_a_file_that_was_read_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        std::fs::write(path.join("Dockerfile"), "FROM scratch\n").unwrap();
        let looks = Looks::default();
        assert_eq!(
            looks.outdated(std::slice::from_ref(&path)),
            std::slice::from_ref(&path),
            "it was never looked at"
        );
        assert!(looks.glance(&path).await, "everything is new");
        assert!(looks.outdated(std::slice::from_ref(&path)).is_empty());
        std::fs::write(path.join(FILE), "app = \"shop\"\n[ship]\nport = 80\n").unwrap();
        assert_eq!(looks.outdated(std::slice::from_ref(&path)), std::slice::from_ref(&path));
        assert!(looks.glance(&path).await);
        assert!(!looks.glance(&path).await, "nothing is different the second time");
    }

    #[tokio::test]
    async fn a_list_asks_git_again_only_after_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        std::fs::write(path.join("Dockerfile"), "FROM scratch\n").unwrap();
        let looks = Looks::default();
        assert_eq!(looks.unasked(std::slice::from_ref(&path)), std::slice::from_ref(&path));
        looks.ask_git(&path).await;
        assert!(looks.unasked(std::slice::from_ref(&path)).is_empty());
        assert!(!looks.ask_git(&path).await, "git says the same the second time");
        looks.glance(&path).await;
        assert_eq!(looks.unasked(std::slice::from_ref(&path)), std::slice::from_ref(&path), "files changed");
    }
}
