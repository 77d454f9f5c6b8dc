//! One transfer from end to end.

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use seatrial_core::model::Digest;
use tokio::time::{interval, timeout};
use tokio_util::sync::CancellationToken;

use super::chain::layers_there;
use super::chunks::Chunks;
use super::error::{Result, TransferError};
use super::limits::{Patience, check_space};
use super::parcel::{Expected, Parcel, receive};
use super::progress::{Progress, Stage, Transferred};
use super::reads::Reads;
use super::reference::{SecretName, is_left_over};
use super::registry::{Offer, Registry};
use super::scratch::Scratch;
use super::tally::Tally;
use super::tunnel::Tunnel;
use crate::docker::{CallError, DockerEngine, EngineError, ImageContent, Instance, StoreKind};

/// How often progress is told and silence noticed.
const TICK: Duration = Duration::from_millis(200);
/// How long tidying up after a failure may take; what is left then is removed by the next transfer.
const TIDY_LIMIT: Duration = Duration::from_secs(10);

/// From where to where.
#[derive(Clone, Copy)]
pub struct Route<'a> {
    /// The engine that has the image.
    pub from: &'a DockerEngine,
    /// The engine that shall have it.
    pub to: &'a DockerEngine,
    /// The target's way to this machine.
    pub tunnel: &'a dyn Tunnel,
    /// A folder of ours for short-lived files.
    pub scratch: &'a Path,
    /// What is read for other targets at the same time.
    pub reads: &'a Reads<Parcel>,
    /// How long to wait for a sign of life.
    pub patience: Patience,
}

/// What to bring, and who watches.
#[derive(Clone, Copy)]
pub struct MoveOrder<'a> {
    /// Id of the image on the engine that has it.
    pub image: &'a Digest,
    /// What it shall be called on the target, as `repository:tag`; at least one.
    pub tags: &'a [String],
    /// Told how far it is, a few times a second.
    pub progress: &'a (dyn Fn(Progress) + Send + Sync),
    /// Ends the transfer early.
    pub cancel: &'a CancellationToken,
}

/// Brings an image from one engine to another and sends only what the other does not have.
///
/// The same image arrives, or none. Whatever fails, it may be tried again; so may one that succeeded, and then nothing
/// moves. Dropping the future ends it; a name that this leaves on the target is removed by the next transfer.
pub async fn transfer(route: &Route<'_>, order: &MoveOrder<'_>) -> Result<Transferred> {
    let started = Instant::now();
    let outcome = tokio::select! {
        biased;
        () = order.cancel.cancelled() => Err(TransferError::Cancelled),
        outcome = Box::pin(bring(route, order)) => outcome,
    };
    if outcome.is_err() {
        // The failure is what counts; what cannot be removed now is removed by the next transfer.
        drop(timeout(TIDY_LIMIT, remove_left_overs(route.to, order.image)).await);
    }
    outcome.map(|moved| Transferred { took: started.elapsed(), ..moved })
}

/// The image's id on the target, if it is there. `source` is the image as the engine it comes from describes it.
pub(super) async fn find_there(
    to: &DockerEngine,
    image: &Digest,
    source: Option<(&ImageContent, StoreKind)>,
) -> Result<Option<Digest>> {
    if to.image_content(image.as_str()).await?.is_some() {
        return Ok(Some(image.clone()));
    }
    let Some((source, from_store)) = source else { return Ok(None) };
    if (from_store, to.store_kind().await?) == (StoreKind::Classic, StoreKind::Classic) {
        return Ok(None);
    }
    // containerd's store calls the same image otherwise.
    let held = to.image_contents().await?;
    Ok(held.iter().find(|image| image.is_same_as(source)).and_then(|image| image.id.parse().ok()))
}

