//! What the target has asked for and got.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use seatrial_core::model::Digest;
use tokio_util::sync::CancellationToken;

/// Counts what is sent. Shared by the registry and by whoever watches the transfer.
#[derive(Debug)]
pub(super) struct Tally {
    counts: Mutex<Counts>,
    wanted_more: CancellationToken,
}

#[derive(Debug)]
struct Counts {
    /// Per layer: how far it was sent, counted once however often it was asked for.
    reached: BTreeMap<Digest, u64>,
    /// Per layer: how much of it the target says it has.
    arrived: BTreeMap<Digest, u64>,
    bytes: u64,
    under_way: u32,
    was_asked: bool,
    last: Instant,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// Bytes of layers that were sent at least once.
    pub(super) reached: u64,
    /// Bytes of layers that the target says it has. What was sent may still be on its way.
    pub(super) arrived: u64,
    /// All bytes sent, those sent again among them.
    pub(super) bytes: u64,
    /// Layers being sent now.
    pub(super) under_way: u32,
    /// Whether anybody who knows the name has asked for anything.
    pub(super) was_asked: bool,
    /// How long ago something happened.
    pub(super) silent_for: Duration,
}

impl Default for Tally {
    fn default() -> Self {
        let counts = Counts {
            reached: BTreeMap::new(),
            arrived: BTreeMap::new(),
            bytes: 0,
            under_way: 0,
            was_asked: false,
            last: Instant::now(),
        };
        Self { counts: Mutex::new(counts), wanted_more: CancellationToken::new() }
    }
}

impl Tally {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sign of life from the target.
    pub(super) fn alive(&self) {
        self.counts().last = Instant::now();
    }

    /// The target has asked for something under the right name.
    pub(super) fn asked(&self) {
        let mut counts = self.counts();
        counts.was_asked = true;
        counts.last = Instant::now();
    }

    /// Bytes of a manifest or configuration were sent.
    pub(super) fn sent(&self, bytes: u64) {
        let mut counts = self.counts();
        counts.bytes += bytes;
        counts.last = Instant::now();
    }

    /// Bytes of a layer were sent, up to this place in it.
    pub(super) fn sent_of(&self, layer: &Digest, bytes: u64, up_to: u64) {
        let mut counts = self.counts();
        counts.bytes += bytes;
        counts.last = Instant::now();
        let reached = counts.reached.entry(layer.clone()).or_default();
        *reached = up_to.max(*reached);
    }

    /// The target says that it has so much of a layer. Where it begins again, that is counted once.
    pub(super) fn arrived_of(&self, layer: &Digest, bytes: u64) {
        let mut counts = self.counts();
        let arrived = counts.arrived.entry(layer.clone()).or_default();
        *arrived = bytes.max(*arrived);
    }

    /// A layer is being sent from now on.
    pub(super) fn begun(&self) {
        self.counts().under_way += 1;
    }

    /// A layer is not being sent any more.
    pub(super) fn ended(&self) {
        let mut counts = self.counts();
        counts.under_way = counts.under_way.saturating_sub(1);
        counts.last = Instant::now();
    }

    /// The target has asked for a layer that it was thought to have.
    pub(super) fn want_more(&self) {
        self.wanted_more.cancel();
    }

    /// Resolves once the target has asked for a layer that it was thought to have.
    pub(super) async fn wanted_more(&self) {
        self.wanted_more.cancelled().await;
    }

    /// Whether the target has asked for a layer that it was thought to have.
    pub(super) fn wants_more(&self) -> bool {
        self.wanted_more.is_cancelled()
    }

    /// How many layers were sent to their end.
    pub(super) fn complete(&self, size_of: impl Fn(&Digest) -> Option<u64>) -> usize {
        let counts = self.counts();
        counts.reached.iter().filter(|(layer, reached)| size_of(layer) == Some(**reached)).count()
    }

    /// The counts now.
    pub(super) fn seen(&self) -> Seen {
        let counts = self.counts();
        Seen {
            reached: counts.reached.values().sum(),
            arrived: counts.arrived.values().sum(),
            bytes: counts.bytes,
            under_way: counts.under_way,
            was_asked: counts.was_asked,
            silent_for: counts.last.elapsed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_again_counts_as_bytes_and_not_as_progress() {
        let (tally, layer) = (Tally::default(), Digest::of(b"layer"));
        tally.sent_of(&layer, 60, 60);
        tally.sent_of(&layer, 40, 40);
        assert_eq!((tally.seen().bytes, tally.seen().reached), (100, 60));
        assert_eq!(tally.complete(|_| Some(100)), 0);
        tally.sent_of(&layer, 40, 100);
        assert_eq!((tally.seen().bytes, tally.seen().reached), (140, 100));
        assert_eq!(tally.complete(|_| Some(100)), 1);
    }

    #[test]
    fn what_has_left_here_has_not_arrived() {
        let (tally, layer) = (Tally::default(), Digest::of(b"layer"));
        tally.sent_of(&layer, 100, 100);
        assert_eq!((tally.seen().reached, tally.seen().arrived), (100, 0));
        for (says, counted) in [(30, 30), (10, 30), (100, 100)] {
            tally.arrived_of(&layer, says);
            assert_eq!(tally.seen().arrived, counted);
        }
    }

    #[tokio::test]
    async fn a_wish_for_more_is_remembered() {
        let tally = Tally::default();
        assert!(!tally.wants_more());
        tally.want_more();
        tally.wanted_more().await;
    }
}
