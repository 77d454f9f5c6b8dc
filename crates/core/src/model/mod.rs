//! The words of the domain as types (see `docs/glossary.md`).

mod digest;
mod hosts;
mod ids;
mod names;
mod practice;
mod release;
mod rollout;
mod ssh_host;
mod strategy;
mod target;

pub use digest::{Digest, DigestError};
pub use hosts::{Hosts, HostsError};
pub use ids::{AppId, DeploymentId, EnvironmentId, ReleaseId, RunId};
pub use names::{AppName, EnvironmentName, NameError, Slot, StepId, WorkerName};
pub use practice::{Phase, Practice};
pub use release::{Actor, Artifact, ArtifactKind, Release, Trigger};
pub use rollout::{Batch, OnFailure, Rollout};
pub use ssh_host::{SshHost, SshHostError};
pub use strategy::Strategy;
pub use target::{Target, TargetError};
