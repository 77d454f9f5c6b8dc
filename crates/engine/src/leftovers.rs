//! What a target holds of an environment that nothing needs any more. What stays is decided here alone, for the last step
//! of a deployment and for whoever asks for it.
//!
//! Only containers in the environment's slots, and images of recorded releases, are ever looked at: never a volume, and
//! nothing that somebody else has a name for.

use crate::actions::{LABEL_JOB, LABEL_RELEASE, LABEL_VERSION, job_container};
use crate::docker::{
    ContainerEntry, ContainerFacts, ContainerHost, EngineError, ImageFacts, Instance, Phase,
};
use crate::slots::{container_name, workers_of};
use crate::transfer::is_left_over;
use seatrial_core::model::{AppName, Digest, ReleaseId, Slot};
use seatrial_core::pipeline::Place;
use std::collections::BTreeSet;

/// What decides what stays.
pub struct Needs<'a> {
    /// The environment.
    pub place: &'a Place,
    /// The slot that visitors get.
    pub live: Option<Slot>,
    /// Releases whose containers stay: the live one, and the one that a rollback goes back to.
    pub releases: &'a BTreeSet<ReleaseId>,
    /// Images of the app's releases, newest first.
    pub images: &'a [Digest],
    /// How many of the newest stay.
    pub keep: u32,
    /// Images that stay however old they are.
    pub needed: &'a BTreeSet<Digest>,
}

/// Something that nothing needs any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftover {
    /// A container in a slot, of one of its workers or of a job, which does not run.
    Container {
        /// Its name.
        name: String,
        /// The version in it.
        version: Option<String>,
    },
    /// A name that a transfer gave an image for its own time.
    Name {
        /// The name.
        reference: String,
    },
    /// An image of a release.
    Image {
        /// The image.
        image: Digest,
        /// Its names, all of them ours.
        names: Vec<String>,
        /// Its size in bytes. Layers that other images share are counted too.
        size: u64,
    },
}

/// Images that may go: not among the newest `keep`, and not needed.
pub fn superfluous<'a>(
    newest_first: impl IntoIterator<Item = &'a Digest>,
    keep: u32,
    needed: &BTreeSet<Digest>,
) -> Vec<&'a Digest> {
    let older = newest_first.into_iter().skip(usize::try_from(keep).unwrap_or(usize::MAX));
    older.filter(|image| !needed.contains(*image)).collect()
}

/// Images that containers were made from, ours or not; those of `except` do not count.
pub(crate) async fn in_use(
    host: &dyn ContainerHost,
    except: &[String],
) -> Result<BTreeSet<Digest>, EngineError> {
    let containers = host.containers().await?.into_iter().filter(|c| !except.contains(&c.name));
    Ok(containers.filter_map(|container| container.image.parse().ok()).collect())
}

/// Looks for everything that may go, in the order in which it can. Changes nothing.
pub async fn leftovers(host: &dyn ContainerHost, needs: &Needs<'_>) -> Result<Vec<Leftover>, EngineError> {
    let (mut found, mut going) = (Vec::new(), Vec::new());
    let workers = workers_of(host, needs.place).await?;
    for slot in [Slot::Blue, Slot::Green] {
        let name = container_name(host.instance(), needs.place, slot, None);
        let of_slot = workers.iter().filter(|worker| worker.slot == slot).map(|worker| worker.facts.clone());
        for container in host.container(&name).await?.into_iter().chain(of_slot) {
            if is_idle(host.instance(), needs, slot, &container) {
                let (name, version) = (container.name, container.labels.get(LABEL_VERSION).cloned());
                going.push(name.clone());
                found.push(Leftover::Container { name, version });
            }
        }
    }
    // Whoever ran a job takes its container away, unless nobody took its run up any more.
    for entry in host.our_containers().await?.into_iter().filter(|entry| is_ended_job(host, needs, entry)) {
        let version = entry.labels.get(LABEL_VERSION).cloned();
        going.push(entry.name.clone());
        found.push(Leftover::Container { name: entry.name, version });
    }
    let mut needed = in_use(host, &going).await?;
    needed.extend(needs.needed.iter().cloned());
    let may_go = superfluous(needs.images, needs.keep, &needed);
    let mut images = Vec::new();
    for image in needs.images {
        let Some(facts) = host.image(image.as_str()).await? else { continue };
        let (passing, names): (Vec<String>, Vec<String>) =
            facts.tags.iter().cloned().partition(|tag| is_left_over(tag, host.instance(), image));
        found.extend(passing.into_iter().map(|reference| Leftover::Name { reference }));
        if may_go.contains(&image) && is_ours(&needs.place.app, &names, &facts) {
            images.push(Leftover::Image { image: image.clone(), names, size: facts.size });
        }
    }
    found.extend(images);
    Ok(found)
}

