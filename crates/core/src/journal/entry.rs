use crate::model::{Actor, Digest, Release, RunId};
use crate::run::{Event, EventBody, RunRequest};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How far a journal goes: what its file `head` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Entries.
    pub number: u64,
    /// Bytes of their lines.
    pub bytes: u64,
    /// Hash of the last line; of a constant when there is none.
    pub hash: Digest,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.number, self.bytes, self.hash)
    }
}

/// A text that is no mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the end of a journal")]
pub struct NoMark;

impl FromStr for Mark {
    type Err = NoMark;

    fn from_str(text: &str) -> Result<Self, NoMark> {
        let mut words = text.split_ascii_whitespace();
        let number = words.next().and_then(|word| word.parse().ok()).ok_or(NoMark)?;
        let bytes = words.next().and_then(|word| word.parse().ok()).ok_or(NoMark)?;
        let hash = words.next().and_then(|word| word.parse().ok()).ok_or(NoMark)?;
        Ok(Self { number, bytes, hash })
    }
}

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place, from 1, without gaps.
    pub number: u64,
    /// Hash of the line before.
    pub previous: Digest,
    /// When, by the clock of who wrote it.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: Actor,
    /// What.
    #[serde(flatten)]
    pub body: EntryBody,
}

/// What an entry says. Kinds are only ever added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum EntryBody {
    /// A run begins to change the environment. Written before it does.
    Begun {
        /// The run.
        run: RunId,
        /// What was asked for.
        request: Box<RunRequest>,
        /// In words: "deploy 2.4.2".
        doing: String,
    },
    /// A run is over.
    Ended {
        /// The run.
        run: RunId,
        /// The release it shipped, also when it was built by another run.
        release: Option<Box<Release>>,
        /// Everything that happened in it, without its output.
        events: Vec<Event>,
    },
    /// Something that this version of Seatrial does not know.
    #[serde(other)]
    Unknown,
}

impl EntryBody {
    /// That a run is over. Reports of how far a step is are left out: nobody looks at them afterwards.
    pub fn ended(run: RunId, release: Option<Release>, events: Vec<Event>) -> Self {
        let kept = events.into_iter().filter(|event| !matches!(event.body, EventBody::StepProgress { .. }));
        let numbered = (1..).zip(kept).map(|(seq, event)| Event { seq, ..event });
        Self::Ended { run, release: release.map(Box::new), events: numbered.collect() }
    }
}