async fn bring(route: &Route<'_>, order: &MoveOrder<'_>) -> Result<Transferred> {
    if order.tags.is_empty() {
        return Err(TransferError::NoTag);
    }
    let source = route.from.image_content(order.image.as_str()).await?;
    let from_store = route.from.store_kind().await?;
    remove_left_overs(route.to, order.image).await?;
    let known = source.as_ref().map(|source| (source, from_store));
    if let Some(image) = find_there(route.to, order.image, known).await? {
        give_tags(route.to, &image, order.tags).await?;
        let layers_there = source.map_or(0, |source| source.layers.len());
        return Ok(Transferred { image, bytes: 0, layers_moved: 0, layers_there, took: Duration::ZERO });
    }
    let source = source.ok_or_else(|| TransferError::Gone { image: order.image.clone() })?;
    check_platform(route.to, &source).await?;
    let held = route.to.image_contents().await?;
    let there = layers_there(&source.layers, held.iter().map(|image| image.layers.as_slice()));
    let transfer = Transfer { route, order, source: &source, from_store };
    let in_vain = match transfer.send(there).await? {
        Sent::All(moved) => return Ok(moved),
        Sent::WantsMore { bytes } => bytes,
    };
    // An engine of the classic store knows layers again by the digest they were pulled under, so it asks once for those
    // that came to it in another way.
    match transfer.send(0).await? {
        Sent::All(moved) => Ok(Transferred { bytes: moved.bytes + in_vain, ..moved }),
        Sent::WantsMore { .. } => {
            Err(TransferError::Refused { report: "it asked for an unknown layer".to_owned() })
        }
    }
}

async fn check_platform(to: &DockerEngine, image: &ImageContent) -> Result<()> {
    let facts = to.lasting_facts().await?;
    let fits = |of_image: &str, of_target: &str| of_image.is_empty() || of_image == of_target;
    if fits(&image.os, &facts.os) && fits(&image.architecture, &facts.architecture) {
        return Ok(());
    }
    Err(TransferError::OtherPlatform {
        image: format!("{}/{}", image.os, image.architecture),
        target: format!("{}/{}", facts.os, facts.architecture),
    })
}

async fn give_tags(to: &DockerEngine, image: &Digest, tags: &[String]) -> Result<()> {
    for tag in tags {
        to.tag(image.as_str(), tag).await?;
        let found = to.image_content(tag).await?.map(|content| content.id).unwrap_or_default();
        if found != image.as_str() {
            return Err(TransferError::Different { wanted: image.clone(), found });
        }
    }
    Ok(())
}