/// Whether a slot's container is ours, does not run, and is neither what visitors get nor what a rollback starts again.
fn is_idle(instance: &Instance, needs: &Needs<'_>, slot: Slot, container: &ContainerFacts) -> bool {
    let release: Option<ReleaseId> = container.labels.get(LABEL_RELEASE).and_then(|id| id.parse().ok());
    instance.owns(&container.name, &container.labels)
        && matches!(container.phase, Phase::Created | Phase::Exited)
        && needs.live != Some(slot)
        && release.is_none_or(|release| !needs.releases.contains(&release))
}

/// Whether it is a job's of this environment, and over.
fn is_ended_job(host: &dyn ContainerHost, needs: &Needs<'_>, entry: &ContainerEntry) -> bool {
    let of_job = |job: &String| entry.name == job_container(host.instance(), needs.place, job);
    !entry.running && entry.labels.get(LABEL_JOB).is_some_and(of_job)
}

/// Whether nobody else has given the image a name. Images carry no label of ours, or their containers would: that a
/// release was recorded with exactly this digest stands for it.
fn is_ours(app: &AppName, names: &[String], facts: &ImageFacts) -> bool {
    let repository = format!("seatrial/{app}:");
    names.iter().all(|name| name.starts_with(&repository)) && facts.id.starts_with("sha256:")
}

