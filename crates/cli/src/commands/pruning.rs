//! Removing what an environment's target holds and nothing needs: shown first, then exactly that.

use super::{DONE, Exit, confirm};
use crate::args::Pruning;
use crate::render::leftovers;
use crate::session::Session;
use seatrial_app::api::types::{EnvironmentRef, Leftovers, PruneParams};
use seatrial_app::api::{ApiError, Code};

/// `seatrial prune`.
pub(crate) async fn prune(session: &Session, options: &Pruning) -> Exit {
    let app = session.known_app().await?.ok_or_else(|| session.no_app_here())?;
    let asked = EnvironmentRef { app, environment: session.environment()? };
    let found = session.app.environment_leftovers(asked).await?;
    let paint = session.output.paint;
    if !options.yes || (found.items.is_empty() && !session.output.json) {
        session.output.answer(&found, |found| leftovers::text(found, paint))?;
    }
    if found.items.is_empty() && !(options.yes && session.output.json) {
        return Ok(DONE);
    }
    if !options.yes {
        if options.plan || !session.output.can_ask {
            session.output.remark("nothing was removed; to remove exactly this: the same command with --yes");
            return Ok(DONE);
        }
        if !confirm::deliberate_yes("Remove exactly this?").await? {
            return Err(ApiError::new(Code::Refused, "not confirmed; nothing was removed"));
        }
    }
    remove(session, &found).await
}

async fn remove(session: &Session, found: &Leftovers) -> Exit {
    // The digest is that of what was shown: what came up meanwhile is not covered.
    let environment = Some(found.environment.clone());
    let params = PruneParams { app: found.app.clone(), environment, digest: found.digest.clone() };
    let pruned = session.app.environment_prune(params).await?;
    session.output.answer(&pruned, |pruned| leftovers::removed(pruned, session.output.paint))?;
    Ok(DONE)
}
