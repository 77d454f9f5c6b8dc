//! The figures that `cargo xtask bench` shows, measured on the real stack: `figures NAME…` prints one JSON object
//! per figure. Every comparison is made within one run, on one machine, with the same app.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a terminal program: printing is its output")]
#![expect(clippy::expect_used, clippy::panic, reason = "a measurement that cannot be made ends the program")]

mod deploy;
mod kill;
mod logs;
mod page;
mod requests;
mod servers;
mod several;
mod window;

use serde_json::json;

/// One measured figure.
struct Figure {
    name: String,
    measured: f64,
    /// The largest good value; for `at_least` the smallest.
    goal: f64,
    at_least: bool,
    unit: &'static str,
}

impl Figure {
    fn at_most(name: impl Into<String>, measured: f64, goal: f64, unit: &'static str) -> Self {
        Self { name: name.into(), measured, goal, at_least: false, unit }
    }

    fn at_least(name: impl Into<String>, measured: f64, goal: f64, unit: &'static str) -> Self {
        Self { at_least: true, ..Self::at_most(name, measured, goal, unit) }
    }

    /// A number that explains others and has no goal of its own.
    fn remark(name: impl Into<String>, measured: f64, unit: &'static str) -> Self {
        Self::at_most(name, measured, f64::INFINITY, unit)
    }

    fn print(&self) {
        let met = if self.at_least { self.measured >= self.goal } else { self.measured <= self.goal };
        let goal = self.goal.is_finite().then_some(self.goal);
        let line = json!({
            "name": self.name, "measured": self.measured, "goal": goal, "at_least": self.at_least,
            "unit": self.unit, "met": met,
        });
        println!("{line}");
    }
}

fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let names = if names.is_empty() {
        ["deploy", "requests", "logs", "kill", "page"].map(str::to_owned).to_vec()
    } else {
        names
    };
    for name in names {
        let figures = match name.as_str() {
            "deploy" => deploy::measure(),
            "requests" => requests::measure(),
            "live" => requests::live(),
            "logs" => logs::measure(),
            "kill" => kill::measure(),
            "page" => page::measure(),
            "window" => window::measure(),
            "servers" => servers::measure(),
            "several" => several::measure(),
            other => {
                panic!(
                    "there is no figure `{other}`: deploy, requests, live, logs, kill, page, window, servers"
                )
            }
        };
        figures.iter().for_each(Figure::print);
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
