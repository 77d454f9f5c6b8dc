//! The run worker's job: hold the lease, look again, carry the plan out.

use crate::App;
use crate::api::{ApiError, Code};
use crate::journal::StoreJournal;
use crate::plans::Prepared;
use crate::runs::lives;
use crate::secrets::EnvironmentSecrets;
use crate::translate::chain;
use chrono::Utc;
use seatrial_core::detect::facts::{GitFacts, VersionTag};
use seatrial_core::model::{AppName, Digest, EnvironmentName, Release, RunId};
use seatrial_core::pipeline::{Action, HealthCheck, Place, VersionSource};
use seatrial_core::plan::{Plan, urls};
use seatrial_core::run::{End, EventBody, RunState, Wait, Worker};
use seatrial_core::version::{VersionFacts, next};
use seatrial_engine::actions::{Buildx, PublicPath, VersionDecision, Watch, World};
use seatrial_engine::docker::ContainerHost;
use seatrial_engine::process;
use seatrial_engine::run::{Executor, Recorder, execute};
use seatrial_store::{
    After, Append, Held, LeaseAnswer, LeaseError, LeaseRequest, Liveness, Moment, Seen, Store, StoreError,
};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the lease is renewed; it holds three times as long.
const RENEW: Duration = Duration::from_secs(15);
/// How often a waiting worker looks whether the lease is free, and any worker whether it should stop.
const LOOK: Duration = Duration::from_millis(500);

impl App {
    /// Carries a run out, from wherever it is to its end. May be called again after any crash.
    pub async fn work(&self, run: RunId) -> Result<(), ApiError> {
        let state = self.state(run).await?;
        if state.end.is_some() {
            return Ok(());
        }
        let worker = this_worker();
        let Some(held) = self.wait_for_lease(&state, &worker).await? else { return Ok(()) };
        let ended = self.work_with_lease(run, worker, &held).await;
        let given_back = held.clone();
        self.ask(move |store| store.release_lease(&given_back)).await?;
        ended
    }

    async fn work_with_lease(&self, run: RunId, worker: Worker, held: &Held) -> Result<(), ApiError> {
        self.record(run, Some(held.clone()), vec![EventBody::Started { worker }]).await?;
        let cancel = CancellationToken::new();
        let lost = CancellationToken::new();
        let guards = [
            tokio::spawn(renew(self.store.clone(), held.clone(), lost.clone())),
            tokio::spawn(watch_for_cancel(self.store.clone(), run, cancel.clone())),
        ];
        let ended = tokio::select! {
            ended = self.carry_out(run, held, &cancel) => ended,
            // Whoever holds the lease now decides; this worker must not touch anything any more.
            () = lost.cancelled() => Err(ApiError::new(Code::Busy, "another worker has taken this run up").about(run)),
        };
        for guard in guards {
            guard.abort();
        }
        ended
    }

    async fn carry_out(&self, run: RunId, held: &Held, cancel: &CancellationToken) -> Result<(), ApiError> {
        let state = self.state(run).await?;
        let plan = self.created(run).await?;
        let fresh = state.steps.iter().all(|s| s.attempts == 0);
        if fresh && state.cancel_requested {
            return self.end(run, held, End::Cancelled).await;
        }
        let prepared = match self.prepare(params_of(&plan)).await {
            Ok(prepared) => prepared,
            Err(error) if fresh => {
                let reason = error.message.clone();
                return self.end(run, held, End::PlanOutdated { reason }).await;
            }
            Err(error) => return Err(error),
        };
        if fresh && prepared.plan.fingerprint != plan.fingerprint {
            let reason = "the folder, its configuration or the target changed after the plan was made".to_owned();
            return self.end(run, held, End::PlanOutdated { reason }).await;
        }
        let world = self.world(run, &plan, prepared).await?;
        let journal = StoreJournal::new(self.store.clone(), run, Some(held.clone()));
        let recorder = Arc::new(Recorder::new(Box::new(journal), state));
        let executor = Executor { actions: Arc::new(world), recorder, cancel: cancel.clone() };
        execute(&executor).await.map(drop).map_err(|e| ApiError::new(Code::Storage, chain(&e)).about(run))
    }

    async fn end(&self, run: RunId, held: &Held, end: End) -> Result<(), ApiError> {
        self.record(run, Some(held.clone()), vec![EventBody::Ended { end }]).await
    }

