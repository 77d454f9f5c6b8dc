//! A run worker's claim on an environment of a server.

use crate::App;
use crate::api::{ApiError, Code};
use crate::shared::{Asked, Claim, Shared};
use seatrial_core::journal::Begun;
use seatrial_core::model::{RunId, Target};
use seatrial_core::pipeline::Place;
use seatrial_core::plan::Plan;
use seatrial_core::run::{End, EventBody, RunState, Wait};
use seatrial_engine::docker::EngineError;
use seatrial_engine::ssh::Link;
use seatrial_store::Held;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a waiting worker asks a server again.
const ASK_AGAIN: Duration = Duration::from_secs(2);

/// What came of asking for an environment's lease.
pub(crate) enum Claimed {
    /// It is on this machine: the lease in the home's own journal is enough.
    NotShared,
    /// It is ours.
    Ours(Box<Claim>),
    /// The run is over, and its end is recorded.
    Over,
}

impl App {
    /// Waits until nobody else changes the run's environment on its server.
    pub(crate) async fn claim_place(
        &self,
        state: &RunState,
        plan: &Plan,
        held: &Held,
        cancel: &CancellationToken,
    ) -> Result<Claimed, ApiError> {
        let (Some(Target::Ssh(host)), Some(environment)) = (&plan.target, &plan.environment) else {
            return Ok(Claimed::NotShared);
        };
        let place = Place { app: plan.app.clone(), environment: environment.clone() };
        let fresh = state.steps.iter().all(|s| s.attempts == 0);
        let mut waiting = state.waiting.is_some();
        loop {
            let asked = match Link::open(host, &self.links()).await {
                Ok(link) => self.claim(&Shared::new(host, &link, &place), state, plan).await,
                Err(error) => Err(EngineError::Link(Box::new(error)).into()),
            };
            match asked {
                Ok(Asked::Granted(claim)) => {
                    if waiting {
                        self.record(state.id, Some(held.clone()), vec![EventBody::WaitEnded]).await?;
                    }
                    return Ok(Claimed::Ours(Box::new(claim)));
                }
                Ok(Asked::Overtaken(other)) => {
                    self.end(state.id, held, taken_over(other)).await?;
                    return Ok(Claimed::Over);
                }
                Ok(Asked::Held(lease)) => {
                    if !waiting {
                        waiting = true;
                        let (run, actor) = (lease.holder.run, lease.holder.actor.clone());
                        let wait = EventBody::WaitStarted { wait: Wait::Lease { run, actor } };
                        self.record(state.id, Some(held.clone()), vec![wait]).await?;
                    }
                }
                // Nothing was begun: there is nothing to take back.
                Err(error) if fresh => {
                    self.end(state.id, held, End::FailedClean { reason: error.message }).await?;
                    return Ok(Claimed::Over);
                }
                Err(error) => return Err(error),
            }
            tokio::select! {
                () = tokio::time::sleep(ASK_AGAIN) => {}
                () = cancel.cancelled() => {
                    self.end(state.id, held, End::Cancelled).await?;
                    return Ok(Claimed::Over);
                }
            }
        }
    }

    /// The lease was lost in the middle of the run: whoever has it now decides, and this run says so.
    pub(crate) async fn stand_aside(&self, run: RunId, claim: &Claim, held: &Held) -> Result<(), ApiError> {
        self.catch_up(&claim.shared).await?;
        match self.overtaker(&claim.shared, run).await? {
            Some(other) => self.end(run, held, taken_over(other)).await,
            None => Err(ApiError::new(Code::Busy, "the lease of the environment was lost").about(run)),
        }
    }
}

fn taken_over(other: Begun) -> End {
    End::TakenOver { by: other.by, run: other.run }
}