/// Removes it. `false`: somebody has found a use for it meanwhile, and it stays.
pub async fn remove(host: &dyn ContainerHost, what: &Leftover) -> Result<bool, EngineError> {
    let removed = match what {
        Leftover::Container { name, .. } => {
            // One that was started since it was looked at is somebody's.
            if host.container(name).await?.is_some_and(|container| container.is_running()) {
                return Ok(false);
            }
            host.remove(name).await
        }
        Leftover::Name { reference } => host.remove_image(reference).await,
        Leftover::Image { image, .. } => host.remove_image(image.as_str()).await,
    };
    match removed {
        Ok(()) => Ok(true),
        Err(EngineError::ImageInUse { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::ContainerSpec;
    use crate::fake::{App, FakeTarget};
    use crate::slots::LABEL_WORKER;
    use seatrial_core::model::EnvironmentName;

    fn image(n: u8) -> Digest {
        Digest::of(&[n])
    }

    fn release(n: u8) -> ReleaseId {
        ReleaseId(uuid::Uuid::from_u128(u128::from(n)))
    }

    fn place() -> Place {
        Place { app: AppName::new("shop").unwrap(), environment: EnvironmentName::new("prod").unwrap() }
    }

    /// A target with images 9 (newest) to 1.
    fn target() -> FakeTarget {
        let target = FakeTarget::new();
        (1..=9).for_each(|n| target.add_image(image(n).as_str(), App::web("x")));
        target
    }

    async fn put(target: &FakeTarget, name: &str, n: u8, runs: bool) {
        let mut spec = ContainerSpec::new(target.instance().name(name), image(n).as_str(), "op");
        spec.labels.insert(LABEL_RELEASE.into(), release(n).to_string());
        target.create(&spec).await.unwrap();
        target.start(&spec.name).await.unwrap();
        if !runs {
            target.stop(&spec.name, std::time::Duration::ZERO).await.unwrap();
        }
    }

    /// Looks with a keep of 3, where 9 is live in blue and a rollback goes back to 2.
    async fn found(target: &FakeTarget, live: Option<Slot>) -> Vec<String> {
        let (images, place): (Vec<Digest>, _) = ((1..=9).rev().map(image).collect(), place());
        let (releases, needed) = (BTreeSet::from([release(9), release(2)]), BTreeSet::from([image(2)]));
        let needs =
            Needs { place: &place, live, releases: &releases, images: &images, keep: 3, needed: &needed };
        let all = leftovers(target, &needs).await.unwrap();
        let words = |leftover: &Leftover| match leftover {
            Leftover::Container { name, .. } => name.clone(),
            Leftover::Name { reference } => reference.clone(),
            Leftover::Image { image: digest, .. } => {
                (1..=9).find(|n| image(*n) == *digest).unwrap().to_string()
            }
        };
        all.iter().map(words).collect()
    }

    #[tokio::test]
    async fn the_newest_what_is_needed_and_what_a_container_was_made_from_stay() {
        let target = target();
        put(&target, "shop--prod-blue", 9, true).await;
        put(&target, "shop--prod-green", 2, false).await;
        put(&target, "shop--local-blue", 4, false).await;
        assert_eq!(found(&target, Some(Slot::Blue)).await, ["6", "5", "3", "1"]);
    }

    #[tokio::test]
    async fn a_stopped_slot_that_no_rollback_goes_back_to_goes_with_its_image() {
        let target = target();
        put(&target, "shop--prod-blue", 9, true).await;
        put(&target, "shop--prod-green", 5, false).await;
        put(&target, "shop--prod-eu-green", 4, false).await;
        let green = target.instance().name("shop--prod-green");
        assert_eq!(found(&target, Some(Slot::Blue)).await, [green.as_str(), "6", "5", "3", "1"]);
        for leftover in [
            Leftover::Container { name: green.clone(), version: None },
            Leftover::Image { image: image(5), names: Vec::new(), size: 0 },
        ] {
            assert!(remove(&target, &leftover).await.unwrap());
        }
        assert_eq!(found(&target, Some(Slot::Blue)).await, ["6", "3", "1"]);
    }

    #[tokio::test]
    async fn workers_go_with_their_slot() {
        let target = target();
        put(&target, "shop--prod-blue", 9, true).await;
        let name =
            |slot, n: &str| container_name(target.instance(), &place(), slot, Some(&n.parse().unwrap()));
        for (slot, worker, n, runs) in [
            (Slot::Blue, "mails", 9, true),
            (Slot::Green, "mails", 5, false),
            (Slot::Green, "kept", 2, false),
        ] {
            let mut spec = ContainerSpec::new(name(slot, worker), image(n).as_str(), "op");
            spec.labels.insert(LABEL_RELEASE.into(), release(n).to_string());
            spec.labels.insert(LABEL_WORKER.into(), worker.to_owned());
            target.create(&spec).await.unwrap();
            if runs {
                target.start(&spec.name).await.unwrap();
            }
        }
        let going = name(Slot::Green, "mails");
        assert_eq!(found(&target, Some(Slot::Blue)).await, [going.as_str(), "6", "5", "4", "3", "1"]);
    }

    #[tokio::test]
    async fn a_job_that_is_over_and_that_nobody_took_away_goes() {
        let target = target();
        put(&target, "shop--prod-blue", 9, true).await;
        for (environment, job, ends) in
            [("prod", "migrate", true), ("prod", "seed", false), ("eu", "x", true)]
        {
            let place = Place { environment: EnvironmentName::new(environment).unwrap(), ..place() };
            let name = job_container(target.instance(), &place, job);
            let mut spec = ContainerSpec::new(name, image(5).as_str(), "op");
            if ends {
                spec.labels.insert(LABEL_JOB.into(), job.to_owned());
            }
            target.create(&spec).await.unwrap();
            target.start(&spec.name).await.unwrap();
        }
        let migrate = job_container(target.instance(), &place(), "migrate");
        assert_eq!(found(&target, Some(Slot::Blue)).await, [migrate.as_str(), "6", "4", "3", "1"]);
    }

    #[tokio::test]
    async fn what_runs_what_visitors_get_and_what_is_not_ours_stays() {
        let target = target();
        put(&target, "shop--prod-blue", 6, false).await;
        put(&target, "shop--prod-green", 5, true).await;
        assert_eq!(found(&target, Some(Slot::Blue)).await, ["4", "3", "1"], "one is live, the other runs");
        let foreign = FakeTarget::new();
        foreign.add_foreign_container(&foreign.instance().name("shop--prod-green"));
        foreign.end_container(&foreign.instance().name("shop--prod-green"), 0);
        assert_eq!(found(&foreign, None).await, [] as [&str; 0], "the name alone makes nothing ours");
    }

    #[tokio::test]
    async fn what_is_used_by_the_time_it_is_removed_stays() {
        let target = target();
        put(&target, "shop--prod-green", 5, true).await;
        let name = target.instance().name("shop--prod-green");
        let container = Leftover::Container { name: name.clone(), version: None };
        assert!(!remove(&target, &container).await.unwrap());
        let used = Leftover::Image { image: image(5), names: Vec::new(), size: 0 };
        assert!(!remove(&target, &used).await.unwrap());
        assert!(target.container(&name).await.unwrap().is_some());
    }

    #[test]
    fn an_image_that_somebody_gave_a_name_of_their_own_is_not_ours() {
        let app = place().app;
        let facts = |tags: &[&str]| ImageFacts {
            id: image(1).to_string(),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            size: 0,
            architecture: String::new(),
            exposed_ports: Vec::new(),
            volumes: Vec::new(),
            labels: std::collections::BTreeMap::new(),
            user: String::new(),
            has_health_check: false,
        };
        let ours = |tags: &[&str]| is_ours(&app, &facts(tags).tags, &facts(tags));
        assert!(ours(&["seatrial/shop:1.0.0"]) && ours(&[]));
        assert!(!ours(&["seatrial/shop:1.0.0", "mine:1"]) && !ours(&["seatrial/shop-eu:1.0.0"]));
    }
}
