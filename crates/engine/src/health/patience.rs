//! How much longer an app may take.

use std::time::Duration;

use tokio::time::Instant;

/// What a round may take beyond the app's own part before the engine, or the way to it, is to blame for the rest.
const USUAL: Duration = Duration::from_secs(1);
/// The most that is granted for all rounds together, so that the wait ends by itself even where every one is slow.
const AWAY_AT_MOST: Duration = Duration::from_secs(120);

/// A deadline for an app that does not run while the app could not be asked: over a link that stands still an app
/// that is healthy gives no answer either.
#[derive(Debug)]
pub(crate) struct Patience {
    deadline: Duration,
    began: Instant,
    away: Duration,
}

impl Patience {
    /// Begins now.
    pub(crate) fn new(deadline: Duration) -> Self {
        Self { deadline, began: Instant::now(), away: Duration::ZERO }
    }

    /// The time the app still has.
    pub(crate) fn left(&self) -> Duration {
        (self.deadline + self.away).saturating_sub(self.began.elapsed())
    }

    /// Whether the app has had its time.
    pub(crate) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// Ends a round of asking: the request, of which the app itself took `own` at most, and a look at its container,
    /// without which a request that nobody answered says nothing about the way.
    pub(crate) fn round(&mut self, began: Instant, own: Duration) {
        let took = began.elapsed();
        if took.saturating_sub(own) > USUAL {
            self.away = (self.away + took).min(AWAY_AT_MOST);
        }
    }
}
