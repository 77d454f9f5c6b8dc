//! The engine of a host reached over SSH. The host is this machine, behind a server of the test's own.
#![expect(clippy::panic, reason = "test code")]

mod support;

use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use seatrial_engine::docker::{
    ContainerHost, DockerEngine, Endpoint, EngineError, Instance, Locality, PortOwner, UnreachableCause,
};
use seatrial_engine::image_build::{DockerfileSource, ImageBuildSpec, build_image};
use seatrial_engine::probe::{ProbeAddress, ProbeRequest, request};
use seatrial_engine::ssh::{LinkCause, Reach};
use support::contract::fulfils_the_contract;
use support::sshd::{Relay, Sshd};
use support::{Bench, RealCast, eventually};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

fn cause(error: &EngineError) -> UnreachableCause {
    match error {
        EngineError::Unreachable { cause, .. } => *cause,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_engine_over_ssh_fulfils_the_contract_on_one_connection() {
    let sshd = Sshd::start();
    let relay = Relay::to(sshd.port);
    sshd.configure(relay.port);
    let link = sshd.link("plain").await.unwrap();
    let cast = RealCast(Bench::over_ssh("sshcontract", &link).await);
    fulfils_the_contract(&cast).await;
    cast.0.clean().await;
    assert_eq!(relay.taken.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_disk_the_ports_and_the_addresses_of_the_host_are_seen() {
    let sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let bench = Bench::over_ssh("sshfacts", &link).await;
    let (there, here) =
        (bench.engine.facts().await.unwrap(), Bench::new("sshfacts").await.engine.facts().await);
    let (there, here) = (there.disk.unwrap(), here.unwrap().disk.unwrap());
    assert_eq!(there.total, here.total);
    assert!(there.free_inodes > 0);
    let owner = bench.engine.port_owner(sshd.port).await.unwrap();
    assert!(matches!(&owner, PortOwner::Process { name, .. } if name.contains("sshd")), "{owner:?}");
    assert_eq!(bench.engine.port_owner(support::free_port()).await, None);

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = ProbeAddress::Tcp(listener.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi");
        }
    });
    for reach in [Reach::Here, bench.engine.reach().unwrap()] {
        let local = reach.address(address.clone());
        let answer = request(&local, &ProbeRequest::get("x", "/", Duration::from_secs(5))).await.unwrap();
        assert_eq!(answer.text(), "hi");
    }
}

#[tokio::test]
async fn calls_go_on_when_the_connection_was_lost_between_them() {
    let mut sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let bench = Bench::over_ssh("sshlost", &link).await;
    bench.engine.containers().await.unwrap();
    sshd.restart();
    eventually("the engine answers again", || async { bench.engine.containers().await.ok() }).await;
    link.close().await.unwrap();
    bench.engine.containers().await.unwrap();
}

#[tokio::test]
async fn a_host_that_is_gone_is_told_from_an_engine_that_is_gone() {
    let mut sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let Endpoint::Ssh { socket: real, .. } = Endpoint::over(&link).await.unwrap() else { panic!() };
    // An engine of which the test can take the socket away.
    let socket = sshd.folder.path().join("engine.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    std::thread::spawn(move || {
        let (mut near, _) = listener.accept().unwrap();
        drop(listener);
        let mut far = UnixStream::connect(&real).unwrap();
        let (mut back, mut answers) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
        let _ = std::io::copy(&mut near, &mut far);
    });
    let endpoint = Endpoint::Ssh { link: link.clone(), socket };
    endpoint.check().await.unwrap();
    assert_eq!(cause(&endpoint.check().await.unwrap_err()), UnreachableCause::Stopped);

    sshd.stop();
    let started = Instant::now();
    match endpoint.check().await.unwrap_err() {
        EngineError::Link(error) => assert_eq!(error.cause, LinkCause::Refused),
        other => panic!("{other:?}"),
    }
    assert!(started.elapsed() < Duration::from_secs(20));
}

/// Only root can log in as somebody else without their password.
#[tokio::test]
async fn a_user_outside_of_the_group_is_told_so_with_what_to_do() {
    use std::os::unix::fs::MetadataExt as _;
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let sshd = Sshd::start();
    let link = sshd.link("stranger").await.unwrap();
    let error = Endpoint::over(&link).await.unwrap_err();
    assert_eq!(cause(&error), UnreachableCause::PermissionDenied);
    assert!(cause(&error).hint().contains("group `docker`"));
}

#[tokio::test]
async fn a_server_that_forbids_forwarding_is_named_as_the_reason() {
    let sshd = Sshd::with("AllowStreamLocalForwarding no\n");
    let link = sshd.link("plain").await.unwrap();
    let endpoint = Endpoint::over(&link).await.unwrap();
    let error = DockerEngine::connect(endpoint, Instance::default(), Locality::There).await.unwrap_err();
    match error {
        EngineError::Link(error) => assert_eq!(error.cause, LinkCause::ForwardingForbidden),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_image_is_built_on_the_engine_of_the_host() {
    let sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let root = tempfile::tempdir().unwrap();
    let (context, scratch) = (root.path().join("app"), root.path().join("scratch"));
    std::fs::create_dir(&context).unwrap();
    std::fs::write(context.join("Dockerfile"), "FROM busybox:1\nRUN echo built\n").unwrap();
    let dockerfile = DockerfileSource::Path(context.join("Dockerfile"));
    let mut spec = ImageBuildSpec::new(&context, dockerfile, &scratch);
    spec.endpoint = Some(Endpoint::over(&link).await.unwrap());
    let (sender, _receiver) = mpsc::channel(1000);
    let built = build_image(&spec, sender, &CancellationToken::new()).await.unwrap();
    let bench = Bench::over_ssh("sshbuild", &link).await;
    assert!(bench.engine.image(&built.id).await.unwrap().is_some());
    bench.engine.remove_image(&built.id).await.unwrap();
}

#[tokio::test]
async fn what_calls_of_the_engine_take() {
    let sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let started = Instant::now();
    let endpoint = Endpoint::over(&link).await.unwrap();
    println!("finding the engine: {:?}", started.elapsed());
    let started = Instant::now();
    let there = DockerEngine::connect(endpoint, Instance::default(), Locality::There).await.unwrap();
    println!("connecting to it: {:?}", started.elapsed());
    let local = Endpoint::from_environment().unwrap();
    let here = DockerEngine::connect(local, Instance::default(), Locality::Here).await.unwrap();
    for (what, engine) in [("there", there), ("here", here)] {
        let started = Instant::now();
        for _ in 0..50 {
            engine.containers().await.unwrap();
        }
        println!("a list of containers, {what}: {:?}", started.elapsed() / 50);
        let started = Instant::now();
        engine.facts().await.unwrap();
        println!("facts, {what}: {:?}", started.elapsed());
    }
}
