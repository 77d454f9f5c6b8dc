//! An engine's images as contents: what they consist of, exported as a stream, pulled with progress.

use bollard::models::{CreateImageInfo, ImageInspect, SystemInfo};
use bollard::query_parameters::{CreateImageOptions, ListImagesOptions};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use seatrial_core::model::Digest;
use std::collections::BTreeSet;

use super::engine::{CallError, DockerEngine};
use super::error::{EngineError, Operation, Result};
use super::images::split_tag;

/// Questions about images that are asked at the same time.
const AT_ONCE: usize = 8;

/// What an engine keeps images in. It decides what an image's id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreKind {
    /// The engine's own store: the id is the digest of the configuration.
    Classic,
    /// containerd's: the id is the digest of a manifest.
    Containerd,
}

/// What an image consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImageContent {
    /// Its id on this engine.
    pub(crate) id: String,
    /// Its tags.
    pub(crate) tags: Vec<String>,
    /// Operating system it was built for.
    pub(crate) os: String,
    /// Architecture it was built for.
    pub(crate) architecture: String,
    /// Digests of its uncompressed layers, the lowest first.
    pub(crate) layers: Vec<Digest>,
    /// What else its configuration says.
    pub(crate) settings: Settings,
}

/// The part of an image's configuration that every engine shows in the same way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    created: Option<String>,
    env: Vec<String>,
    command: Vec<String>,
    entrypoint: Vec<String>,
    directory: String,
    user: String,
    labels: std::collections::BTreeMap<String, String>,
}

impl ImageContent {
    /// Whether two engines that name images differently hold the same image under these names.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        let platform = |image: &Self| (image.os.clone(), image.architecture.clone());
        !self.layers.is_empty()
            && self.layers == other.layers
            && self.settings == other.settings
            && platform(self) == platform(other)
    }
}

/// A name in a list of images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedImage {
    pub(crate) id: String,
    pub(crate) tags: Vec<String>,
}

impl DockerEngine {
    /// What this engine keeps images in.
    pub(crate) async fn store_kind(&self) -> Result<StoreKind> {
        let ask = || async {
            let info = self.read(Operation::Facts, self.client.info()).await?;
            Ok(kind_of(&info))
        };
        self.store.get_or_try_init(ask).await.copied()
    }

    /// An image's content, or `None` when it is not there.
    pub(crate) async fn image_content(&self, reference: &str) -> Result<Option<ImageContent>> {
        match self.read(Operation::InspectImage, self.client.inspect_image(reference)).await {
            Ok(image) => Ok(Some(content_of(image))),
            Err(CallError::Status { status: 404, .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Ids and tags of all images.
    pub(crate) async fn listed_images(&self) -> Result<Vec<ListedImage>> {
        let call = self.client.list_images(None::<ListImagesOptions>);
        let images = self.read(Operation::List, call).await?;
        Ok(images.into_iter().map(|image| ListedImage { id: image.id, tags: image.repo_tags }).collect())
    }

    /// The contents of all images. One that the engine lists and cannot describe is left out.
    pub(crate) async fn image_contents(&self) -> Result<Vec<ImageContent>> {
        let listed = self.listed_images().await?;
        let mut answers = stream::iter(listed)
            .map(|image| async move { self.image_content(&image.id).await })
            .buffer_unordered(AT_ONCE);
        let mut contents = Vec::new();
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(content) => contents.extend(content),
                Err(EngineError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(contents)
    }

    /// The image as an archive, as it comes. Ends the export when dropped; has no deadline of its own.
    pub(crate) fn export<'a>(
        &'a self,
        id: &str,
    ) -> impl Stream<Item = Result<Bytes, EngineError>> + Send + Unpin + use<'a> {
        self.client.export_image(id).map_err(|error| self.classify(Operation::ExportImage, error).into())
    }

    /// Pulls an image and yields what the engine says as long as that is a sign that it goes on. Ends the pull when dropped; has no deadline of
    /// its own. An engine whose download broke counts seconds down, again and again: that is no sign.
    pub(crate) fn pull_signs<'a>(
        &'a self,
        reference: &str,
    ) -> impl Stream<Item = Result<PullSign, CallError>> + Send + Unpin + use<'a> {
        let (name, tag) = split_tag(reference);
        let options = CreateImageOptions {
            from_image: Some(name.to_owned()),
            tag: tag.map(str::to_owned),
            ..Default::default()
        };
        let signs = self.client.create_image(Some(options), None, None);
        let mut seen = BTreeSet::new();
        let new = signs.filter_map(move |sign| {
            let news = match sign {
                Ok(sign) => seen.insert(what_is_new(&sign)).then(|| Ok(PullSign::read(sign))),
                Err(error) => Some(Err(self.classify(Operation::PullImage, error))),
            };
            std::future::ready(news)
        });
        Box::pin(new)
    }
}

/// What an engine that pulls an image says about one of its layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PullSign {
    /// Which layer: the first digits of its digest.
    pub(crate) layer: String,
    /// How much of it is there; `None` while nothing is said of that.
    pub(crate) arrived: Option<Arrived>,
}

/// How much of a layer an engine has received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// So many bytes.
    Bytes(u64),
    /// All of it.
    All,
}

