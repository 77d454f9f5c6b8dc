//! How the window looks before the page does: a dark page must not begin with a white flash.

use crate::commands::Platform;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tauri::window::Color;
use tauri::{Theme, WebviewWindow};

/// The page's ground, light and dark, as in its tokens.
const LIGHT: Color = Color(0xF6, 0xF8, 0xFA, 0xFF);
const DARK: Color = Color(0x0F, 0x17, 0x20, 0xFF);

/// Whether the desktop's own theme is overruled.
static OVERRULED: AtomicBool = AtomicBool::new(false);

/// How the page looks, as it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Look {
    /// Whether it is dark.
    pub(crate) dark: bool,
    /// Whether a person chose that; otherwise it follows the system.
    pub(crate) chosen: bool,
}

impl Look {
    /// How it looked last time.
    pub(crate) fn kept(home: Option<&Path>) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(file(home?)).ok()?).ok()
    }

    /// Keeps it for the next start.
    pub(crate) fn keep(self, home: &Path) {
        if Self::kept(Some(home)) == Some(self) {
            return;
        }
        if let Ok(json) = serde_json::to_vec(&self) {
            // Not worth a word to anybody: the next start begins in another grey.
            let _ = std::fs::write(file(home), json);
        }
    }

    /// Gives the window's own parts the same look.
    pub(crate) fn apply(self, window: &WebviewWindow<Platform>) {
        // Only an explicit choice overrules the desktop; its menus and dialogs then match the page. Where nothing was
        // overruled nothing is taken back either: GTK would take that for a wish to be light.
        if OVERRULED.swap(self.chosen, Ordering::Relaxed) || self.chosen {
            let theme = if self.dark { Theme::Dark } else { Theme::Light };
            let _ = window.set_theme(self.chosen.then_some(theme));
        }
        let _ = window.set_background_color(Some(self.ground()));
    }

    /// The colour behind the page.
    pub(crate) fn ground(self) -> Color {
        if self.dark { DARK } else { LIGHT }
    }
}

fn file(home: &Path) -> PathBuf {
    home.join("window.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_look_is_kept_for_the_next_start_and_anything_unreadable_is_forgotten() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(Look::kept(Some(home.path())), None);
        let look = Look { dark: true, chosen: false };
        look.keep(home.path());
        assert_eq!(Look::kept(Some(home.path())), Some(look));
        std::fs::write(file(home.path()), "{").unwrap();
        assert_eq!(Look::kept(Some(home.path())), None);
        assert_eq!(Look::kept(None), None);
    }
}
