//! `cargo xtask bench`: figures to reach, measured on this machine in one run, as a table.

use crate::failure::{Failure, Outcome};
use crate::shell::call;
use crate::workspace;
use std::time::Instant;

/// One figure: its name, how it is measured, and what it has to stay below.
struct Figure {
    name: &'static str,
    goal_seconds: f64,
    measure: fn() -> Outcome<f64>,
}

const FIGURES: [Figure; 1] =
    [Figure { name: "seatrial --version, median of 10", goal_seconds: 0.05, measure: command_start }];

/// Measures every figure and prints the table; a figure that cannot be measured is an error, never an empty cell.
pub(crate) fn run() -> Outcome {
    let build = ["build", "--release", "--package", "seatrial-cli"];
    call(workspace::cargo()).args(build).dir(workspace::root()).run()?;
    println!("{:<40} {:>10} {:>10}", "figure", "measured", "goal");
    let mut missed = 0;
    for figure in &FIGURES {
        let measured = (figure.measure)()?;
        missed += usize::from(measured > figure.goal_seconds);
        println!("{:<40} {measured:>8.3} s {:>8.3} s", figure.name, figure.goal_seconds);
    }
    if missed == 0 { Ok(()) } else { Err(Failure::new(format!("{missed} figure(s) missed their goal"))) }
}

fn command_start() -> Outcome<f64> {
    let release = workspace::debug_dir().with_file_name("release").join("seatrial");
    median(10, || call(release.display().to_string()).arg("--version").limit(10).output().map(drop))
}

fn median(rounds: usize, mut action: impl FnMut() -> Outcome) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..rounds {
        let started = Instant::now();
        action()?;
        times.push(started.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
