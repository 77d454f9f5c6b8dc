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
    if let (Some(why), false) =
        (&detail.unreachable, session.output.json && !options.restore && !options.adopt)
    {
        return Err(ApiError::new(Code::TargetUnreachable, why.clone()));
    }
    if (options.restore || options.adopt) && !detail.drift.is_empty() {
        session.output.say(&compared::drift(&detail, session.output.paint));
        return match options.adopt {
            true => adopt(session, &detail, options.going).await,
            false => restore(session, &detail, options.going).await,
        };
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

/// What somebody made live by hand is what is recorded from now on.
async fn adopt(session: &Session, detail: &EnvironmentDetail, going: Going) -> Exit {
    let name = &detail.environment.name;
    let version = live_by_hand(detail).map_err(|(why, help)| {
        ApiError::new(Code::Refused, format!("there is nothing to adopt in `{name}`: {why}")).hint(help)
    })?;
    let wish = Wish::take_as_it_is(version, going);
    Box::pin(going::go(&session.in_environment(Some(name.clone())), wish)).await
}

/// The version that is live and not recorded as that, or why there is none, and what helps.
fn live_by_hand(detail: &EnvironmentDetail) -> Result<String, (&'static str, &'static str)> {
    const RESTORE: &str = "`seatrial drift --restore` puts there again what is recorded";
    if !detail.hosts.is_empty() {
        let help = "ship the version that all of them should serve: `seatrial ship --release VERSION`";
        return Err(("it is on several servers, and each may serve another version", help));
    }
    let observed = detail.observed.as_ref().ok_or(("it could not be looked at", RESTORE))?;
    let live = observed.slots.iter().find(|slot| Some(slot.slot) == observed.direction);
    let live = live.ok_or(("visitors are led to no version", RESTORE))?;
    let version = live.version.clone().ok_or(("nobody knows which version answers", RESTORE))?;
    let recorded = detail.environment.current.as_ref().filter(|_| detail.environment.halted.is_none());
    if recorded.is_some_and(|current| current.version == version && current.slot == live.slot) {
        return Err(("what visitors get is what is recorded", RESTORE));
    }
    Ok(version)
}
