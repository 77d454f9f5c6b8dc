//! An environment in detail: what is declared, what was seen just now, and what is different.

use crate::App;
use crate::adopt::holder;
use crate::api::ApiError;
use crate::api::types::{
    Deployed, Difference, EnvironmentDetail, EnvironmentRef, ExplainedValue, Health, ObservedPlace, SlotSeen,
    WorkerSeen,
};
use crate::deployments;
use crate::host_states::AllSeen;
use crate::passport::started_with;
use crate::shared::Met;
use crate::sighting::Sighting;
use crate::target::Docker;
use crate::translate::chain;
use crate::views;
use chrono::Utc;
use futures_util::future::join_all;
use seatrial_core::compare::{self, Answering, NamedChange, Recorded, drift};
use seatrial_core::model::{AppName, Slot, Target};
use seatrial_core::pipeline::Place;
use seatrial_core::plan::{self, Observed, SlotFacts};
use seatrial_core::spec::{self, EnvironmentSpec};
use seatrial_engine::docker::ContainerHost;
use seatrial_engine::observe::{Look, observe, state};
use seatrial_engine::probe::{ProbeError, ProbeRequest};
use seatrial_engine::proxy::SiteKey;
use seatrial_engine::slots::{FoundWorker, container_name, workers_of};
use seatrial_store::{Store, StoreError};
use std::time::Duration;

/// Longest look at an environment.
const LOOK: Duration = Duration::from_secs(8);
/// Longest wait for an answer through the public path.
const ANSWER: Duration = Duration::from_secs(3);

/// What the history knows about an environment.
pub(crate) struct PlaceRecord {
    pub(crate) current: Option<Deployed>,
    recorded: Option<Recorded>,
    /// Whether it is on several hosts, each of which may have it in another slot.
    several: bool,
    /// Whether a run changes it now: then nothing is called different.
    running: bool,
}

impl PlaceRecord {
    /// Reads it, for the environment as it is declared with the values kept here.
    pub(crate) fn read(store: &Store, app: &AppName, declared: &EnvironmentSpec) -> Result<Self, StoreError> {
        let current = match store.current_deployment(app, &declared.name)? {
            Some(deployment) => views::deployed(store, deployment)?,
            None => None,
        };
        let unfinished = store.unfinished_runs()?;
        let here = Some(&declared.name);
        let running = unfinished.iter().any(|r| r.app == *app && r.environment.as_ref() == here);
        let recorded = match &current {
            Some(current) => Some(recorded(store, app, declared, current)?),
            None => None,
        };
        let several = matches!(declared.target, Target::Hosts(_));
        Ok(Self { current, recorded, several, running })
    }
}

impl PlaceRecord {
    /// What is recorded, as it is on a host that looks like this.
    fn on_host(&self, facts: &Observed) -> Option<Recorded> {
        let recorded = self.recorded.clone()?;
        let slot = facts.live.filter(|_| self.several).unwrap_or(recorded.slot);
        Some(Recorded { slot, ..recorded })
    }
}

fn recorded(
    store: &Store,
    app: &AppName,
    declared: &EnvironmentSpec,
    current: &Deployed,
) -> Result<Recorded, StoreError> {
    let before = match store.previous_deployment(app, &declared.name)?.and_then(|d| d.run.progress.release) {
        Some(release) => store.release(release)?,
        None => None,
    };
    let previous = before.and_then(|r| Some((r.version, r.artifacts.into_iter().next()?.digest)));
    let started_with = started_with(store, current.run)?;
    let mut changed = compare::configuration(started_with.as_ref(), Some(&plan::shape(declared)));
    let newer = store.secrets(app, &declared.name)?.into_iter().filter(|s| s.updated_at > current.since);
    changed.extend(newer.map(|secret| NamedChange {
        name: format!("secret {}", secret.key.name),
        before: None,
        after: Some("set again".to_owned()),
    }));
    Ok(Recorded {
        version: current.version.clone(),
        slot: current.slot,
        image: current.image.clone(),
        changed,
        previous,
        halted: store.halt(app, &declared.name)?.is_some(),
    })
}

/// What was seen in an environment.
pub(crate) struct Seen {
    pub(crate) observed: ObservedPlace,
    pub(crate) drift: Vec<Difference>,
}

