//! Waiting until a container is healthy, asked from outside of it, and the autopsy when it is not.
//!
//! The container is asked at its own address where this machine has a route to it (a Linux host with the
//! engine on it). Elsewhere the answer is `NotReachable`; then ask through the proxy's slot
//! ([`crate::proxy::TrafficDriver::ask_slot`]), which sees what visitors will see.

mod autopsy;
mod patience;
mod wait;

pub use autopsy::{Autopsy, Finding, autopsy};
pub(crate) use patience::Patience;
pub use wait::{Attempt, HealthCheck, Healthy, Unhealthy, UnhealthyReason, WaitError, until_healthy};
