//! What is live is restarted, stopped and started again, and a person sees what it writes.

use seatrial_tests::{AppFolder, Edge, Home, Load, Server, Written, docker, kill_at, until};
use std::time::Duration;

fn live(home: &Home, name: &str) -> AppFolder {
    let app = AppFolder::new(home, name);
    home.deploy(&app).expect("live");
    app
}

fn container(home: &Home, app: &AppFolder, slot: &str) -> String {
    format!("{}{}--local-{slot}", home.prefix(), app.name)
}

fn started_at(container: &str) -> String {
    let at = docker(&["inspect", "-f", "{{.State.StartedAt}}", container]).unwrap_or_default();
    assert!(!at.is_empty(), "{container} is there");
    at
}

fn says(home: &Home, app: &AppFolder, text: &str) {
    let answer = home.get(&app.host(), &format!("/say?text={text}"));
    assert!(answer.as_ref().is_ok_and(|answer| answer.status == 200), "{answer:?}");
}

#[test]
fn what_an_app_writes_is_followed_over_a_restart_and_a_deployment_and_holds_no_secret() {
    let home = Home::new();
    let app = AppFolder::new(&home, "speaks");
    app.configure("\n[env.local]\ntarget = \"docker\"\nsecrets = [\"TOKEN\"]\n");
    let text = app.read("seatrial.toml").replace("[env]\nlocal = \"docker\"\n", "");
    app.write("seatrial.toml", text);
    home.run_in(&app, &["init", "--write"]);
    home.run_in(&app, &["output"]).expect(2).says(&["nothing was put into `local`"]);
    home.pipe_in(&app, &["secret", "set", "TOKEN"], "a-token-nobody-reads\n").expect(0);
    home.deploy(&app).expect("live");
    let so_far = home.run_in(&app, &["output", "--json"]).expect(0).json;
    assert_eq!((&so_far["state"], &so_far["slot"]), (&"running".into(), &"blue".into()), "{so_far}");
    assert!(so_far["lines"][0]["text"].as_str().unwrap().contains("version 1 listens"), "{so_far}");

    let followed = Written::by(&home, &app, &["output", "--follow", "--json"]);
    followed.until("version 1 listens");
    says(&home, &app, "first");
    followed.until("first");
    assert_eq!(home.get(&app.host(), "/tell?name=TOKEN").unwrap().status, 200);
    let told = followed.until("told:").pop().unwrap();
    assert!(told.contains("***") && !told.contains("a-token-nobody-reads"), "{told}");

    docker(&["restart", "-t", "3", &container(&home, &app, "blue")]).expect("a restart");
    let restart = followed.until("version 1 listens");
    assert_eq!(
        restart.iter().filter(|line| line.contains("first")).count(),
        0,
        "no line twice: {restart:#?}"
    );
    app.set_version(2);
    home.deploy(&app).expect("live");
    followed.until("version 2 listens");
    says(&home, &app, "second");
    assert!(followed.until("second").pop().unwrap().contains("\"slot\":\"green\""));
    assert_eq!(followed.interrupt(), Some(0));

    let tail = home.run_in(&app, &["output", "--slot", "blue", "--tail", "1"]).expect(0);
    assert_eq!(tail.stdout.lines().count(), 1, "{}", tail.stdout);
    home.run_in(&app, &["output", "--slot", "blue", "--since", "0s"]).expect(0).says(&["no lines"]);
    home.run_in(&app, &["output", "--since", "yesterday"]).expect(2).says(&["10m"]);
}

