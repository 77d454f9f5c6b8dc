//! One module per table: its migration, its row, the functions that read and write it.

pub(crate) mod app;
pub(crate) mod audit;
pub(crate) mod deployment;
pub(crate) mod env_value;
pub(crate) mod event;
pub(crate) mod halt;
pub(crate) mod lease;
pub(crate) mod release;
pub(crate) mod run;
pub(crate) mod secret;
pub(crate) mod server_journal;
pub(crate) mod setting;
pub(crate) mod topic;
pub(crate) mod trust;

#[cfg(test)]
mod plans;
