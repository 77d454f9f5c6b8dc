//! A command that writes on and on, read line by line until Ctrl-C.

use crate::home::Home;
use crate::workers::signal;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Longest wait for a line that has to come.
const LINE: Duration = Duration::from_secs(60);

/// What a command writes to its standard output.
pub struct Written {
    child: Child,
    lines: Receiver<String>,
}

impl Written {
    /// Starts `seatrial` with these words in a folder.
    #[track_caller]
    pub fn by(home: &Home, folder: impl AsRef<Path>, words: &[&str]) -> Self {
        let mut command = home.command();
        command.args(words).current_dir(folder.as_ref()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("seatrial starts");
        let out = child.stdout.take().expect("its output");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines }
    }

    /// The lines up to the first one that has this text.
    #[track_caller]
    pub fn until(&self, text: &str) -> Vec<String> {
        let deadline = Instant::now() + LINE;
        let mut all = Vec::new();
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => all.push(line),
                Err(RecvTimeoutError::Timeout) => panic!("`{text}` was not written in time: {all:#?}"),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended before `{text}`: {all:#?}"),
            }
            if all.last().is_some_and(|line| line.contains(text)) {
                return all;
            }
        }
    }

    /// Presses Ctrl-C; the exit status.
    #[track_caller]
    pub fn interrupt(mut self) -> Option<i32> {
        signal("INT", self.child.id());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
