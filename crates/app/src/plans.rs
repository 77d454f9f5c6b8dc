//! From what a person asks to a plan: load, observe, decide.

use crate::App;
use crate::api::types::PlanParams;
use crate::api::{ApiError, Code};
use crate::project::Project;
use crate::shared::Met;
use crate::sources::{Source, Sources};
use crate::target::{Docker, all_or_why, leave_out};
use futures_util::future::join_all;
use seatrial_core::model::{AppName, EnvironmentName, Phase, Release, RunId, SshHost, StepId, Target};
use seatrial_core::pipeline::{Action, Place};
use seatrial_core::plan::{Inputs, Observed, Plan, PlanError, Ports, Standing, plan};
use seatrial_core::run::{EventBody, RunKind, RunRequest, RunState, StepStatus};
use seatrial_core::spec::EnvironmentSpec;
use seatrial_engine::shared_place::Lease;
use seatrial_store::{Cursor, StoreError};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// Releases whose images are looked for on the target.
const LOOKED_FOR: u32 = 50;

/// A plan with what it was made from.
pub(crate) struct Prepared {
    pub(crate) plan: Plan,
    pub(crate) project: Project,
    /// The engines of the target's hosts, in order, when they were looked at.
    pub(crate) dockers: Vec<Docker>,
    /// Where images come from, as far as the plan needs it.
    pub(crate) sources: Vec<Source>,
    /// Who changes the environment on its server right now.
    pub(crate) busy: Option<Lease>,
    /// Place in the change feed that the plan takes in.
    cursor: Cursor,
}

/// The plan that was made last, for whoever starts it right away.
pub(crate) struct Planned {
    params: PlanParams,
    prepared: Prepared,
    /// When it was made: with a server far away that takes seconds.
    at: Instant,
}

/// How long a plan is as good as one made now. The run worker makes it once more in any case.
const FRESH: Duration = Duration::from_millis(250);

impl App {
    /// What would be done.
    pub async fn run_plan(&self, params: PlanParams) -> Result<Plan, ApiError> {
        let prepared = Box::pin(self.prepare(params.clone())).await?;
        let plan = prepared.plan.clone();
        let planned = Planned { params, prepared, at: Instant::now() };
        *self.planned.lock().unwrap_or_else(PoisonError::into_inner) = Some(planned);
        Ok(plan)
    }

    /// The plan for these parameters: the one made a moment ago when nothing was recorded since, else a new one.
    pub(crate) async fn plan_now(&self, params: PlanParams) -> Result<Prepared, ApiError> {
        let planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(planned) = planned.filter(|p| p.at.elapsed() < FRESH && p.params == params)
            && planned.prepared.cursor == self.ask(|store| store.cursor()).await?
        {
            return Ok(planned.prepared);
        }
        Box::pin(self.prepare(params)).await
    }

    pub(crate) async fn prepare(&self, params: PlanParams) -> Result<Prepared, ApiError> {
        let begun = self.ask(|store| store.cursor()).await?;
        // The engine is reached while the folder is looked at. Whether it has to be there is known only afterwards.
        let (project, here) = tokio::join!(self.project(&params.app), self.docker());
        let project = project?;
        let retried = self.retried(params.retry_of).await?;
        let before = retried.as_ref().map(|(state, _)| state);
        let phases = phases(&params, before);
        let (environment, without) = if phases.iter().any(|p| *p != Phase::Build) {
            let (environment, without) = self.changed_place(&project, &params, before).await?;
            (Some(environment), without)
        } else {
            (None, Vec::new())
        };
        let dockers = self.reached(environment.as_ref(), &here).await?;
        let ports = match &environment {
            Some(environment) => self.ports_on(&environment.target).await?,
            None => self.ports().await?,
        };
        let before = self.ask(|store| store.cursor()).await?;
        // Before anything is decided: others may have deployed there.
        let (met, mut on_hosts) = match &environment {
            Some(environment) => self.met_and_seen(&params.app, environment, ports, &dockers).await?,
            None => (Met::default(), Vec::new()),
        };
        // What was learnt from others just now is no reason to plan once more.
        let cursor = if before == begun { self.ask(|store| store.cursor()).await? } else { begun };
        let release = self.release_for(&params, &phases, environment.as_ref(), retried.as_ref()).await?;
        let request = RunRequest {
            kind: params.kind,
            app: params.app.clone(),
            environment: environment.as_ref().map(|e| e.name.clone()),
            phases,
            release: release.as_ref().map(|r| r.id),
            retry_of: params.retry_of,
            without,
        };
        let work_tree = project.work_tree();
        let done_before = match &retried {
            Some((state, before)) if before.work_tree == work_tree && !work_tree.dirty => done(state),
            _ => Vec::new(),
        };
        let spec = project.spec()?;
        let shipped = release.as_ref().filter(|_| request.phases.contains(&Phase::Ship));
        let sources = match environment.as_ref().zip(shipped) {
            _ if request.phases.contains(&Phase::Build) => self.builder(spec, here).await?,
            Some(shipped) => self.holders(spec, shipped, (here, &dockers), &on_hosts).await?,
            None => Sources::default(),
        };
        let several = environment.as_ref().is_some_and(|e| matches!(e.target, Target::Hosts(_)));
        let observed = if several { None } else { on_hosts.pop() };
        let (live_version, standing) = self.standing(&params.app, environment.as_ref()).await?;
        let mut plan = plan(&Inputs {
            request: &request,
            spec,
            environment: environment.as_ref(),
            observed: observed.as_ref(),
            on_hosts: &on_hosts,
            release: release.as_ref(),
            sources: &sources.seen,
            standing,
            live_version: live_version.as_deref(),
            done_before: &done_before,
            work_tree: &work_tree,
            ports,
        })
        .map_err(|error| with_silent(error, &sources))?;
        if let Some(notice) = met.notice {
            plan.summary.notices.push(notice);
        }
        Ok(Prepared { plan, project, dockers, sources: sources.known, busy: met.busy, cursor })
    }

