//! The one interface for directing traffic; implemented by [`super::CaddyProxy`] and by the fake.

use std::time::Duration;

use async_trait::async_trait;
use seatrial_core::model::Slot;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use super::error::{ProxyError, Result};
use super::site::{Direction, Domain, Site, SiteKey};
use crate::probe::{ProbeAddress, ProbeAnswer, ProbeError, ProbeRequest};

const DRAIN_POLL: Duration = Duration::from_millis(25);
/// A request that has read the old direction is counted a moment later; two looks in a row see it.
const QUIET_LOOKS: u32 = 2;

/// Where a slot's release listens: a container on the proxy's network and its port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    container: String,
    port: u16,
}

impl Upstream {
    /// Checks that the name is one a container can have, because it becomes part of an address.
    pub fn new(container: impl Into<String>, port: u16) -> Result<Self> {
        let container = container.into();
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if !container.is_empty() && container.len() <= 253 && container.bytes().all(fits) {
            return Ok(Self { container, port });
        }
        Err(ProxyError::InvalidUpstream { given: container })
    }

    /// Name or network alias of the container.
    pub fn container(&self) -> &str {
        &self.container
    }

    /// Port inside the container.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (container, port) = text.rsplit_once(':')?;
        Self::new(container, port.parse().ok()?).ok()
    }
}

impl std::fmt::Display for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.container, self.port)
    }
}

/// Who answered a request on the public path.
#[derive(Debug, Clone)]
pub struct PublicAnswer {
    /// The answer as a visitor would get it.
    pub answer: ProbeAnswer,
    /// The slot that answered, by the proxy's word.
    pub slot: Option<Slot>,
    /// The container and port that answered, by the proxy's word.
    pub upstream: Option<Upstream>,
}

/// Directing requests of apps to their slots.
///
/// Every call ends within a deadline and may be repeated. Only [`Self::put_site`] and
/// [`Self::remove_site`] change the proxy's configuration; nothing else disturbs a connection.
#[async_trait]
pub trait TrafficDriver: Send + Sync {
    /// Makes sure that the proxy is installed, running, and in force with the saved sites.
    async fn ensure_installed(&self) -> Result<()>;

    /// Adds an app or changes its domains. A new one answers 503 until it is directed to a slot.
    async fn put_site(&self, site: &Site) -> Result<()>;

    /// Removes an app; an absent one is a success.
    async fn remove_site(&self, key: &SiteKey) -> Result<()>;

    /// All apps.
    async fn sites(&self) -> Result<Vec<Site>>;

    /// Says where a slot's release listens. Requests already under way are not disturbed.
    async fn set_upstream(&self, key: &SiteKey, slot: Slot, upstream: &Upstream) -> Result<()>;

    /// Where a slot's release listens; `None` before the first.
    async fn upstream(&self, key: &SiteKey, slot: Slot) -> Result<Option<Upstream>>;

    /// Where an app's requests go now.
    async fn direction(&self, key: &SiteKey) -> Result<Direction>;

    /// Directs an app's requests and, for a slot, proves it by a request on the public path.
    async fn direct(&self, key: &SiteKey, direction: Direction) -> Result<()>;

    /// Requests under way in a slot, websockets included.
    async fn in_flight(&self, key: &SiteKey, slot: Slot) -> Result<u64>;

    /// Asks a slot through the proxy, whether it is live or not.
    /// The outer error is the driver's, the inner one the slot's.
    async fn ask_slot(
        &self,
        key: &SiteKey,
        slot: Slot,
        request: &ProbeRequest,
    ) -> Result<Result<ProbeAnswer, ProbeError>>;

    /// Asks on the public path, under the app's first domain, and tells who answered.
    async fn ask_public(
        &self,
        key: &SiteKey,
        request: &ProbeRequest,
    ) -> Result<Result<PublicAnswer, ProbeError>>;

    /// Headers that lead a request past what is there for visitors only (from plain HTTP to HTTPS), to the app itself.
    async fn probe_headers(&self, _key: &SiteKey) -> Result<Vec<(String, String)>> {
        Ok(Vec::new())
    }

    /// Names of an app that wait for their certificates, with what the proxy says about it.
    async fn without_certificate(&self, _key: &SiteKey) -> Result<Vec<(Domain, String)>> {
        Ok(Vec::new())
    }

    /// Where visitors of this host connect for plain HTTP.
    fn public_address(&self) -> ProbeAddress;

    /// Waits until no request is under way in a slot, at most for the limit.
    async fn drain(&self, key: &SiteKey, slot: Slot, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        let mut quiet = 0;
        loop {
            let left = self.in_flight(key, slot).await?;
            quiet = if left == 0 { quiet + 1 } else { 0 };
            if quiet >= QUIET_LOOKS {
                return Ok(());
            }
            if Instant::now() >= deadline && left > 0 {
                return Err(ProxyError::StillBusy { left, after: limit });
            }
            sleep(DRAIN_POLL).await;
        }
    }
}
