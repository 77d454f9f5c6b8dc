//! Requests that fail while versions change: none.

use crate::Figure;
use seatrial_tests::{AppFolder, Home, Load};
use std::time::Duration;

const RATE: u32 = 550;
const DEPLOYS: u32 = 10;
const LIVE_DEPLOYS: u32 = 5;
const SOCKETS: usize = 20;
const REQUESTS: u64 = 20_000;

pub(crate) fn measure() -> Vec<Figure> {
    let mut figures = blue_green();
    figures.extend(live());
    figures
}

fn blue_green() -> Vec<Figure> {
    let home = Home::new();
    let app = AppFolder::new(&home, "crowd");
    app.unwatched();
    home.deploy(&app).expect("live");
    let load = Load { rate: RATE, sockets: SOCKETS, ..Load::new(home.http, &app.host()) }.start();
    let mut stops = Vec::new();
    for version in 0..DEPLOYS {
        app.set_version(format!("d{version}"));
        let run = home.deploy(&app).expect("live");
        stops.extend(run.began("stop"));
        let back = home.go(&app, &["rollback", "--yes"]).expect("live");
        stops.extend(back.began("stop"));
        eprintln!(
            "deploy and rollback {version}: {} sent, {} failed",
            load.so_far().sent,
            load.so_far().failed.len()
        );
    }
    while load.so_far().sent < REQUESTS {
        std::thread::sleep(Duration::from_millis(100));
    }
    let totals = load.finish();
    totals.some_failed().iter().for_each(|failed| eprintln!("failed: {failed:?}"));
    let count = |number: u64| number as f64;
    vec![
        Figure::at_least("blue-green: requests sent", count(totals.sent), count(REQUESTS), ""),
        Figure::at_least(
            "blue-green: requests per second",
            count(totals.sent) / totals.time.as_secs_f64(),
            500.0,
            "",
        ),
        Figure::remark(
            "blue-green: share on new connections",
            count(totals.new_connections) / count(totals.sent),
            "",
        ),
        Figure::remark("blue-green: slowest answer", totals.slowest.as_secs_f64(), "s"),
        Figure::at_most(
            format!("blue-green: failed in {DEPLOYS} deploys and {DEPLOYS} rollbacks"),
            totals.failed.len() as f64,
            0.0,
            "",
        ),
        Figure::remark(
            "blue-green: websockets closed when their version stopped",
            totals.sockets_closed.len() as f64,
            "",
        ),
        Figure::at_least("blue-green: websockets opened", count(totals.sockets_opened), SOCKETS as f64, ""),
        Figure::at_most("blue-green: websockets closed before", totals.closed_early(&stops) as f64, 0.0, ""),
    ]
}

/// Only the second half: one version stops before the next one starts.
pub(crate) fn live() -> Vec<Figure> {
    let home = Home::new();
    let app = AppFolder::new(&home, "lone");
    app.configure("strategy = \"live\"\n");
    app.unwatched();
    home.run_in(&app, &["env", "set", "START_DELAY=2"]).expect(0);
    home.deploy(&app).expect("live");
    let load = Load { rate: RATE, ..Load::new(home.http, &app.host()) }.start();
    for version in 0..LIVE_DEPLOYS {
        app.set_version(format!("l{version}"));
        home.deploy(&app).expect("live");
        eprintln!(
            "live deploy {version}: {} sent, {} failed",
            load.so_far().sent,
            load.so_far().failed.len()
        );
    }
    let totals = load.finish();
    totals.some_failed().iter().for_each(|failed| eprintln!("failed: {failed:?}"));
    vec![
        Figure::remark("live: requests sent", totals.sent as f64, ""),
        Figure::remark("live: slowest answer", totals.slowest.as_secs_f64(), "s"),
        Figure::at_most(
            format!("live: failed in {LIVE_DEPLOYS} deploys of an app that starts in 2 s"),
            totals.failed.len() as f64,
            0.0,
            "",
        ),
    ]
}
