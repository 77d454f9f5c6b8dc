//! Removing what an environment's target holds and nothing needs any more: first shown, then exactly that.

use crate::App;
use crate::api::types::{EnvironmentRef, LeftoverKind, LeftoverLine, Leftovers, PruneParams, Pruned};
use crate::api::{ApiError, Code};
use crate::project::Project;
use crate::runs::refuse_if_held;
use crate::target::Docker;
use crate::work::images_of;
use seatrial_core::model::{AppName, Digest, EnvironmentName, Release, ReleaseId, Slot, Target};
use seatrial_core::pipeline::Place;
use seatrial_core::spec::EnvironmentSpec;
use seatrial_engine::leftovers::{Leftover, Needs, leftovers, remove};
use seatrial_engine::proxy::{Direction, ProxyError, SiteKey};
use seatrial_store::{Store, StoreError};
use std::collections::BTreeSet;

/// Releases whose images are looked for.
const MOST: u32 = 1_000;

/// What the history says has to stay.
struct Recorded {
    /// All releases of the app, newest first.
    releases: Vec<Release>,
    /// The slot that is live in the environment.
    live: Option<Slot>,
    /// Whether a person stopped it.
    halted: bool,
    /// Releases whose containers stay in the environment.
    kept: BTreeSet<ReleaseId>,
    /// Images that stay, for any environment of the app.
    needed: BTreeSet<Digest>,
}

/// What may go, with the way to it.
struct Found {
    environment: EnvironmentSpec,
    docker: Docker,
    leftovers: Vec<Leftover>,
    view: Leftovers,
}

impl App {
    /// What may go from an environment's target. Changes nothing.
    pub async fn environment_leftovers(&self, params: EnvironmentRef) -> Result<Leftovers, ApiError> {
        Ok(self.find_leftovers(&params).await?.view)
    }

    /// Removes what was shown, and nothing else.
    pub async fn environment_prune(&self, params: PruneParams) -> Result<Pruned, ApiError> {
        let asked = EnvironmentRef { app: params.app, environment: params.environment };
        let found = self.find_leftovers(&asked).await?;
        if found.view.digest != params.digest {
            let message = "something changed since it was shown; nothing was removed";
            return Err(ApiError::new(Code::PlanOutdated, message).hint("look again and decide again"));
        }
        let (mut removed, mut stayed) = (Vec::new(), Vec::new());
        for (leftover, line) in found.leftovers.iter().zip(found.view.items) {
            match remove(found.docker.engine.as_ref(), leftover).await? {
                true => removed.push(line),
                false => stayed.push(line),
            }
        }
        Ok(Pruned { environment: found.environment.name, removed, stayed })
    }

    async fn find_leftovers(&self, params: &EnvironmentRef) -> Result<Found, ApiError> {
        let project = self.project(&params.app).await?;
        let environment = self.environment(&project, params.environment.as_ref()).await?;
        if environment.target == Target::Swarm {
            let message = format!("this version of Seatrial cannot look at {} yet", environment.target);
            return Err(ApiError::new(Code::TargetUnreachable, message));
        }
        let docker = self.reach(&environment.target).await?;
        // Environments that share a target share its images: what others did in any of them counts.
        for other in project.spec()?.environments.iter().filter(|other| other.target == environment.target) {
            let place = Place { app: params.app.clone(), environment: other.name.clone() };
            refuse_if_held(self.meet_others(&docker, &place).await?.busy.as_ref())?;
        }
        self.refuse_while_running(&params.app).await?;
        let (app, name) = (params.app.clone(), environment.name.clone());
        let recorded = self.ask(move |store| Recorded::read(store, &app, &name)).await?;
        let place = Place { app: params.app.clone(), environment: environment.name.clone() };
        // What a person stopped is needed as if it were live.
        let live = docker.live(&place).await?.or(recorded.live.filter(|_| recorded.halted));
        agree(&environment.name, recorded.live, live)?;
        let images = images_of(&recorded.releases);
        let keep = keep_on(&project, &environment)?;
        let needs = Needs {
            place: &place,
            live,
            releases: &recorded.kept,
            images: &images,
            keep,
            needed: &recorded.needed,
        };
        let leftovers = leftovers(docker.engine.as_ref(), &needs).await?;
        let items: Vec<LeftoverLine> = leftovers.iter().map(|left| line(left, &recorded.releases)).collect();
        let decisive = serde_json::json!([place.stem(), environment.target, items]);
        let view = Leftovers {
            app: params.app.clone(),
            environment: environment.name.clone(),
            target: environment.target.clone(),
            keep,
            digest: Digest::of(decisive.to_string().as_bytes()),
            items,
        };
        Ok(Found { environment, docker, leftovers, view })
    }