    async fn record(&self, run: RunId, held: Option<Held>, bodies: Vec<EventBody>) -> Result<(), ApiError> {
        let append = Append { run, after: After::Any, at: Utc::now(), bodies, held };
        self.ask(move |store| store.append(append)).await.map(drop)
    }

    /// Waits until no other run changes the same place. `None`: the run was cancelled meanwhile.
    async fn wait_for_lease(&self, state: &RunState, worker: &Worker) -> Result<Option<Held>, ApiError> {
        let run = state.id;
        let place = place_of(&state.request.app, state.request.environment.as_ref());
        let (mut seen, mut waiting) = (None, state.waiting.is_some());
        loop {
            let request = LeaseRequest {
                place: place.clone(),
                run,
                worker: worker.clone(),
                actor: state.actor.clone(),
                now: moment(),
                seen,
            };
            match self.ask(move |store| store.acquire_lease(request)).await? {
                LeaseAnswer::Acquired(lease) => {
                    if waiting {
                        self.record(run, None, vec![EventBody::WaitEnded]).await?;
                    }
                    return Ok(Some(lease.held()));
                }
                LeaseAnswer::Held(lease) => {
                    let alive = lives(&lease.worker);
                    if alive && lease.run == run {
                        // Another worker of this very run is at it.
                        return Ok(None);
                    }
                    let liveness = if alive { Liveness::Alive } else { Liveness::Dead };
                    seen = Some(Seen { token: lease.token, liveness });
                    if alive && !waiting {
                        waiting = true;
                        let wait = Wait::Lease { run: lease.run, actor: lease.actor };
                        self.record(run, None, vec![EventBody::WaitStarted { wait }]).await?;
                    }
                    if alive {
                        if self.state(run).await?.cancel_requested {
                            let ended = EventBody::Ended { end: End::Cancelled };
                            self.record(run, None, vec![ended]).await?;
                            return Ok(None);
                        }
                        tokio::time::sleep(LOOK).await;
                    }
                }
            }
        }
    }

    async fn world(&self, run: RunId, plan: &Plan, prepared: Prepared) -> Result<World, ApiError> {
        let Prepared { project, environment, release, .. } = prepared;
        let docker = self.docker().await?;
        let ports = self.ports().await?;
        let place = plan.environment.clone().map(|environment| Place { app: plan.app.clone(), environment });
        let public = environment.as_ref().and_then(|e| {
            let url = urls(e, ports).into_iter().next()?;
            Some(PublicPath { domain: e.domains.first()?.clone(), path: watched_path(plan, &e.ship.health), url })
        });
        let releases = self.known_releases(&plan.app).await?;
        let version = self.version(run, plan, project.facts.git.as_ref(), &releases).await?;
        let images = releases.iter().filter_map(|r| r.artifacts.first()).map(|a| a.digest.clone()).collect();
        let work_tree = project.work_tree();
        let secrets = EnvironmentSecrets::of(self, &plan.app, plan.environment.as_ref()).await?;
        let masker = secrets.masker()?;
        let builder = Arc::new(Buildx {
            host: Arc::clone(&docker.engine) as Arc<dyn ContainerHost>,
            endpoint: docker.engine.endpoint().clone(),
            scratch: self.home.scratch(),
        });
        Ok(World {
            run,
            app: plan.app.clone(),
            folder: project.folder,
            place,
            host: docker.engine,
            traffic: docker.traffic,
            builder,
            secrets: Arc::new(secrets),
            masker,
            public,
            network: docker.network,
            commit: work_tree.commit,
            dirty: work_tree.dirty,
            version,
            pipeline_revision: plan.pipeline_revision.clone(),
            release,
            images,
            watch: tokio::sync::Mutex::new(Watch::default()),
        })
    }

