//! Images come from where they are: built on a server, brought from one server to another, with or without an engine
//! on this machine.

use seatrial_tests::{
    AppFolder, Edge, Home, Host, Request, Run, Server, Testbed, docker, kill_at, kill_run_at, take_up, until,
};
use std::time::{Duration, Instant};

const DEPLOY: [&str; 5] = ["deploy", "--env", "prod", "--yes", "--trust"];
const NO_ENGINE_HERE: (&str, &str) = ("DOCKER_HOST", "unix:///nowhere.sock");

struct Scene {
    testbed: Testbed,
    builder: Host,
    server: Host,
    home: Home,
}

impl Scene {
    fn new() -> Self {
        let testbed = Testbed::find();
        let (builder, server) = (testbed.host(1), testbed.host(2));
        testbed.clear(&builder);
        testbed.clear(&server);
        let home = Home::new().with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy());
        Self { testbed, builder, server, home }
    }

    /// An app whose images are built on the builder, with an environment for each of these hosts.
    fn app(&self, name: &str, environments: &[(&str, &Host)]) -> AppFolder {
        let app = AppFolder::new(&self.home, name);
        app.write(
            "seatrial.toml",
            format!("{}\n[build]\non = \"{}\"\n", app.read("seatrial.toml"), address(&self.builder)),
        );
        for (name, host) in environments {
            let place = format!("\n[env.{name}]\ntarget = \"{}\"\nproduction = false\n", address(host));
            app.write("seatrial.toml", app.read("seatrial.toml") + &place);
        }
        app
    }

    fn without_engine(self) -> Self {
        let (name, value) = NO_ENGINE_HERE;
        Self { home: self.home.with(name, value), ..self }
    }

    fn has(&self, host: &Host, image: &str) -> bool {
        self.testbed.exec(host, &format!("docker image inspect {image}")).status == 0
    }
}

fn address(host: &Host) -> String {
    format!("ssh://deploy@{}", host.address)
}

fn image_of(run: &Run) -> String {
    run.state["release"]["artifacts"][0]["digest"].as_str().unwrap_or_default().to_owned()
}

/// The version that visitors of the host get.
fn served(host: &Host) -> Option<String> {
    let request = Request::get(80, &host.address, "/version").at(host.ip());
    let answer = request.within(Duration::from_secs(5)).send().ok()?;
    (answer.status == 200).then(|| answer.body.trim().to_owned())
}

#[test]
fn what_a_server_has_built_runs_on_it_on_another_and_here_and_is_the_same_image() {
    let scene = Scene::new();
    let app = scene.app("built", &[("prod", &scene.server), ("same", &scene.builder)]);
    let built = scene.home.go(&app, &DEPLOY).expect("live");
    let image = image_of(&built);
    assert_eq!(served(&scene.server).as_deref(), Some("1"));
    assert!(scene.has(&scene.builder, &image) && scene.has(&scene.server, &image), "{image}");
    assert!(docker(&["image", "inspect", &image]).is_none(), "nothing was built here");
    assert_eq!(built.step("package")["step"]["action"]["on"], address(&scene.builder));
    assert_eq!(built.step("transfer")["step"]["action"]["from"], address(&scene.builder));

    let here = scene.home.go(&app, &["ship", "--env", "local", "--yes"]).expect("live");
    assert_eq!(here.step("transfer")["status"], "succeeded", "{}", here.report());
    assert_eq!(scene.home.served(&app.host()).as_deref(), Some("1"));
    assert!(docker(&["image", "inspect", &image]).is_some(), "the same image is here now");

    let same = scene.home.go(&app, &["ship", "--env", "same", "--yes"]).expect("live");
    assert!(same.steps().all(|(id, _)| id != "transfer"), "it is there already: {}", same.report());
    assert_eq!(served(&scene.builder).as_deref(), Some("1"));
}

#[test]
fn building_on_a_server_for_a_server_needs_no_engine_here() {
    let scene = Scene::new().without_engine();
    let app = scene.app("far", &[("prod", &scene.server)]);
    app.write("seatrial.toml", app.read("seatrial.toml").replace("drain =", "keep_releases = 1\ndrain ="));
    scene.home.run_in(&app, &["plan", "--env", "prod"]).expect(0).says(&["Build the image on"]);
    let first = scene.home.go(&app, &DEPLOY).expect("live");
    for version in [2, 3] {
        app.set_version(version);
        let next = scene.home.go(&app, &DEPLOY).expect("live");
        assert_eq!(served(&scene.server), Some(version.to_string()));
        let (sent, failed) = next.proof();
        assert!(sent > 0 && failed == 0, "{failed} of {sent}");
    }
    for host in [&scene.builder, &scene.server] {
        assert!(!scene.has(host, &image_of(&first)), "what nobody needs does not pile up on {}", host.name);
    }
    let built = scene.home.go(&app, &["build", "--yes"]).expect("succeeded");
    assert!(scene.has(&scene.builder, &image_of(&built)));

    scene.testbed.cut(&scene.builder);
    let clock = Instant::now();
    scene.home.go(&app, &["rollback", "--env", "prod", "--yes"]).expect("live");
    assert!(clock.elapsed() < Duration::from_secs(15), "nobody waits for the builder: {:?}", clock.elapsed());
    assert_eq!(served(&scene.server).as_deref(), Some("2"));
    let refused = scene.home.run_in(&app, &["plan", "--env", "prod"]).expect(3);
    refused.says(&[&scene.builder.address, "hint: "]);
}

