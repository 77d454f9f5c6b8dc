//! The real engine behind the common interface.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use seatrial_core::model::Digest;
use tokio::sync::mpsc;

use super::engine::DockerEngine;
use super::error::Result;
use super::facts::{
    ContainerEntry, ContainerFacts, Created, EngineFacts, ExecOutcome, ImageFacts, LogLine, LogStart,
    UsageFacts,
};
use super::host::ContainerHost;
use super::instance::Instance;
use super::ports::ListeningPorts;
use super::spec::{ContainerSpec, SmallFile};
use crate::probe::{ProbeAnswer, ProbeError, ProbeRequest};

#[async_trait]
impl ContainerHost for DockerEngine {
    fn instance(&self) -> &Instance {
        &self.instance
    }

    async fn facts(&self) -> Result<EngineFacts> {
        self.read_facts().await
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>> {
        self.find_image(reference).await
    }

    async fn image_ids(&self) -> Result<BTreeSet<Digest>> {
        let listed = self.listed_images().await?;
        Ok(listed.into_iter().filter_map(|image| image.id.parse().ok()).collect())
    }

    async fn pull_image(&self, reference: &str, deadline: Duration) -> Result<ImageFacts> {
        self.pull(reference, deadline).await
    }

    async fn tag_image(&self, reference: &str, tag: &str) -> Result<()> {
        self.tag(reference, tag).await
    }

    async fn remove_image(&self, reference: &str) -> Result<()> {
        self.delete_image(reference).await
    }

    async fn ensure_network(&self, name: &str) -> Result<()> {
        self.make_network(name).await
    }

    async fn remove_network(&self, name: &str) -> Result<()> {
        self.delete_network(name).await
    }

    async fn ensure_volume(&self, name: &str) -> Result<()> {
        self.make_volume(name).await
    }

    async fn remove_volume(&self, name: &str) -> Result<()> {
        self.delete_volume(name).await
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<Created> {
        Box::pin(self.make(spec)).await
    }

    async fn put_files(&self, name: &str, files: &[SmallFile]) -> Result<()> {
        self.upload(name, files).await
    }

    async fn start(&self, name: &str) -> Result<()> {
        self.begin(name).await
    }

    async fn stop(&self, name: &str, grace: Duration) -> Result<()> {
        self.end(name, grace).await
    }

    async fn kill(&self, name: &str) -> Result<()> {
        self.shoot(name).await
    }

    async fn remove(&self, name: &str) -> Result<()> {
        self.delete(name).await
    }

    async fn container(&self, name: &str) -> Result<Option<ContainerFacts>> {
        self.find(name).await
    }

    async fn containers(&self) -> Result<Vec<ContainerEntry>> {
        self.list().await
    }

    async fn logs(&self, name: &str, from: LogStart) -> Result<Vec<LogLine>> {
        self.read_log(name, from).await
    }

    async fn follow_logs(&self, name: &str, from: LogStart, to: mpsc::Sender<LogLine>) -> Result<()> {
        self.follow(name, from, to).await
    }

    async fn usage(&self, name: &str) -> Result<Option<UsageFacts>> {
        self.used(name).await
    }

    async fn exec(&self, name: &str, command: &[&str], deadline: Duration) -> Result<ExecOutcome> {
        self.run(name, command, deadline).await
    }

    async fn listening_ports(&self, name: &str) -> Result<Option<ListeningPorts>> {
        self.listening(name).await
    }

    async fn probe(
        &self,
        name: &str,
        port: u16,
        request: &ProbeRequest,
    ) -> Result<Result<ProbeAnswer, ProbeError>> {
        self.ask(name, port, request).await
    }
}
