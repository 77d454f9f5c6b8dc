//! What a person waits for in the page: real Chromium on `seatrial serve`, with the program and its history behind it.

use crate::{Figure, median};
use seatrial_tests::{AppFolder, Browser, Element, Home, Server};
use serde_json::json;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const LINES: u32 = 1_000_000;
const APPS: usize = 500;
const ENVIRONMENTS: usize = 50;
const LONG: Duration = Duration::from_secs(120);
const ROUNDS: usize = 7;

pub(crate) fn measure() -> Vec<Figure> {
    let mut figures = vec![shipped_script()];
    figures.extend(log());
    figures.extend(matrix());
    figures.push(interactions());
    figures
}

/// Compressed size of what the first screen needs before it can be shown.
fn shipped_script() -> Figure {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    let index = std::fs::read_to_string(dist.join("index.html")).expect("a built page");
    let quoted = index.split(['"', ' ']).filter(|part| part.ends_with(".js"));
    let bytes: usize = quoted.map(|name| compressed(&dist.join(name.trim_start_matches(['.', '/'])))).sum();
    Figure::at_most("page: script of the first screen, compressed", bytes as f64 / 1000.0, 250.0, "kB")
}

fn compressed(file: &Path) -> usize {
    let mut gzip = Command::new("gzip");
    let done = gzip.args(["-9", "-c"]).arg(file).stdin(Stdio::null()).output().expect("gzip");
    assert!(done.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&done.stderr));
    done.stdout.len()
}

/// A page of a home, ready to be used.
fn page_of(server: &Server) -> Browser {
    let mut page = Browser::start();
    page.open(&server.url);
    page.wait_for(&Element("ready").query(), LONG);
    page
}

/// Does something in the page and takes the time until an expression is true and painted, in milliseconds.
fn time(page: &mut Browser, deed: &str, until: &str) -> f64 {
    let script = format!(
        "new Promise((done) => {{ const begun = performance.now(); {deed}; \
         const look = () => ({until}) ? requestAnimationFrame(() => done(performance.now() - begun)) \
         : performance.now() - begun > 60000 ? done(-1) : requestAnimationFrame(look); look(); }})"
    );
    let time = page.evaluate(&script).as_f64().expect("a time");
    assert!(time >= 0.0, "`{until}` did not become true within a minute");
    time
}

fn log() -> Vec<Figure> {
    let home = Home::new();
    let app = AppFolder::new(&home, "chatty");
    let command = format!("seq -f 'line %.0f of a log that is quite ordinary in its length' {LINES}");
    let step = format!("\n[build.steps.lint]\nrun = \"{command}\"\n");
    app.write("seatrial.toml", app.read("seatrial.toml") + &step);
    let run = home.go(&app, &["build", "--yes", "--trust"]).expect("succeeded");
    let server = Server::start(&home, &[]);
    let mut page = page_of(&server);
    let (total, view) = (Element("log-total").query(), Element("log-view").query());
    let shown = format!("{total}?.innerText.includes('1,000,') && {view}.querySelector('.line')");
    let open = format!("location.hash = '#/run/{}'", run.id());
    let mut opened = Vec::new();
    for _ in 0..ROUNDS {
        opened.push(time(&mut page, &open, &shown));
        time(&mut page, "location.hash = '#/runs'", &format!("!{view}"));
    }
    time(&mut page, &open, &shown);
    let (field, hits) = (Element("log-search").query(), Element("log-hits").query());
    let mut searched = Vec::new();
    for round in 0..ROUNDS {
        let text = format!("line {} of", 999_990 - round);
        let typed = format!(
            "{field}.value = '{text}'; {field}.dispatchEvent(new Event('input', {{ bubbles: true }})); \
             {field}.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true }}))"
        );
        searched.push(time(&mut page, &typed, &format!("/^1 of 1\\b/.test({hits}?.innerText.trim())")));
        let emptied =
            format!("{field}.value = ''; {field}.dispatchEvent(new Event('input', {{ bubbles: true }}))");
        time(&mut page, &emptied, &format!("!/of 1\\b/.test({hits}?.innerText ?? '')"));
    }
    vec![
        Figure::at_most("page: a log of 1,000,000 lines opens", median(opened), 100.0, "ms"),
        Figure::at_most("page: a search in it, to the hit in sight", median(searched), 300.0, "ms"),
    ]
}

