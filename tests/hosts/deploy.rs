//! The main job on a server: what was built here is brought there over SSH, switched to without losing a request, taken
//! back, and refused where it cannot work.

use seatrial_tests::{AppFolder, Edge, Home, Host, Request, Server, Testbed, await_edge, until};
use std::time::{Duration, Instant};

const DEPLOY: [&str; 5] = ["deploy", "--env", "prod", "--yes", "--trust"];

/// A home that reaches the hosts, and a host with nothing on it.
fn scene(number: u8) -> (Testbed, Host, Home) {
    let testbed = Testbed::find();
    let host = testbed.host(number);
    testbed.clear(&host);
    let home = Home::new().with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy());
    (testbed, host, home)
}

fn app_on(home: &Home, host: &Host, name: &str) -> AppFolder {
    let app = AppFolder::new(home, name);
    let place = format!("\n[env.prod]\ntarget = \"ssh://deploy@{}\"\nproduction = false\n", host.address);
    app.write("seatrial.toml", app.read("seatrial.toml") + &place);
    app
}

/// The version visitors of the host get.
fn served(host: &Host) -> Option<String> {
    let request = Request::get(80, &host.address, "/version").at(host.address.parse().ok()?);
    let answer = request.within(Duration::from_secs(5)).send().ok()?;
    (answer.status == 200).then(|| answer.body.trim().to_owned())
}

fn image_of(testbed: &Testbed, host: &Host) -> String {
    let slots = "docker ps --format '{{.Names}}' | grep -E -- '-(blue|green)$' | xargs docker inspect -f '{{.Image}}'";
    testbed.exec(host, slots).expect(0).stdout.trim().to_owned()
}

#[test]
fn what_was_built_here_runs_there_and_going_back_needs_no_engine_here() {
    let (testbed, host, home) = scene(1);
    let app = app_on(&home, &host, "afar");
    let first = home.go(&app, &DEPLOY).expect("live");
    assert_eq!(served(&host).as_deref(), Some("1"));
    let built = first.state["release"]["artifacts"][0]["digest"].as_str().unwrap();
    assert_eq!(image_of(&testbed, &host), built, "the very image that was built");

    app.set_version(2);
    let second = home.go(&app, &DEPLOY).expect("live");
    assert_eq!(served(&host).as_deref(), Some("2"));
    let (sent, failed) = second.proof();
    assert!(sent > 0 && failed == 0, "{failed} of {sent}");
    let fact =
        second.step("transfer")["facts"].as_array().unwrap().iter().find(|f| f["fact"] == "transferred");
    let fact = fact.unwrap_or_else(|| panic!("{}", second.step("transfer")));
    assert!(fact["there"].as_u64() > Some(0), "layers that are there are not sent again: {fact}");
    assert!(fact["bytes"].as_u64() < Some(1 << 20), "{fact}");

    let home = home.with("DOCKER_HOST", "unix:///nowhere.sock");
    home.go(&app, &["rollback", "--env", "prod", "--yes"]).expect("live");
    assert_eq!(served(&host).as_deref(), Some("1"));
}

#[test]
fn a_version_that_crashes_there_leaves_the_old_one_serving_and_says_why() {
    let (_testbed, host, home) = scene(2);
    let app = app_on(&home, &host, "bad");
    home.go(&app, &DEPLOY).expect("live");
    app.set_version(2);
    home.run_in(&app, &["env", "set", "MISBEHAVE=crash", "--env", "prod"]).expect(0);
    let failed = home.go(&app, &DEPLOY).expect("failed_clean");
    assert!(failed.report().contains("exit code 3"), "{}", failed.report());
    assert_eq!(served(&host).as_deref(), Some("1"));
}

#[test]
fn a_server_that_cannot_be_reached_is_refused_before_anything_changes() {
    let (testbed, host, home) = scene(3);
    let app = app_on(&home, &host, "cut");
    testbed.cut(&host);
    let clock = Instant::now();
    let refused = home.run_in(&app, &["plan", "--env", "prod"]).expect(3);
    refused.says(&[&host.address, "hint: "]);
    assert!(clock.elapsed() < Duration::from_secs(30), "{:?}", clock.elapsed());
    testbed.heal(&host);

    testbed.engine_kill(&host);
    home.run_in(&app, &["plan", "--env", "prod"]).expect(3).says(&["Docker"]);
    testbed.engine_start(&host);

    testbed.swap_key(&host);
    // A connection that is open goes on; a new one meets the new key.
    let home = Home::new().with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy());
    let app = app_on(&home, &host, "swapped");
    home.run_in(&app, &["plan", "--env", "prod"]).expect(3).says(&["another key"]);
    testbed.swap_key(&host);
    home.go(&app, &DEPLOY).expect("live");
}

