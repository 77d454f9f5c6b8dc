//! How far a transfer is, and what came of it.

use std::time::Duration;

use seatrial_core::model::Digest;

/// What a transfer is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Finding out what the target has.
    Comparing,
    /// Reading the image from the engine that built it. Nothing has been sent.
    Reading,
    /// Sending what the target does not have.
    Sending,
    /// Everything is there; the target unpacks it.
    Unpacking,
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// Layers of the image.
    pub layers: usize,
    /// How many of them the target has.
    pub layers_there: usize,
    /// Bytes that have to be sent; 0 while that is not known.
    pub bytes_total: u64,
    /// How many of them the target's engine says it has. More may have left here: connections hold megabytes.
    pub bytes_sent: u64,
    /// For how long they have been sent.
    pub sending_for: Duration,
}

impl Progress {
    /// How long sending the rest takes at the speed so far; `None` while that cannot be said.
    pub fn time_left(&self) -> Option<Duration> {
        let left = self.bytes_total.checked_sub(self.bytes_sent)?;
        let known = self.stage == Stage::Sending && self.bytes_sent > 0;
        known.then(|| self.sending_for.mul_f64(left as f64 / self.bytes_sent as f64))
    }
}

/// What came of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transferred {
    /// The image's id on the target: the same as at its source, unless one of the two keeps images in containerd's store.
    pub image: Digest,
    /// Bytes sent, those sent again after a break among them; 0 when the image was there already.
    pub bytes: u64,
    /// Layers sent.
    pub layers_moved: usize,
    /// Layers that were there already.
    pub layers_there: usize,
    /// How long it took.
    pub took: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_speed_so_far() {
        let progress = Progress {
            stage: Stage::Sending,
            layers: 3,
            layers_there: 1,
            bytes_total: 400,
            bytes_sent: 100,
            sending_for: Duration::from_secs(2),
        };
        assert_eq!(progress.time_left(), Some(Duration::from_secs(6)));
        assert_eq!(Progress { bytes_sent: 0, ..progress }.time_left(), None);
        assert_eq!(Progress { stage: Stage::Unpacking, ..progress }.time_left(), None);
    }
}
