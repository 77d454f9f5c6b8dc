//! One task follows the change feed and tells the page, in batches.

use crate::commands::Platform;
use seatrial_app::App;
use seatrial_app::api::types::{Changes, ChangesParams};
use serde::Serialize;
use std::time::Duration;
use tauri::{AppHandle, Emitter};

/// Longest wait of one question, in milliseconds.
const WAIT_MS: u64 = 25_000;
/// What happens within this time goes to the page together: one message per event would stall the window.
const BATCH: Duration = Duration::from_millis(80);
/// Pause after an error.
const PAUSE: Duration = Duration::from_secs(1);

/// What the page is told.
#[derive(Clone, Serialize)]
struct Report {
    connected: bool,
    runs: Vec<String>,
}

/// Follows the feed for as long as the window lives.
pub(crate) fn pump(desktop: AppHandle<Platform>, app: App) {
    tauri::async_runtime::spawn(async move {
        let mut cursor = None;
        loop {
            let asked = app.changes_wait(ChangesParams { cursor, wait_ms: WAIT_MS }).await;
            let (report, pause) = match asked {
                Ok(changes) => {
                    cursor = Some(changes.cursor);
                    (Report::of(&changes), BATCH)
                }
                Err(_) => (Report { connected: false, runs: Vec::new() }, PAUSE),
            };
            // The window may be closing; the task ends with the process.
            let _ = desktop.emit("changes", report);
            tokio::time::sleep(pause).await;
        }
    });
}

impl Report {
    fn of(changes: &Changes) -> Self {
        Self { connected: true, runs: changes.runs.iter().map(ToString::to_string).collect() }
    }
}
