//! The fake as a proxy.

use async_trait::async_trait;
use seatrial_core::model::Slot;

use super::fault::TrafficOperation as Op;
use super::host::answer;
use super::world::{FakeSite, FakeTarget, World};
use crate::probe::{ProbeAddress, ProbeAnswer, ProbeError, ProbeRequest};
use crate::proxy::{
    Direction, Observed, ProxyError, PublicAnswer, Result, Site, SiteKey, Sites, TrafficDriver, Upstream,
};

impl FakeTarget {
    async fn drive<T: Send>(
        &self,
        operation: Op,
        about: &str,
        ignored: T,
        work: impl FnOnce(&mut World) -> Result<T> + Send,
    ) -> Result<T> {
        let Some(fault) = self.enter(operation, about).await else {
            let mut world = self.world();
            let outcome = work(&mut world);
            world.look(&format!("{operation:?} {about}"));
            return outcome;
        };
        if fault.takes_effect() {
            let mut world = self.world();
            // The answer is lost, and with it whether this worked.
            drop(work(&mut world));
            world.look(&format!("{operation:?} {about}"));
        }
        match fault.proxy_error() {
            Some(error) => Err(error),
            None => Ok(ignored),
        }
    }
}

impl World {
    fn site_mut(&mut self, key: &SiteKey) -> Result<&mut FakeSite> {
        self.sites.get_mut(key).ok_or_else(|| ProxyError::UnknownSite { key: key.clone() })
    }

    fn put(&mut self, site: &Site) -> Result<()> {
        let known = self.sites.values().map(|known| known.site.clone());
        let mut all = Sites::new("");
        all.sites = known.map(|known| (known.key.clone(), known)).collect();
        all.with(site.clone())?;
        match self.sites.get_mut(&site.key) {
            Some(known) => known.site = site.clone(),
            None => {
                let fresh = FakeSite {
                    site: site.clone(),
                    direction: Direction::Absent,
                    upstreams: Default::default(),
                    in_flight: Default::default(),
                    unheard: 0,
                };
                self.sites.insert(site.key.clone(), fresh);
            }
        }
        Ok(())
    }

    fn ask_slot(
        &mut self,
        key: &SiteKey,
        slot: Slot,
        asked: &ProbeRequest,
    ) -> Result<Result<ProbeAnswer, ProbeError>> {
        let upstream = self.site_mut(key)?.upstreams.get(&slot).cloned();
        let app = upstream.and_then(|upstream| self.answering(&upstream).cloned());
        // A real proxy answers in the app's place when nobody listens.
        Ok(Ok(answer(app.as_ref(), asked).unwrap_or_else(|_| bad_gateway())))
    }
}

fn bad_gateway() -> ProbeAnswer {
    ProbeAnswer {
        status: 502,
        headers: Vec::new(),
        body: bytes::Bytes::new(),
        body_length: 0,
        latency: std::time::Duration::from_millis(1),
    }
}

#[async_trait]
impl TrafficDriver for FakeTarget {
    async fn ensure_installed(&self) -> Result<()> {
        self.drive(Op::EnsureInstalled, "", (), |world| {
            world.installed = true;
            Ok(())
        })
        .await
    }

    async fn put_site(&self, site: &Site) -> Result<()> {
        self.drive(Op::PutSite, site.key.as_str(), (), |world| world.put(site)).await
    }

    async fn remove_site(&self, key: &SiteKey) -> Result<()> {
        self.drive(Op::RemoveSite, key.as_str(), (), |world| {
            world.sites.remove(key);
            Ok(())
        })
        .await
    }

    async fn sites(&self) -> Result<Vec<Site>> {
        let list = |world: &mut World| Ok(world.sites.values().map(|known| known.site.clone()).collect());
        self.drive(Op::Sites, "", Vec::new(), list).await
    }

    async fn set_upstream(&self, key: &SiteKey, slot: Slot, upstream: &Upstream) -> Result<()> {
        self.drive(Op::SetUpstream, key.as_str(), (), |world| {
            world.site_mut(key)?.upstreams.insert(slot, upstream.clone());
            Ok(())
        })
        .await
    }

    async fn upstream(&self, key: &SiteKey, slot: Slot) -> Result<Option<Upstream>> {
        let look = |world: &mut World| Ok(world.site_mut(key)?.upstreams.get(&slot).cloned());
        self.drive(Op::Upstream, key.as_str(), None, look).await
    }

    async fn direction(&self, key: &SiteKey) -> Result<Direction> {
        let look = |world: &mut World| Ok(world.site_mut(key)?.direction);
        self.drive(Op::Direction, key.as_str(), Direction::Absent, look).await
    }

    async fn direct(&self, key: &SiteKey, direction: Direction) -> Result<()> {
        self.drive(Op::Direct, key.as_str(), (), |world| {
            let installed = world.installed;
            world.site_mut(key)?.direction = direction;
            match direction {
                Direction::Slot(_) if !installed => {
                    let observed = Observed::Silence;
                    Err(ProxyError::NotSwitched { key: key.clone(), wanted: direction, observed })
                }
                _ => Ok(()),
            }
        })
        .await
    }

    async fn in_flight(&self, key: &SiteKey, slot: Slot) -> Result<u64> {
        let look = |world: &mut World| Ok(world.site_mut(key)?.in_flight.get(&slot).copied().unwrap_or(0));
        self.drive(Op::InFlight, key.as_str(), 0, look).await
    }

    async fn ask_slot(
        &self,
        key: &SiteKey,
        slot: Slot,
        request: &ProbeRequest,
    ) -> Result<Result<ProbeAnswer, ProbeError>> {
        let ignored = answer(None, request);
        let asked =
            self.drive(Op::AskSlot, key.as_str(), ignored, |world| world.ask_slot(key, slot, request));
        self.in_time(request, asked).await
    }

    async fn ask_public(
        &self,
        key: &SiteKey,
        request: &ProbeRequest,
    ) -> Result<Result<PublicAnswer, ProbeError>> {
        let ignored = answer(None, request).map(|answer| PublicAnswer { answer, slot: None, upstream: None });
        self.drive(Op::AskPublic, key.as_str(), ignored, |world| {
            let Direction::Slot(slot) = world.site_mut(key)?.direction else {
                let answer = ProbeAnswer { status: 503, ..bad_gateway() };
                return Ok(Ok(PublicAnswer { answer, slot: None, upstream: None }));
            };
            let site = world.site_mut(key)?;
            if site.unheard > 0 {
                site.unheard -= 1;
                return Ok(answer(None, request).map(|answer| PublicAnswer {
                    answer,
                    slot: None,
                    upstream: None,
                }));
            }
            let upstream = site.upstreams.get(&slot).cloned();
            let answer = world.ask_slot(key, slot, request)?;
            Ok(answer.map(|answer| PublicAnswer { answer, slot: Some(slot), upstream }))
        })
        .await
    }

    fn public_address(&self) -> ProbeAddress {
        ProbeAddress::Tcp(([127, 0, 0, 1], 0).into())
    }
}
