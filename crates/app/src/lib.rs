//! Seatrial's use cases. Every shell (terminal, desktop window, web page) calls the same commands and gets
//! the same answers and the same errors.
//!
//! [`App`] is an opened Seatrial home. Its methods are the commands of [`api::COMMANDS`]; [`App::call`] reaches
//! the same methods by name. Runs are carried out by processes of their own ([`App::work`]), so that closing a
//! shell never stops one.

mod adopt;
pub mod api;

mod app;
mod changes;
mod claims;
mod configuration;
mod deployments;
mod entrance;
mod fleet;
mod home;
mod host_states;
mod import;
mod inbox;
mod journal;
mod launch;
mod leftovers;
mod logs;
mod looks;
mod machine;
mod output;
mod passport;
mod pipeline_text;
mod place;
mod plans;
mod prepare;
mod project;
mod promotion;
mod records;
mod releases;
mod runs;
mod sample;
mod secrets;
mod server;
mod settings;
mod shared;
mod sighting;
mod sources;
mod target;
mod targets;
mod timeline;
mod translate;
mod trust;
mod usage;
mod verdicts;
mod views;
mod work;

pub use app::App;
pub use home::Home;
pub use launch::Launch;
