use super::fence::Fence;
use crate::docker::{
    ContainerEntry, ContainerFacts, ContainerHost, ContainerSpec, Created, EngineError, EngineFacts,
    ExecOutcome, ImageFacts, Instance, ListeningPorts, LogLine, LogStart, Result, SmallFile, UsageFacts,
};
use crate::probe::{ProbeAnswer, ProbeError, ProbeRequest};
use async_trait::async_trait;
use seatrial_core::model::Digest;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// An engine that is changed only while a lease is held. Looking at it needs none.
pub struct FencedHost {
    inner: Arc<dyn ContainerHost>,
    fence: Arc<Fence>,
}

impl FencedHost {
    /// Puts the fence before an engine.
    pub fn new(inner: Arc<dyn ContainerHost>, fence: Arc<Fence>) -> Self {
        Self { inner, fence }
    }

    async fn held(&self) -> Result<&dyn ContainerHost> {
        self.fence.confirm().await.map_err(|error| EngineError::Lease(Box::new(error)))?;
        Ok(self.inner.as_ref())
    }
}

#[async_trait]
impl ContainerHost for FencedHost {
    fn instance(&self) -> &Instance {
        self.inner.instance()
    }

    async fn facts(&self) -> Result<EngineFacts> {
        self.inner.facts().await
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>> {
        self.inner.image(reference).await
    }

    async fn image_ids(&self) -> Result<BTreeSet<Digest>> {
        self.inner.image_ids().await
    }

    async fn pull_image(&self, reference: &str, deadline: Duration) -> Result<ImageFacts> {
        self.held().await?.pull_image(reference, deadline).await
    }

    async fn tag_image(&self, reference: &str, tag: &str) -> Result<()> {
        self.held().await?.tag_image(reference, tag).await
    }

    async fn remove_image(&self, reference: &str) -> Result<()> {
        self.held().await?.remove_image(reference).await
    }

    async fn ensure_network(&self, name: &str) -> Result<()> {
        self.held().await?.ensure_network(name).await
    }

    async fn remove_network(&self, name: &str) -> Result<()> {
        self.held().await?.remove_network(name).await
    }

    async fn ensure_volume(&self, name: &str) -> Result<()> {
        self.held().await?.ensure_volume(name).await
    }

    async fn remove_volume(&self, name: &str) -> Result<()> {
        self.held().await?.remove_volume(name).await
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<Created> {
        self.held().await?.create(spec).await
    }

    async fn put_files(&self, name: &str, files: &[SmallFile]) -> Result<()> {
        self.held().await?.put_files(name, files).await
    }

    async fn start(&self, name: &str) -> Result<()> {
        self.held().await?.start(name).await
    }

    async fn stop(&self, name: &str, grace: Duration) -> Result<()> {
        self.held().await?.stop(name, grace).await
    }

    async fn kill(&self, name: &str) -> Result<()> {
        self.held().await?.kill(name).await
    }

    async fn remove(&self, name: &str) -> Result<()> {
        self.held().await?.remove(name).await
    }

    async fn container(&self, name: &str) -> Result<Option<ContainerFacts>> {
        self.inner.container(name).await
    }

    async fn containers(&self) -> Result<Vec<ContainerEntry>> {
        self.inner.containers().await
    }

    async fn logs(&self, name: &str, from: LogStart) -> Result<Vec<LogLine>> {
        self.inner.logs(name, from).await
    }

    async fn follow_logs(&self, name: &str, from: LogStart, to: mpsc::Sender<LogLine>) -> Result<()> {
        self.inner.follow_logs(name, from, to).await
    }

    async fn usage(&self, name: &str) -> Result<Option<UsageFacts>> {
        self.inner.usage(name).await
    }

    async fn exec(&self, name: &str, command: &[&str], deadline: Duration) -> Result<ExecOutcome> {
        self.held().await?.exec(name, command, deadline).await
    }

    async fn listening_ports(&self, name: &str) -> Result<Option<ListeningPorts>> {
        self.inner.listening_ports(name).await
    }

    async fn probe(
        &self,
        name: &str,
        port: u16,
        request: &ProbeRequest,
    ) -> Result<Result<ProbeAnswer, ProbeError>> {
        self.inner.probe(name, port, request).await
    }
}
