//! One environment on three servers: none is switched before all are ready, what fails is taken back everywhere, and what
//! each host serves is always said.

use seatrial_tests::{
    AppFolder, Edge, Home, Host, Load, Loading, Request, Run, Server, Testbed, Written, docker, kill_at,
    until, workers_of,
};
use std::time::{Duration, UNIX_EPOCH};

const DEPLOY: [&str; 5] = ["deploy", "--env", "prod", "--yes", "--trust"];
const BACK: [&str; 4] = ["rollback", "--env", "prod", "--yes"];
const LONG: Duration = Duration::from_secs(60);

/// Three servers with nothing on them, and an app for all of them.
struct Scene {
    testbed: Testbed,
    hosts: Vec<Host>,
    home: Home,
    app: AppFolder,
}

impl Scene {
    fn new(name: &str, ship: &str) -> Self {
        let testbed = Testbed::find();
        let hosts: Vec<Host> = (1..=3).map(|number| testbed.host(number)).collect();
        for host in &hosts {
            testbed.clear(host);
            // A new version is sick where this folder holds a file of that name.
            testbed.exec(host, "rm -rf /srv/flags && mkdir -p /srv/flags && chmod 755 /srv/flags").expect(0);
        }
        let home = Home::new().with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy());
        let app = AppFolder::new(&home, name);
        let scene = Self { testbed, hosts, home, app };
        scene.declare(&scene.app, ship);
        scene
    }

    fn declare(&self, app: &AppFolder, ship: &str) {
        let targets: Vec<String> =
            self.hosts.iter().map(|host| format!("\"ssh://deploy@{}\"", host.address)).collect();
        let place = format!(
            "\n[env.prod]\ntarget = [{}]\nproduction = false\ndomains = [\"{}\"]\n[env.prod.ship]\n\
             volumes = [\"/srv/flags:/flags:ro\"]\n\
             command = [\"sh\", \"-c\", \"if [ -f /flags/sick ]; then echo sick; exit 3; fi; exec python3 /app/app.py\"]\n\
             health.deadline = \"30s\"\n{ship}\n",
            targets.join(", "),
            self.name(),
        );
        app.write("seatrial.toml", app.read("seatrial.toml") + &place);
    }

    fn name(&self) -> String {
        format!("{}.example.org", self.app.name)
    }

    /// The versions visitors get, host by host.
    fn served(&self) -> Vec<String> {
        let of = |host: &Host| {
            let request = Request::get(80, &self.name(), "/version").at(host.address.parse().ok()?);
            let answer = request.within(Duration::from_secs(5)).send().ok()?;
            (answer.status == 200).then(|| answer.body.trim().to_owned())
        };
        self.hosts.iter().map(|host| of(host).unwrap_or_default()).collect()
    }

    /// Visitors of every host.
    fn load(&self) -> Vec<Loading> {
        let of = |host: &Host| Load { address: host.ip(), rate: 40, ..Load::new(80, &self.name()) }.start();
        self.hosts.iter().map(of).collect()
    }

    /// Makes the traffic of a host stay where it is, or lets it go again.
    fn nail(&self, host: &Host, how: &str) {
        let live = format!("find ~deploy/.local/share/seatrial -path '*{}--prod*' -name live", self.app.name);
        self.testbed.exec(host, &format!("{live} | xargs chattr {how}")).expect(0);
    }

    /// Deploys another version, and the traffic of the second host cannot be moved to it.
    fn deploy_where_the_second_switch_fails(&self) -> Run {
        self.home.run_in(&self.app, &["env", "set", "START_DELAY=4", "--env", "prod"]).expect(0);
        self.app.set_version(2);
        let run = self.home.start(&self.app, &DEPLOY);
        self.await_starts("-green");
        self.nail(&self.hosts[1], "+i");
        let ended = self.home.follow(&run);
        self.nail(&self.hosts[1], "-i");
        ended
    }

    /// Waits until every new version is starting, which takes as long as `START_DELAY` says.
    fn await_starts(&self, slot: &str) {
        for host in &self.hosts {
            let starts = || {
                let names = self.testbed.exec(host, "docker ps --format '{{.Names}}'").stdout;
                names.lines().any(|name| name.ends_with(slot)).then_some(())
            };
            until("the new version starts", LONG, starts);
        }
    }
}

