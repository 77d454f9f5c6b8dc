//! Archives made by hand, good and bad, and the registry over real sockets.

mod archives;
mod sockets;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use seatrial_core::model::Digest;
use std::collections::BTreeSet;

use super::chunks::Chunks;
use super::error::{Result, TransferError};
use super::limits::Patience;
use super::parcel::{Expected, Parcel, receive};
use super::scratch::Scratch;
use crate::docker::{EngineError, ImageContent, Settings, StoreKind};

/// One entry of an archive.
#[derive(Clone)]
enum Item {
    File(String, Vec<u8>),
    Link(String, String),
    Folder(String),
    /// A header that promises so many bytes, with nothing behind it.
    Promise(String, u64),
}

fn file(path: impl Into<String>, content: impl AsRef<[u8]>) -> Item {
    Item::File(path.into(), content.as_ref().to_vec())
}

/// Writes an archive; names are written as they are, however hostile.
fn pack(items: &[Item]) -> Vec<u8> {
    let mut out = Vec::new();
    for item in items {
        let (path, kind, size, link, content): (&str, _, _, &str, &[u8]) = match item {
            Item::File(path, content) => (path, tar::EntryType::Regular, content.len() as u64, "", content),
            Item::Link(path, to) => (path, tar::EntryType::Symlink, 0, to, &[]),
            Item::Folder(path) => (path, tar::EntryType::Directory, 0, "", &[]),
            Item::Promise(path, size) => (path, tar::EntryType::Regular, *size, "", &[]),
        };
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(content);
        out.resize(out.len().div_ceil(512) * 512, 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

/// An image with these layers.
struct Made {
    config: Vec<u8>,
    layers: Vec<Vec<u8>>,
}

impl Made {
    fn new(layers: &[&[u8]]) -> Self {
        let diff_ids: Vec<Digest> = layers.iter().map(|layer| Digest::of(layer)).collect();
        let config = serde_json::json!({
            "architecture": "amd64", "os": "linux", "config": {"Cmd": ["/app"]},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        });
        Self {
            config: serde_json::to_vec(&config).unwrap(),
            layers: layers.iter().map(|l| l.to_vec()).collect(),
        }
    }

    fn id(&self) -> Digest {
        Digest::of(&self.config)
    }

    fn content(&self) -> ImageContent {
        ImageContent {
            id: self.id().to_string(),
            tags: Vec::new(),
            os: "linux".into(),
            architecture: "amd64".into(),
            layers: self.layers.iter().map(|layer| Digest::of(layer)).collect(),
            settings: Settings::default(),
        }
    }

    /// As engines from 25 on write it.
    fn blobs(&self) -> Vec<Item> {
        let mut paths = Vec::new();
        let mut items = vec![Item::Folder("blobs/".into()), Item::Folder("blobs/sha256/".into())];
        for layer in &self.layers {
            paths.push(blob(layer));
            items.push(file(blob(layer), layer));
        }
        items.push(file(blob(&self.config), &self.config));
        items.push(file("index.json", "{}"));
        items.push(manifest(&blob(&self.config), &paths));
        items.push(file("oci-layout", "{}"));
        items
    }

    /// As engines before 25 write it.
    fn folders(&self) -> Vec<Item> {
        let (mut paths, mut items) = (Vec::<String>::new(), Vec::new());
        for (index, layer) in self.layers.iter().enumerate() {
            let folder = format!("{index:064x}");
            items.extend([Item::Folder(format!("{folder}/")), file(format!("{folder}/VERSION"), "1.0")]);
            let path = format!("{folder}/layer.tar");
            match self.layers[..index].iter().position(|below| below == layer) {
                Some(same) => items.push(Item::Link(path.clone(), format!("../{}", paths[same]))),
                None => items.push(file(path.clone(), layer)),
            }
            paths.push(path);
        }
        let config = format!("{}.json", hex(&self.id()));
        items.push(file(config.clone(), &self.config));
        items.push(manifest(&config, &paths));
        items.push(file("repositories", "{}"));
        items
    }
}

fn hex(digest: &Digest) -> String {
    digest.as_str().trim_start_matches("sha256:").to_owned()
}

fn blob(content: &[u8]) -> String {
    format!("blobs/sha256/{}", hex(&Digest::of(content)))
}

fn manifest(config: &str, layers: &[String]) -> Item {
    let listed = serde_json::json!([{"Config": config, "RepoTags": ["app:1"], "Layers": layers}]);
    file("manifest.json", serde_json::to_vec(&listed).unwrap())
}

/// Reads an archive that arrives in portions of that size.
async fn read(
    archive: &[u8],
    portion: usize,
    image: &ImageContent,
    not_kept: &BTreeSet<Digest>,
    scratch: &Path,
) -> Result<Parcel> {
    let portions: Vec<Result<Bytes, EngineError>> =
        archive.chunks(portion).map(|portion| Ok(Bytes::copy_from_slice(portion))).collect();
    let mut chunks = Chunks::new(stream::iter(portions), Patience::default());
    let expected = Expected { image, store: StoreKind::Classic, not_kept };
    receive(&mut chunks, &expected, Arc::new(Scratch::new(scratch)?)).await
}

/// Reads an archive of that image and wants an error.
async fn refused(items: &[Item], image: &Made) -> TransferError {
    let scratch = tempfile::tempdir().unwrap();
    let error =
        read(&pack(items), 4096, &image.content(), &BTreeSet::new(), scratch.path()).await.unwrap_err();
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0, "nothing may be left");
    error
}
