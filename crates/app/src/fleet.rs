//! Everything at a glance, from the history and from looks that were taken before: quick with hundreds of apps.

use crate::App;
use crate::api::ApiError;
use crate::api::types::{FleetApp, FleetCell, FleetView, Health, Nothing};
use crate::looks::Look;
use crate::place::PlaceRecord;
use crate::records::{Outline, Records, place_of};
use chrono::{DateTime, Utc};
use seatrial_core::fleet::{AppFacts, LastRun, Live, PlaceFacts, by_urgency, needs_of};
use seatrial_core::model::{AppName, EnvironmentName, Target};
use seatrial_core::plan::Ports;
use seatrial_core::spec::{EnvironmentSpec, Severity};
use seatrial_store::{Deployment, RunRow, StoreError, Topic};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// How long an answer waits for looks that are being taken; later ones are in the next answer.
const PATIENCE: Duration = Duration::from_millis(250);
/// A sighting older than this is taken again when somebody asks.
const SIGHTING_AGE_S: i64 = 60;
/// Environments that are looked at for one answer; with more of them the next answers go on.
const MOST_SIGHTED: usize = 64;
/// Folders and environments that are looked at side by side.
const AT_ONCE: usize = 4;

/// The turn to do something, which one has at a time; it ends however that ends.
pub(crate) struct Turn(Arc<AtomicBool>);

