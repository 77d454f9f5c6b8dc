//! Which containers of a target are in the slots of an environment: by name, and workers by what is written on them, too.

use crate::docker::{ContainerFacts, ContainerHost, EngineError, Instance};
use seatrial_core::model::{Slot, WorkerName};
use seatrial_core::pipeline::Place;

/// Label with the worker's name.
pub const LABEL_WORKER: &str = "dev.seatrial.worker";

/// Name of the container in a slot that visitors reach, or of one of its workers. Two dashes keep workers apart from
/// slots and jobs, since no name has two in a row and no slot is called like a job.
pub fn container_name(instance: &Instance, place: &Place, slot: Slot, worker: Option<&WorkerName>) -> String {
    let stem = place.stem();
    instance.name(&match worker {
        Some(worker) => format!("{stem}--{slot}-{worker}"),
        None => format!("{stem}-{slot}"),
    })
}

/// A worker that is there.
#[derive(Debug, Clone)]
pub struct FoundWorker {
    /// The slot it belongs to.
    pub slot: Slot,
    /// Its name.
    pub name: WorkerName,
    /// Its container.
    pub facts: ContainerFacts,
}

/// The workers of an environment, in the order of slots and names.
pub async fn workers_of(host: &dyn ContainerHost, place: &Place) -> Result<Vec<FoundWorker>, EngineError> {
    let mut found = Vec::new();
    for entry in host.our_containers().await? {
        let worker = entry.labels.get(LABEL_WORKER).and_then(|name| name.parse::<WorkerName>().ok());
        let Some(name) = worker else { continue };
        let is_in = |slot: &Slot| container_name(host.instance(), place, *slot, Some(&name)) == entry.name;
        let Some(slot) = [Slot::Blue, Slot::Green].into_iter().find(is_in) else { continue };
        // It may have gone since it was listed.
        let Some(facts) = host.container(&entry.name).await? else { continue };
        found.push(FoundWorker { slot, name, facts });
    }
    found.sort_by(|a, b| (a.slot, &a.name).cmp(&(b.slot, &b.name)));
    Ok(found)
}

/// The workers of one slot.
pub async fn workers_in(
    host: &dyn ContainerHost,
    place: &Place,
    slot: Slot,
) -> Result<Vec<FoundWorker>, EngineError> {
    let mut found = workers_of(host, place).await?;
    found.retain(|worker| worker.slot == slot);
    Ok(found)
}
