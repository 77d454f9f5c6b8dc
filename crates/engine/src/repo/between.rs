//! The way from one commit to another: commits, files, the pipeline file and files that list packages.
//!
//! Asked like everything of git: nothing the repository configures is run, so neither external diffs nor text
//! conversions.

use super::PIPELINE_FILE;
use super::git_command::{Git, GitProblem};
use chrono::{DateTime, Utc};
use seatrial_core::compare::{Commit, FileChange, LockFile};
use std::path::Path;
use std::time::{Duration, Instant};

const MAX_COMMITS: usize = 500;
const MAX_FILES: usize = 2_000;
const MAX_LOCK_FILES: usize = 20;
/// The most of one file that lists packages, in bytes.
const MAX_LOCK_FILE: u64 = 4 * 1024 * 1024;
const DIFF: [&str; 5] = ["diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--relative"];

/// Everything that lies between two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Between {
    /// Commits that come, newest first.
    pub commits: Vec<Commit>,
    /// Commits that go, newest first.
    pub lost: Vec<Commit>,
    /// Files that differ.
    pub files: Vec<FileChange>,
    /// Files that list packages and differ, at both commits.
    pub lock_files: Vec<LockFile>,
    /// Change of the pipeline file as a unified diff; `None`: none.
    pub pipeline: Option<String>,
}

/// Why git cannot tell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// The text names no commit.
    #[error("`{0}` is not the id of a commit")]
    NoCommit(String),
    /// Git is not installed.
    #[error("git is not installed")]
    GitMissing,
    /// Git knows one of the commits no longer, took too long, or said too much.
    #[error("git cannot tell: {0}")]
    Failed(String),
}

impl From<GitProblem> for HistoryError {
    fn from(problem: GitProblem) -> Self {
        match problem {
            GitProblem::Missing => Self::GitMissing,
            GitProblem::Failed(reason) => Self::Failed(reason),
        }
    }
}

/// Commits after `from` up to `to` that touch the folder, newest first; without `from`, only the last ones.
pub async fn commits_between(
    folder: &Path,
    from: Option<&str>,
    to: &str,
    deadline: Duration,
) -> Result<Vec<Commit>, HistoryError> {
    let git = Git::new(folder, Instant::now() + deadline).await?;
    log(&git, from, to).await
}

/// Everything between two commits, as far as it concerns the folder.
pub async fn between(
    folder: &Path,
    from: &str,
    to: &str,
    deadline: Duration,
) -> Result<Between, HistoryError> {
    let git = Git::new(folder, Instant::now() + deadline).await?;
    let (commits, lost, files) =
        tokio::join!(log(&git, Some(from), to), log(&git, Some(to), from), files(&git, from, to));
    let files = files?;
    let mut lock_files = Vec::new();
    for file in files.iter().filter(|file| LockFile::is_one(&file.path)).take(MAX_LOCK_FILES) {
        let (before, after) = tokio::join!(text_at(&git, from, &file.path), text_at(&git, to, &file.path));
        lock_files.push(LockFile { path: file.path.clone(), before, after });
    }
    let pipeline = match files.iter().any(|file| file.path == PIPELINE_FILE) {
        true => Some(pipeline(&git, from, to).await?),
        false => None,
    };
    Ok(Between { commits: commits?, lost: lost?, files, lock_files, pipeline })
}

/// Only what cannot be read as an option or a range.
fn commit(text: &str) -> Result<&str, HistoryError> {
    let fine = (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if fine { Ok(text) } else { Err(HistoryError::NoCommit(text.to_owned())) }
}

async fn log(git: &Git, from: Option<&str>, to: &str) -> Result<Vec<Commit>, HistoryError> {
    let count = format!("--max-count={MAX_COMMITS}");
    let range = match from {
        Some(from) => format!("{}..{}", commit(from)?, commit(to)?),
        None => commit(to)?.to_owned(),
    };
    let format = "--format=%H%x1f%an%x1f%aI%x1f%s";
    let answer = git.ask(&["log", "-z", &count, format, "--no-color", &range, "--", "."]).await?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    Ok(text.split('\0').filter_map(commit_of).collect())
}

fn commit_of(record: &str) -> Option<Commit> {
    let mut fields = record.trim_start().splitn(4, '\x1f');
    let (id, author, at) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Commit {
        id: Some(id.to_owned()),
        subject: fields.next()?.to_owned(),
        author: (!author.is_empty()).then(|| author.to_owned()),
        at: DateTime::parse_from_rfc3339(at).ok().map(|at| at.with_timezone(&Utc)),
    })
}

async fn files(git: &Git, from: &str, to: &str) -> Result<Vec<FileChange>, HistoryError> {
    let question = [&DIFF[..], &["--numstat", "-z", commit(from)?, commit(to)?, "--", "."]].concat();
    let answer = git.ask(&question).await?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    Ok(text.split('\0').filter_map(file_of).take(MAX_FILES).collect())
}

/// `3\t1\tsrc/app.py`; for what is no text `-\t-\tlogo.png`.
fn file_of(record: &str) -> Option<FileChange> {
    let mut fields = record.trim_start_matches('\n').splitn(3, '\t');
    let (added, removed) = (fields.next()?.parse().ok(), fields.next()?.parse().ok());
    Some(FileChange { path: fields.next()?.to_owned(), added, removed })
}

/// The text of a file at a commit; `None`: it was not there, is too large, or no text.
async fn text_at(git: &Git, at: &str, path: &str) -> Option<String> {
    let name = format!("{}:./{path}", commit(at).ok()?);
    let size: u64 = git.text(&["cat-file", "-s", &name]).await?.trim().parse().ok()?;
    if size > MAX_LOCK_FILE {
        return None;
    }
    let answer = git.ask(&["cat-file", "blob", &name]).await.ok()?;
    String::from_utf8(answer.stdout).ok()
}

async fn pipeline(git: &Git, from: &str, to: &str) -> Result<String, HistoryError> {
    let question = [&DIFF[..], &["--no-color", commit(from)?, commit(to)?, "--", PIPELINE_FILE]].concat();
    let answer = git.ask(&question).await?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    // Git's own head names modes and blobs, which say nothing here.
    let body = text.find("--- ").map_or(text.as_str(), |begin| &text[begin..]);
    Ok(body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t8_only_the_id_of_a_commit_reaches_git() {
        assert!(commit("c0ffee1").is_ok());
        for bad in ["", "HEAD", "--output=x", "c0ffee1..d", "main", &"a".repeat(65)] {
            assert!(commit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_file_that_is_no_text_has_no_lines() {
        let text = FileChange { path: "a b.py".into(), added: Some(3), removed: Some(1) };
        assert_eq!(file_of("3\t1\ta b.py"), Some(text));
        assert_eq!(file_of("-\t-\tlogo.png").unwrap().added, None);
        assert_eq!(file_of(""), None);
    }
}