impl Turn {
    pub(crate) fn take(taken: &Arc<AtomicBool>) -> Option<Self> {
        let before = taken.swap(true, Ordering::SeqCst);
        (!before).then(|| Self(Arc::clone(taken)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl App {
    /// Every app and environment at a glance.
    pub async fn fleet_get(&self, _: Nothing) -> Result<FleetView, ApiError> {
        self.supervise_now_and_then().await;
        let apps = self.ask(|store| store.apps()).await?;
        self.look_around(&apps).await;
        let ports = self.ports().await?;
        let records = self.records().await?;
        let looks: Vec<Option<Arc<Look>>> =
            apps.iter().map(|app| self.looks.known(&PathBuf::from(&app.folder))).collect();
        let trusted = self.trusted(&apps, &looks).await?;
        let mut view = FleetView { apps: Vec::new(), running: records.going_on.clone(), needs: Vec::new() };
        for ((app, look), trusted) in apps.iter().zip(&looks).zip(trusted) {
            let app = self.fleet_app(app, look.as_deref(), trusted, (&records, ports));
            view.needs.extend(needs(&app));
            view.apps.push(app);
        }
        by_urgency(&mut view.needs);
        Ok(view)
    }

    /// Whether the content of each folder, as it was last looked at, is trusted.
    async fn trusted(
        &self,
        apps: &[seatrial_store::App],
        looks: &[Option<Arc<Look>>],
    ) -> Result<Vec<bool>, ApiError> {
        let digest = |look: &Option<Arc<Look>>| look.as_ref().and_then(|look| look.trust.clone());
        let asked: Vec<_> = apps.iter().map(|app| app.folder.clone()).zip(looks.iter().map(digest)).collect();
        self.ask(move |store| {
            // What was not looked at yet is not called untrusted either.
            let one = |(folder, digest): &(String, Option<_>)| match digest {
                Some(digest) => store.is_trusted(folder, digest),
                None => Ok(true),
            };
            asked.iter().map(one).collect::<Result<Vec<_>, StoreError>>()
        })
        .await
    }

    fn fleet_app(
        &self,
        app: &seatrial_store::App,
        look: Option<&Look>,
        trusted: bool,
        (records, ports): (&Records, Ports),
    ) -> FleetApp {
        let project = look.and_then(|look| look.project.as_ref().ok());
        let mut cells: Vec<FleetCell> = Vec::new();
        let mut add = |environment: &EnvironmentName, outline: Outline| {
            let cell = self.cell((&app.name, environment), outline, records);
            let left = cells.last().and_then(|left| left.current.as_ref());
            let other = left.filter(|left| cell.current.as_ref().is_none_or(|c| c.release != left.release));
            cells.push(FleetCell { promotable: other.map(|left| left.version.clone()), ..cell });
        };
        match project.and_then(|p| p.spec.as_ref()) {
            Some(spec) => spec.environments.iter().for_each(|e| add(&e.name, Outline::of(e, ports))),
            // What is live somewhere is shown, whatever the folder says.
            None => {
                let there = records.remembered.get(&app.name).into_iter().flatten();
                there.for_each(|(name, outline)| add(name, outline.clone()));
            }
        }
        FleetApp {
            app: app.name.clone(),
            folder: app.folder.clone(),
            kind: project.map(|p| p.detection.kind.words().to_owned()).unwrap_or_default(),
            environments: cells,
            problem: look.and_then(problem),
            untrusted: !trusted,
        }
    }

    fn cell(
        &self,
        (app, environment): (&AppName, &EnvironmentName),
        outline: Outline,
        records: &Records,
    ) -> FleetCell {
        let place = (app.clone(), environment.clone());
        let current = records.current.get(&place).cloned();
        let seen = self.sightings.of(app, environment, current.as_ref().map(|c| c.run));
        let unseen = if current.is_none() { Health::Nothing } else { Health::Unknown };
        FleetCell {
            environment: environment.clone(),
            target: outline.target,
            production: outline.production,
            strategy: outline.strategy,
            urls: outline.urls,
            previous: records.previous.get(&place).map(|previous| previous.version.clone()),
            halted: records.halted.get(&place).cloned(),
            running: records.running.get(&place).copied(),
            last: records.last.get(&place).cloned(),
            promotable: None,
            health: seen.map_or(unseen, |s| s.health),
            drift: seen.map_or(0, |s| s.drift),
            hosts: seen.and_then(|s| s.hosts),
            seen_at: seen.map(|s| s.at),
            current,
        }
    }

    /// Looks at folders that changed and at environments nobody looked at for a while, unless that is being done
    /// already. Waits for a moment only. Nobody asks, nobody looks.
    async fn look_around(&self, apps: &[seatrial_store::App]) {
        let Some(turn) = Turn::take(&self.known.looking) else { return };
        let (this, apps) = (self.clone(), apps.to_vec());
        let looking = tokio::spawn(async move {
            // What goes wrong shows as `unknown`.
            if this.look_at_folders(&apps).await {
                drop(this.ask(|store| store.touch(Topic::Apps)).await);
            }
            this.look_at_places(&apps).await;
            drop(turn);
        });
        drop(tokio::time::timeout(PATIENCE, looking).await);
    }

    /// Looks at folders that changed. Returns whether something is different that was seen before.
    pub(crate) async fn look_at_folders(&self, apps: &[seatrial_store::App]) -> bool {
        let folders: Vec<PathBuf> = apps.iter().map(|app| PathBuf::from(&app.folder)).collect();
        let looks = Arc::clone(&self.looks);
        let outdated =
            self.ask(move |_| Ok::<_, ApiError>(looks.outdated(&folders))).await.unwrap_or_default();
        let mut changed = false;
        let mut looking = JoinSet::new();
        for folder in outdated {
            if looking.len() >= AT_ONCE {
                changed |= looking.join_next().await.is_some_and(|different| different.unwrap_or(false));
            }
            let looks = Arc::clone(&self.looks);
            looking.spawn(async move { looks.glance(&folder).await });
        }
        while let Some(different) = looking.join_next().await {
            changed |= different.unwrap_or(false);
        }
        changed
    }

    /// Asks git about some folders it was not asked about for a while, unless that is being done already. Waits for a
    /// moment only; what is different is told as a change.
    pub(crate) async fn look_at_commits(&self, apps: &[seatrial_store::App]) {
        let Some(turn) = Turn::take(&self.looks.asking) else { return };
        let folders: Vec<PathBuf> = apps.iter().map(|app| PathBuf::from(&app.folder)).collect();
        let this = self.clone();
        let mut asking = tokio::spawn(async move {
            let mut changed = false;
            let mut asking = JoinSet::new();
            for folder in this.looks.unasked(&folders).into_iter().take(MOST_SIGHTED) {
                if asking.len() >= AT_ONCE {
                    changed |= asking.join_next().await.is_some_and(|different| different.unwrap_or(false));
                }
                let looks = Arc::clone(&this.looks);
                asking.spawn(async move { looks.ask_git(&folder).await });
            }
            while let Some(different) = asking.join_next().await {
                changed |= different.unwrap_or(false);
            }
            drop(turn);
            changed
        });
        if tokio::time::timeout(PATIENCE, &mut asking).await.is_err() {
            // The answer goes without; whoever follows changes hears of it.
            let this = self.clone();
            tokio::spawn(async move {
                if asking.await.unwrap_or(false) {
                    drop(this.ask(|store| store.touch(Topic::Apps)).await);
                }
            });
        }
    }

    async fn look_at_places(&self, apps: &[seatrial_store::App]) {
        let Ok(current) = self.ask(|store| store.current_deployments()).await else { return };
        let mut places = self.outdated_places(apps, current);
        // Those nobody looked at come first, then the oldest.
        places.sort_by_key(|(at, ..)| *at);
        let mut looking = JoinSet::new();
        for (_, name, declared) in places.into_iter().take(MOST_SIGHTED) {
            if looking.len() >= AT_ONCE {
                looking.join_next().await;
            }
            let this = self.clone();
            looking.spawn(async move { this.sight(name, declared).await });
        }
        while looking.join_next().await.is_some() {}
    }

    /// Environments with something live that nobody looked at for a while, with when that was.
    fn outdated_places(
        &self,
        apps: &[seatrial_store::App],
        current: Vec<Deployment>,
    ) -> Vec<(Option<DateTime<Utc>>, AppName, EnvironmentSpec)> {
        let folders: HashMap<&AppName, &str> =
            apps.iter().map(|app| (&app.name, app.folder.as_str())).collect();
        let outdated = |run: RunRow| {
            let (name, environment) = place_of(&run)?;
            let seen = self.sightings.of(&name, &environment, Some(run.id)).map(|sighting| sighting.at);
            if seen.is_some_and(|at| (Utc::now() - at).num_seconds() < SIGHTING_AGE_S) {
                return None;
            }
            let look = self.looks.known(Path::new(folders.get(&name)?))?;
            let project = look.project.as_ref().ok()?;
            let declared = project.spec.as_ref()?.environment(&environment)?;
            (declared.target == Target::Docker).then(|| (seen, name, declared.clone()))
        };
        current.into_iter().filter_map(|deployment| outdated(deployment.run)).collect()
    }

    /// Looks at one environment; how it was is remembered, whatever came of it.
    async fn sight(&self, app: AppName, mut declared: EnvironmentSpec) {
        let name = app.clone();
        let read = self
            .ask(move |store| {
                declared.env.extend(store.env_values(&name, &declared.name)?);
                let record = PlaceRecord::read(store, &name, &declared)?;
                Ok::<_, StoreError>((declared, record))
            })
            .await;
        if let Ok((declared, record)) = read {
            drop(self.look_at(&app, &declared, &record).await);
        }
    }
}

/// Why nothing can be done with an app.
fn problem(look: &Look) -> Option<String> {
    let project = match &look.project {
        Ok(project) => project,
        Err(error) => return Some(error.message.clone()),
    };
    let mut errors = project.problems.iter().filter(|p| p.severity == Severity::Error);
    let first = errors.next()?;
    let more = match errors.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(format!("{}:{}: {}{more}", first.file, first.line, first.message))
}

/// What an app needs a person for.
fn needs(app: &FleetApp) -> Vec<seatrial_core::fleet::Need> {
    let facts = AppFacts { app: &app.app, problem: app.problem.as_deref(), untrusted: app.untrusted };
    let places: Vec<PlaceFacts<'_>> = app.environments.iter().map(facts_of).collect();
    needs_of(&facts, &places)
}

fn facts_of(cell: &FleetCell) -> PlaceFacts<'_> {
    let last = cell.last.as_ref().map(|line| LastRun {
        run: line.run,
        status: line.status,
        reason: line.reason.as_deref(),
        ended_at: line.ended_at,
    });
    let live = cell.current.as_ref().map(|current| Live {
        run: current.run,
        version: &current.version,
        verdict: current.verdict,
        since: current.since,
    });
    PlaceFacts {
        environment: &cell.environment,
        running: cell.running.is_some(),
        last,
        live,
        health: cell.health,
        drift: cell.drift,
        seen_at: cell.seen_at,
    }
}