    /// The run that is gone on from, and its plan.
    async fn retried(&self, run: Option<RunId>) -> Result<Option<(RunState, Plan)>, ApiError> {
        match run {
            Some(run) => Ok(Some((self.state(run).await?, self.created(run).await?))),
            None => Ok(None),
        }
    }

    /// What others did in an environment, and what is there.
    async fn met_and_seen(
        &self,
        app: &AppName,
        environment: &EnvironmentSpec,
        ports: Ports,
        dockers: &[Docker],
    ) -> Result<(Met, Vec<Observed>), ApiError> {
        let place = Place { app: app.clone(), environment: environment.name.clone() };
        tokio::try_join!(self.meet_on_all(dockers, &place), observe_all(&place, environment, ports, dockers))
    }

    /// The engines of an environment. One elsewhere needs none here.
    async fn reached(
        &self,
        environment: Option<&EnvironmentSpec>,
        here: &Result<Docker, ApiError>,
    ) -> Result<Vec<Docker>, ApiError> {
        match environment.map(|environment| &environment.target) {
            Some(Target::Docker) => Ok(vec![here.clone()?]),
            Some(target @ (Target::Ssh(_) | Target::Hosts(_))) => self.reach_all(target).await,
            Some(Target::Swarm) | None => Ok(Vec::new()),
        }
    }

    /// The environment that changes, on the hosts that change, and those that are left out. Going on from a run leaves
    /// out what it did, unless something else is said.
    async fn changed_place(
        &self,
        project: &Project,
        params: &PlanParams,
        retried: Option<&RunState>,
    ) -> Result<(EnvironmentSpec, Vec<SshHost>), ApiError> {
        let mut environment = self.environment(project, params.environment.as_ref()).await?;
        let before = retried.map(|state| state.request.without.iter().map(ToString::to_string));
        let named = match before {
            Some(before) if params.without.is_empty() => before.collect(),
            _ => params.without.clone(),
        };
        let without = leave_out(&mut environment, &named)?;
        Ok((environment, without))
    }

    /// The environment with the values kept here in place of the file's.
    pub(crate) async fn environment(
        &self,
        project: &Project,
        name: Option<&EnvironmentName>,
    ) -> Result<EnvironmentSpec, ApiError> {
        let spec = project.spec()?;
        let found = match name {
            Some(name) => spec.environment(name),
            None => spec.environments.first(),
        };
        let mut environment = found.cloned().ok_or_else(|| unknown(spec, name))?;
        let (app, name) = (spec.app.clone(), environment.name.clone());
        let (values, secrets) = self
            .ask(move |store| {
                Ok::<_, StoreError>((store.env_values(&app, &name)?, store.secrets(&app, &name)?))
            })
            .await?;
        environment.env.extend(values);
        for declared in &mut environment.secrets {
            declared.version = secrets.iter().find(|s| s.key.name == declared.name).map(|s| s.version);
        }
        Ok(environment)
    }

