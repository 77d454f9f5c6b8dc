//! Programs that misbehave on a real engine, and what is said about them (D6).
#![expect(clippy::unwrap_used, clippy::panic, reason = "test code")]

mod support;

use std::time::Duration;

use seatrial_engine::docker::{
    ContainerHost, ContainerSpec, DockerEngine, EngineError, Instance, Locality, NameHolder, PortOwner,
    Restart,
};
use seatrial_engine::health::{
    Attempt, Finding, HealthCheck, Unhealthy, UnhealthyReason, WaitError, until_healthy,
};
use support::{BUSYBOX, Bench, PYTHON};

/// Runs a container until it is given up, and removes it.
async fn given_up(name: &str, spec: impl FnOnce(&Bench) -> ContainerSpec, seconds: u64) -> Unhealthy {
    let bench = Bench::new(name).await;
    bench.engine.ensure_network(&bench.network()).await.unwrap();
    let spec = spec(&bench);
    bench.run(&spec).await.unwrap();
    let mut check = HealthCheck::new(8080, "/", "x");
    check.request = Duration::from_millis(300);
    check.deadline = Duration::from_secs(seconds);
    let outcome = until_healthy(bench.engine.as_ref(), &spec.name, &check).await;
    bench.clean().await;
    match outcome {
        Err(WaitError::Unhealthy(unhealthy)) => *unhealthy,
        other => panic!("{other:?}"),
    }
}

fn python(bench: &Bench, code: &str) -> ContainerSpec {
    let mut spec = ContainerSpec::new(bench.name("bad"), PYTHON, "op");
    spec.entrypoint = Some(vec!["python3".into()]);
    spec.command = Some(vec!["-u".into(), "-c".into(), code.into()]);
    spec
}

const SERVE: &str = "
import http.server, sys
class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(500); self.end_headers(); self.wfile.write(b'database is gone')
http.server.HTTPServer(ADDRESS, App).serve_forever()
";

#[tokio::test]
async fn d6_a_program_on_another_port_is_recognised() {
    let code = SERVE.replace("ADDRESS", "('0.0.0.0', 3000)");
    let found = given_up("port", |bench| python(bench, &code), 1).await;
    assert_eq!(found.to_string(), "it listens on port 3000, not on port 8080");
    assert_eq!(found.reason, UnhealthyReason::Deadline);
}

#[tokio::test]
async fn d6_a_program_that_listens_on_loopback_only_is_recognised() {
    let code = SERVE.replace("ADDRESS", "('127.0.0.1', 8080)");
    let found = given_up("loop", |bench| python(bench, &code), 1).await;
    assert_eq!(found.autopsy.findings, [Finding::LoopbackOnly { port: 8080 }]);
}

#[tokio::test]
async fn d6_a_program_that_answers_500_is_shown_with_its_answer_and_log() {
    let code = SERVE.replace("ADDRESS", "('0.0.0.0', 8080)");
    let found = given_up("status", |bench| python(bench, &code), 1).await;
    match &found.last {
        Attempt::Answered { status: 500, body, .. } => assert_eq!(body, "database is gone"),
        other => panic!("{other:?}"),
    }
    assert!(found.autopsy.log.last().unwrap().text().contains("GET / HTTP/1.1"), "{:?}", found.autopsy.log);
}

#[tokio::test]
async fn d6_a_program_that_hangs_is_told_from_one_that_does_not_listen() {
    let code = "import socket,time\ns=socket.create_server(('0.0.0.0',8080))\ntime.sleep(60)";
    let hangs = given_up("hang", |bench| python(bench, code), 1).await;
    assert_eq!(hangs.autopsy.findings, [Finding::NoAnswer]);
    let deaf = given_up("deaf", |bench| python(bench, "import time\ntime.sleep(60)"), 1).await;
    assert_eq!(deaf.autopsy.findings, [Finding::ListensNowhere]);
}

#[tokio::test]
async fn d6_a_program_that_runs_out_of_memory_is_recognised() {
    let starve = |bench: &Bench| {
        let mut spec = python(bench, "print('filling')\nx=b'x'*(512<<20)\nimport time\ntime.sleep(60)");
        spec.limits.memory = Some(48 << 20);
        spec.restart = Restart::No;
        spec
    };
    let found = given_up("oom", starve, 20).await;
    assert_eq!(found.reason, UnhealthyReason::Exited);
    assert_eq!(found.autopsy.findings[0], Finding::OutOfMemory);
    assert_eq!(found.autopsy.log[0].text(), "filling");
}

