//! From values to text for people. Pure functions: the same value is always the same text.

pub(crate) mod app;
pub(crate) mod compared;
pub(crate) mod error;
pub(crate) mod home;
pub(crate) mod hosts;
pub(crate) mod leftovers;
pub(crate) mod line;
pub(crate) mod lists;
pub(crate) mod machine;
pub(crate) mod output;
mod paint;
pub(crate) mod plan;
pub(crate) mod problem;
pub(crate) mod promotion;
pub(crate) mod run;
mod table;
pub(crate) mod target;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod trust;
pub(crate) mod usage;

pub(crate) use paint::{Mark, Paint};
pub(crate) use table::table;

#[cfg(test)]
pub(crate) mod samples;
