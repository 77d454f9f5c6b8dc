//! Keys: the one that lets people in, the ones that hosts are known by, and what ssh needs to know of both.

use super::host::Host;
use super::state::{hosts, place};
use crate::failure::{Failure, Outcome};
use crate::shell::{call, wait_for};
use crate::workspace;
use std::path::{Path, PathBuf};

const HOST_KEY: &str = "/etc/ssh/ssh_host_ed25519_key";
const SWAP_SECONDS: u64 = 10;

/// Makes the key that opens every host.
pub(super) fn make_own_key() -> Outcome {
    make_key(&place("id"), "testbed")
}

/// Makes the host's folder and the key that it is known by.
pub(super) fn make_keys(host: &Host) -> Outcome {
    workspace::make_dir(&host.dir())?;
    make_key(&first_key(host), host.name())
}

fn make_key(file: &Path, comment: &str) -> Outcome {
    let file = file.display().to_string();
    let words = ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", &file];
    call("ssh-keygen").args(words).limit(10).output().map(drop)
}

fn first_key(host: &Host) -> PathBuf {
    host.dir().join("host_key")
}

fn other_key(host: &Host) -> PathBuf {
    host.dir().join("other_key")
}

fn public(key: &Path) -> Outcome<String> {
    let text = workspace::read(&key.with_extension("pub"))?;
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some(kind), Some(key)) => Ok(format!("{kind} {key}")),
        _ => Err(Failure::new(format!("{}.pub holds no key", key.display()))),
    }
}

/// Writes what the hosts and ssh read: names, keys that are known, configuration.
pub(super) fn write_files(hosts: &[Host]) -> Outcome {
    let mut names = "127.0.0.1 localhost\n".to_owned();
    let mut known = String::new();
    for host in hosts {
        names.push_str(&format!("{} {}\n", host.address(), host.name()));
        known.push_str(&format!("{},{} {}\n", host.name(), host.address(), public(&first_key(host))?));
    }
    workspace::write(&place("hosts"), &names)?;
    workspace::write(&place("known_hosts"), &known)?;
    workspace::write(&place("ssh-config"), &ssh_config(hosts))
}

/// A configuration for `ssh -F` that knows the hosts by name and by address.
fn ssh_config(hosts: &[Host]) -> String {
    let (key, known) = (place("id"), place("known_hosts"));
    let host = |host: &Host| {
        format!(
            "Host {name} {address}\n  HostName {address}\n  User deploy\n  IdentityFile {key}\n  IdentitiesOnly yes\n  \
             UserKnownHostsFile {known}\n  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n  BatchMode yes\n  \
             ConnectTimeout 5\n  LogLevel ERROR\n",
            name = host.name(),
            address = host.address(),
            key = key.display(),
            known = known.display(),
        )
    };
    hosts.iter().map(host).collect()
}

/// Prints the configuration for ssh.
pub(super) fn print_ssh_config() -> Outcome {
    if hosts().is_empty() {
        return Err(Failure::new("the testbed is not up").hint("run `cargo xtask testbed up`"));
    }
    print!("{}", workspace::read(&place("ssh-config"))?);
    Ok(())
}

/// Whether the host is known by its other key now.
pub(super) fn has_other_key(host: &Host) -> Outcome<bool> {
    Ok(public(&installed_key(host)?)? != public(&first_key(host))?)
}

fn installed_key(host: &Host) -> Outcome<PathBuf> {
    host.file(HOST_KEY).ok_or_else(|| Failure::new(format!("{} is off", host.name())))
}

/// Gives the host its other key, or its first one back. The known keys stay: they are what a client remembers.
pub(super) fn swap_key(host: &Host) -> Outcome {
    let installed = installed_key(host)?;
    let (first, other) = (first_key(host), other_key(host));
    if !other.exists() {
        make_key(&other, host.name())?;
    }
    let next = if public(&installed)? == public(&first)? { other } else { first };
    for (from, to) in
        [(next.clone(), installed.clone()), (next.with_extension("pub"), installed.with_extension("pub"))]
    {
        std::fs::copy(&from, &to).map_err(|error| Failure::io(to.display(), &error))?;
    }
    host.inside(&["sh", "-c", "kill -HUP \"$(cat /run/sshd.pid)\""])?.limit(10).output()?;
    let wanted = public(&next)?;
    let shows_it = || {
        let scan = call("ssh-keyscan").args(["-T", "2", "-t", "ed25519", &host.address()]).limit(10).output();
        scan.is_ok_and(|shown| shown.contains(&wanted))
    };
    if wait_for(SWAP_SECONDS, shows_it) {
        return Ok(());
    }
    Err(Failure::new(format!("{} does not show its new key after {SWAP_SECONDS} s", host.name()))
        .hint("is it cut? `cargo xtask testbed status`"))
}

#[cfg(test)]
mod tests {
    use super::{Host, ssh_config};

    #[test]
    fn ssh_knows_each_host_by_name_and_address_and_checks_its_key() {
        let text = ssh_config(&[Host::new(1), Host::new(2)]);
        assert!(text.contains("Host h2 10.77.0.12\n") && text.contains("  User deploy\n"), "{text}");
        assert_eq!(text.matches("StrictHostKeyChecking yes").count(), 2);
    }
}
