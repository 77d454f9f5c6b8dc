//! Taking up runs that were carried out elsewhere.

use super::{AppendError, Open, add};
use crate::table::{deployment, release, run};
use crate::writer::Journal;
use seatrial_core::model::{AppName, EnvironmentName, Release, RunId};
use seatrial_core::run::{Event, EventBody, Fact};

/// What somebody else's word says about a run.
pub(crate) struct Told {
    pub(crate) run: RunId,
    /// The release it shipped.
    pub(crate) release: Option<Release>,
    pub(crate) events: Vec<Event>,
    /// A run that began before this one's end was told: what it made live counts more.
    pub(crate) overtaken_by: Option<RunId>,
}

/// Takes a run up as it was told, unless it is known. Returns whether it was taken up. What does not tell of a run of this
/// place, from its beginning to its end, is passed over: it is somebody else's word.
pub(crate) fn take_up(
    journal: &mut Journal<'_>,
    (app, environment): (&AppName, &EnvironmentName),
    told: Told,
) -> Result<bool, AppendError> {
    let Some(EventBody::Created { request, .. }) = told.events.first().map(|event| &event.body) else {
        return Ok(false);
    };
    let of_here = request.app == *app && request.environment.as_ref() == Some(environment);
    let over = told.events.iter().any(|event| matches!(event.body, EventBody::Ended { .. }));
    if !of_here || !over || run::head(journal, told.run)?.is_some() {
        return Ok(false);
    }
    if let Some(shipped) = told.release.filter(|release| release.app == *app) {
        release::take_up(journal, shipped)?;
    }
    let mut open: Option<Open> = None;
    for (seq, mut event) in (1..).zip(told.events) {
        // A second beginning, or anything after the end that is no verdict.
        let odd = open.as_ref().is_some_and(|open| super::check(&open.state, &event).is_err());
        if odd {
            continue;
        }
        (event.run, event.seq) = (told.run, seq);
        if let EventBody::Observed { fact: Fact::Release { release: built }, .. } = &mut event.body {
            *built = release::take_up(journal, built.clone())?;
        }
        open = Some(add(journal, open, &event)?);
    }
    let Some(mut open) = open else { return Ok(false) };
    open.project(journal)?;
    if let Some(other) = told.overtaken_by.map(|other| run::head(journal, other)).transpose()?.flatten() {
        deployment::put_before(journal, (open.number, other.number), (app, environment))?;
    }
    Ok(true)
}
