//! Bringing images to a target, as runs ask for it.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use seatrial_core::model::Digest;

use super::bring::{MoveOrder, Route, find_there, transfer};
use super::error::Result;
use super::limits::Patience;
use super::parcel::Parcel;
use super::progress::Transferred;
use super::reads::Reads;
use super::tunnel::Tunnel;
use crate::docker::DockerEngine;

/// Brings images to one target. Implemented by [`DockerMover`] and by the fake.
#[async_trait]
pub trait Mover: Send + Sync {
    /// The image's id on the target, or `None` when it is not there.
    async fn is_there(&self, image: &Digest) -> Result<Option<Digest>>;

    /// Brings an image under these tags. One that is there gets the tags, and nothing moves. May be repeated after any
    /// failure.
    async fn bring(&self, order: &MoveOrder<'_>) -> Result<Transferred>;
}

/// Brings images from one Docker engine to another.
#[derive(Clone)]
pub struct DockerMover {
    /// The engine that builds.
    pub from: Arc<DockerEngine>,
    /// The target.
    pub to: Arc<DockerEngine>,
    /// The target's way to this machine.
    pub tunnel: Arc<dyn Tunnel>,
    /// A folder of ours for short-lived files.
    pub scratch: PathBuf,
    /// What is read for other targets at the same time.
    pub reads: Arc<Reads<Parcel>>,
    /// How long to wait for a sign of life.
    pub patience: Patience,
}

#[async_trait]
impl Mover for DockerMover {
    async fn is_there(&self, image: &Digest) -> Result<Option<Digest>> {
        let source = self.from.image_content(image.as_str()).await?;
        let store = self.from.store_kind().await?;
        find_there(&self.to, image, source.as_ref().map(|source| (source, store))).await
    }

    async fn bring(&self, order: &MoveOrder<'_>) -> Result<Transferred> {
        let route = Route {
            from: &self.from,
            to: &self.to,
            tunnel: self.tunnel.as_ref(),
            scratch: &self.scratch,
            reads: &self.reads,
            patience: self.patience,
        };
        transfer(&route, order).await
    }
}
