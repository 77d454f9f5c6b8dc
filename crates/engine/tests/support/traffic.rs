//! A proxy on a real engine with apps behind it, and what directing traffic has to fulfil: run on this machine's engine
//! and on one over SSH.

use std::sync::Arc;
use std::time::{Duration, Instant};

use seatrial_core::model::Slot;
use seatrial_engine::docker::ContainerHost;
use seatrial_engine::probe::{ProbeAddress, ProbeRequest, Prober, ProberReport, ProberSpec};
use seatrial_engine::proxy::{
    CaddyProxy, Direction, Domain, ProxyError, ProxySettings, Site, SiteKey, TrafficDriver, Upstream,
    directory_on,
};
use seatrial_engine::ssh::Link;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Bench, eventually, free_port};

/// A proxy with one site, on an instance of its own.
pub(crate) struct Stage {
    pub(crate) bench: Bench,
    pub(crate) proxy: CaddyProxy,
    pub(crate) key: SiteKey,
    port: u16,
    _home: Option<tempfile::TempDir>,
}

impl Stage {
    /// A proxy with one site whose slots are not running yet.
    pub(crate) async fn new(name: &str) -> Self {
        let bench = Bench::new(name).await;
        let home = tempfile::tempdir().unwrap();
        let settings = settings(&bench, home.path().join("proxy"));
        let host: Arc<dyn ContainerHost> = bench.engine.clone();
        let proxy = CaddyProxy::new(host, settings.clone()).unwrap();
        Self::set(bench, proxy, settings.http_port, Some(home)).await
    }

    /// The same on a host that is reached over SSH.
    pub(crate) async fn over_ssh(name: &str, link: &Link) -> Self {
        let bench = Bench::over_ssh(name, link).await;
        let directory = directory_on(link, bench.engine.instance()).await.unwrap();
        let settings = settings(&bench, directory);
        let host: Arc<dyn ContainerHost> = bench.engine.clone();
        let proxy = CaddyProxy::over(link, host, settings.clone());
        Self::set(bench, proxy, settings.http_port, None).await
    }

    async fn set(bench: Bench, proxy: CaddyProxy, port: u16, home: Option<tempfile::TempDir>) -> Self {
        let key = SiteKey::parse("shop-prod").unwrap();
        let stage = Self { bench, proxy, key, port, _home: home };
        stage.proxy.ensure_installed().await.unwrap();
        stage.proxy.put_site(&stage.site("shop-prod", "shop.localhost")).await.unwrap();
        stage
    }

    /// Where visitors connect: they do not come through a link of ours.
    pub(crate) fn door(&self) -> ProbeAddress {
        ProbeAddress::Tcp(([127, 0, 0, 1], self.port).into())
    }

    pub(crate) fn site(&self, key: &str, domain: &str) -> Site {
        let domains = vec![Domain::parse(domain).unwrap()];
        Site::new(SiteKey::parse(key).unwrap(), domains, None)
    }

    /// Starts an app in a slot and waits until it answers through the proxy.
    pub(crate) async fn launch(&self, slot: Slot, delay: f64) {
        let name = format!("app-{slot}");
        self.bench.run(&self.bench.app(&name, slot.as_str(), delay)).await.unwrap();
        let upstream = Upstream::new(self.bench.name(&name), 8080).unwrap();
        self.proxy.set_upstream(&self.key, slot, &upstream).await.unwrap();
        self.await_healthy(slot).await;
    }

    pub(crate) async fn await_healthy(&self, slot: Slot) {
        let asked = get("/");
        eventually("slot answers through the proxy", || async {
            let answer = self.proxy.ask_slot(&self.key, slot, &asked).await.unwrap().ok()?;
            (answer.status == 200).then_some(())
        })
        .await;
    }

    pub(crate) async fn direct(&self, slot: Slot) {
        self.proxy.direct(&self.key, Direction::Slot(slot)).await.unwrap();
    }

    pub(crate) fn load(&self, rate: f64) -> Prober {
        let mut spec = ProberSpec::new(self.door(), get("/"));
        spec.rate = rate;
        Prober::start(spec)
    }

    pub(crate) async fn websocket(&self) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let upgrade = "GET /ws HTTP/1.1\r\nHost: shop.localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        stream.write_all(upgrade.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
        stream
    }

    pub(crate) async fn end(self) {
        self.bench.clean().await;
    }
}

