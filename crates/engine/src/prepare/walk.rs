//! Commands that come to their end on a server, and how far they are.

use super::PrepareError;
use super::script::{FOLLOW, START, UNDERWAY, WALK};
use crate::shared_place::folder;
use crate::ssh::{Link, Output, Script, Way, shell_line};
use seatrial_core::prepare::ServerCommand;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(20);
/// Bytes of the log that are asked for at a time.
const PAGE: usize = 128 * 1024;
/// What else an answer holds.
const REST: usize = 64 * 1024;

/// How commands on a server are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalkState {
    /// They are under way.
    Running,
    /// All of them are done.
    Done,
    /// One failed; those after it were not begun.
    Failed {
        /// Its exit status.
        status: i32,
    },
    /// They were ended before their end: by a reboot, or by somebody there.
    Interrupted,
}

/// How far commands on a server are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// How they are.
    pub state: WalkState,
    /// The command that is under way or was last, from 1; 0: none was begun.
    pub number: u32,
    /// All commands, as lines.
    pub commands: Vec<String>,
    /// What they said, from where the answer before stopped.
    pub log: Vec<u8>,
    /// Where this answer stops: there the next one goes on.
    pub next: u64,
}

/// The commands of a server's preparation.
#[derive(Debug, Clone)]
pub struct Walk {
    pub(super) way: Way,
}

impl Walk {
    /// On the server that `link` leads to.
    pub fn on(link: &Link) -> Self {
        Self { way: Way::Link(link.clone()) }
    }

    /// Starts commands. They go on whatever becomes of us and of the connection.
    ///
    /// # Errors
    /// [`PrepareError::Underway`] when others are being carried out.
    pub async fn start(&self, commands: &[ServerCommand]) -> Result<(), PrepareError> {
        let lines: String = commands.iter().map(|command| shell_line(&command.words) + "\n").collect();
        let output = self.run(&Script::new(START).arg(folder()).arg(WALK), lines.as_bytes()).await?;
        match output.status {
            0 => Ok(()),
            UNDERWAY => Err(PrepareError::Underway { host: self.way.host() }),
            _ => Err(self.refused(&output)),
        }
    }

    /// How far they are; `None`: none were ever started there. `after`: where the answer before stopped, or 0.
    ///
    /// # Errors
    /// When the server is not reached, or its answer cannot be read.
    pub async fn progress(&self, after: u64) -> Result<Option<Progress>, PrepareError> {
        let script = Script::new(FOLLOW).arg(folder()).arg(after.to_string()).arg(PAGE.to_string());
        let output = self.run(&script.limit(PAGE + REST), b"").await?;
        if !output.is_success() {
            return Err(self.refused(&output));
        }
        if output.stdout.is_empty() {
            return Ok(None);
        }
        read(&output.stdout, after).map(Some).ok_or_else(|| PrepareError::Unreadable {
            host: self.way.host(),
            answer: output.text().chars().take(200).collect(),
        })
    }

    async fn run(&self, script: &Script, data: &[u8]) -> Result<Output, PrepareError> {
        Ok(self.way.run(script, data, DEADLINE).await?)
    }

    fn refused(&self, output: &Output) -> PrepareError {
        PrepareError::Script { host: self.way.host(), status: output.status, report: output.error_text() }
    }
}

fn read(answer: &[u8], after: u64) -> Option<Progress> {
    let mut rest = answer;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let (line, more) = rest.split_at(end);
        rest = &more[1..];
        Some(String::from_utf8_lossy(line).into_owned())
    };
    let held = line()? == "held";
    let state = line()?;
    let mut words = state.split(' ');
    let number = words.next()?.parse().ok()?;
    let state = match (words.next()?, held) {
        ("running", true) => WalkState::Running,
        ("running", false) => WalkState::Interrupted,
        ("done", _) => WalkState::Done,
        ("failed", _) => WalkState::Failed { status: words.next()?.parse().ok()? },
        _ => return None,
    };
    let count: usize = line()?.parse().ok()?;
    let commands = (0..count).map(|_| line()).collect::<Option<Vec<_>>>()?;
    Some(Progress { state, number, commands, log: rest.to_vec(), next: after + rest.len() as u64 })
}
