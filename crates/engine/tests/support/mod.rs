//! What the tests on a real engine share: an instance of their own, cleaned up afterwards.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code; every test binary uses its own part"
)]

pub(crate) mod contract;
pub(crate) mod mover;
#[cfg(target_os = "linux")]
pub(crate) mod second_engine;
pub(crate) mod sshd;
pub(crate) mod traffic;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seatrial_engine::docker::{
    ContainerHost, ContainerSpec, DockerEngine, Endpoint, EngineError, Instance, LABEL_OWNER, Locality,
    Restart,
};
use seatrial_engine::ssh::Link;

use contract::Cast;

/// Image with Python, for apps written in one string.
pub(crate) const PYTHON: &str = "python:3-slim";
/// Small image with a shell.
pub(crate) const BUSYBOX: &str = "busybox:1";

/// A threaded HTTP server: answers its name, sleeps on `/slow=SECONDS`, echoes websockets on `/ws`, counts
/// uploads. `argv`: name, port, seconds to wait before listening.
pub(crate) const APP: &str = include_str!("app.py");

/// An engine under an instance name of its own; removes everything of it on request.
pub(crate) struct Bench {
    pub(crate) engine: Arc<DockerEngine>,
    locality: Locality,
}

impl Bench {
    pub(crate) async fn new(name: &str) -> Self {
        Self::on(name, Endpoint::from_environment().unwrap(), Locality::Here).await
    }

    /// The same engine, by way of a server on this machine.
    pub(crate) async fn over_ssh(name: &str, link: &Link) -> Self {
        Self::on(name, Endpoint::over(link).await.unwrap(), Locality::There).await
    }

    async fn on(name: &str, endpoint: Endpoint, locality: Locality) -> Self {
        let unique = format!("{name}{}", std::process::id());
        let instance = Instance::named(&unique).unwrap();
        let engine = DockerEngine::connect(endpoint, instance, locality).await.unwrap();
        let bench = Self { engine: Arc::new(engine), locality };
        bench.clean_after_failed_runs(name).await;
        bench
    }

    pub(crate) fn name(&self, rest: &str) -> String {
        self.engine.instance().name(rest)
    }

    pub(crate) fn network(&self) -> String {
        self.name("net")
    }

    /// A test that failed leaves its containers for a look; the next run of the same test removes them.
    async fn clean_after_failed_runs(&self, test: &str) {
        let entries = self.engine.containers().await.unwrap();
        let owners = entries.iter().filter_map(|entry| entry.labels.get(LABEL_OWNER));
        let stale: BTreeSet<&String> = owners.filter(|owner| is_stale(owner, test)).collect();
        for owner in stale {
            let instance = Instance::named(owner).unwrap();
            let endpoint = self.engine.endpoint().clone();
            let engine = DockerEngine::connect(endpoint, instance, self.locality).await.unwrap();
            Self { engine: Arc::new(engine), locality: self.locality }.clean().await;
        }
    }

    /// Removes all that this instance owns.
    pub(crate) async fn clean(&self) {
        for entry in self.engine.our_containers().await.unwrap() {
            self.engine.remove(&entry.name).await.unwrap();
        }
        self.engine.remove_network(&self.network()).await.unwrap();
        self.engine.remove_volume(&self.name("proxy-data")).await.unwrap();
    }

    /// A container with the test app, listening on 8080 after `delay` seconds.
    pub(crate) fn app(&self, rest: &str, says: &str, delay: f64) -> ContainerSpec {
        let mut spec = ContainerSpec::new(self.name(rest), PYTHON, "op");
        spec.entrypoint = Some(vec!["python3".into()]);
        spec.command = Some(["-c", APP, says, "8080", &delay.to_string()].map(str::to_owned).to_vec());
        spec.network = Some(self.network());
        spec.stop_grace = Duration::from_secs(5);
        spec
    }

    /// Creates and starts a container.
    pub(crate) async fn run(&self, spec: &ContainerSpec) -> Result<(), EngineError> {
        self.engine.create(spec).await?;
        self.engine.start(&spec.name).await
    }
}

/// The contract's programs on a real engine.
pub(crate) struct RealCast(pub(crate) Bench);

impl Cast for RealCast {
    fn host(&self) -> &dyn ContainerHost {
        self.0.engine.as_ref()
    }

    fn web(&self, name: &str) -> ContainerSpec {
        self.0.app(name, "hello", 0.0)
    }

    fn exiting(&self, name: &str, code: i64) -> ContainerSpec {
        let mut spec = ContainerSpec::new(self.name(name), BUSYBOX, "op");
        let script = format!("echo starting; exit {code}");
        spec.command = Some(["sh".to_owned(), "-c".to_owned(), script].to_vec());
        spec.restart = Restart::No;
        spec
    }
}

/// Whether an instance belonged to a process of this test that is gone.
fn is_stale(owner: &str, test: &str) -> bool {
    let pid = owner.strip_prefix(test).and_then(|rest| rest.parse::<u32>().ok());
    pid.is_some_and(|pid| !std::path::Path::new("/proc").join(pid.to_string()).exists())
}

/// Polls for a fact until it holds; fails after ten seconds.
pub(crate) async fn eventually<F, T>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "not within 10 s: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A TCP port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    // The system gives a port that was let go to the next who asks: two in a row may be the same.
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if GIVEN.lock().unwrap().insert(port) {
            return port;
        }
    }
}
