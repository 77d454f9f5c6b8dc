//! The journal that lies on a target beside what was deployed there: who did what to an environment, for everybody who
//! deploys to it.
//!
//! One file per environment, one entry per line, in JSON. Each entry carries the hash of the line before, so that no
//! line can be changed, left out or put in unnoticed. (Lines cut off at the very end can only be noticed by somebody
//! who has seen them; every home keeps a copy.) How far the file counts stands in a [`Mark`] beside it: what is
//! behind the mark was never finished and is nobody's.

mod entry;
mod sequence;

pub use entry::{Entry, EntryBody, Mark};
pub use sequence::{Begun, overtaken, runs_begun};

use crate::model::{Actor, Digest};
use chrono::{DateTime, Utc};

/// Why lines are not the continuation of what is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A line is no entry.
    #[error("entry {number} cannot be read")]
    Unreadable {
        /// Its number.
        number: u64,
    },
    /// An entry does not follow the one before.
    #[error("entry {number} does not follow the one before")]
    Chain {
        /// Its number.
        number: u64,
    },
    /// There is less than was seen before.
    #[error("{missing} entries that were there before are gone")]
    Cut {
        /// How many.
        missing: u64,
    },
}

/// An entry with its line and the mark behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it says.
    pub entry: Entry,
    /// The line, without its end.
    pub text: String,
    /// How far the journal goes with it.
    pub mark: Mark,
}

/// Reads the whole lines that follow `from`. A line that is not whole yet is left for later.
pub fn read(from: &Mark, text: &str) -> Result<Vec<Line>, Broken> {
    let mut lines = Vec::new();
    let mut mark = from.clone();
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let number = mark.number + 1;
        let entry: Entry = serde_json::from_str(line).map_err(|_| Broken::Unreadable { number })?;
        if entry.number != number || entry.previous != mark.hash {
            return Err(Broken::Chain { number });
        }
        mark = mark.after(line);
        lines.push(Line { entry, text: line.to_owned(), mark: mark.clone() });
    }
    Ok(lines)
}

/// The lines that add `bodies` behind `from`, and the mark behind them.
pub fn write(from: &Mark, at: DateTime<Utc>, by: &Actor, bodies: Vec<EntryBody>) -> (String, Mark) {
    let (mut text, mut mark) = (String::new(), from.clone());
    for body in bodies {
        let entry = Entry { number: mark.number + 1, previous: mark.hash.clone(), at, by: by.clone(), body };
        // Entries are made of what was read from JSON or can be written as such.
        let Ok(line) = serde_json::to_string(&entry) else { continue };
        mark = mark.after(&line);
        text.push_str(&line);
        text.push('\n');
    }
    (text, mark)
}

impl Mark {
    /// The beginning of every journal.
    pub fn start() -> Self {
        Self { number: 0, bytes: 0, hash: Digest::of(b"seatrial journal") }
    }

    fn after(&self, line: &str) -> Self {
        let hash = Digest::of(line.as_bytes());
        Self { number: self.number + 1, bytes: self.bytes + line.len() as u64 + 1, hash }
    }
}

#[cfg(test)]
mod tests;
