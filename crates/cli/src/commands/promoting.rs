//! A release goes from one environment to the next: what changes there, confirmation, run.

use super::going::{check_problems, confirmed, take_up};
use super::{DONE, Exit};
use crate::args::Promoting;
use crate::render::promotion;
use crate::session::Session;
use seatrial_app::api::types::{PlanParams, PromotionParams};
use seatrial_app::api::{ApiError, Code};
use seatrial_core::model::EnvironmentName;

/// `seatrial promote`.
pub(crate) async fn promote(session: &Session, options: Promoting) -> Exit {
    if session.environment()?.is_some() {
        let message = "promoting is about two environments; --env names only one";
        return Err(ApiError::new(Code::Usage, message).hint("say --to ENV, and --from ENV if it matters"));
    }
    let (to, from) = (named("--to", &options.to)?, options.from.as_deref());
    let from = from.map(|from| named("--from", from)).transpose()?;
    let view = session.app_view().await?;
    check_problems(session, &view)?;
    let going = &options.going;
    if !going.plan {
        take_up(session).await;
    }
    let (app, without) = (view.app.clone(), going.without.clone());
    let asked = PromotionParams { app, to, from, release: options.release, without };
    let found = session.app.promotion_get(asked).await?;
    let paint = session.output.paint;
    if going.plan || found.plan.is_empty() {
        session.output.answer(&found, |found| promotion::text(found, paint))?;
        return Ok(DONE);
    }
    session.output.say(&promotion::text(&found, paint));
    let request = &found.plan.request;
    let params = PlanParams {
        app: request.app.clone(),
        kind: request.kind,
        environment: request.environment.clone(),
        phases: request.phases.clone(),
        release: request.release.map(|release| release.to_string()),
        retry_of: None,
        without: going.without.clone(),
    };
    confirmed(session, &view, (params, &found.plan), going).await
}

fn named(option: &str, text: &str) -> Result<EnvironmentName, ApiError> {
    EnvironmentName::new(text).map_err(|error| ApiError::new(Code::Usage, format!("{option}: {error}")))
}
