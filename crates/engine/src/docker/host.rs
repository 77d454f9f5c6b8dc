//! The one interface to a container engine; implemented by [`super::DockerEngine`] and by the fake.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use seatrial_core::model::Digest;
use tokio::sync::mpsc;

use super::error::Result;
use super::facts::{
    ContainerEntry, ContainerFacts, Created, EngineFacts, ExecOutcome, ImageFacts, LogLine, LogStart,
    UsageFacts,
};
use super::instance::Instance;
use super::ports::ListeningPorts;
use super::spec::{ContainerSpec, SmallFile};
use crate::probe::{ProbeAnswer, ProbeError, ProbeRequest};

/// Operations on one container engine.
///
/// Every call ends within a deadline. Every change may be repeated: asking for what is already so is a
/// success. Changes touch only objects whose name and label say that they belong to [`Self::instance`].
#[async_trait]
pub trait ContainerHost: Send + Sync {
    /// Whose objects these are.
    fn instance(&self) -> &Instance;

    /// Facts about the engine and its host.
    async fn facts(&self) -> Result<EngineFacts>;

    /// An image, or `None` when it is not on the engine.
    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>>;

    /// The ids of all images on the engine.
    async fn image_ids(&self) -> Result<BTreeSet<Digest>>;

    /// Fetches an image from its registry within the deadline.
    async fn pull_image(&self, reference: &str, deadline: Duration) -> Result<ImageFacts>;

    /// Gives an image another tag (`repository:tag`).
    async fn tag_image(&self, reference: &str, tag: &str) -> Result<()>;

    /// Removes an image or a tag; an absent one is a success.
    async fn remove_image(&self, reference: &str) -> Result<()>;

    /// Makes sure that one of our networks exists.
    async fn ensure_network(&self, name: &str) -> Result<()>;

    /// Removes one of our networks; an absent one is a success.
    async fn remove_network(&self, name: &str) -> Result<()>;

    /// Makes sure that one of our volumes exists.
    async fn ensure_volume(&self, name: &str) -> Result<()>;

    /// Removes one of our volumes with all it holds; an absent one is a success.
    async fn remove_volume(&self, name: &str) -> Result<()>;

    /// Makes a container without starting it. The same name, specification and operation again gives the
    /// existing one; anything else of that name is `NameTaken`.
    async fn create(&self, spec: &ContainerSpec) -> Result<Created>;

    /// Puts small files into a container that need not have been started.
    async fn put_files(&self, name: &str, files: &[SmallFile]) -> Result<()>;

    /// Starts a container; a running one is a success.
    async fn start(&self, name: &str) -> Result<()>;

    /// Asks a container to end and kills it after the grace; a stopped one is a success.
    async fn stop(&self, name: &str, grace: Duration) -> Result<()>;

    /// Kills a container at once; a stopped one is a success.
    async fn kill(&self, name: &str) -> Result<()>;

    /// Removes a container, killing it if it runs; an absent one is a success. Named volumes stay.
    async fn remove(&self, name: &str) -> Result<()>;

    /// A container, ours or not, or `None`.
    async fn container(&self, name: &str) -> Result<Option<ContainerFacts>>;

    /// All containers of the engine, running or not, ours or not.
    async fn containers(&self) -> Result<Vec<ContainerEntry>>;

    /// A container's log from a point on, as far as it goes now.
    async fn logs(&self, name: &str, from: LogStart) -> Result<Vec<LogLine>>;

    /// The last lines of a container's log.
    async fn logs_tail(&self, name: &str, lines: usize) -> Result<Vec<LogLine>> {
        self.logs(name, LogStart::tail(lines)).await
    }

    /// Sends a container's log from a point on and then what it writes, until the container ends or the
    /// receiver is dropped. Unbounded in time on purpose.
    async fn follow_logs(&self, name: &str, from: LogStart, to: mpsc::Sender<LogLine>) -> Result<()>;

    /// What a container uses; `None` when it does not run.
    async fn usage(&self, name: &str) -> Result<Option<UsageFacts>>;

    /// Runs a command inside a running container within the deadline.
    async fn exec(&self, name: &str, command: &[&str], deadline: Duration) -> Result<ExecOutcome>;

    /// Which TCP ports are listened on inside a running container; `None` where that cannot be seen.
    async fn listening_ports(&self, name: &str) -> Result<Option<ListeningPorts>>;

    /// Asks a container over HTTP from outside of it, straight to its own address.
    /// The outer error is the engine's, the inner one the container's.
    async fn probe(
        &self,
        name: &str,
        port: u16,
        request: &ProbeRequest,
    ) -> Result<Result<ProbeAnswer, ProbeError>>;

    /// All containers of the engine that are ours by name and label.
    async fn our_containers(&self) -> Result<Vec<ContainerEntry>> {
        let mut all = self.containers().await?;
        all.retain(|entry| self.instance().owns(&entry.name, &entry.labels));
        Ok(all)
    }
}

/// Labels that every object of ours carries.
pub(crate) fn own_labels(instance: &Instance) -> BTreeMap<String, String> {
    BTreeMap::from([(super::instance::LABEL_OWNER.to_owned(), instance.label().to_owned())])
}
