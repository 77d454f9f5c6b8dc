//! Workers: what runs beside the process that visitors reach goes with its version, there and back.

use seatrial_tests::{AppFolder, Home, Load, docker, until};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// A worker that says for which version it works.
const MAILS: &str =
    r#"mails = { run = "while true; do grep ^VERSION app.py; sleep 0.2; done", steady = "1s" }"#;

fn with_workers(home: &Home, name: &str, ship: &str, workers: &str) -> AppFolder {
    let app = AppFolder::new(home, name);
    configure(&app, ship, workers);
    app
}

fn configure(app: &AppFolder, ship: &str, workers: &str) {
    app.configure(&format!("\n{ship}\n[ship.workers]\n{workers}\n"));
}

fn container(home: &Home, app: &AppFolder, slot: &str) -> String {
    format!("{}{}--local--{slot}-mails", home.prefix(), app.name)
}

fn runs(home: &Home, app: &AppFolder, slot: &str) -> bool {
    docker(&["inspect", "-f", "{{.State.Running}}", &container(home, app, slot)]).as_deref() == Some("true")
}

fn written(home: &Home, app: &AppFolder) -> String {
    home.run_in(app, &["output", "--worker", "mails", "--tail", "1"]).expect(0).stdout
}

#[test]
fn workers_go_with_their_version_there_and_back_and_no_visitor_notices() {
    let home = Home::new();
    let app = with_workers(&home, "posts", "", MAILS);
    let plan = home.run_in(&app, &["plan"]).expect(0);
    plan.says(&["Start the worker mails", "the worker mails stays up for 1 s"]);
    home.deploy(&app).expect("live");
    assert!(runs(&home, &app, "blue"));
    let load = Load { rate: 100, ..Load::new(home.http, &app.host()) }.start();
    app.set_version(2);
    let run = home.deploy(&app).expect("live");
    assert_eq!(run.proof().1, 0, "{}", run.report());
    assert!(run.ended("workers") <= run.began("switch"), "it stayed up before visitors got the new version");
    assert_eq!([runs(&home, &app, "blue"), runs(&home, &app, "green")], [false, true]);
    assert!(written(&home, &app).contains("VERSION = \"2\""), "{}", written(&home, &app));
    home.go(&app, &["rollback", "--yes"]).expect("live");
    assert_eq!([runs(&home, &app, "blue"), runs(&home, &app, "green")], [true, false]);
    assert!(written(&home, &app).contains("VERSION = \"1\""), "{}", written(&home, &app));
    home.go(&app, &["restart", "--yes"]).expect("live");
    assert_eq!([runs(&home, &app, "blue"), runs(&home, &app, "green")], [true, false]);
    load.finish().expect_no_failure();

    home.run_in(&app, &["usage"]).expect(0).says(&["  mails"]);
    let shell = home.run_in(&app, &["shell", "--worker", "mails", "--", "cat", "/proc/1/cmdline"]).expect(0);
    assert!(shell.stdout.contains("grep ^VERSION"), "{}", shell.stdout);
    home.go(&app, &["stop", "--yes"]).expect("succeeded");
    assert_eq!([runs(&home, &app, "blue"), runs(&home, &app, "green")], [false, false]);
    home.go(&app, &["start", "--yes"]).expect("live");
    assert!(runs(&home, &app, "blue"));
}

#[test]
fn a_worker_that_is_down_is_told_and_a_start_brings_it_back() {
    let home = Home::new();
    let app = with_workers(&home, "falls", "", MAILS);
    home.deploy(&app).expect("live");
    home.run_in(&app, &["drift"]).expect(0).says(&["is as recorded"]);
    docker(&["stop", "--time", "0", &container(&home, &app, "blue")]).expect("it is stopped");
    let drift = home.run_in(&app, &["drift"]);
    drift.says(&["worker mails", "stopped", "Its work is not done"]);
    home.go(&app, &["start", "--yes"]).expect("live");
    assert!(runs(&home, &app, "blue"));
    home.run_in(&app, &["drift"]).expect(0);
}

#[test]
fn a_version_whose_worker_does_not_stay_up_is_told_with_its_last_words_and_the_old_one_serves_on() {
    let home = Home::new();
    let app = with_workers(&home, "tries", "", MAILS);
    home.deploy(&app).expect("live");
    let load = Load { rate: 100, ..Load::new(home.http, &app.host()) }.start();
    app.set_version(2);
    configure(&app, "", r#"mails = "sleep 1; echo no such queue >&2; exit 3""#);
    let run = home.deploy(&app).expect("failed_clean");
    assert!(run.reason().starts_with("workers: the worker mails ended with status 3"), "{}", run.reason());
    assert!(run.reason().contains("no such queue"), "{}", run.reason());
    configure(&app, "", r#"mails = ["/no/such/program"]"#);
    let run = home.deploy(&app).expect("failed_clean");
    let failure = run.failures().next().expect("a failure");
    assert_eq!(failure["cause"], "not-started", "{failure}");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
    assert!(runs(&home, &app, "blue"), "the old version goes on working");
    assert!(!home.containers().contains(&container(&home, &app, "green")), "nothing is left of it");
    load.finish().expect_no_failure();
}

#[test]
fn an_old_version_that_is_kept_warm_stops_working_and_works_again_when_it_is_put_back() {
    let home = Home::new();
    let app = with_workers(&home, "warms", "keep_old = \"warm\"", MAILS);
    home.deploy(&app).expect("live");
    app.set_version(2);
    home.deploy(&app).expect("live");
    let web = format!("{}{}--local-blue", home.prefix(), app.name);
    assert_eq!(docker(&["inspect", "-f", "{{.State.Running}}", &web]).as_deref(), Some("true"));
    assert_eq!([runs(&home, &app, "blue"), runs(&home, &app, "green")], [false, true]);
    home.go(&app, &["rollback", "--yes"]).expect("live");
    until("the worker of the version before", LONG, || runs(&home, &app, "blue").then_some(()));
    assert!(!runs(&home, &app, "green"));
}
