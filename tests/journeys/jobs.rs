//! Jobs: a migration runs once in the new image, before visitors get the new version.

use seatrial_tests::{AppFolder, Home, Load, docker, kill_worker, until, workers_of};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const LONG: Duration = Duration::from_secs(60);

/// An app whose first version is live without a job; from then on this one runs.
fn live(home: &Home, name: &str, job: &str) -> AppFolder {
    let app = AppFolder::new(home, name);
    home.deploy(&app).expect("live");
    app.configure(&format!("\n[ship.jobs]\nmigrate = {job}\n"));
    app.set_version(2);
    app
}

fn container(home: &Home, app: &AppFolder) -> String {
    format!("{}{}--local--job-migrate", home.prefix(), app.name)
}

/// How often the job's program was started, as the engine tells.
fn starts(home: &Home, app: &AppFolder) -> usize {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (since, until) = ((now.saturating_sub(600)).to_string(), (now + 1).to_string());
    let name = format!("container={}", container(home, app));
    let asked =
        ["events", "--since", &since, "--until", &until, "--filter", &name, "--filter", "event=start"];
    docker(&[&asked[..], &["--format", "{{.ID}}"]].concat()).unwrap_or_default().lines().count()
}

fn runs(home: &Home, app: &AppFolder) -> bool {
    docker(&["inspect", "-f", "{{.State.Running}}", &container(home, app)]).as_deref() == Some("true")
}

fn is_gone(home: &Home, app: &AppFolder) -> bool {
    !home.containers().contains(&container(home, app))
}

fn lines(home: &Home, app: &AppFolder, run: &str) -> String {
    home.run_in(app, &["logs", run, "--step", "migrate"]).expect(0).stdout
}

#[test]
fn a_migration_runs_once_with_the_apps_secrets_and_no_visitor_notices() {
    let home = Home::new();
    let app = live(
        &home,
        "moves",
        r#""echo from $(cat /run/secrets/TOKEN); grep VERSION app.py | head -n1; sleep 1""#,
    );
    let text = app.read("seatrial.toml").replace("[env]\nlocal = \"docker\"\n", "");
    app.write("seatrial.toml", text + "\n[env.local]\ntarget = \"docker\"\nsecrets = [\"TOKEN\"]\n");
    home.pipe_in(&app, &["secret", "set", "TOKEN"], "a-token-nobody-reads\n").expect(0);
    let plan = home.run_in(&app, &["plan"]).expect(0);
    plan.says(&["Run the job migrate", "the job migrate ends with status 0", "What migrate changes stays."]);
    let load = Load { rate: 100, ..Load::new(home.http, &app.host()) }.start();
    let run = home.deploy(&app).expect("live");
    assert_eq!(run.proof().1, 0, "{}", run.report());
    assert_eq!((starts(&home, &app), is_gone(&home, &app)), (1, true));
    assert!(run.ended("migrate") <= run.began("launch"), "it was over before the new version started");
    let said = lines(&home, &app, run.id());
    assert!(said.contains("from ***") && said.contains("VERSION = \"2\""), "{said}");
    assert!(!said.contains("nobody-reads"), "{said}");
    home.go(&app, &["rollback", "--yes"]).expect("live");
    assert_eq!(starts(&home, &app), 1, "going back runs no job");
    load.finish().expect_no_failure();
}

#[test]
fn a_migration_that_fails_is_told_with_its_last_words_and_the_old_version_serves_on() {
    let home = Home::new();
    let app = live(&home, "stays", r#""echo before; echo no such column: age >&2; exit 3""#);
    let load = Load { rate: 100, ..Load::new(home.http, &app.host()) }.start();
    let run = home.deploy(&app).expect("failed_clean");
    assert!(run.reason().starts_with("migrate: ended with status 3"), "{}", run.reason());
    let detail = run.failures().next().expect("a failure")["detail"].to_string();
    assert!(detail.contains("no such column: age"), "{detail}");
    assert_eq!(run.step("launch")["status"], "skipped");
    assert_eq!((starts(&home, &app), is_gone(&home, &app)), (1, true), "it is not tried again by itself");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));

    app.configure("\n[ship.jobs]\nmigrate = [\"/no/such/program\"]\n");
    let run = home.deploy(&app).expect("failed_clean");
    let failure = run.failures().next().expect("a failure");
    assert_eq!(failure["cause"], "not-started", "{failure}");
    assert!(failure["hints"][0].as_str().unwrap().contains("its program is in the image"), "{failure}");
    assert!(is_gone(&home, &app));
    app.configure("\n[ship.jobs.migrate]\nrun = \"sleep 60\"\ntimeout = \"1s\"\n");
    let run = home.deploy(&app).expect("failed_clean");
    assert!(run.reason().contains("had not ended after 1 s and was stopped"), "{}", run.reason());
    assert_eq!(starts(&home, &app), 3, "each deployment ran it once");
    assert!(is_gone(&home, &app));
    load.finish().expect_no_failure();
}

#[test]
fn d4_a_migration_goes_on_while_its_worker_is_dead_and_is_not_started_again() {
    let home = Home::new();
    let app = live(&home, "lives", r#""for n in 1 2 3 4 5 6; do echo part $n; sleep 1; done""#);
    let id = home.start(&app, &["deploy", "--yes", "--trust"]);
    until("a running migration", LONG, || runs(&home, &app).then_some(()));
    assert!(kill_worker(&home.data()));
    until("a killed worker to go", LONG, || workers_of(&home.data()).is_empty().then_some(()));
    assert!(runs(&home, &app), "nobody told it to stop");
    let mut worker = home.command();
    assert!(worker.args(["worker", &id]).status().expect("a worker").success());
    let run = home.follow(&id).expect("live");
    assert_eq!((starts(&home, &app), is_gone(&home, &app)), (1, true), "{}", run.report());
    let said = lines(&home, &app, run.id());
    for part in 1..=6 {
        assert!(said.contains(&format!("part {part}")), "{said}");
    }
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));
}

#[test]
fn a_cancelled_run_stops_its_migration() {
    let home = Home::new();
    let app = live(&home, "ends", r#""sleep 60""#);
    let id = home.start(&app, &["deploy", "--yes", "--trust"]);
    until("a running migration", LONG, || runs(&home, &app).then_some(()));
    home.run_in(&app, &["cancel", &id]).expect(0);
    home.follow(&id).expect("cancelled");
    assert!(is_gone(&home, &app));
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
}
