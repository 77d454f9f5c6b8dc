//! An exported image as a registry offers it: a manifest, a configuration, and layers with their digests.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use seatrial_core::model::Digest;
use serde::{Deserialize, Serialize};

use super::archive::{self, Blob, Contents, LARGEST_DOCUMENT, MANIFEST, Packing};
use super::chunks::Chunks;
use super::error::{ArchiveError, Result};
use super::scratch::{Scratch, failed};
use crate::docker::{EngineError, ImageContent, StoreKind};

/// Media type of the manifest.
pub(super) const MANIFEST_TYPE: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG_TYPE: &str = "application/vnd.docker.container.image.v1+json";
const LAYER_TYPE: &str = "application/vnd.docker.image.rootfs.diff.tar";

/// A layer of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layer {
    /// Digest of what is sent: that of the layer itself, unless its engine keeps it compressed.
    pub(super) digest: Digest,
    /// Bytes that are sent.
    pub(super) size: u64,
    /// Whether its content is here.
    pub(super) kept: bool,
}

/// An image ready to be sent.
#[derive(Debug)]
pub struct Parcel {
    /// The manifest.
    pub(super) manifest: Bytes,
    /// Its digest: the image's id where containerd keeps it.
    pub(super) manifest_digest: Digest,
    /// The configuration.
    pub(super) config: Bytes,
    /// Its digest: the image's id in an engine's own store.
    pub(super) config_digest: Digest,
    /// Layers, the lowest first.
    pub(super) layers: Vec<Layer>,
    scratch: Arc<Scratch>,
}

impl Parcel {
    /// Bytes of the layers above the lowest `there`, each counted once.
    pub(super) fn bytes_above(&self, there: usize) -> u64 {
        let mut seen = BTreeSet::new();
        let above = self.layers.iter().skip(there).filter(|layer| seen.insert(&layer.digest));
        above.map(|layer| layer.size).sum()
    }

    /// The layer with a digest.
    pub(super) fn layer(&self, digest: &Digest) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.digest == *digest)
    }

    /// The layer that an engine names by the first digits of its digest.
    pub(super) fn layer_called(&self, short: &str) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.digest.short() == short)
    }

    /// File with a layer's content.
    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        self.scratch.path(digest)
    }

    /// The id that the image has in a store of that kind.
    pub(super) fn id_in(&self, kind: StoreKind) -> &Digest {
        match kind {
            StoreKind::Classic => &self.config_digest,
            StoreKind::Containerd => &self.manifest_digest,
        }
    }
}

/// What an export should hold, and which of it need not be kept.
pub(super) struct Expected<'a> {
    /// The image as its engine describes it.
    pub(super) image: &'a ImageContent,
    /// What that engine keeps images in.
    pub(super) store: StoreKind,
    /// Layers whose content is not needed.
    pub(super) not_kept: &'a BTreeSet<Digest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    layers: Vec<String>,
}

#[derive(Deserialize)]
struct Config {
    rootfs: RootFs,
}

#[derive(Deserialize)]
struct RootFs {
    diff_ids: Vec<Digest>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    schema_version: u32,
    media_type: &'static str,
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    size: u64,
    digest: Digest,
}

/// Reads an exported image and checks that it is the expected one.
pub(super) async fn receive<S>(
    chunks: &mut Chunks<S>,
    expected: &Expected<'_>,
    scratch: Arc<Scratch>,
) -> Result<Parcel>
where
    S: Stream<Item = Result<Bytes, EngineError>> + Unpin,
{
    let contents = archive::read(chunks, expected.not_kept, &scratch).await?;
    let listed: Vec<Listed> = understood(MANIFEST, &contents.manifest)?;
    let mut fitting = None;
    for image in &listed {
        let digest = contents.digest(&image.config)?;
        let config = read_config(&contents, digest, &image.config, &scratch)?;
        let rootfs = understood::<Config>(&image.config, &config)?.rootfs;
        let same_id = expected.store == StoreKind::Containerd || digest.as_str() == expected.image.id;
        if same_id && rootfs.diff_ids == expected.image.layers {
            fitting = Some((image, digest, config));
        }
    }
    let (image, config_digest, config) = fitting.ok_or(ArchiveError::OtherImage)?;
    if image.layers.len() != expected.image.layers.len() {
        return Err(ArchiveError::OtherImage.into());
    }
    let mut layers = Vec::with_capacity(image.layers.len());
    let mut descriptors = Vec::with_capacity(image.layers.len());
    for (path, layer) in image.layers.iter().zip(&expected.image.layers) {
        let digest = contents.digest(path)?;
        let missing = || ArchiveError::Missing { path: path.clone() };
        let blob = contents.blobs.get(digest).ok_or_else(missing)?;
        let media_type = media_type(layer, digest, blob)?;
        layers.push(Layer { digest: digest.clone(), size: blob.size, kept: blob.kept });
        descriptors.push(Descriptor { media_type, size: blob.size, digest: digest.clone() });
    }
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST_TYPE,
        config: Descriptor {
            media_type: CONFIG_TYPE.to_owned(),
            size: config.len() as u64,
            digest: config_digest.clone(),
        },
        layers: descriptors,
    };
    let manifest = serde_json::to_vec(&manifest)
        .map_err(|source| ArchiveError::NotUnderstood { path: MANIFEST.to_owned(), source })?;
    let config_digest = config_digest.clone();
    Ok(Parcel {
        manifest_digest: Digest::of(&manifest),
        manifest: manifest.into(),
        config: config.into(),
        config_digest,
        layers,
        scratch,
    })
}

fn understood<'a, T: Deserialize<'a>>(path: &str, content: &'a [u8]) -> Result<T, ArchiveError> {
    serde_json::from_slice(content)
        .map_err(|source| ArchiveError::NotUnderstood { path: path.to_owned(), source })
}

fn read_config(contents: &Contents, digest: &Digest, path: &str, scratch: &Scratch) -> Result<Vec<u8>> {
    let missing = || ArchiveError::Missing { path: path.to_owned() };
    let blob = contents.blobs.get(digest).filter(|blob| blob.kept).ok_or_else(missing)?;
    if blob.size > LARGEST_DOCUMENT {
        let (size, limit) = (blob.size, LARGEST_DOCUMENT);
        return Err(ArchiveError::TooLarge { path: path.to_owned(), size, limit }.into());
    }
    fs::read(scratch.path(digest)).map_err(failed("read"))
}

/// A compressed layer cannot be compared with its own digest here: the target does that when it unpacks it.
fn media_type(layer: &Digest, digest: &Digest, blob: &Blob) -> Result<String, ArchiveError> {
    match blob.packing {
        _ if layer == digest => Ok(LAYER_TYPE.to_owned()),
        Packing::Gzip => Ok(format!("{LAYER_TYPE}.gzip")),
        Packing::Zstd => Ok(format!("{LAYER_TYPE}.zstd")),
        Packing::Plain => Err(ArchiveError::UnknownLayer { layer: layer.clone(), found: digest.clone() }),
    }
}
