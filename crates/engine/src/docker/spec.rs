//! What we ask an engine for, as plain values.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// A container to be created. Equal specifications have equal hashes, which makes creating idempotent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContainerSpec {
    /// Full name, with the instance's prefix.
    pub name: String,
    /// Image reference or id.
    pub image: String,
    /// Operation that asks for it; another operation's container of the same name is a conflict.
    pub operation: String,
    /// Network to join; `None` for the engine's default bridge.
    pub network: Option<String>,
    /// Names by which others on the network reach the container.
    pub aliases: Vec<String>,
    /// Arguments instead of the image's `CMD`.
    pub command: Option<Vec<String>>,
    /// Program instead of the image's `ENTRYPOINT`.
    pub entrypoint: Option<Vec<String>>,
    /// Environment variables. Visible to everybody who may inspect the container.
    pub env: BTreeMap<String, String>,
    /// Labels besides our own.
    pub labels: BTreeMap<String, String>,
    /// Mounted volumes, directories and memory file systems.
    pub mounts: Vec<Mount>,
    /// Ports published on the host.
    pub ports: Vec<PortBinding>,
    /// Resource limits.
    pub limits: Limits,
    /// When the engine starts it again by itself.
    pub restart: Restart,
    /// User (name or uid, optionally `:group`) instead of the image's.
    pub user: Option<String>,
    /// Signal instead of the image's `STOPSIGNAL`.
    pub stop_signal: Option<String>,
    /// Time between the stop signal and the kill.
    pub stop_grace: Duration,
    /// Namespaced kernel settings.
    pub sysctls: BTreeMap<String, String>,
    /// What the container is denied.
    pub hardening: Hardening,
}

impl ContainerSpec {
    /// A container with our defaults.
    pub fn new(name: impl Into<String>, image: impl Into<String>, operation: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            image: image.into(),
            operation: operation.into(),
            network: None,
            aliases: Vec::new(),
            command: None,
            entrypoint: None,
            env: BTreeMap::new(),
            labels: BTreeMap::new(),
            mounts: Vec::new(),
            ports: Vec::new(),
            limits: Limits::default(),
            restart: Restart::UnlessStopped,
            user: None,
            stop_signal: None,
            stop_grace: Duration::from_secs(10),
            sysctls: BTreeMap::new(),
            hardening: Hardening::default(),
        }
    }

    /// SHA-256 over everything but the operation, in hex.
    pub fn hash(&self) -> String {
        let plain = Self { operation: String::new(), ..self.clone() };
        // Serializing these plain types into memory cannot fail; an empty text still hashes.
        let text = serde_json::to_vec(&plain).unwrap_or_default();
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Something mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mount {
    /// What is mounted.
    pub source: MountSource,
    /// Absolute path inside the container.
    pub target: String,
    /// Whether the container may only read.
    pub read_only: bool,
}

/// Where a mount's content lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MountSource {
    /// A named volume.
    Volume(String),
    /// A directory or file of the engine's host, by absolute path.
    Directory(String),
    /// Memory, gone when the container stops; size in bytes.
    Memory(u64),
}

/// A container port published on the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortBinding {
    /// Port inside the container.
    pub container: u16,
    /// Port on the host.
    pub host: u16,
    /// Host address; `None` for all.
    pub address: Option<IpAddr>,
    /// Transport protocol.
    pub protocol: Protocol,
}

/// Transport protocol of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        })
    }
}

/// Resource limits; `None` means unlimited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Memory in bytes; beyond it the kernel kills.
    pub memory: Option<u64>,
    /// Processor time in thousandths of a core.
    pub milli_cpus: Option<u64>,
    /// Processes and threads.
    pub pids: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        // Far above what applications use, far below what takes a host down.
        Self { memory: None, milli_cpus: None, pids: Some(4096) }
    }
}

/// When the engine starts a container again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// Never.
    No,
    /// Always, also after a reboot and after the engine was killed, unless we stopped it on purpose.
    UnlessStopped,
}

/// What a container is denied. The defaults fit ordinary images: those that start as root and step down,
/// or bind low ports, still work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hardening {
    /// No gain of privileges through setuid programs.
    pub no_new_privileges: bool,
    /// Capabilities taken away from the engine's default set.
    pub drop_capabilities: Vec<String>,
    /// Root file system cannot be written to.
    pub read_only_root: bool,
    /// A small init as process 1, where the engine has one: reaps children and lets programs without a
    /// signal handler die on SIGTERM.
    pub init: bool,
}

impl Default for Hardening {
    fn default() -> Self {
        let drop_capabilities = ["AUDIT_WRITE", "MKNOD", "NET_RAW", "SETFCAP"].map(str::to_owned).to_vec();
        Self { no_new_privileges: true, drop_capabilities, read_only_root: false, init: true }
    }
}

/// A small file put into a container.
#[derive(Clone, PartialEq, Eq)]
pub struct SmallFile {
    /// Absolute path inside the container.
    pub path: String,
    /// Content; never shown in debug output because it may be a secret.
    pub content: Vec<u8>,
    /// Permission bits.
    pub mode: u32,
}

impl SmallFile {
    /// A secret at `/run/secrets/NAME`, readable by every user of the container, so that images which do
    /// not run as root can read it.
    pub fn secret(name: &str, content: Vec<u8>) -> Self {
        Self { path: format!("/run/secrets/{name}"), content, mode: 0o444 }
    }
}

impl std::fmt::Debug for SmallFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmallFile")
            .field("path", &self.path)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_changes_with_what_runs_and_not_with_who_asks() {
        let spec = ContainerSpec::new("seatrial-a", "img", "op1");
        let mut other = spec.clone();
        other.operation = "op2".into();
        assert_eq!(spec.hash(), other.hash());
        other.env.insert("A".into(), "1".into());
        assert_ne!(spec.hash(), other.hash());
    }

    #[test]
    fn s6_debug_output_of_a_secret_file_does_not_show_its_content() {
        let file = SmallFile::secret("token", b"hunter2".to_vec());
        assert!(!format!("{file:?}").contains("hunter2"));
        assert!(!format!("{file:?}").contains("104"), "not as numbers either");
    }
}
