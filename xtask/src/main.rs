//! `cargo xtask`: everything a person or CI does with this repository, in one program that needs only Rust.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a terminal program: printing is its output")]

mod failure;
mod machine;
mod packages;
mod shell;
mod stack;
mod tidy;
mod workspace;

use failure::{Failure, Outcome};
use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  stack up|down|status                   a working Docker engine with the base images tests and samples need
  tidy                                   dependency rules, names, file map, text that must not be committed
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
        ["stack", "up"] => stack::up(),
        ["stack", "down"] => stack::down(),
        ["stack", "status"] => stack::status(),
        ["tidy"] => tidy::run(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(Failure::new(format!("`cargo xtask {}` is not a command", other.join(" "))).hint(USAGE)),
    }
}
