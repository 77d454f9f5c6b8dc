//! The `seatrial` executable that carries runs out: bundled beside the window as a sidecar.

use seatrial_app::api::types::{Check, CheckState};
use std::path::PathBuf;

/// Whether the window can start runs, as a line of the machine check.
pub(crate) fn check() -> Check {
    let name = "Run worker".to_owned();
    match path() {
        Some(path) if path.is_file() => {
            Check { name, state: CheckState::Ok, detail: path.display().to_string(), fix: None }
        }
        path => Check {
            name,
            state: CheckState::Warning,
            detail: match path {
                Some(path) => format!("{} is not there; `seatrial` is taken from PATH", path.display()),
                None => "`seatrial` is taken from PATH".to_owned(),
            },
            fix: Some("Install the package again, or build it: `cargo build -p seatrial-cli`.".to_owned()),
        },
    }
}

/// Where the bundle and a plain build put it: beside this program. The app starts it from there, detached, because a
/// run outlives the window.
fn path() -> Option<PathBuf> {
    let name = if cfg!(windows) { "seatrial.exe" } else { "seatrial" };
    Some(std::env::current_exe().ok()?.with_file_name(name))
}