impl PullSign {
    fn read(sign: CreateImageInfo) -> Self {
        let bytes = sign.progress_detail.and_then(|detail| u64::try_from(detail.current?).ok());
        let arrived = match sign.status.as_deref() {
            Some("Downloading") => bytes.map(Arrived::Bytes),
            Some("Verifying Checksum" | "Download complete" | "Extracting" | "Pull complete") => {
                Some(Arrived::All)
            }
            _ => None,
        };
        Self { layer: sign.id.unwrap_or_default(), arrived }
    }
}

/// What an engine says about a layer, without the seconds it counts.
fn what_is_new(sign: &CreateImageInfo) -> (String, String, i64) {
    let words: String =
        sign.status.iter().flat_map(|text| text.chars()).filter(|c| !c.is_ascii_digit()).collect();
    let done = sign.progress_detail.as_ref().and_then(|detail| detail.current).unwrap_or_default();
    (sign.id.clone().unwrap_or_default(), words, done)
}

fn kind_of(info: &SystemInfo) -> StoreKind {
    let rows = info.driver_status.iter().flatten();
    let snapshotter =
        |row: &Vec<String>| row.iter().any(|cell| cell.starts_with("io.containerd.snapshotter"));
    if rows.into_iter().any(snapshotter) { StoreKind::Containerd } else { StoreKind::Classic }
}

fn content_of(image: ImageInspect) -> ImageContent {
    let layers = image.root_fs.and_then(|fs| fs.layers).unwrap_or_default();
    let config = image.config.unwrap_or_default();
    ImageContent {
        id: image.id.unwrap_or_default(),
        tags: image.repo_tags.unwrap_or_default(),
        os: image.os.unwrap_or_default(),
        architecture: image.architecture.unwrap_or_default(),
        layers: layers.iter().filter_map(|layer| layer.parse().ok()).collect(),
        settings: Settings {
            created: image.created,
            env: config.env.unwrap_or_default(),
            command: config.cmd.unwrap_or_default(),
            entrypoint: config.entrypoint.unwrap_or_default(),
            directory: config.working_dir.unwrap_or_default(),
            user: config.user.unwrap_or_default(),
            labels: config.labels.unwrap_or_default().into_iter().collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::ProgressDetail;

    #[test]
    fn d11_seconds_that_are_counted_down_are_no_sign_of_life_and_bytes_are() {
        let sign = |status: &str, current: Option<i64>| CreateImageInfo {
            id: Some("layer".to_owned()),
            status: Some(status.to_owned()),
            progress_detail: current.map(|current| ProgressDetail { current: Some(current), total: None }),
            ..CreateImageInfo::default()
        };
        let same = |one: CreateImageInfo, other: CreateImageInfo| what_is_new(&one) == what_is_new(&other);
        assert!(same(sign("Retrying in 5 seconds", None), sign("Retrying in 14 seconds", None)));
        assert!(!same(sign("Downloading", Some(1)), sign("Downloading", Some(2))));
        assert!(!same(sign("Downloading", Some(1)), sign("Extracting", Some(1))));
    }

    #[test]
    fn how_much_of_a_layer_is_there_is_what_the_engine_says_of_it() {
        let arrived = |status: &str, current: Option<i64>| {
            PullSign::read(CreateImageInfo {
                status: Some(status.to_owned()),
                progress_detail: Some(ProgressDetail { current, total: Some(100) }),
                ..CreateImageInfo::default()
            })
            .arrived
        };
        assert_eq!(arrived("Downloading", Some(7)), Some(Arrived::Bytes(7)));
        assert_eq!(arrived("Extracting", Some(7)), Some(Arrived::All), "counts what is unpacked");
        assert_eq!(arrived("Download complete", None), Some(Arrived::All));
        for nothing in
            ["Pulling fs layer", "Waiting", "Already exists", "Retrying in 5 seconds", "Downloading"]
        {
            assert_eq!(arrived(nothing, None), None, "{nothing}");
        }
    }

    #[test]
    fn containerds_store_is_told_by_its_snapshotter() {
        let status = |rows: &[[&str; 2]]| SystemInfo {
            driver_status: Some(rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect()),
            ..Default::default()
        };
        assert_eq!(
            kind_of(&status(&[["driver-type", "io.containerd.snapshotter.v1"]])),
            StoreKind::Containerd
        );
        assert_eq!(kind_of(&status(&[["Backing Filesystem", "extfs"]])), StoreKind::Classic);
        assert_eq!(kind_of(&SystemInfo::default()), StoreKind::Classic);
    }

    #[test]
    fn images_are_the_same_by_layers_and_settings_and_never_by_having_no_layers() {
        let image = |layer: &[u8], command: &str| ImageContent {
            id: String::new(),
            tags: Vec::new(),
            os: "linux".into(),
            architecture: "amd64".into(),
            layers: vec![Digest::of(layer)],
            settings: Settings { command: vec![command.into()], ..Settings::default() },
        };
        let renamed = ImageContent { id: "other".into(), ..image(b"a", "run") };
        assert!(image(b"a", "run").is_same_as(&renamed));
        assert!(!image(b"a", "run").is_same_as(&image(b"b", "run")));
        assert!(!image(b"a", "run").is_same_as(&image(b"a", "walk")));
        let empty = ImageContent { layers: Vec::new(), ..image(b"a", "run") };
        assert!(!empty.is_same_as(&empty.clone()));
    }
}
