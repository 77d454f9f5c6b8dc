//! The Caddy driver: one container per host, commanded through files and a unix socket.
//!
//! Measured with Caddy 2.11.4 and Docker 26.1 on two cores (`tests/docker_traffic.rs`), half of the requests on
//! new connections:
//! - 20 switches in 10 s at 500 requests per second: 0 of 59,327 requests failed in eleven rounds (eight of them on a
//!   machine busy with other work, load 20 to 60), 20 of 20 websockets alive after each; a switch with its proof
//!   takes 12 to 25 ms on a quiet machine, p50 of a request through both hops 1.7 ms.
//! - a live restart behind a hold of 3 s at 200 requests per second: 0 of 11,195 failed in seven rounds.
//! - a configuration load (only when an app or a domain is added): 38 of 2,247 requests to another app failed over
//!   25 loads at 200 requests per second on a busy machine, mostly on kept-alive connections that Caddy closes;
//!   websockets stay open (`stream_close_delay`).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use seatrial_core::model::Slot;
use tokio::time::{Instant, sleep};

use super::admin::Admin;
use super::config::{INSIDE, PROBE_HEADER, SLOT_HEADER, SLOT_PATH, UPSTREAM_HEADER, render, slot_address};
use super::directory::{Found, ProxyDirectory};
use super::driver::{PublicAnswer, TrafficDriver, Upstream};
use super::error::{Observed, ProxyError, Result};
use super::site::{Direction, Domain, SLOTS, Site, SiteKey, Sites};
use crate::docker::{
    ContainerHost, ContainerSpec, EngineError, Hardening, Mount, MountSource, NameHolder, PortBinding,
    Protocol,
};
use crate::probe::{ProbeAddress, ProbeAnswer, ProbeError, ProbeRequest, request};
use crate::shared_place::Fence;
use crate::ssh::Link;

const READY_DEADLINE: Duration = Duration::from_secs(20);
const PULL_DEADLINE: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(25);
/// A switch is one small file and the very next request follows it, but an overloaded host answers late.
const SWITCH_DEADLINE: Duration = Duration::from_secs(20);
const PROOF_REQUEST: Duration = Duration::from_secs(5);
/// Changes by others that one of ours gives way to.
const CHANGE_TRIES: u32 = 8;
/// A little longer each time, so that two do not meet again and again.
const CHANGE_PAUSE: Duration = Duration::from_millis(50);
const LOG_LINES: usize = 20;
const LOG_LOOKED_THROUGH: usize = 200;
/// Where the proxy keeps certificates, inside its container.
const CERTIFICATES: &str = "/data/caddy/certificates";
const ASKED_INSIDE: Duration = Duration::from_secs(10);

/// How a proxy is installed.
#[derive(Debug, Clone)]
pub struct ProxySettings {
    /// Directory on the engine's host for configuration, state and sockets.
    pub directory: PathBuf,
    /// Image; 2.9 or newer.
    pub image: String,
    /// Host port for plain HTTP.
    pub http_port: u16,
    /// Host port for HTTPS.
    pub https_port: u16,
    /// Network shared with the apps' containers.
    pub network: String,
    /// Secret for our own probes, used when none was saved before.
    pub probe_token: String,
}

/// Caddy in a container as the host's proxy.
pub struct CaddyProxy {
    host: Arc<dyn ContainerHost>,
    settings: ProxySettings,
    directory: ProxyDirectory,
    admin: Admin,
}

