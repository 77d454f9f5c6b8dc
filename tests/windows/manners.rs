//! What only a desktop window does: links, a second start, the menu's keys, its place on the screen, a way out of a blank
//! or crashed page.

use seatrial_tests::{AppFolder, Display, Driver, Home, Program, eventually, signal_page, until};
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);
const READY: &str = "document.querySelector('[data-testid=\"ready\"]')";

fn open(home: &Home, arguments: &[&str]) -> Driver {
    let window = Driver::start_with(home, &Program::find(), arguments);
    window.wait_for(READY, LONG);
    window
}

/// A window that nobody drives, on a display that goes with it.
struct Alone {
    home: Home,
    child: Child,
    _display: Display,
}

impl Alone {
    #[expect(clippy::unwrap_used, reason = "what cannot be started ends the test")]
    fn open(home: Home, seconds: &str) -> Self {
        let program = Program::find();
        let display = Display::start(&program);
        let mut command = display.command(&home, &program.desktop);
        let child = command.env("SEATRIAL_PAINT_SECONDS", seconds).spawn().unwrap();
        Self { home, child, _display: display }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.data().join(name)
    }

    /// Waits until the window said something.
    #[track_caller]
    fn says(&self, text: &str) {
        let log = || std::fs::read_to_string(self.file("reports/window.log")).unwrap_or_default();
        let said = eventually(LONG, || log().contains(text).then_some(()));
        assert!(said.is_some(), "`{text}` was not said:\n{}", log());
    }

    /// Waits until its page was painted, since this was last asked.
    fn painted(&self) {
        until("a painted page", LONG, || std::fs::remove_file(self.file("window.json")).ok());
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        signal_page(&self.home.data(), "KILL");
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_link_shows_its_place_and_one_that_asks_for_more_shows_nothing() {
    let home = Home::without_ports();
    let window = open(&home, &["seatrial://app/guestbook"]);
    window.wait_for("location.hash === '#/app/guestbook'", LONG);
    let again = |link: &str| {
        let mut second = window.display().command(&home, &Program::find().desktop);
        second.arg(link).status().unwrap().code()
    };
    assert_eq!(again("seatrial://app/other/plan?ship=now"), Some(2), "nothing but ids is a link");
    let run = "0197a000-1111-7abc-8def-0123456789ab";
    assert_eq!(again(&format!("seatrial://run/{run}")), Some(0), "the second start ends at once");
    window.wait_for(&format!("location.hash === '#/run/{run}'"), LONG);
}

#[test]
fn a_second_start_hands_its_folder_over_and_another_home_has_a_window_of_its_own() {
    let home = Home::without_ports();
    let app = AppFolder::new(&home, "handed");
    let window = open(&home, &[]);
    let mut second = window.display().command(&home, &Program::find().desktop);
    let ended = second.current_dir(app.path.parent().unwrap()).arg(&app.name).status().unwrap();
    assert!(ended.success(), "{ended}");
    // A person who is new goes on to the plan.
    let place = format!("#/app/{}/plan?env=local", app.name);
    window.wait_for(&format!("location.hash === '{place}'"), LONG);

    let other = Home::without_ports();
    let of_other = open(&other, &["seatrial://app/elsewhere"]);
    of_other.wait_for("location.hash === '#/app/elsewhere'", LONG);
    assert_eq!(window.evaluate("return location.hash"), place);
}

#[test]
fn the_menus_keys_go_to_places_and_the_window_comes_back_as_large_as_it_was() {
    let home = Home::without_ports();
    let window = open(&home, &[]);
    window.display().press("ctrl+3");
    window.wait_for("location.hash === '#/runs'", LONG);
    window.display().resize(1100, 700);
    window.wait_for("innerWidth === 1100", LONG);
    let height = window.evaluate("return innerHeight");
    window.display().press("ctrl+w");
    let kept = || find(&home, ".window-state.json");
    until("the window's place is kept", LONG, kept);
    drop(window);

    let window = open(&home, &[]);
    window.wait_for("innerWidth === 1100", LONG);
    assert_eq!(
        window.evaluate("return innerHeight"),
        height,
        "it neither grows nor shrinks from start to start"
    );
}

fn find(home: &Home, name: &str) -> Option<()> {
    let folders = std::fs::read_dir(home.root().join("window/config")).ok()?.flatten();
    folders.into_iter().any(|folder| folder.path().join(name).is_file()).then_some(())
}

#[test]
fn a_page_that_crashed_is_loaded_again() {
    let window = Alone::open(Home::without_ports(), "60");
    window.painted();
    assert!(signal_page(&window.home.data(), "KILL"));
    window.says("the page is loaded again");
    window.painted();
}

#[test]
fn a_window_that_stays_blank_is_started_again_in_a_plainer_way_that_is_kept() {
    let window = Alone::open(Home::without_ports(), "3");
    until("a page that never paints", LONG, || signal_page(&window.home.data(), "STOP").then_some(()));
    window.says("starting again with WEBKIT_DISABLE_DMABUF_RENDERER=1");
    window.says("draws in a plainer way from now on");
    let kept = std::fs::read_to_string(window.file("window.plain")).unwrap();
    assert_eq!(kept.trim(), format!("{} told", env!("CARGO_PKG_VERSION")));
}

#[test]
#[cfg(target_os = "linux")]
fn the_page_is_written_in_the_desktops_own_font() {
    let home = Home::without_ports();
    let settings = home.root().join("window/config/gtk-3.0");
    std::fs::create_dir_all(&settings).unwrap();
    std::fs::write(settings.join("settings.ini"), "[Settings]\ngtk-font-name=DejaVu Serif Bold 11\n")
        .unwrap();
    let window = open(&home, &[]);
    // How wide the same words are in a font tells which one it is.
    let width = |font: &str| {
        let script = format!(
            "const pen = document.createElement('canvas').getContext('2d'); pen.font = '40px ' + {font};
             return pen.measureText('Which font is this?').width"
        );
        window.evaluate(&script).as_f64().expect("a width")
    };
    let page = width("getComputedStyle(document.body).fontFamily");
    assert_eq!(page, width("'\"DejaVu Serif\"'"));
    assert_ne!(page, width("'\"DejaVu Sans\"'"), "the two differ, so the comparison tells something");
}
