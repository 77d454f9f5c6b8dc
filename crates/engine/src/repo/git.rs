//! What git says about a folder.

use super::git_command::{Git, GitProblem};
use chrono::{DateTime, Utc};
use seatrial_core::detect::facts::{CommitFact, FolderNote, GitFacts, VersionTag};
use seatrial_core::model::Digest;
use std::path::{Path, PathBuf};
use std::time::Instant;

const MAX_COMMITS: usize = 500;
/// The most of a commit's message that is kept, in bytes.
const MAX_BODY: usize = 4 * 1024;

/// Asks git about a folder; `None` outside a work tree or when git cannot be asked, which is noted.
pub(super) async fn observe(folder: &Path, until: Instant, notes: &mut Vec<FolderNote>) -> Option<GitFacts> {
    // Looked for by ourselves: "no repository" is ordinary and needs no git.
    let repository = folder.ancestors().find(|ancestor| ancestor.join(".git").exists())?;
    match facts(folder, until, notes).await {
        Ok(facts) => Some(facts),
        Err(problem) => {
            notes.push(match problem {
                GitProblem::Missing => FolderNote::GitMissing,
                GitProblem::Failed(_) if is_somebody_elses(repository) => FolderNote::GitOwnedBySomebodyElse,
                GitProblem::Failed(reason) => FolderNote::GitFailed { reason },
            });
            None
        }
    }
}

/// Git refuses repositories of other users; that refusal is a good one and stays.
#[cfg(unix)]
fn is_somebody_elses(repository: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let us = rustix::process::geteuid().as_raw();
    [repository.to_owned(), repository.join(".git")]
        .iter()
        .any(|path| path.metadata().is_ok_and(|metadata| metadata.uid() != us))
}

#[cfg(not(unix))]
fn is_somebody_elses(_repository: &Path) -> bool {
    false
}

async fn facts(folder: &Path, until: Instant, notes: &mut Vec<FolderNote>) -> Result<GitFacts, GitProblem> {
    let git = Git::new(folder, until).await?;
    let prefix = git.ask(&["rev-parse", "--show-prefix"]).await?.text();
    let prefix = prefix.trim_end_matches('/').to_owned();
    const STATUS: &[&str] = &[
        "status",
        "--porcelain=v2",
        "--branch",
        "-z",
        "--untracked-files=normal",
        "--ignore-submodules=dirty",
        "--no-renames",
        "--",
        ".",
    ];
    let (status, remote, all_tags) =
        tokio::join!(git.ask(STATUS), git.text(&["config", "--get", "remote.origin.url"]), tags(&git, &[]));
    let status = Status::parse(&status?.stdout);
    let mut facts = GitFacts {
        commit: status.commit,
        short: None,
        branch: status.branch,
        dirty: status.dirty,
        changes: changes(&top(folder, &prefix), &status.changed),
        untracked: status.untracked,
        version_tags: all_tags?,
        last_tag: None,
        commits_since_tag: Vec::new(),
        remote: remote.map(|url| without_credentials(&url)),
        prefix,
    };
    if let Some(commit) = facts.commit.clone() {
        let merged = format!("--merged={commit}");
        let (merged, short) = ([merged.as_str()], ["rev-parse", "--short", commit.as_str()]);
        let (short, reached) = tokio::join!(git.text(&short), tags(&git, &merged));
        facts.short = short;
        facts.last_tag = reached?.pop();
        let since = facts.last_tag.as_ref().map(|tag| tag.commit.as_str());
        let part = (!facts.prefix.is_empty()).then_some(".");
        facts.commits_since_tag = commits(&git, &range(since, &commit), part, notes).await?;
    }
    Ok(facts)
}

/// The work tree's top folder.
fn top(folder: &Path, prefix: &str) -> PathBuf {
    let deep = prefix.split('/').filter(|part| !part.is_empty()).count();
    folder.ancestors().nth(deep).unwrap_or(folder).to_owned()
}

/// Tells one state of the changed files from another without reading them. The files that git does not track are left
/// out: a running app writes its data into some.
fn changes(top: &Path, changed: &[String]) -> Option<Digest> {
    let line = |path: &String| {
        let metadata = std::fs::symlink_metadata(top.join(path)).ok();
        let modified = metadata.as_ref().and_then(|m| m.modified().ok());
        let since = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        format!("{path}\0{:?}\0{:?}\n", metadata.map(|m| m.len()), since)
    };
    let lines: String = changed.iter().map(line).collect();
    (!changed.is_empty()).then(|| Digest::of(lines.as_bytes()))
}

/// Version tags, newest version last.
async fn tags(git: &Git, more: &[&str]) -> Result<Vec<VersionTag>, GitProblem> {
    // For an annotated tag the second id is that of the commit; else it is empty.
    const FORMAT: &str = "--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)";
    let answer = git.ask(&[&["for-each-ref", FORMAT, "refs/tags"], more].concat()).await?;
    let text = String::from_utf8_lossy(&answer.stdout);
    let mut tags: Vec<(semver::Version, VersionTag)> = text.lines().filter_map(version_tag).collect();
    tags.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.name.cmp(&b.1.name)));
    Ok(tags.into_iter().map(|(_, tag)| tag).collect())
}