impl std::fmt::Debug for CaddyProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaddyProxy").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl CaddyProxy {
    /// A driver for the proxy of this host; nothing is installed yet.
    pub fn new(host: Arc<dyn ContainerHost>, settings: ProxySettings) -> Result<Self> {
        let directory = ProxyDirectory::open(settings.directory.clone())?;
        Ok(Self::in_directory(host, settings, directory))
    }

    /// A driver for the proxy of a host that is reached over SSH; its directory is that host's
    /// ([`super::directory_on`]).
    pub fn over(link: &Link, host: Arc<dyn ContainerHost>, settings: ProxySettings) -> Self {
        let directory = ProxyDirectory::over(link, settings.directory.clone());
        Self::in_directory(host, settings, directory)
    }

    /// The same, with a lease that every change needs: without it nothing is written.
    pub fn fenced(
        link: &Link,
        host: Arc<dyn ContainerHost>,
        settings: ProxySettings,
        fence: Arc<Fence>,
    ) -> Self {
        let directory = ProxyDirectory::over(link, settings.directory.clone()).owned(fence);
        Self::in_directory(host, settings, directory)
    }

    fn in_directory(
        host: Arc<dyn ContainerHost>,
        settings: ProxySettings,
        directory: ProxyDirectory,
    ) -> Self {
        let admin = Admin::new(directory.reach().address(ProbeAddress::Unix(directory.admin_socket())));
        Self { host, settings, directory, admin }
    }

    /// Name of the proxy's container.
    pub fn container_name(&self) -> String {
        self.host.instance().name("proxy")
    }

    /// Removes the container; sites, certificates and network stay. Traffic stops.
    pub async fn uninstall(&self) -> Result<()> {
        Ok(self.host.remove(&self.container_name()).await?)
    }

    /// Installs the proxy again, for other ports or another image. Traffic stops meanwhile.
    pub async fn reinstall(&self) -> Result<()> {
        self.uninstall().await?;
        self.ensure_installed().await
    }

    /// What the proxy's log says last about a name.
    async fn said_about(&self, name: &Domain) -> String {
        let log = self.host.logs_tail(&self.container_name(), LOG_LOOKED_THROUGH).await.unwrap_or_default();
        let line = log.iter().rev().map(|line| line.text()).find(|text| text.contains(name.as_str()));
        line.unwrap_or_else(|| "its log says nothing about it yet".to_owned())
    }

    async fn spec(&self) -> Result<ContainerSpec> {
        let name = self.container_name();
        let facts = self.host.facts().await?;
        let mut spec = ContainerSpec::new(&name, &self.settings.image, "proxy");
        spec.network = Some(self.settings.network.clone());
        spec.entrypoint = Some(vec!["caddy".into()]);
        spec.command = Some(["run", "--config", &format!("{INSIDE}/caddy.json")].map(str::to_owned).to_vec());
        let directory = self.directory.root().to_string_lossy().into_owned();
        spec.mounts = vec![
            Mount { source: MountSource::Directory(directory), target: INSIDE.into(), read_only: false },
            // Certificates and the internal authority outlive the container.
            Mount {
                source: MountSource::Volume(self.data_volume()),
                target: "/data".into(),
                read_only: false,
            },
        ];
        spec.env.insert("XDG_DATA_HOME".into(), "/data".into());
        spec.ports = vec![port(80, self.settings.http_port), port(443, self.settings.https_port)];
        spec.stop_grace = Duration::from_secs(30);
        spec.hardening = Hardening { init: false, ..Hardening::default() };
        if facts.has_tcp_migrate_req() {
            spec.sysctls.insert("net.ipv4.tcp_migrate_req".into(), "1".into());
        }
        Ok(spec)
    }

    fn data_volume(&self) -> String {
        self.host.instance().name("proxy-data")
    }

    async fn ensure_container(&self) -> Result<()> {
        let volume = self.data_volume();
        // At once, because each is a round trip.
        let (image, (), (), spec) = tokio::try_join!(
            async { Ok::<_, ProxyError>(self.host.image(&self.settings.image).await?) },
            async { Ok(self.host.ensure_network(&self.settings.network).await?) },
            async { Ok(self.host.ensure_volume(&volume).await?) },
            self.spec(),
        )?;
        if image.is_none() {
            self.host.pull_image(&self.settings.image, PULL_DEADLINE).await?;
        }
        match self.host.create(&spec).await {
            Ok(_) => {}
            Err(EngineError::NameTaken { by: NameHolder::Ours { .. }, .. }) => {
                return Err(ProxyError::SettingsDiffer);
            }
            Err(error) => return Err(error.into()),
        }
        if let Err(error) = self.host.start(&spec.name).await {
            // Left behind, it would start by itself as soon as the port is free.
            if matches!(error, EngineError::PortTaken { .. }) {
                self.host.remove(&spec.name).await?;
            }
            return Err(error.into());
        }
        Ok(())
    }

    async fn await_ready(&self) -> Result<()> {
        let deadline = Instant::now() + READY_DEADLINE;
        loop {
            if self.admin.config().await.is_ok() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let log = self.host.logs_tail(&self.container_name(), LOG_LINES).await.unwrap_or_default();
                let log = log.iter().map(|line| line.text()).collect();
                return Err(ProxyError::NotReady { after: READY_DEADLINE, log });
            }
            sleep(POLL).await;
        }
    }

    fn sites_of(&self, found: &Found) -> Sites {
        found.sites.clone().unwrap_or_else(|| Sites::new(&self.settings.probe_token))
    }

    /// Loads the sites unless they are already in force, reads back, and saves them last: what is saved was
    /// accepted.
    async fn apply(&self, sites: &Sites, found: Found) -> Result<Found> {
        let wanted = render(sites);
        let text = wanted.to_string().into_bytes();
        let ((), running) = tokio::try_join!(self.directory.prepare(sites, &found), self.admin.config())?;
        if running != wanted {
            self.admin.load(&text).await?;
            if self.admin.config().await? != wanted {
                return Err(ProxyError::NotApplied);
            }
        }
        self.directory.save(sites, &text, found).await
    }

    /// Changes the sites. Without a lock (on a host) somebody else may do so at the same time: who saves second
    /// begins anew, and who saves first looks whether the other has loaded its sites over ours meanwhile.
    /// Afterwards nothing of `gone` is kept.
    async fn change(
        &self,
        change: impl Fn(Sites) -> Result<Sites> + Send + Sync,
        gone: Option<&SiteKey>,
    ) -> Result<()> {
        let lock = self.directory.lock().await?;
        let mut outcome = Err(ProxyError::ChangedMeanwhile);
        for number in 0..CHANGE_TRIES {
            outcome = self.try_change(&change, lock.is_none()).await;
            match &outcome {
                // The proxy also closes its admin endpoint for a moment when it takes a configuration.
                Err(ProxyError::ChangedMeanwhile | ProxyError::NotApplied | ProxyError::Admin(_))
                    if lock.is_none() =>
                {
                    sleep(CHANGE_PAUSE * number).await;
                }
                _ => break,
            }
        }
        match (outcome?, gone) {
            (found, Some(key)) => self.directory.remove_app(key, &found).await,
            (_, None) => Ok(()),
        }
    }

    async fn try_change(
        &self,
        change: &(impl Fn(Sites) -> Result<Sites> + Send + Sync),
        contested: bool,
    ) -> Result<Found> {
        let found = self.directory.look().await?;
        let sites = change(self.sites_of(&found))?;
        let found = self.apply(&sites, found).await?;
        if contested && self.admin.config().await? != render(&sites) {
            return Err(ProxyError::NotApplied);
        }
        Ok(found)
    }

    async fn install(&self) -> Result<()> {
        let found = self.directory.look().await?;
        let sites = self.sites_of(&found);
        // The container starts from this file, also after a reboot without us.
        let found = self.directory.save(&sites, render(&sites).to_string().as_bytes(), found).await?;
        self.ensure_container().await?;
        self.await_ready().await?;
        self.apply(&sites, found).await.map(drop)
    }

    /// Asks until the wanted slot answers on the public path.
    async fn prove(&self, key: &SiteKey, wanted: Slot) -> Result<()> {
        let deadline = Instant::now() + SWITCH_DEADLINE;
        let asked = ProbeRequest::get("", SLOT_PATH, PROOF_REQUEST);
        loop {
            let outcome = self.ask_public(key, &asked).await?;
            let observed = match outcome {
                Ok(answer) if answer.slot == Some(wanted) => return Ok(()),
                Ok(answer) => Observed::Answer(answer.answer.text()),
                Err(_) => Observed::Silence,
            };
            if Instant::now() >= deadline {
                let wanted = Direction::Slot(wanted);
                return Err(ProxyError::NotSwitched { key: key.clone(), wanted, observed });
            }
            sleep(POLL).await;
        }
    }
}