#[test]
fn a_release_that_only_another_environments_server_has_is_promoted_from_there() {
    let scene = Scene::new();
    let app = AppFolder::new(&scene.home, "promoted");
    let places = [("stage", &scene.builder), ("prod", &scene.server)];
    for (name, host) in places {
        let place = format!("\n[env.{name}]\ntarget = \"{}\"\nproduction = false\n", address(host));
        app.write("seatrial.toml", app.read("seatrial.toml") + &place);
    }
    let staged = scene.home.go(&app, &["deploy", "--env", "stage", "--yes", "--trust"]).expect("live");
    let image = image_of(&staged);
    // As for a colleague, who never had it.
    docker(&["rmi", "-f", &image]).expect("removed here");
    let scene = scene.without_engine();
    let words = ["promote", "--from", "stage", "--to", "prod", "--yes"];
    let promoted = scene.home.go(&app, &words).expect("live");
    assert_eq!(promoted.step("transfer")["step"]["action"]["from"], address(&scene.builder));
    assert!(scene.has(&scene.server, &image));
    assert_eq!(served(&scene.server).as_deref(), Some("1"));

    scene.testbed.exec(
        &scene.server,
        "docker ps -aq | xargs docker rm -f; docker rmi -f $(docker images -q 'seatrial/*')",
    );
    scene.testbed.cut(&scene.builder);
    let refused = scene.home.run_in(&app, &["ship", "--env", "prod", "--yes"]);
    refused.says(&["no longer there", &scene.builder.address, "this machine could not be asked for it"]);
}

#[test]
fn d4_a_build_on_a_server_that_is_cut_off_ends_clean_and_one_whose_worker_is_killed_goes_on() {
    let scene = Scene::new();
    let app = scene.app("cut", &[("prod", &scene.server)]);
    scene.home.go(&app, &DEPLOY).expect("live");
    app.set_version(2);
    let dockerfile = app.read("Dockerfile");
    app.write("Dockerfile", format!("{dockerfile}RUN sleep 15\n"));
    let page = Server::start(&scene.home, &[]);
    let (run, killed) = kill_at(&scene.home, &page, &app.path, &DEPLOY, &Edge::Begun("package".to_owned()));
    assert!(killed, "the build takes longer than that");
    let run = run.expect("live");
    assert_eq!(run.step("package")["attempts"], 2, "{}", run.report());
    assert_eq!(served(&scene.server).as_deref(), Some("2"));

    app.set_version(3);
    app.write("Dockerfile", format!("{dockerfile}RUN sleep 100\n"));
    let run = scene.home.start(&app, &DEPLOY);
    let building = || {
        let running = scene.testbed.exec(&scene.builder, "pgrep -f 'sleep [1]00'").status == 0;
        running.then_some(())
    };
    until("it builds", Duration::from_secs(60), building);
    scene.testbed.cut(&scene.builder);
    let clock = Instant::now();
    let failed = scene.home.follow(&run).expect("failed_clean");
    assert!(clock.elapsed() < Duration::from_secs(90), "{:?}", clock.elapsed());
    let cause = failed.failures().next().map(|failure| failure["cause"].clone());
    assert_eq!(cause, Some("engine-unreachable".into()), "{}", failed.report());
    assert_eq!(served(&scene.server).as_deref(), Some("2"), "nothing has changed for visitors");
    scene.testbed.heal(&scene.builder);
    app.write("Dockerfile", &dockerfile);
    scene.home.go(&app, &DEPLOY).expect("live");
    assert_eq!(served(&scene.server).as_deref(), Some("3"));
}

/// What was built has arrived: whoever takes the run up does not need the builder any more.
#[test]
fn d4_a_run_that_is_taken_up_after_its_image_arrived_goes_on_without_its_builder() {
    let scene = Scene::new();
    let app = scene.app("later", &[("prod", &scene.server)]);
    scene.home.go(&app, &DEPLOY).expect("live");
    app.set_version(2);
    scene.home.run_in(&app, &["env", "set", "START_DELAY=3", "--env", "prod"]).expect(0);
    let page = Server::start(&scene.home, &[]);
    let run = scene.home.start(&app, &DEPLOY);
    assert!(
        kill_run_at(&scene.home, &page, &run, &Edge::Begun("health".to_owned())),
        "it takes three seconds"
    );
    scene.testbed.cut(&scene.builder);
    let run = take_up(&scene.home, &page, &run).expect("live");
    assert_eq!(served(&scene.server).as_deref(), Some("2"), "{}", run.report());
    scene.testbed.heal(&scene.builder);
}
