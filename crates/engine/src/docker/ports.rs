//! Who uses a TCP port of this machine, and which ports a process listens on: read from `/proc`.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

/// Who uses a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortOwner {
    /// A container, by name.
    Container {
        /// Its name.
        name: String,
    },
    /// A process of this machine.
    Process {
        /// Process id.
        pid: u32,
        /// Its short name.
        name: String,
    },
    /// Somebody whom we may not see: a process of another user.
    Unknown,
}

impl std::fmt::Display for PortOwner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Container { name } => write!(f, "container {name}"),
            Self::Process { pid, name } => write!(f, "{name} (process {pid})"),
            Self::Unknown => f.write_str("a process of another user"),
        }
    }
}

/// A listening socket as `/proc/net/tcp` shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Listening {
    port: u16,
    loopback: bool,
    inode: u64,
}

/// The process that listens on a TCP port; `None` when nobody does.
pub(crate) fn listening_process(port: u16) -> Option<PortOwner> {
    let inodes: BTreeSet<u64> =
        listening(Path::new("/proc/net")).filter(|row| row.port == port).map(|row| row.inode).collect();
    if inodes.is_empty() {
        return None;
    }
    Some(process_with_socket(&inodes).unwrap_or(PortOwner::Unknown))
}

/// Ports on which the network namespace of a process listens, split into those reachable from outside and
/// those bound to loopback only. `None` where the process's files may not be read.
pub(crate) fn ports_of_process(pid: u32) -> Option<ListeningPorts> {
    let directory = Path::new("/proc").join(pid.to_string()).join("net");
    std::fs::metadata(directory.join("tcp")).ok()?;
    Some(ListeningPorts::from_rows(listening(&directory)))
}

/// Ports something listens on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListeningPorts {
    /// Reachable from other machines and containers.
    pub open: BTreeSet<u16>,
    /// Bound to loopback only: cannot be reached from outside.
    pub loopback_only: BTreeSet<u16>,
}

impl ListeningPorts {
    /// Reads the text of `/proc/net/tcp` or `/proc/net/tcp6`, or both one after the other.
    pub fn parse(table: &str) -> Self {
        Self::from_rows(table.lines().filter_map(parse_row))
    }

    fn from_rows(rows: impl Iterator<Item = Listening>) -> Self {
        let (mut open, mut loopback_only) = (BTreeSet::new(), BTreeSet::new());
        for row in rows {
            if row.loopback { &mut loopback_only } else { &mut open }.insert(row.port);
        }
        loopback_only.retain(|port| !open.contains(port));
        Self { open, loopback_only }
    }
}

fn listening(directory: &Path) -> impl Iterator<Item = Listening> {
    let tables =
        ["tcp", "tcp6"].map(|name| std::fs::read_to_string(directory.join(name)).unwrap_or_default());
    tables.into_iter().flat_map(|table| table.lines().filter_map(parse_row).collect::<Vec<_>>())
}

/// `  0: 0100007F:1F90 00000000:0000 0A …  inode …`: little-endian address, state 0A is LISTEN.
fn parse_row(line: &str) -> Option<Listening> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (address, port) = fields.get(1)?.split_once(':')?;
    if *fields.get(3)? != "0A" {
        return None;
    }
    let port = u16::from_str_radix(port, 16).ok()?;
    let inode = fields.get(9)?.parse().ok()?;
    Some(Listening { port, loopback: is_loopback(address), inode })
}

fn is_loopback(address: &str) -> bool {
    const V6: &str = "00000000000000000000000001000000";
    const V4_MAPPED: &str = "0000000000000000FFFF0000";
    let v4 = address.strip_prefix(V4_MAPPED).unwrap_or(address);
    // The first octet is the last byte of the little-endian word. The engine's own DNS server (127.0.0.11)
    // is a loopback address as well, and rightly never counts as open.
    address == V6 || (v4.len() == 8 && v4.ends_with("7F"))
}

fn process_with_socket(inodes: &BTreeSet<u64>) -> Option<PortOwner> {
    let pids = std::fs::read_dir("/proc").ok()?.flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let pid = pids.into_iter().find(|pid| holds_socket(*pid, inodes))?;
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(PortOwner::Process { pid, name: name.trim().to_owned() })
}

fn holds_socket(pid: u32, inodes: &BTreeSet<u64>) -> bool {
    let Ok(descriptors) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
    descriptors.flatten().filter_map(|entry| std::fs::read_link(entry.path()).ok()).any(|target| {
        let target = target.to_string_lossy();
        let inode = target.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        inode.and_then(|inode| inode.parse().ok()).is_some_and(|inode| inodes.contains(&inode))
    })
}

/// A port that can be bound on all addresses right now: a familiar one near the wanted port, else any.
pub(crate) fn free_port_near(wanted: u16) -> Option<u16> {
    candidates_near(wanted).find(|port| TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok())
}

/// Ports to offer instead of a taken one, the best first.
pub(crate) fn candidates_near(wanted: u16) -> impl Iterator<Item = u16> {
    let familiar = if wanted == 443 { [8443, 9443, 10443] } else { [8080, 8000, 8888] };
    familiar.into_iter().chain(wanted.max(1024)..wanted.max(1024).saturating_add(50))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000 100 0 0 10 0
   1: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000 100 0 0 10 0
   2: 0100007F:1F90 0200007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0000 100 0 0 10 0
   3: 0B00007F:A2C1 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1 0000 100 0 0 10 0
   4: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4715 1
";

    #[test]
    fn only_listening_sockets_count_and_loopback_is_told_apart() {
        let ports = ListeningPorts::parse(TABLE);
        assert_eq!(ports.open, BTreeSet::from([8080]));
        assert_eq!(ports.loopback_only, BTreeSet::from([80, 3000, 41665]));
    }

    #[test]
    fn garbage_in_the_table_is_passed_over() {
        assert_eq!(ListeningPorts::parse("x\n 0: zz:zz 0 0A\n\u{0}"), ListeningPorts::default());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_owner_of_a_port_is_found_by_process() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        match listening_process(port) {
            Some(PortOwner::Process { pid, .. }) => assert_eq!(pid, std::process::id()),
            other => panic!("expected this process, found {other:?}"),
        }
        drop(listener);
        assert_eq!(listening_process(port), None);
    }

    #[test]
    fn a_taken_port_gets_a_free_alternative() {
        let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap().local_addr().unwrap().port();
        let _holder = TcpListener::bind((Ipv4Addr::UNSPECIFIED, taken)).unwrap();
        assert_ne!(free_port_near(taken), Some(taken));
    }
}
