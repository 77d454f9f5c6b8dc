//! Acting on several hosts: each has its own engine, proxy, public path and prober.

use super::failure;
use super::world::World;
use crate::run::{Actions, Call, JournalError, Outcome, Recorder};
use async_trait::async_trait;
use seatrial_core::model::SshHost;
use seatrial_core::pipeline::Action;
use seatrial_core::run::{Fact, Failure};
use std::sync::Arc;

/// The worlds of an environment on several hosts. Steps say which of them they are for; what is for none of them (Build,
/// a person's own commands) is done with the first.
pub struct Hosts {
    first: World,
    others: Vec<World>,
}

impl Hosts {
    /// Worlds that each name their `server`, in the order of the plan.
    pub fn new(first: World, others: Vec<World>) -> Self {
        Self { first, others }
    }

    fn all(&self) -> impl Iterator<Item = &World> {
        std::iter::once(&self.first).chain(&self.others)
    }

    fn of(&self, call: &Call) -> Result<&World, Failure> {
        let Some(host) = &call.step.host else { return Ok(&self.first) };
        let found = self.all().find(|world| world.server.as_ref() == Some(host));
        found.ok_or_else(|| failure::internal(&format!("{host} is no host of this environment")))
    }
}

#[async_trait]
impl Actions for Hosts {
    async fn probe(&self, call: &Call) -> Result<Option<Vec<Fact>>, Outcome> {
        self.of(call)?.probe(call).await
    }

    async fn apply(&self, call: &Call) -> Result<(), Outcome> {
        if matches!(call.action, Action::Judge { .. }) {
            // What visitors noticed counts on every host.
            self.end_watch(&call.recorder).await?;
        }
        self.of(call)?.apply(call).await
    }

    async fn watch(&self, recorder: &Arc<Recorder>, host: Option<&SshHost>) {
        let watched = self.all().filter(|world| host.is_none() || world.server.as_ref() == host);
        futures_util::future::join_all(watched.map(|world| world.watch(recorder, host))).await;
    }

    async fn end_watch(&self, recorder: &Arc<Recorder>) -> Result<(), JournalError> {
        for world in self.all() {
            world.end_watch(recorder).await?;
        }
        Ok(())
    }
}
