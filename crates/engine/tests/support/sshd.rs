//! A real SSH server for the user who runs the tests, with everything in a folder of its own.

use std::fs;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use seatrial_engine::ssh::{Link, LinkError, LinkSettings, SshHost};

use super::free_port;

/// Logins of the server: each has a key of its own, which decides what its shell is.
const LOGINS: [(&str, &str); 8] = [
    ("plain", ""),
    ("dash", "command=\"exec dash -s\" "),
    ("bash", "command=\"exec bash -s\" "),
    ("busybox", "command=\"exec busybox sh -s\" "),
    ("fish", "command=\"exec fish -c \\\"$SSH_ORIGINAL_COMMAND\\\"\" "),
    ("noisy", "command=\"echo Welcome; echo Welcome >&2; eval \\\"$SSH_ORIGINAL_COMMAND\\\"\" "),
    ("closed", "command=\"echo This account is not available.; exit 1\" "),
    ("stranger", "command=\"exec setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh -s\" "),
];

/// A server on a port of 127.0.0.1, with the settings of a client that knows it.
pub(crate) struct Sshd {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) port: u16,
    pub(crate) settings: LinkSettings,
    process: Child,
}

impl Sshd {
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// With more lines in the server's configuration.
    pub(crate) fn with(more: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("sshd").tempdir().unwrap();
        let port = free_port();
        let root = folder.path();
        keygen(&root.join("host_key"));
        let mut authorized = String::new();
        for (login, options) in LOGINS {
            keygen(&root.join(login));
            authorized.push_str(options);
            authorized.push_str(&fs::read_to_string(root.join(login).with_extension("pub")).unwrap());
        }
        fs::write(root.join("authorized_keys"), authorized).unwrap();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {0}/host_key\nAuthorizedKeysFile {0}/authorized_keys\n\
             SetEnv HOME={0}/there\nPidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n{more}",
            root.display()
        );
        fs::write(root.join("sshd_config"), config).unwrap();
        // The login's own home, so that neither its files matter nor ours end up among them.
        fs::create_dir(root.join("there")).unwrap();
        let process = serve(root);
        let settings = LinkSettings {
            config: Some(root.join("config")),
            runtime: Some(root.to_owned()),
            ..LinkSettings::new(root.join("home"))
        };
        fs::create_dir(root.join("home")).unwrap();
        let sshd = Self { folder, port, settings, process };
        sshd.configure(port);
        sshd.know_host();
        sshd
    }

    /// Writes the client's configuration: one alias for each login, all leading to a port.
    pub(crate) fn configure(&self, port: u16) {
        let root = self.folder.path();
        let mut text = "Host lost\n  Port 1\n".to_owned();
        for (login, _) in LOGINS {
            text.push_str(&format!("Host {login}\n  IdentityFile {}\n", root.join(login).display()));
        }
        text.push_str(&format!(
            "Host *\n  HostName 127.0.0.1\n  HostKeyAlias testhost\n  Port {port}\n  IdentitiesOnly yes\n  \
             UserKnownHostsFile {}/user_known_hosts\n  GlobalKnownHostsFile /dev/null\n",
            root.display()
        ));
        fs::write(root.join("config"), text).unwrap();
    }

    /// As if the host's key had been accepted before.
    pub(crate) fn know_host(&self) {
        let key = fs::read_to_string(self.folder.path().join("host_key.pub")).unwrap();
        fs::write(&self.settings.known_hosts, format!("testhost {key}")).unwrap();
    }

    /// Ends the server with all its sessions, and starts it again with the same key.
    pub(crate) fn restart(&mut self) {
        self.end();
        self.process = serve(self.folder.path());
    }

    /// A new key for the host.
    pub(crate) fn change_host_key(&mut self) {
        fs::remove_file(self.folder.path().join("host_key")).unwrap();
        keygen(&self.folder.path().join("host_key"));
        self.restart();
    }

    pub(crate) fn fingerprint(&self) -> String {
        let file = self.folder.path().join("host_key.pub");
        let told = Command::new("ssh-keygen").arg("-lf").arg(file).output().unwrap();
        String::from_utf8(told.stdout).unwrap().split_whitespace().nth(1).unwrap().to_owned()
    }

    pub(crate) fn host(login: &str) -> SshHost {
        SshHost::new(None, login, None).unwrap()
    }

    pub(crate) async fn link(&self, login: &str) -> Result<Link, LinkError> {
        Link::open(&Self::host(login), &self.settings).await
    }

    /// Processes of the server that serve connections.
    pub(crate) fn connections(&self) -> Vec<u32> {
        children(self.process.id())
    }

    /// Shells of its sessions that have no script yet or are at it.
    pub(crate) fn shells(&self) -> Vec<String> {
        let has_no_command =
            |pid: &u32| fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|words| words == b"/bin/sh\0-s\0");
        let started = self.connections().into_iter().flat_map(children);
        started.filter(has_no_command).map(|pid| pid.to_string()).collect()
    }

    /// Ends the server with all its sessions.
    pub(crate) fn stop(&mut self) {
        self.end();
    }

    fn end(&mut self) {
        for pid in self.connections() {
            for pid in children(pid).into_iter().chain([pid]) {
                signal(pid, "KILL");
            }
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.end();
    }
}