fn version_tag(line: &str) -> Option<(semver::Version, VersionTag)> {
    let mut fields = line.split('\0');
    let (name, object, peeled) = (fields.next()?, fields.next()?, fields.next()?);
    let version = semver::Version::parse(name.strip_prefix('v').unwrap_or(name)).ok()?;
    let commit = if peeled.is_empty() { object } else { peeled };
    Some((version, VersionTag { name: name.to_owned(), commit: commit.to_owned() }))
}

fn range(since: Option<&str>, head: &str) -> String {
    since.map_or_else(|| head.to_owned(), |tag| format!("{tag}..{head}"))
}

/// Commits, newest first; with `part`, only those that touch that part of the repository.
async fn commits(
    git: &Git,
    range: &str,
    part: Option<&str>,
    notes: &mut Vec<FolderNote>,
) -> Result<Vec<CommitFact>, GitProblem> {
    let count = format!("--max-count={}", MAX_COMMITS + 1);
    let mut question = vec!["log", "-z", &count, "--format=%H%x1f%aI%x1f%s%x1f%b", "--no-color", range, "--"];
    question.extend(part);
    let answer = git.ask(&question).await?;
    let text = String::from_utf8_lossy(&answer.stdout);
    let mut commits: Vec<CommitFact> = text.split('\0').filter_map(commit).collect();
    if commits.len() > MAX_COMMITS {
        commits.truncate(MAX_COMMITS);
        notes.push(FolderNote::CommitsCut { listed: MAX_COMMITS });
    }
    Ok(commits)
}

fn commit(record: &str) -> Option<CommitFact> {
    let mut fields = record.splitn(4, '\x1f');
    let (id, at, subject, body) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let authored_at =
        DateTime::parse_from_rfc3339(at).map_or(DateTime::UNIX_EPOCH, |at| at.with_timezone(&Utc));
    let body = body.trim();
    let end = (0..=body.len().min(MAX_BODY)).rev().find(|end| body.is_char_boundary(*end)).unwrap_or(0);
    let (id, subject) = (id.trim_start().to_owned(), subject.to_owned());
    Some(CommitFact { id, subject, body: body[..end].to_owned(), authored_at })
}

/// An address without what proves who one is; tokens are often written into it.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
    let host = match authority.rsplit_once('@') {
        // With SSH the user's name is part of where it is.
        Some((user, host)) if scheme.contains("ssh") => {
            format!("{}@{host}", user.split(':').next().unwrap_or_default())
        }
        Some((_, host)) => host.to_owned(),
        None => authority.to_owned(),
    };
    path.map_or_else(|| format!("{scheme}://{host}"), |path| format!("{scheme}://{host}/{path}"))
}

/// The answer of `git status --porcelain=v2 --branch -z`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Status {
    commit: Option<String>,
    branch: Option<String>,
    dirty: bool,
    /// Paths of changed tracked files, from the work tree's top.
    changed: Vec<String>,
    untracked: u64,
}

/// Fields before the path of a changed file, by the first character of its record.
const FIELDS: [(&str, usize); 3] = [("1 ", 8), ("2 ", 9), ("u ", 10)];

impl Status {
    fn parse(answer: &[u8]) -> Self {
        let mut status = Self::default();
        let mut records = answer.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        while let Some(record) = records.next() {
            let known = |value: &str| (!value.starts_with('(')).then(|| value.to_owned());
            if let Some(commit) = record.strip_prefix("# branch.oid ") {
                status.commit = known(commit);
            } else if let Some(branch) = record.strip_prefix("# branch.head ") {
                status.branch = known(branch);
            } else if record.starts_with("? ") {
                status.untracked += 1;
            } else if let Some((kind, fields)) = FIELDS.iter().find(|(kind, _)| record.starts_with(kind)) {
                status.dirty = true;
                status.changed.extend(record.splitn(fields + 1, ' ').nth(*fields).map(str::to_owned));
                if *kind == "2 " {
                    // A rename takes a second field: where it was.
                    records.next();
                }
            }
        }
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_without_its_credentials() {
        for (url, kept) in [
            ("https://user:token@example.com/a/b.git", "https://example.com/a/b.git"),
            ("https://token@example.com", "https://example.com"),
            ("ssh://git:pw@example.com:22/a", "ssh://git@example.com:22/a"),
            ("git@example.com:a/b.git", "git@example.com:a/b.git"),
            ("/srv/git/a", "/srv/git/a"),
        ] {
            assert_eq!(without_credentials(url), kept);
        }
    }

    #[test]
    fn a_status_tells_changes_from_files_that_are_not_tracked() {
        let clean = b"# branch.oid abc\0# branch.head main\0";
        let expected =
            Status { commit: Some("abc".into()), branch: Some("main".into()), ..Status::default() };
        assert_eq!(Status::parse(clean), expected);
        let busy = b"# branch.oid (initial)\0# branch.head (detached)\x00\
            2 R. N... 100644 100644 100644 a b R100 a new name\0? old name\x00\
            1 .M N... 100644 100644 100644 a b src/app.py\0? a\0? b\0";
        let changed = vec!["a new name".to_owned(), "src/app.py".to_owned()];
        assert_eq!(Status::parse(busy), Status { dirty: true, changed, untracked: 2, ..Status::default() });
    }
}
