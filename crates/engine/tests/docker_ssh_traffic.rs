//! The Caddy driver on a host reached over SSH: its files by scripts, its sockets and ports by forwarding.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "test code that reports measurements")]

mod support;

use std::time::{Duration, Instant};

use seatrial_core::model::Slot;
use seatrial_engine::docker::{ContainerHost, EngineError};
use seatrial_engine::probe::{Prober, ProberSpec};
use seatrial_engine::proxy::{Direction, ProxyError, SiteKey, TrafficDriver};
use seatrial_engine::ssh::{Link, Script};
use support::eventually;
use support::sshd::{Relay, Sshd};
use support::traffic::{self, Stage, get};

async fn stage(name: &str) -> (Sshd, Link, Stage) {
    let sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let stage = Stage::over_ssh(name, &link).await;
    (sshd, link, stage)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_ssh_d7_twenty_switches_in_ten_seconds_under_load_drop_nothing_and_keep_websockets() {
    let (_sshd, _link, stage) = stage("sshswitch").await;
    traffic::twenty_switches_in_ten_seconds(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_ssh_d7_a_live_restart_behind_a_hold_of_three_seconds_drops_nothing() {
    let (_sshd, _link, stage) = stage("sshhold").await;
    traffic::a_restart_behind_a_hold(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_ssh_requests_follow_a_switch_and_slow_ones_are_drained_before_the_old_slot_stops() {
    let (_sshd, _link, stage) = stage("sshdrain").await;
    traffic::slow_requests_are_drained(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_ssh_the_app_sees_the_visitor_and_not_our_probe_token() {
    let (_sshd, _link, stage) = stage("sshheaders").await;
    traffic::the_app_sees_the_visitor(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_ssh_an_app_that_was_never_deployed_answers_503_at_once() {
    let (_sshd, _link, stage) = stage("sshabsent").await;
    traffic::an_app_that_was_never_deployed(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_ssh_d12_sites_and_direction_survive_a_killed_proxy() {
    let (_sshd, _link, stage) = stage("sshkilled").await;
    traffic::a_killed_proxy(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_ssh_adding_another_app_under_load_keeps_websockets_and_routes_both() {
    let (_sshd, _link, stage) = stage("sshload").await;
    traffic::adding_other_apps(stage).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_add_apps_at_the_same_time_lose_none() {
    let (_sshd, link, stage) = stage("sshboth").await;
    let other = traffic::second_driver(&stage, &link).await;
    for number in 0..4 {
        let (one, two) = (format!("one-{number}"), format!("two-{number}"));
        let (one, two) =
            (stage.site(&one, &format!("{one}.localhost")), stage.site(&two, &format!("{two}.localhost")));
        let (first, second) = tokio::join!(stage.proxy.put_site(&one), other.put_site(&two));
        first.unwrap();
        second.unwrap();
        for site in [&one, &two] {
            let answer = stage.proxy.ask_public(&site.key, &get("/")).await.unwrap().unwrap();
            assert_eq!(answer.answer.status, 503, "{} is in force", site.key);
        }
    }
    assert_eq!(stage.proxy.sites().await.unwrap().len(), 9);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_lost_in_between_costs_visitors_nothing_and_is_not_counted_as_their_failure() {
    let (mut sshd, _link, stage) = stage("sshcut").await;
    stage.launch(Slot::Blue, 0.0).await;
    stage.launch(Slot::Green, 0.0).await;
    stage.direct(Slot::Blue).await;
    let visitors = stage.load(100.0);
    let ours = Prober::start(ProberSpec::new(stage.proxy.public_address(), get("/")));
    eventually("ours is answered", || async { (ours.report().sent > 10).then_some(()) }).await;
    sshd.stop();
    let lost = stage.proxy.direct(&stage.key, Direction::Slot(Slot::Green)).await.unwrap_err();
    assert!(matches!(lost, ProxyError::Engine(EngineError::Link(_))), "{lost:?}");
    eventually("ours is cut off", || async { (ours.report().unreached > 5).then_some(()) }).await;
    sshd.restart();
    let before = ours.report().sent;
    // Who asks while somebody already tries to connect gets the answer of that attempt, begun before the server was back.
    let to_green = Direction::Slot(Slot::Green);
    eventually("the link is back", || async { stage.proxy.direct(&stage.key, to_green).await.ok() }).await;
    eventually("ours is answered again", || async { (ours.report().sent > before + 10).then_some(()) }).await;
    let (visitors, ours) = (visitors.stop().await, ours.stop().await);
    assert_eq!((visitors.failed, ours.failed), (0, 0), "{:?}", ours.failures);
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_directory_is_the_login_users_own_and_nothing_half_written_stays() {
    let (sshd, link, stage) = stage("sshdir").await;
    let home = sshd.folder.path().join("there/.local/share/seatrial");
    let directory = home.join(stage.bench.engine.instance().label()).join("proxy");
    let script = Script::new("cd \"$1\" && stat -c %a . apps apps/shop-prod && find . -name '*.new'");
    let script = script.arg(directory.as_os_str().as_encoded_bytes());
    assert_eq!(link.run(&script, b"", Duration::from_secs(10)).await.unwrap().text(), "700\n700\n700");
    stage.proxy.remove_site(&stage.key).await.unwrap();
    assert!(!directory.join("apps/shop-prod").exists());
    let unknown = stage.proxy.direction(&SiteKey::parse("shop-prod").unwrap()).await;
    assert!(matches!(unknown, Err(ProxyError::UnknownSite { .. })));
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_calls_of_one_deployment_take_over_ssh() {
    for round_trip in [Duration::ZERO, Duration::from_millis(80)] {
        println!("              with {round_trip:?} more for a round trip:");
        calls_of_one_deployment(round_trip).await;
    }
}

async fn calls_of_one_deployment(round_trip: Duration) {
    let sshd = Sshd::start();
    let relay = Relay::far(sshd.port, round_trip / 2);
    sshd.configure(relay.port);
    let link = timed("open the connection", sshd.link("plain")).await.unwrap();
    let script = Script::new("true");
    timed("a script", link.run(&script, b"", Duration::from_secs(10))).await.unwrap();
    let stage = Stage::over_ssh("sshtime", &link).await;
    timed("facts of the engine", stage.bench.engine.facts()).await.unwrap();
    timed("a list of containers", stage.bench.engine.containers()).await.unwrap();
    stage.launch(Slot::Blue, 0.0).await;
    let (proxy, key) = (&stage.proxy, &stage.key);
    timed("make sure it is installed", proxy.ensure_installed()).await.unwrap();
    timed("the same app again", proxy.put_site(&stage.site("shop-prod", "shop.localhost"))).await.unwrap();
    timed("add an app", proxy.put_site(&stage.site("blog-prod", "blog.localhost"))).await.unwrap();
    timed("look at the direction", proxy.direction(key)).await.unwrap();
    timed("switch, with proof", proxy.direct(key, Direction::Slot(Slot::Blue))).await.unwrap();
    timed("ask on the public path", proxy.ask_public(key, &get("/"))).await.unwrap().unwrap();
    timed("drain the other slot", proxy.drain(key, Slot::Green, Duration::from_secs(5))).await.unwrap();
    stage.end().await;
}

async fn timed<T>(what: &str, work: impl Future<Output = T>) -> T {
    let started = Instant::now();
    let outcome = work.await;
    println!("{:>9.1} ms  {what}", started.elapsed().as_secs_f64() * 1000.0);
    outcome
}
