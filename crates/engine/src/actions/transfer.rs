//! Bringing the image to the target.

use super::build::tag_of;
use super::failure::{self, hinted, of_engine};
use super::ship::chosen;
use super::world::World;
use crate::run::{Call, Outcome};
use crate::transfer::{self, MoveOrder, Stage, TransferError};
use seatrial_core::pipeline::{ArtifactRef, Cause};
use seatrial_core::run::{Fact, Failure, Progress};
use tokio::sync::watch;

/// Brings the image, only what is not there, and records that the very same one arrived.
pub(super) async fn bring(world: &World, call: &Call, artifact: &ArtifactRef) -> Result<(), Outcome> {
    let what = chosen(world, call, artifact)?;
    let mover = world.mover.as_ref().map_err(Clone::clone)?;
    let tags = [format!("seatrial/{}:{}", world.app, tag_of(&what.version))];
    let (tell, mut told) = watch::channel(None);
    let progress = |now: transfer::Progress| {
        let _ = tell.send_replace(Some(now));
    };
    let order = MoveOrder { image: &what.image, tags: &tags, progress: &progress, cancel: &call.cancel };
    let moving = mover.bring(&order);
    tokio::pin!(moving);
    let moved = loop {
        tokio::select! {
            moved = &mut moving => break moved,
            Ok(()) = told.changed() => {
                let now = *told.borrow_and_update();
                if let Some(now) = now {
                    call.recorder.progress(&call.step.id, shown(&now)).await?;
                }
            }
        }
    };
    let moved = match moved {
        Ok(moved) => moved,
        Err(TransferError::Cancelled) => return Err(Outcome::Cancelled),
        Err(error) => return Err(of_transfer(&error).into()),
    };
    let fact = Fact::Transferred {
        image: moved.image,
        bytes: moved.bytes,
        moved: u32::try_from(moved.layers_moved).unwrap_or(u32::MAX),
        there: u32::try_from(moved.layers_there).unwrap_or(u32::MAX),
    };
    Ok(call.recorder.observe(&call.step.id, fact).await?)
}

fn shown(now: &transfer::Progress) -> Progress {
    let text = match (now.stage, now.time_left()) {
        (Stage::Comparing, _) => "comparing with what is there".to_owned(),
        (Stage::Reading, _) => "reading the image".to_owned(),
        (Stage::Sending, Some(left)) => {
            format!(
                "sending {} of {} layers, {} s left",
                now.layers - now.layers_there,
                now.layers,
                left.as_secs() + 1
            )
        }
        (Stage::Sending, None) => {
            format!("sending {} of {} layers", now.layers - now.layers_there, now.layers)
        }
        (Stage::Unpacking, _) => "unpacking on the target".to_owned(),
    };
    Progress { text, done: now.bytes_sent, total: now.bytes_total }
}

fn of_transfer(error: &TransferError) -> Failure {
    let message = failure::chain(error);
    match error {
        TransferError::Engine(engine) => of_engine(engine),
        TransferError::Gone { .. } => {
            hinted(Cause::ImageUnavailable, message, "build it again, or ship a release whose image is there")
        }
        TransferError::OtherPlatform { target, .. } => hinted(
            Cause::Conflict,
            message,
            format!(
                "build on a machine of the target's kind (`[build]` `on = \"ssh://…\"`), or let the Dockerfile \
                 say `FROM --platform={target}`"
            ),
        ),
        TransferError::NoSpaceHere { .. } | TransferError::NoSpaceThere { .. } => {
            hinted(Cause::DiskFull, message, "free space there, for example with `docker system prune`")
        }
        TransferError::Stalled { .. } | TransferError::NotReached { .. } | TransferError::Tunnel(_) => {
            hinted(
                Cause::EngineUnreachable,
                message,
                "look at the connection to the target, then retry the run",
            )
        }
        TransferError::Refused { .. } | TransferError::Different { .. } => {
            failure::new(Cause::ImageUnavailable, message)
        }
        TransferError::Scratch { .. } | TransferError::Listen(_) => failure::new(Cause::DiskFull, message),
        TransferError::Archive(_) | TransferError::NoTag | TransferError::Cancelled => {
            failure::internal(&message)
        }
    }
}
