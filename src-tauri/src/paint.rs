//! A first paint that never comes. WebKitGTK draws nothing with some graphics drivers, NVIDIA's before all; with
//! `WEBKIT_DISABLE_DMABUF_RENDERER=1` it does. So the page says when it was painted; when it does not, the window starts
//! once more in that way, and keeps to it until Seatrial's next version.
//!
//! Where there is no graphics hardware, layers of a page are not put together by what stands in for it: the processor
//! paints the page at once, which it can do without a graphics library (ADR 0027).

use crate::commands::Platform;
use crate::instance::Claim;
use crate::look::Look;
use crate::{notices, report, window};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::{AppHandle, Manager, State};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};
use tokio::sync::Notify;

const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
/// Whoever sets it to `0` has layers without graphics hardware, too.
const NO_LAYERS: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";
/// Where Linux has graphics hardware: in general, NVIDIA's without kernel mode setting, ARM's, Windows' through WSL.
const HARDWARE: [&str; 4] = ["/dev/dri", "/dev/nvidiactl", "/dev/mali0", "/dev/dxg"];
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How long a slow machine may take. `SEATRIAL_PAINT_SECONDS` says otherwise.
const PATIENCE: u64 = 15;

const PLAIN: &str =
    "The window stayed blank, so it was started again and draws in a plainer way from now on.";
const BLANK: &str = "The window stays blank: this machine's graphics do not get along with the web view.\n\n\
Runs are not affected. In a terminal, `seatrial serve --open` shows the same page in your browser.";

/// How long anything waits for the first paint before it begins without it.
const WITHOUT: Duration = Duration::from_secs(2);

/// How drawing goes.
pub(crate) struct Paint {
    done: AtomicBool,
    first: Notify,
    /// Whether the plainer way is in use already.
    plain: bool,
    home: Option<PathBuf>,
}

/// What to do when nothing was painted in time.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// The window is not to be seen, so nothing has to be painted.
    Wait,
    /// Start again in the plainer way.
    Restart,
    /// Tell the person.
    Explain,
}

/// Takes the plainer way when this version once had to, and paints without layers where those cost more than they
/// bring. Called before any thread or library is started.
pub(crate) fn prepare(home: Option<&Path>) -> Paint {
    let chosen = std::env::var_os(VARIABLE).is_some();
    let kept = home.is_some_and(|home| kept_by(home).is_some());
    let hardware = HARDWARE.iter().any(|place| Path::new(place).exists());
    let layers = hardware || !cfg!(target_os = "linux") || std::env::var_os(NO_LAYERS).is_some();
    for (name, wanted) in [(VARIABLE, kept && !chosen), (NO_LAYERS, !layers)] {
        if wanted {
            #[expect(unsafe_code, reason = "the library reads only the environment; this is the only thread")]
            unsafe {
                std::env::set_var(name, "1");
            }
        }
    }
    Paint {
        done: AtomicBool::new(false),
        first: Notify::new(),
        plain: kept || chosen,
        home: home.map(Path::to_owned),
    }
}

fn marker(home: &Path) -> PathBuf {
    home.join("window.plain")
}

/// What this version keeps about the plainer way: nothing, or whether the person was told.
fn kept_by(home: &Path) -> Option<bool> {
    let text = std::fs::read_to_string(marker(home)).ok()?;
    let (version, told) =
        text.trim().split_once(' ').map_or((text.trim(), false), |(version, _)| (version, true));
    (version == VERSION).then_some(told)
}

/// Waits until the page was painted, for a while.
pub(crate) async fn first(desktop: &AppHandle<Platform>) {
    let paint: State<'_, Paint> = desktop.state();
    // Painted before anybody waits: the notice is kept for the one who does.
    let _ = tokio::time::timeout(WITHOUT, paint.first.notified()).await;
}

/// Waits for the first paint and does something about one that does not come.
pub(crate) fn watch(desktop: AppHandle<Platform>) {
    let seconds = std::env::var("SEATRIAL_PAINT_SECONDS").ok().and_then(|text| text.parse().ok());
    let patience = Duration::from_secs(seconds.unwrap_or(PATIENCE));
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(patience).await;
            let paint: State<'_, Paint> = desktop.state();
            let Some(window) = window::find(&desktop) else { return };
            let seen = window.is_visible().unwrap_or(true) && !window.is_minimized().unwrap_or(false);
            if paint.done.load(Ordering::Relaxed) {
                return;
            }
            match next(paint.plain, seen) {
                Next::Wait => {}
                Next::Restart => return paint.restart(&desktop),
                Next::Explain => return explain(&desktop),
            }
        }
    });
}

fn next(plain: bool, seen: bool) -> Next {
    match (seen, plain) {
        (false, _) => Next::Wait,
        (true, false) if cfg!(target_os = "linux") => Next::Restart,
        (true, _) => Next::Explain,
    }
}

impl Paint {
    fn restart(&self, desktop: &AppHandle<Platform>) {
        let kept = self.home.as_deref().map_or(Ok(()), |home| std::fs::write(marker(home), VERSION));
        if kept.is_err() || self.home.is_none() {
            // Without a word to the next start it would end in the same place.
            return explain(desktop);
        }
        report::tell(&format!("nothing was painted; starting again with {VARIABLE}=1"));
        if let Some(claim) = desktop.try_state::<Claim>() {
            claim.release();
        }
        tauri::process::restart(&desktop.env());
    }

    /// Says once what was done about the blank window.
    fn tell_about_plain(&self) {
        let Some(home) = self.home.as_deref().filter(|home| kept_by(home) == Some(false)) else { return };
        // Told again when it cannot be kept, which is better than never.
        let _ = std::fs::write(marker(home), format!("{VERSION} told\n"));
        report::tell(PLAIN);
        notices::show("Seatrial", PLAIN);
    }
}

fn explain(desktop: &AppHandle<Platform>) {
    report::tell(BLANK);
    desktop.dialog().message(BLANK).title("Seatrial").kind(MessageDialogKind::Warning).show(|_| ());
}

/// The page was painted, and looks so. Said again whenever the look changes.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "the signature is Tauri's")]
pub(crate) fn painted(desktop: AppHandle<Platform>, paint: State<'_, Paint>, look: Look) {
    if !paint.done.swap(true, Ordering::Relaxed) {
        paint.first.notify_one();
        if paint.plain {
            paint.tell_about_plain();
        }
    }
    if let Some(home) = &paint.home {
        look.keep(home);
    }
    if let Some(window) = window::find(&desktop) {
        look.apply(&window);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_window_is_restarted_once_and_then_explained() {
        if cfg!(target_os = "linux") {
            assert_eq!(next(false, true), Next::Restart);
        }
        assert_eq!(next(true, true), Next::Explain);
        assert_eq!((next(false, false), next(true, false)), (Next::Wait, Next::Wait));
    }

    #[test]
    fn the_plainer_way_is_kept_until_the_next_version() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(kept_by(home.path()), None);
        for (text, kept) in
            [(VERSION, Some(false)), (&format!("{VERSION} told\n"), Some(true)), ("0.0.9 told", None)]
        {
            std::fs::write(marker(home.path()), text).unwrap();
            assert_eq!(kept_by(home.path()), kept, "{text}");
        }
    }
}