fn nobody_noticed(loads: Vec<Loading>) {
    for load in loads {
        load.finish().expect_no_failure();
    }
}

/// Seconds, as the engine takes them.
fn since_1970() -> f64 {
    UNIX_EPOCH.elapsed().map_or(0.0, |time| time.as_secs_f64())
}

#[test]
fn d9_three_hosts_go_forth_and_back_together_and_nobody_notices() {
    let scene = Scene::new("trio", "");
    let (home, app) = (&scene.home, &scene.app);
    let plan = home.run_in(app, &["plan", "--env", "prod"]).expect(0).text();
    assert!(plan.contains("3 hosts") && plan.contains("batch 3"), "{plan}");
    home.go(app, &DEPLOY).expect("live");
    assert_eq!(scene.served(), ["1", "1", "1"]);

    let loads = scene.load();
    app.set_version(2);
    let before = since_1970();
    let second = home.go(app, &DEPLOY).expect("live");
    assert_eq!(scene.served(), ["2", "2", "2"]);
    let (since, until) = (format!("--since={before:.3}"), format!("--until={:.3}", since_1970()));
    let read =
        docker(&["events", &since, &until, "--filter=event=save", "--format={{.ID}}"]).expect("docker");
    assert_eq!(read.lines().count(), 1, "the image is read once for all hosts: {read}");
    let ready = (1..=3).map(|n| second.ended(&format!("verify-{n}")).expect("it was verified")).max();
    assert!(ready < second.began("switch-1"), "a host was switched before all were ready");
    assert!(second.ended("switch-1") <= second.began("switch-2"), "one after the other");
    assert!(
        second.ended("switch-3") <= second.began("stop-1"),
        "old versions run until the last is switched"
    );
    for number in 1..=3 {
        let facts = second.step(&format!("switch-{number}"))["facts"].as_array().expect("facts").clone();
        let sent = facts.iter().find(|fact| fact["fact"] == "proof").map(|fact| &fact["totals"]["sent"]);
        assert!(sent.and_then(|sent| sent.as_u64()) > Some(0), "host {number} has a prober: {facts:?}");
    }
    let (sent, failed) = second.proof();
    assert!(sent > 0 && failed == 0, "{failed} of {sent}");

    home.go(app, &BACK).expect("live");
    assert_eq!(scene.served(), ["1", "1", "1"]);
    nobody_noticed(loads);
    let status = home.run_in(app, &["status"]).expect(0);
    status.says(&["3 of 3 hosts serve"]);

    // A teammate who never deployed hears of every run once, whichever host is asked.
    let other = Home::new().with("SEATRIAL_SSH_CONFIG", scene.testbed.ssh_config().to_string_lossy());
    other.run_in(app, &["init"]);
    for host in &scene.hosts {
        other.run_in(app, &["target", "adopt", &format!("deploy@{}", host.address)]).expect(0);
    }
    let known = other.run_in(app, &["history", "--env", "prod", "--json"]).expect(0).json;
    assert_eq!(known.as_array().map(Vec::len), Some(3), "{known:#}");
}

#[test]
fn d9_a_host_where_the_new_version_is_sick_keeps_all_hosts_as_they_were() {
    let scene = Scene::new("sick", "");
    let (home, app) = (&scene.home, &scene.app);
    home.go(app, &DEPLOY).expect("live");
    let loads = scene.load();
    scene.testbed.exec(&scene.hosts[1], "touch /srv/flags/sick").expect(0);
    app.set_version(2);
    let failed = home.go(app, &DEPLOY).expect("failed_clean");
    assert!(failed.reason().contains(&format!("on {}", scene.hosts[1].address)), "{}", failed.reason());
    assert!(failed.steps().filter(|(id, _)| id.starts_with("switch")).all(|(_, status)| status == "skipped"));
    assert_eq!(scene.served(), ["1", "1", "1"]);
    nobody_noticed(loads);
}