async fn remove_left_overs(to: &DockerEngine, image: &Digest) -> Result<()> {
    let instance: &Instance = &to.instance;
    for tag in to.listed_images().await?.into_iter().flat_map(|image| image.tags) {
        if is_left_over(&tag, instance, image) {
            match to.delete_image(&tag).await {
                // Somebody has found a use for it.
                Ok(()) | Err(EngineError::ImageInUse { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

struct Transfer<'a> {
    route: &'a Route<'a>,
    order: &'a MoveOrder<'a>,
    source: &'a ImageContent,
    from_store: StoreKind,
}

enum Sent {
    All(Transferred),
    /// The target asked for a layer that it was thought to have, after so many bytes.
    WantsMore {
        bytes: u64,
    },
}

enum Pulled {
    Done,
    WantsMore,
}

impl Transfer<'_> {
    /// Sends the image without the content of its lowest layers.
    async fn send(&self, there: usize) -> Result<Sent> {
        self.tell(Stage::Reading, there, &Counted::default());
        let parcel = self.route.reads.of(&self.source.id, there, self.read(there)).await?;
        let to = self.route.to;
        check_space(to.read_facts().await?.disk, parcel.bytes_above(there))?;
        let name = SecretName::new(&to.instance, self.order.image).map_err(TransferError::Listen)?;
        let offer = Arc::new(Offer { parcel, name, tally: Tally::default() });
        let registry = Registry::start(Arc::clone(&offer)).await.map_err(TransferError::Listen)?;
        let silence = self.route.patience.link;
        let exposed = timeout(silence, self.route.tunnel.expose(registry.address)).await;
        let exposed = exposed.map_err(|_| TransferError::Stalled { after: silence, sent: 0 })?;
        let exposed = exposed.map_err(TransferError::Tunnel)?;
        let reference = offer.name.on_port(exposed.port());
        if let Pulled::WantsMore = self.pull(&reference, &offer, there).await? {
            return Ok(Sent::WantsMore { bytes: offer.tally.seen().bytes });
        }
        drop((exposed, registry));
        let image = self.verify(&reference, &offer.parcel).await?;
        give_tags(to, &image, self.order.tags).await?;
        to.delete_image(&reference).await?;
        let layers_moved = offer.tally.complete(|digest| offer.parcel.layer(digest).map(|layer| layer.size));
        let layers_there = offer.parcel.layers.len().saturating_sub(layers_moved);
        let bytes = offer.tally.seen().bytes;
        Ok(Sent::All(Transferred { image, bytes, layers_moved, layers_there, took: Duration::ZERO }))
    }

    async fn read(&self, there: usize) -> Result<Parcel> {
        let (lower, upper) = self.source.layers.split_at(there);
        // A layer that comes again higher up is another one there.
        let not_kept: BTreeSet<Digest> =
            lower.iter().filter(|layer| !upper.contains(layer)).cloned().collect();
        let scratch = Arc::new(Scratch::new(self.route.scratch)?);
        let mut chunks = Chunks::new(self.route.from.export(&self.source.id), self.route.patience);
        let expected = Expected { image: self.source, store: self.from_store, not_kept: &not_kept };
        receive(&mut chunks, &expected, scratch).await
    }

    async fn pull(&self, reference: &str, offer: &Offer, there: usize) -> Result<Pulled> {
        let counted =
            Counted { total: offer.parcel.bytes_above(there), since: Some(Instant::now()), sent: 0 };
        let mut signs = pin!(self.route.to.pull_signs(reference));
        let mut ticks = interval(TICK);
        loop {
            tokio::select! {
                biased;
                () = offer.tally.wanted_more() => return Ok(Pulled::WantsMore),
                sign = signs.next() => match sign {
                    None => return Ok(Pulled::Done),
                    Some(Ok(sign)) => offer.hear(&sign),
                    Some(Err(_)) if offer.tally.wants_more() => return Ok(Pulled::WantsMore),
                    Some(Err(error)) => return Err(self.explain(error, offer).await),
                },
                _ = ticks.tick() => {
                    let sent = offer.tally.seen().arrived.min(counted.total);
                    let all = sent >= counted.total;
                    let stage = if all { Stage::Unpacking } else { Stage::Sending };
                    self.tell(stage, there, &Counted { sent, ..counted });
                    self.route.patience.check(&offer.tally.seen())?;
                }
            }
        }
    }

    /// What a failed pull means.
    async fn explain(&self, error: CallError, offer: &Offer) -> TransferError {
        let CallError::Status { report, .. } = &error else { return EngineError::from(error).into() };
        let report = report.clone();
        match self.route.to.explain(error, &[]).await {
            full @ EngineError::OutOfDisk { .. } => full.into(),
            _ if !offer.tally.seen().was_asked => TransferError::NotReached { report },
            _ => TransferError::Refused { report },
        }
    }

    /// The id of what arrived, if it is what was sent.
    async fn verify(&self, reference: &str, parcel: &Parcel) -> Result<Digest> {
        let to = self.route.to;
        let wanted = parcel.id_in(to.store_kind().await?);
        let found = to.image_content(reference).await?;
        match found {
            Some(found) if found.id == wanted.as_str() && found.layers == self.source.layers => {
                Ok(wanted.clone())
            }
            found => {
                let found = found.map_or_else(|| "nothing".to_owned(), |found| found.id);
                Err(TransferError::Different { wanted: wanted.clone(), found })
            }
        }
    }

    fn tell(&self, stage: Stage, there: usize, counted: &Counted) {
        (self.order.progress)(Progress {
            stage,
            layers: self.source.layers.len(),
            layers_there: there,
            bytes_total: counted.total,
            bytes_sent: counted.sent,
            sending_for: counted.since.map(|since| since.elapsed()).unwrap_or_default(),
        });
    }
}

#[derive(Default, Clone, Copy)]
struct Counted {
    total: u64,
    sent: u64,
    since: Option<Instant>,
}
