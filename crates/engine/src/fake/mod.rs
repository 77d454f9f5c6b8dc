//! An in-memory target with scripted faults, behind the same interfaces as the real ones.
//!
//! It keeps what a real engine and proxy would keep (containers, images, sites, directions), a journal of
//! all calls in order, and a watch on what visitors would have noticed. The same conformance suite runs on
//! it and on a real engine, so that tests on the fake mean something.

mod fault;
mod host;
mod mover;
#[cfg(test)]
mod tests;
mod traffic;
mod world;

pub use fault::{FakeCall, Fault, MoveOperation, TrafficOperation};
pub use mover::FakeMover;
pub use world::{App, FakeTarget, Recorded};
