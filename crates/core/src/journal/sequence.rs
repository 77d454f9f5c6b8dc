use super::{Entry, EntryBody};
use crate::model::{Actor, RunId};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// A run that began to change the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The run.
    pub run: RunId,
    /// Who asked for it.
    pub by: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// In words.
    pub doing: String,
    /// Whether the journal also has its end.
    pub ended: bool,
}

/// The runs that began, in order.
pub fn runs_begun<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Begun> {
    let (mut begun, mut over): (Vec<Begun>, BTreeSet<RunId>) = (Vec::new(), BTreeSet::new());
    for entry in entries {
        match &entry.body {
            EntryBody::Begun { run, doing, .. } => {
                let (by, doing) = (entry.by.clone(), doing.clone());
                begun.push(Begun { run: *run, by, at: entry.at, doing, ended: false });
            }
            EntryBody::Ended { run, .. } => {
                over.insert(*run);
            }
            EntryBody::Unknown => {}
        }
    }
    for one in &mut begun {
        one.ended = over.contains(&one.run);
    }
    begun
}

/// The first run that began after this one did: its lease was gone by then, and what it left is no longer its own.
/// `None` also when the run never began here.
pub fn overtaken(begun: &[Begun], run: RunId) -> Option<&Begun> {
    let own = begun.iter().position(|one| one.run == run)?;
    begun[own + 1..].iter().find(|one| one.run != run)
}
