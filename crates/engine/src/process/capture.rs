//! Short questions to internal tools.

use super::{End, Environment, Input, OutputChunk, OutputStream, ProcessSpec, Program, StartError, run};
use bytes::Bytes;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A short question: a program whose whole answer is wanted.
#[derive(Debug, Clone)]
pub struct Capture {
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// The folder it runs in.
    pub cwd: PathBuf,
    /// Its whole environment.
    pub env: Environment,
    /// Its standard input.
    pub stdin: Input,
    /// The longest it may take.
    pub deadline: Duration,
    /// The most it may answer on standard output, in bytes.
    pub limit: usize,
}

impl Capture {
    /// A question with the tools' environment, no input, 10 s and 1 MiB.
    pub fn new<S: Into<OsString>>(argv: impl IntoIterator<Item = S>, cwd: impl Into<PathBuf>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            cwd: cwd.into(),
            env: Environment::for_tools(),
            stdin: Input::Nothing,
            deadline: Duration::from_secs(10),
            limit: 1024 * 1024,
        }
    }

    fn program(&self) -> String {
        self.argv.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// The answer of a program that ran to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// The first 16 KiB of what it wrote to standard error.
    pub stderr: Vec<u8>,
}

impl Captured {
    /// Whether the exit code is 0.
    pub fn is_success(&self) -> bool {
        self.code == 0
    }

    /// Standard output as text, without the line end.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end().to_owned()
    }

    /// Standard error as text, without the line end.
    pub fn error_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim_end().to_owned()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptureError {
    /// It could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It took too long and was ended.
    #[error("`{program}` did not answer within {} s", limit.as_secs_f32())]
    TimedOut {
        /// The program.
        program: String,
        /// How long it had.
        limit: Duration,
    },
    /// It wrote more than anybody wants to know and was ended.
    #[error("`{program}` answered with more than {limit} bytes")]
    TooMuch {
        /// The program.
        program: String,
        /// The most it may write.
        limit: usize,
    },
    /// A signal ended it.
    #[error("`{program}` was ended by signal {signal}")]
    Signalled {
        /// The program.
        program: String,
        /// The signal's number.
        signal: i32,
    },
}

const STDERR_LIMIT: usize = 16 * 1024;

/// Runs a short internal command and returns its answer, whatever its exit code.
pub async fn capture(question: Capture) -> Result<Captured, CaptureError> {
    let program = question.program();
    let limit = question.limit;
    let spec = ProcessSpec {
        program: Program::Argv(question.argv),
        env: question.env,
        stdin: question.stdin,
        timeout: Some(question.deadline),
        grace: Duration::from_millis(500),
        ..ProcessSpec::new(Program::Argv(Vec::new()), question.cwd)
    };
    let cancel = CancellationToken::new();
    let (sender, mut receiver) = mpsc::channel::<OutputChunk>(super::CHANNEL_CHUNKS);
    let collect = async {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        while let Some(chunk) = receiver.recv().await {
            match chunk.stream {
                OutputStream::Stdout => keep(&mut stdout, &chunk.bytes, limit.saturating_add(1)),
                OutputStream::Stderr => keep(&mut stderr, &chunk.bytes, STDERR_LIMIT),
            }
            if stdout.len() > limit {
                cancel.cancel();
            }
        }
        (stdout, stderr)
    };
    let (outcome, (stdout, stderr)) = tokio::join!(run(&spec, sender, &cancel), collect);
    if stdout.len() > limit {
        return Err(CaptureError::TooMuch { program, limit });
    }
    match outcome.end {
        End::Exited(code) => Ok(Captured { code, stdout, stderr }),
        End::Signalled(signal) => Err(CaptureError::Signalled { program, signal }),
        End::TimedOut { limit, .. } => Err(CaptureError::TimedOut { program, limit }),
        End::Cancelled { .. } => Err(CaptureError::TooMuch { program, limit }),
        End::CouldNotStart(error) => Err(error.into()),
    }
}

fn keep(kept: &mut Vec<u8>, bytes: &Bytes, limit: usize) {
    let room = limit.saturating_sub(kept.len()).min(bytes.len());
    kept.extend_from_slice(&bytes[..room]);
}
