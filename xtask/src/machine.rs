//! What kind of machine this is: distribution, rights, tools in PATH.

use crate::failure::{Failure, Outcome};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The distributions whose packages this program knows how to install.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Debian 12: its own engine (20.10) and its missing buildx are too old, so Docker comes from the next release.
    Bookworm,
    /// Debian 13 or later.
    Debian,
    /// Ubuntu 22.04 or later.
    Ubuntu,
}

impl System {
    /// Reads `/etc/os-release`.
    pub(crate) fn detect() -> Outcome<Self> {
        if !cfg!(target_os = "linux") {
            return Err(unsupported(std::env::consts::OS));
        }
        let text = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        Self::from_os_release(&text).ok_or_else(|| unsupported("this Linux distribution"))
    }

    fn from_os_release(text: &str) -> Option<Self> {
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.map_or("", |value| value.trim_matches('"'))
        };
        match (field("ID"), field("VERSION_ID")) {
            ("debian", "12") => Some(Self::Bookworm),
            ("debian", _) => Some(Self::Debian),
            ("ubuntu", _) => Some(Self::Ubuntu),
            _ => None,
        }
    }
}

fn unsupported(what: &str) -> Failure {
    Failure::new(format!("nothing is installed automatically on {what}"))
        .hint("install by hand: Docker with buildx and compose, Node 20 or later, and Tauri's prerequisites for your system")
        .hint("then run the same command again: it installs only what is missing")
}

/// Whether this process has root's rights.
#[cfg(unix)]
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Whether this process has root's rights: there is no such thing to ask here.
#[cfg(not(unix))]
pub(crate) fn is_root() -> bool {
    false
}

/// Makes a symbolic link at `place`.
#[cfg(unix)]
pub(crate) fn link(target: &str, place: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

/// Makes a symbolic link at `place`: not where file systems have another notion of it.
#[cfg(not(unix))]
pub(crate) fn link(_target: &str, _place: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Sets a file's permission bits.
#[cfg(unix)]
pub(crate) fn set_mode(place: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(place, std::fs::Permissions::from_mode(mode))
}

/// Sets a file's permission bits: there are none here.
#[cfg(not(unix))]
pub(crate) fn set_mode(_place: &Path, _mode: u32) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Whether a socket is there that this user may not use.
#[cfg(unix)]
pub(crate) fn is_forbidden_socket(place: &str) -> bool {
    let tried = std::os::unix::net::UnixStream::connect(place);
    tried.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// Whether a socket is there that this user may not use: there are no such sockets here.
#[cfg(not(unix))]
pub(crate) fn is_forbidden_socket(_place: &str) -> bool {
    false
}

/// Whether a Docker engine answers at a socket, within a second.
#[cfg(unix)]
pub(crate) fn engine_answers_at(place: &Path) -> bool {
    use std::io::{Read, Write};
    use std::time::Duration;
    let ask = || {
        let mut socket = std::os::unix::net::UnixStream::connect(place)?;
        socket.set_read_timeout(Some(Duration::from_secs(1)))?;
        socket.set_write_timeout(Some(Duration::from_secs(1)))?;
        socket.write_all(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")?;
        let mut start = [0; 12];
        socket.read_exact(&mut start)?;
        Ok::<_, std::io::Error>(start.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}

/// Whether a Docker engine answers at a socket: there are no such sockets here.
#[cfg(not(unix))]
pub(crate) fn engine_answers_at(_place: &Path) -> bool {
    false
}

/// Replaces this process by a program; returns only why that failed.
#[cfg(unix)]
pub(crate) fn become_program(command: &mut Command) -> std::io::Error {
    std::os::unix::process::CommandExt::exec(command)
}

/// Replaces this process by a program: there is no such thing here.
#[cfg(not(unix))]
pub(crate) fn become_program(_command: &mut Command) -> std::io::Error {
    std::io::ErrorKind::Unsupported.into()
}

/// Whether services are started by systemd here (containers and CI machines usually have none).
pub(crate) fn has_systemd() -> bool {
    Path::new("/run/systemd/system").is_dir()
}

/// Finds an executable in PATH and in the system folders that an ordinary user's PATH leaves out.
pub(crate) fn find_tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).chain(system).map(|dir| dir.join(&name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::System;

    #[test]
    fn debian_12_is_told_from_its_successors_and_from_ubuntu() {
        let of = |id: &str, version: &str| {
            System::from_os_release(&format!("ID={id}\nVERSION_ID=\"{version}\"\n"))
        };
        assert_eq!(of("debian", "12"), Some(System::Bookworm));
        assert_eq!(of("debian", "13"), Some(System::Debian));
        assert_eq!(of("ubuntu", "24.04"), Some(System::Ubuntu));
        assert_eq!(of("fedora", "42"), None);
    }
}
