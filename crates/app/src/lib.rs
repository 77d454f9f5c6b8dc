//! Seatrial's use cases. Every shell (terminal, desktop window, web page) calls the same commands and gets
//! the same answers and the same errors.
//!
//! [`App`] is an opened Seatrial home. Its methods are the commands of [`api::COMMANDS`]; [`App::call`] reaches
//! the same methods by name. Runs are carried out by processes of their own ([`App::work`]), so that closing a
//! shell never stops one.

pub mod api;

mod app;
mod changes;
mod configuration;
mod home;
mod journal;
mod launch;
mod machine;
mod plans;
mod project;
mod releases;
mod runs;
mod sample;
mod secrets;
mod target;
mod translate;
mod trust;
mod verdicts;
mod views;
mod work;

pub use app::App;
pub use home::Home;
pub use launch::Launch;
