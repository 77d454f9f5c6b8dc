//! The state behind the fake, and what its tests look at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seatrial_core::model::Slot;

use super::fault::{FakeCall, Fault};
use crate::docker::{ContainerSpec, Instance, Phase};
use crate::probe::{ProbeError, ProbeRequest};
use crate::proxy::{Direction, Site, SiteKey, Upstream};

/// How the program in an image behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Port it listens on; `None` for none.
    pub listens: Option<u16>,
    /// Status of its answers.
    pub status: u16,
    /// Body of its answers.
    pub says: String,
    /// Requests that find nobody listening before it is up.
    pub deaf_for: u32,
    /// Exit code when it ends right after its start.
    pub exits: Option<i64>,
    /// Whether that end is for want of memory.
    pub out_of_memory: bool,
    /// Exit code of a job that is made from its image.
    pub job: i64,
    /// Exit code of a worker that is made from its image and ends right after its start.
    pub worker: Option<i64>,
    /// Lines it writes at its start.
    pub log: Vec<String>,
}

impl App {
    /// A web app that is up at once and answers 200 on port 8080.
    pub fn web(says: impl Into<String>) -> Self {
        Self {
            listens: Some(8080),
            status: 200,
            says: says.into(),
            deaf_for: 0,
            exits: None,
            out_of_memory: false,
            job: 0,
            worker: None,
            log: vec!["starting".into()],
        }
    }

    /// A program that ends with a code right after its start.
    pub fn exiting(code: i64) -> Self {
        Self { listens: None, exits: Some(code), ..Self::web("") }
    }
}

/// A call that was made, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What was called.
    pub call: FakeCall,
    /// The container, image or app it was about; empty for the whole engine.
    pub about: String,
    /// The fault it met.
    pub fault: Option<Fault>,
}

/// An in-memory target: implements [`crate::docker::ContainerHost`] and [`crate::proxy::TrafficDriver`].
/// Clones share one world, so that a "restarted" worker finds what its predecessor left.
#[derive(Debug, Clone, Default)]
pub struct FakeTarget {
    pub(crate) instance: Instance,
    world: Arc<Mutex<World>>,
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) images: BTreeMap<String, App>,
    pub(crate) registry: BTreeMap<String, App>,
    pub(crate) networks: BTreeSet<String>,
    pub(crate) volumes: BTreeSet<String>,
    pub(crate) containers: BTreeMap<String, FakeContainer>,
    pub(crate) installed: bool,
    pub(crate) sites: BTreeMap<SiteKey, FakeSite>,
    pub(crate) next_id: u64,
    gone: bool,
    stands_still_until: Option<tokio::time::Instant>,
    scripted: Vec<Scripted>,
    journal: Vec<Recorded>,
    served: BTreeSet<SiteKey>,
    violations: Vec<String>,
}

#[derive(Debug)]
struct Scripted {
    call: FakeCall,
    calls_before: u32,
    fault: Fault,
}

#[derive(Debug, Clone)]
pub(crate) struct FakeContainer {
    pub(crate) id: String,
    pub(crate) spec: ContainerSpec,
    pub(crate) owned: bool,
    pub(crate) app: App,
    pub(crate) phase: Phase,
    pub(crate) exit: Option<i64>,
    pub(crate) asked: u32,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) log: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct FakeSite {
    pub(crate) site: Site,
    pub(crate) direction: Direction,
    pub(crate) upstreams: BTreeMap<Slot, Upstream>,
    pub(crate) in_flight: BTreeMap<Slot, u64>,
    /// Requests on the public path that will find nobody.
    pub(crate) unheard: u32,
}

impl FakeTarget {
    /// An empty target.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts an image on the target.
    pub fn add_image(&self, reference: &str, app: App) {
        self.world().images.insert(reference.to_owned(), app);
    }

    /// Puts an image into the registry from which the target pulls.
    pub fn add_to_registry(&self, reference: &str, app: App) {
        self.world().registry.insert(reference.to_owned(), app);
    }

    /// Lets the nth call of a kind from now on (1 for the next) meet a fault.
    pub fn fail(&self, call: impl Into<FakeCall>, nth: u32, fault: Fault) {
        let scripted = Scripted { call: call.into(), calls_before: nth.saturating_sub(1), fault };
        self.world().scripted.push(scripted);
    }

    /// Takes the whole engine away, or brings it back. Containers live on meanwhile.
    pub fn set_engine_gone(&self, gone: bool) {
        self.world().gone = gone;
    }

    /// Lets a running container end by itself.
    pub fn end_container(&self, name: &str, code: i64) {
        let mut world = self.world();
        if let Some(container) = world.containers.get_mut(name) {
            container.phase = Phase::Exited;
            container.exit = Some(code);
        }
        world.look("a container ended by itself");
    }

    /// Lets the program in a container behave otherwise from its next start on.
    pub fn change_app(&self, name: &str, app: App) {
        if let Some(container) = self.world().containers.get_mut(name) {
            container.app = app;
        }
    }

    /// Lets a container write a line.
    pub fn write(&self, name: &str, line: impl Into<String>) {
        if let Some(container) = self.world().containers.get_mut(name) {
            container.log.push(line.into());
        }
    }

