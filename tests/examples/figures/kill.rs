//! `kill -9` of the worker at every step edge of the three ways a release changes.

use crate::Figure;
use seatrial_tests::{AppFolder, Edge, Home, Load, Run, Server, kill_at};

const RATE: u32 = 50;

pub(crate) fn measure() -> Vec<Figure> {
    let rounds = std::env::var("SEATRIAL_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let ways = [
        ("blue-green deploy", "", false),
        ("live deploy", "strategy = \"live\"\n", false),
        ("rollback", "", true),
    ];
    ways.into_iter().flat_map(|(name, ship, back)| way(name, ship, back, rounds)).collect()
}

fn way(name: &str, ship: &str, back: bool, rounds: u32) -> Vec<Figure> {
    let home = Home::new();
    let app = AppFolder::new(&home, "doomed");
    app.configure(ship);
    home.deploy(&app).expect("live");
    app.set_version("b");
    let version = |run: &Run| run.state["version"].as_str().map(str::to_owned).expect("a version");
    let mut next = version(&home.deploy(&app).expect("live"));
    app.set_version("c");
    let example = home.go(&app, if back { &["rollback", "--yes"] } else { &["deploy", "--yes", "--trust"] });
    let example = example.expect("live");
    let mut last = version(&example);
    let edges = Edge::all_of(&example);
    let server = Server::start(&home, &[]);
    let load = Load { rate: RATE, ..Load::new(home.http, &app.host()) }.start();
    let (mut killed, mut wrong) = (0, 0);
    for round in 0..rounds {
        for (number, edge) in edges.iter().enumerate() {
            let before = home.served(&app.host());
            let wanted = format!("r{round}e{number}");
            app.set_version(&wanted);
            let words: &[&str] =
                if back { &["rollback", "--yes", "--to", &next] } else { &["deploy", "--yes", "--trust"] };
            let (run, was_killed) = kill_at(&home, &server, &app.path, words, edge);
            killed += u32::from(was_killed);
            let served = home.served(&app.host());
            let right =
                if back { served.is_some() && served != before } else { served.as_deref() == Some(&wanted) };
            std::mem::swap(&mut next, &mut last);
            if run.end() != "live" || !right {
                wrong += 1;
                eprintln!("{name} {edge:?}: before {before:?}, now {served:?}: {}", run.report());
            }
        }
        eprintln!("{name}, round {round}: {killed} killed, {wrong} wrong");
    }
    let totals = load.finish();
    totals.some_failed().iter().for_each(|failed| eprintln!("failed: {failed:?}"));
    vec![
        Figure::remark(
            format!("kill -9, {name}: workers killed at {} edges in {rounds} rounds", edges.len()),
            f64::from(killed),
            "",
        ),
        Figure::at_most(format!("kill -9, {name}: wrong end states"), f64::from(wrong), 0.0, ""),
        Figure::at_most(
            format!("kill -9, {name}: failed of {} requests", totals.sent),
            totals.failed.len() as f64,
            0.0,
            "",
        ),
    ]
}