    /// A run may be about to use what looks unneeded now, in whichever environment: images are the app's.
    async fn refuse_while_running(&self, app: &AppName) -> Result<(), ApiError> {
        let unfinished = self.ask(|store| store.unfinished_runs()).await?;
        let Some(run) = unfinished.into_iter().find(|run| run.app == *app) else { return Ok(()) };
        Err(ApiError::new(Code::Busy, format!("a run of {app} is not over; what it needs is not known yet"))
            .hint(format!("wait for it: seatrial follow {}", run.id))
            .about(run.id))
    }
}

impl Recorded {
    fn read(store: &Store, app: &AppName, name: &EnvironmentName) -> Result<Self, StoreError> {
        let current = store.current_deployment(app, name)?;
        let previous = store.previous_deployment(app, name)?;
        let kept = [current.as_ref(), previous.as_ref()];
        Ok(Self {
            releases: store.releases(app, None, MOST)?,
            live: current.as_ref().and_then(|current| current.slot),
            halted: store.halt(app, name)?.is_some(),
            kept: kept.into_iter().flatten().filter_map(|d| d.run.progress.release).collect(),
            needed: needed_images(store, app, None)?,
        })
    }
}

/// Images of what is live in each environment of an app, and of what a rollback goes back to there. In an environment that
/// is being shipped to, what is live now becomes what a rollback goes back to.
pub(crate) fn needed_images(
    store: &Store,
    app: &AppName,
    shipped_to: Option<&EnvironmentName>,
) -> Result<BTreeSet<Digest>, StoreError> {
    let mut needed = BTreeSet::new();
    for current in store.current_deployments()?.into_iter().filter(|d| d.run.app == *app) {
        let previous = match current.run.environment.as_ref().filter(|name| Some(*name) != shipped_to) {
            Some(name) => store.previous_deployment(app, name)?,
            None => None,
        };
        for release in [Some(current), previous].into_iter().flatten().filter_map(|d| d.run.progress.release)
        {
            let artifacts = store.release(release)?.map(|release| release.artifacts).unwrap_or_default();
            needed.extend(artifacts.into_iter().map(|artifact| artifact.digest));
        }
    }
    Ok(needed)
}

/// Environments that share a target share its images: the one that keeps most decides.
fn keep_on(project: &Project, environment: &EnvironmentSpec) -> Result<u32, ApiError> {
    let there = project.spec()?.environments.iter().filter(|other| other.target == environment.target);
    Ok(there.map(|other| other.ship.keep_releases).fold(environment.ship.keep_releases, u32::max))
}

/// Where history and target do not agree about what is live, nobody knows what is needed.
fn agree(name: &EnvironmentName, recorded: Option<Slot>, seen: Option<Slot>) -> Result<(), ApiError> {
    if recorded == seen {
        return Ok(());
    }
    let words = |slot: Option<Slot>| slot.map_or_else(|| "nothing".to_owned(), |slot| format!("slot {slot}"));
    let message = format!(
        "in `{name}` the history says that {} is live, and the proxy leads to {}; nothing is removed until they agree",
        words(recorded),
        words(seen)
    );
    Err(ApiError::new(Code::Refused, message).hint(format!("see what it means: seatrial drift --env {name}")))
}

fn line(leftover: &Leftover, releases: &[Release]) -> LeftoverLine {
    match leftover {
        Leftover::Container { name, version, .. } => LeftoverLine {
            kind: LeftoverKind::Container,
            name: name.clone(),
            versions: version.iter().cloned().collect(),
            size: None,
        },
        Leftover::Name { reference } => LeftoverLine {
            kind: LeftoverKind::Name,
            name: reference.clone(),
            versions: Vec::new(),
            size: None,
        },
        Leftover::Image { image, names, size } => {
            let of_image = |release: &&Release| release.artifacts.iter().any(|a| a.digest == *image);
            LeftoverLine {
                kind: LeftoverKind::Image,
                name: names.first().cloned().unwrap_or_else(|| image.to_string()),
                versions: releases.iter().filter(of_image).map(|release| release.version.clone()).collect(),
                size: Some(*size),
            }
        }
    }
}

impl Docker {
    /// The slot that visitors get, as the proxy says.
    pub(crate) async fn live(&self, place: &Place) -> Result<Option<Slot>, ApiError> {
        let key = SiteKey::parse(&place.stem())?;
        match self.traffic.direction(&key).await {
            Ok(Direction::Slot(slot)) => Ok(Some(slot)),
            Ok(Direction::Held | Direction::Absent) | Err(ProxyError::UnknownSite { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_while_history_and_proxy_do_not_agree() {
        let name = EnvironmentName::new("prod").unwrap();
        for (recorded, seen) in
            [(Some(Slot::Blue), Some(Slot::Green)), (Some(Slot::Blue), None), (None, Some(Slot::Green))]
        {
            assert_eq!(agree(&name, recorded, seen).unwrap_err().code, Code::Refused);
        }
        assert!(agree(&name, Some(Slot::Blue), Some(Slot::Blue)).is_ok() && agree(&name, None, None).is_ok());
    }
}
