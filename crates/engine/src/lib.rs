//! Carries plans out: processes, Docker, proxy, probes, secrets.

pub mod actions;
pub mod docker;
pub mod fake;
pub mod health;
pub mod image_build;
pub mod leftovers;
pub mod observe;
pub mod output;
pub mod prepare;
pub mod probe;
pub mod process;
pub mod proxy;
pub mod repo;
pub mod run;
pub mod secrets;
pub mod shared_place;
pub mod slots;
pub mod ssh;
pub mod transfer;
