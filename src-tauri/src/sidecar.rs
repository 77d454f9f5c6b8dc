//! The `seatrial` executable that carries runs out: bundled beside the window as a sidecar.

use seatrial_app::api::types::{Check, CheckState};
use std::path::PathBuf;
use std::process::Command;
use tauri::{AppHandle, Runtime};
use tauri_plugin_shell::ShellExt;

/// Its name in the bundle.
const NAME: &str = "seatrial";

/// Whether the window can start runs, as a line of the machine check.
pub(crate) fn check<R: Runtime>(desktop: &AppHandle<R>) -> Check {
    let name = "Run worker".to_owned();
    match path(desktop) {
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

/// Where the bundle keeps it, whether it is there or not.
fn path<R: Runtime>(desktop: &AppHandle<R>) -> Option<PathBuf> {
    // Only the place is asked for: the app starts it detached, because a run outlives the window.
    let command: Command = desktop.shell().sidecar(NAME).ok()?.into();
    Some(PathBuf::from(command.get_program()))
}
