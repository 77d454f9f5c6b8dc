//! The menu of the window, and what its entries and those of the tray do.

use crate::commands::{self, Platform};
use crate::window;
use crate::wish::{self, Wish};
use tauri::menu::{Menu, MenuBuilder, MenuItem, MenuItemBuilder, Submenu, SubmenuBuilder};
use tauri::{AppHandle, Runtime};

/// An entry: what it is called inside, what a person reads, its keys.
type Entry = (&'static str, &'static str, &'static str);

/// What a place's entry begins with; the rest is its hash.
const GO: &str = "go:";
/// Places of the page, in the order of its rail.
const PLACES: [Entry; 10] = [
    ("go:#/", "Fleet", "CmdOrCtrl+1"),
    ("go:#/apps", "Apps", "CmdOrCtrl+2"),
    ("go:#/runs", "Runs", "CmdOrCtrl+3"),
    ("go:#/releases", "Releases", "CmdOrCtrl+4"),
    ("go:#/environments", "Environments", "CmdOrCtrl+5"),
    ("go:#/evaluate", "Evaluate", "CmdOrCtrl+6"),
    ("go:#/maturity", "Maturity", "CmdOrCtrl+7"),
    ("go:#/journal", "Journal", "CmdOrCtrl+8"),
    ("go:#/library", "Library", "CmdOrCtrl+9"),
    ("go:#/settings", "Settings", "CmdOrCtrl+,"),
];
const RELOAD: Entry = ("reload", "Reload the page", if cfg!(target_os = "macos") { "Cmd+R" } else { "F5" });
const FULL_SCREEN: Entry =
    ("full-screen", "Full screen", if cfg!(target_os = "macos") { "Ctrl+Cmd+F" } else { "F11" });

/// The entry of a place, for the tray.
pub(crate) fn going(link: &str) -> String {
    format!("{GO}{link}")
}

/// Makes the menu.
pub(crate) fn build<R: Runtime>(desktop: &AppHandle<R>) -> tauri::Result<Menu<R>> {
    let file = [("open", "Open folder…", "CmdOrCtrl+O"), ("close", "Close", "CmdOrCtrl+W")];
    let file = if cfg!(target_os = "macos") {
        file.to_vec()
    } else {
        [&file[..], &[("quit", "Quit", "CmdOrCtrl+Q")]].concat()
    };
    let view = [
        ("larger", "Larger", "CmdOrCtrl+="),
        ("smaller", "Smaller", "CmdOrCtrl+-"),
        ("usual", "Usual size", "CmdOrCtrl+0"),
        RELOAD,
        FULL_SCREEN,
    ];
    let help = [("go:#/help", "User guide", "F1"), ("keys", "Keys", "CmdOrCtrl+/")];
    let menus = [("File", &file[..]), ("View", &view), ("Go", &PLACES), ("Help", &help)];
    let mut builder = MenuBuilder::new(desktop);
    for own in of_the_platform(desktop)? {
        builder = builder.item(&own);
    }
    for (title, entries) in menus {
        let items = entries.iter().map(|entry| item(desktop, *entry)).collect::<tauri::Result<Vec<_>>>()?;
        let submenu = items.iter().fold(SubmenuBuilder::new(desktop, title), |menu, item| menu.item(item));
        builder = builder.item(&submenu.build()?);
    }
    builder.build()
}

fn item<R: Runtime>(desktop: &AppHandle<R>, (id, text, keys): Entry) -> tauri::Result<MenuItem<R>> {
    MenuItemBuilder::with_id(id, text).accelerator(keys).build(desktop)
}

/// On macOS copying and pasting work only through a menu, and the first menu is the program's.
#[cfg(target_os = "macos")]
fn of_the_platform<R: Runtime>(desktop: &AppHandle<R>) -> tauri::Result<Vec<Submenu<R>>> {
    let own = SubmenuBuilder::new(desktop, "Seatrial")
        .about(None)
        .separator()
        .hide()
        .hide_others()
        .separator()
        .quit();
    let edit =
        SubmenuBuilder::new(desktop, "Edit").undo().redo().separator().cut().copy().paste().select_all();
    Ok(vec![own.build()?, edit.build()?])
}

#[cfg(not(target_os = "macos"))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on macOS")]
fn of_the_platform<R: Runtime>(_: &AppHandle<R>) -> tauri::Result<Vec<Submenu<R>>> {
    Ok(Vec::new())
}

/// Does what an entry says.
pub(crate) fn chosen(desktop: &AppHandle<Platform>, entry: &str) {
    match entry {
        "open" => open_folder(desktop.clone()),
        "larger" => wish::make(desktop, Wish::Zoom { step: 1 }),
        "smaller" => wish::make(desktop, Wish::Zoom { step: -1 }),
        "usual" => wish::make(desktop, Wish::Zoom { step: 0 }),
        "keys" => wish::make(desktop, Wish::Keys),
        "show" => window::show(desktop),
        "quit" => desktop.exit(0),
        other => match other.strip_prefix(GO) {
            Some(link) => wish::make(desktop, Wish::Go { link: link.to_owned() }),
            None => of_window(desktop, other),
        },
    }
}

fn of_window(desktop: &AppHandle<Platform>, entry: &str) {
    let Some(window) = window::find(desktop) else { return };
    // A desktop that refuses shows so itself.
    let _ = match entry {
        "close" => window.close(),
        "reload" => window.reload(),
        "full-screen" => window.is_fullscreen().and_then(|is| window.set_fullscreen(!is)),
        _ => Ok(()),
    };
}

fn open_folder(desktop: AppHandle<Platform>) {
    tauri::async_runtime::spawn(async move {
        if let Some(folder) = commands::pick_folder(desktop.clone()).await {
            wish::make(&desktop, Wish::Open { folder });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_entry_has_keys_of_its_own() {
        let app = tauri::test::mock_app();
        let keys: BTreeSet<&str> = PLACES.iter().map(|(_, _, keys)| *keys).collect();
        assert_eq!(keys.len(), PLACES.len());
        assert!(!keys.contains(RELOAD.2) && !keys.contains(FULL_SCREEN.2));
        assert_eq!(going("#/run/1"), "go:#/run/1");
        drop(app);
    }
}
