//! What the history says about all environments, read once per change of the history.

use crate::App;
use crate::api::ApiError;
use crate::api::types::{Deployed, Halted, RunLine};
use crate::views::{deployed, halted, line};
use seatrial_core::model::{AppName, EnvironmentName, ReleaseId, RunId, Strategy, Target};
use seatrial_core::plan::{Ports, urls};
use seatrial_core::spec::EnvironmentSpec;
use seatrial_store::{Changed, Cursor, Deployment, RunRow, Store, StoreError};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Changes that are looked through one by one; after more of them everything is read again.
const MOST_CHANGES: u32 = 1000;

/// An environment of an app.
pub(crate) type Place = (AppName, EnvironmentName);
/// A run that is live, with its release.
type Shown = (RunId, Option<ReleaseId>);

/// What was read before and still counts.
#[derive(Default)]
pub(crate) struct Known {
    /// Deployed releases, by the run that put them there.
    deployed: Mutex<HashMap<RunId, Deployed>>,
    /// What a rollback goes back to, by the run that is live and its release.
    previous: Mutex<HashMap<Shown, Option<Deployed>>>,
    /// Everything, as of a place in the changes of a history.
    records: Mutex<Option<(Stand, Arc<Records>)>>,
    /// Which history it is: another number after a copy was put in its place.
    history: AtomicU64,
    /// Whether somebody looks around.
    pub(crate) looking: Arc<AtomicBool>,
}

/// A history and a place in its changes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stand {
    history: u64,
    cursor: Cursor,
}

/// What the history says about all environments.
pub(crate) struct Records {
    pub(crate) current: HashMap<Place, Deployed>,
    /// What a rollback goes back to.
    pub(crate) previous: HashMap<Place, Deployed>,
    pub(crate) running: HashMap<Place, RunId>,
    pub(crate) halted: HashMap<Place, Halted>,
    pub(crate) last: HashMap<Place, RunLine>,
    pub(crate) going_on: Vec<RunLine>,
    /// Environments there were, for apps whose configuration cannot be read (yet).
    pub(crate) remembered: HashMap<AppName, BTreeMap<EnvironmentName, Outline>>,
}

/// What a cell shows of an environment's configuration.
#[derive(Clone)]
pub(crate) struct Outline {
    pub(crate) target: Target,
    pub(crate) production: bool,
    pub(crate) strategy: Strategy,
    pub(crate) urls: Vec<String>,
}

impl Outline {
    pub(crate) fn of(spec: &EnvironmentSpec, ports: Ports) -> Self {
        Self {
            target: spec.target.clone(),
            production: spec.production,
            strategy: spec.ship.strategy,
            urls: urls(spec, ports),
        }
    }

    /// As it was when it was last deployed to.
    fn remembered(run: &RunRow) -> Option<Self> {
        Some(Self {
            target: run.target.clone()?,
            production: run.production,
            strategy: run.strategy.unwrap_or(Strategy::BlueGreen),
            urls: Vec::new(),
        })
    }
}

impl Records {
    fn read(store: &Store, known: &Known) -> Result<Self, StoreError> {
        let (mut current, mut previous) = (HashMap::new(), HashMap::new());
        for deployment in store.current_deployments()? {
            let Some(environment) = deployment.run.environment.clone() else { continue };
            let place = (deployment.run.app.clone(), environment);
            if let Some(before) = known.before(store, &place, &deployment)? {
                previous.insert(place.clone(), before);
            }
            if let Some(here) = known.deployed(store, deployment)? {
                current.insert(place, here);
            }
        }
        let unfinished = store.unfinished_runs()?;
        let running = unfinished.iter().filter_map(|run| Some((place_of(run)?, run.id))).collect();
        let halts = store.halts()?.into_iter();
        let halted = halts.map(|(app, environment, halt)| ((app, environment), halted(halt))).collect();
        let over = store.last_runs()?;
        let mut remembered: HashMap<AppName, BTreeMap<EnvironmentName, Outline>> = HashMap::new();
        for run in over.iter().chain(&unfinished) {
            if let Some(((app, environment), outline)) = place_of(run).zip(Outline::remembered(run)) {
                remembered.entry(app).or_default().insert(environment, outline);
            }
        }
        let last = over.into_iter().filter_map(|run| Some((place_of(&run)?, line(run)))).collect();
        let going_on = unfinished.into_iter().map(line).collect();
        Ok(Self { current, previous, running, halted, last, going_on, remembered })
    }
}

