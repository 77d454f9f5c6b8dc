//! Ctrl-C while a run is followed: it never stops the run by itself, it asks.

use crate::output::complain;
use std::io::BufRead as _;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// What to do about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Follow on.
    GoOn,
    /// Leave it alone; it goes on.
    Detach,
    /// Stop it.
    Cancel,
}

/// Interrupts by the person, and what they mean.
pub(crate) struct Interrupts {
    pressed: Receiver<()>,
    can_ask: bool,
    asked_to_stop: bool,
}

impl Interrupts {
    /// Interrupts of this process from here on. Where nobody can be asked the first one cancels the run.
    pub(crate) fn of_process(can_ask: bool) -> Self {
        let (sender, pressed) = channel(4);
        tokio::spawn(listen(sender));
        Self { pressed, can_ask, asked_to_stop: false }
    }

    /// Interrupts that come from a channel.
    #[cfg(test)]
    pub(crate) fn from_channel(pressed: Receiver<()>) -> Self {
        Self { pressed, can_ask: false, asked_to_stop: false }
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        if self.pressed.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// What the interrupt that just came means.
    pub(crate) async fn choose(&mut self) -> Choice {
        if !self.can_ask {
            // A second one is meant for the follower: the run is stopping already.
            let choice = if self.asked_to_stop { Choice::Detach } else { Choice::Cancel };
            self.asked_to_stop = true;
            return choice;
        }
        complain("\nThe run goes on by itself. [d]etach, [c]ancel the run, or Enter to follow on:");
        let answer = tokio::task::spawn_blocking(read_answer);
        tokio::select! {
            answer = answer => answer.unwrap_or(Choice::Detach),
            () = self.next() => Choice::Detach,
        }
    }
}

async fn listen(sender: Sender<()>) {
    while tokio::signal::ctrl_c().await.is_ok() {
        if sender.send(()).await.is_err() {
            return;
        }
    }
}

fn read_answer() -> Choice {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(1..) => meaning(&line),
        // The terminal is gone, so is the person.
        Ok(0) | Err(_) => Choice::Detach,
    }
}

fn meaning(line: &str) -> Choice {
    match line.trim().to_ascii_lowercase().as_str() {
        "d" | "detach" => Choice::Detach,
        "c" | "cancel" => Choice::Cancel,
        _ => Choice::GoOn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_word_cancels() {
        let words = ["c\n", " Cancel \n", "d\n", "\n", "continue\n"];
        let choices = words.map(meaning);
        assert_eq!(choices, [Choice::Cancel, Choice::Cancel, Choice::Detach, Choice::GoOn, Choice::GoOn]);
    }
}
