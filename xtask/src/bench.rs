//! `cargo xtask bench [NAME…]`: figures to reach, measured on this machine in one run, as a table. Every comparison
//! is a ratio within that run, so that a slow machine does not decide it.

use crate::failure::{Failure, Outcome};
use crate::shell::call;
use crate::{stack, tools, workspace};
use serde_json::Value;
use std::time::Instant;

/// A group of figures that can be measured alone.
struct Group {
    name: &'static str,
    measure: fn() -> Outcome<Vec<Figure>>,
}

const GROUPS: [Group; 10] = [
    Group { name: "start", measure: start },
    Group { name: "deploy", measure: || on_stack("deploy") },
    Group { name: "requests", measure: || on_stack("requests") },
    Group { name: "logs", measure: || on_stack("logs") },
    Group { name: "history", measure: history },
    Group { name: "page", measure: || on_stack("page") },
    Group { name: "window", measure: window },
    Group {
        name: "servers",
        measure: || crate::suite::on_hosts(|environment| measure("servers", &environment)),
    },
    Group {
        name: "several",
        measure: || crate::suite::on_hosts(|environment| measure("several", &environment)),
    },
    Group { name: "kill", measure: || on_stack("kill") },
];
/// Longest time of one group, in seconds; killing at every edge takes most of it.
const LIMIT: u64 = 3600;

/// One figure and what it has to stay below or above.
struct Figure {
    name: String,
    measured: String,
    goal: String,
    met: bool,
}

/// Measures the named groups, or all, and prints one table; what cannot be measured is an error, never an empty cell.
pub(crate) fn run(names: &[&str]) -> Outcome {
    let known = |name: &&&str| GROUPS.iter().any(|group| group.name == **name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let list: Vec<&str> = GROUPS.iter().map(|group| group.name).collect();
        return Err(Failure::new(format!("there is no figure `{unknown}`"))
            .hint(format!("figures: {}", list.join(", "))));
    }
    let chosen = GROUPS.iter().filter(|group| names.is_empty() || names.contains(&group.name));
    // The page is part of the executable.
    tools::provide_ui_packages()?;
    tools::npm(&["run", "build"])?.limit(600).output()?;
    call(workspace::cargo())
        .args(["build", "--release", "--package", "seatrial-cli"])
        .dir(workspace::root())
        .run()?;
    let mut figures = Vec::new();
    for group in chosen {
        eprintln!("\n=== {}", group.name);
        let started = Instant::now();
        figures.extend((group.measure)()?);
        eprintln!("{} s", started.elapsed().as_secs());
    }
    println!("\n{:<76} {:>14} {:>14}", "figure", "measured", "goal");
    for figure in &figures {
        let mark = if figure.met { "" } else { "  MISSED" };
        println!("{:<76} {:>14} {:>14}{mark}", figure.name, figure.measured, figure.goal);
    }
    let missed = figures.iter().filter(|figure| !figure.met).count();
    if missed == 0 { Ok(()) } else { Err(Failure::new(format!("{missed} figure(s) missed their goal"))) }
}

fn executable() -> String {
    workspace::debug_dir().with_file_name("release").join("seatrial").display().to_string()
}

