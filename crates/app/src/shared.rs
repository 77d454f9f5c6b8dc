//! Environments on servers belong to everybody who deploys there: this home's part in their lease and journal.

use crate::App;
use crate::api::ApiError;
use crate::home::actor;
use crate::target::Docker;
use crate::translate::chain;
use futures_util::future::join_all;
use seatrial_core::journal::{Begun, EntryBody, Line, Mark, overtaken, runs_begun, write};
use seatrial_core::model::{RunId, SshHost};
use seatrial_core::pipeline::Place;
use seatrial_core::plan::Plan;
use seatrial_core::run::RunState;
use seatrial_engine::shared_place::{Fence, Holder, Lease, Look, SharedPlace, SharedPlaceError, Taken};
use seatrial_engine::ssh::Link;
use seatrial_store::{JournalKey, JournalLines, StoreError};
use std::sync::Arc;
use std::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// Times somebody else may add to a journal while we do.
const TRIES: usize = 8;

/// An environment on a server, and the copy of its journal that is kept here.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    place: SharedPlace,
    key: JournalKey,
}

/// What catching up with a journal showed.
#[derive(Debug)]
pub(crate) struct Caught {
    /// Who may change the environment now, unless the time is over.
    pub(crate) lease: Option<Lease>,
    /// How far the journal goes.
    pub(crate) mark: Mark,
    /// Runs that were not known here before.
    pub(crate) taken_up: Vec<RunId>,
    /// Why the copy that was kept here does not count any more.
    pub(crate) anew: Option<SharedPlaceError>,
}

/// Who else is in an environment.
#[derive(Debug, Default)]
pub(crate) struct Met {
    /// Who changes it right now.
    pub(crate) busy: Option<Lease>,
    /// What a person should know about its journal.
    pub(crate) notice: Option<String>,
}

/// A lease of this process.
pub(crate) struct Claim {
    pub(crate) shared: Shared,
    /// Asked before every change.
    pub(crate) fence: Arc<Fence>,
    /// Up to where the journal is ours to go on.
    mark: Mark,
    _keeper: AbortOnDropHandle<()>,
}

/// What came of asking for a lease.
pub(crate) enum Asked {
    /// It is ours.
    Granted(Claim),
    /// Somebody has it.
    Held(Box<Lease>),
    /// The run was away for so long that somebody else went on: it is over.
    Overtaken(Begun),
}

impl Shared {
    pub(crate) fn new(host: &SshHost, link: &Link, place: &Place) -> Self {
        let key = JournalKey {
            server: host.to_string(),
            app: place.app.clone(),
            environment: place.environment.clone(),
        };
        Self { place: SharedPlace::new(link.clone(), place.stem()), key }
    }
}

impl App {
    /// Brings this home's history up to what was done in an environment by anybody.
    pub(crate) async fn catch_up(&self, shared: &Shared) -> Result<Caught, ApiError> {
        let key = shared.key.clone();
        let known = self.ask(move |store| store.journal_mark(&key)).await?.unwrap_or_else(Mark::start);
        let (look, anew) = match shared.place.look(&known).await {
            Ok(look) => (look, None),
            // A server that was set up again has another journal. Anything else that does not fit was changed by hand:
            // both are said, and what is there now counts from here on.
            Err(error @ SharedPlaceError::Broken { .. }) if known != Mark::start() => {
                (shared.place.look(&Mark::start()).await?, Some(error))
            }
            Err(error) => return Err(error.into()),
        };
        let Look { lease, lines, mark } = look;
        let taken_up = self.keep(shared, lines, anew.is_some()).await?;
        Ok(Caught { lease, mark, taken_up, anew })
    }

    /// Catches up with what others did in an environment, where there can be others.
    pub(crate) async fn meet_others(&self, docker: &Docker, place: &Place) -> Result<Met, ApiError> {
        let Some(shared) = docker.shared(place) else { return Ok(Met::default()) };
        let caught = self.catch_up(&shared).await?;
        let busy = caught.lease.filter(|lease| !lease.is_expired());
        Ok(Met { busy, notice: caught.anew.map(|error| chain(&error)) })
    }