impl App {
    /// An environment: declared, seen just now, and different.
    pub async fn environment_get(&self, params: EnvironmentRef) -> Result<EnvironmentDetail, ApiError> {
        let project = self.project(&params.app).await?;
        let declared = self.environment(&project, params.environment.as_ref()).await?;
        let named = EnvironmentRef { app: params.app.clone(), environment: Some(declared.name.clone()) };
        let ports = self.ports_on(&declared.target).await?;
        // Before the history is read: others may have deployed there.
        let alone = declared.on_each_host();
        let met = join_all(alone.iter().map(|one| self.meet(&params.app, one))).await;
        let (app, specified) = (params.app.clone(), declared.clone());
        let (view, record, history) = self
            .ask(move |store| {
                let unfinished = store.unfinished_runs()?;
                let view = views::environment(store, (&app, &specified), &unfinished, ports)?;
                let record = PlaceRecord::read(store, &app, &specified)?;
                let history = deployments::of_environment(store, &app, &specified.name)?;
                Ok::<_, StoreError>((view, record, history))
            })
            .await?;
        let looks = alone.iter().zip(met).map(|(one, met)| self.look_after(&params.app, (one, met), &record));
        let (mut busy, mut notices, mut seen) = (None, Vec::new(), Vec::new());
        for (look, met) in join_all(looks).await {
            busy = busy.or(met.busy);
            notices.extend(met.notice);
            seen.push(look);
        }
        let all = self.noted_all(&params.app, &declared, &record, seen);
        let prefix = format!("env.{}.", declared.name);
        let values = spec::explain(project.spec()?).into_iter().filter(|v| v.path.starts_with(&prefix));
        let explained = values.map(|v| ExplainedValue { path: v.path, value: v.value, origin: v.origin });
        let AllSeen { observed, unreachable, hosts, mut drift } = all;
        drift.extend(notices.into_iter().map(another_journal));
        Ok(EnvironmentDetail {
            environment: view,
            declared: explained.collect(),
            configuration: self.env_list(named.clone()).await?,
            secrets: self.secret_list(named).await?,
            observed,
            unreachable,
            hosts,
            busy: busy.map(|lease| holder(lease.holder)),
            drift,
            history,
        })
    }

    /// Looks at a host when it could be asked what others did there.
    async fn look_after(
        &self,
        app: &AppName,
        (alone, met): (&EnvironmentSpec, Result<Met, ApiError>),
        record: &PlaceRecord,
    ) -> (Result<Seen, ApiError>, Met) {
        match met {
            Ok(met) => (self.look_now(app, alone, record).await, met),
            Err(error) => (Err(error), Met::default()),
        }
    }

    /// Looks at an environment and remembers how it was.
    pub(crate) async fn look_at(
        &self,
        app: &AppName,
        declared: &EnvironmentSpec,
        record: &PlaceRecord,
    ) -> Result<Seen, ApiError> {
        let seen = self.look_now(app, declared, record).await;
        self.noted(app, declared, record, seen)
    }

    /// Catches up with what others did in an environment on a server.
    async fn meet(&self, app: &AppName, declared: &EnvironmentSpec) -> Result<Met, ApiError> {
        let Target::Ssh(host) = &declared.target else { return Ok(Met::default()) };
        let place = Place { app: app.clone(), environment: declared.name.clone() };
        let met = async {
            let docker = self.server(host).await?;
            self.meet_others(&docker, &place).await
        };
        match tokio::time::timeout(LOOK, met).await {
            Ok(met) => met,
            Err(_) => Err(silent(&declared.target)),
        }
    }

    pub(crate) fn noted(
        &self,
        app: &AppName,
        declared: &EnvironmentSpec,
        record: &PlaceRecord,
        seen: Result<Seen, ApiError>,
    ) -> Result<Seen, ApiError> {
        let sighting = Sighting {
            run: record.current.as_ref().map(|current| current.run),
            health: seen.as_ref().map_or(Health::Unknown, |seen| seen.observed.health),
            drift: seen.as_ref().map_or(0, |seen| u32::try_from(seen.drift.len()).unwrap_or(u32::MAX)),
            hosts: None,
            at: Utc::now(),
        };
        self.sightings.note(app, &declared.name, sighting);
        seen
    }

    async fn look_now(
        &self,
        app: &AppName,
        declared: &EnvironmentSpec,
        record: &PlaceRecord,
    ) -> Result<Seen, ApiError> {
        use crate::api::Code;
        if declared.target == Target::Swarm {
            let message = format!("this version of Seatrial cannot look at {} yet", declared.target);
            return Err(ApiError::new(Code::TargetUnreachable, message));
        }
        let place = Place { app: app.clone(), environment: declared.name.clone() };
        let look = async {
            let docker = self.reach(&declared.target).await?;
            docker.see(&place, declared, record, self.ports_on(&declared.target).await?).await
        };
        match tokio::time::timeout(LOOK, look).await {
            Ok(seen) => seen,
            Err(_) => Err(silent(&declared.target)),
        }
    }
}

/// The server's journal is another one than it was.
fn another_journal(notice: String) -> Difference {
    Difference {
        what: "journal".to_owned(),
        expected: "the one that was known".to_owned(),
        seen: notice,
        meaning:
            "The server was set up again, or somebody changed it. What is there now counts from here on."
                .to_owned(),
    }
}

