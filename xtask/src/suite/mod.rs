//! `cargo xtask test`: every check there is, in layers that can be run alone.

mod bundle;
mod hosts;
mod prepare;
mod programs;
mod rust;
mod tally;
mod ui;

pub(crate) use hosts::on_hosts;

use crate::failure::{Failure, Outcome};
use crate::{codegen, icons, tidy};
use std::time::Instant;
use tally::Tally;

/// What was asked for.
pub(crate) struct Suite {
    /// Everything, and what is missing is installed or is an error.
    ci: bool,
    only: Option<Vec<String>>,
}

struct Layer {
    name: &'static str,
    fast: bool,
    run: fn(&Suite) -> Outcome<Tally>,
}

/// In the order they run: cheap ones first, and the web page before the Rust code that embeds it.
const LAYERS: [Layer; 14] = [
    Layer { name: "fmt", fast: true, run: rust::fmt },
    Layer { name: "tidy", fast: true, run: |_| tidy::run().map(|()| Tally::ONE) },
    Layer { name: "ui", fast: true, run: ui::run },
    Layer { name: "clippy", fast: true, run: rust::clippy },
    Layer { name: "unit", fast: true, run: rust::unit },
    Layer { name: "codegen", fast: false, run: generated },
    Layer { name: "doc", fast: false, run: rust::doc },
    Layer { name: "deny", fast: false, run: rust::deny },
    Layer { name: "docker", fast: false, run: programs::docker },
    Layer { name: "hosts", fast: false, run: hosts::run },
    Layer { name: "journeys", fast: false, run: programs::journeys },
    Layer { name: "browser", fast: false, run: programs::browser },
    Layer { name: "desktop", fast: false, run: programs::desktop },
    Layer { name: "bundle", fast: false, run: bundle::run },
];

/// Files that are made of others.
fn generated(suite: &Suite) -> Outcome<Tally> {
    codegen::check(suite.ci)?;
    icons::check()?;
    Ok(Tally { passed: 2, failed: 0 })
}

impl Suite {
    fn parse(words: &[&str]) -> Outcome<Self> {
        let mut suite = Self { ci: false, only: None };
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            match *word {
                "--ci" => suite.ci = true,
                "--only" => suite.only = Some(names(rest.next().copied().unwrap_or_default())?),
                other => {
                    return Err(
                        Failure::new(format!("`{other}` is no option of `cargo xtask test`")).hint(usage())
                    );
                }
            }
        }
        Ok(suite)
    }

    fn layers(&self) -> impl Iterator<Item = &'static Layer> {
        LAYERS.iter().filter(|layer| match &self.only {
            Some(names) => names.iter().any(|name| name == layer.name),
            None => self.ci || layer.fast,
        })
    }

    fn has(&self, name: &str) -> bool {
        self.layers().any(|layer| layer.name == name)
    }
}

fn usage() -> String {
    let names: Vec<&str> = LAYERS.iter().map(|layer| layer.name).collect();
    format!("cargo xtask test [--ci] [--only LAYER,LAYER]; layers: {}", names.join(", "))
}

fn names(list: &str) -> Outcome<Vec<String>> {
    let names: Vec<String> = list.split(',').map(str::to_owned).collect();
    match names.iter().find(|name| !LAYERS.iter().any(|layer| layer.name == name.as_str())) {
        None => Ok(names),
        Some(unknown) => Err(Failure::new(format!("there is no test layer `{unknown}`")).hint(usage())),
    }
}

/// Runs the layers, all of them even if one fails, and ends with one plain line.
pub(crate) fn run(words: &[&str]) -> Outcome {
    let suite = Suite::parse(words)?;
    let began = Instant::now();
    let engine = prepare::run(&suite)?;
    let mut total = Tally::default();
    let mut lines = Vec::new();
    for layer in suite.layers() {
        println!("\n=== {}", layer.name);
        let started = Instant::now();
        let result = (layer.run)(&suite).unwrap_or_else(|failure| {
            eprintln!("{failure}");
            Tally { passed: 0, failed: 1 }
        });
        let state = if result.failed == 0 { "ok" } else { "FAILED" };
        let seconds = started.elapsed().as_secs_f64();
        lines.push(format!("{state:<7} {:<9} {seconds:>7.1} s  {result}", layer.name));
        println!("{}", lines.last().map_or("", String::as_str));
        total += result;
    }
    engine.end()?;
    println!("\n=== layers");
    lines.iter().for_each(|line| println!("{line}"));
    println!("total {:.0} s", began.elapsed().as_secs_f64());
    println!("{total}");
    if total.failed == 0 {
        Ok(())
    } else {
        Err(Failure::new("not everything passed; the layers above say what"))
    }
}

#[cfg(test)]
mod tests {
    use super::Suite;

    fn chosen(words: &[&str]) -> Vec<&'static str> {
        Suite::parse(words).map(|suite| suite.layers().map(|layer| layer.name).collect()).unwrap_or_default()
    }

    #[test]
    fn the_everyday_run_has_only_fast_layers_and_ci_has_all() {
        assert_eq!(chosen(&[]), ["fmt", "tidy", "ui", "clippy", "unit"]);
        assert_eq!(chosen(&["--ci"]).len(), super::LAYERS.len());
    }

    #[test]
    fn one_layer_can_be_run_alone_and_an_unknown_one_is_refused() {
        assert_eq!(chosen(&["--only", "docker,fmt"]), ["fmt", "docker"]);
        assert!(Suite::parse(&["--only", "dcoker"]).is_err());
        assert!(Suite::parse(&["--fast"]).is_err());
    }
}
