//! The proxy on a target: which release of an app gets its requests, proven and without dropping one.

mod admin;
mod caddy;
pub mod config;
mod directory;
mod driver;
mod error;
mod files;
mod site;

pub use caddy::{CaddyProxy, ProxySettings};
pub use directory::directory_on;
pub use driver::{PublicAnswer, TrafficDriver, Upstream};
pub use error::{Observed, ProxyError, Result};
pub use site::{Certificate, Direction, Domain, SLOTS, Site, SiteKey, Sites};
