use super::error::SharedPlaceError;
use super::lease::{LeaseMark, TTL};
use super::place::SharedPlace;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// How often the lease is renewed; it holds three times as long.
const RENEW: Duration = Duration::from_secs(15);
/// Wait before a renewal that failed is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// A lease whose last renewal is younger than this certainly is still ours: what is begun now arrives in time.
const CERTAIN: Duration = TTL.saturating_sub(Duration::from_secs(15));

/// A lease that is held, and the question before every change whether it still is.
///
/// A call to the engine cannot be made to depend on the lease, so it is not begun when the lease may be over by the time
/// it arrives. Files of the proxy can: their changes look at the token under the lock.
#[derive(Debug)]
pub struct Fence {
    place: SharedPlace,
    token: u64,
    confirmed: Mutex<Clocks>,
    lost: CancellationToken,
}

/// Now, by two clocks: one that never jumps but may stand still while the machine sleeps, and one the other way round.
#[derive(Debug, Clone, Copy)]
struct Clocks {
    steady: Instant,
    wall: SystemTime,
}

impl Clocks {
    fn now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// The longer of both; a wall clock that was set back says nothing.
    fn elapsed(&self) -> Duration {
        self.steady.elapsed().max(self.wall.elapsed().unwrap_or_default())
    }
}

impl Fence {
    /// For a lease that was asked for at most `since` ago and granted.
    pub fn new(place: SharedPlace, token: u64, asked: Instant) -> Self {
        let wall = SystemTime::now().checked_sub(asked.elapsed()).unwrap_or_else(SystemTime::now);
        let confirmed = Mutex::new(Clocks { steady: asked, wall });
        Self { place, token, confirmed, lost: CancellationToken::new() }
    }

    /// The token.
    pub fn token(&self) -> u64 {
        self.token
    }

    /// Triggered when the lease is somebody else's.
    pub fn lost(&self) -> &CancellationToken {
        &self.lost
    }

    /// What changes of the proxy's files look at under their lock.
    pub(crate) fn mark(&self) -> LeaseMark {
        LeaseMark { file: self.place.lease_from_proxy(), token: self.token }
    }

    /// Returns when the lease is certainly held. When it is somebody else's, [`Fence::lost`] is triggered and this never
    /// returns: whoever asks must not do anything any more.
    pub async fn confirm(&self) -> Result<(), SharedPlaceError> {
        let mut confirmed = self.confirmed.lock().await;
        if !self.lost.is_cancelled() && confirmed.elapsed() < CERTAIN {
            return Ok(());
        }
        let asked = Clocks::now();
        match self.place.renew(self.token).await {
            Ok(()) => {
                *confirmed = asked;
                Ok(())
            }
            Err(SharedPlaceError::Lost { .. }) => {
                drop(confirmed);
                self.gone().await
            }
            Err(error) => Err(error),
        }
    }

    /// The lease is somebody else's. Never returns.
    pub(crate) async fn gone<T>(&self) -> T {
        self.lost.cancel();
        std::future::pending().await
    }

    /// Renews the lease until it is lost.
    pub async fn keep(&self) {
        let mut wait = RENEW;
        while !self.lost.is_cancelled() {
            tokio::time::sleep(wait).await;
            let asked = Clocks::now();
            match self.place.renew(self.token).await {
                Ok(()) => {
                    *self.confirmed.lock().await = asked;
                    wait = RENEW;
                }
                Err(SharedPlaceError::Lost { .. }) => self.lost.cancel(),
                // A link that is down may come back in time.
                Err(_) => wait = AGAIN,
            }
        }
    }
}
