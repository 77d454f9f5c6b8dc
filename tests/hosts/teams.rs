//! Two people, two machines, one server: neither overwrites the other, and both know what happened.

use seatrial_tests::{AppFolder, Home, Host, Request, Testbed, kill_worker, signal, until, workers_of};
use std::time::{Duration, Instant};

const DEPLOY: [&str; 5] = ["deploy", "--env", "prod", "--yes", "--trust"];
/// What a lease that nobody renews may take to be free, and what a deployment takes.
const FREE: Duration = Duration::from_secs(60);

struct Person {
    home: Home,
    app: AppFolder,
}

impl Person {
    fn new(testbed: &Testbed, host: &Host, user: &str, app: &str) -> Self {
        let home = Home::new()
            .with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy())
            .with("USER", user);
        let app = AppFolder::shared(&home, app);
        let place = format!("\n[env.prod]\ntarget = \"ssh://deploy@{}\"\nproduction = false\n", host.address);
        let domain = format!("domains = [\"{}.test\"]\n", app.name);
        let usual = app.read("seatrial.toml").replace("deadline = \"5s\"", "deadline = \"60s\"");
        app.write("seatrial.toml", usual + &place + &domain);
        Self { home, app }
    }

    fn deploys(&self, version: u32) {
        self.app.set_version(version);
        self.home.go(&self.app, &DEPLOY).expect("live");
    }

    /// The newest good run by this person's history, with who started it.
    fn knows(&self) -> (String, String) {
        let list = self.home.run_in(&self.app, &["history", "--json"]).expect(0).json;
        let good = list.as_array().and_then(|runs| runs.iter().find(|run| run["status"] == "succeeded"));
        assert!(good.is_some(), "no good run: {list:#}");
        let good = good.unwrap_or(&serde_json::Value::Null);
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        (text(&good["run"]), text(&good["actor"]["user"]))
    }

    fn end_of(&self, run: &str) -> String {
        let shown = self.home.run(["follow", run, "--json"]);
        shown.json["end"]["end"].as_str().unwrap_or_default().to_owned()
    }
}

fn scene(number: u8, app: &str) -> (Testbed, Host, Person, Person) {
    let testbed = Testbed::find();
    let host = testbed.host(number);
    testbed.clear(&host);
    let ada = Person::new(&testbed, &host, "ada", app);
    let bea = Person::new(&testbed, &host, "bea", app);
    (testbed, host, ada, bea)
}

fn served(host: &Host, app: &str) -> Option<String> {
    let request = Request::get(80, &format!("{app}.test"), "/version").at(host.address.parse().ok()?);
    let answer = request.within(Duration::from_secs(5)).send().ok()?;
    (answer.status == 200).then(|| answer.body.trim().to_owned())
}

#[test]
fn d16_whoever_comes_new_knows_what_the_others_did_and_can_take_it_back() {
    let (testbed, host, ada, bea) = scene(1, "shared");
    ada.deploys(1);
    ada.deploys(2);
    let target = format!("deploy@{}", host.address);
    let told = bea.home.run_in(&bea.app, &["target", "adopt", &target, "--json"]).expect(0).json;
    let place = &told["places"][0];
    assert_eq!(
        (place["app"].as_str(), place["state"].as_str(), place["new_runs"].as_u64(), place["runs"].as_u64()),
        (Some("shared"), Some("known"), Some(2), Some(2)),
        "{told:#}"
    );
    assert_eq!(place["by"]["user"], "ada");
    assert_eq!(bea.knows(), ada.knows());

    let back = bea.home.go(&bea.app, &["rollback", "--env", "prod", "--yes"]).expect("live");
    assert_eq!(served(&host, "shared").as_deref(), Some("1"));
    // Looking at a plan is enough to know.
    ada.home.run_in(&ada.app, &["plan", "--env", "prod"]).expect(0);
    assert_eq!(ada.knows(), (back.id().to_owned(), "bea".to_owned()));

    testbed
        .exec(&host, "cd ~deploy/.local/share/seatrial/main/places/* && sed -i 0,/ada/s//eve/ journal")
        .expect(0);
    ada.home
        .run_in(&ada.app, &["target", "adopt", &target])
        .expect(1)
        .says(&["does not follow the one before"]);
    let new = Person::new(&testbed, &host, "cleo", "shared");
    let told = new.home.run_in(&new.app, &["target", "adopt", &target, "--json"]).expect(1).json;
    assert_eq!(told["places"][0]["state"], "broken", "{told:#}");
    new.home.run_in(&new.app, &["plan", "--env", "prod"]).says(&["does not follow the one before"]);
}

