//! A release with everything that is known about it, and two releases beside each other.

use crate::App;
use crate::api::ApiError;
use crate::api::types::{
    Commit, CompareReleases, Decision, Evidence, NamedChange, Passport, PastDeployment, ReleaseComparison,
    ReleaseRef,
};
use crate::deployments;
use crate::releases::release_line;
use crate::views::line;
use seatrial_core::compare::{configuration, packages, shape};
use seatrial_core::model::{AppName, Release, RunId};
use seatrial_core::pipeline::ContainerShape;
use seatrial_core::run::{Event, EventBody, RunState};
use seatrial_engine::repo;
use seatrial_store::{Store, StoreError};
use std::cmp::Reverse;
use std::time::Duration;

/// Longest question to git.
const GIT: Duration = Duration::from_secs(10);
/// Runs whose evidence is read.
const MOST_RUNS: usize = 20;

/// What the history knows about a release.
struct Record {
    passport: Passport,
    /// The release before, for its commit.
    before: Option<Release>,
}

impl App {
    /// A release with everything that is known about it.
    pub async fn release_get(&self, params: ReleaseRef) -> Result<Passport, ApiError> {
        let release = self.release_named(&params.app, &params.release).await?;
        let commit = release.commit.clone();
        let Record { mut passport, before } = self.ask(move |store| record(store, release)).await?;
        let since = before.and_then(|before| before.commit);
        let folder = self.folder_of(&params.app).await;
        if let (Some(to), Some(from), Ok(folder)) = (commit, since, folder)
            && let Ok(commits) = repo::commits_between(&folder, Some(&from), &to, GIT).await
        {
            passport.commits = commits;
        }
        Ok(passport)
    }

    /// What is different between two releases.
    pub async fn release_compare(&self, params: CompareReleases) -> Result<ReleaseComparison, ApiError> {
        let from = self.release_named(&params.app, &params.from).await?;
        let to = self.release_named(&params.app, &params.to).await?;
        let commits = from.commit.clone().zip(to.commit.clone());
        let mut comparison = self.ask(move |store| compare(store, &from, &to)).await?;
        let folder = self.folder_of(&params.app).await;
        if let (Some((from, to)), Ok(folder)) = (commits, folder)
            && let Ok(between) = repo::between(&folder, &from, &to, GIT).await
        {
            comparison.commits = Some(between.commits);
            comparison.lost = between.lost;
            comparison.packages = Some(packages(&between.lock_files));
            comparison.files = Some(between.files);
            comparison.pipeline = between.pipeline;
        }
        Ok(comparison)
    }
}

fn record(store: &Store, release: Release) -> Result<Record, StoreError> {
    let before = store.releases(&release.app, Some(release.id), 1)?.pop();
    let built_by = store.run(release.built_by)?;
    let deployments = deployments::of_release(store, &release.app, release.id)?;
    let (evidence, decisions) = judged(store, release.built_by, &deployments)?;
    let artifact = release.artifacts.first();
    let passport = Passport {
        reference: artifact.map(|a| a.reference.clone()),
        size: artifact.and_then(|a| a.size),
        pipeline: release.pipeline_revision.clone(),
        before: before.as_ref().map(|before| before.version.clone()),
        commits: release.changes.iter().map(Commit::of_subject).collect(),
        built_by: built_by.map(line),
        deployments,
        evidence,
        decisions,
        release: release_line(release, &store.current_deployments()?),
    };
    Ok(Record { passport, before })
}

/// Evidence and decisions of the run that built it and of those that put it somewhere, newest first.
fn judged(
    store: &Store,
    built_by: RunId,
    deployments: &[PastDeployment],
) -> Result<(Vec<Evidence>, Vec<Decision>), StoreError> {
    let mut runs: Vec<RunId> = deployments.iter().map(|d| d.run).chain([built_by]).collect();
    runs.sort_unstable_by(|a, b| b.cmp(a));
    runs.dedup();
    let (mut evidence, mut decisions) = (Vec::new(), Vec::new());
    for run in runs.into_iter().take(MOST_RUNS) {
        let events = store.events(run, 1, u32::MAX)?;
        let Some(state) = RunState::fold(&events) else { continue };
        let environment = state.request.environment.clone();
        let at = state.ended_at.unwrap_or(state.created_at);
        evidence.extend(state.findings.into_iter().map(|finding| Evidence {
            run,
            environment: environment.clone(),
            at,
            finding,
        }));
        let given = events.into_iter().rev().filter_map(|event| match event.body {
            EventBody::VerdictGiven { verdict, by, reasons, note } => Some(Decision {
                run,
                environment: environment.clone(),
                at: event.at,
                verdict,
                by,
                reasons,
                note,
            }),
            _ => None,
        });
        decisions.extend(given);
    }
    decisions.sort_by_key(|decision: &Decision| Reverse(decision.at));
    Ok((evidence, decisions))
}

/// What the history knows; what git knows is added later.
fn compare(store: &Store, from: &Release, to: &Release) -> Result<ReleaseComparison, StoreError> {
    let image = |release: &Release| release.artifacts.first().map(|a| a.digest.clone());
    let size = |release: &Release| release.artifacts.first().and_then(|a| a.size);
    let live = store.current_deployments()?;
    Ok(ReleaseComparison {
        same_image: image(from).is_some() && image(from) == image(to),
        from_size: size(from),
        to_size: size(to),
        commits: None,
        lost: Vec::new(),
        files: None,
        packages: None,
        configuration: settings(store, &to.app, from, to)?,
        pipeline: None,
        from: release_line(from.clone(), &live),
        to: release_line(to.clone(), &live),
    })
}

/// Configuration each was last started with: in an environment both were in, when there is one.
fn settings(
    store: &Store,
    app: &AppName,
    from: &Release,
    to: &Release,
) -> Result<Vec<NamedChange>, StoreError> {
    let (before, after) =
        (deployments::of_release(store, app, from.id)?, deployments::of_release(store, app, to.id)?);
    let both = after.iter().find_map(|a| Some((before.iter().find(|b| b.environment == a.environment)?, a)));
    let last = before.first().zip(after.first());
    let Some((before, after)) = both.or(last) else { return Ok(Vec::new()) };
    Ok(configuration(started_with(store, before.run)?.as_ref(), started_with(store, after.run)?.as_ref()))
}

/// What a run started its container with; `None`: it started one that was kept, or none.
pub(crate) fn started_with(store: &Store, run: RunId) -> Result<Option<ContainerShape>, StoreError> {
    Ok(match store.events(run, 1, 1)?.into_iter().next() {
        Some(Event { body: EventBody::Created { plan, .. }, .. }) => shape(&plan).cloned(),
        _ => None,
    })
}