#[async_trait]
impl TrafficDriver for CaddyProxy {
    async fn ensure_installed(&self) -> Result<()> {
        let _lock = self.directory.lock().await?;
        for _ in 0..CHANGE_TRIES {
            match self.install().await {
                Err(ProxyError::ChangedMeanwhile) => {}
                outcome => return outcome,
            }
        }
        Err(ProxyError::ChangedMeanwhile)
    }

    async fn put_site(&self, site: &Site) -> Result<()> {
        self.change(|sites| sites.with(site.clone()), None).await
    }

    async fn remove_site(&self, key: &SiteKey) -> Result<()> {
        self.change(|sites| Ok(sites.without(key)), Some(key)).await
    }

    async fn sites(&self) -> Result<Vec<Site>> {
        let sites = self.directory.look().await?.sites;
        Ok(sites.map(|sites| sites.sites.into_values().collect()).unwrap_or_default())
    }

    async fn set_upstream(&self, key: &SiteKey, slot: Slot, upstream: &Upstream) -> Result<()> {
        self.directory.set_upstream(key, slot, &upstream.to_string()).await
    }

    async fn upstream(&self, key: &SiteKey, slot: Slot) -> Result<Option<Upstream>> {
        Ok(self.directory.upstream(key, slot).await?.as_deref().and_then(Upstream::parse))
    }

