//! Another Docker engine on this machine, in a network namespace of its own, and a tunnel to its loopback.
//!
//! Two engines in one network namespace would fight over its firewall; this one has its own and no network at all.
//! It needs root. What a killed test leaves behind is removed by the next one.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use seatrial_engine::docker::{DockerEngine, Endpoint, Instance, Locality};
use seatrial_engine::transfer::{Exposed, Tunnel, TunnelError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

/// What the names of these namespaces begin with; the process that owns one follows.
const PREFIX: &str = "seatrial-test-";

/// What the engine keeps images in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Classic,
    Containerd,
}

/// A running engine; ends when dropped.
pub(crate) struct SecondEngine {
    pub(crate) engine: Arc<DockerEngine>,
    daemon: Daemon,
    _folder: tempfile::TempDir,
}

struct Daemon {
    child: Child,
    namespace: String,
}

impl SecondEngine {
    pub(crate) async fn start(store: Store) -> Self {
        assert!(rustix::process::geteuid().is_root(), "a second engine needs root: run this layer as root");
        remove_abandoned();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let namespace = format!("{PREFIX}{}-{number}", std::process::id());
        ip(&["netns", "add", &namespace]);
        ip(&["-n", &namespace, "link", "set", "lo", "up"]);
        let folder = tempfile::tempdir().unwrap();
        let mut daemon = Daemon { child: start_daemon(&namespace, folder.path(), store), namespace };
        let endpoint = Endpoint::Unix(folder.path().join("docker.sock"));
        let engine = connect(&endpoint, &mut daemon, &folder.path().join("log")).await;
        Self { engine, daemon, _folder: folder }
    }

    /// `DOCKER_HOST` of this engine.
    pub(crate) fn host(&self) -> String {
        self.engine.endpoint().to_string()
    }

    /// A way from its loopback to ours.
    pub(crate) fn tunnel(&self, fault: Fault) -> Relay {
        Relay { namespace: namespace_file(&self.daemon.namespace), fault }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        end(&mut self.child);
        drop(Command::new("ip").args(["netns", "delete", &self.namespace]).status());
    }
}

fn start_daemon(namespace: &str, folder: &Path, store: Store) -> Child {
    let features = serde_json::json!({"features": {"containerd-snapshotter": store == Store::Containerd}});
    fs::write(folder.join("daemon.json"), features.to_string()).unwrap();
    let place = |option: &str, name: &str| format!("--{option}={}", folder.join(name).display());
    let log = File::create(folder.join("log")).unwrap();
    // Not `ip netns exec`, which hides the control groups.
    let mut command = Command::new("nsenter");
    command.arg(format!("--net={}", namespace_file(namespace).display()));
    command.args(["unshare", "--mount", "dockerd", "--bridge=none", "--iptables=false"]);
    command.args([
        format!("--host=unix://{}", folder.join("docker.sock").display()),
        place("data-root", "data"),
        place("exec-root", "exec"),
        place("pidfile", "pid"),
        place("config-file", "daemon.json"),
        // Matters only where a containerd of the system runs and is shared.
        format!("--containerd-namespace={namespace}"),
        format!("--containerd-plugins-namespace={namespace}-plugins"),
    ]);
    command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

async fn connect(endpoint: &Endpoint, daemon: &mut Daemon, log: &Path) -> Arc<DockerEngine> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let instance = Instance::named("second").unwrap();
        match DockerEngine::connect(endpoint.clone(), instance, Locality::Here).await {
            Ok(engine) => return Arc::new(engine),
            Err(error) => {
                let gave_up = Instant::now() > deadline || daemon.child.try_wait().unwrap().is_some();
                assert!(!gave_up, "{error}: {}", fs::read_to_string(log).unwrap_or_default());
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// Asks the daemon to end, and makes it.
fn end(daemon: &mut Child) {
    let pid = daemon.id().to_string();
    drop(Command::new("kill").arg(&pid).status());
    let deadline = Instant::now() + Duration::from_secs(15);
    while daemon.try_wait().is_ok_and(|status| status.is_none()) {
        if Instant::now() > deadline {
            drop(daemon.kill());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn namespace_file(name: &str) -> PathBuf {
    Path::new("/run/netns").join(name)
}

fn ip(words: &[&str]) {
    assert!(Command::new("ip").args(words).status().unwrap().success(), "ip {words:?}");
}

/// Ends the engines of test processes that are gone.
fn remove_abandoned() {
    for entry in fs::read_dir("/run/netns").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let pids = Command::new("ip").args(["netns", "pids", &name]).output().unwrap();
            for pid in String::from_utf8_lossy(&pids.stdout).split_whitespace() {
                drop(Command::new("kill").args(["-9", pid]).status());
            }
            drop(Command::new("ip").args(["netns", "delete", &name]).status());
        }
    }
}

/// What goes wrong on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// After so many bytes every connection breaks, once.
    BreaksAfter(u64),
    /// After so many bytes nothing comes through any more, and nobody says so.
    SilentAfter(u64),
    /// The port leads nowhere.
    LeadsNowhere,
}

/// A tunnel: a port of the namespace's loopback, relayed to a port of ours.
pub(crate) struct Relay {
    namespace: PathBuf,
    fault: Fault,
}

#[async_trait]
impl Tunnel for Relay {
    async fn expose(&self, local: SocketAddr) -> Result<Exposed, TunnelError> {
        let listener = listen_inside(&self.namespace).map_err(|error| TunnelError::Link(Box::new(error)))?;
        let port = listener.local_addr().unwrap().port();
        if self.fault == Fault::LeadsNowhere {
            return Ok(Exposed::new(port, ()));
        }
        let listener = TcpListener::from_std(listener).unwrap();
        Ok(Exposed::new(port, AbortOnDropHandle::new(tokio::spawn(relay(listener, local, self.fault)))))
    }
}

/// A socket belongs to the namespace it was made in, whoever uses it later; so a thread goes there for a moment.
fn listen_inside(namespace: &Path) -> std::io::Result<StdListener> {
    let file = File::open(namespace)?;
    let bind = move || {
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    };
    std::thread::spawn(bind).join().unwrap()
}

async fn relay(listener: TcpListener, to: SocketAddr, fault: Fault) {
    let passed = Arc::new(AtomicU64::new(0));
    let mut connections = JoinSet::new();
    loop {
        let (inner, _) = listener.accept().await.unwrap();
        let passed = Arc::clone(&passed);
        connections.spawn(async move {
            let Ok(outer) = TcpStream::connect(to).await else { return };
            pass_on(inner, outer, fault, &passed).await;
        });
    }
}

async fn pass_on(inner: TcpStream, outer: TcpStream, fault: Fault, passed: &AtomicU64) {
    let ((mut from_inner, mut to_inner), (mut from_outer, mut to_outer)) =
        (inner.into_split(), outer.into_split());
    let down = async move {
        let mut portion = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from_outer.read(&mut portion).await {
            let before = passed.fetch_add(read as u64, Ordering::Relaxed);
            let crosses = |limit: u64| before < limit && before + read as u64 >= limit;
            match fault {
                Fault::BreaksAfter(limit) if crosses(limit) => return,
                Fault::SilentAfter(limit) if before + read as u64 >= limit => std::future::pending().await,
                _ => {}
            }
            if to_inner.write_all(&portion[..read]).await.is_err() {
                break;
            }
        }
        drop(to_inner.shutdown().await);
    };
    let up = async move {
        drop(tokio::io::copy(&mut from_inner, &mut to_outer).await);
        drop(to_outer.shutdown().await);
        std::future::pending::<()>().await;
    };
    tokio::select! { () = down => {}, () = up => {} }
}