    async fn release_for(
        &self,
        params: &PlanParams,
        phases: &[Phase],
        environment: Option<&EnvironmentSpec>,
        retried: Option<&(RunState, Plan)>,
    ) -> Result<Option<Release>, ApiError> {
        let Some(environment) = environment else { return Ok(None) };
        if phases.contains(&Phase::Build) {
            return Ok(None);
        }
        if let Some(named) = &params.release {
            return self.release_named(&params.app, named).await.map(Some);
        }
        if let Some(release) = retried.and_then(|(state, _)| state.release.clone()) {
            return Ok(Some(release));
        }
        let (app, name) = (params.app.clone(), environment.name.clone());
        let (kind, ships) = (params.kind, phases.contains(&Phase::Ship));
        self.ask(move |store| {
            let deployment = match (kind, ships) {
                (RunKind::Rollback, _) => store.previous_deployment(&app, &name)?,
                (RunKind::Deploy, true) => return Ok(store.releases(&app, None, 1)?.into_iter().next()),
                // What is there: evaluated, restarted, stopped or started again.
                _ => store.current_deployment(&app, &name)?,
            };
            match deployment.and_then(|d| d.run.progress.release) {
                Some(release) => store.release(release),
                None => Ok(None),
            }
        })
        .await
    }

    pub(crate) async fn known_releases(&self, app: &AppName) -> Result<Vec<Release>, ApiError> {
        let app = app.clone();
        self.ask(move |store| store.releases(&app, None, LOOKED_FOR)).await
    }

    /// What the history says is there: the version, and how it stands.
    async fn standing(
        &self,
        app: &AppName,
        environment: Option<&EnvironmentSpec>,
    ) -> Result<(Option<String>, Option<Standing>), ApiError> {
        let Some(environment) = environment else { return Ok((None, None)) };
        let (app, name) = (app.clone(), environment.name.clone());
        self.ask(move |store| {
            let Some(current) = store.current_deployment(&app, &name)? else { return Ok((None, None)) };
            let halted = store.halt(&app, &name)?.is_some();
            let release = current.run.progress.release;
            let standing = current.slot.map(|slot| Standing { slot, release, halted });
            Ok::<_, StoreError>((current.run.progress.version, standing))
        })
        .await
    }

    /// The plan a run was created with.
    pub(crate) async fn created(&self, run: RunId) -> Result<Plan, ApiError> {
        let events = self.ask(move |store| store.events(run, 1, 1)).await?;
        match events.into_iter().next().map(|e| e.body) {
            Some(EventBody::Created { plan, .. }) => Ok(*plan),
            _ => Err(ApiError::new(Code::NotFound, format!("there is no run {run}"))),
        }
    }
}

/// Looks at every host of an environment, side by side.
async fn observe_all(
    place: &Place,
    environment: &EnvironmentSpec,
    ports: Ports,
    dockers: &[Docker],
) -> Result<Vec<Observed>, ApiError> {
    let seen = join_all(dockers.iter().map(|docker| docker.observe(place, environment, ports))).await;
    match &environment.target {
        Target::Hosts(hosts) => all_or_why(hosts.as_slice(), seen),
        _ => seen.into_iter().collect(),
    }
}

/// What was found nowhere may be where nobody could be asked.
fn with_silent(error: PlanError, sources: &Sources) -> ApiError {
    let silent = match error {
        PlanError::ImageGone { .. } => sources.silent.as_slice(),
        _ => &[],
    };
    silent.iter().fold(error.into(), |error: ApiError, (who, why)| {
        error.hint(format!("{who} could not be asked for it: {}", why.message))
    })
}

/// The phases that are asked for. Going on from a run that recorded its release does not build it again.
fn phases(params: &PlanParams, retried: Option<&RunState>) -> Vec<Phase> {
    if !params.kind.ships() {
        return vec![Phase::Ship];
    }
    let mut phases = match (&params.phases[..], retried, params.kind) {
        ([], Some(state), _) => state.request.phases.clone(),
        ([], None, RunKind::Rollback) => vec![Phase::Ship, Phase::Evaluate],
        ([], None, RunKind::Deploy) if params.release.is_some() => vec![Phase::Ship, Phase::Evaluate],
        ([], None, _) => Phase::ALL.to_vec(),
        (named, _, _) => named.to_vec(),
    };
    if retried.is_some_and(|state| state.release.is_some()) {
        phases.retain(|p| *p != Phase::Build);
    }
    phases.sort();
    phases.dedup();
    phases
}

/// Commands of Build that succeeded. Version, image and record belong together and are cheap to do again.
fn done(state: &RunState) -> Vec<StepId> {
    let commands = state.steps.iter().filter(|s| {
        s.step.phase == Phase::Build
            && matches!(s.step.action, Action::Run { .. })
            && s.status == StepStatus::Succeeded
    });
    commands.map(|s| s.step.id.clone()).collect()
}

fn unknown(spec: &seatrial_core::spec::AppSpec, name: Option<&EnvironmentName>) -> ApiError {
    let names: Vec<_> = spec.environments.iter().map(|e| e.name.to_string()).collect();
    let asked = name.map_or_else(|| "any".to_owned(), |n| format!("`{n}`"));
    ApiError::new(Code::NotFound, format!("{} has no environment {asked}", spec.app))
        .hint(format!("it has: {}", names.join(", ")))
}
