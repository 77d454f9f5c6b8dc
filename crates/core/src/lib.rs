//! Seatrial's pure core: what an app, a plan and a run *are*, and everything that can be decided about
//! them without touching the world. Time, ids and observations come in as arguments; plans, states and
//! verdicts go out as plain data.

pub mod compare;
pub mod detect;
pub mod evaluate;
pub mod fleet;
pub mod import;
pub mod journal;
pub mod model;
pub mod pipeline;
pub mod plan;
pub mod prepare;
pub mod run;
pub mod spec;
pub mod version;
