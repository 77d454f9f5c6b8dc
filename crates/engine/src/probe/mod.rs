//! HTTP from the outside: single probes, and the prober that counts what people would have noticed.

mod histogram;
mod http;
mod prober;
#[cfg(unix)]
mod unix;

pub use histogram::Histogram;
pub use http::{BODY_EXCERPT, ProbeAddress, ProbeAnswer, ProbeCause, ProbeError, ProbeRequest, request};
pub use prober::{Prober, ProberReport, ProberSpec, SampleFailure, Wrong};