    /// Says how many requests are under way in a slot.
    pub fn set_in_flight(&self, key: &SiteKey, slot: Slot, count: u64) {
        if let Some(site) = self.world().sites.get_mut(key) {
            site.in_flight.insert(slot, count);
        }
    }

    /// Lets the next requests on a site's public path find nobody, as right after many were held.
    pub fn deafen(&self, key: &SiteKey, requests: u32) {
        if let Some(site) = self.world().sites.get_mut(key) {
            site.unheard = requests;
        }
    }

    /// All calls in order.
    pub fn journal(&self) -> Vec<Recorded> {
        self.world().journal.clone()
    }

    /// What visitors would have noticed: an app that had been served and then was not, while its requests
    /// were not held (I1). Empty when all was well.
    pub fn violations(&self) -> Vec<String> {
        self.world().violations.clone()
    }

    /// Content of a file that was put into a container.
    pub fn file(&self, container: &str, path: &str) -> Option<Vec<u8>> {
        self.world().containers.get(container)?.files.get(path).cloned()
    }

    /// Puts a container that is not ours on the target.
    pub fn add_foreign_container(&self, name: &str) {
        let mut world = self.world();
        let spec = ContainerSpec::new(name, "foreign", "");
        let container = world.new_container(spec, App::web("foreign"), false);
        world.containers.insert(name.to_owned(), container);
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // A test that panicked has failed already; the others shall still see the state.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a call and gives the fault it meets. A hanging call takes its time here.
    pub(crate) async fn enter(&self, call: impl Into<FakeCall>, about: &str) -> Option<Fault> {
        let mut fault = self.world().record(call.into(), about);
        if let Some(Fault::StandStill { time }) = fault {
            self.world().stands_still_until = Some(tokio::time::Instant::now() + time);
            fault = None;
        }
        self.moves().await;
        if let Some(Fault::Hang { after }) = &fault {
            tokio::time::sleep(*after).await;
        } else {
            // Lets other tasks in, as a real call would.
            tokio::time::sleep(Duration::ZERO).await;
        }
        fault
    }

    /// Waits until the way to the target does not stand still.
    async fn moves(&self) {
        let until = self.world().stands_still_until;
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    }

    /// A request, which is given up at its own deadline when the way to the target stands still.
    pub(crate) async fn in_time<T, E>(
        &self,
        request: &ProbeRequest,
        answer: impl Future<Output = Result<Result<T, ProbeError>, E>>,
    ) -> Result<Result<T, ProbeError>, E> {
        let given_up = async {
            tokio::time::sleep(request.deadline).await;
            let until = self.world().stands_still_until;
            if until.is_none_or(|until| until <= tokio::time::Instant::now()) {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            answer = answer => answer,
            () = given_up => Ok(Err(ProbeError::DeadlinePassed { after: request.deadline })),
        }
    }
}

impl World {
    fn record(&mut self, call: FakeCall, about: &str) -> Option<Fault> {
        let fault = if self.gone { Some(Fault::Unreachable) } else { self.take_fault(call) };
        self.journal.push(Recorded { call, about: about.to_owned(), fault: fault.clone() });
        fault
    }

    fn take_fault(&mut self, call: FakeCall) -> Option<Fault> {
        let mut due = None;
        for (index, scripted) in self.scripted.iter_mut().enumerate().filter(|(_, s)| s.call == call) {
            if scripted.calls_before == 0 {
                due = due.or(Some(index));
            } else {
                scripted.calls_before -= 1;
            }
        }
        due.map(|index| self.scripted.remove(index).fault)
    }

    pub(crate) fn new_container(&mut self, spec: ContainerSpec, app: App, owned: bool) -> FakeContainer {
        self.next_id += 1;
        FakeContainer {
            id: format!("{:064x}", self.next_id),
            spec,
            owned,
            app,
            phase: Phase::Created,
            exit: None,
            asked: 0,
            files: BTreeMap::new(),
            log: Vec::new(),
        }
    }

    /// The app that answers at an upstream, if it runs and listens there. Does not count as asking.
    pub(crate) fn answering(&self, upstream: &Upstream) -> Option<&App> {
        let by_name = self.containers.get(upstream.container());
        let aliased = || {
            let mut all = self.containers.values();
            all.find(|container| container.spec.aliases.iter().any(|alias| alias == upstream.container()))
        };
        let container = by_name.or_else(aliased)?;
        let up = container.phase == Phase::Running && container.asked >= container.app.deaf_for;
        (up && container.app.listens == Some(upstream.port())).then_some(&container.app)
    }

    /// Looks at every app as a visitor would; called after every change.
    pub(crate) fn look(&mut self, after: &str) {
        let mut lost = Vec::new();
        for (key, site) in &self.sites {
            let Direction::Slot(slot) = site.direction else {
                if site.direction == Direction::Absent && self.served.remove(key) {
                    lost.push(format!("{key} was directed nowhere after: {after}"));
                }
                continue;
            };
            let app = site.upstreams.get(&slot).and_then(|upstream| self.answering(upstream));
            if app.is_some_and(|app| app.status < 500) {
                self.served.insert(key.clone());
            } else if self.served.remove(key) {
                lost.push(format!("{key} stopped being served after: {after}"));
            }
        }
        self.violations.append(&mut lost);
    }
}
