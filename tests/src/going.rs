//! A terminal that is left alone for a while.

use crate::home::Home;
use crate::wait::until;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);
/// Longer than it takes to notice a dead link and to come back.
const LATER: Duration = Duration::from_secs(120);

/// `seatrial` that goes on while the test does something else; ended with the test.
pub struct Going {
    child: Child,
    said: PathBuf,
}

impl Going {
    /// Starts it with these words.
    pub fn start(home: &Home, name: &str, words: &[&str]) -> Self {
        let said = home.root().join(name);
        let file = std::fs::File::create(&said).expect("a file");
        let mut command = home.command();
        command
            .args(words)
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a second handle"))
            .stderr(file);
        Self { child: command.spawn().expect("the executable"), said }
    }

    /// What it said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).expect("what it said")
    }

    /// Waits until it said this.
    #[track_caller]
    pub fn until_it_says(&self, text: &str) {
        until(&format!("`{text}` is said"), SOON, || self.said().contains(text).then_some(()));
    }

    /// Waits for its end: the exit status, and what it said.
    #[track_caller]
    pub fn end(mut self) -> (Option<i32>, String) {
        let status = until("it ends", LATER, || self.child.try_wait().expect("whether it ended"));
        (status.code(), self.said())
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
