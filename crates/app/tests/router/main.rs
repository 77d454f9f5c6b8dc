//! The app through its router: JSON in, JSON out, on a real folder and a real store, without a Docker engine.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod apps;
mod desk;
mod fleet;
mod history;
mod home;
mod pipeline;
mod promotion;
mod releases;
mod runs;
