//! A release that proved itself in one environment goes to the next, as it is.

use crate::App;
use crate::api::types::{
    CompareReleases, Deployed, PlanParams, Promotion, PromotionParams, ReleaseComparison,
};
use crate::api::{ApiError, Code};
use crate::passport::started_with;
use crate::releases::release_line;
use crate::target::leave_out;
use crate::views;
use chrono::{DateTime, Utc};
use seatrial_core::compare::{configuration, environments};
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::{AppName, EnvironmentName, Phase, Release, ReleaseId, RunId};
use seatrial_core::pipeline::Place;
use seatrial_core::plan::shape;
use seatrial_core::run::{EventBody, RunKind};
use seatrial_core::spec::{AppSpec, EnvironmentSpec};
use seatrial_store::{HistoryEntry, RunQuery, Scope, Store, StoreError};

/// Runs of an environment that are looked through for what is known about a release there.
const LOOKED_THROUGH: u32 = 1_000;
/// Runs whose verdicts are read.
const MOST_JUDGED: usize = 20;

/// What the history knows about a release in an environment.
struct Trial {
    /// Whether visitors got it there.
    was_live: bool,
    /// The decision on it that came last, with the run it is about.
    verdict: Option<(RunId, Verdict)>,
}

impl App {
    /// What promoting a release would change, and the plan that does it.
    pub async fn promotion_get(&self, params: PromotionParams) -> Result<Promotion, ApiError> {
        let project = self.project(&params.app).await?;
        // Both with the values kept here, and known to exist before their order is asked about.
        let mut to = self.environment(&project, Some(&params.to)).await?;
        leave_out(&mut to, &params.without)?;
        let from = place_before(project.spec()?, &params)?;
        let from = self.environment(&project, Some(&from)).await?;
        // Where it comes from need not answer: then what is known here counts.
        drop(self.hear_of_others(&params.app, &from).await);
        self.hear_of_others(&params.app, &to).await?;
        let release = self.promoted(&params, &from.name).await?;
        let (app, names, id) = (params.app.clone(), (from.name.clone(), to.name.clone()), release.id);
        let (trial, replaces, live) = self
            .ask(move |store| {
                let there = store.current_deployment(&app, &names.1)?;
                let replaces = there.map(|d| views::deployed(store, d)).transpose()?.flatten();
                let trial = trial(store, (&app, &names.0), id)?;
                Ok::<_, StoreError>((trial, replaces, store.current_deployments()?))
            })
            .await?;
        refuse(&release, (&from.name, &to.name), &trial, replaces.as_ref())?;
        let different = environments(&from, &to);
        let comparison = match &replaces {
            Some(replaces) => Some(self.against(&params.app, &to, replaces, &release).await?),
            None => None,
        };
        let plan = PlanParams {
            app: params.app.clone(),
            kind: RunKind::Deploy,
            environment: Some(to.name.clone()),
            phases: vec![Phase::Ship, Phase::Evaluate],
            release: Some(release.id.to_string()),
            retry_of: None,
            without: params.without.clone(),
        };
        Ok(Promotion {
            plan: self.run_plan(plan).await?,
            app: params.app,
            from: from.name,
            to: to.name,
            verdict: trial.verdict.map(|(_, verdict)| verdict),
            release: release_line(release, &live),
            replaces,
            comparison,
            configuration: different.configuration,
            infrastructure: different.infrastructure,
        })
    }

    /// Takes up what others did in an environment of a server, before anything is said about it.
    async fn hear_of_others(&self, app: &AppName, environment: &EnvironmentSpec) -> Result<(), ApiError> {
        if environment.target.hosts().is_empty() {
            return Ok(());
        }
        let dockers = self.reach_all(&environment.target).await?;
        let place = Place { app: app.clone(), environment: environment.name.clone() };
        self.meet_on_all(&dockers, &place).await.map(drop)
    }

    /// The release that is meant: the one that is named, or what is live where it comes from.
    async fn promoted(&self, params: &PromotionParams, from: &EnvironmentName) -> Result<Release, ApiError> {
        if let Some(named) = &params.release {
            return self.release_named(&params.app, named).await;
        }
        let (app, name) = (params.app.clone(), from.clone());
        let found = self.ask(move |store| {
            match store.current_deployment(&app, &name)?.and_then(|d| d.run.progress.release) {
                Some(release) => store.release(release),
                None => Ok(None),
            }
        });
        found.await?.ok_or_else(|| {
            let message =
                format!("nothing is live in `{from}`, so there is nothing to promote to `{}`", params.to);
            ApiError::new(Code::Refused, message)
                .hint(format!("ship there first: seatrial deploy --env {from}"))
        })
    }

