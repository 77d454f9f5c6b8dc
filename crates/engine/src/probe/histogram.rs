//! Latencies in logarithmic buckets: small, mergeable, storable.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Buckets per doubling; 8 keeps any quantile within about 9 %.
const PER_DOUBLING: f64 = 8.0;

/// Counts latencies in logarithmic buckets starting at one microsecond.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// Adds one latency.
    pub fn record(&mut self, latency: Duration) {
        let bucket = bucket_of(latency);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
    }

    /// How many latencies were recorded.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The upper edge of the bucket in which the given share (0 to 1) of all latencies is reached;
    /// `None` while empty.
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let wanted = ((self.total as f64) * share.clamp(0.0, 1.0)).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return Some(upper_edge(bucket));
            }
        }
        None
    }

    /// Adds another histogram's counts to this one.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
    }
}

fn bucket_of(latency: Duration) -> usize {
    let micros = latency.as_micros().max(1) as f64;
    (micros.log2() * PER_DOUBLING) as usize
}

fn upper_edge(bucket: usize) -> Duration {
    let micros = ((bucket as f64 + 1.0) / PER_DOUBLING).exp2();
    Duration::from_micros(micros.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_a_tenth_of_the_truth() {
        let mut histogram = Histogram::default();
        for millis in 1..=1000 {
            histogram.record(Duration::from_millis(millis));
        }
        for (share, truth) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = histogram.quantile(share).unwrap().as_secs_f64() * 1000.0;
            assert!((found / truth - 1.0).abs() < 0.1, "{share}: {found} instead of {truth}");
        }
    }

    #[test]
    fn merging_counts_the_same_as_recording_together() {
        let (mut a, mut b, mut both) = (Histogram::default(), Histogram::default(), Histogram::default());
        a.record(Duration::from_millis(3));
        b.record(Duration::from_secs(3));
        both.record(Duration::from_millis(3));
        both.record(Duration::from_secs(3));
        a.merge(&b);
        assert_eq!(a, both);
    }

    #[test]
    fn an_empty_histogram_has_no_quantile() {
        assert_eq!(Histogram::default().quantile(0.5), None);
    }
}