    async fn direction(&self, key: &SiteKey) -> Result<Direction> {
        Ok(self.directory.direction(key).await?.unwrap_or(Direction::Absent))
    }

    async fn direct(&self, key: &SiteKey, direction: Direction) -> Result<()> {
        self.directory.direct(key, direction).await?;
        match direction {
            Direction::Slot(slot) => self.prove(key, slot).await,
            Direction::Held | Direction::Absent => Ok(()),
        }
    }

    async fn in_flight(&self, key: &SiteKey, slot: Slot) -> Result<u64> {
        let under_way = self.admin.under_way().await?;
        Ok(under_way.get(&slot_address(key, slot)).copied().unwrap_or_default())
    }

    async fn ask_slot(
        &self,
        key: &SiteKey,
        slot: Slot,
        asked: &ProbeRequest,
    ) -> Result<Result<ProbeAnswer, ProbeError>> {
        let (site, _) = self.directory.site(key).await?;
        let asked = ProbeRequest { host: host_of(&site), ..asked.clone() };
        let socket = ProbeAddress::Unix(self.directory.slot_socket(key, slot));
        reached(request(&self.directory.reach().address(socket), &asked).await)
    }

    async fn ask_public(
        &self,
        key: &SiteKey,
        asked: &ProbeRequest,
    ) -> Result<Result<PublicAnswer, ProbeError>> {
        let (site, token) = self.directory.site(key).await?;
        let mut asked = ProbeRequest { host: host_of(&site), ..asked.clone() };
        asked.headers.push((PROBE_HEADER.to_owned(), token));
        let outcome = reached(request(&self.public_address(), &asked).await)?;
        Ok(outcome.map(|answer| {
            let slot =
                answer.header(SLOT_HEADER).and_then(|text| SLOTS.into_iter().find(|s| s.as_str() == text));
            let upstream = answer.header(UPSTREAM_HEADER).and_then(Upstream::parse);
            PublicAnswer { answer, slot, upstream }
        }))
    }

    async fn probe_headers(&self, key: &SiteKey) -> Result<Vec<(String, String)>> {
        let (_, token) = self.directory.site(key).await?;
        Ok(vec![(PROBE_HEADER.to_owned(), token)])
    }

    async fn without_certificate(&self, key: &SiteKey) -> Result<Vec<(Domain, String)>> {
        let (site, _) = self.directory.site(key).await?;
        let mut waiting = Vec::new();
        for name in site.public_names() {
            let file = format!("{name}.crt");
            let look = ["find", CERTIFICATES, "-name", &file];
            let found = self.host.exec(&self.container_name(), &look, ASKED_INSIDE).await?;
            if !found.lines.iter().any(|line| line.text().trim_end().ends_with(&format!("/{file}"))) {
                waiting.push((name.clone(), self.said_about(name).await));
            }
        }
        Ok(waiting)
    }

    fn public_address(&self) -> ProbeAddress {
        let port = ProbeAddress::Tcp((std::net::Ipv4Addr::LOCALHOST, self.settings.http_port).into());
        self.directory.reach().address(port)
    }
}

/// A host that is out of reach says nothing about who was asked.
fn reached<T>(outcome: Result<T, ProbeError>) -> Result<Result<T, ProbeError>> {
    match outcome {
        Err(ProbeError::Link(error)) => Err(ProxyError::Engine(EngineError::Link(error))),
        outcome => Ok(outcome),
    }
}

fn host_of(site: &Site) -> String {
    site.domains.first().map(|domain| domain.as_str().to_owned()).unwrap_or_default()
}

fn port(container: u16, host: u16) -> PortBinding {
    PortBinding { container, host, address: None, protocol: Protocol::Tcp }
}
