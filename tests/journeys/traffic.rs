//! What visitors notice while versions change: nothing.

use seatrial_tests::{AppFolder, Home, Load, Loading, Request};
use std::time::Duration;

const RATE: u32 = 150;

/// An app with its first version live, and visitors.
fn visited(home: &Home, name: &str, ship: &str, sockets: usize) -> (AppFolder, Loading) {
    let app = AppFolder::new(home, name);
    app.configure(ship);
    home.deploy(&app).expect("live");
    let load = Load { rate: RATE, sockets, ..Load::new(home.http, &app.host()) };
    (app, load.start())
}

#[test]
fn blue_green_fails_no_request_and_keeps_websockets_until_they_are_drained() {
    let home = Home::new();
    let (app, load) = visited(&home, "busy", "", 6);
    let mut stops = Vec::new();
    for version in 2..=4 {
        app.set_version(version);
        let run = home.deploy(&app).expect("live");
        assert_eq!(run.proof().1, 0, "{}", run.report());
        stops.extend(run.began("stop"));
        let back = home.go(&app, &["rollback", "--yes"]).expect("live");
        assert_eq!(back.proof().1, 0, "{}", back.report());
        stops.extend(back.began("stop"));
        app.set_version(format!("{version}b"));
    }
    let totals = load.finish();
    totals.expect_no_failure();
    assert!(totals.new_connections * 3 > totals.sent, "half of the connections are new");
    assert!(totals.releases.len() >= 4, "visitors saw every version: {:?}", totals.releases);
    assert_eq!(stops.len(), 6, "every switch ended with a stop");
    assert_eq!(
        totals.closed_early(&stops),
        0,
        "websockets end only with their version: {totals:?} {stops:?}"
    );
    assert!(totals.sockets_closed.len() >= 6, "and then they do end");
}

#[test]
fn live_holds_requests_while_a_slow_version_starts() {
    let home = Home::new();
    let ship = "strategy = \"live\"\n";
    let (app, load) = visited(&home, "single", ship, 0);
    home.run_in(&app, &["env", "set", "START_DELAY=2"]).expect(0);
    for version in 2..=3 {
        app.set_version(version);
        let run = home.deploy(&app).expect("live");
        assert!(run.step_ms("health") >= 1500, "the new version takes its time: {}", run.report());
        assert_eq!(run.proof().1, 0, "{}", run.report());
    }
    let totals = load.finish();
    totals.expect_no_failure();
    assert!(totals.slowest > Duration::from_secs(1), "requests were held: {:?}", totals.slowest);
    assert_eq!(home.served(&app.host()).as_deref(), Some("3"));
}

#[test]
fn a_volume_lets_only_one_version_run_at_a_time() {
    let home = Home::new();
    let app = AppFolder::new(&home, "stateful");
    app.configure("volumes = [\"data:/data\"]\n");
    home.deploy(&app).expect("live");
    assert_eq!(home.get(&app.host(), "/visits").unwrap().body.trim(), "1");
    let load = Load { rate: 60, ..Load::new(home.http, &app.host()) }.start();
    app.set_version(2);
    let plan = home.run_in(&app, &["plan"]).expect(0);
    plan.says(&["stop"]);
    home.deploy(&app).expect("live");
    load.finish().expect_no_failure();
    assert_eq!(home.get(&app.host(), "/visits").unwrap().body.trim(), "2", "what was written is still there");

    let name = format!("{}{}--local", home.prefix(), app.name);
    let slot = home.containers().into_iter().find(|found| found.starts_with(&name)).expect("a container");
    let copied = std::process::Command::new("docker")
        .args(["cp", &format!("{slot}:/data/beats"), "-"])
        .output()
        .unwrap();
    let beats = String::from_utf8_lossy(&copied.stdout).into_owned();
    let order: Vec<char> =
        beats.lines().filter_map(|line| line.trim_end_matches('\0').chars().last()).collect();
    let first_new = order.iter().position(|version| *version == '2').expect("the new version wrote");
    assert!(order[first_new..].iter().all(|version| *version != '1'), "both versions wrote at the same time");
}

#[test]
fn requests_under_way_are_answered_by_the_version_that_got_them() {
    let home = Home::new();
    let app = AppFolder::new(&home, "patient");
    home.deploy(&app).expect("live");
    app.set_version(2);
    let (port, host) = (home.http, app.host());
    let slow: Vec<_> = (0..4)
        .map(|_| {
            let host = host.clone();
            std::thread::spawn(move || Request::get(port, &host, "/slow?s=2").send())
        })
        .collect();
    let upload = {
        let host = host.clone();
        std::thread::spawn(move || Request::get(port, &host, "/upload").post(vec![7; 8 << 20]).send())
    };
    home.deploy(&app).expect("live");
    for answer in slow {
        let answer = answer.join().unwrap().expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let answer = upload.join().unwrap().expect("an answer");
    assert_eq!(answer.body.trim(), (8 << 20).to_string());
    assert_eq!(home.served(&host).as_deref(), Some("2"));
}

#[test]
fn a_warm_old_version_makes_going_back_instant() {
    let home = Home::new();
    let app = AppFolder::new(&home, "warm");
    app.configure("keep_old = \"warm\"\n");
    home.deploy(&app).expect("live");
    app.set_version(2);
    home.deploy(&app).expect("live");
    let back = home.go(&app, &["rollback", "--yes"]).expect("live");
    assert!(back.step("stop").is_null(), "nothing is stopped: {}", back.report());
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
}
