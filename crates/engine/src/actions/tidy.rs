//! Removing images of older releases, but none that is needed.

use super::failure::of_engine;
use super::world::World;
use crate::docker::{ContainerHost, EngineError};
use crate::leftovers::{in_use, superfluous};
use crate::observe::which_are_there;
use crate::run::{Call, Outcome};
use seatrial_core::model::Digest;
use seatrial_core::run::Fact;

/// Tidies up on the target and, when this run has built elsewhere, where it was built: nothing else ever does there.
pub(super) async fn tidy(world: &World, call: &Call, keep: u32) -> Result<(), Outcome> {
    let new = call
        .recorder
        .with_state(|s| s.release.as_ref().and_then(|r| r.artifacts.first().map(|a| a.digest.clone())));
    let others = world.images.iter().filter(|image| Some(*image) != new.as_ref()).cloned();
    let newest_first: Vec<Digest> = new.clone().into_iter().chain(others).collect();
    let mut removed = remove_older(world, world.host.as_ref(), &newest_first, keep).await?;
    if let (Ok(builder), Ok(_)) = (&world.builder, &world.mover) {
        removed += remove_older(world, builder.engine(), &newest_first, keep).await?;
    }
    let text = match removed {
        0 => return Ok(()),
        1 => "1 old image removed".to_owned(),
        n => format!("{n} old images removed"),
    };
    Ok(call.recorder.observe(&call.step.id, Fact::Note { text }).await?)
}

/// Tells how many it has removed.
async fn remove_older(
    world: &World,
    host: &dyn ContainerHost,
    newest_first: &[Digest],
    keep: u32,
) -> Result<u32, Outcome> {
    let mut needed = in_use(host, &[]).await.map_err(|e| of_engine(&e))?;
    needed.extend(world.needed.iter().cloned());
    let older: Vec<Digest> = superfluous(newest_first, keep, &needed).into_iter().cloned().collect();
    let mut removed = 0;
    for image in which_are_there(host, &older).await.map_err(|e| of_engine(&e))? {
        match host.remove_image(image.as_str()).await {
            Ok(()) => removed += 1,
            Err(EngineError::ImageInUse { .. }) => {}
            Err(error) => return Err(of_engine(&error).into()),
        }
    }
    Ok(removed)
}