    /// The version of what this run builds. Releases count like tags: they say what came before.
    async fn version(
        &self,
        run: RunId,
        plan: &Plan,
        git: Option<&GitFacts>,
        releases: &[Release],
    ) -> Result<VersionDecision, ApiError> {
        let source = plan.steps.iter().find_map(|s| match &s.action {
            Action::DecideVersion { source } => Some(source.clone()),
            _ => None,
        });
        let changes_digest = Digest::of(run.to_string().as_bytes()).short()[..6].to_owned();
        let (mut version, mut reason, changes) = match source {
            Some(VersionSource::Fixed { version }) => (version, "it stands in seatrial.toml".to_owned(), Vec::new()),
            _ => {
                let mut facts = VersionFacts::of(git, &changes_digest, Utc::now());
                let before = last_release(git, releases);
                if let Some((tag, commits)) = &before {
                    facts.last_tag = Some(tag);
                    facts.commits = &facts.commits[..*commits];
                }
                let changes = facts.commits.iter().map(|c| c.subject.clone()).collect();
                let decision = next(facts);
                (decision.version, decision.reason, changes)
            }
        };
        let (app, wanted) = (plan.app.clone(), version.clone());
        let again = self
            .ask(move |store| {
                for n in 1_u32.. {
                    let candidate = if n == 1 { wanted.clone() } else { format!("{wanted}-r{n}") };
                    match store.release_by_version(&app, &candidate)? {
                        Some(release) if release.built_by != run => {}
                        _ => return Ok::<_, StoreError>(n),
                    }
                }
                Ok(1)
            })
            .await?;
        if again > 1 {
            reason = format!("{reason}; built for the {again}. time");
            version = format!("{version}-r{again}");
        }
        Ok(VersionDecision { version, reason, changes })
    }
}

/// The newest clean release whose commit is in the history since the last tag, as if it were a tag, with the number
/// of commits after it.
fn last_release(git: Option<&GitFacts>, releases: &[Release]) -> Option<(VersionTag, usize)> {
    let git = git?;
    let clean = releases.iter().filter(|r| !r.dirty && !r.version.contains('-'));
    let places = clean.filter_map(|release| {
        let commit = release.commit.clone()?;
        let commits = git.commits_since_tag.iter().position(|c| c.id == commit)?;
        Some((VersionTag { name: release.version.clone(), commit }, commits))
    });
    places.min_by_key(|(_, commits)| *commits)
}

fn watched_path(plan: &Plan, declared: &HealthCheck) -> String {
    let planned = plan.steps.iter().find_map(|s| match &s.action {
        Action::VerifyThroughProxy { health, .. } => Some(health.path.clone()),
        _ => None,
    });
    planned.unwrap_or_else(|| declared.path.clone())
}

/// What was asked for, as parameters again.
fn params_of(plan: &Plan) -> crate::api::types::PlanParams {
    let request = &plan.request;
    crate::api::types::PlanParams {
        app: request.app.clone(),
        kind: request.kind,
        environment: request.environment.clone(),
        phases: request.phases.clone(),
        release: request.release.map(|r| r.to_string()),
        retry_of: request.retry_of,
    }
}

/// What a lease is for.
fn place_of(app: &AppName, environment: Option<&EnvironmentName>) -> String {
    match environment {
        Some(environment) => Place { app: app.clone(), environment: environment.clone() }.stem(),
        None => app.to_string(),
    }
}

fn this_worker() -> Worker {
    let me = process::identity();
    Worker { pid: me.pid, started: me.started.unwrap_or_default(), boot: me.boot.unwrap_or_default() }
}

/// Now, by a clock that survives changes of the wall clock and sleep.
fn moment() -> Moment {
    let uptime = std::fs::read_to_string("/proc/uptime").ok();
    let seconds = uptime.and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
    // Elsewhere the wall clock has to do: a lease is then as good as it.
    let uptime_ms = match seconds {
        Some(seconds) => (seconds * 1000.0) as u64,
        None => u64::try_from(Utc::now().timestamp_millis()).unwrap_or_default(),
    };
    Moment { at: Utc::now(), boot: process::identity().boot.unwrap_or_default(), uptime_ms }
}

async fn renew(store: Store, held: Held, lost: CancellationToken) {
    loop {
        tokio::time::sleep(RENEW).await;
        let (store, held) = (store.clone(), held.clone());
        let renewed = tokio::task::spawn_blocking(move || store.renew_lease(&held, moment())).await;
        // A busy database is tried again: the lease holds three times as long as this takes.
        if let Ok(Err(LeaseError::Lost { .. })) = renewed {
            return lost.cancel();
        }
    }
}

async fn watch_for_cancel(store: Store, run: RunId, cancel: CancellationToken) {
    loop {
        let store = store.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let cursor = store.cursor()?;
            if store.run(run)?.is_some_and(|r| r.progress.cancel_requested) {
                return Ok::<_, StoreError>(true);
            }
            store.wait_for_change(cursor, LOOK)?;
            Ok(false)
        });
        match asked.await {
            Ok(Ok(true)) => return cancel.cancel(),
            Ok(Ok(false)) => {}
            Ok(Err(_)) | Err(_) => tokio::time::sleep(LOOK).await,
        }
    }
}