#[test]
fn what_is_live_comes_back_by_itself_after_the_engine_was_killed_and_after_the_plug_was_pulled() {
    let (testbed, host, home) = scene(2);
    let app = app_on(&home, &host, "again");
    let text = app.read("seatrial.toml") + "ship.workers.mails = \"while true; do sleep 1; done\"\n";
    app.write("seatrial.toml", text);
    home.go(&app, &DEPLOY).expect("live");
    app.set_version(2);
    home.go(&app, &DEPLOY).expect("live");
    let runs = || {
        let names = testbed.exec(&host, "docker ps --format '{{.Names}}'").stdout;
        let named = |end: &&str| names.lines().any(|name| name.ends_with(*end));
        ["-blue", "-green", "-blue-mails", "-green-mails"].into_iter().filter(named).collect::<Vec<_>>()
    };
    let is_back = |served_by: &[&str]| {
        until("what was live", Duration::from_secs(60), || {
            (served(&host).as_deref() == Some("2")).then_some(())
        });
        until("its worker", Duration::from_secs(60), || (runs() == served_by).then_some(()));
    };
    testbed.engine_kill(&host);
    testbed.engine_start(&host);
    is_back(&["-green", "-green-mails"]);
    testbed.poweroff(&host);
    testbed.poweron(&host);
    is_back(&["-green", "-green-mails"]);
    home.run_in(&app, &["drift", "--env", "prod"]).expect(0).says(&["is as recorded"]);

    // One that was restarted and one that was stopped on purpose are as a person left them.
    home.go(&app, &["restart", "--env", "prod", "--yes"]).expect("live");
    testbed.engine_kill(&host);
    testbed.engine_start(&host);
    is_back(&["-green", "-green-mails"]);
    home.go(&app, &["stop", "--env", "prod", "--yes"]).expect("succeeded");
    testbed.engine_kill(&host);
    testbed.engine_start(&host);
    let proxy =
        || testbed.exec(&host, "docker ps --format '{{.Names}}'").stdout.contains("proxy").then_some(());
    until("the proxy", Duration::from_secs(60), proxy);
    assert_eq!(runs(), [] as [&str; 0]);
}

#[test]
fn a_user_without_docker_is_told_what_to_do() {
    let (_testbed, host, home) = scene(3);
    let app = app_on(&home, &host, "nodocker");
    let text = app.read("seatrial.toml").replace("deploy@", "nodocker@");
    app.write("seatrial.toml", text);
    home.run_in(&app, &["plan", "--env", "prod"]).expect(3).says(&["group"]);
}

#[test]
fn a_link_that_breaks_for_a_while_does_not_end_the_deployment() {
    let (testbed, host, home) = scene(1);
    let app = app_on(&home, &host, "breaks");
    home.go(&app, &DEPLOY).expect("live");
    app.set_version(2);
    home.run_in(&app, &["env", "set", "START_DELAY=3", "--env", "prod"]).expect(0);
    let page = Server::start(&home, &[]);
    let run = home.start(&app, &DEPLOY);
    // Its deadline of 5 s is over before the first packet that was lost is sent again.
    await_edge(&page, &run, &Edge::Begun("health".to_owned()));
    testbed.cut(&host);
    std::thread::sleep(Duration::from_secs(4));
    testbed.heal(&host);
    home.follow(&run).expect("live");
    assert_eq!(served(&host).as_deref(), Some("2"));
}

#[test]
fn h1_a_servers_key_is_accepted_by_a_person_who_saw_it_and_then_the_server_is_looked_at() {
    let (testbed, host, home) = scene(2);
    let usual = std::fs::read_to_string(testbed.ssh_config()).unwrap();
    let known = format!("UserKnownHostsFile {}", testbed.known_hosts().display());
    assert!(usual.contains(&known), "{usual}");
    let config = home.root().join("ssh-config");
    std::fs::write(&config, usual.replace(&known, "UserKnownHostsFile /dev/null")).unwrap();
    let home = home.with("SEATRIAL_SSH_CONFIG", config.to_string_lossy());
    let app = app_on(&home, &host, "first");
    home.run_in(&app, &["plan", "--env", "prod"]).expect(3).says(&["not known", "seatrial target add"]);

    let server = format!("deploy@{}", host.address);
    let shown = home.run(["target", "check", &server, "--json"]).expect(3).json;
    assert_eq!(
        (&shown["known"], shown["keys"].as_array().map(Vec::len)),
        (&false.into(), Some(1)),
        "{shown}"
    );
    home.run(["target", "accept", &server]).expect(4).says(&["SHA256:", "--fingerprint"]);
    home.run(["target", "accept", &server, "--fingerprint", "SHA256:other"]).expect(4);
    let right = shown["keys"][0]["fingerprint"].as_str().unwrap();
    let there = home.run(["target", "accept", &server, "--fingerprint", right, "--json"]).expect(0).json;
    let names: Vec<&str> =
        there["checks"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    let wanted = ["Key", "Login", "Tools", "Inodes", "Clock", "Docker engine", "Disk space for images"];
    for wanted in wanted.into_iter().chain(["Port 80", "Port 443", "Deployed there"]) {
        assert!(names.contains(&wanted), "{wanted}: {there:#}");
    }
    assert_eq!(there["target"], format!("ssh://{server}"));
    home.run_in(&app, &["plan", "--env", "prod"]).expect(0);
    assert!(
        home.run(["target", "ls"])
            .expect(0)
            .stdout
            .lines()
            .any(|line| line.split_whitespace().next() == Some(&format!("ssh://{}", host.name)))
    );
}
