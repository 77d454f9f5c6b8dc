//! What a person asked for outside of the page: by the menu, a link, a folder on the command line, the tray.

use crate::commands::Platform;
use crate::{link, window};
use serde::Serialize;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tauri::{AppHandle, Emitter, Manager, State};

/// One wish. The page carries it out; none of them changes anything by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub(crate) enum Wish {
    /// Go to a place of the page.
    Go {
        /// Its hash.
        link: String,
    },
    /// Open a folder as an app.
    Open {
        /// Its absolute path.
        folder: String,
    },
    /// Larger (1), smaller (-1), or as usual (0).
    Zoom {
        /// The direction.
        step: i8,
    },
    /// Show the keys.
    Keys,
}

/// Wishes that the page has not taken yet: it may still be loading, or be loaded again.
#[derive(Default)]
pub(crate) struct Wishes(Mutex<Vec<Wish>>);

impl Wish {
    /// What an argument of the program wishes; an error says why it is nothing that can be wished.
    pub(crate) fn of_argument(argument: &str, folder: &Path) -> Result<Self, String> {
        if link::is_link(argument) {
            let place = link::place(argument);
            return place
                .map(|link| Self::Go { link })
                .ok_or_else(|| format!("`{argument}` is not a link of Seatrial's"));
        }
        if argument.starts_with('-') || argument.is_empty() {
            return Err(format!("`{argument}` is no option; see --help"));
        }
        // Desktops hand folders over as addresses.
        let address =
            argument.starts_with("file://").then(|| argument.parse::<tauri::Url>().ok()?.to_file_path().ok());
        let path = address.unwrap_or_else(|| Some(folder.join(argument)));
        let path = path.ok_or_else(|| format!("`{argument}` names no folder of this machine"))?;
        Ok(Self::Open { folder: path.to_string_lossy().into_owned() })
    }

    /// The argument that wishes the same wherever it is read.
    pub(crate) fn argument(&self, given: &str) -> String {
        if let Self::Open { folder } = self { folder.clone() } else { given.to_owned() }
    }
}

/// Passes a wish to the page, in front of everything else.
pub(crate) fn make(desktop: &AppHandle<Platform>, wish: Wish) {
    let wishes: State<'_, Wishes> = desktop.state();
    wishes.0.lock().unwrap_or_else(PoisonError::into_inner).push(wish);
    window::show(desktop);
    // A page that is still loading asks by itself as soon as it can.
    let _ = desktop.emit("wishes", ());
}

/// Gives the page what was wished since it last asked.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "the signature is Tauri's")]
pub(crate) fn take_wishes(wishes: State<'_, Wishes>) -> Vec<Wish> {
    std::mem::take(&mut *wishes.0.lock().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_is_a_link_or_a_folder() {
        let here = Path::new("/srv/apps");
        let go = Wish::Go { link: "#/app/guestbook".to_owned() };
        assert_eq!(Wish::of_argument("seatrial://app/guestbook", here), Ok(go));
        let open = |folder: &str| Ok(Wish::Open { folder: folder.to_owned() });
        assert_eq!(Wish::of_argument("guestbook", here), open("/srv/apps/guestbook"));
        assert_eq!(Wish::of_argument("/else/where", here), open("/else/where"));
        assert_eq!(Wish::of_argument("file:///a%20folder/", here), open("/a folder/"));
    }

    #[test]
    fn an_unknown_option_or_a_broken_link_is_never_taken_for_a_folder() {
        for argument in ["--ship", "-x", "", "seatrial://run/all", "seatrial:guestbook", "file://there/x"] {
            assert!(Wish::of_argument(argument, Path::new("/")).is_err(), "{argument}");
        }
    }

    #[test]
    fn the_page_reads_wishes_by_their_kind() {
        let json = serde_json::to_value(Wish::Zoom { step: -1 }).unwrap();
        assert_eq!(json, serde_json::json!({ "wish": "zoom", "step": -1 }));
        assert_eq!(serde_json::to_value(Wish::Keys).unwrap(), serde_json::json!({ "wish": "keys" }));
    }
}