fn start() -> Outcome<Vec<Figure>> {
    let mut times = Vec::new();
    for _ in 0..10 {
        let started = Instant::now();
        call(executable()).arg("--version").limit(10).output()?;
        times.push(started.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    let (measured, goal) = (times[times.len() / 2], 0.05);
    let name = "seatrial --version, median of 10".to_owned();
    Ok(vec![Figure {
        name,
        measured: format!("{measured:.3} s"),
        goal: format!("{goal:.3} s"),
        met: measured <= goal,
    }])
}

/// Figures on a real engine: a program beside the journeys measures them and prints a JSON object for each.
fn on_stack(name: &str) -> Outcome<Vec<Figure>> {
    measure(name, &[])
}

fn measure(name: &str, environment: &[(&'static str, String)]) -> Outcome<Vec<Figure>> {
    stack::up()?;
    let words =
        ["run", "--release", "--quiet", "--package", "seatrial-tests", "--example", "figures", "--", name];
    let measuring =
        call(workspace::cargo()).args(words).dir(workspace::root()).env("SEATRIAL_BIN", executable());
    let measuring = measuring
        .env("SEATRIAL_BARE_WINDOW", example("bare"))
        .env("SEATRIAL_LONG_HISTORY", example("bench_history"));
    let measuring = environment.iter().fold(measuring, |call, (name, value)| call.env(name, value.as_str()));
    let said = measuring.limit(LIMIT).output()?;
    said.lines().map(|line| read(&workspace::parse(line, "figures")?)).collect()
}

fn read(figure: &Value) -> Outcome<Figure> {
    let text = |name: &str| figure[name].as_str().unwrap_or_default().to_owned();
    let (Some(measured), Some(met)) = (figure["measured"].as_f64(), figure["met"].as_bool()) else {
        return Err(Failure::new(format!("this is no figure: {figure}")));
    };
    let unit = text("unit");
    let bound = if figure["at_least"] == true { ">=" } else { "<=" };
    let goal = figure["goal"].as_f64().map(|goal| format!("{bound} {}", number(goal, &unit)));
    Ok(Figure { name: text("name"), measured: number(measured, &unit), goal: goal.unwrap_or_default(), met })
}

/// As many digits as say something.
fn number(value: f64, unit: &str) -> String {
    let text =
        if value.fract() == 0.0 || value >= 1000.0 { format!("{value:.0}") } else { format!("{value:.2}") };
    format!("{text} {unit}").trim_end().to_owned()
}

/// The window and a bare one, both built in the same way, and what makes the long history it shows.
fn window() -> Outcome<Vec<Figure>> {
    let words = ["build", "--release", "--package", "seatrial-desktop", "--bins", "--examples"];
    call(workspace::cargo()).args(words).dir(workspace::root()).run()?;
    let words = ["build", "--release", "--package", "seatrial-store", "--example", "bench_history"];
    call(workspace::cargo()).args(words).dir(workspace::root()).run()?;
    on_stack("window")
}

fn example(name: &str) -> String {
    workspace::debug_dir().with_file_name("release").join("examples").join(name).display().to_string()
}

/// The store's own measurement of a long history; its lines begin with a mark.
fn history() -> Outcome<Vec<Figure>> {
    let words = ["run", "--release", "--quiet", "--package", "seatrial-store", "--example", "bench_history"];
    let said = call(workspace::cargo()).args(words).dir(workspace::root()).limit(LIMIT).output()?;
    eprintln!("{said}");
    let figures: Vec<Figure> = said.lines().filter_map(measured_line).collect();
    if figures.is_empty() {
        Err(Failure::new("the history was not measured").detail(said))
    } else {
        Ok(figures)
    }
}

/// `MARK name  first TIME  median TIME  limit TIME`.
fn measured_line(line: &str) -> Option<Figure> {
    let (rest, goal) = line.rsplit_once("  limit ")?;
    let (rest, measured) = rest.rsplit_once("  median ")?;
    let (name, _) = rest.rsplit_once(" first ")?;
    let (mark, name) = name.trim().split_once(' ')?;
    let met = mark == "ok";
    let name = format!("history: {}", name.trim());
    Some(Figure { name, measured: measured.trim().to_owned(), goal: format!("<= {}", goal.trim()), met })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_stores_measurement_is_a_figure() {
        let figure =
            measured_line("ok newest 50 runs      first   1.20ms  median   0.45ms  limit 10ms").unwrap();
        assert_eq!((figure.name.as_str(), figure.measured.as_str()), ("history: newest 50 runs", "0.45ms"));
        assert!(figure.met && figure.goal == "<= 10ms");
        assert!(measured_line("5000000 events in all, 900 MiB").is_none());
    }

    #[test]
    fn a_figure_that_is_none_is_an_error() {
        let line = serde_json::json!({ "name": "x", "measured": 0.5, "goal": 1.0, "unit": "x", "met": true });
        assert_eq!(read(&line).unwrap().goal, "<= 1 x");
        assert!(read(&serde_json::json!({ "name": "x" })).is_err());
    }
}
