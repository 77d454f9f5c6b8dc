//! Apps and runs as shells show them, put together from the folder and the history.

use crate::App;
use crate::api::ApiError;
use crate::api::types::{AppView, Deployed, EnvironmentView, Halted, Nothing, RunLine};
use crate::project::{FILE, Project};
use crate::records::Records;
use seatrial_core::detect::facts::PipelineFile;
use seatrial_core::model::AppName;
use seatrial_core::plan::Ports;
use seatrial_core::spec::EnvironmentSpec;
use seatrial_store::{Deployment, Halt, RunRow, Store, StoreError};
use std::path::Path;

impl App {
    /// Every known app. One whose folder cannot be looked at is listed with what the history says.
    pub async fn app_list(&self, _: Nothing) -> Result<Vec<AppView>, ApiError> {
        self.supervise_now_and_then().await;
        let apps = self.ask(|store| store.apps()).await?;
        self.look_at_folders(&apps).await;
        self.look_at_commits(&apps).await;
        let records = self.records().await?;
        let ports = self.ports().await?;
        let mut views = Vec::new();
        for app in apps {
            let Some(look) = self.looks.known(Path::new(&app.folder)) else { continue };
            match &look.project {
                Ok(project) => {
                    let specs = project.spec.as_ref().map(|s| s.environments.as_slice()).unwrap_or_default();
                    let name = project.name();
                    let places = specs.iter().map(|spec| listed(&records, (&name, spec), ports)).collect();
                    views.push(self.view(project, places).await?);
                }
                Err(error) => views.push(gone(&app.name, &app.folder, error)),
            }
        }
        Ok(views)
    }

    /// An app as it is now.
    pub(crate) async fn app_view(&self, project: &Project) -> Result<AppView, ApiError> {
        let ports = self.ports().await?;
        let specs = project.spec.as_ref().map(|s| s.environments.clone()).unwrap_or_default();
        let app = project.name();
        let environments = self
            .ask(move |store| {
                let unfinished = store.unfinished_runs()?;
                let views = specs.iter().map(|spec| environment(store, (&app, spec), &unfinished, ports));
                views.collect::<Result<Vec<_>, StoreError>>()
            })
            .await?;
        self.view(project, environments).await
    }

    async fn view(&self, project: &Project, environments: Vec<EnvironmentView>) -> Result<AppView, ApiError> {
        let trust = match project.spec {
            Some(_) => Some(self.trust_view(project).await?),
            None => None,
        };
        let work_tree = project.work_tree();
        Ok(AppView {
            app: project.name(),
            folder: project.folder.to_string_lossy().into_owned(),
            file: (project.facts.pipeline_file != PipelineFile::Absent).then(|| FILE.to_owned()),
            detection: project.detection_view(),
            environments,
            trust,
            problems: project.problems.clone(),
            commit: work_tree.commit,
            dirty: work_tree.dirty,
        })
    }
}

/// An environment with what was read about all of them.
fn listed(records: &Records, (app, spec): (&AppName, &EnvironmentSpec), ports: Ports) -> EnvironmentView {
    let place = (app.clone(), spec.name.clone());
    EnvironmentView {
        name: spec.name.clone(),
        target: spec.target.clone(),
        production: spec.production,
        strategy: spec.ship.strategy,
        urls: seatrial_core::plan::urls(spec, ports),
        current: records.current.get(&place).cloned(),
        previous: records.previous.get(&place).cloned(),
        running: records.running.get(&place).copied(),
        halted: records.halted.get(&place).cloned(),
        hosts: Vec::new(),
    }
}

fn gone(app: &AppName, folder: &str, error: &ApiError) -> AppView {
    use crate::api::types::DetectionView;
    use seatrial_core::spec::{Problem, Severity};
    AppView {
        app: app.clone(),
        folder: folder.to_owned(),
        file: None,
        detection: DetectionView {
            kind: "unknown".to_owned(),
            evidence: Vec::new(),
            notes: Vec::new(),
            compose_services: Vec::new(),
            generated_dockerfile: None,
        },
        environments: Vec::new(),
        trust: None,
        problems: vec![Problem {
            severity: Severity::Error,
            file: FILE.to_owned(),
            line: 1,
            column: 1,
            message: error.message.clone(),
            hint: error.hints.first().cloned(),
        }],
        commit: None,
        dirty: false,
    }
}

/// An environment with what is recorded about it.
pub(crate) fn environment(
    store: &Store,
    (app, spec): (&AppName, &EnvironmentSpec),
    unfinished: &[RunRow],
    ports: Ports,
) -> Result<EnvironmentView, StoreError> {
    let current = store.current_deployment(app, &spec.name)?;
    let previous = store.previous_deployment(app, &spec.name)?;
    let running = unfinished.iter().find(|r| r.app == *app && r.environment.as_ref() == Some(&spec.name));
    Ok(EnvironmentView {
        name: spec.name.clone(),
        target: spec.target.clone(),
        production: spec.production,
        strategy: spec.ship.strategy,
        urls: seatrial_core::plan::urls(spec, ports),
        current: current.map(|d| deployed(store, d)).transpose()?.flatten(),
        previous: previous.map(|d| deployed(store, d)).transpose()?.flatten(),
        running: running.map(|r| r.id),
        halted: store.halt(app, &spec.name)?.map(halted),
        hosts: Vec::new(),
    })
}

pub(crate) fn halted(halt: Halt) -> Halted {
    Halted { by: halt.by, at: halt.at, run: halt.run }
}

pub(crate) fn deployed(store: &Store, deployment: Deployment) -> Result<Option<Deployed>, StoreError> {
    let Deployment { run, slot, live_at, began_at, .. } = deployment;
    let Some((release, slot)) = run.progress.release.zip(slot) else { return Ok(None) };
    let record = store.release(release)?;
    Ok(Some(Deployed {
        release,
        version: run.progress.version.clone().unwrap_or_default(),
        image: record.as_ref().and_then(|r| r.artifacts.first()).map(|a| a.digest.clone()),
        commit: record.as_ref().and_then(|r| r.commit.clone()),
        dirty: record.is_some_and(|r| r.dirty),
        run: run.id,
        slot,
        since: live_at.unwrap_or(began_at),
        proof: run.progress.proof,
        verdict: run.progress.verdict,
    }))
}

/// A run as a line of a list.
pub(crate) fn line(row: RunRow) -> RunLine {
    RunLine {
        run: row.id,
        app: row.app,
        environment: row.environment,
        kind: row.kind,
        phases: row.phases,
        status: row.progress.status,
        version: row.progress.version,
        actor: row.actor,
        trigger: row.trigger,
        created_at: row.created_at,
        ended_at: row.progress.ended_at,
        proof: row.progress.proof,
        verdict: row.progress.verdict,
        reason: row.progress.failure,
    }
}
