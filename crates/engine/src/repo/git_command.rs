//! Asks git without letting the repository run anything.
//!
//! A folder that was unpacked rather than cloned may bring its own `.git/config`, which can name programs: a file
//! system monitor, hooks, filters, a pager, a signature checker, transports. Each is turned off; filters by name,
//! because git has no switch for all of them.

use crate::process::{Capture, CaptureError, Captured, StartError, capture};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Settings that outrank those of the repository.
const SAFE: &[&str] = &[
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.askPass=",
    "credential.helper=",
    "protocol.allow=never",
    "diff.external=",
    "log.showSignature=false",
    "gpg.program=false",
    "submodule.recurse=false",
    "status.submoduleSummary=false",
    "safe.bareRepository=explicit",
    "core.quotePath=false",
    "i18n.logOutputEncoding=UTF-8",
    "color.ui=false",
    "core.preloadIndex=true",
];

/// Enough for 500 commits with bodies, or a hundred thousand changed files.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;

/// Why git gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GitProblem {
    /// It is not installed.
    Missing,
    /// It ended with an error, took too long, or said too much.
    Failed(String),
}

/// Git in one folder.
#[derive(Debug, Clone)]
pub(super) struct Git {
    folder: PathBuf,
    until: Instant,
    settings: Vec<String>,
}

impl Git {
    /// Git with every program that the repository names turned off.
    pub(super) async fn new(folder: &Path, until: Instant) -> Result<Self, GitProblem> {
        let settings = SAFE.iter().map(|setting| (*setting).to_owned()).collect();
        let mut git = Self { folder: folder.to_owned(), until, settings };
        let listed = git.ask(&["config", "--list", "--show-scope", "--name-only", "-z"]).await?;
        for name in filters(&listed.stdout) {
            if name.contains(['=', '\n']) {
                // It cannot be turned off on the command line, so nothing is asked at all.
                return Err(GitProblem::Failed("the repository configures a filter with an odd name".into()));
            }
            for key in ["clean=", "smudge=", "process=", "required=false"] {
                git.settings.push(format!("filter.{name}.{key}"));
            }
        }
        Ok(git)
    }

    /// Asks; any exit code but 0 is a failure.
    pub(super) async fn ask(&self, arguments: &[&str]) -> Result<Captured, GitProblem> {
        let mut argv = vec!["git".to_owned(), "--no-pager".to_owned()];
        for setting in &self.settings {
            argv.extend(["-c".to_owned(), setting.clone()]);
        }
        argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let mut question = Capture::new(argv, &self.folder);
        question.limit = ANSWER_LIMIT;
        question.deadline =
            self.until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        for (name, value) in [
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_PAGER", "cat"),
            ("GIT_ASKPASS", ""),
            ("SSH_ASKPASS", ""),
        ] {
            question.env.set(name, value);
        }
        match capture(question).await {
            Ok(answer) if answer.is_success() => Ok(answer),
            Ok(answer) => Err(GitProblem::Failed(answer.error_text())),
            Err(CaptureError::Start(StartError::NotFound { .. })) => Err(GitProblem::Missing),
            Err(error) => Err(GitProblem::Failed(error.to_string())),
        }
    }

    /// Asks for a text; `None` when git says that there is none (exit code 1 and the like).
    pub(super) async fn text(&self, arguments: &[&str]) -> Option<String> {
        self.ask(arguments).await.ok().map(|answer| answer.text()).filter(|text| !text.is_empty())
    }
}

/// The names of the filters that the repository itself configures. Those of the user and the system are trusted: a
/// repository cannot write there, and without them files of Git LFS would look changed.
fn filters(listed: &[u8]) -> Vec<String> {
    let mut fields = listed.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let mut names = Vec::new();
    while let (Some(scope), Some(key)) = (fields.next(), fields.next()) {
        let name = key.strip_prefix("filter.").and_then(|rest| rest.rsplit_once('.')).map(|(name, _)| name);
        if let (false, Some(name)) = (matches!(&*scope, "system" | "global" | "command"), name) {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_repositorys_own_filters_are_turned_off() {
        let listed = b"global\0filter.lfs.clean\0local\0filter.a.b.clean\0worktree\0filter.c.process\0local\0core.bare\0";
        assert_eq!(filters(listed), ["a.b", "c"]);
    }
}
