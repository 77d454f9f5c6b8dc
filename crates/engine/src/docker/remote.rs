//! An engine on a host that is reached over SSH: its socket, its state, and what else of the host the engine needs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::connect::Endpoint;
use super::error::{EngineError, Result, UnreachableCause};
use super::facts::DiskFacts;
use super::ports::{ListeningPorts, PortOwner};
use crate::ssh::{Link, Script};

const DEADLINE: Duration = Duration::from_secs(10);

/// Sockets of the host with what can be said of each, and whether Docker is installed. What the login's own
/// environment says (`DOCKER_HOST`) is not asked: it differs between a login by hand and ours.
const LOOK: &str = r#"
listens() {
  [ -r /proc/net/unix ] || return 0
  grep -q -e " $1\$" -e " /run${1#/var/run}\$" /proc/net/unix
}
for socket in /var/run/docker.sock "${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/docker.sock" "$HOME/.docker/run/docker.sock"; do
  [ -S "$socket" ] || continue
  if ! [ -r "$socket" ] || ! [ -w "$socket" ]; then echo "denied $socket"
  elif listens "$socket"; then echo "listening $socket"
  else echo "silent $socket"
  fi
done
for program in docker dockerd /usr/bin/dockerd /usr/sbin/dockerd /usr/local/bin/dockerd; do
  command -v "$program" >/dev/null && { echo "installed"; break; }
done
exit 0
"#;

/// One socket, or the lack of one, as [`LOOK`] tells.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    listening: Option<PathBuf>,
    /// Its owner may be in another namespace, so it is worth a try.
    silent: Option<PathBuf>,
    denied: Option<PathBuf>,
    installed: bool,
}

impl Seen {
    fn read(text: &str) -> Self {
        let mut seen = Self::default();
        for line in text.lines() {
            let (word, path) = line.split_once(' ').unwrap_or((line, ""));
            let place = match word {
                "listening" => &mut seen.listening,
                "silent" => &mut seen.silent,
                "denied" => &mut seen.denied,
                "installed" => {
                    seen.installed = true;
                    continue;
                }
                _ => continue,
            };
            place.get_or_insert_with(|| path.into());
        }
        seen
    }

    /// The socket to use, or why there is none.
    fn socket(self) -> Result<PathBuf, UnreachableCause> {
        let Self { listening, silent, denied, installed } = self;
        match (listening, denied, silent, installed) {
            (Some(path), ..) => Ok(path),
            (None, Some(_), ..) => Err(UnreachableCause::PermissionDenied),
            (None, None, Some(path), _) => Ok(path),
            (None, None, None, true) => Err(UnreachableCause::Stopped),
            (None, None, None, false) => Err(UnreachableCause::NotInstalled),
        }
    }

    /// Why a connection to a socket broke.
    fn broke(self, socket: &Path) -> UnreachableCause {
        match self {
            Self { listening: Some(path), .. } if path == socket => UnreachableCause::ConnectionLost,
            Self { denied: Some(path), .. } if path == socket => UnreachableCause::PermissionDenied,
            Self { installed: false, silent: None, .. } => UnreachableCause::NotInstalled,
            _ => UnreachableCause::Stopped,
        }
    }
}

async fn look(link: &Link) -> Result<Seen> {
    Ok(Seen::read(&link.run(&Script::new(LOOK), b"", DEADLINE).await?.text()))
}

/// The engine of a host: the system's, else a rootless one, else the one of a desktop installation.
pub(super) async fn find(link: &Link) -> Result<Endpoint> {
    let seen = look(link).await?;
    let unreachable = |cause| EngineError::Unreachable { endpoint: link.host().to_string(), cause };
    let socket = seen.socket().map_err(unreachable)?;
    Ok(Endpoint::Ssh { link: link.clone(), socket })
}

/// Says more about a broken connection: the link, the engine, or only this connection.
pub(super) async fn why(link: &Link, socket: &Path, endpoint: String) -> EngineError {
    match look(link).await {
        Ok(seen) => EngineError::Unreachable { endpoint, cause: seen.broke(socket) },
        Err(error) => error,
    }
}

/// The disk under a folder of the host.
pub(super) async fn disk(link: &Link, folder: &str) -> Option<DiskFacts> {
    let script = Script::new("stat -f -c '%a %S %b %d' \"$1\"").arg(folder);
    read_disk(&link.run(&script, b"", DEADLINE).await.ok()?.text())
}

