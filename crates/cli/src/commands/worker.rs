//! `seatrial worker`: carries a run out, for nobody's eyes.

use super::{DONE, Exit};
use crate::session::Session;
use seatrial_app::api::{ApiError, Code};
use seatrial_core::model::RunId;

/// Carries the run out. A terminal that is closed, or Ctrl-C in it, is meant for whoever follows the run.
pub(crate) async fn work(session: &Session, run: &str) -> Exit {
    ignore_the_terminal();
    let id: RunId =
        run.parse().map_err(|_| ApiError::new(Code::Usage, format!("`{run}` is not the id of a run")))?;
    Box::pin(session.app.work(id)).await.map(|()| DONE)
}

#[cfg(unix)]
fn ignore_the_terminal() {
    use tokio::signal::unix::{SignalKind, signal};
    // Once listened to, a signal no longer ends the process, also after the listener is gone.
    for kind in [SignalKind::hangup(), SignalKind::interrupt()] {
        drop(signal(kind));
    }
}

#[cfg(not(unix))]
fn ignore_the_terminal() {
    drop(tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} }));
}
