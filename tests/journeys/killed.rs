//! `kill -9` of the run worker at the edges of steps: the run is taken up again and ends right.

use seatrial_tests::{
    AppFolder, Edge, Home, Load, Run, Server, docker, kill_at, kill_worker, until, workers_of,
};
use std::time::Duration;

/// What has to hold after a run that was killed and taken up again.
#[track_caller]
fn expect_right(home: &Home, app: &AppFolder, run: &Run, edge: &Edge, new: &str) {
    // The kill is the only fault: going on from what is there always leads to the end that was asked for.
    assert_eq!(run.end(), "live", "{edge:?}: {}", run.report());
    assert_eq!(home.served(&app.host()).as_deref(), Some(new), "{edge:?}: {}", run.report());
    let name = format!("{}{}--", home.prefix(), app.name);
    let slots = home.containers().into_iter().filter(|found| found.starts_with(&name)).count();
    assert!(slots <= 2, "{edge:?}: {:?}", home.containers());
}

fn live(home: &Home, name: &str, ship: &str) -> AppFolder {
    let app = AppFolder::new(home, name);
    app.configure(ship);
    home.deploy(&app).expect("live");
    app
}

#[test]
fn a_blue_green_deployment_survives_a_kill_at_every_edge() {
    let home = Home::new();
    let app = live(&home, "green", "");
    app.set_version(2);
    home.deploy(&app).expect("live");
    app.set_version(3);
    let edges = Edge::all_of(&home.deploy(&app).expect("live"));
    assert!(edges.len() >= 20, "{edges:?}");
    let server = Server::start(&home, &[]);
    let load = Load { rate: 40, ..Load::new(home.http, &app.host()) }.start();
    let mut killed = 0;
    for (number, edge) in edges.iter().enumerate() {
        let version = format!("k{number}");
        app.set_version(&version);
        let (run, was_killed) = kill_at(&home, &server, &app.path, &["deploy", "--yes", "--trust"], edge);
        killed += usize::from(was_killed);
        expect_right(&home, &app, &run, edge, &version);
    }
    load.finish().expect_no_failure();
    assert!(
        killed * 10 >= edges.len() * 8,
        "too many runs were over before the kill: {killed} of {}",
        edges.len()
    );
}

#[test]
fn a_rollback_survives_a_kill_at_every_edge() {
    let home = Home::new();
    let app = live(&home, "undo", "");
    app.set_version(2);
    let second = home.deploy(&app).expect("live");
    let first = home.go(&app, &["rollback", "--yes"]).expect("live");
    let edges = Edge::all_of(&first);
    let release = |run: &Run| run.state["version"].as_str().map(str::to_owned).expect("a version");
    let (mut next, mut last) = (("2", release(&second)), ("1", release(&first)));
    let server = Server::start(&home, &[]);
    let load = Load { rate: 40, ..Load::new(home.http, &app.host()) }.start();
    for edge in &edges {
        let (run, _) = kill_at(&home, &server, &app.path, &["rollback", "--yes", "--to", &next.1], edge);
        expect_right(&home, &app, &run, edge, next.0);
        std::mem::swap(&mut next, &mut last);
    }
    load.finish().expect_no_failure();
}

#[test]
fn a_live_deployment_survives_a_kill_at_every_edge_of_ship() {
    let home = Home::new();
    let app = live(&home, "only", "strategy = \"live\"\n");
    app.set_version(2);
    let run = home.deploy(&app).expect("live");
    let of_ship = |edge: &Edge| run.step(edge.step())["step"]["phase"] == "ship";
    let edges: Vec<Edge> = Edge::all_of(&run).into_iter().filter(of_ship).collect();
    let server = Server::start(&home, &[]);
    let load = Load { rate: 40, ..Load::new(home.http, &app.host()) }.start();
    for (number, edge) in edges.iter().enumerate() {
        let version = format!("k{number}");
        app.set_version(&version);
        let (run, _) = kill_at(&home, &server, &app.path, &["deploy", "--yes", "--trust"], edge);
        expect_right(&home, &app, &run, edge, &version);
    }
    load.finish().expect_no_failure();
}

#[test]
fn the_first_set_up_of_the_proxy_survives_a_kill() {
    let home = Home::new();
    let app = live(&home, "front", "");
    let server = Server::start(&home, &[]);
    for (number, step) in ["proxy", "route"].into_iter().enumerate() {
        for (half, edge) in [Edge::Begun(step.to_owned()), Edge::Over(step.to_owned())].iter().enumerate() {
            docker(&["rm", "-f", &format!("{}proxy", home.prefix())]).expect("the proxy is gone");
            let version = format!("p{number}{half}");
            app.set_version(&version);
            let (run, _) = kill_at(&home, &server, &app.path, &["deploy", "--yes", "--trust"], edge);
            expect_right(&home, &app, &run, edge, &version);
        }
    }
}

#[test]
fn a_killed_way_back_is_gone_to_its_end() {
    let home = Home::new();
    let app = live(&home, "twofold", "");
    app.set_version(2);
    home.run_in(&app, &["env", "set", "MISBEHAVE=500"]).expect(0);
    let server = Server::start(&home, &[]);
    let before = home.containers();
    for edge in [Edge::Begun("health".to_owned()), Edge::Over("health".to_owned())] {
        let (run, killed) = kill_at(&home, &server, &app.path, &["deploy", "--yes", "--trust"], &edge);
        assert!(killed, "{edge:?}");
        assert_eq!(run.end(), "failed_clean", "{edge:?}: {}", run.report());
        assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
        assert_eq!(home.containers(), before, "{edge:?}");
    }
}

#[test]
fn following_a_run_whose_worker_was_killed_takes_it_up() {
    let home = Home::new();
    let app = live(&home, "orphan", "");
    app.set_version(2);
    let run = home.start(&app, &["deploy", "--yes", "--trust"]);
    until("a worker", Duration::from_secs(20), || workers_of(&home.data()).first().copied());
    kill_worker(&home.data());
    home.follow(&run).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));
}
