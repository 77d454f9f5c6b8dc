//! `seatrial.toml` and detection, from the outside: what a file and a folder resolve to.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has to fail")]

mod detected;
mod edits;
mod generated;
mod never_panics;
mod problems;
mod resolved;
mod support;
