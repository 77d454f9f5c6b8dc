//! The run worker's job: hold the lease, look again, carry the plan out.

use crate::App;
use crate::api::{ApiError, Code};
use crate::claims::Claimed;
use crate::journal::StoreJournal;
use crate::leftovers::needed_images;
use crate::plans::Prepared;
use crate::project::Project;
use crate::runs::{lives, runs_something};
use crate::secrets::EnvironmentSecrets;
use crate::shared::Claim;
use crate::sources::Source;
use crate::target::Docker;
use crate::translate::chain;
use chrono::Utc;
use futures_util::future::{join_all, select_all};
use seatrial_core::detect::facts::{GitFacts, VersionTag};
use seatrial_core::model::{AppName, Digest, EnvironmentName, Release, RunId, SshHost, Target};
use seatrial_core::pipeline::{Action, Cause, Place, VersionSource};
use seatrial_core::plan::Plan;
use seatrial_core::run::{End, EventBody, Failure, RunState, Wait, Worker};
use seatrial_core::version::{VersionFacts, next};
use seatrial_engine::actions::{
    Buildx, Hosts, ImageBuilder, PublicPath, SecretValues, VersionDecision, Watch, World,
};
use seatrial_engine::docker::ContainerHost;
use seatrial_engine::process;
use seatrial_engine::run::{Actions, Executor, Recorder, execute};
use seatrial_engine::transfer::Mover;
use seatrial_store::{
    After, Append, Held, LeaseAnswer, LeaseError, LeaseRequest, Liveness, Moment, Seen, Store, StoreError,
};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Daily copies of the history that are kept.
const BACKUPS: usize = 7;
/// How often the lease is renewed; it holds three times as long.
const RENEW: Duration = Duration::from_secs(15);
/// How often a waiting worker looks whether the lease is free, and any worker whether it should stop.
const LOOK: Duration = Duration::from_millis(500);

/// What came of looking again.
enum Again {
    /// The plan still holds.
    Same(Box<Prepared>),
    /// The run ends like this.
    End(End),
}

impl App {
    /// Carries a run out, from wherever it is to its end. May be called again after any crash.
    pub async fn work(&self, run: RunId) -> Result<(), ApiError> {
        let state = self.state(run).await?;
        if state.end.is_some() {
            return Ok(());
        }
        let worker = this_worker();
        let Some(held) = self.wait_for_lease(&state, &worker).await? else { return Ok(()) };
        let ended = Box::pin(self.work_with_lease(run, worker, &held)).await;
        // A copy of the history once a day, by whoever works that day; a failed copy is no failed run.
        drop(self.ask(|store| store.backup_daily(Utc::now(), BACKUPS)).await);
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
        let mut claims = match self.claim_place(&state, &plan, held, cancel).await? {
            Claimed::NotShared => return self.walk(state, &plan, &[], (held, cancel)).await,
            Claimed::Ours(claims) => claims,
            Claimed::Over => return Ok(()),
        };
        let ended = tokio::select! {
            ended = self.walk(state, &plan, &claims, (held, cancel)) => Ok(ended),
            lost = first_lost(&claims) => Err(lost),
        };
        let ended = match ended {
            Ok(ended) => ended,
            Err(lost) => {
                let lost = claims.swap_remove(lost);
                self.stand_aside(run, &lost, held).await
            }
        };
        self.give_all_back(claims, run).await;
        ended
    }

    /// Looks again when nothing was begun yet, and carries out what is left.
    async fn walk(
        &self,
        state: RunState,
        plan: &Plan,
        claims: &[Claim],
        (held, cancel): (&Held, &CancellationToken),
    ) -> Result<(), ApiError> {
        let run = state.id;
        let looked = match state.steps.iter().all(|s| s.attempts == 0) {
            true => match self.look_again(plan).await? {
                Again::Same(prepared) => Some(*prepared),
                Again::End(end) => return self.end(run, held, end).await,
            },
            false => None,
        };
        let actions = self.actions(run, plan, looked, claims).await?;
        let journal = StoreJournal::new(self.store.clone(), run, Some(held.clone()));
        let recorder = Arc::new(Recorder::new(Box::new(journal), state));
        let executor = Executor { actions, recorder, cancel: cancel.clone() };
        execute(&executor).await.map(drop).map_err(|e| ApiError::new(Code::Storage, chain(&e)).about(run))
    }