#[test]
fn i3_a_second_operator_is_told_who_deploys_and_can_wait() {
    let (testbed, host, ada, bea) = scene(2, "busy");
    ada.deploys(1);
    ada.app.set_version(2);
    ada.home.run_in(&ada.app, &["env", "set", "START_DELAY=6", "--env", "prod"]).expect(0);
    let run = ada.home.start(&ada.app, &DEPLOY);
    let starts = || testbed.exec(&host, "docker ps | grep -- -green").stdout.contains("-green").then_some(());
    until("the new version starts", FREE, starts);
    bea.app.set_version(3);
    bea.home.run_in(&bea.app, &DEPLOY).expect(4).says(&["ada@", "--wait"]);
    let server = format!("deploy@{}", host.address);
    bea.home.run(["target", "check", &server]).expect(0).says(&["busy in prod (right now by ada@"]);
    let waited = bea.home.go(&bea.app, &[&DEPLOY[..], &["--wait"]].concat());
    assert!(["live", "plan_outdated"].contains(&waited.end()), "{}", waited.report());
    assert!(waited.state["waited_ms"].as_u64() > Some(0), "{:#}", waited.state["waited_ms"]);
    ada.home.follow(&run).expect("live");
    bea.deploys(3);
    assert_eq!(served(&host, "busy").as_deref(), Some("3"));
}

/// One worker is killed, another one stopped, as by a closed lid, in the middle of a deployment.
#[test]
fn d2_d3_a_lease_nobody_renews_is_taken_over_and_who_lost_it_changes_nothing_any_more() {
    let (testbed, host, ada, bea) = scene(3, "killed");
    let (other_ada, other_bea) =
        (Person::new(&testbed, &host, "ada", "paused"), Person::new(&testbed, &host, "bea", "paused"));
    let begin = |person: &Person, name: &str| {
        person.deploys(1);
        person.app.set_version(2);
        person.home.run_in(&person.app, &["env", "set", "START_DELAY=20", "--env", "prod"]).expect(0);
        let run = person.home.start(&person.app, &DEPLOY);
        let slot = format!("{name}--prod-green");
        until("the new version starts", FREE, || {
            testbed.exec(&host, "docker ps").stdout.contains(&slot).then_some(())
        });
        run
    };
    let killed = begin(&ada, "killed");
    let paused = begin(&other_ada, "paused");
    assert!(kill_worker(&ada.home.data()));
    let clock = Instant::now();
    let stopped = workers_of(&other_ada.home.data());
    assert_eq!(stopped.len(), 1);
    signal("STOP", stopped[0]);

    for person in [&bea, &other_bea] {
        person.app.set_version(3);
        person.home.run_in(&person.app, &DEPLOY).expect(4).says(&["ada@"]);
    }
    until("the lease is free", FREE + Duration::from_secs(10), || {
        let run = bea.home.run_in(&bea.app, &[&DEPLOY[..], &["--json"]].concat());
        (run.json["end"]["end"] == "live").then_some(())
    });
    assert!(clock.elapsed() < FREE + Duration::from_secs(10), "{:?}", clock.elapsed());
    other_bea.home.go(&other_bea.app, &[&DEPLOY[..], &["--wait"]].concat()).expect("live");
    signal("CONT", stopped[0]);

    assert_eq!(other_ada.end_of(&paused), "taken_over");
    assert_eq!(ada.end_of(&killed), "taken_over");
    for app in ["killed", "paused"] {
        assert_eq!(served(&host, app).as_deref(), Some("3"), "{app}");
    }
    assert_eq!((ada.knows(), other_ada.knows()), (bea.knows(), other_bea.knows()));
}