fn matrix() -> Vec<Figure> {
    let home = Home::new();
    let server = Server::start(&home, &["--allow-changes"]);
    let environments: String =
        (0..ENVIRONMENTS).map(|number| format!("place-{number} = \"docker\"\n")).collect();
    for number in 0..APPS {
        let folder = home.root().join(format!("fleet/app-{number:03}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("Dockerfile"), "FROM scratch\n").expect("a file");
        let text = format!("app = \"app-{number:03}\"\n[env]\n{environments}");
        std::fs::write(folder.join("seatrial.toml"), text).expect("a file");
        let opened = server.call("app.open", &json!({ "folder": folder }));
        assert_eq!(opened.status, 200, "{}", opened.body);
    }
    let mut page = page_of(&server);
    let cell = "document.querySelectorAll('[data-testid=fleet] [role=gridcell]').length > 20";
    page.wait_for(cell, LONG);
    page.evaluate("performance.setResourceTimingBufferSize(100000)");
    let mut painted = Vec::new();
    let mut asked = Vec::new();
    for _ in 0..ROUNDS {
        time(&mut page, "location.hash = '#/runs'", &format!("!({cell})"));
        painted.push(after_data(&mut page, cell));
        asked.push(server_time(&server));
    }
    let scrolled = time(
        &mut page,
        "const grid = document.querySelector('[data-testid=fleet]'); grid.scrollTop = 1e9; grid.scrollLeft = 1e9",
        "document.querySelector('[data-testid=fleet]').innerText.includes('app-499')",
    );
    vec![
        Figure::at_most("page: matrix of 500 × 50, first paint after data", median(painted), 200.0, "ms"),
        Figure::remark("page: fleet.get of 500 × 50", median(asked), "ms"),
        Figure::at_most("page: matrix, to its far corner", scrolled, 100.0, "ms"),
    ]
}

/// Goes to the matrix and takes the time from its data's last byte to its paint, in milliseconds.
fn after_data(page: &mut Browser, cell: &str) -> f64 {
    let script = format!(
        "new Promise((done) => {{ const begun = performance.now(); location.hash = '#/'; \
         const data = () => performance.getEntriesByType('resource').findLast((entry) => \
         entry.name.endsWith('fleet.get') && entry.startTime >= begun)?.responseEnd; \
         const look = () => ({cell}) && data() ? requestAnimationFrame(() => done(performance.now() - data())) \
         : performance.now() - begun > 60000 ? done(-1) : requestAnimationFrame(look); look(); }})"
    );
    let time = page.evaluate(&script).as_f64().expect("a time");
    assert!(time >= 0.0, "the matrix did not show within a minute");
    time
}

fn server_time(server: &Server) -> f64 {
    let clock = std::time::Instant::now();
    let answer = server.call("fleet.get", &json!({}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    clock.elapsed().as_secs_f64() * 1000.0
}

/// How long a key waits for its paint while a run writes 10,000 lines per second.
fn interactions() -> Figure {
    let home = Home::new();
    let app = AppFolder::new(&home, "noisy");
    let command = "i=0; while [ $i -lt 200 ]; do seq 1000; sleep 0.1; i=$((i+1)); done";
    let step = format!("\n[build.steps.lint]\nrun = \"{command}\"\n");
    app.write("seatrial.toml", app.read("seatrial.toml") + &step);
    let server = Server::start(&home, &[]);
    let mut page = page_of(&server);
    let run = home.start(&app, &["build", "--yes", "--trust"]);
    page.evaluate(&format!("location.hash = '#/run/{run}'"));
    page.wait_for(&format!("{}?.querySelector('.line')", Element("log-view").query()), LONG);
    let mut waits = Vec::new();
    for _ in 0..40 {
        let click = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'w', bubbles: true }))";
        waits.push(time(&mut page, click, "true"));
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(home.run_in(&app, &["cancel", &run]));
    waits.sort_by(f64::total_cmp);
    let place = waits.len() * 95 / 100;
    Figure::at_most("page: a key to its paint at 10,000 lines/s, 95th percentile", waits[place], 100.0, "ms")
}
