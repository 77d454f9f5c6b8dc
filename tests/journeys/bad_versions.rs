//! Versions that do not work: the old one goes on serving, nothing is left, and the person reads why.

use seatrial_tests::{AppFolder, Home, Run};

/// A home with version 1 of an app live.
fn serving(name: &str, ship: &str) -> (Home, AppFolder) {
    let home = Home::new();
    let app = AppFolder::new(&home, name);
    app.configure(ship);
    home.deploy(&app).expect("live");
    app.set_version(2);
    (home, app)
}

/// Deploys a version that misbehaves, makes sure that the old one serves, and returns what was said.
fn misbehave(home: &Home, app: &AppFolder, how: &str) -> (Run, String) {
    home.run_in(app, &["env", "set", &format!("MISBEHAVE={how}")]).expect(0);
    let before = home.containers();
    let run = home.deploy(app).expect("failed_clean");
    assert_eq!(run.status, 1, "{how}");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"), "after {how}: {}", run.report());
    assert_eq!(home.containers(), before, "after {how} nothing is left behind");
    let said = home.run_in(app, &["follow", run.id()]);
    assert_eq!(said.status, 1, "{how}: {}", said.text());
    (run, said.text())
}

#[track_caller]
fn expect_words(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.to_lowercase().contains(&word.to_lowercase()), "`{word}` was not said:\n{said}");
    }
}

#[test]
fn every_kind_of_bad_version_leaves_the_old_one_serving_and_says_why() {
    let (home, app) = serving("bad", "memory = \"64MiB\"\n");
    let (_, said) = misbehave(&home, &app, "crash");
    expect_words(&said, &["exit", "3", "DATABASE_URL", "serves"]);
    let (_, said) = misbehave(&home, &app, "port");
    expect_words(&said, &["8001", "port = 8001"]);
    let (_, said) = misbehave(&home, &app, "500");
    expect_words(&said, &["500", "the database is not there"]);
    let (_, said) = misbehave(&home, &app, "hang");
    expect_words(&said, &["answer"]);
    let (_, said) = misbehave(&home, &app, "slow");
    expect_words(&said, &["answer"]);
    let (_, said) = misbehave(&home, &app, "memory");
    expect_words(&said, &["memory"]);

    home.run_in(&app, &["env", "unset", "MISBEHAVE"]).expect(0);
    home.deploy(&app).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"), "the way forward is open again");
}

#[test]
fn a_bad_version_under_live_puts_the_old_one_back() {
    let (home, app) = serving("back", "strategy = \"live\"\n");
    home.run_in(&app, &["env", "set", "MISBEHAVE=500"]).expect(0);
    let run = home.deploy(&app);
    assert!(["failed_clean", "rolled_back"].contains(&run.end()), "{}", run.report());
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
}

#[test]
fn a_first_deployment_that_fails_leaves_nothing_running() {
    let home = Home::new();
    let app = AppFolder::new(&home, "stillborn");
    home.run_in(&app, &["env", "set", "MISBEHAVE=crash"]).expect(0);
    home.deploy(&app).expect("failed_clean");
    let proxy = format!("{}proxy", home.prefix());
    assert!(home.containers().iter().all(|name| *name == proxy), "{:?}", home.containers());
    assert_eq!(home.served(&app.host()), None);
}

#[test]
fn a_dockerfile_that_fails_names_its_line_and_changes_nothing() {
    let (home, app) = serving("unbuilt", "");
    let text = app.read("Dockerfile");
    app.write("Dockerfile", text + "RUN python3 -c \"raise SystemExit('no such package: left-pad')\"\n");
    let run = home.deploy(&app).expect("failed_clean");
    let said = home.run_in(&app, &["follow", run.id()]).text();
    expect_words(&said, &["left-pad", "Dockerfile line 6"]);
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));

    app.write("Dockerfile", "FROM python:3-slim\nCOPPY app.py .\n");
    let run = home.deploy(&app).expect("failed_clean");
    let said = home.run_in(&app, &["follow", run.id()]).text();
    expect_words(&said, &["COPPY", "Dockerfile line 2"]);

    app.write("Dockerfile", "FROM seatrial-no-such-image:1\nCOPY app.py .\n");
    let run = home.deploy(&app).expect("failed_clean");
    let said = home.run_in(&app, &["follow", run.id()]).text();
    expect_words(&said, &["seatrial-no-such-image:1"]);
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
}

#[test]
fn a_failed_step_can_be_tried_again_without_what_is_done() {
    let (home, app) = serving("again", "");
    let steps = "[build.steps.lint]\nrun = \"echo linted >> ../lint.log\"\n\
                 [build.steps.unit-test]\nrun = \"test -f ../fixed\"\nneeds = [\"lint\"]\n";
    app.write("seatrial.toml", steps.to_owned() + &app.read("seatrial.toml").replacen("app =", "\napp =", 1));
    let text = app.read("seatrial.toml");
    let name = format!("app = \"{}\"", app.name);
    app.write("seatrial.toml", format!("{name}\n{}", text.replace(&name, "")));
    app.commit("feat: steps");
    let run = home.deploy(&app).expect("failed_clean");
    expect_words(&run.report(), &["unit-test failed", "lint succeeded"]);
    std::fs::write(app.path.with_file_name("fixed"), "").unwrap();
    let retried = home.go(&app, &["retry", run.id(), "--yes"]).expect("live");
    assert_eq!(app.read("../lint.log").lines().count(), 1, "{}", retried.report());
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));
}
