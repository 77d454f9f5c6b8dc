//! Containers of a real engine: making, running, ending.

use std::time::Duration;

use bollard::models::ContainerUpdateBody;
use bollard::query_parameters::{
    CreateContainerOptions, KillContainerOptions, RemoveContainerOptions, StartContainerOptions,
    StopContainerOptions, UploadToContainerOptions,
};
use tokio::time::{Instant, sleep};

use super::archive;
use super::engine::{CallError, DockerEngine};
use super::error::{EngineError, NameHolder, Operation, Result};
use super::facts::{ContainerFacts, Created, Phase};
use super::instance::{LABEL_OPERATION, LABEL_SPEC, LABEL_STAYS_UP};
use super::spec::{ContainerSpec, SmallFile};
use super::translate;

/// What the engine may take beyond the grace to report a stop.
const STOP_MARGIN: Duration = Duration::from_secs(15);
const REMOVAL_POLL: Duration = Duration::from_millis(50);

impl DockerEngine {
    pub(crate) async fn make(&self, spec: &ContainerSpec) -> Result<Created> {
        self.need_own_name(&spec.name)?;
        let (existing, image) = tokio::join!(self.find(&spec.name), self.need_image(&spec.image));
        if let Some(existing) = existing? {
            return self.same(spec, existing);
        }
        let image = image?;
        let with_init = spec.hardening.init && self.lasting_facts().await?.has_init;
        let body = translate::create_body(spec, &self.instance, &image.labels, with_init);
        let options = CreateContainerOptions { name: Some(spec.name.clone()), ..Default::default() };
        match self.change(Operation::Create, self.client.create_container(Some(options), body)).await {
            Ok(answer) => Ok(Created { id: answer.id, existed: false }),
            Err(error @ CallError::Status { status: 409, .. }) => match self.find(&spec.name).await? {
                Some(existing) => self.same(spec, existing),
                None => Err(error.into()),
            },
            Err(error) => Err(self.explain(error, &[]).await),
        }
    }

    fn same(&self, spec: &ContainerSpec, existing: ContainerFacts) -> Result<Created> {
        let label = |key: &str| existing.labels.get(key).map(String::as_str);
        let ours = self.instance.owns(&existing.name, &existing.labels);
        let same = label(LABEL_SPEC) == Some(spec.hash().as_str())
            && label(LABEL_OPERATION) == Some(spec.operation.as_str());
        if ours && same {
            return Ok(Created { id: existing.id, existed: true });
        }
        let operation = label(LABEL_OPERATION).map(str::to_owned);
        let image = existing.image;
        let by = if ours { NameHolder::Ours { operation, image } } else { NameHolder::Foreign { image } };
        Err(EngineError::NameTaken { name: spec.name.clone(), by })
    }

    pub(crate) async fn upload(&self, name: &str, files: &[SmallFile]) -> Result<()> {
        self.need_ours(name).await?;
        let options = UploadToContainerOptions { path: "/".to_owned(), ..Default::default() };
        let body = bollard::body_full(archive::pack(files).into());
        match self
            .change(Operation::PutFiles, self.client.upload_to_container(name, Some(options), body))
            .await
        {
            Ok(()) => Ok(()),
            Err(error) => Err(self.explain(error, &[]).await),
        }
    }

    pub(crate) async fn begin(&self, name: &str) -> Result<()> {
        let facts = self.need_ours(name).await?;
        if facts.phase != Phase::Created {
            self.keep_up(&facts, true, Operation::Start).await?;
        }
        let call = self.client.start_container(name, None::<StartContainerOptions>);
        match self.change(Operation::Start, call).await {
            Ok(()) => Ok(()),
            Err(error) => {
                let ports = self.wanted_ports(name).await;
                Err(self.explain(error, &ports).await)
            }
        }
    }

    /// Makes the engine start it again by itself, or not any more, where that was asked for when it was made.
    async fn keep_up(
        &self,
        facts: &ContainerFacts,
        stays_up: bool,
        operation: Operation,
    ) -> Result<(), CallError> {
        if !facts.labels.contains_key(LABEL_STAYS_UP) {
            return Ok(());
        }
        let policy = Some(translate::restart_policy(stays_up));
        let update = ContainerUpdateBody { restart_policy: policy, ..Default::default() };
        self.change(operation, self.client.update_container(&facts.name, update)).await.map(drop)
    }

    /// Host ports that a container asks for, whether it has them or not.
    async fn wanted_ports(&self, name: &str) -> Vec<u16> {
        let found = self.inspect(name).await.ok().flatten();
        let bindings = found.and_then(|answer| answer.host_config?.port_bindings).unwrap_or_default();
        let wanted = bindings.into_values().flatten().flatten();
        wanted.filter_map(|binding| binding.host_port?.parse().ok()).collect()
    }

    pub(crate) async fn end(&self, name: &str, grace: Duration) -> Result<()> {
        let facts = self.need_ours(name).await?;
        match self.keep_up(&facts, false, Operation::Stop).await {
            Err(error @ CallError::Status { .. }) => match self.explain(error, &[]).await {
                // The engine cannot write it down. It can stop it all the same; only that it starts it again after
                // a start of its own is left as it was.
                EngineError::OutOfDisk { .. } => {}
                error => return Err(error),
            },
            outcome => outcome?,
        }
        let seconds = i32::try_from(grace.as_millis().div_ceil(1000)).unwrap_or(i32::MAX);
        let options = StopContainerOptions { t: Some(seconds), ..Default::default() };
        let call = self.client.stop_container(name, Some(options));
        Ok(self.bounded(Operation::Stop, grace + STOP_MARGIN, call).await?)
    }

    pub(crate) async fn shoot(&self, name: &str) -> Result<()> {
        self.need_ours(name).await?;
        let call = self.client.kill_container(name, None::<KillContainerOptions>);
        match self.change(Operation::Kill, call).await {
            // Not running: that is what was wanted.
            Err(CallError::Status { status: 409, .. }) => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    pub(crate) async fn delete(&self, name: &str) -> Result<()> {
        if self.find_ours(name).await?.is_none() {
            return Ok(());
        }
        let options = RemoveContainerOptions { force: true, ..Default::default() };
        match self.change(Operation::Remove, self.client.remove_container(name, Some(options))).await {
            Ok(()) | Err(CallError::Status { status: 404, .. }) => Ok(()),
            // Somebody removes it already; it is gone when that has finished.
            Err(error @ CallError::Status { status: 409, .. }) => self.await_removal(name, error).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn await_removal(&self, name: &str, error: CallError) -> Result<()> {
        let deadline = Instant::now() + self.deadlines.change;
        while self.find(name).await?.is_some() {
            if Instant::now() >= deadline {
                return Err(error.into());
            }
            sleep(REMOVAL_POLL).await;
        }
        Ok(())
    }
}
