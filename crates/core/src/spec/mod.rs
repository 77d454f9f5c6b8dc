//! `seatrial.toml`, version 1: from text (or from nothing, by detection) to a resolved [`AppSpec`] in which
//! every value knows where it came from.

mod resolved;

pub use resolved::{
    AppSpec, BuildSpec, EnvironmentSpec, EvaluateSpec, KeepOld, OnNoGo, Origin, Problem, Severity, ShipSpec,
    StepSpec, VerdictPolicy,
};
