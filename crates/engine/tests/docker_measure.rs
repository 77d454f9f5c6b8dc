//! Figures of the driver on a real engine: not a pass or fail, printed for the record.
//! `cargo test -p seatrial-engine --features docker-tests --test docker_measure -- --nocapture`
#![expect(clippy::print_stdout, reason = "measurements are printed")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use seatrial_core::model::Slot;
use seatrial_engine::docker::ContainerHost;
use seatrial_engine::health::{HealthCheck, until_healthy};
use seatrial_engine::proxy::{
    CaddyProxy, Direction, Domain, ProxySettings, Site, SiteKey, TrafficDriver, Upstream,
};
use support::{Bench, free_port};

async fn timed<T>(what: &str, work: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let outcome = work.await;
    println!("{:>9.1} ms  {what}", started.elapsed().as_secs_f64() * 1000.0);
    outcome
}

#[tokio::test]
async fn what_the_calls_of_one_deployment_take() {
    let bench = Bench::new("measure").await;
    let home = tempfile::tempdir().unwrap();
    let settings = ProxySettings {
        directory: home.path().join("proxy"),
        image: "caddy:2".into(),
        http_port: free_port(),
        https_port: free_port(),
        network: bench.network(),
        probe_token: "t".into(),
    };
    let host: Arc<dyn ContainerHost> = bench.engine.clone();
    let proxy = CaddyProxy::new(host, settings).unwrap();
    let key = SiteKey::parse("shop--prod").unwrap();
    let domains = vec![Domain::parse("shop.localhost").unwrap()];
    let site = Site::new(key.clone(), domains, None);

    timed("install the proxy the first time", proxy.ensure_installed()).await.unwrap();
    timed("make sure it is installed", proxy.ensure_installed()).await.unwrap();
    timed("add an app", proxy.put_site(&site)).await.unwrap();
    timed("the same app again", proxy.put_site(&site)).await.unwrap();
    timed("facts", bench.engine.facts()).await.unwrap();
    let spec = bench.app("app", "one", 0.0);
    timed("create a container", bench.engine.create(&spec)).await.unwrap();
    timed("start it", bench.engine.start(&spec.name)).await.unwrap();
    let check = HealthCheck::new(8080, "/", "shop.localhost");
    let healthy = timed("until healthy", until_healthy(bench.engine.as_ref(), &spec.name, &check)).await;
    println!("              in {} attempts", healthy.unwrap().attempts);
    let upstream = Upstream::new(&spec.name, 8080).unwrap();
    timed("set the upstream", proxy.set_upstream(&key, Slot::Blue, &upstream)).await.unwrap();
    timed("switch, with proof", proxy.direct(&key, Direction::Slot(Slot::Blue))).await.unwrap();
    timed("drain the other slot", proxy.drain(&key, Slot::Green, Duration::from_secs(5))).await.unwrap();
    timed("stop it", bench.engine.stop(&spec.name, Duration::from_secs(5))).await.unwrap();
    timed("remove it", bench.engine.remove(&spec.name)).await.unwrap();
    bench.clean().await;
}
