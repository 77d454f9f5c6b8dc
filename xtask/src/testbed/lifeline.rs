//! A testbed that does not outlive who asked for it, however that ends.

use crate::failure::{Failure, Outcome};
use crate::shell::wait_for;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The command that waits at the other end of the lifeline.
pub(super) const COMMAND: &str = "down-after-input";
const DOWN_SECONDS: u64 = 120;

/// While it lives, the testbed may be used. A process of its own takes the testbed down when this one is gone, also when it
/// was killed: the pipe between them ends in either case.
pub(crate) struct Lifeline {
    other_end: Child,
}

impl Lifeline {
    /// Ties the testbed to this process. `program` is this program, at a place where it stays.
    pub(crate) fn tie(program: &Path) -> Outcome<Self> {
        // Out of the terminal's reach: an interrupted run interrupts everything else.
        let mut command = Command::new("setsid");
        command.arg(program).args(["testbed", COMMAND]).stdin(Stdio::piped());
        let other_end = command.spawn().map_err(|error| Failure::io("cannot start `setsid`", &error))?;
        Ok(Self { other_end })
    }

    /// Takes the testbed down and tells how that went.
    pub(crate) fn end(mut self) -> Outcome {
        self.close()
    }

    fn close(&mut self) -> Outcome {
        drop(self.other_end.stdin.take());
        let mut status = None;
        let ended = wait_for(DOWN_SECONDS, || {
            status = self.other_end.try_wait().ok().flatten();
            status.is_some()
        });
        match status {
            Some(status) if status.success() => Ok(()),
            _ if !ended => Err(Failure::new(format!("the testbed is not down after {DOWN_SECONDS} s"))),
            // The other end could not, or never was: it is for this one to do.
            _ => super::down(),
        }
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        // After `end` there is nothing left to do; a failure was printed by the other end.
        let _ = self.close();
    }
}

/// Waits for the end of the input, then takes the testbed down.
pub(super) fn hold() -> Outcome {
    let mut input = std::io::stdin();
    let mut ignored = [0; 64];
    while input.read(&mut ignored).is_ok_and(|count| count > 0) {}
    super::down()
}
