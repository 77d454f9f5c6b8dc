//! Runs that are stopped, that meet each other, or that lose their engine.

use seatrial_tests::{AppFolder, CuttableSocket, Home, running, until, workers_of};
use serde_json::Value;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// A run's line in the list.
fn state(home: &Home, run: &str) -> Option<Value> {
    let listed = home.run(["history", "--all", "--json"]).json;
    listed.as_array()?.iter().find(|line| line["run"] == run).cloned()
}

/// Waits until a run has said something with this text in its log.
fn await_line(home: &Home, run: &str, text: &str) {
    until(text, LONG, || home.run(["logs", run]).stdout.contains(text).then_some(()));
}

fn with_slow_start(home: &Home, name: &str) -> AppFolder {
    let app = AppFolder::new(home, name);
    home.deploy(&app).expect("live");
    let text = app.read("seatrial.toml").replace("deadline = \"5s\"", "deadline = \"60s\"");
    app.write("seatrial.toml", text);
    home.run_in(&app, &["env", "set", "MISBEHAVE=500"]).expect(0);
    app.set_version(2);
    app
}

#[test]
fn a_cancel_before_the_switch_leaves_the_old_version_serving_and_nothing_else() {
    let home = Home::new();
    let app = with_slow_start(&home, "stopped");
    let before = home.containers();
    let run = home.start(&app, &["deploy", "--yes", "--trust"]);
    until("the new version is launched", LONG, || (home.containers().len() > before.len()).then_some(()));
    home.run_in(&app, &["cancel"]).expect(0);
    let run = home.follow(&run).expect("cancelled");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"), "{}", run.report());
    assert_eq!(home.containers(), before);
    home.run_in(&app, &["cancel", run.id()]).expect(4).says(&["over already"]);

    home.run_in(&app, &["env", "unset", "MISBEHAVE"]).expect(0);
    home.deploy(&app).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));
}

#[test]
fn a_cancelled_build_step_ends_with_everything_it_started() {
    let home = Home::new();
    let app = AppFolder::new(&home, "looping");
    let marker = format!("86{}", std::process::id());
    let step = format!("\n[build.steps.lint]\nrun = \"echo begun; sleep {marker} & sleep {marker}\"\n");
    app.write("seatrial.toml", app.read("seatrial.toml") + &step);
    let run = home.start(&app, &["deploy", "--yes", "--trust"]);
    await_line(&home, &run, "begun");
    assert!(running(&format!("sleep {marker}")) >= 2);
    home.run_in(&app, &["cancel"]).expect(0);
    home.follow(&run).expect("cancelled");
    assert_eq!(running(&format!("sleep {marker}")), 0);
    assert!(home.containers().is_empty());
}

#[test]
fn a_second_deployment_is_refused_by_name_and_waits_when_asked_to() {
    let home = Home::new();
    let app = AppFolder::new(&home, "twice");
    home.deploy(&app).expect("live");
    app.set_version(2);
    let slow = "\n[build.steps.lint]\nrun = \"echo begun; sleep 8\"\n";
    app.write("seatrial.toml", app.read("seatrial.toml") + slow);
    let first = home.start(&app, &["deploy", "--yes", "--trust"]);
    // Nothing on the target is different yet, so the plan of the second holds when its turn comes.
    await_line(&home, &first, "begun");
    let refused = home.run_in(&app, &["deploy", "--yes", "--trust"]).expect(4);
    refused.says(&["tester@", "deploying to local", "--wait"]);
    let second = home.start(&app, &["deploy", "--yes", "--trust", "--wait"]);
    let waits = || (state(&home, &second)?["status"] == "waiting").then_some(());
    until("the second waits", LONG, waits);
    home.run_in(&app, &["cancel", &first]).expect(0);
    home.follow(&first).expect("cancelled");
    let second = home.follow(&second);
    assert!(["live", "plan_outdated"].contains(&second.end()), "{}", second.report());
    assert_eq!(second.end(), "live", "what it was planned for is still so: {}", second.report());
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));
}

#[test]
fn two_apps_deploy_at_the_same_time() {
    let home = Home::new();
    let apps = ["left", "right"].map(|name| AppFolder::new(&home, name));
    home.deploy(&apps[0]).expect("live");
    apps[0].set_version(2);
    let runs = apps.each_ref().map(|app| home.start(app, &["deploy", "--yes", "--trust"]));
    for run in &runs {
        home.follow(run).expect("live");
    }
    assert_eq!(home.served(&apps[0].host()).as_deref(), Some("2"));
    assert_eq!(home.served(&apps[1].host()).as_deref(), Some("1"));
}

#[test]
fn an_engine_that_stops_while_a_version_starts_never_ends_the_old_one() {
    let dir = tempfile::Builder::new().prefix("seatrial-journey-").tempdir().unwrap();
    let socket = CuttableSocket::new(&dir.path().join("docker.sock"));
    let home = Home::at(dir).with("DOCKER_HOST", socket.address());
    let (http, https) = (home.http.to_string(), home.https.to_string());
    home.run(["proxy", "--http", &http, "--https", &https]).expect(0);
    let app = with_slow_start(&home, "cut");
    let before = home.containers();
    let run = home.start(&app, &["deploy", "--yes", "--trust"]);
    until("the new version is launched", LONG, || (home.containers().len() > before.len()).then_some(()));
    socket.cut();
    let ended = home.follow(&run);
    assert!(["failed_clean", "needs_attention"].contains(&ended.end()), "{}", ended.report());
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"), "visitors notice nothing");
    home.run_in(&app, &["deploy", "--yes", "--trust"]).expect(3).says(&["Docker"]);

    socket.mend();
    home.run_in(&app, &["env", "unset", "MISBEHAVE"]).expect(0);
    home.deploy(&app).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"), "the next deployment finds its way");
    assert_eq!(home.containers().len(), before.len() + 1, "nothing of the interrupted one is left");
}

#[test]
fn an_engine_that_comes_back_in_time_is_enough() {
    let dir = tempfile::Builder::new().prefix("seatrial-journey-").tempdir().unwrap();
    let socket = CuttableSocket::new(&dir.path().join("docker.sock"));
    let home = Home::at(dir).with("DOCKER_HOST", socket.address());
    let (http, https) = (home.http.to_string(), home.https.to_string());
    home.run(["proxy", "--http", &http, "--https", &https]).expect(0);
    let app = AppFolder::new(&home, "blink");
    home.deploy(&app).expect("live");
    app.set_version(2);
    let run = home.start(&app, &["deploy", "--yes", "--trust"]);
    until("a worker", LONG, || workers_of(&home.data()).first().copied());
    socket.cut();
    socket.mend();
    let ended = home.follow(&run);
    let right = if ended.end() == "live" { "2" } else { "1" };
    assert!(
        ["live", "failed_clean", "rolled_back", "plan_outdated"].contains(&ended.end()),
        "{}",
        ended.report()
    );
    assert_eq!(home.served(&app.host()).as_deref(), Some(right), "{}", ended.report());
}