    /// The same on every host of an environment. Who is busy on one of them is busy with all.
    pub(crate) async fn meet_on_all(&self, dockers: &[Docker], place: &Place) -> Result<Met, ApiError> {
        let mut met = Met::default();
        for here in join_all(dockers.iter().map(|docker| self.meet_others(docker, place))).await {
            let here = here?;
            met.busy = met.busy.or(here.busy);
            met.notice = met.notice.or(here.notice);
        }
        Ok(met)
    }

    /// Runs that began by the word of the journal, as far as it is known here.
    pub(crate) async fn begun(&self, shared: &Shared) -> Result<Vec<Begun>, ApiError> {
        let key = shared.key.clone();
        self.ask(move |store| store.journal_runs(&key)).await
    }

    /// Reads a journal without keeping anything of it.
    pub(crate) async fn peek(
        &self,
        shared: &Shared,
    ) -> Result<(Option<Lease>, Vec<Begun>), SharedPlaceError> {
        let look = shared.place.look(&Mark::start()).await?;
        Ok((look.lease, runs_begun(look.lines.iter().map(|line| &line.entry))))
    }

    async fn keep(&self, shared: &Shared, lines: Vec<Line>, anew: bool) -> Result<Vec<RunId>, ApiError> {
        if lines.is_empty() && !anew {
            return Ok(Vec::new());
        }
        let new = JournalLines { key: shared.key.clone(), anew, lines };
        self.ask(move |store| store.keep_journal(new)).await
    }