#[test]
fn d9_a_switch_that_fails_on_the_second_host_takes_the_first_one_back() {
    let scene = Scene::new("half", "");
    let (home, app) = (&scene.home, &scene.app);
    home.go(app, &DEPLOY).expect("live");
    let loads = scene.load();
    let ended = scene.deploy_where_the_second_switch_fails();
    let ended = ended.expect("rolled_back");
    let status = |id: &str| ended.step(id)["status"].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (status("switch-1"), status("switch-3")),
        ("undone".into(), "skipped".into()),
        "{}",
        ended.report()
    );
    assert_eq!(scene.served(), ["1", "1", "1"]);
    nobody_noticed(loads);
}

#[test]
fn d9_with_hold_everything_stays_and_each_host_says_what_it_serves() {
    let scene = Scene::new("hold", "on_failure = \"hold\"");
    let (home, app) = (&scene.home, &scene.app);
    home.go(app, &DEPLOY).expect("live");
    let loads = scene.load();
    let ended = scene.deploy_where_the_second_switch_fails();
    let held = ended.expect("needs_attention");
    assert_eq!(scene.served(), ["2", "1", "1"]);
    let version = held.state["version"].as_str().expect("a version").to_owned();
    let choices = held.state["end"]["choices"].to_string();
    assert!(choices.contains("go on") && choices.contains("go back"), "{choices}");
    assert!(
        held.reason().contains(&format!("{} serves {version}", scene.hosts[0].address)),
        "{}",
        held.reason()
    );
    assert!(held.reason().contains("could not be read back"), "{}", held.reason());
    home.run_in(app, &["status"]).expect(0).says(&["▲ Mixed", "1 of 3 hosts serves"]);

    // Going on does only what is missing.
    let on =
        home.go(app, &["ship", "--release", &version, "--env", "prod", "--yes", "--trust"]).expect("live");
    assert!(on.step("switch-1").is_null(), "{}", on.report());
    assert_eq!(scene.served(), ["2", "2", "2"]);
    nobody_noticed(loads);
}

#[test]
fn a_host_that_cannot_be_reached_is_refused_before_anything_moves() {
    let scene = Scene::new("away", "");
    let (home, app) = (&scene.home, &scene.app);
    home.go(app, &DEPLOY).expect("live");
    app.set_version(2);
    scene.testbed.cut(&scene.hosts[2]);
    let home = Home::new().with("SEATRIAL_SSH_CONFIG", scene.testbed.ssh_config().to_string_lossy());
    home.run_in(app, &["init"]);
    let refused = home.run_in(app, &["deploy", "--env", "prod", "--yes", "--trust"]).expect(3);
    refused.says(&["none is changed", &scene.hosts[2].address]);
    home.run_in(app, &["drift", "--env", "prod"]).expect(3).says(&["cannot be reached"]);
    scene.testbed.heal(&scene.hosts[2]);
    assert_eq!(scene.served(), ["1", "1", "1"]);
}

#[test]
fn d4_a_worker_killed_around_the_switches_is_taken_up_again_and_nobody_notices() {
    let scene = Scene::new("killed", "");
    let (home, app) = (&scene.home, &scene.app);
    home.go(app, &DEPLOY).expect("live");
    let server = Server::start(home, &[]);
    let loads = scene.load();
    let edges = [
        Edge::Over("verify-3".to_owned()),
        Edge::Begun("switch-1".to_owned()),
        Edge::Over("switch-1".to_owned()),
        Edge::Begun("switch-3".to_owned()),
        Edge::Over("switch-3".to_owned()),
    ];
    for (number, edge) in edges.iter().enumerate() {
        let version = format!("k{number}");
        app.set_version(&version);
        let (run, _) = kill_at(home, &server, &app.path, &DEPLOY, edge);
        assert_eq!(run.end(), "live", "{edge:?}: {}", run.report());
        assert_eq!(scene.served(), [version.as_str(); 3], "{edge:?}: {}", run.report());
    }
    nobody_noticed(loads);
}

