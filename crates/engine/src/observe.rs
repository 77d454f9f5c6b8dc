//! Looking at a target: what is there for one environment, as plain data for the planner.

use crate::actions::{LABEL_RELEASE, LABEL_SHAPE, LABEL_VERSION};
use crate::docker::{ContainerFacts, ContainerHost, EngineError, Phase};
use crate::proxy::{Certificate, Direction, ProxyError, Site, SiteKey, TrafficDriver};
use crate::slots::{container_name, workers_of};
use seatrial_core::model::{Digest, Slot};
use seatrial_core::pipeline::Place;
use seatrial_core::plan::{EngineFacts, Observed, ProxyFacts, SlotFacts, SlotState, WorkerFacts};
use std::collections::BTreeMap;

/// What is looked at.
pub struct Look<'a> {
    /// The engine.
    pub host: &'a dyn ContainerHost,
    /// The proxy.
    pub traffic: &'a dyn TrafficDriver,
    /// The environment.
    pub place: &'a Place,
    /// The proxy's ports, HTTP and HTTPS.
    pub ports: (u16, u16),
}

/// Why a target could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The proxy.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
}

/// Looks, and changes nothing. Everything is asked at the same time: on a server what counts is the way there and back.
pub async fn observe(look: Look<'_>) -> Result<Observed, ObserveError> {
    let key = SiteKey::parse(&look.place.stem())?;
    let (facts, workers, blue, green, proxy, direction, images) = tokio::try_join!(
        async { Ok(look.host.facts().await?) },
        async { Ok(workers_of(look.host, look.place).await?) },
        container_in(&look, Slot::Blue),
        container_in(&look, Slot::Green),
        proxy_facts(&look, &key),
        direction(&look, &key),
        async { Ok(look.host.image_ids().await?) },
    )?;
    let mut slots = BTreeMap::new();
    for (slot, container) in [(Slot::Blue, blue), (Slot::Green, green)] {
        let Some(container) = container else { continue };
        let of_slot = workers.iter().filter(|worker| worker.slot == slot);
        let workers = of_slot.map(|worker| (worker.name.clone(), worker_facts(&worker.facts))).collect();
        slots.insert(slot, SlotFacts { workers, ..slot_facts(&container) });
    }
    // A slot that is gone cannot be live, whatever the proxy was told last.
    let live = direction.filter(|slot| slots.contains_key(slot));
    Ok(Observed {
        engine: EngineFacts {
            version: facts.version,
            architecture: facts.architecture,
            disk_free: facts.disk.map(|d| d.free),
        },
        proxy,
        slots,
        live,
        // Whoever plans asks for the ports it wants.
        ports_taken: Vec::new(),
        images: images.into_iter().collect(),
    })
}

async fn container_in(look: &Look<'_>, slot: Slot) -> Result<Option<ContainerFacts>, ObserveError> {
    Ok(look.host.container(&container_name(look.host.instance(), look.place, slot, None)).await?)
}

/// Where the proxy was told to direct traffic to.
async fn direction(look: &Look<'_>, key: &SiteKey) -> Result<Option<Slot>, ObserveError> {
    match look.traffic.direction(key).await {
        Ok(Direction::Slot(slot)) => Ok(Some(slot)),
        Ok(Direction::Held | Direction::Absent) | Err(ProxyError::UnknownSite { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Those of these images that an engine has, in their order. One question, however many there are.
pub async fn which_are_there(
    host: &dyn ContainerHost,
    images: &[Digest],
) -> Result<Vec<Digest>, EngineError> {
    if images.is_empty() {
        return Ok(Vec::new());
    }
    let there = host.image_ids().await?;
    Ok(images.iter().filter(|image| there.contains(image)).cloned().collect())
}

/// How a container is, in the planner's words.
pub fn state(container: &ContainerFacts) -> SlotState {
    match container.phase {
        Phase::Running => SlotState::Running,
        Phase::Exited => SlotState::Stopped,
        _ => SlotState::Other,
    }
}

fn worker_facts(container: &ContainerFacts) -> WorkerFacts {
    WorkerFacts { state: state(container), shape: container.labels.get(LABEL_SHAPE).cloned() }
}

fn slot_facts(container: &ContainerFacts) -> SlotFacts {
    SlotFacts {
        state: state(container),
        container: container.id.clone(),
        image: container.image_id.parse().unwrap_or_else(|_| Digest::of(container.image_id.as_bytes())),
        release: container.labels.get(LABEL_RELEASE).and_then(|id| id.parse().ok()),
        version: container.labels.get(LABEL_VERSION).cloned(),
        shape: container.labels.get(LABEL_SHAPE).cloned(),
        workers: BTreeMap::new(),
    }
}

async fn proxy_facts(look: &Look<'_>, key: &SiteKey) -> Result<Option<ProxyFacts>, ObserveError> {
    let name = look.host.instance().name("proxy");
    let (container, sites) = tokio::join!(look.host.container(&name), look.traffic.sites());
    let Some(container) = container? else { return Ok(None) };
    let sites = sites?;
    let words = |site: &Site| site.domains.iter().map(|d| d.as_str().to_owned()).collect::<Vec<_>>();
    let domains = sites.iter().find(|s| s.key == *key).map(words).unwrap_or_default();
    let own = sites.iter().find(|s| s.key == *key);
    // A name that still waits for its certificate is not served as declared.
    let settled = |s: &&Site| s.public_names().is_empty() || s.redirect;
    let https = own.filter(settled).is_some_and(|s| s.certificate != Some(Certificate::None));
    let acme = own.and_then(|s| s.acme.clone());
    let foreign = sites.iter().filter(|s| s.key != *key);
    let foreign_domains =
        foreign.flat_map(|s| words(s).into_iter().map(|d| (d, s.key.as_str().to_owned()))).collect();
    let (http_port, https_port) = look.ports;
    Ok(Some(ProxyFacts {
        running: container.is_running(),
        http_port,
        https_port,
        domains,
        https,
        acme,
        foreign_domains,
    }))
}