#[test]
fn a_restart_holds_requests_and_fails_none() {
    let home = Home::new();
    let app = live(&home, "again");
    app.set_version(2);
    home.deploy(&app).expect("live");
    let green = container(&home, &app, "green");
    let load = Load { rate: 150, ..Load::new(home.http, &app.host()) }.start();
    for _ in 0..3 {
        let before = started_at(&green);
        let run = home.go(&app, &["restart", "--yes"]).expect("live");
        let (sent, failed) = run.proof();
        assert!(sent > 0 && failed == 0, "{failed} of {sent}: {}", run.report());
        assert_ne!(started_at(&green), before, "it was really started again");
    }
    load.finish().expect_no_failure();
    home.run_in(&app, &["history"]).expect(0).says(&["restart again"]);
    home.run_in(&app, &["drift"]).expect(0);
    home.go(&app, &["rollback", "--yes"]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"), "a restart is no release to go back to");
}

#[test]
fn what_was_stopped_answers_503_until_it_is_started_and_is_no_failure() {
    let home = Home::new();
    let app = live(&home, "rests");
    let plan = home.run_in(&app, &["stop", "--plan"]).expect(0);
    plan.says(&["503", "Direct traffic nowhere", "seatrial start"]);
    home.run_in(&app, &["stop"]).expect(2).says(&["--yes"]);
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"), "a plan stops nothing");
    home.go(&app, &["stop", "--yes"]).expect("succeeded");
    assert_eq!(home.get(&app.host(), "/").unwrap().status, 503);
    home.run_in(&app, &["status"]).expect(0).says(&["Stopped", "stopped by tester@", "seatrial start"]);
    home.run_in(&app, &["drift"]).expect(0);
    let status = home.run_in(&app, &["status", "--json"]).expect(0).json;
    assert_eq!(status[0]["environments"][0]["halted"]["by"]["user"], "tester", "{status}");
    home.run_in(&app, &["stop", "--yes"]).expect(0).says(&["Nothing to do"]);
    home.run_in(&app, &["restart", "--yes"]).expect(4).says(&["is stopped", "seatrial start"]);

    docker(&["start", &container(&home, &app, "blue")]).expect("started by hand");
    home.run_in(&app, &["drift"]).expect(1).says(&["started it by hand"]);
    home.go(&app, &["stop", "--yes"]).expect("succeeded");
    home.go(&app, &["start", "--yes"]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
    home.run_in(&app, &["start", "--yes"]).expect(0).says(&["Nothing to do"]);

    docker(&["stop", "-t", "3", &container(&home, &app, "blue")]).expect("stopped by hand");
    home.run_in(&app, &["drift"]).expect(1).says(&["does not run"]);
    home.go(&app, &["start", "--yes"]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
}

#[test]
fn shipping_over_what_was_stopped_keeps_it_to_go_back_to() {
    let home = Home::new();
    let app = live(&home, "over");
    home.go(&app, &["stop", "--yes"]).expect("succeeded");
    app.set_version(2);
    home.run_in(&app, &["env", "set", "MISBEHAVE=crash"]).expect(0);
    home.deploy(&app).expect("failed_clean");
    home.run_in(&app, &["status"]).expect(0).says(&["stopped by"]);
    home.run_in(&app, &["env", "unset", "MISBEHAVE"]).expect(0);
    home.deploy(&app).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));
    let status = home.run_in(&app, &["status", "--json"]).expect(0).json;
    assert!(status[0]["environments"][0]["halted"].is_null(), "{status}");
    home.go(&app, &["rollback", "--yes"]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
}

#[test]
fn a_restart_of_production_needs_its_name() {
    let home = Home::new();
    let app = AppFolder::new(&home, "guarded");
    let text = app
        .read("seatrial.toml")
        .replace("local = \"docker\"", "prod = { target = \"docker\", production = true }");
    app.write("seatrial.toml", text);
    app.commit("first");
    home.go(&app, &["deploy", "--yes", "--trust", "--confirm", "prod"]).expect("live");
    home.run_in(&app, &["restart", "--yes"]).expect(4).says(&["--confirm prod"]);
    home.run_in(&app, &["stop", "--yes", "--confirm", "staging"]).expect(4);
    home.go(&app, &["restart", "--yes", "--confirm", "prod"]).expect("live");
}

#[test]
fn a_restart_and_a_stop_survive_a_kill_at_every_edge() {
    let home = Home::new();
    let app = live(&home, "killed");
    let server = Server::start(&home, &[]);
    let restart = ["restart", "--yes"];
    let load = Load { rate: 40, ..Load::new(home.http, &app.host()) }.start();
    for edge in Edge::all_of(&home.go(&app, &restart).expect("live")) {
        let (run, _) = kill_at(&home, &server, &app.path, &restart, &edge);
        assert_eq!(run.end(), "live", "{edge:?}: {}", run.report());
    }
    load.finish().expect_no_failure();
    for edge in Edge::all_of(&home.go(&app, &["stop", "--yes"]).expect("succeeded")) {
        home.go(&app, &["start", "--yes"]).expect("live");
        let (run, _) = kill_at(&home, &server, &app.path, &["stop", "--yes"], &edge);
        assert_eq!(run.end(), "succeeded", "{edge:?}: {}", run.report());
        assert_eq!(home.get(&app.host(), "/").unwrap().status, 503, "{edge:?}");
    }
}

#[test]
fn what_somebody_changed_by_hand_is_put_right_by_restoring_what_is_recorded() {
    let home = Home::new();
    let app = live(&home, "byhand");
    home.run_in(&app, &["drift", "--restore", "--yes"]).expect(0);
    docker(&["rm", "-f", &container(&home, &app, "blue")]).expect("removed by hand");
    home.run_in(&app, &["drift"]).expect(1).says(&["gone"]);
    home.run_in(&app, &["drift", "--restore", "--plan"]).expect(0).says(&["Ship"]);
    home.go(&app, &["drift", "--restore", "--yes"]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
    home.run_in(&app, &["drift"]).expect(0);
    home.go(&app, &["stop", "--yes"]).expect("succeeded");
    docker(&["start", &live_container(&home, &app)]).expect("started by hand");
    home.go(&app, &["drift", "--restore", "--yes"]).expect("succeeded");
    home.run_in(&app, &["drift"]).expect(0);
}

#[test]
fn what_somebody_made_live_by_hand_is_taken_as_it_is_or_refused_with_the_reason() {
    let home = Home::new();
    let app = live(&home, "adopts");
    home.run_in(&app, &["drift", "--adopt", "--yes"]).expect(0).says(&["is as recorded"]);
    app.set_version(2);
    home.deploy(&app).expect("live");
    let (old, new) = (container(&home, &app, "blue"), container(&home, &app, "green"));
    let started = started_at(&new);
    docker(&["start", &old]).expect("started by hand");
    home.run_in(&app, &["drift", "--adopt", "--yes"])
        .expect(4)
        .says(&["what visitors get is what is recorded"]);

    let directory = home.data().join("proxy/apps").join(format!("{}--local", app.name));
    std::fs::write(directory.join("live"), "blue").unwrap();
    until("visitors get it", Duration::from_secs(10), || {
        (home.served(&app.host()).as_deref() == Some("1")).then_some(())
    });
    home.run_in(&app, &["drift"]).expect(1).says(&["live slot", "another version than the history says"]);
    let plan = home.run_in(&app, &["drift", "--adopt", "--plan"]).expect(0);
    plan.says(&["as it is", "Nothing that is live changes."]);
    let load = Load { rate: 40, ..Load::new(home.http, &app.host()) }.start();
    let run = home.go(&app, &["drift", "--adopt", "--yes"]).expect("live");
    load.finish().expect_no_failure();
    assert_eq!(run.state["live"], "blue", "{}", run.report());
    assert_eq!((started_at(&new), home.served(&app.host()).as_deref()), (started, Some("1")));
    home.run_in(&app, &["drift"]).expect(1).says(&["version before", "only uses memory"]);
    docker(&["stop", "-t", "1", &new]).expect("stopped by hand");
    home.run_in(&app, &["drift"]).expect(0).says(&["is as recorded"]);
    assert_eq!(home.go(&app, &["rollback", "--yes"]).expect("live").state["live"], "green");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));

    // What was started with other settings is not what is declared.
    home.run_in(&app, &["env", "set", "COLOUR=red"]).expect(0);
    docker(&["start", &old]).expect("started by hand");
    std::fs::write(directory.join("live"), "blue").unwrap();
    home.run_in(&app, &["drift", "--adopt", "--yes"])
        .expect(4)
        .says(&["other settings", "ships it with the present"]);
}

/// The one container of the app.
fn live_container(home: &Home, app: &AppFolder) -> String {
    let prefix = format!("{}{}--", home.prefix(), app.name);
    let found = home.containers().into_iter().find(|name| name.starts_with(&prefix));
    assert!(found.is_some(), "a container of {prefix}");
    found.unwrap_or_default()
}

#[test]
fn what_a_slot_uses_is_measured() {
    let home = Home::new();
    let app = live(&home, "uses");
    let used = home.run_in(&app, &["usage", "--json"]).expect(0).json;
    let slot = &used["slots"][0];
    assert_eq!((&slot["slot"], &slot["restarts"]), (&"blue".into(), &0.into()), "{used}");
    assert!(slot["used"]["memory"].as_u64() > Some(1_000_000), "{used}");
    assert!(slot["used"]["cpu_percent"].as_f64().is_some_and(|percent| percent < 400.0), "{used}");
    assert!(slot["image_bytes"].as_u64() > Some(1_000_000), "{used}");
    home.run_in(&app, &["usage"]).expect(0).says(&["blue", "MEMORY"]);
    home.go(&app, &["stop", "--yes"]).expect("succeeded");
    home.run_in(&app, &["usage"]).expect(0).says(&["does not run"]);
}
