//! The container host's contract, on a real engine.

mod support;