/// Sends a signal to one process.
pub(crate) fn signal(pid: u32, name: &str) {
    let _ = Command::new("kill").args(["-s", name, &pid.to_string()]).stderr(Stdio::null()).status();
}

fn children(parent: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn keygen(file: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(file).status();
    assert!(made.unwrap().success());
}

fn serve(root: &Path) -> Child {
    if rustix_is_root() {
        // Where the server puts its unprivileged part.
        let _ = fs::create_dir("/run/sshd");
    }
    let log = fs::File::create(root.join("sshd.log")).unwrap();
    let config = root.join("sshd_config");
    let mut command = Command::new("/usr/sbin/sshd");
    command.args(["-D", "-e", "-f"]).arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
    let process = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while !fs::read_to_string(root.join("sshd.log")).unwrap_or_default().contains("listening on") {
        assert!(Instant::now() < deadline, "{:?}", fs::read_to_string(root.join("sshd.log")));
        std::thread::sleep(Duration::from_millis(10));
    }
    process
}

fn rustix_is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Passes bytes on to a port, until it is told to be silent: like a cable that is cut, it closes nothing.
pub(crate) struct Relay {
    pub(crate) port: u16,
    silent: Arc<AtomicBool>,
    pub(crate) taken: Arc<AtomicUsize>,
}

impl Relay {
    pub(crate) fn to(port: u16) -> Self {
        Self::far(port, Duration::ZERO)
    }

    /// That hangs up on the first connections, as a server does that has too many.
    pub(crate) fn busy(port: u16, hung_up_on: usize) -> Self {
        Self::start(port, Duration::ZERO, hung_up_on)
    }

    /// With a way that takes this long, each way.
    pub(crate) fn far(port: u16, way: Duration) -> Self {
        Self::start(port, way, 0)
    }

    fn start(port: u16, way: Duration, hung_up_on: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().port();
        let (silent, taken) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (cut, count) = (Arc::clone(&silent), Arc::clone(&taken));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(near) = stream else { return };
                if count.fetch_add(1, Ordering::SeqCst) < hung_up_on {
                    continue;
                }
                let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                for stream in [&near, &far] {
                    stream.set_nodelay(true).unwrap();
                }
                let (near_too, far_too) = (near.try_clone().unwrap(), far.try_clone().unwrap());
                let (cut, cut_too) = (Arc::clone(&cut), Arc::clone(&cut));
                std::thread::spawn(move || pass(near, far, &cut, way));
                std::thread::spawn(move || pass(far_too, near_too, &cut_too, way));
            }
        });
        Self { port: own, silent, taken }
    }

    pub(crate) fn be_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }
}

fn pass(mut from: TcpStream, to: TcpStream, cut: &AtomicBool, way: Duration) {
    use std::io::Read as _;
    let (sender, receiver) = std::sync::mpsc::channel();
    let arriving = std::thread::spawn(move || arrive(&receiver, &to));
    let mut buffer = vec![0; 16 * 1024];
    let mut was_cut = false;
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        was_cut |= cut.load(Ordering::SeqCst);
        if !was_cut && sender.send((Instant::now() + way, buffer[..read].to_vec())).is_err() {
            break;
        }
    }
    // A cut cable does not tell that somebody has hung up.
    if was_cut || cut.load(Ordering::SeqCst) {
        std::mem::forget(sender);
    } else {
        drop(sender);
        let _ = arriving.join();
    }
}

fn arrive(sent: &std::sync::mpsc::Receiver<(Instant, Vec<u8>)>, mut to: &TcpStream) {
    use std::io::Write as _;
    for (at, bytes) in sent {
        std::thread::sleep(at.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// The folder that sockets are in.
pub(crate) fn sockets(sshd: &Sshd) -> PathBuf {
    let entries = fs::read_dir(sshd.folder.path()).unwrap().flatten();
    let found = entries
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("seatrial-")));
    found.unwrap()
}
