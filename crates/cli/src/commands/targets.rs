//! Servers: which there are, whether everything is there, and whose keys are accepted.

use super::{DONE, Exit, FAILED, confirm};
use crate::args::TargetCommand;
use crate::render::target;
use crate::session::Session;
use seatrial_app::api::types::{AcceptKeys, Adopted, CheckState, Nothing, TargetRef, TargetView};
use seatrial_app::api::{ApiError, Code};

/// `seatrial target`.
pub(crate) async fn target(session: &Session, command: TargetCommand) -> Exit {
    match command {
        TargetCommand::Ls => {
            let servers = session.app.target_list(Nothing {}).await?;
            session.output.answer(&servers, |servers| target::list(servers))?;
            Ok(DONE)
        }
        TargetCommand::Check { target } => {
            let view = session.app.target_check(TargetRef { target }).await?;
            session.output.answer(&view, |view| target::text(view, session.output.paint))?;
            Ok(status(&view))
        }
        TargetCommand::Adopt { target } => {
            // Of a person who stands in an app's folder that app is meant, too.
            if session.folder().await.is_ok_and(|folder| folder.join("seatrial.toml").is_file()) {
                session.app_view().await?;
            }
            let told = session.app.target_adopt(TargetRef { target }).await?;
            session.output.answer(&told, target::adoption)?;
            Ok(if told.places.iter().any(|place| place.state == Adopted::Broken) { FAILED } else { DONE })
        }
        TargetCommand::Accept { target, fingerprints } => accept(session, target, fingerprints).await,
    }
}

/// The keys are shown before anything is accepted; `--yes` does not answer for a person here.
async fn accept(session: &Session, target: String, mut fingerprints: Vec<String>) -> Exit {
    let shown = session.app.target_check(TargetRef { target: target.clone() }).await?;
    if shown.known || shown.keys.is_empty() {
        session.output.answer(&shown, |view| target::text(view, session.output.paint))?;
        return Ok(status(&shown));
    }
    if fingerprints.is_empty() {
        if !session.output.can_ask {
            let seen: Vec<String> =
                shown.keys.iter().map(|key| format!("--fingerprint {}", key.fingerprint)).collect();
            return Err(ApiError::new(
                Code::Refused,
                "nobody is there to compare the fingerprints; nothing was accepted",
            )
            .detail(target::keys(&shown))
            .hint(format!("when they are right: seatrial target accept {target} {}", seen.join(" "))));
        }
        session.output.say(&target::keys(&shown));
        if !confirm::deliberate_yes("Are these the server's fingerprints?").await? {
            return Err(ApiError::new(Code::Refused, "not accepted; nothing goes there"));
        }
        fingerprints = shown.keys.iter().map(|key| key.fingerprint.clone()).collect();
    }
    let view = session.app.target_accept(AcceptKeys { target, fingerprints }).await?;
    session.output.answer(&view, |view| target::text(view, session.output.paint))?;
    Ok(status(&view))
}

fn status(view: &TargetView) -> u8 {
    let failed = view.checks.iter().any(|check| check.state == CheckState::Failed);
    if failed || !view.known { Code::TargetUnreachable.exit_status() } else { DONE }
}
