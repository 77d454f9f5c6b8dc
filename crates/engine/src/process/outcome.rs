//! What came of a process, and what it wrote.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;

/// Which of its two outputs a process wrote to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Some bytes that a process wrote, as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputChunk {
    /// Where it wrote them.
    pub stream: OutputStream,
    /// The bytes (at most 64 KiB): no promise about lines or characters.
    pub bytes: Bytes,
    /// When we read them.
    pub at: DateTime<Utc>,
}

/// What came of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// How long it ran (monotonic).
    pub took: Duration,
    /// Processor time of it and of the children it waited for; `None` where the system does not tell.
    pub cpu: Option<Duration>,
    /// How many of its background processes were still running when it had ended, and were ended by us.
    pub left_behind: usize,
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// By itself, with this code.
    Exited(i32),
    /// By a signal that we did not send (9 without anybody's doing is usually the system running out of memory).
    Signalled(i32),
    /// By us, because it ran longer than allowed.
    TimedOut {
        /// What was allowed.
        limit: Duration,
        /// Whether it had to be killed because it did not end within the grace.
        forced: bool,
    },
    /// By us, because the run was cancelled.
    Cancelled {
        /// Whether it had to be killed because it did not end within the grace.
        forced: bool,
    },
    /// It never started.
    CouldNotStart(StartError),
}

impl End {
    /// Whether it ended by itself with code 0.
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Exited(0))
    }
}

/// Why a process could not be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// No such program.
    #[error("the program `{program}` was not found; install it or correct its name (PATH is {path})")]
    NotFound {
        /// Its name as given.
        program: String,
        /// Where a bare name was looked for.
        path: String,
    },
    /// The file is there and names an interpreter that is not.
    #[error("`{program}` cannot be run: the interpreter its first line names was not found")]
    InterpreterNotFound {
        /// The program.
        program: String,
    },
    /// The file is there and may not be executed.
    #[error("`{program}` cannot be run: it is not executable (try chmod +x)")]
    NotExecutable {
        /// The program.
        program: String,
    },
    /// The folder to run in is gone.
    #[error("the folder {} does not exist any more", cwd.display())]
    FolderGone {
        /// The folder.
        cwd: PathBuf,
    },
    /// Arguments and environment are larger than the system allows.
    #[error("the command is too long for the system ({bytes} bytes); put the script into a file")]
    TooLong {
        /// The size of the arguments.
        bytes: usize,
    },
    /// The file for its output could not be opened.
    #[error("the log file {} could not be opened: {kind}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        kind: std::io::ErrorKind,
    },
    /// There was no program to run.
    #[error("the command is empty")]
    Empty,
    /// Anything else the system said.
    #[error("`{program}` could not be started: {kind}")]
    System {
        /// The program.
        program: String,
        /// What the system said.
        kind: std::io::ErrorKind,
    },
}
