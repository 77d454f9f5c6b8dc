//! One task follows the change feed and tells the page, in batches; another tells the tray and the desktop.

use crate::commands::Platform;
use crate::notices::Notices;
use crate::tray::Tray;
use seatrial_app::App;
use seatrial_app::api::types::{Changes, ChangesParams};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tauri::{AppHandle, Emitter};
use tokio::sync::Notify;

/// Longest wait of one question, in milliseconds.
const WAIT_MS: u64 = 25_000;
/// What happens within this time goes to the page together: one message per event would stall the window.
const BATCH: Duration = Duration::from_millis(80);
/// Pause after an error, and of what need not be quick.
const PAUSE: Duration = Duration::from_secs(1);

/// What the page is told.
#[derive(Clone, Serialize)]
struct Report {
    connected: bool,
    runs: Vec<String>,
    topics: Vec<String>,
}

/// Follows the feed for as long as the window lives.
pub(crate) fn pump(desktop: AppHandle<Platform>, app: App, tray: Option<Tray>) {
    let changed = Arc::new(Notify::new());
    tauri::async_runtime::spawn(tell_the_desktop(desktop.clone(), app.clone(), tray, changed.clone()));
    tauri::async_runtime::spawn(async move {
        let mut cursor = None;
        let mut connected = false;
        loop {
            let asked = app.changes_wait(ChangesParams { cursor, wait_ms: WAIT_MS }).await;
            let (report, pause) = match asked {
                Ok(changes) => {
                    cursor = Some(changes.cursor);
                    (Report::of(&changes), BATCH)
                }
                Err(_) => (Report { connected: false, runs: Vec::new(), topics: Vec::new() }, PAUSE),
            };
            if !report.runs.is_empty() {
                changed.notify_one();
            }
            // The page is not woken to hear that nothing happened.
            if !(report.connected && connected) || report.says_something() {
                connected = report.connected;
                // The window may be closing; the task ends with the process.
                let _ = desktop.emit("changes", report);
            }
            tokio::time::sleep(pause).await;
        }
    });
}

/// Keeps the tray and notifications up to date, at most once a second however much happens.
async fn tell_the_desktop(
    desktop: AppHandle<Platform>,
    app: App,
    mut tray: Option<Tray>,
    changed: Arc<Notify>,
) {
    let mut notices = Notices::new();
    loop {
        if let Some(tray) = &mut tray {
            tray.refresh(&desktop, &app).await;
        }
        notices.look(&desktop, &app).await;
        changed.notified().await;
        tokio::time::sleep(PAUSE).await;
    }
}

impl Report {
    fn of(changes: &Changes) -> Self {
        let runs = changes.runs.iter().map(ToString::to_string).collect();
        Self { connected: true, runs, topics: changes.topics.clone() }
    }

    fn says_something(&self) -> bool {
        !(self.runs.is_empty() && self.topics.is_empty())
    }
}
