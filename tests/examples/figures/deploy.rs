//! Redeploying a small app with one line changed, against `docker compose up --build -d`.

use crate::{Figure, median};
use seatrial_tests::{AppFolder, Home, Request, Run, docker, until};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

const ROUNDS: usize = 10;

pub(crate) fn measure() -> Vec<Figure> {
    let home = Home::new();
    let app = AppFolder::new(&home, "swift");
    app.unwatched();
    home.deploy(&app).expect("live");
    let composed = Composed::new(&home);
    let (mut ours, mut theirs, mut over, mut steps) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        app.set_version(format!("ours-{round}"));
        let (begun, clock) = (SystemTime::now(), Instant::now());
        let run = home.deploy(&app).expect("live");
        let exit = clock.elapsed().as_secs_f64();
        let verdict = run.ended("verdict").and_then(|at| at.duration_since(begun).ok());
        let time = verdict.map_or(exit, |verdict| verdict.as_secs_f64());
        let build_and_start = seconds(&run, "package") + start_up(&run);
        eprintln!(
            "round {round}: seatrial {time:.2} s ({exit:.2} s to its exit), of that build and start-up {build_and_start:.2} s"
        );
        ours.push(time);
        over.push(time - build_and_start);
        steps.push(run);
        theirs.push(composed.redeploy(&format!("theirs-{round}")));
        eprintln!("round {round}: compose  {:.2} s", theirs[round]);
    }
    for (step, _) in steps[0].steps() {
        let time = median(steps.iter().map(|run| seconds(run, step)).collect());
        eprintln!("  step {step:<14} {:>6.0} ms", time * 1000.0);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    vec![
        Figure::remark(format!("redeploy, median of {ROUNDS}: seatrial, command to verdict"), ours, "s"),
        Figure::remark(
            format!("redeploy, median of {ROUNDS}: docker compose up --build -d, to answer"),
            theirs,
            "s",
        ),
        Figure::at_most("redeploy, seatrial / compose", ours / theirs, 1.0, "x"),
        Figure::at_most("redeploy, over build and the app's own start-up", median(over), 1.2, "s"),
        Figure::at_most("rollback, command to verdict, median of 5", rollback(&home, &app), 5.0, "s"),
    ]
}

/// Going back right after a deployment, as one does.
fn rollback(home: &Home, app: &AppFolder) -> f64 {
    let once = |round| {
        app.set_version(format!("gone-{round}"));
        home.deploy(app).expect("live");
        let clock = Instant::now();
        home.go(app, &["rollback", "--yes"]).expect("live");
        clock.elapsed().as_secs_f64()
    };
    median((0..5).map(once).collect())
}

fn seconds(run: &Run, step: &str) -> f64 {
    Duration::from_millis(run.step_ms(step)).as_secs_f64()
}

fn start_up(run: &Run) -> f64 {
    let facts = run.step("health")["facts"].as_array().into_iter().flatten();
    let after = facts.into_iter().find_map(|fact| fact["after_ms"].as_u64());
    Duration::from_millis(after.unwrap_or(0)).as_secs_f64()
}

/// The same app under compose.
struct Composed {
    app: AppFolder,
    port: u16,
}

impl Composed {
    fn new(home: &Home) -> Self {
        let app = AppFolder::new(home, "composed");
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        app.write(
            "compose.yml",
            format!(
                "services:\n  web:\n    build: .\n    image: {}\n    ports: [\"{port}:8000\"]\n",
                app.name
            ),
        );
        let this = Self { app, port };
        this.redeploy("first");
        this
    }

    /// Time from the command until the new version answers.
    fn redeploy(&self, version: &str) -> f64 {
        self.app.set_version(version);
        let clock = Instant::now();
        self.compose(&["up", "--build", "-d"]);
        until("compose answers", Duration::from_secs(60), || {
            let answer = Request::get(self.port, "localhost", "/version").send().ok()?;
            (answer.body.trim() == version).then_some(())
        });
        clock.elapsed().as_secs_f64()
    }

    fn compose(&self, words: &[&str]) {
        let mut command = Command::new("docker");
        command.arg("compose").args(words).current_dir(&self.app.path).stdin(Stdio::null());
        let done = command.output().expect("docker compose");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Composed {
    fn drop(&mut self) {
        self.compose(&["down", "--remove-orphans", "-t", "1"]);
        drop(docker(&["image", "rm", "-f", &self.app.name]));
    }
}