fn read_disk(text: &str) -> Option<DiskFacts> {
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next()?.ok();
    let (free, size, total, free_inodes) = (next()?, next()?, next()?, next()?);
    Some(DiskFacts { free: free.checked_mul(size)?, total: total.checked_mul(size)?, free_inodes })
}

/// Ports on which the network namespace of a process of the host listens.
pub(super) async fn ports_of_process(link: &Link, pid: u32) -> Option<ListeningPorts> {
    let script = Script::new("cd \"/proc/$1/net\" && cat tcp tcp6").arg(pid.to_string());
    let table = link.run(&script, b"", DEADLINE).await.ok()?;
    (!table.stdout.is_empty()).then(|| ListeningPorts::parse(&table.text()))
}

const TABLES: &str = r#"
cat /proc/net/tcp /proc/net/tcp6
command -v ss >/dev/null && ss -Hltnp "sport = :$1"
exit 0
"#;

/// What is known about a port of the host: who listens on it, and another one that nobody listens on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PortUse {
    pub(super) owner: Option<PortOwner>,
    pub(super) free: Option<u16>,
}

pub(super) async fn port(link: &Link, port: u16) -> PortUse {
    let script = Script::new(TABLES).arg(port.to_string());
    match link.run(&script, b"", DEADLINE).await {
        Ok(output) => read_port(&output.text(), port),
        Err(_) => PortUse::default(),
    }
}

fn read_port(text: &str, port: u16) -> PortUse {
    let ports = ListeningPorts::parse(text);
    let taken = |port: &u16| ports.open.contains(port) || ports.loopback_only.contains(port);
    let owner = taken(&port).then(|| process_in(text).unwrap_or(PortOwner::Unknown));
    PortUse { owner, free: super::ports::candidates_near(port).find(|port| !taken(port)) }
}

/// `… users:(("nginx",pid=123,fd=6))`
fn process_in(text: &str) -> Option<PortOwner> {
    let (_, rest) = text.split_once("((\"")?;
    let (name, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once("pid=")?;
    let pid = rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
    Some(PortOwner::Process { pid, name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_docker_no_right_and_not_running_are_told_apart() {
        let socket = |text: &str| Seen::read(text).socket();
        assert_eq!(socket(""), Err(UnreachableCause::NotInstalled));
        assert_eq!(socket("installed\n"), Err(UnreachableCause::Stopped));
        assert_eq!(
            socket("denied /var/run/docker.sock\ninstalled\n"),
            Err(UnreachableCause::PermissionDenied)
        );
        let rootless = "denied /var/run/docker.sock\nlistening /run/user/7/docker.sock\ninstalled\n";
        assert_eq!(socket(rootless), Ok("/run/user/7/docker.sock".into()));
        assert_eq!(socket("silent /var/run/docker.sock\n"), Ok("/var/run/docker.sock".into()));
    }

    #[test]
    fn why_a_connection_broke_is_told_by_the_state_of_its_socket() {
        let path = Path::new("/s");
        let broke = |text: &str| Seen::read(text).broke(path);
        assert_eq!(broke("listening /s\ninstalled\n"), UnreachableCause::ConnectionLost);
        assert_eq!(broke("silent /s\ninstalled\n"), UnreachableCause::Stopped);
        assert_eq!(broke("denied /s\ninstalled\n"), UnreachableCause::PermissionDenied);
        assert_eq!(broke("installed\n"), UnreachableCause::Stopped);
        assert_eq!(broke(""), UnreachableCause::NotInstalled);
    }

    #[test]
    fn the_disk_and_the_owner_of_a_port_are_read() {
        let disk = read_disk("100 4096 1000 77\n").unwrap();
        assert_eq!((disk.free, disk.total, disk.free_inodes), (409_600, 4_096_000, 77));
        assert!(read_disk("stat: cannot read").is_none());
        let table = "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n";
        let listed = format!("{table}LISTEN 0 511 0.0.0.0:8080 0.0.0.0:* users:((\"nginx\",pid=123,fd=6))\n");
        let owner = PortOwner::Process { pid: 123, name: "nginx".into() };
        assert_eq!(read_port(&listed, 8080), PortUse { owner: Some(owner), free: Some(8000) });
        assert_eq!(read_port(table, 8080).owner, Some(PortOwner::Unknown));
        assert_eq!(read_port(table, 80), PortUse { owner: None, free: Some(8000) });
    }
}