fn silent(target: &Target) -> ApiError {
    let message = format!("{target} did not answer within {} s", LOOK.as_secs());
    ApiError::new(crate::api::Code::TargetUnreachable, message)
}

impl Docker {
    async fn see(
        &self,
        place: &Place,
        declared: &EnvironmentSpec,
        record: &PlaceRecord,
        ports: plan::Ports,
    ) -> Result<Seen, ApiError> {
        let facts = observe(Look {
            host: self.engine.as_ref(),
            traffic: self.traffic.as_ref(),
            place,
            ports: (ports.http, ports.https),
        })
        .await?;
        let (health, answer) = self.answer(place, declared, &facts).await;
        let engine = self.engine.facts().await?;
        let answering = match health {
            Health::Answers => Answering::Answers,
            Health::Fails => Answering::Fails,
            Health::Unknown | Health::Nothing | Health::Stopped => Answering::Unknown,
        };
        let different = match record.running {
            true => Vec::new(),
            false => drift(declared, record.on_host(&facts).as_ref(), &facts, answering),
        };
        let health = match health {
            _ if record.current.is_none() && facts.live.is_none() => Health::Nothing,
            Health::Fails if record.recorded.as_ref().is_some_and(|r| r.halted) => Health::Stopped,
            seen => seen,
        };
        let observed = ObservedPlace {
            at: Utc::now(),
            engine: format!("Docker {} on {}/{}", engine.version, engine.os, engine.architecture),
            disk_free: facts.engine.disk_free,
            slots: self.slots(place, &facts).await?,
            direction: facts.live,
            health,
            answer,
        };
        Ok(Seen { observed, drift: different })
    }

    /// Asks through the public path, as visitors do.
    async fn answer(
        &self,
        place: &Place,
        declared: &EnvironmentSpec,
        facts: &Observed,
    ) -> (Health, Option<String>) {
        if !facts.proxy.as_ref().is_some_and(|p| p.running && !p.domains.is_empty()) {
            return (Health::Fails, Some("nothing leads there".to_owned()));
        }
        let Ok(key) = SiteKey::parse(&place.stem()) else { return (Health::Unknown, None) };
        let health = &declared.ship.health;
        let request = ProbeRequest::get("", &health.path, ANSWER);
        match self.traffic.ask_public(&key, &request).await {
            Ok(Ok(public)) => {
                let (low, high) = health.status;
                let good = (low..=high).contains(&public.answer.status);
                let ms = public.answer.latency.as_millis();
                let words = format!("{} in {ms} ms", public.answer.status);
                (if good { Health::Answers } else { Health::Fails }, Some(words))
            }
            Ok(Err(error)) => (Health::Fails, Some(refusal(&error))),
            Err(error) => (Health::Unknown, Some(chain(&error))),
        }
    }

    async fn slots(&self, place: &Place, facts: &Observed) -> Result<Vec<SlotSeen>, ApiError> {
        let mut views = Vec::new();
        let workers = workers_of(self.engine.as_ref(), place).await?;
        for (slot, seen) in &facts.slots {
            let name = container_name(self.engine.instance(), place, *slot, None);
            let Some(container) = self.engine.container(&name).await? else { continue };
            views.push(SlotSeen {
                ports: container.published.iter().map(|(host, inside)| format!("{host}:{inside}")).collect(),
                mounts: container.mounts,
                started_at: container.started_at,
                restarts: u64::from(container.restarts),
                workers: workers.iter().filter(|worker| worker.slot == *slot).map(worker_view).collect(),
                ..slot_view(*slot, seen, name)
            });
        }
        Ok(views)
    }
}

fn worker_view(worker: &FoundWorker) -> WorkerSeen {
    WorkerSeen {
        name: worker.name.clone(),
        state: state(&worker.facts),
        container: worker.facts.name.clone(),
        started_at: worker.facts.started_at,
        restarts: u64::from(worker.facts.restarts),
    }
}

fn slot_view(slot: Slot, seen: &SlotFacts, container: String) -> SlotSeen {
    SlotSeen {
        slot,
        state: seen.state,
        container,
        image: seen.image.clone(),
        version: seen.version.clone(),
        started_at: None,
        restarts: 0,
        ports: Vec::new(),
        mounts: Vec::new(),
        workers: Vec::new(),
    }
}

/// Why there was no answer, in a few words.
fn refusal(error: &ProbeError) -> String {
    use seatrial_engine::probe::ProbeCause;
    match error.cause() {
        ProbeCause::Refused => "refused".to_owned(),
        ProbeCause::Timeout => format!("no answer within {} s", ANSWER.as_secs()),
        ProbeCause::Broken => "the connection broke off".to_owned(),
        ProbeCause::Connect | ProbeCause::BadRequest | ProbeCause::Link => chain(error),
    }
}