#[test]
fn d4_a_migration_runs_on_one_host_once_and_goes_on_while_its_cable_is_cut() {
    let scene =
        Scene::new("moves", "jobs.migrate = \"for n in 1 2 3 4 5 6; do echo part $n; sleep 1; done\"");
    let (home, app) = (&scene.home, &scene.app);
    let first = home.go(app, &DEPLOY).expect("live");
    let launches = (1..=3).map(|n| first.began(&format!("launch-{n}")).expect("it was launched"));
    assert!(launches.min() >= first.ended("migrate-1"), "nothing starts before: {}", first.report());

    let loads = scene.load();
    app.set_version(2);
    let job = format!("{}--prod--job-migrate", app.name);
    let run = home.start(app, &DEPLOY);
    let runs =
        |host: &Host| scene.testbed.exec(host, "docker ps --format '{{.Names}}'").stdout.contains(&job);
    until("the migration runs", LONG, || runs(&scene.hosts[0]).then_some(()));
    // Visitors who ask that host meanwhile would notice the cable, and only that.
    nobody_noticed(loads);
    scene.testbed.cut(&scene.hosts[0]);
    std::thread::sleep(Duration::from_secs(7));
    scene.testbed.heal(&scene.hosts[0]);
    let run = home.follow(&run).expect("live");
    assert_eq!(scene.served(), ["2", "2", "2"]);
    let events =
        "docker events --since 10m --until 0s --filter event=start --format '{{.Actor.Attributes.name}}'";
    let starts = |host: &Host| scene.testbed.exec(host, events).stdout.matches(&job).count();
    assert_eq!(scene.hosts.iter().map(starts).collect::<Vec<_>>(), [2, 0, 0], "one for each deployment");
    let said = home.run_in(app, &["logs", run.id(), "--step", "migrate-1"]).expect(0).stdout;
    assert!((1..=6).all(|part| said.contains(&format!("part {part}"))), "{said}");
}

#[test]
fn hosts_are_restarted_one_after_the_other_and_stopped_and_started_together() {
    let scene = Scene::new("again", "");
    let (home, app) = (&scene.home, &scene.app);
    // What is sick is waited for several times.
    app.write("seatrial.toml", app.read("seatrial.toml").replace("deadline = \"30s\"", "deadline = \"6s\""));
    home.go(app, &DEPLOY).expect("live");
    let keep = |what: &'static str| home.go(app, &[what, "--env", "prod", "--yes"]);
    let loads = scene.load();
    let run = keep("restart").expect("live");
    assert_eq!(run.proof().1, 0, "{}", run.report());
    for host in 1..=2 {
        let (before, next) = (run.ended(&format!("switch-{host}")), run.began(&format!("hold-{}", host + 1)));
        assert!(before.is_some() && before <= next, "{}", run.report());
    }
    nobody_noticed(loads);

    scene.testbed.exec(&scene.hosts[1], "touch /srv/flags/sick").expect(0);
    let run = keep("restart").expect("needs_attention");
    assert!(run.reason().contains(&scene.hosts[1].address), "{}", run.reason());
    assert_eq!(run.step("hold-3")["status"], "skipped", "{}", run.report());
    assert_eq!(run.step("stop-1")["status"], "succeeded", "what serves is not taken back: {}", run.report());
    assert_eq!(scene.served(), ["1", "", "1"]);
    scene.testbed.exec(&scene.hosts[1], "rm /srv/flags/sick").expect(0);
    keep("restart").expect("live");
    assert_eq!(scene.served(), ["1", "1", "1"]);

    home.run_in(app, &["stop", "--env", "prod", "--plan"]).expect(0).says(&["503", "3 hosts"]);
    keep("stop").expect("succeeded");
    assert_eq!(scene.served(), ["", "", ""]);
    home.run_in(app, &["status"]).expect(0).says(&["Stopped", "stopped by tester@"]);
    home.run_in(app, &["drift", "--env", "prod"]).expect(0);
    home.run_in(app, &["stop", "--env", "prod", "--yes"]).expect(0).says(&["Nothing to do"]);
    keep("start").expect("live");
    assert_eq!(scene.served(), ["1", "1", "1"]);
}

