//! A symbol in the desktop's tray whose menu lists the runs that go on. Linux gives a tray symbol no clicks, so the menu
//! is all there is; a desktop without a tray shows nothing, and nothing is missing then.

use crate::commands::Platform;
use crate::menu;
use seatrial_app::App;
use seatrial_app::api::types::{ListParams, RunLine};
use seatrial_core::run::{RunKind, RunStatus};
use std::path::PathBuf;
use tauri::AppHandle;
use tauri::menu::{Menu, MenuBuilder};
use tauri::tray::{TrayIcon, TrayIconBuilder};

/// Runs looked at; more than this never go on at once.
const LATEST: u32 = 50;

/// The symbol, and what its menu lists.
pub(crate) struct Tray {
    symbol: TrayIcon<Platform>,
    /// Entries and their texts.
    runs: Vec<(String, String)>,
}

impl Tray {
    /// Puts the symbol into the tray; `None` where there is no tray.
    pub(crate) fn new(desktop: &AppHandle<Platform>) -> Option<Self> {
        if !library_is_there() || !bus_is_there() {
            return None;
        }
        let builder =
            TrayIconBuilder::with_id("runs").tooltip("Seatrial").icon(desktop.default_window_icon()?.clone());
        let symbol = builder.menu(&list(desktop, &[]).ok()?).build(desktop).ok()?;
        Some(Self { symbol, runs: Vec::new() })
    }

    /// Lists the runs that go on now.
    pub(crate) async fn refresh(&mut self, desktop: &AppHandle<Platform>, app: &App) {
        let latest = ListParams { app: None, environment: None, limit: Some(LATEST), before: None };
        let Ok(runs) = app.run_list(latest).await else { return };
        let runs: Vec<_> = runs.iter().filter(|run| !run.status.is_over()).map(entry).collect();
        if runs == self.runs {
            return;
        }
        if let Ok(menu) = list(desktop, &runs)
            && self.symbol.set_menu(Some(menu)).is_ok()
        {
            self.runs = runs;
        }
    }
}

/// The tray of Linux desktops needs a library that is loaded late, and whose absence would end the program.
fn library_is_there() -> bool {
    let names = ["libayatana-appindicator3.so.1", "libappindicator3.so.1"];
    let machine = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    let usual = ["/usr/lib", "/usr/lib64", "/lib64", &machine].map(PathBuf::from);
    let named = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let mut folders = usual.into_iter().chain(std::env::split_paths(&named));
    !cfg!(target_os = "linux") || folders.any(|folder| names.iter().any(|name| folder.join(name).exists()))
}

/// The tray of Linux desktops is reached over the session's bus; without one every try would only warn.
fn bus_is_there() -> bool {
    let named = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap_or_default();
    let usual = || {
        std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| PathBuf::from(folder).join("bus").exists())
    };
    !cfg!(target_os = "linux") || if named.is_empty() { usual() } else { !named.starts_with("disabled:") }
}

fn list(desktop: &AppHandle<Platform>, runs: &[(String, String)]) -> tauri::Result<Menu<Platform>> {
    let mut menu = MenuBuilder::new(desktop);
    for (id, text) in runs {
        menu = menu.text(id, text);
    }
    if runs.is_empty() {
        let quiet = tauri::menu::MenuItemBuilder::with_id("quiet", "Nothing is running").enabled(false);
        menu = menu.item(&quiet.build(desktop)?);
    }
    menu.separator().text("show", "Open Seatrial").text("quit", "Quit").build()
}

/// A run's entry: what choosing it does, and what a person reads.
fn entry(run: &RunLine) -> (String, String) {
    let what = match run.kind {
        RunKind::Deploy => "",
        RunKind::Rollback => "roll back ",
        RunKind::Restart => "restart ",
        RunKind::Stop => "stop ",
        RunKind::Start => "start ",
    };
    let place = run.environment.as_ref().map_or_else(String::new, |environment| format!(" → {environment}"));
    let status = match run.status {
        RunStatus::Queued | RunStatus::Waiting => "waiting",
        RunStatus::Undoing => "being taken back",
        _ => "running",
    };
    (menu::going(&format!("#/run/{}", run.run)), format!("{what}{}{place} ({status})", run.app))
}