    /// The release beside what is live where it goes to, with the configuration as it is there and as it will be.
    async fn against(
        &self,
        app: &AppName,
        to: &EnvironmentSpec,
        replaces: &Deployed,
        release: &Release,
    ) -> Result<ReleaseComparison, ApiError> {
        let (from, id) = (replaces.release.to_string(), release.id.to_string());
        let asked = CompareReleases { app: app.clone(), from, to: id };
        let mut comparison = self.release_compare(asked).await?;
        let run = replaces.run;
        let before = self.ask(move |store| started_with(store, run)).await?;
        comparison.configuration = configuration(before.as_ref(), Some(&shape(to)));
        Ok(comparison)
    }
}

/// Where a release comes from: the environment that is named, or the one before in promotion order.
fn place_before(spec: &AppSpec, params: &PromotionParams) -> Result<EnvironmentName, ApiError> {
    let app = &params.app;
    let to = &params.to;
    if spec.environments.len() < 2 {
        let message = format!("{app} has only one environment, `{to}`; promoting needs two");
        return Err(ApiError::new(Code::Usage, message)
            .hint("add another one under [env] in seatrial.toml; their order is the promotion order"));
    }
    let before = spec.environments.iter().take_while(|e| e.name != *to).last();
    match (&params.from, before) {
        (Some(from), _) if from == to => {
            Err(ApiError::new(Code::Usage, format!("a release cannot be promoted from `{to}` to `{to}`")))
        }
        (Some(from), _) => Ok(from.clone()),
        (None, Some(before)) => Ok(before.name.clone()),
        (None, None) => {
            let message = format!("`{to}` is the first environment of {app}; nothing comes before it");
            let names: Vec<&str> = spec
                .environments
                .iter()
                .map(|e| e.name.as_str())
                .filter(|name| *name != to.as_str())
                .collect();
            Err(ApiError::new(Code::Usage, message)
                .hint(format!("say where the release comes from: --from {}", names.join(" or --from "))))
        }
    }
}

fn trial(
    store: &Store,
    (app, environment): (&AppName, &EnvironmentName),
    release: ReleaseId,
) -> Result<Trial, StoreError> {
    let scope = Scope::Environment(app.clone(), environment.clone());
    let history = store.history(&RunQuery { scope, status: None, before: None, limit: LOOKED_THROUGH })?;
    let about: Vec<HistoryEntry> =
        history.into_iter().filter(|entry| entry.run.progress.release == Some(release)).collect();
    let was_live = about.iter().any(|e| e.deployment.as_ref().is_some_and(|d| d.live_at.is_some()));
    let mut last: Option<(DateTime<Utc>, RunId, Verdict)> = None;
    for entry in about.iter().filter(|entry| entry.run.progress.verdict.is_some()).take(MOST_JUDGED) {
        for event in store.events(entry.run.id, 1, u32::MAX)? {
            // A person may judge an older run after a newer one was judged: when it was said decides.
            if let EventBody::VerdictGiven { verdict, .. } = event.body
                && last.as_ref().is_none_or(|(at, ..)| *at <= event.at)
            {
                last = Some((event.at, entry.run.id, verdict));
            }
        }
    }
    Ok(Trial { was_live, verdict: last.map(|(_, run, verdict)| (run, verdict)) })
}

/// What must not be promoted: what is there already, what was never tried, and what was found not to be good.
fn refuse(
    release: &Release,
    (from, to): (&EnvironmentName, &EnvironmentName),
    trial: &Trial,
    replaces: Option<&Deployed>,
) -> Result<(), ApiError> {
    let version = &release.version;
    if replaces.is_some_and(|there| there.release == release.id) {
        let message = format!("{version} is live in `{to}` already: there is nothing to do");
        return Err(ApiError::new(Code::Refused, message).hint(format!(
            "to start it anew with the present configuration: seatrial ship --env {to} --release {version}"
        )));
    }
    if let Some((run, Verdict::NoGo)) = trial.verdict {
        let message = format!("{version} got the verdict no-go in `{from}`; it is not promoted to `{to}`");
        let overrule = format!("seatrial evaluate --verdict go --note TEXT --run {run}");
        return Err(ApiError::new(Code::Refused, message)
            .hint("promote another release, or mend it and deploy it there again")
            .hint(format!("if you know better, say so in its history first: {overrule}"))
            .about(run));
    }
    if !trial.was_live {
        let message = format!("{version} was never live in `{from}`; only what was tried there is promoted");
        return Err(ApiError::new(Code::Refused, message)
            .hint(format!("ship it there first: seatrial ship --env {from} --release {version}"))
            .hint("or say with --from where it was live"));
    }
    Ok(())
}
