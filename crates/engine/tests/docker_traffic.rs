//! The Caddy driver on a real engine, under load.

mod support;

use std::sync::Arc;

use seatrial_engine::docker::{ContainerHost, EngineError, PortOwner};
use seatrial_engine::proxy::{CaddyProxy, ProxyError, ProxySettings, TrafficDriver};
use support::traffic::{self, Stage};
use support::{Bench, free_port};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d7_twenty_switches_in_ten_seconds_under_load_drop_nothing_and_keep_websockets() {
    traffic::twenty_switches_in_ten_seconds(Stage::new("switch").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d7_a_live_restart_behind_a_hold_of_three_seconds_drops_nothing() {
    traffic::a_restart_behind_a_hold(Stage::new("hold").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_follow_a_switch_and_slow_ones_are_drained_before_the_old_slot_stops() {
    traffic::slow_requests_are_drained(Stage::new("drain").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_app_sees_the_visitor_and_not_our_probe_token() {
    traffic::the_app_sees_the_visitor(Stage::new("headers").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_that_was_never_deployed_answers_503_at_once() {
    traffic::an_app_that_was_never_deployed(Stage::new("absent").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d12_sites_and_direction_survive_a_killed_proxy() {
    traffic::a_killed_proxy(Stage::new("killed").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn adding_another_app_under_load_keeps_websockets_and_routes_both() {
    traffic::adding_other_apps(Stage::new("load").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_port_names_its_owner_and_offers_another_and_leaves_nothing() {
    let bench = Bench::new("port").await;
    let home = tempfile::tempdir().unwrap();
    let holder = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    let taken = holder.local_addr().unwrap().port();
    let settings = ProxySettings {
        directory: home.path().join("proxy"),
        image: "caddy:2".into(),
        http_port: taken,
        https_port: free_port(),
        network: bench.network(),
        probe_token: "t".into(),
    };
    let host: Arc<dyn ContainerHost> = bench.engine.clone();
    let proxy = CaddyProxy::new(host, settings).unwrap();
    match proxy.ensure_installed().await.unwrap_err() {
        ProxyError::Engine(EngineError::PortTaken { port, by: PortOwner::Process { pid, .. }, free }) => {
            assert_eq!((port, pid), (taken, std::process::id()));
            assert!(free.is_some_and(|free| free != taken));
        }
        other => panic!("{other:?}"),
    }
    assert!(bench.engine.our_containers().await.unwrap().is_empty());
    bench.clean().await;
}
