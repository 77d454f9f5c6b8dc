//! A run worker's claim on an environment of a server.

use crate::App;
use crate::api::{ApiError, Code};
use crate::shared::{Asked, Claim, Shared};
use futures_util::future::join_all;
use seatrial_core::journal::Begun;
use seatrial_core::model::{RunId, SshHost, Target};
use seatrial_core::pipeline::Place;
use seatrial_core::plan::Plan;
use seatrial_core::run::{End, EventBody, RunState, Wait};
use seatrial_engine::docker::EngineError;
use seatrial_engine::shared_place::Lease;
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
    /// It is ours, on every host.
    Ours(Vec<Claim>),
    /// The run is over, and its end is recorded.
    Over,
}

/// What came of asking for the leases of all hosts.
enum AskedAll {
    /// They are ours.
    Granted(Vec<Claim>),
    /// Somebody has one.
    Held(Box<Lease>),
    /// Somebody else went on with one: the run is over.
    Overtaken(Begun),
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
        let hosts = plan.target.as_ref().map(Target::hosts).unwrap_or_default();
        let Some(environment) = plan.environment.as_ref().filter(|_| !hosts.is_empty()) else {
            return Ok(Claimed::NotShared);
        };
        let place = Place { app: plan.app.clone(), environment: environment.clone() };
        let fresh = state.steps.iter().all(|s| s.attempts == 0);
        let mut waiting = state.waiting.is_some();
        loop {
            match self.claim_all(hosts, &place, state, plan).await {
                Ok(AskedAll::Granted(claims)) => {
                    if waiting {
                        self.record(state.id, Some(held.clone()), vec![EventBody::WaitEnded]).await?;
                    }
                    return Ok(Claimed::Ours(claims));
                }
                Ok(AskedAll::Overtaken(other)) => {
                    self.end(state.id, held, taken_over(other)).await?;
                    return Ok(Claimed::Over);
                }
                Ok(AskedAll::Held(lease)) => {
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

    /// Asks for the leases of all hosts, in an order that is the same for everybody. Who does not get one keeps none:
    /// so two never wait for each other, whatever they call the hosts. That the run begins is only written down when it
    /// has all of them.
    async fn claim_all(
        &self,
        hosts: &[SshHost],
        place: &Place,
        state: &RunState,
        plan: &Plan,
    ) -> Result<AskedAll, ApiError> {
        let alone = hosts.len() == 1;
        let mut in_order: Vec<&SshHost> = hosts.iter().collect();
        in_order.sort_by_key(|host| (host.host(), host.port()));
        let mut claims: Vec<Claim> = Vec::new();
        for host in in_order {
            let asked = match Link::open(host, &self.links()).await {
                Ok(link) => self.claim(&Shared::new(host, &link, place), state, (plan, alone)).await,
                Err(error) => Err(EngineError::Link(Box::new(error)).into()),
            };
            let without = match asked {
                Ok(Asked::Granted(claim)) => {
                    claims.push(claim);
                    continue;
                }
                Ok(Asked::Held(lease)) => Ok(AskedAll::Held(lease)),
                Ok(Asked::Overtaken(other)) => Ok(AskedAll::Overtaken(other)),
                Err(error) if alone => Err(error),
                Err(error) => Err(about(host, error)),
            };
            self.hand_back(claims).await;
            return without;
        }
        if !alone && let Err(error) = self.begin_on_all(&mut claims, state, plan).await {
            self.hand_back(claims).await;
            return Err(error);
        }
        Ok(AskedAll::Granted(claims))
    }

    async fn begin_on_all(
        &self,
        claims: &mut [Claim],
        state: &RunState,
        plan: &Plan,
    ) -> Result<(), ApiError> {
        for claim in claims {
            self.begin(claim, state, plan).await?;
        }
        Ok(())
    }

    /// Gives leases back that were of no use without the others. One that cannot be given back runs out by itself.
    async fn hand_back(&self, claims: Vec<Claim>) {
        for claim in claims {
            drop(self.release(claim, Vec::new()).await);
        }
    }

    /// Gives all leases back and tells the end on every host, side by side. What could not be told is told the next time
    /// somebody of this home looks there.
    pub(crate) async fn give_all_back(&self, claims: Vec<Claim>, run: RunId) {
        join_all(claims.into_iter().map(|claim| self.give_back(claim, run))).await;
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

/// The same about one of several hosts.
fn about(host: &SshHost, error: ApiError) -> ApiError {
    ApiError { message: format!("{}: {}", host.host(), error.message), ..error }
}

fn taken_over(other: Begun) -> End {
    End::TakenOver { by: other.by, run: other.run }
}