#[tokio::test]
async fn d6_a_crash_loop_ends_the_wait_long_before_the_deadline() {
    let crash = |bench: &Bench| {
        let mut spec = ContainerSpec::new(bench.name("bad"), BUSYBOX, "op");
        spec.command = Some(["sh", "-c", "echo no config; exit 4"].map(str::to_owned).to_vec());
        spec
    };
    let found = given_up("crash", crash, 60).await;
    assert_eq!(found.reason, UnhealthyReason::CrashLoop);
    assert!(found.after < Duration::from_secs(15), "{:?}", found.after);
    assert!(matches!(found.autopsy.findings[0], Finding::Exited { code: 4, restarts: 3.. }), "{found:?}");
    assert_eq!(found.autopsy.log[0].text(), "no config");
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_reported_at_the_start() {
    let bench = Bench::new("noprog").await;
    let mut spec = ContainerSpec::new(bench.name("bad"), BUSYBOX, "op");
    spec.entrypoint = Some(vec!["/no/such/program".into()]);
    spec.hardening.init = false;
    let error = bench.run(&spec).await.unwrap_err();
    assert!(
        matches!(&error, EngineError::Refused { report, .. } if report.contains("/no/such/program")),
        "{error:?}"
    );
    bench.clean().await;
}

#[tokio::test]
async fn a_port_held_by_a_container_names_that_container() {
    let bench = Bench::new("held").await;
    let port = support::free_port();
    let holder = |rest: &str| {
        let mut spec = ContainerSpec::new(bench.name(rest), BUSYBOX, "op");
        spec.command = Some(vec!["sleep".into(), "60".into()]);
        spec.stop_grace = Duration::from_secs(1);
        let protocol = seatrial_engine::docker::Protocol::Tcp;
        spec.ports =
            vec![seatrial_engine::docker::PortBinding { container: 80, host: port, address: None, protocol }];
        spec
    };
    bench.run(&holder("first")).await.unwrap();
    match bench.run(&holder("second")).await.unwrap_err() {
        EngineError::PortTaken { port: taken, by: PortOwner::Container { name }, .. } => {
            assert_eq!((taken, name), (port, bench.name("first")));
        }
        other => panic!("{other:?}"),
    }
    bench.clean().await;
}

#[tokio::test]
async fn d15_an_object_that_only_looks_like_ours_is_left_alone() {
    let bench = Bench::new("mine").await;
    let other = Bench::new("mineother").await;
    let spec = {
        let mut spec = ContainerSpec::new(other.name("x"), BUSYBOX, "op");
        spec.command = Some(vec!["sleep".into(), "60".into()]);
        spec
    };
    other.run(&spec).await.unwrap();
    // Its name starts as those of the main instance do; only the label tells.
    let endpoint = bench.engine.endpoint().clone();
    let main = DockerEngine::connect(endpoint, Instance::default(), Locality::Here).await.unwrap();
    let error = main.remove(&spec.name).await.unwrap_err();
    assert!(matches!(error, EngineError::NotOurs { .. }), "{error:?}");
    assert!(bench.engine.stop(&spec.name, Duration::from_secs(1)).await.is_err());
    let mut stolen = ContainerSpec::new(bench.name("y"), BUSYBOX, "op");
    stolen.command = spec.command.clone();
    bench.engine.create(&stolen).await.unwrap();
    stolen.operation = "another".into();
    let taken = bench.engine.create(&stolen).await.unwrap_err();
    assert!(matches!(taken, EngineError::NameTaken { by: NameHolder::Ours { .. }, .. }), "{taken:?}");
    assert!(other.engine.container(&spec.name).await.unwrap().unwrap().is_running());
    bench.clean().await;
    other.clean().await;
}

#[tokio::test]
async fn a_program_without_a_signal_handler_ends_at_once_thanks_to_init() {
    let bench = Bench::new("init").await;
    if !bench.engine.facts().await.unwrap().has_init {
        return;
    }
    let mut spec = ContainerSpec::new(bench.name("sleep"), BUSYBOX, "op");
    spec.command = Some(vec!["sleep".into(), "60".into()]);
    bench.run(&spec).await.unwrap();
    let started = std::time::Instant::now();
    bench.engine.stop(&spec.name, Duration::from_secs(10)).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    bench.clean().await;
}