pub(crate) fn place_of(run: &RunRow) -> Option<Place> {
    Some((run.app.clone(), run.environment.clone()?))
}

impl Known {
    fn deployed(&self, store: &Store, deployment: Deployment) -> Result<Option<Deployed>, StoreError> {
        let progress = (deployment.run.progress.proof, deployment.run.progress.verdict);
        let known = held(&self.deployed).get(&deployment.run.id).cloned();
        let since = deployment.live_at.unwrap_or(deployment.began_at);
        if let Some(known) = known.filter(|known| known.since == since && Some(known.slot) == deployment.slot)
        {
            return Ok(Some(Deployed { proof: progress.0, verdict: progress.1, ..known }));
        }
        let found = deployed(store, deployment)?;
        if let Some(found) = &found {
            held(&self.deployed).insert(found.run, found.clone());
        }
        Ok(found)
    }

    fn before(
        &self,
        store: &Store,
        (app, environment): &Place,
        current: &Deployment,
    ) -> Result<Option<Deployed>, StoreError> {
        let key = (current.run.id, current.run.progress.release);
        if let Some(known) = held(&self.previous).get(&key) {
            return Ok(known.clone());
        }
        let found = match store.previous_deployment(app, environment)? {
            Some(deployment) => self.deployed(store, deployment)?,
            None => None,
        };
        held(&self.previous).insert(key, found.clone());
        Ok(found)
    }

    /// Everything as it is now.
    fn records(&self, store: &Store) -> Result<Arc<Records>, StoreError> {
        // Taken before anything is read: what changes meanwhile is read again the next time.
        let now = Stand { history: self.history.load(Ordering::SeqCst), cursor: store.cursor()? };
        let known = held(&self.records).clone();
        match known {
            Some((then, records)) if then == now => return Ok(records),
            Some((then, _)) if then.history == now.history => self.forget_since(store, then.cursor)?,
            _ => self.forget(),
        }
        let records = Arc::new(Records::read(store, self)?);
        *held(&self.records) = Some((now, Arc::clone(&records)));
        Ok(records)
    }

    /// Forgets what runs that changed since then say about themselves, such as their verdict.
    fn forget_since(&self, store: &Store, cursor: Cursor) -> Result<(), StoreError> {
        let (changes, _) = store.changes_since(cursor, MOST_CHANGES)?;
        if changes.len() >= MOST_CHANGES as usize {
            self.forget();
            return Ok(());
        }
        let run = |change: &seatrial_store::Change| match change.what {
            Changed::Run { run, .. } => Some(run),
            Changed::Topic(_) => None,
        };
        let changed: HashSet<RunId> = changes.iter().filter_map(run).collect();
        let same = |before: &Option<Deployed>| before.as_ref().is_none_or(|d| !changed.contains(&d.run));
        held(&self.previous).retain(|_, before| same(before));
        Ok(())
    }

    fn forget(&self) {
        held(&self.deployed).clear();
        held(&self.previous).clear();
    }

    /// Forgets all, because the history is another one.
    pub(crate) fn clear(&self) {
        self.history.fetch_add(1, Ordering::SeqCst);
        self.forget();
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// What the history says about all environments now.
    pub(crate) async fn records(&self) -> Result<Arc<Records>, ApiError> {
        let known = Arc::clone(&self.known);
        self.ask(move |store| known.records(store)).await
    }
}
