//! A million lines from a step, against `docker logs` writing to a file.

use crate::{Figure, median};
use seatrial_tests::{AppFolder, Home, docker};
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LINES: u32 = 1_000_000;
const ROUNDS: u32 = 3;

pub(crate) fn measure() -> Vec<Figure> {
    let home = Home::new();
    let app = AppFolder::new(&home, "chatty");
    let command = format!("seq -f 'line %.0f of a log that is quite ordinary in its length' {LINES}");
    let step = format!("\n[build.steps.lint]\nrun = \"{command}\"\n");
    app.write("seatrial.toml", app.read("seatrial.toml") + &step);
    let container = Container::new(&home);
    let (mut ours, mut theirs, mut lost) = (Vec::new(), Vec::new(), 0);
    for round in 0..ROUNDS {
        let run = home.go(&app, &["build", "--yes", "--trust"]).expect("succeeded");
        ours.push(Duration::from_millis(run.step_ms("lint")).as_secs_f64());
        theirs.push(container.time(&home));
        eprintln!(
            "round {round}: seatrial {:.2} s, docker logs {:.2} s",
            ours[ours.len() - 1],
            theirs[theirs.len() - 1]
        );
        lost = lost.max(missing(&home, &app, run.id()));
    }
    let rate = |seconds: f64| f64::from(LINES) / seconds;
    let (ours, theirs) = (rate(median(ours)), rate(median(theirs)));
    vec![
        Figure::at_most("logs: lines lost or out of order of 1,000,000", f64::from(lost), 0.0, ""),
        Figure::remark("logs: seatrial, lines per second", ours, "/s"),
        Figure::remark("logs: docker logs to a file, lines per second", theirs, "/s"),
        Figure::at_least("logs: seatrial / docker logs", ours / theirs, 0.7, "x"),
    ]
}

/// Lines of a run's log that are not where they should be.
fn missing(home: &Home, app: &AppFolder, run: &str) -> u32 {
    let text = home.run_in(app, &["logs", run, "--step", "lint"]).expect(0).stdout;
    let found =
        text.lines().filter_map(|line| line.split_once("line ")?.1.split(' ').next()?.parse::<u32>().ok());
    let mut expected = 1;
    for number in found {
        expected += u32::from(number == expected);
    }
    LINES + 1 - expected
}

/// A container that has said the same.
struct Container(String);

impl Container {
    fn new(home: &Home) -> Self {
        let name = format!("{}chatty", home.prefix());
        let script = format!(
            "for n in range(1, {LINES} + 1): print(f'line {{n}} of a log that is quite ordinary in its length')"
        );
        // Detached: otherwise the client would be part of what is written here.
        docker(&["run", "-d", "--name", &name, "python:3-slim", "python3", "-c", &script])
            .expect("a container");
        docker(&["wait", &name]).expect("its end");
        Self(name)
    }

    fn time(&self, home: &Home) -> f64 {
        let file = File::create(home.root().join("docker.log")).expect("a file");
        let clock = Instant::now();
        let mut command = Command::new("docker");
        let done =
            command.args(["logs", &self.0]).stdin(Stdio::null()).stdout(file).stderr(Stdio::null()).status();
        assert!(done.expect("docker logs").success());
        clock.elapsed().as_secs_f64()
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        drop(docker(&["rm", "-f", &self.0]));
    }
}
