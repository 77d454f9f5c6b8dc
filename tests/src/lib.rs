//! Journeys on the real stack: what test programs and figures share. Everything goes through the built `seatrial`
//! executable and the public ports, as a person and a visitor would.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a harness of tests: what does not hold ends the test"
)]

mod api;
mod app;
mod clean;
mod cut;
mod delay;
mod display;
mod going;
mod home;
mod http;
mod killing;
mod load;
mod page;
mod picture;
mod run;
mod socket;
mod testbed;
mod wait;
mod webdriver;
mod workers;
mod written;

pub use api::Server;
pub use app::{AppFolder, DOCKERFILE};
pub use cut::CuttableSocket;
pub use delay::long_way;
pub use display::Display;
pub use going::Going;
pub use home::{Home, Output, docker};
pub use http::{Answer, Request};
pub use killing::{Edge, await_edge, kill_at, kill_run_at, take_up};
pub use load::{Failed, Load, LoadTotals, Loading};
pub use page::{Browser, Element};
pub use picture::{Area, Picture};
pub use run::Run;
pub use testbed::{Host, Testbed};
pub use wait::{eventually, until};
pub use webdriver::{Driver, Program, family};
pub use workers::{kill_worker, running, signal, signal_page, workers_of};
pub use written::Written;
