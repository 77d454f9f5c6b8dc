//! Images, networks and volumes of a real engine.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::{NetworkCreateRequest, VolumeCreateRequest};
use bollard::query_parameters::{
    CreateImageOptions, InspectNetworkOptions, RemoveImageOptions, RemoveVolumeOptions, TagImageOptions,
};
use futures_util::TryStreamExt;

use super::engine::{CallError, DockerEngine};
use super::error::{EngineError, Operation, Result};
use super::facts::ImageFacts;
use super::host::own_labels;
use super::translate;

impl DockerEngine {
    pub(crate) async fn find_image(&self, reference: &str) -> Result<Option<ImageFacts>> {
        match self.read(Operation::InspectImage, self.client.inspect_image(reference)).await {
            Ok(image) => Ok(Some(translate::image_facts(image))),
            Err(CallError::Status { status: 404, .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn need_image(&self, reference: &str) -> Result<ImageFacts> {
        let missing = || EngineError::ImageMissing { reference: reference.to_owned() };
        self.find_image(reference).await?.ok_or_else(missing)
    }

    pub(crate) async fn pull(&self, reference: &str, deadline: Duration) -> Result<ImageFacts> {
        let (name, tag) = split_tag(reference);
        let options = CreateImageOptions {
            from_image: Some(name.to_owned()),
            tag: tag.map(str::to_owned),
            ..Default::default()
        };
        let progress = self.client.create_image(Some(options), None, None);
        let pulled = self.bounded(
            Operation::PullImage,
            deadline,
            progress.try_fold((), |(), _| std::future::ready(Ok(()))),
        );
        match pulled.await {
            Ok(()) => self.need_image(reference).await,
            Err(CallError::Status { operation, status, report }) => {
                let refusal = CallError::Status { operation, status, report: report.clone() };
                match self.explain(refusal, &[]).await {
                    full @ EngineError::OutOfDisk { .. } => Err(full),
                    _ => Err(EngineError::PullFailed { reference: reference.to_owned(), report }),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn tag(&self, reference: &str, tag: &str) -> Result<()> {
        let (repository, name) = split_tag(tag);
        let options = TagImageOptions { repo: Some(repository.to_owned()), tag: name.map(str::to_owned) };
        match self.change(Operation::TagImage, self.client.tag_image(reference, Some(options))).await {
            Err(CallError::Status { status: 404, .. }) => {
                Err(EngineError::ImageMissing { reference: reference.to_owned() })
            }
            outcome => Ok(outcome?),
        }
    }

    pub(crate) async fn delete_image(&self, reference: &str) -> Result<()> {
        let call = self.client.remove_image(reference, None::<RemoveImageOptions>, None);
        match self.change(Operation::RemoveImage, call).await {
            Ok(_) | Err(CallError::Status { status: 404, .. }) => Ok(()),
            Err(CallError::Status { status: 409, .. }) => {
                Err(EngineError::ImageInUse { reference: reference.to_owned() })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a network of ours of that name exists; an error if it exists and is not ours.
    async fn has_network(&self, name: &str) -> Result<bool> {
        let call = self.client.inspect_network(name, None::<InspectNetworkOptions>);
        let network = match self.read(Operation::EnsureNetwork, call).await {
            Ok(network) => network,
            Err(CallError::Status { status: 404, .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let labels = network.labels.unwrap_or_default().into_iter().collect();
        // The engine also finds networks by the beginning of their id.
        match network.name {
            Some(found) if found == name && self.instance.owns(name, &labels) => Ok(true),
            Some(found) if found == name => Err(EngineError::NotOurs { name: name.to_owned() }),
            _ => Ok(false),
        }
    }

    pub(crate) async fn make_network(&self, name: &str) -> Result<()> {
        self.need_own_name(name)?;
        if self.has_network(name).await? {
            return Ok(());
        }
        let request = NetworkCreateRequest {
            name: name.to_owned(),
            driver: Some("bridge".to_owned()),
            labels: Some(own_labels(&self.instance).into_iter().collect()),
            ..Default::default()
        };
        match self.change(Operation::EnsureNetwork, self.client.create_network(request)).await {
            // Somebody else made it meanwhile: fine if it is ours.
            Err(CallError::Status { status: 409, .. }) => self.has_network(name).await.map(|_| ()),
            outcome => Ok(outcome.map(|_| ())?),
        }
    }

    pub(crate) async fn delete_network(&self, name: &str) -> Result<()> {
        if !self.has_network(name).await? {
            return Ok(());
        }
        match self.change(Operation::RemoveNetwork, self.client.remove_network(name)).await {
            Err(CallError::Status { status: 404, .. }) => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    async fn has_volume(&self, name: &str) -> Result<bool> {
        match self.read(Operation::EnsureVolume, self.client.inspect_volume(name)).await {
            Ok(volume) => {
                let labels: HashMap<_, _> = volume.labels;
                let ours = self.instance.owns(name, &labels.into_iter().collect());
                if ours { Ok(true) } else { Err(EngineError::NotOurs { name: name.to_owned() }) }
            }
            Err(CallError::Status { status: 404, .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn make_volume(&self, name: &str) -> Result<()> {
        self.need_own_name(name)?;
        if self.has_volume(name).await? {
            return Ok(());
        }
        let request = VolumeCreateRequest {
            name: Some(name.to_owned()),
            labels: Some(own_labels(&self.instance).into_iter().collect()),
            ..Default::default()
        };
        self.change(Operation::EnsureVolume, self.client.create_volume(request)).await?;
        Ok(())
    }

    pub(crate) async fn delete_volume(&self, name: &str) -> Result<()> {
        if !self.has_volume(name).await? {
            return Ok(());
        }
        let call = self.client.remove_volume(name, None::<RemoveVolumeOptions>);
        match self.change(Operation::RemoveVolume, call).await {
            Err(CallError::Status { status: 404, .. }) => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    pub(crate) fn need_own_name(&self, name: &str) -> Result<()> {
        let prefix = self.instance.prefix();
        if name.starts_with(&prefix) {
            return Ok(());
        }
        Err(EngineError::ForeignName { name: name.to_owned(), prefix })
    }
}

/// `registry:5000/name:tag` → name and tag; a digest stays with the name. Without a tag the engine would
/// fetch every tag, so `latest` is meant, as everywhere.
pub(crate) fn split_tag(reference: &str) -> (&str, Option<&str>) {
    if reference.contains('@') {
        return (reference, None);
    }
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (reference, Some("latest")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_port_is_not_a_tag() {
        assert_eq!(split_tag("caddy:2"), ("caddy", Some("2")));
        assert_eq!(split_tag("caddy"), ("caddy", Some("latest")));
        assert_eq!(split_tag("host:5000/a/b"), ("host:5000/a/b", Some("latest")));
        assert_eq!(split_tag("host:5000/a/b:1"), ("host:5000/a/b", Some("1")));
        assert_eq!(split_tag("a@sha256:00"), ("a@sha256:00", None));
    }
}
