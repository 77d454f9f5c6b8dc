//! Looking at a target: what is there for one environment, as plain data for the planner.

use crate::actions::{LABEL_RELEASE, LABEL_SHAPE, LABEL_VERSION};
use crate::docker::{ContainerFacts, ContainerHost, EngineError, Phase};
use crate::proxy::{Certificate, Direction, ProxyError, Site, SiteKey, TrafficDriver};
use seatrial_core::model::{Digest, Slot};
use seatrial_core::pipeline::Place;
use seatrial_core::plan::{EngineFacts, Observed, PortUse, ProxyFacts, SlotFacts, SlotState};
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
    /// Images that are looked for.
    pub images: &'a [Digest],
    /// Images that could be brought from the engine that builds.
    pub images_here: Vec<Digest>,
    /// Ports that something else uses.
    pub ports_taken: Vec<PortUse>,
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

/// Looks, and changes nothing.
pub async fn observe(look: Look<'_>) -> Result<Observed, ObserveError> {
    let facts = look.host.facts().await?;
    let key = SiteKey::parse(&look.place.stem())?;
    let mut slots = BTreeMap::new();
    for slot in [Slot::Blue, Slot::Green] {
        let name = look.host.instance().name(&format!("{}-{slot}", look.place.stem()));
        if let Some(container) = look.host.container(&name).await? {
            slots.insert(slot, slot_facts(&container));
        }
    }
    let proxy = proxy_facts(&look, &key).await?;
    let live = match look.traffic.direction(&key).await {
        Ok(Direction::Slot(slot)) => Some(slot),
        Ok(Direction::Held | Direction::Absent) | Err(ProxyError::UnknownSite { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let mut images = Vec::new();
    for image in look.images {
        if look.host.image(image.as_str()).await?.is_some() {
            images.push(image.clone());
        }
    }
    // A slot that is gone cannot be live, whatever the proxy was told last.
    let live = live.filter(|slot| slots.contains_key(slot));
    Ok(Observed {
        engine: EngineFacts {
            version: facts.version,
            architecture: facts.architecture,
            disk_free: facts.disk.map(|d| d.free),
        },
        proxy,
        slots,
        live,
        ports_taken: look.ports_taken,
        images,
        images_here: look.images_here,
    })
}

fn slot_facts(container: &ContainerFacts) -> SlotFacts {
    SlotFacts {
        state: match container.phase {
            Phase::Running => SlotState::Running,
            Phase::Exited => SlotState::Stopped,
            _ => SlotState::Other,
        },
        container: container.id.clone(),
        image: container.image_id.parse().unwrap_or_else(|_| Digest::of(container.image_id.as_bytes())),
        release: container.labels.get(LABEL_RELEASE).and_then(|id| id.parse().ok()),
        version: container.labels.get(LABEL_VERSION).cloned(),
        shape: container.labels.get(LABEL_SHAPE).cloned(),
    }
}

async fn proxy_facts(look: &Look<'_>, key: &SiteKey) -> Result<Option<ProxyFacts>, ObserveError> {
    let Some(container) = look.host.container(&look.host.instance().name("proxy")).await? else {
        return Ok(None);
    };
    let sites = look.traffic.sites().await?;
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
