//! What each kind of step does on a Docker target, and how it is recognised as done.

mod build;
mod evaluate;
mod failure;
mod hosts;
mod image;
mod job;
mod output;
mod ship;
mod tidy;
mod traffic;
mod transfer;
mod watch;
mod workers;
mod world;

pub(crate) use failure::chain;
pub use hosts::Hosts;
pub use image::Buildx;
pub use job::LABEL_JOB;
pub(crate) use job::job_container;
pub use ship::{LABEL_RELEASE, LABEL_SHAPE, LABEL_VERSION};
pub use world::{BuildOrder, ImageBuilder, PublicPath, SecretValues, VersionDecision, Watch, World};

use crate::run::{Actions, Call, JournalError, Outcome, Recorder};
use async_trait::async_trait;
use seatrial_core::model::SshHost;
use seatrial_core::pipeline::Action;
use seatrial_core::run::Fact;
use std::sync::Arc;
use std::time::Duration;

#[async_trait]
impl Actions for World {
    async fn probe(&self, call: &Call) -> Result<Option<Vec<Fact>>, Outcome> {
        match &call.action {
            Action::DecideVersion { .. } | Action::RecordRelease => Ok(build::done(call)),
            Action::BuildImage { .. } => build::image_is_there(self, call).await,
            Action::EnsureRoute { route } => ship::route_is_there(self, route).await,
            Action::ClearSlot { slot, .. } => ship::slot_is_clear(self, *slot).await,
            Action::StopSlot { slot, .. } => ship::slot_is_stopped(self, *slot).await,
            Action::RunJob { job, .. } => Ok(job::has_ended(call, job)),
            Action::StopWorkers { slot, .. } => workers::are_stopped(self, *slot).await,
            Action::SwitchTraffic { to } => traffic::is_switched(self, call, *to).await,
            // The others are looks at the world themselves, or are safe to do again.
            _ => Ok(None),
        }
    }

    async fn apply(&self, call: &Call) -> Result<(), Outcome> {
        // A container's last words may hold a secret; a failure is kept for ever.
        self.act(call).await.map_err(|outcome| match outcome {
            Outcome::Failed(failure) => Outcome::Failed(failure::masked(failure, &self.masker)),
            other => other,
        })
    }

    async fn watch(&self, recorder: &Arc<Recorder>, _: Option<&SshHost>) {
        watch::begin(self, recorder).await;
    }

    async fn end_watch(&self, recorder: &Arc<Recorder>) -> Result<(), JournalError> {
        watch::end(self, recorder).await
    }
}

impl World {
    async fn act(&self, call: &Call) -> Result<(), Outcome> {
        match &call.action {
            Action::Run { command, folder, env, secrets } => {
                build::run(self, call, &build::Command { command, folder, env, secrets }).await
            }
            Action::DecideVersion { .. } => build::decide_version(self, call).await,
            Action::BuildImage { build, .. } => build::image(self, call, build).await,
            Action::RecordRelease => build::record_release(self, call).await,
            Action::Preflight { secrets, disk, ports } => {
                ship::preflight(self, call, secrets, *disk, ports).await
            }
            Action::EnsureProxy { .. } => ship::proxy(self).await,
            Action::EnsureRoute { route } => ship::route(self, call, route).await,
            Action::Transfer { artifact, .. } => transfer::bring(self, call, artifact).await,
            Action::RunJob { job, artifact, shape, limit_ms } => {
                let limit = Duration::from_millis(*limit_ms);
                job::run(self, call, &job::Order { job, artifact, shape, limit }).await
            }
            Action::AwaitHealthy { slot, health } => ship::await_healthy(self, call, *slot, health).await,
            Action::VerifyThroughProxy { slot, health } => traffic::verify(self, call, *slot, health).await,
            Action::HoldTraffic { drain_ms } => traffic::hold(self, call, *drain_ms).await,
            Action::SwitchTraffic { to } => traffic::switch(self, call, *to).await,
            Action::Drain { slot, limit_ms } => traffic::drain(self, call, *slot, *limit_ms).await,
            Action::ClearSlot { .. }
            | Action::Launch { .. }
            | Action::LaunchWorkers { .. }
            | Action::StartWorkers { .. }
            | Action::StartSlot { .. }
            | Action::StopSlot { .. }
            | Action::StopWorkers { .. } => self.fill_or_empty(call).await,
            Action::Tidy { keep } => tidy::tidy(self, call, *keep).await,
            Action::Smoke { expect } => evaluate::smoke(self, call, expect).await,
            Action::WatchAvailability { limits } => evaluate::availability(self, call, limits).await,
            Action::Judge { ask, rollback } => evaluate::judge(self, call, *ask, *rollback).await,
        }
    }

    /// What is in a slot, and whether it runs.
    async fn fill_or_empty(&self, call: &Call) -> Result<(), Outcome> {
        match &call.action {
            Action::ClearSlot { slot, drain_ms, grace_ms } => {
                ship::clear(self, call, *slot, *drain_ms, *grace_ms).await
            }
            Action::Launch { slot, artifact, shape } => {
                ship::launch(self, call, *slot, artifact, shape).await
            }
            Action::LaunchWorkers { slot, artifact, workers } => {
                workers::launch(self, call, *slot, artifact, workers).await
            }
            Action::StartWorkers { slot } => workers::start(self, call, *slot).await,
            Action::StartSlot { slot, health } => ship::start(self, call, *slot, health).await,
            Action::StopSlot { slot, grace_ms } => ship::stop(self, *slot, *grace_ms).await,
            Action::StopWorkers { slot, grace_ms } => workers::stop(self, *slot, *grace_ms).await,
            other => Err(failure::internal(&format!("{} is nothing for a slot", other.kind())).into()),
        }
    }
}
