//! The window: made, brought to the front, and its page taken up again after a crash.

use crate::commands::Platform;
use crate::download;
use crate::look::Look;
use crate::report;
use std::path::Path;
use tauri::{AppHandle, Manager, Theme, WebviewWindow, WebviewWindowBuilder};
use tauri_plugin_window_state::StateFlags;

const LABEL: &str = "main";

/// What of the window is kept from one start to the next.
pub(crate) fn kept() -> StateFlags {
    StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN
}

/// Makes the window, hidden until it has the colour of the page, where and as large as it was last.
pub(crate) fn open(desktop: &AppHandle<Platform>, home: Option<&Path>) -> tauri::Result<()> {
    let Some(config) = desktop.config().app.windows.first().cloned() else { return Ok(()) };
    let look = Look::kept(home);
    let mut builder = WebviewWindowBuilder::from_config(desktop, &config)?.visible(false);
    builder = builder.on_download(|view, event| download::decide(&view, event));
    if let Some(look) = look {
        builder = builder.background_color(look.ground());
    }
    let window = builder.build()?;
    let dark = || window.theme().is_ok_and(|theme| theme == Theme::Dark);
    look.unwrap_or_else(|| Look { dark: dark(), chosen: false }).apply(&window);
    offer_the_desktops_font(&window);
    reload_after_a_crash(&window);
    window.show()
}

/// The window, while there is one.
pub(crate) fn find(desktop: &AppHandle<Platform>) -> Option<WebviewWindow<Platform>> {
    desktop.get_webview_window(LABEL)
}

/// Brings the window to the front.
pub(crate) fn show(desktop: &AppHandle<Platform>) {
    if let Some(window) = find(desktop) {
        // A desktop may refuse each of these; there is no other way to the front.
        let _ = window.unminimize().and(window.show()).and(window.set_focus());
    }
}

/// The page writes in `sans-serif` here (`tokens.css`): so that is what the desktop writes in, also after it changes.
#[cfg(target_os = "linux")]
fn offer_the_desktops_font(window: &WebviewWindow<Platform>) {
    use gtk::prelude::GtkSettingsExt;
    use webkit2gtk::{SettingsExt, WebViewExt};
    // Refused only when the window is gone; the platform's usual font is a good one, too.
    let _ = window.with_webview(|view| {
        let Some((desktop, page)) = gtk::Settings::default().zip(WebViewExt::settings(&view.inner())) else {
            return;
        };
        let offer = move |desktop: &gtk::Settings| {
            let font = desktop.gtk_font_name().map(|name| gtk::pango::FontDescription::from_string(&name));
            if let Some(family) = font.and_then(|font| font.family()) {
                page.set_sans_serif_font_family(&family);
            }
        };
        offer(&desktop);
        desktop.connect_gtk_font_name_notify(offer);
    });
}

/// Elsewhere the page asks for the system's font by itself.
#[cfg(not(target_os = "linux"))]
fn offer_the_desktops_font(_: &WebviewWindow<Platform>) {}

/// A page whose process ended stays blank for ever; the runs it showed know nothing of that.
#[cfg(target_os = "linux")]
fn reload_after_a_crash(window: &WebviewWindow<Platform>) {
    use std::cell::Cell;
    use std::time::{Duration, Instant};
    use webkit2gtk::WebViewExt;
    let watched = window.with_webview(|view| {
        let last = Cell::new(None::<Instant>);
        view.inner().connect_web_process_terminated(move |view, reason| {
            report::tell(&format!("the process of the page ended ({reason:?}); the page is loaded again"));
            // One that ends at once again and again would keep a core busy.
            let again =
                last.replace(Some(Instant::now())).is_some_and(|at| at.elapsed() < Duration::from_secs(3));
            if again {
                report::tell("it ended twice within seconds; choose Reload in the menu")
            } else {
                view.reload()
            }
        });
    });
    if let Err(error) = watched {
        report::tell(&format!("a crash of the page will not be noticed: {error}"));
    }
}

/// Elsewhere the web view takes its page up by itself, or tells (`lib.rs`).
#[cfg(not(target_os = "linux"))]
fn reload_after_a_crash(_: &WebviewWindow<Platform>) {}
