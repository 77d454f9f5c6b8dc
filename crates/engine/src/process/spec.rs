//! What to run.

use super::Environment;
use bytes::Bytes;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// The program of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A program and its arguments; nothing is interpreted. A bare name is looked up in the child's `PATH`.
    Argv(Vec<OsString>),
    /// A script for `/bin/sh`, stopped at the first command that fails (`sh -e`). A `#!` line is not read.
    Shell(String),
}

impl Program {
    /// A program and its arguments.
    pub fn argv<S: Into<OsString>>(words: impl IntoIterator<Item = S>) -> Self {
        Self::Argv(words.into_iter().map(Into::into).collect())
    }

    /// The program's name, for messages.
    pub(super) fn name(&self) -> String {
        self.words().first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The words to execute.
    pub(super) fn words(&self) -> Vec<OsString> {
        match self {
            Self::Argv(words) => words.clone(),
            Self::Shell(script) => ["/bin/sh", "-e", "-c", script].map(OsString::from).to_vec(),
        }
    }
}

/// What a process reads on its standard input.
#[derive(Clone, Default)]
pub enum Input {
    /// Nothing: end of file at once.
    #[default]
    Nothing,
    /// These bytes, then end of file.
    Bytes(Bytes),
    /// These bytes, and no end of file as long as the program runs: for one that takes the end as a sign that nobody
    /// is there any more.
    Open(Bytes),
    /// What is sent there first, whenever that is, and then as [`Input::Open`]. End of file when nobody can send any more.
    Later(watch::Receiver<Bytes>),
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            // The content may be a password (registry login reads it here).
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Open(bytes) => write!(f, "Open({} bytes)", bytes.len()),
            Self::Later(_) => f.write_str("Later"),
        }
    }
}

/// A process to run.
#[derive(Debug, Clone)]
pub struct ProcessSpec {
    /// The program.
    pub program: Program,
    /// The folder it runs in.
    pub cwd: PathBuf,
    /// Its whole environment.
    pub env: Environment,
    /// Its standard input.
    pub stdin: Input,
    /// The longest it may run, from its start; `None` for as long as it likes.
    pub timeout: Option<Duration>,
    /// How long it may take to end after it was asked to (SIGTERM) before it is made to (SIGKILL).
    pub grace: Duration,
    /// What names this attempt: every process it starts inherits it, so that [`super::end_marked`] finds them even
    /// when whoever started them was killed. Letters, digits and `-/.:_`.
    pub mark: String,
}

impl ProcessSpec {
    /// A process with the base environment, no input, no timeout and 10 s of grace.
    pub fn new(program: Program, cwd: impl Into<PathBuf>) -> Self {
        Self {
            program,
            cwd: cwd.into(),
            env: Environment::for_steps(),
            stdin: Input::Nothing,
            timeout: None,
            grace: Duration::from_secs(10),
            mark: uuid::Uuid::now_v7().to_string(),
        }
    }
}
