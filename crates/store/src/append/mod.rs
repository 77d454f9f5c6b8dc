//! Appending to a run's log: events, the run's row, releases and deployments, in one transaction.

pub(crate) mod import;

use crate::error::StoreError;
use crate::sql::stored;
use crate::store::Store;
use crate::table::lease::{self, Held};
use crate::table::run::RunProgress;
use crate::table::{deployment, event, halt, release, run};
use crate::writer::Journal;
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use seatrial_core::model::{AppName, RunId};
use seatrial_core::run::{Event, EventBody, Fact, RunState};
use std::collections::HashMap;

/// What the writer of events believes about the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// This is the last event; 0: there is none. Anything else is a conflict, and nothing is stored.
    Event(u32),
    /// Whatever there is: for a word from outside, such as a request to stop.
    Any,
}

/// Events to be added to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The run.
    pub run: RunId,
    /// What has to be the last event now.
    pub after: After,
    /// When they happened.
    pub at: DateTime<Utc>,
    /// What happened, in order.
    pub bodies: Vec<EventBody>,
    /// The lease that must still be held, so that a worker which lost it cannot go on telling the story.
    pub held: Option<Held>,
}

/// Why events were not stored. Nothing of them is.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else added events meanwhile: read them, decide again.
    #[error("run {run} has {found} events, not {expected}; read the new ones first")]
    Conflict {
        /// The run.
        run: RunId,
        /// Events the caller knew.
        expected: u32,
        /// Events there are.
        found: u32,
    },
    /// The first event of a run is always `Created`.
    #[error("there is no run {0}")]
    UnknownRun(RunId),
    /// A run is created once.
    #[error("run {0} exists already")]
    AlreadyCreated(RunId),
    /// Nothing but verdicts follows the end.
    #[error("run {0} is over")]
    Over(RunId),
    /// The worker's lease is gone.
    #[error("`{place}` is no longer held by this run; it must not change anything there")]
    LeaseLost {
        /// What the lease was for.
        place: String,
    },
    /// Another release of the app has that version.
    #[error("{app} {version} exists already and a release never changes; choose another version")]
    VersionTaken {
        /// The app.
        app: AppName,
        /// The version.
        version: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for AppendError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Runs kept folded in memory, so that an event costs the same however many came before. Other processes may
/// have added events meanwhile; those are caught up on.
#[derive(Default)]
pub(crate) struct Folded {
    runs: HashMap<RunId, Open>,
}

/// More runs than a process writes to at a time.
const MOST_FOLDED: usize = 8;

struct Open {
    number: i64,
    state: RunState,
    /// What stands in its row; `None`: not written yet.
    written: Option<RunProgress>,
}

impl Open {
    /// Brings the row to what the fold says.
    fn project(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let row = row_of(conn, &self.state)?;
        if self.written.as_ref() == Some(&row) {
            return run::advance(conn, self.number, self.state.seq);
        }
        run::project(conn, self.number, self.state.seq, &row)?;
        self.written = Some(row);
        Ok(())
    }
}

impl Folded {
    pub(crate) fn clear(&mut self) {
        self.runs.clear();
    }

    /// Takes a run out, as it is after the events that are stored.
    fn take(&mut self, conn: &Connection, id: RunId, head: &run::Head) -> Result<Open, AppendError> {
        let known = self.runs.remove(&id).filter(|open| open.state.seq <= head.seq);
        if let Some(open) = known {
            if open.state.seq == head.seq {
                return Ok(open);
            }
            return load(conn, id, head.number, Some(open.state));
        }
        load(conn, id, head.number, None)
    }

    fn keep(&mut self, open: Open) {
        if self.runs.len() >= MOST_FOLDED {
            self.runs.clear();
        }
        // An ended run is rarely written to again.
        if open.state.end.is_none() {
            self.runs.insert(open.state.id, open);
        }
    }
}

fn load(conn: &Connection, id: RunId, number: i64, known: Option<RunState>) -> Result<Open, AppendError> {
    let state = event::fold(conn, (number, id), known)?.ok_or(AppendError::UnknownRun(id))?;
    Ok(Open { number, state, written: None })
}

/// The row of a run; the version of a release that was named by id only is looked up.
fn row_of(conn: &Connection, state: &RunState) -> rusqlite::Result<RunProgress> {
    let mut row = RunProgress::of(state);
    if let (None, Some(release)) = (&row.version, row.release) {
        row.version = release::version_of(conn, release)?;
    }
    Ok(row)
}

impl Store {
    /// Adds events to a run and returns them with their places. When it returns they are on the disk.
    pub fn append(&self, append: Append) -> Result<Vec<Event>, AppendError> {
        self.write(move |journal| store(journal, append))
    }

    /// The same for several runs in one transaction: all or nothing.
    pub fn append_all(&self, appends: Vec<Append>) -> Result<(), AppendError> {
        self.write(move |journal| {
            for append in appends {
                store(journal, append)?;
            }
            Ok(())
        })
    }
}

fn store(journal: &mut Journal<'_>, append: Append) -> Result<Vec<Event>, AppendError> {
    if let Some(held) = &append.held
        && !lease::is_held(journal, held)?
    {
        return Err(AppendError::LeaseLost { place: held.place.clone() });
    }
    let id = append.run;
    let head = run::head(journal, id)?;
    let found = head.as_ref().map_or(0, |h| h.seq);
    if let After::Event(expected) = append.after
        && expected != found
    {
        return Err(AppendError::Conflict { run: id, expected, found });
    }
    let mut open = match &head {
        Some(head) => Some(take(journal, id, head)?),
        None => None,
    };
    let mut events = Vec::with_capacity(append.bodies.len());
    let at = stored(append.at);
    for (seq, body) in (found + 1..).zip(append.bodies) {
        let event = Event { run: id, seq, at, body };
        open = Some(add(journal, open, &event)?);
        events.push(event);
    }
    if let Some(mut open) = open {
        open.project(journal)?;
        journal.folded.keep(open);
    }
    Ok(events)
}

fn take(journal: &mut Journal<'_>, id: RunId, head: &run::Head) -> Result<Open, AppendError> {
    let mut folded = std::mem::take(journal.folded);
    let open = folded.take(journal, id, head);
    *journal.folded = folded;
    open
}

fn add(journal: &mut Journal<'_>, open: Option<Open>, event: &Event) -> Result<Open, AppendError> {
    let mut open = match open {
        None => begin(journal, event)?,
        Some(mut open) => {
            check(&open.state, event)?;
            open.state.apply(event);
            open
        }
    };
    let change = journal.next_change()?;
    event::insert(journal, change, open.number, event)?;
    if let EventBody::Observed { fact: Fact::Release { release }, .. } = &event.body {
        release::record(journal, release)?;
    }
    if changes_a_place(&event.body) {
        // The deployment's row takes the release from the run's.
        open.project(journal)?;
        // A restart, a stop and a start leave the release that is there.
        if open.state.request.kind.ships() {
            deployment::follow(journal, open.number, change, (&open.state, event))?;
        }
        if let EventBody::Ended { end } = &event.body {
            halt::follow(journal, open.number, (&open.state, end, event.at))?;
        }
    }
    Ok(open)
}

fn begin(conn: &Connection, event: &Event) -> Result<Open, AppendError> {
    let EventBody::Created { plan, .. } = &event.body else {
        return Err(AppendError::UnknownRun(event.run));
    };
    let state = RunState::begin(event).ok_or(AppendError::UnknownRun(event.run))?;
    let number = run::insert(conn, &state, plan)?;
    Ok(Open { number, state, written: None })
}

fn check(state: &RunState, event: &Event) -> Result<(), AppendError> {
    match event.body {
        EventBody::Created { .. } => Err(AppendError::AlreadyCreated(event.run)),
        EventBody::VerdictGiven { .. } => Ok(()),
        _ if state.end.is_some() => Err(AppendError::Over(event.run)),
        _ => Ok(()),
    }
}

fn changes_a_place(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::Observed { fact: Fact::Launched { .. } | Fact::Switched { .. }, .. }
            | EventBody::Ended { .. }
    )
}
