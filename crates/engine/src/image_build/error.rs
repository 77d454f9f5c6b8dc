//! Why an image was not built.

use std::path::PathBuf;
use std::time::Duration;

use crate::docker::EngineError;
use crate::process::StartError;

/// Why an image was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// There is no `docker` program.
    #[error("the docker client was not found: install it, for example the package docker-cli")]
    ClientMissing(#[source] StartError),
    /// The docker client has no buildx.
    #[error("docker buildx is missing: install it, for example the package docker-buildx")]
    BuildxMissing,
    /// buildx is too old to report progress in a structured way.
    #[error("docker buildx {found} is too old: {needed} or newer is needed")]
    BuildxTooOld {
        /// The version found.
        found: String,
        /// The oldest version that works.
        needed: &'static str,
    },
    /// The engine cannot be reached.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The folder with the sources is not there.
    #[error("there is no folder {}", .path.display())]
    NoContext {
        /// The folder.
        path: PathBuf,
    },
    /// The Dockerfile is not there.
    #[error("there is no Dockerfile at {}", .path.display())]
    NoDockerfile {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The build itself failed.
    #[error("{0}")]
    Failed(Box<FailedBuild>),
    /// The build took too long.
    #[error("the build did not end within {} s", .after.as_secs())]
    DeadlinePassed {
        /// The limit.
        after: Duration,
    },
    /// A person asked to stop.
    #[error("the build was cancelled")]
    Cancelled,
    /// The builder succeeded but did not say what it made.
    #[error("the builder did not report the image it made")]
    NoDigest,
    /// A file of ours could not be read or written.
    #[error("{} could not be used", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's cause.
        #[source]
        source: std::io::Error,
    },
}

/// A build that the builder gave up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FailedBuild {
    /// The step that failed, as the builder names it; `None` when it failed before any step.
    pub step: Option<String>,
    /// Line of the Dockerfile, as far as the builder told it.
    pub line: Option<u32>,
    /// The lines around it, as the builder shows them.
    pub excerpt: Vec<String>,
    /// The last lines of the step's output.
    pub output: Vec<String>,
    /// The builder's own words.
    pub report: String,
}

impl std::fmt::Display for FailedBuild {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the image was not built")?;
        if let Some(line) = self.line {
            write!(f, ": Dockerfile line {line}")?;
        }
        if let Some(step) = &self.step {
            write!(f, ": {step}")?;
        }
        if !self.report.is_empty() {
            write!(f, ": {}", self.report)?;
        }
        Ok(())
    }
}

impl FailedBuild {
    /// Reads the builder's closing text: a head `Dockerfile:5`, an excerpt between two rules, and one line
    /// that starts with `ERROR:`. Only for showing; nothing is decided by it.
    pub(crate) fn read(text: &[String]) -> Self {
        let mut failed = Self::default();
        let rules: Vec<usize> =
            text.iter().enumerate().filter(|(_, line)| is_rule(line)).map(|(index, _)| index).collect();
        if let [first, second, ..] = rules[..] {
            failed.excerpt = text[first + 1..second].iter().map(|line| line.trim_end().to_owned()).collect();
            failed.line = first.checked_sub(1).and_then(|head| line_number(&text[head]));
        }
        let error = text.iter().rev().find_map(|line| line.strip_prefix("ERROR: "));
        failed.report = error.or(text.last().map(String::as_str)).unwrap_or_default().to_owned();
        failed
    }
}

fn is_rule(line: &str) -> bool {
    line.len() >= 10 && line.bytes().all(|byte| byte == b'-')
}

fn line_number(head: &str) -> Option<u32> {
    head.rsplit_once(':')?.1.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_text_gives_line_excerpt_and_words() {
        let text = "Dockerfile:5\n--------------------\n   4 |     COPY . /app\n   5 | >>> RUN false\n--------------------\nERROR: failed to solve: exit code: 1";
        let text: Vec<String> = text.lines().map(str::to_owned).collect();
        let failed = FailedBuild::read(&text);
        assert_eq!(failed.line, Some(5));
        assert_eq!(failed.excerpt, ["   4 |     COPY . /app", "   5 | >>> RUN false"]);
        assert_eq!(failed.report, "failed to solve: exit code: 1");
    }

    #[test]
    fn other_texts_are_kept_as_they_are() {
        let failed = FailedBuild::read(&["something new".to_owned()]);
        assert_eq!((failed.line, failed.report.as_str()), (None, "something new"));
        assert_eq!(FailedBuild::read(&[]), FailedBuild::default());
    }
}
