//! Trust: a person says yes to exactly the content that was shown.

use super::{DONE, Exit, confirm};
use crate::args::{Going, Trust};
use crate::render::trust;
use crate::session::Session;
use seatrial_app::api::types::{AppView, TrustParams, TrustView};
use seatrial_app::api::{ApiError, Code};

/// `seatrial trust`.
pub(crate) async fn trust(session: &Session, options: &Trust) -> Exit {
    let view = session.app_view().await?;
    let Some(shown) = view.trust.clone() else { return Err(unreadable(&view)) };
    if !options.grant || shown.granted {
        if options.show || shown.granted || !session.output.can_ask {
            session.output.answer(&shown, |shown| trust::text(shown, session.output.paint))?;
            return Ok(if shown.granted || options.show { DONE } else { Code::TrustRequired.exit_status() });
        }
        session.output.say(&trust::text(&shown, session.output.paint));
        if !confirm::deliberate_yes("Trust exactly this content?").await? {
            return Err(ApiError::new(Code::TrustRequired, "not trusted; nothing of this folder runs"));
        }
    } else {
        show(session, &shown);
    }
    let granted = grant(session, &view, &shown).await?;
    session
        .output
        .answer(&granted, |_| "Trusted. Any change of this content is asked about again.".to_owned())?;
    Ok(DONE)
}

/// Makes sure that what the repository defines may run: it does already, `--trust` says so, or a person does.
///
/// # Errors
/// `TrustRequired`, with what would run, when nobody says yes.
pub(crate) async fn ensure(session: &Session, view: &AppView, going: &Going) -> Result<(), ApiError> {
    let Some(shown) = view.trust.as_ref().filter(|trust| !trust.granted) else { return Ok(()) };
    if going.trust {
        show(session, shown);
    } else if session.output.can_ask {
        session.output.say(&trust::text(shown, session.output.paint));
        if !confirm::deliberate_yes("Trust exactly this content?").await? {
            return Err(refused(shown));
        }
    } else {
        return Err(refused(shown));
    }
    grant(session, view, shown).await.map(|_| ())
}

/// Shows what is trusted before it is; beside a JSON answer too.
fn show(session: &Session, shown: &TrustView) {
    let text = trust::text(shown, session.output.paint_errors);
    crate::output::complain(&text);
}

async fn grant(session: &Session, view: &AppView, shown: &TrustView) -> Result<TrustView, ApiError> {
    // The digest is the one on the screen: content that changed meanwhile is not covered.
    let params = TrustParams { app: view.app.clone(), digest: shown.digest.clone() };
    session.app.trust_grant(params).await
}

fn refused(shown: &TrustView) -> ApiError {
    let why = if shown.changed { "changed since it was trusted" } else { "has not been trusted yet" };
    let message = format!("what this folder would run {why}; nothing was run");
    ApiError::new(Code::TrustRequired, message)
        .detail(shown.commands.join("\n"))
        .hint("look at it: seatrial trust --show")
        .hint("then run the same command with --trust")
}

fn unreadable(view: &AppView) -> ApiError {
    let mut error =
        ApiError::new(Code::Configuration, format!("the configuration of {} has errors", view.app));
    error.problems.clone_from(&view.problems);
    error
}