    /// Makes the plan once more, now that nobody else changes the place: it may be another one by now, or may not be
    /// carried out. Once a step has begun the recorded plan counts, whatever the folder says.
    async fn look_again(&self, plan: &Plan) -> Result<Again, ApiError> {
        let now = match self.prepare(params_of(plan)).await {
            Ok(prepared) => prepared,
            Err(error) => return Ok(Again::End(End::FailedClean { reason: error.message })),
        };
        if now.plan.fingerprint != plan.fingerprint {
            let reason = "the configuration or the target changed after the plan was made".to_owned();
            return Ok(Again::End(End::PlanOutdated { reason }));
        }
        if runs_something(plan) && !self.trust_view(&now.project).await?.granted {
            let reason = "what this folder defines changed and has not been trusted yet".to_owned();
            return Ok(Again::End(End::PlanOutdated { reason }));
        }
        Ok(Again::Same(Box::new(now)))
    }

    pub(crate) async fn end(&self, run: RunId, held: &Held, end: End) -> Result<(), ApiError> {
        self.record(run, Some(held.clone()), vec![EventBody::Ended { end }]).await
    }

    pub(crate) async fn record(
        &self,
        run: RunId,
        held: Option<Held>,
        bodies: Vec<EventBody>,
    ) -> Result<(), ApiError> {
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

    /// What steps act in: one world, or one on each host.
    async fn actions(
        &self,
        run: RunId,
        plan: &Plan,
        looked: Option<Prepared>,
        claims: &[Claim],
    ) -> Result<Arc<dyn Actions>, ApiError> {
        let mut worlds = self.worlds(run, plan, looked, claims).await?.into_iter();
        let first = worlds.next().ok_or_else(|| ApiError::new(Code::Internal, "there is no target"))?;
        match &plan.target {
            Some(Target::Hosts(_)) => Ok(Arc::new(Hosts::new(first, worlds.collect()))),
            _ => Ok(Arc::new(first)),
        }
    }

    /// A world for every host of the target. What was looked at a moment ago is not looked at again.
    async fn worlds(
        &self,
        run: RunId,
        plan: &Plan,
        looked: Option<Prepared>,
        claims: &[Claim],
    ) -> Result<Vec<World>, ApiError> {
        let folder = self.folder_of(&plan.app).await?;
        let (project, dockers, sources) = match looked {
            Some(prepared) => (Some(prepared.project), prepared.dockers, prepared.sources),
            // A folder that is gone cannot be built, but what is on the target can still be taken back.
            None => (Project::look(&folder).await.ok(), Vec::new(), Vec::new()),
        };
        let release = match plan.request.release {
            Some(id) => self.ask(move |store| store.release(id)).await?,
            None => None,
        };
        let dockers = match (dockers, &plan.target) {
            (dockers, _) if !dockers.is_empty() => dockers,
            (_, Some(target)) => self.reach_all(target).await?,
            (_, None) => vec![self.reach(&builds_on(plan)).await?],
        };
        let place = plan.environment.clone().map(|environment| Place { app: plan.app.clone(), environment });
        let public = public_path(plan);
        let releases = self.known_releases(&plan.app).await?;
        let git = project.as_ref().and_then(Project::git);
        let version = self.version(run, plan, git, &releases).await?;
        let images = images_of(&releases);
        let (app, shipped_to) = (plan.app.clone(), plan.environment.clone());
        let needed = self.ask(move |store| needed_images(store, &app, shipped_to.as_ref())).await?;
        // Without an environment the secrets of the first one count: Build has no others.
        let spec = project.as_ref().and_then(|p| p.spec.as_ref());
        let first = spec.and_then(|s| s.environments.first()).map(|e| e.name.clone());
        let secrets = EnvironmentSecrets::of(self, &plan.app, plan.environment.clone().or(first)).await?;
        let masker = secrets.masker()?;
        let known: Vec<Source> = sources.into_iter().chain(dockers.iter().map(Source::from)).collect();
        let builder = self.image_builder(plan, &known).await;
        let movers = self.movers(plan, &dockers, &known).await;
        let secrets: Arc<dyn SecretValues> = Arc::new(secrets);
        let several = matches!(plan.target, Some(Target::Hosts(_)));
        let world = |(docker, mover): (Docker, Result<Arc<dyn Mover>, Failure>)| {
            let server = docker.link.as_ref().map(|link| link.host().clone());
            let fence = claims.iter().find(|claim| server.as_ref().is_some_and(|host| claim.is_on(host)));
            let (host, traffic) = docker.changed_with(fence.map(|claim| &claim.fence));
            World {
                run,
                app: plan.app.clone(),
                folder: folder.clone(),
                place: place.clone(),
                server: server.filter(|_| several),
                host,
                traffic,
                builder: builder.clone(),
                mover,
                secrets: Arc::clone(&secrets),
                masker: masker.clone(),
                public: public.clone(),
                network: docker.network,
                commit: plan.work_tree.commit.clone(),
                dirty: plan.work_tree.dirty,
                version: version.clone(),
                pipeline_revision: plan.pipeline_revision.clone(),
                release: release.clone(),
                images: images.clone(),
                needed: needed.clone(),
                watch: tokio::sync::Mutex::new(Watch::default()),
            }
        };
        Ok(dockers.into_iter().zip(movers).map(world).collect())
    }

    /// What builds the plan's image, or why nothing does.
    async fn image_builder(&self, plan: &Plan, known: &[Source]) -> Result<Arc<dyn ImageBuilder>, Failure> {
        let on = plan.steps.iter().find_map(|step| match &step.action {
            Action::BuildImage { on, .. } => Some(on.as_ref()),
            _ => None,
        });
        let Some(on) = on else { return Err(not_in_the_plan()) };
        let source = self.source_for_step(on, known).await?;
        Ok(Arc::new(Buildx {
            host: Arc::clone(&source.engine) as Arc<dyn ContainerHost>,
            endpoint: source.engine.endpoint().clone(),
            scratch: self.home.scratch(),
        }))
    }

    /// What brings the plan's image to each host, or why nothing does.
    async fn movers(
        &self,
        plan: &Plan,
        dockers: &[Docker],
        known: &[Source],
    ) -> Vec<Result<Arc<dyn Mover>, Failure>> {
        let reads = Arc::default();
        join_all(dockers.iter().map(async |docker| {
            let is_there = |host: &SshHost| docker.link.as_ref().is_some_and(|link| link.host() == host);
            let from = plan.steps.iter().find_map(|step| match &step.action {
                Action::Transfer { from, .. } if step.host.as_ref().is_none_or(is_there) => {
                    Some(from.as_ref())
                }
                _ => None,
            });
            let Some(from) = from else { return Err(not_in_the_plan()) };
            let source = self.source_for_step(from, known).await?;
            Ok(Arc::new(source.mover(docker, self.home.scratch(), Arc::clone(&reads))) as Arc<dyn Mover>)
        }))
        .await
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
            Some(VersionSource::Fixed { version }) => {
                (version, "it stands in seatrial.toml".to_owned(), Vec::new())
            }
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

/// Which lease is somebody else's now. Never, when all stay ours.
async fn first_lost(claims: &[Claim]) -> usize {
    let lost = claims.iter().map(|claim| Box::pin(claim.fence.lost().cancelled()));
    select_all(lost).await.1
}

/// Where a run without an environment does what it does: where the image is built.
fn builds_on(plan: &Plan) -> Target {
    let on = plan.steps.iter().find_map(|step| match &step.action {
        Action::BuildImage { on, .. } => on.clone(),
        _ => None,
    });
    on.map_or(Target::Docker, Target::Ssh)
}

/// Nothing asks for what the plan has no step for.
fn not_in_the_plan() -> Failure {
    let message = "the plan has no step for this; this is a defect of Seatrial: please report it".to_owned();
    Failure { cause: Cause::Internal, message, hints: Vec::new(), detail: None }
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

/// Images of releases, newest first. Two releases can share one; its newest place counts.
pub(crate) fn images_of(releases: &[Release]) -> Vec<Digest> {
    let mut images: Vec<Digest> = Vec::new();
    for artifact in releases.iter().filter_map(|r| r.artifacts.first()) {
        if !images.contains(&artifact.digest) {
            images.push(artifact.digest.clone());
        }
    }
    images
}

/// Where visitors reach the environment, as the plan says.
fn public_path(plan: &Plan) -> Option<PublicPath> {
    let url = plan.summary.urls.first()?.clone();
    let address = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let domain = address.split(':').next().unwrap_or(address).to_owned();
    let asked = plan.steps.iter().find_map(|s| match &s.action {
        Action::VerifyThroughProxy { health, .. } => Some(health.path.clone()),
        Action::WatchAvailability { limits } => Some(limits.path.clone()),
        _ => None,
    });
    Some(PublicPath { domain, path: asked.unwrap_or_else(|| "/".to_owned()), url })
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
        without: request.without.iter().map(ToString::to_string).collect(),
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