#[test]
fn a_host_that_is_away_can_be_left_out_and_is_brought_along_later() {
    let scene = Scene::new("away", "");
    let (home, app) = (&scene.home, &scene.app);
    home.go(app, &DEPLOY).expect("live");
    let third = &scene.hosts[2];
    app.set_version(2);
    // Its lease is given back after its end is known; a cable that is cut before that leaves it there for a minute.
    until("the worker to go", LONG, || workers_of(&home.data()).is_empty().then_some(()));
    scene.testbed.cut(third);
    let refused = home.run_in(app, &["plan", "--env", "prod"]);
    assert_ne!(refused.status, 0);
    refused.says(&[&third.address, &format!("--without {}", third.address)]);
    let without = [&DEPLOY[..], &["--without", &third.address]].concat();
    let plan = home.run_in(app, &[&without[..], &["--plan"]].concat()).expect(0);
    plan.says(&["2 hosts", &format!("Left out: {}", third.address)]);
    home.go(app, &without).expect("live");
    assert_eq!(scene.served()[..2], ["2", "2"]);
    scene.testbed.heal(third);
    until("what it served before", LONG, || (scene.served() == ["2", "2", "1"]).then_some(()));
    home.run_in(app, &["status"]).expect(0).says(&["2 of 3"]);
    home.go(app, &["ship", "--env", "prod", "--yes"]).expect("live");
    assert_eq!(scene.served(), ["2", "2", "2"], "only what was missing was done");
    let all = ["--without", &scene.hosts[0].address, "--without", &scene.hosts[1].address];
    let one = home.run_in(app, &[&["restart", "--env", "prod", "--plan"], &all[..]].concat()).expect(0);
    one.says(&[&third.address, "Left out"]);
}

#[test]
fn all_servers_are_looked_into_and_one_of_them_when_it_is_named() {
    let scene = Scene::new("inside", "");
    let (home, app) = (&scene.home, &scene.app);
    home.go(app, &DEPLOY).expect("live");
    let [first, second, third] = [0, 1, 2].map(|place: usize| scene.hosts[place].address.as_str());
    let unsaid = home.run_in(app, &["shell", "--env", "prod", "--", "true"]).expect(2);
    unsaid.says(&["3 hosts", second, &format!("--server {first}")]);
    let written = Written::by(home, app, &["output", "--env", "prod", "--follow", "--json"]);
    let say = Request::get(80, &scene.name(), "/say?text=only-here").at(second.parse().unwrap());
    assert_eq!(say.within(LONG).send().unwrap().status, 200);
    let output = |server: &str| home.run_in(app, &["output", "--env", "prod", "--server", server]).expect(0);
    until("its output", LONG, || output(second).stdout.contains("only-here").then_some(()));
    assert!(!output(third).stdout.contains("only-here"));
    let line = written.until("only-here").pop().unwrap_or_default();
    assert!(line.contains(&format!("\"server\":\"{second}\"")), "{line}");
    let all = home.run_in(app, &["output", "--env", "prod"]).expect(0).stdout;
    assert!(all.lines().any(|line| line.contains(second) && line.contains("only-here")), "{all}");
    for host in [first, third] {
        assert!(all.contains(&format!(" {host}  ")), "{host} has written when it started: {all}");
    }

    let name = ["shell", "--env", "prod", "--server", third, "--host", "--", "cat", "/etc/hostname"];
    let there = scene.testbed.exec(&scene.hosts[2], "cat /etc/hostname").stdout;
    assert_eq!(home.run_in(app, &name).expect(0).stdout, there);
    let one = home.run_in(app, &["usage", "--env", "prod", "--server", second, "--json"]).expect(0).json;
    assert!(one["server"].as_str().is_some_and(|server| server.ends_with(second)), "{one}");
    assert!(one["slots"][0]["used"]["memory"].as_u64() > Some(1 << 20), "{one}");

    scene.testbed.engine_kill(&scene.hosts[0]);
    let usage = home.run_in(app, &["usage", "--env", "prod"]);
    let others = home.run_in(app, &["output", "--env", "prod"]);
    let as_json = home.run_in(app, &["output", "--env", "prod", "--json"]);
    written.until(&format!("{first}: "));
    scene.testbed.engine_start(&scene.hosts[0]);
    assert_ne!(usage.status, 0, "{}", usage.text());
    let text = usage.text();
    assert!(text.contains(&format!("{first}: ")) && text.matches("RECEIVED").count() == 2, "{text}");
    assert_eq!((others.status, as_json.status), (3, 3), "{}", others.text());
    assert_eq!(as_json.json["state"], "lost", "{}", as_json.text());
    assert!(
        others.stdout.contains("only-here") && others.stderr.contains(&format!("{first}: ")),
        "{}",
        others.text()
    );
}

