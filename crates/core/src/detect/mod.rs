//! Detection.

pub mod facts;
