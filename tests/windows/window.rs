//! The desktop window, as a person uses it.

use seatrial_tests::{AppFolder, Area, Driver, Home, Program, until};
use std::path::Path;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

fn query(testid: &str) -> String {
    format!("document.querySelector('[data-testid=\"{testid}\"]')")
}

fn open(home: &Home) -> Driver {
    let window = Driver::start(home, &Program::find());
    window.wait_for(&query("ready"), LONG);
    window
}

/// Opens a folder where the list of apps offers it.
fn open_folder(window: &Driver, folder: &Path) {
    window.evaluate("location.hash = '#/apps'");
    window.type_into("open-folder-path", &folder.to_string_lossy());
    window.click("open-folder");
    window.wait_for("location.hash.startsWith('#/app/')", LONG);
}

fn ship(window: &Driver) {
    window.click("plan-confirm");
    window.wait_for(&format!("{}?.dataset.status === 'succeeded'", query("run-status")), LONG);
}

#[test]
fn a_folder_is_opened_trusted_shipped_and_rolled_back_in_the_window() {
    let home = Home::new();
    let folder = home.root().join("sample");
    home.run(["init", "--sample", folder.to_str().unwrap()]).expect(0);
    let window = open(&home);
    open_folder(&window, &folder);
    window.click("trust-grant");
    window.click("verb-ship");
    ship(&window);
    assert!(window.text("run-proof").contains("0 of "), "{}", window.text("run-proof"));
    let greeting = || home.get("sample.localhost", "/").unwrap().body;
    assert!(greeting().contains("version 1"));

    let source = folder.join("app.py");
    let text = std::fs::read_to_string(&source).unwrap().replace("VERSION = \"1\"", "VERSION = \"2\"");
    std::fs::write(&source, text).unwrap();
    window.click("verb-ship");
    ship(&window);
    assert!(greeting().contains("version 2"));
    window.click("verb-rollback");
    ship(&window);
    assert!(greeting().contains("version 1"));
}

#[test]
fn a_run_of_the_terminal_appears_live_and_outlives_the_window() {
    let home = Home::new();
    let app = AppFolder::new(&home, "watched");
    home.deploy(&app).expect("live");
    let window = open(&home);
    app.set_version(2);
    home.run_in(&app, &["env", "set", "START_DELAY=2"]).expect(0);
    let run = home.start(&app, &["deploy", "--yes", "--trust"]);
    window.wait_for("/running/i.test(document.body.innerText)", LONG);
    window.evaluate(&format!("location.hash = '#/run/{run}'"));
    window.wait_for(&format!("{}?.dataset.status === 'running'", query("run-status")), LONG);
    window.close();
    drop(window);
    home.follow(&run).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));
}

#[test]
fn a_log_is_saved_where_downloads_go_and_the_window_says_where() {
    let home = Home::new();
    let app = AppFolder::new(&home, "told");
    let run = home.go(&app, &["build", "--yes", "--trust"]).expect("succeeded");
    let downloads = home.root().join("downloads");
    let config = home.root().join("window/config");
    std::fs::create_dir_all(&config).unwrap();
    let line = format!("XDG_DOWNLOAD_DIR=\"{}\"\n", downloads.display());
    std::fs::write(config.join("user-dirs.dirs"), line).unwrap();
    let window = open(&home);
    window.evaluate(&format!("location.hash = '#/run/{}'", run.id()));
    window.wait_for(&format!("{}?.querySelector('.line')", query("log-view")), LONG);
    let stem = format!("seatrial-{}", &run.id()[30..]);
    for name in [format!("{stem}.log"), format!("{stem} (1).log")] {
        window.click("log-download");
        window.wait_for(&format!("document.body.innerText.includes('{name}')"), LONG);
        let saved = downloads.join(&name);
        until("the file is there", LONG, || {
            std::fs::read_to_string(&saved).ok().filter(|text| !text.is_empty())
        });
    }
}

#[test]
fn a_run_of_the_window_goes_on_after_the_window_is_closed() {
    let home = Home::new();
    let app = AppFolder::new(&home, "left");
    home.run_in(&app, &["env", "set", "START_DELAY=2"]).expect(0);
    home.run_in(&app, &["trust", "--grant"]).expect(0);
    let window = open(&home);
    open_folder(&window, &app.path);
    window.wait_for(&query("environment-local"), LONG);
    window.click("verb-ship");
    window.click("plan-confirm");
    window.wait_for(&format!("{}?.dataset.status === 'running'", query("run-status")), LONG);
    drop(window);
    let runs = home.run(["history", "--all", "--json"]).expect(0).json;
    let run = runs[0]["run"].as_str().unwrap().to_owned();
    home.follow(&run).expect("live");
    until("the app answers", LONG, || (home.served(&app.host())? == "1").then_some(()));
}

/// A machine with graphics hardware puts layers together, one without paints at once; those that run this have none.
#[test]
fn the_page_is_on_the_display_with_layers_and_without() {
    const RAIL: Area = Area { left: 56, top: 100, width: 144, height: 300 };
    for without in ["0", "1"] {
        let window = open(&Home::new().with("WEBKIT_DISABLE_COMPOSITING_MODE", without));
        let mut picture = window.display().picture();
        until("words on the display", LONG, || (picture.ink(RAIL).unwrap() > 200).then_some(()));
    }
}
