//! The layers that drive the built programs: on the real engine, in a real browser, in a real window.

use super::Suite;
use super::rust::tests;
use super::tally::Tally;
use crate::cargo::Selection;
use crate::failure::{Failure, Outcome};
use crate::machine;
use crate::shell::last_lines;
use crate::tools;
use crate::workspace;
use std::path::{Path, PathBuf};

pub(crate) fn docker(suite: &Suite) -> Outcome<Tally> {
    run(suite, "docker", "docker_")
}

pub(crate) fn journeys(suite: &Suite) -> Outcome<Tally> {
    run(suite, "journeys", "journey_")
}

/// The page on the real program (Rust), and every screen on its demo data (Playwright).
pub(crate) fn browser(suite: &Suite) -> Outcome<Tally> {
    let mut tally = run(suite, "browser", "browser_")?;
    tools::provide_ui_packages()?;
    let mut screens = tools::npm(&["run", "test:browser"])?.limit(900);
    for (name, value) in environment("browser")? {
        screens = screens.env(name, value);
    }
    tally += tests("browser-screens", &screens)?;
    Ok(tally)
}

pub(crate) fn desktop(suite: &Suite) -> Outcome<Tally> {
    run(suite, "desktop", "desktop_")
}

/// The installed programs in a folder, wherever a package put them.
pub(crate) fn bundle(suite: &Suite, programs: &Path) -> Outcome<Tally> {
    let selection = Selection::of(suite.ci)?;
    let mut call = selection.cargo("test").args(selection.test_words(Some("bundle_")));
    for (name, value) in window_environment(programs)? {
        call = call.env(name, value);
    }
    tests("bundle", &call.args(["--", "--test-threads=1"]))
}

fn run(suite: &Suite, layer: &str, prefix: &str) -> Outcome<Tally> {
    run_with(suite, layer, prefix, Vec::new())
}

/// Compiles the programs of a layer, and the executables they start.
pub(crate) fn compile(suite: &Suite, prefix: &str) -> Outcome {
    let selection = Selection::of(suite.ci)?;
    build(&selection)?;
    let log = workspace::scratch("test")?.join("compile.log");
    let words = selection.test_words(Some(prefix));
    let (well, said) = selection.cargo("test").arg("--no-run").args(words).captured(&log)?;
    if well {
        Ok(())
    } else {
        Err(Failure::new("the test programs do not compile").detail(last_lines(&said, 100)))
    }
}

/// Runs the programs of a layer with variables beyond those of every layer.
pub(crate) fn run_with(
    suite: &Suite,
    layer: &str,
    prefix: &str,
    more: Vec<(&'static str, String)>,
) -> Outcome<Tally> {
    let selection = Selection::of(suite.ci)?;
    let words = selection.test_words(Some(prefix));
    if words.is_empty() {
        return Err(Failure::new(format!("there is no test program whose name starts with `{prefix}`")));
    }
    if layer != "docker" {
        build(&selection)?;
    }
    // One test at a time: they share one engine, its ports and two cores.
    let mut call = selection.cargo("test").arg("--no-fail-fast").args(words);
    for (name, value) in environment(layer)?.into_iter().chain(more) {
        call = call.env(name, value);
    }
    tests(layer, &call.args(["--", "--test-threads=1"]))
}

/// The web page, and the executables that the tests start; the page first, because they embed it.
pub(crate) fn build(selection: &Selection) -> Outcome {
    if !workspace::root().join("ui/dist/index.html").is_file() {
        tools::provide_ui_packages()?;
        tools::npm(&["run", "build"])?.limit(600).output()?;
    }
    let log = workspace::scratch("test")?.join("build.log");
    let (well, said) = selection.cargo("build").arg("--bins").captured(&log)?;
    if well {
        Ok(())
    } else {
        Err(Failure::new("the executables do not build").detail(last_lines(&said, 100)))
    }
}

/// What the test programs find things by.
fn environment(layer: &str) -> Outcome<Vec<(&'static str, String)>> {
    let built = |name: &str| workspace::debug_dir().join(name).display().to_string();
    let mut pairs = vec![("SEATRIAL_TEST_DOCKER", "1".to_owned())];
    if layer != "docker" {
        pairs.push(("SEATRIAL_BIN", built("seatrial")));
    }
    if layer == "browser" {
        pairs.push((
            "SEATRIAL_CHROMIUM",
            tool(&["chromium", "chromium-browser", "google-chrome"])?.display().to_string(),
        ));
    }
    if layer == "desktop" {
        pairs.extend(window_environment(&workspace::debug_dir())?);
    }
    Ok(pairs)
}

/// What tests of the window find it and its surroundings by.
fn window_environment(programs: &Path) -> Outcome<Vec<(&'static str, String)>> {
    let built = |name: &str| programs.join(name).display().to_string();
    let mut pairs =
        vec![("SEATRIAL_BIN", built("seatrial")), ("SEATRIAL_DESKTOP_BIN", built("seatrial-desktop"))];
    pairs.push(("SEATRIAL_WEBDRIVER", tool(&["WebKitWebDriver"])?.display().to_string()));
    pairs.push(("SEATRIAL_XVFB", tool(&["Xvfb"])?.display().to_string()));
    pairs.push(("SEATRIAL_XDOTOOL", tool(&["xdotool"])?.display().to_string()));
    // No session bus, no accessibility bus, software drawing: the same window on every machine.
    let quiet = [("DBUS_SESSION_BUS_ADDRESS", "disabled:"), ("NO_AT_BRIDGE", "1"), ("LANG", "C.UTF-8")];
    pairs.extend(quiet.map(|(name, value)| (name, value.to_owned())));
    pairs.push(("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1".to_owned()));
    Ok(pairs)
}

fn tool(names: &[&str]) -> Outcome<PathBuf> {
    let found = names.iter().find_map(|name| machine::find_tool(name));
    found.ok_or_else(|| Failure::new(format!("none of these programs is installed: {}", names.join(", "))))
}