    /// Asks for the lease of an environment, once, and writes down that the run begins, unless that waits for other hosts'
    /// leases. Ends of runs of this home that could not be told before go along.
    pub(crate) async fn claim(
        &self,
        shared: &Shared,
        state: &RunState,
        (plan, begins): (&Plan, bool),
    ) -> Result<Asked, ApiError> {
        let holder = Holder {
            run: state.id,
            actor: state.actor.clone(),
            since: chrono::Utc::now(),
            doing: plan.summary.headline.clone(),
        };
        for _ in 0..TRIES {
            let caught = self.catch_up(shared).await?;
            let begun = self.begun(shared).await?;
            if let Some(other) = overtaken(&begun, state.id).cloned() {
                return Ok(Asked::Overtaken(other));
            }
            let mut bodies = self.untold(&begun, Some(state.id)).await?;
            if begins && !begun.iter().any(|one| one.run == state.id) {
                bodies.push(beginning(state, plan));
            }
            let (lines, mark) = write(&caught.mark, chrono::Utc::now(), &holder.actor, bodies);
            let asked = Instant::now();
            match shared.place.take(&holder, &caught.mark, (&lines, &mark)).await {
                Ok(Taken::Acquired { token }) => {
                    let fence = Arc::new(Fence::new(shared.place.clone(), token, asked));
                    let keeper = Arc::clone(&fence);
                    let keeper = AbortOnDropHandle::new(tokio::spawn(async move { keeper.keep().await }));
                    return Ok(Asked::Granted(Claim {
                        shared: shared.clone(),
                        fence,
                        mark,
                        _keeper: keeper,
                    }));
                }
                Ok(Taken::Held(lease)) => return Ok(Asked::Held(lease)),
                Err(SharedPlaceError::Moved { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(SharedPlaceError::Moved { place: shared.place.name().to_owned() }.into())
    }

    /// Writes down that a run begins, with a lease that was asked for before.
    pub(crate) async fn begin(
        &self,
        claim: &mut Claim,
        state: &RunState,
        plan: &Plan,
    ) -> Result<(), ApiError> {
        for _ in 0..TRIES {
            let caught = self.catch_up(&claim.shared).await?;
            claim.mark = caught.mark;
            if self.begun(&claim.shared).await?.iter().any(|one| one.run == state.id) {
                return Ok(());
            }
            let bodies = vec![beginning(state, plan)];
            let (lines, mark) = write(&claim.mark, chrono::Utc::now(), &state.actor, bodies);
            match claim.shared.place.add(&claim.mark, (&lines, &mark)).await {
                Err(SharedPlaceError::Moved { .. }) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => {
                    claim.mark = mark;
                    return Ok(());
                }
            }
        }
        Err(SharedPlaceError::Moved { place: claim.shared.place.name().to_owned() }.into())
    }

    /// The run that began to change an environment after this one did.
    pub(crate) async fn overtaker(&self, shared: &Shared, run: RunId) -> Result<Option<Begun>, ApiError> {
        let begun = self.begun(shared).await?;
        Ok(overtaken(&begun, run).cloned())
    }

    /// Ends of this home's runs that the journal does not have yet.
    async fn untold(&self, begun: &[Begun], but: Option<RunId>) -> Result<Vec<EntryBody>, ApiError> {
        let mut bodies = Vec::new();
        for one in begun.iter().filter(|one| !one.ended && Some(one.run) != but) {
            bodies.extend(self.end_of(one.run).await?);
        }
        Ok(bodies)
    }

    /// The end of a run as it is told to others; `None`: it is not over, or not of this home.
    async fn end_of(&self, run: RunId) -> Result<Option<EntryBody>, ApiError> {
        self.ask(move |store| {
            let Some(state) = store.run_state(run)?.filter(|state| state.end.is_some()) else {
                return Ok(None);
            };
            let shipped = match (state.release, state.request.release) {
                (Some(release), _) => Some(release),
                (None, Some(id)) => store.release(id)?,
                (None, None) => match store.run(run)?.and_then(|row| row.progress.release) {
                    Some(id) => store.release(id)?,
                    None => None,
                },
            };
            Ok::<_, StoreError>(Some(EntryBody::ended(run, shipped, store.events(run, 1, u32::MAX)?)))
        })
        .await
    }

    /// Tells the end of a run and gives its lease back. What cannot be told now is told when somebody of this home next
    /// looks at the environment; the lease runs out by itself.
    pub(crate) async fn give_back(&self, claim: Claim, run: RunId) -> Result<(), ApiError> {
        match self.end_of(run).await? {
            Some(end) => self.release(claim, vec![end]).await,
            None => Ok(()),
        }
    }

    /// Gives a lease back, with what there is to tell.
    pub(crate) async fn release(&self, claim: Claim, bodies: Vec<EntryBody>) -> Result<(), ApiError> {
        let (shared, mut known) = (&claim.shared, claim.mark.clone());
        for _ in 0..TRIES {
            let (lines, mark) = write(&known, chrono::Utc::now(), &actor(), bodies.clone());
            match shared.place.give_back(claim.fence.token(), &known, (&lines, &mark)).await {
                Err(SharedPlaceError::Moved { .. }) => known = self.catch_up(shared).await?.mark,
                Err(full @ SharedPlaceError::Full { .. }) => {
                    shared.place.leave(claim.fence.token()).await?;
                    return Err(full.into());
                }
                outcome => {
                    outcome?;
                    return self.catch_up(shared).await.map(drop);
                }
            }
        }
        Ok(())
    }

    /// Tells ends that could not be told when they happened.
    pub(crate) async fn tell(&self, shared: &Shared, caught: &Caught) -> Result<(), ApiError> {
        let begun = self.begun(shared).await?;
        let bodies = self.untold(&begun, caught.lease.as_ref().map(|lease| lease.holder.run)).await?;
        if bodies.is_empty() {
            return Ok(());
        }
        let (lines, mark) = write(&caught.mark, chrono::Utc::now(), &actor(), bodies);
        match shared.place.add(&caught.mark, (&lines, &mark)).await {
            // Whoever was faster leaves it to the next time.
            Ok(()) | Err(SharedPlaceError::Moved { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn beginning(state: &RunState, plan: &Plan) -> EntryBody {
    let (request, doing) = (Box::new(plan.request.clone()), plan.summary.headline.clone());
    EntryBody::Begun { run: state.id, request, doing }
}

impl Claim {
    /// Whether it is for this server.
    pub(crate) fn is_on(&self, host: &SshHost) -> bool {
        self.shared.key.server == host.to_string()
    }
}

impl Docker {
    /// What is shared of a place on this engine's server; `None`: it is here.
    pub(crate) fn shared(&self, place: &Place) -> Option<Shared> {
        let link = self.link.as_ref()?;
        Some(Shared::new(link.host(), link, place))
    }
}
