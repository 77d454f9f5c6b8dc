//! `cargo xtask`: everything a person or CI does with this repository, in one program that needs only Rust.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a terminal program: printing is its output")]

mod bench;
mod cargo;
mod codegen;
mod dist;
mod failure;
mod icons;
mod machine;
mod packages;
mod shell;
mod stack;
mod start;
mod suite;
mod testbed;
mod tidy;
mod tools;
mod workspace;

use failure::{Failure, Outcome};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  start [--yes] [--headless]             install what is missing, build, and open the window (or deploy the sample app)
  test [--ci] [--only LAYER,LAYER]       the fast checks; with --ci every check, installing what they need
  stack up|down|status                   a working Docker engine with the base images that tests and samples need
  testbed up [N]|down|status|…           hosts with ssh and Docker on this machine (`cargo xtask testbed` lists all)
  codegen [--check]                      generated files, written or compared
  icons [--check]                        icons of every size, made of icons/mark.svg, written or compared
  dist [--appimage]                      packages to install
  tidy                                   dependency rules, names, file map, text that must not be committed
  bench [NAME…]                          figures to reach, measured on this machine
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Outcome {
    match words {
        ["start", rest @ ..] => start::run(rest),
        ["test", rest @ ..] => suite::run(rest),
        ["stack", "up"] => stack::up(),
        ["stack", "down"] => stack::down(),
        ["stack", "status"] => stack::status(),
        ["testbed", rest @ ..] => testbed::run(rest),
        ["codegen"] => codegen::write(),
        ["codegen", "--check"] => codegen::check(false),
        ["icons"] => icons::write(),
        ["icons", "--check"] => icons::check(),
        ["dist", rest @ ..] => dist::run(rest),
        ["tidy"] => tidy::run(),
        ["bench", names @ ..] => bench::run(names),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(Failure::new(format!("`cargo xtask {}` is not a command", other.join(" "))).hint(USAGE)),
    }
}
