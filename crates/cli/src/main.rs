//! Seatrial in the terminal: commands, rendering, the web page and the run worker.

mod args;
mod commands;
mod follow;
mod home;
mod output;
mod panic;
mod render;
mod serve;
mod session;

fn main() -> std::process::ExitCode {
    panic::install();
    panic::guard(commands::run)
}
