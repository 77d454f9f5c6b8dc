//! Releases, runs and environments with what is different about them.

use super::going::{self, Wish};
use super::{DONE, Exit, FAILED, looking};
use crate::args::{Compare, Drifting, Going, ReleaseCommand, Releases, Shipping};
use crate::render::compared;
use crate::session::Session;
use chrono::Utc;
use seatrial_app::api::types::{CompareReleases, CompareRuns, EnvironmentDetail, EnvironmentRef, ReleaseRef};
use seatrial_app::api::{ApiError, Code};
use seatrial_core::model::AppName;
use seatrial_core::run::RunKind;

/// `seatrial releases`, `releases show`, `releases diff`.
pub(crate) async fn releases(session: &Session, options: &Releases) -> Exit {
    match &options.command {
        None => looking::releases(session, &options.count).await,
        Some(ReleaseCommand::Show { release }) => {
            let asked = ReleaseRef { app: app(session).await?, release: release.clone() };
            let passport = session.app.release_get(asked).await?;
            let text = |_: &_| compared::passport(&passport, Utc::now(), session.output.paint);
            session.output.answer(&passport, text)?;
            Ok(DONE)
        }
        Some(ReleaseCommand::Diff { from, to }) => {
            let asked = CompareReleases { app: app(session).await?, from: from.clone(), to: to.clone() };
            let both = session.app.release_compare(asked).await?;
            session.output.answer(&both, |both| compared::releases(both, session.output.paint))?;
            Ok(DONE)
        }
    }
}

async fn app(session: &Session) -> Result<AppName, ApiError> {
    session.known_app().await?.ok_or_else(|| session.no_app_here())
}

/// `seatrial compare`.
pub(crate) async fn runs(session: &Session, options: &Compare) -> Exit {
    let run = session.run(options.run.as_deref()).await?;
    let with = match &options.with {
        Some(part) => Some(session.run(Some(part)).await?),
        None => None,
    };
    let both = session.app.run_compare(CompareRuns { run, with }).await?;
    session.output.answer(&both, |both| compared::runs(both, session.output.paint))?;
    Ok(DONE)
}

/// `seatrial drift`: a difference is an exit status of its own, so that a script can tell.
pub(crate) async fn drift(session: &Session, options: Drifting) -> Exit {
    let asked = EnvironmentRef { app: app(session).await?, environment: session.environment()? };
    let detail = session.app.environment_get(asked).await?;
    if let (Some(why), false) = (&detail.unreachable, session.output.json && !options.restore) {
        return Err(ApiError::new(Code::TargetUnreachable, why.clone()));
    }
    if options.restore && !detail.drift.is_empty() {
        session.output.say(&compared::drift(&detail, session.output.paint));
        return restore(session, &detail, options.going).await;
    }
    session.output.answer(&detail, |detail| compared::drift(detail, session.output.paint))?;
    let away = detail.hosts.iter().any(|host| host.unreachable.is_some());
    if detail.unreachable.is_some() || away {
        return Ok(Code::TargetUnreachable.exit_status());
    }
    Ok(if detail.drift.is_empty() { DONE } else { FAILED })
}

/// What is recorded is put there again by the plan that any deployment has.
async fn restore(session: &Session, detail: &EnvironmentDetail, going: Going) -> Exit {
    let environment = &detail.environment;
    let Some(current) = environment.current.as_ref() else {
        let message =
            format!("nothing is recorded in `{}`, so there is nothing to restore", environment.name);
        return Err(
            ApiError::new(Code::Refused, message).hint("deploy to take the place over: `seatrial deploy`")
        );
    };
    let wish = match environment.halted {
        Some(_) => Wish::keep(RunKind::Stop, going),
        None => Wish::ship(Shipping { release: Some(current.release.to_string()), going }),
    };
    Box::pin(going::go(&session.in_environment(Some(environment.name.clone())), wish)).await
}