/// Another process that uses the proxy of a stage.
pub(crate) async fn second_driver(stage: &Stage, link: &Link) -> CaddyProxy {
    let directory = directory_on(link, stage.bench.engine.instance()).await.unwrap();
    let settings = ProxySettings { http_port: stage.port, ..settings(&stage.bench, directory) };
    CaddyProxy::over(link, stage.bench.engine.clone(), settings)
}

fn settings(bench: &Bench, directory: std::path::PathBuf) -> ProxySettings {
    ProxySettings {
        directory,
        image: "caddy:2".into(),
        http_port: free_port(),
        https_port: free_port(),
        network: bench.network(),
        probe_token: "test-token".into(),
    }
}

pub(crate) fn get(path: &str) -> ProbeRequest {
    ProbeRequest::get("shop.localhost", path, Duration::from_secs(20))
}

pub(crate) async fn echoes(stream: &mut TcpStream) -> bool {
    let exchange = async {
        stream.write_all(b"ping").await?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer).await?;
        Ok::<_, std::io::Error>(&answer == b"ping")
    };
    matches!(tokio::time::timeout(Duration::from_secs(2), exchange).await, Ok(Ok(true)))
}

pub(crate) fn show(what: &str, report: &ProberReport) {
    println!(
        "{what}: {} of {} failed, p50 {:?}, p99 {:?}, slowest {:?}, statuses {:?}, first failures {:?}",
        report.failed,
        report.sent,
        report.latencies.quantile(0.5).unwrap_or_default(),
        report.latencies.quantile(0.99).unwrap_or_default(),
        report.slowest,
        report.statuses,
        report.failures,
    );
}

pub(crate) async fn twenty_switches_in_ten_seconds(stage: Stage) {
    stage.launch(Slot::Blue, 0.0).await;
    stage.launch(Slot::Green, 0.0).await;
    stage.direct(Slot::Blue).await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(stage.websocket().await);
    }

    let prober = stage.load(520.0);
    let started = Instant::now();
    let mut slowest_switch = Duration::ZERO;
    for number in 1..=20_u32 {
        tokio::time::sleep_until((started + Duration::from_millis(500) * number).into()).await;
        let before = Instant::now();
        stage.direct(if number.is_multiple_of(2) { Slot::Blue } else { Slot::Green }).await;
        slowest_switch = slowest_switch.max(before.elapsed());
    }
    let rate = prober.report().sent as f64 / started.elapsed().as_secs_f64();
    let report = prober.stop().await;
    show("20 switches", &report);
    println!("rate {rate:.0}/s, slowest switch with its proof {slowest_switch:?}");

    let mut alive = 0;
    for socket in &mut sockets {
        alive += usize::from(echoes(socket).await);
    }
    assert_eq!((report.failed, alive), (0, 20));
    assert!(report.sent >= 5_000, "the load was too low to prove anything: {}", report.sent);
    assert_eq!(stage.proxy.in_flight(&stage.key, Slot::Blue).await.unwrap(), 20, "websockets are counted");
    stage.end().await;
}

pub(crate) async fn a_restart_behind_a_hold(stage: Stage) {
    stage.launch(Slot::Blue, 0.0).await;
    stage.direct(Slot::Blue).await;
    let prober = stage.load(200.0);
    tokio::time::sleep(Duration::from_secs(1)).await;

    let name = stage.bench.name("app-blue");
    stage.proxy.direct(&stage.key, Direction::Held).await.unwrap();
    stage.proxy.drain(&stage.key, Slot::Blue, Duration::from_secs(5)).await.unwrap();
    stage.bench.engine.remove(&name).await.unwrap();
    stage.launch(Slot::Blue, 2.5).await;
    stage.direct(Slot::Blue).await;

    tokio::time::sleep(Duration::from_secs(1)).await;
    let report = prober.stop().await;
    show("hold", &report);
    assert_eq!(report.failed, 0);
    assert!(report.slowest >= Duration::from_millis(2500), "requests did wait");
    stage.end().await;
}