#[test]
fn workers_run_on_every_host_and_one_that_falls_on_one_host_keeps_all_as_they_were() {
    let worker =
        "echo works; [ -f /flags/tired ] && { echo too tired; exit 4; }; while true; do sleep 1; done";
    let workers = format!(
        "workers.mails = {{ run = \"{worker}\", steady = \"2s\" }}\n\
         workers.clock = {{ run = \"while true; do sleep 1; done\", steady = \"2s\", once = true }}"
    );
    let scene = Scene::new("labour", &workers);
    let (home, app) = (&scene.home, &scene.app);
    let slots_of = |worker: &str| {
        let on = |host: &Host| scene.testbed.exec(host, "docker ps --format '{{.Names}}'").stdout;
        let slot = |names: String| {
            let named =
                |slot: &str| names.lines().any(|name| name.ends_with(&format!("--prod--{slot}-{worker}")));
            ["blue", "green"].into_iter().filter(|slot| named(slot)).collect::<Vec<_>>().join(" ")
        };
        scene.hosts.iter().map(|host| slot(on(host))).collect::<Vec<_>>()
    };
    let working = || slots_of("mails");
    home.go(app, &DEPLOY).expect("live");
    assert_eq!(working(), ["blue", "blue", "blue"]);
    assert_eq!(slots_of("clock"), ["blue", "", ""], "what runs once is on the first");
    home.run_in(app, &["drift", "--env", "prod"]).expect(0);

    let loads = scene.load();
    app.set_version(2);
    scene.testbed.exec(&scene.hosts[1], "touch /srv/flags/tired").expect(0);
    let run = home.go(app, &DEPLOY).expect("failed_clean");
    assert!(run.reason().contains("the worker mails ended with status 4"), "{}", run.reason());
    assert!(run.reason().contains("too tired"), "{}", run.reason());
    assert_eq!((scene.served(), working()), (vec!["1".into(); 3], vec!["blue".to_owned(); 3]));

    scene.testbed.exec(&scene.hosts[1], "rm /srv/flags/tired").expect(0);
    let run = home.go(app, &DEPLOY).expect("live");
    let up = (1..=3).map(|n| run.ended(&format!("workers-{n}")).expect("they stayed up")).max();
    assert!(up <= run.began("switch-1"), "a host was switched before all workers had stayed up");
    assert_eq!((scene.served(), working()), (vec!["2".into(); 3], vec!["green".to_owned(); 3]));
    assert_eq!(slots_of("clock"), ["green", "", ""]);
    home.go(app, &BACK).expect("live");
    assert_eq!((scene.served(), working()), (vec!["1".into(); 3], vec!["blue".to_owned(); 3]));
    nobody_noticed(loads);
    let (first, second) = (scene.hosts[0].address.as_str(), scene.hosts[1].address.as_str());
    let ship = ["ship", "--env", "prod", "--yes", "--without", first];
    home.run_in(app, &[&ship[..], &["--plan"]].concat()).expect(0).says(&["its clock, which runs once"]);
    home.go(app, &ship).expect("live");
    assert_eq!(working(), ["blue", "green", "green"]);
    assert_eq!(slots_of("clock"), ["blue", "", ""], "it stays where it was");
    let written = ["output", "--env", "prod", "--server", second, "--worker", "mails", "--tail", "1"];
    home.run_in(app, &written).expect(0).says(&["works"]);
}
