//! What an environment's slots use. Whoever looks again soon gets the processor time since the look before.

use crate::App;
use crate::api::types::{PlaceUsage, SlotUsage, UsageParams, Used};
use crate::api::{ApiError, Code};
use crate::target::{Docker, one_server};
use chrono::Utc;
use seatrial_core::model::{Slot, Target, WorkerName};
use seatrial_core::pipeline::Place;
use seatrial_engine::actions::LABEL_VERSION;
use seatrial_engine::docker::{ContainerFacts, ContainerHost, UsageFacts};
use seatrial_engine::slots::{container_name, workers_of};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Longest look.
const LOOK: Duration = Duration::from_secs(8);
/// Time between two looks when there was none before.
const BETWEEN: Duration = Duration::from_millis(500);
/// An older look says nothing about now, in seconds.
const FRESH_S: i64 = 30;

/// The last look at each container, by its id.
#[derive(Default)]
pub(crate) struct Usages(Mutex<HashMap<String, UsageFacts>>);

impl Usages {
    /// Keeps a look, and gives the one before. Old ones go.
    fn exchange(&self, container: &str, now: &UsageFacts) -> Option<UsageFacts> {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |look: &UsageFacts| (now.at - look.at).num_seconds().abs() < FRESH_S;
        looks.retain(|_, look| fresh(look));
        looks.insert(container.to_owned(), now.clone())
    }
}

impl App {
    /// What an environment's slots use.
    pub async fn environment_usage(&self, params: UsageParams) -> Result<PlaceUsage, ApiError> {
        let project = self.project(&params.app).await?;
        let declared = self.environment(&project, params.environment.as_ref()).await?;
        if declared.target == Target::Swarm {
            let message = format!("this version of Seatrial cannot look at {} yet", declared.target);
            return Err(ApiError::new(Code::TargetUnreachable, message));
        }
        let target = one_server(&declared.target, params.server.as_deref())?;
        let place = Place { app: params.app, environment: declared.name.clone() };
        let look = async {
            let docker = self.reach(&target).await?;
            let workers = workers_of(docker.engine.as_ref(), &place).await?;
            let mut slots = Vec::new();
            for slot in [Slot::Blue, Slot::Green] {
                let name = container_name(docker.engine.instance(), &place, slot, None);
                let facts = docker.engine.container(&name).await?;
                let ours = |facts: &ContainerFacts| docker.engine.instance().owns(&facts.name, &facts.labels);
                if let Some(facts) = facts.filter(ours) {
                    slots.push(docker.used_by(slot, None, &facts, &self.usages).await?);
                }
                for worker in workers.iter().filter(|worker| worker.slot == slot) {
                    let name = Some(worker.name.clone());
                    slots.push(docker.used_by(slot, name, &worker.facts, &self.usages).await?);
                }
            }
            Ok::<_, ApiError>(slots)
        };
        let slots = match tokio::time::timeout(LOOK, look).await {
            Ok(slots) => slots?,
            Err(_) => {
                let message = format!("{target} did not answer within {} s", LOOK.as_secs());
                return Err(ApiError::new(Code::TargetUnreachable, message));
            }
        };
        let server = target.hosts().first().cloned();
        Ok(PlaceUsage { environment: declared.name, server, at: Utc::now(), slots })
    }
}

impl Docker {
    async fn used_by(
        &self,
        slot: Slot,
        worker: Option<WorkerName>,
        facts: &ContainerFacts,
        usages: &Usages,
    ) -> Result<SlotUsage, ApiError> {
        let used = match facts.is_running() {
            true => self.used(facts, usages).await?,
            false => None,
        };
        let image = self.engine.image(&facts.image_id).await?;
        Ok(SlotUsage {
            slot,
            worker,
            version: facts.labels.get(LABEL_VERSION).cloned(),
            started_at: facts.started_at,
            restarts: u64::from(facts.restarts),
            used,
            image_bytes: image.map(|image| image.size),
        })
    }

    async fn used(&self, facts: &ContainerFacts, usages: &Usages) -> Result<Option<Used>, ApiError> {
        let Some(mut now) = self.engine.usage(&facts.name).await? else { return Ok(None) };
        let mut before = usages.exchange(&facts.id, &now);
        if before.is_none() {
            tokio::time::sleep(BETWEEN).await;
            let Some(again) = self.engine.usage(&facts.name).await? else { return Ok(None) };
            before = usages.exchange(&facts.id, &again);
            now = again;
        }
        Ok(Some(Used {
            cpu_percent: before.and_then(|before| now.cpu_percent_since(&before)),
            memory: now.memory,
            memory_limit: now.memory_limit,
            received: now.received,
            sent: now.sent,
            tasks: now.tasks,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn a_look_is_compared_with_the_one_before_unless_that_is_old() {
        let at = |seconds| UsageFacts {
            at: DateTime::from_timestamp(seconds, 0).unwrap(),
            cpu_ns: 1,
            memory: 0,
            memory_limit: None,
            received: 0,
            sent: 0,
            tasks: None,
        };
        let usages = Usages::default();
        assert_eq!(usages.exchange("c1", &at(100)), None);
        assert_eq!(usages.exchange("c1", &at(102)), Some(at(100)));
        assert_eq!(usages.exchange("c2", &at(200)), None, "another container");
        assert_eq!(usages.exchange("c1", &at(201)), None, "too long ago");
    }
}