pub(crate) async fn slow_requests_are_drained(stage: Stage) {
    stage.launch(Slot::Blue, 0.0).await;
    stage.launch(Slot::Green, 0.0).await;
    stage.direct(Slot::Blue).await;
    let address = stage.door();
    let slow = tokio::spawn(async move { seatrial_engine::probe::request(&address, &get("/slow=2")).await });
    eventually("slow request under way", || async {
        (stage.proxy.in_flight(&stage.key, Slot::Blue).await.unwrap() == 1).then_some(())
    })
    .await;

    stage.direct(Slot::Green).await;
    let public = stage.proxy.ask_public(&stage.key, &get("/")).await.unwrap().unwrap();
    assert_eq!((public.answer.text().as_str(), public.slot), ("green", Some(Slot::Green)));
    assert_eq!(public.upstream.unwrap().container(), stage.bench.name("app-green"));
    let busy = stage.proxy.drain(&stage.key, Slot::Blue, Duration::from_millis(200)).await;
    assert!(matches!(busy, Err(ProxyError::StillBusy { left: 1, .. })), "{busy:?}");
    stage.proxy.drain(&stage.key, Slot::Blue, Duration::from_secs(10)).await.unwrap();
    assert_eq!(slow.await.unwrap().unwrap().text(), "blue");
    stage.end().await;
}

pub(crate) async fn the_app_sees_the_visitor(stage: Stage) {
    stage.launch(Slot::Blue, 0.0).await;
    stage.direct(Slot::Blue).await;
    let seen = stage.proxy.ask_public(&stage.key, &get("/headers")).await.unwrap().unwrap().answer.text();
    assert!(!seen.contains("test-token"), "{seen}");
    assert!(seen.contains("X-Forwarded-Proto: http") && seen.contains("X-Forwarded-For:"), "{seen}");
    assert!(seen.contains("Host: shop.localhost"), "{seen}");
    let address = stage.door();
    let visitor = seatrial_engine::probe::request(&address, &get("/")).await.unwrap();
    assert_eq!(visitor.header("x-seatrial-slot"), None, "visitors are told nothing");
    stage.end().await;
}

pub(crate) async fn an_app_that_was_never_deployed(stage: Stage) {
    let answer = stage.proxy.ask_public(&stage.key, &get("/")).await.unwrap().unwrap();
    assert_eq!(answer.answer.status, 503);
    assert!(answer.answer.latency < Duration::from_secs(1));
    stage.end().await;
}

pub(crate) async fn a_killed_proxy(stage: Stage) {
    stage.launch(Slot::Blue, 0.0).await;
    stage.launch(Slot::Green, 0.0).await;
    stage.direct(Slot::Green).await;
    let proxy = stage.proxy.container_name();
    stage.bench.engine.kill(&proxy).await.unwrap();
    // A kill through the engine counts as stopping on purpose, so nobody but us starts it again.
    stage.proxy.ensure_installed().await.unwrap();
    let answer = stage.proxy.ask_public(&stage.key, &get("/")).await.unwrap().unwrap();
    assert_eq!((answer.answer.text().as_str(), answer.slot), ("green", Some(Slot::Green)));
    stage.end().await;
}

pub(crate) async fn adding_other_apps(stage: Stage) {
    stage.launch(Slot::Blue, 0.0).await;
    stage.direct(Slot::Blue).await;
    let mut socket = stage.websocket().await;
    let prober = stage.load(200.0);
    for number in 0..5 {
        let site = stage.site(&format!("blog-{number}"), &format!("blog-{number}.localhost"));
        stage.proxy.put_site(&site).await.unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let report = prober.stop().await;
    show("5 configuration loads", &report);
    assert!(echoes(&mut socket).await, "a configuration load must not close websockets");
    // A load closes idle connections of visitors and swaps listeners, which costs a few requests: the reason
    // why a switch never loads a configuration (see above).
    assert!(report.failed * 20 <= report.sent, "{:?}", report.failures);
    assert_eq!(stage.proxy.sites().await.unwrap().len(), 6);
    let taken = stage.proxy.put_site(&stage.site("thief", "shop.localhost")).await.unwrap_err();
    assert!(matches!(taken, ProxyError::DomainTaken { .. }), "{taken}");
    stage.proxy.remove_site(&SiteKey::parse("blog-0").unwrap()).await.unwrap();
    assert_eq!(stage.proxy.sites().await.unwrap().len(), 5);
    stage.end().await;
}
