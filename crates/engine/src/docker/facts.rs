//! What was observed on an engine, as plain values.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};

/// Facts about an engine and its host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineFacts {
    /// Engine version, for example `28.2.2`.
    pub version: String,
    /// Newest API version it speaks.
    pub api_version: String,
    /// Storage driver, for example `overlay2`.
    pub storage_driver: String,
    /// Architecture as images name it: `amd64`, `arm64`.
    pub architecture: String,
    /// Operating system of containers, usually `linux`.
    pub os: String,
    /// Kernel release of the host, for example `6.1.0-18-amd64`.
    pub kernel: String,
    /// Processor count.
    pub cpus: u32,
    /// Memory of the host in bytes.
    pub memory: u64,
    /// Whether the engine has an init program for containers.
    pub has_init: bool,
    /// Space for images and volumes, where it can be seen from here.
    pub disk: Option<DiskFacts>,
}

impl EngineFacts {
    /// Whether the kernel knows `net.ipv4.tcp_migrate_req`, by which connections waiting on a closing
    /// listener move to its successor (Linux 5.14).
    pub fn has_tcp_migrate_req(&self) -> bool {
        let mut parts = self.kernel.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u32>());
        match (parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => self.os == "linux" && (major, minor) >= (5, 14),
            _ => false,
        }
    }
}

/// Space on the disk that holds the engine's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskFacts {
    /// Bytes an unprivileged process can still write.
    pub free: u64,
    /// Size in bytes.
    pub total: u64,
    /// Files that can still be made; 0 on file systems that do not count them.
    pub free_inodes: u64,
}

/// An image on the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFacts {
    /// Content digest, `sha256:…`.
    pub id: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Size in bytes.
    pub size: u64,
    /// Architecture it was built for.
    pub architecture: String,
    /// Ports it declares.
    pub exposed_ports: Vec<u16>,
    /// Paths it declares as volumes.
    pub volumes: Vec<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// User it runs as; empty for root.
    pub user: String,
    /// Whether it declares a health check of its own.
    pub has_health_check: bool,
}

/// Where a container is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Made, never started.
    Created,
    /// Running.
    Running,
    /// Paused.
    Paused,
    /// Ended; the engine will start it again by itself.
    Restarting,
    /// Ended.
    Exited,
    /// Being removed, or half removed.
    Gone,
}

/// How a container's process last ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExitFacts {
    /// Exit code; 128 + signal when it was killed.
    pub code: i64,
    /// Whether the kernel killed it for using too much memory.
    pub oom_killed: bool,
    /// The engine's words when it could not even be started; otherwise empty.
    pub report: String,
    /// When it ended.
    pub at: Option<DateTime<Utc>>,
}

/// A container as observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerFacts {
    /// Engine's id.
    pub id: String,
    /// Name without a leading slash.
    pub name: String,
    /// Image id, `sha256:…`.
    pub image_id: String,
    /// Image reference as given when it was made.
    pub image: String,
    /// All labels.
    pub labels: BTreeMap<String, String>,
    /// Phase of life.
    pub phase: Phase,
    /// Last end, once there was one.
    pub exit: Option<ExitFacts>,
    /// How often the engine restarted it by itself.
    pub restarts: u32,
    /// Addresses by network.
    pub addresses: BTreeMap<String, IpAddr>,
    /// Host ports that lead to it, as (host port, container port).
    pub published: Vec<(u16, u16)>,
    /// Volumes and folders in it, as `source:path`, with `:ro` when it cannot write there.
    pub mounts: Vec<String>,
    /// Process id of its process 1 on the engine's host, while running.
    pub pid: Option<u32>,
    /// When it was last started.
    pub started_at: Option<DateTime<Utc>>,
}

impl ContainerFacts {
    /// Whether its process runs now.
    pub fn is_running(&self) -> bool {
        self.phase == Phase::Running
    }
}

/// An entry of a container listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerEntry {
    /// Engine's id.
    pub id: String,
    /// Name without a leading slash.
    pub name: String,
    /// Image reference.
    pub image: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Whether it runs.
    pub running: bool,
    /// Published TCP host ports.
    pub host_ports: Vec<u16>,
}

/// Which of a process's streams a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A line of a container's log, without its line end. Bytes, because programs write what they like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Where it came from.
    pub stream: Stream,
    /// When the engine received it, where the engine says so.
    pub at: Option<DateTime<Utc>>,
    /// The line.
    pub bytes: Vec<u8>,
}

impl LogLine {
    /// The line as text, broken characters replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// Where reading a log begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogStart {
    /// At most so many of the last lines; `None`: all.
    pub tail: Option<usize>,
    /// Only what was written in this second or later.
    pub since: Option<DateTime<Utc>>,
}

impl LogStart {
    /// The last lines.
    pub fn tail(lines: usize) -> Self {
        Self { tail: Some(lines), since: None }
    }

    /// What was written since then.
    pub fn since(at: DateTime<Utc>) -> Self {
        Self { tail: None, since: Some(at) }
    }
}

/// What a running container has used so far, and uses now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageFacts {
    /// When the engine looked.
    pub at: DateTime<Utc>,
    /// Processor time since its start, over all processors, in nanoseconds.
    pub cpu_ns: u64,
    /// Memory in bytes, without files that could be dropped from it.
    pub memory: u64,
    /// Memory it may use in bytes: its own limit, or all of the host.
    pub memory_limit: Option<u64>,
    /// Bytes received over its networks since its start.
    pub received: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Processes and threads.
    pub tasks: Option<u64>,
}

impl UsageFacts {
    /// Processor time since an earlier look, in percent of one processor; `None` when nothing can be said.
    pub fn cpu_percent_since(&self, before: &Self) -> Option<f64> {
        let passed = (self.at - before.at).num_nanoseconds().filter(|passed| *passed > 0)?;
        // Less than before: it was started again in between.
        let used = self.cpu_ns.checked_sub(before.cpu_ns)?;
        Some(used as f64 / passed as f64 * 100.0)
    }
}

/// What a command in a container did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutcome {
    /// Exit code.
    pub code: i64,
    /// Output and errors in the order received.
    pub lines: Vec<LogLine>,
}

/// The result of asking for a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Engine's id.
    pub id: String,
    /// Whether the very same container existed before.
    pub existed: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_a_share_of_the_time_that_passed() {
        let at = |millis, cpu_ns| UsageFacts {
            at: DateTime::from_timestamp_millis(millis).unwrap(),
            cpu_ns,
            memory: 0,
            memory_limit: None,
            received: 0,
            sent: 0,
            tasks: None,
        };
        let (before, later) = (at(1_000, 5_000_000), at(3_000, 1_005_000_000));
        assert_eq!(later.cpu_percent_since(&before), Some(50.0));
        assert_eq!(before.cpu_percent_since(&before), None, "no time has passed");
        assert_eq!(at(3_000, 1).cpu_percent_since(&before), None, "it was started again");
    }

    #[test]
    fn tcp_migrate_req_is_known_from_linux_5_14_on() {
        let facts = |kernel: &str| EngineFacts {
            version: String::new(),
            api_version: String::new(),
            storage_driver: String::new(),
            architecture: String::new(),
            os: "linux".into(),
            kernel: kernel.into(),
            cpus: 1,
            memory: 0,
            has_init: false,
            disk: None,
        };
        assert!(facts("6.1.0-18-amd64").has_tcp_migrate_req());
        assert!(facts("5.14").has_tcp_migrate_req());
        assert!(!facts("5.10.0-28").has_tcp_migrate_req());
        assert!(!facts("unknown").has_tcp_migrate_req());
    }
}
