//! Taking everything away, from whatever state, and making sure that nothing is left.

use super::disk;
use super::host::{Host, SPACE_PREFIX};
use super::network;
use super::state::{LINK, STATE, hosts};
use crate::failure::{Failure, Outcome};
use crate::shell::{call, signal, wait_for};
use std::path::{Path, PathBuf};

const GROUPS: &str = "/sys/fs/cgroup";
const SECONDS: u64 = 30;

/// Takes everything away. What is not there is no failure; what stays is.
pub(super) fn clear() -> Outcome {
    for host in hosts().iter().chain([&Host::template()]) {
        host.stop()?;
    }
    // A host whose folder is gone, or that was still on its way up.
    if !wait_for(SECONDS, end_processes) {
        return Err(Failure::new("processes of the testbed do not end").detail(find().join("\n")));
    }
    for space in network::namespaces().iter().filter(|space| space.starts_with(SPACE_PREFIX)) {
        call("ip").args(["netns", "delete", space]).limit(10).output()?;
    }
    network::remove_switch()?;
    remove_groups(&is_ours)?;
    disk::wait_detached(Path::new(STATE))?;
    if Path::new(STATE).exists() {
        std::fs::remove_dir_all(STATE).map_err(|error| Failure::io(STATE, &error))?;
    }
    refuse_any()
}

/// Fails where anything of a testbed is there.
pub(super) fn refuse_any() -> Outcome {
    let left = find();
    if left.is_empty() {
        return Ok(());
    }
    Err(Failure::new("something of a testbed is left on this machine")
        .detail(left.join("\n"))
        .hint("run `cargo xtask testbed down`"))
}

/// One line for each thing of a testbed that is there.
fn find() -> Vec<String> {
    let mut left: Vec<String> =
        network::namespaces().into_iter().map(|name| format!("network namespace {name}")).collect();
    left.extend(groups(&is_ours).iter().map(|group| format!("control group {}", group.display())));
    left.extend(processes().iter().map(|pid| format!("process {pid}")));
    left.extend(disk::attached(Path::new(STATE)).into_iter().map(|device| format!("loop device {device}")));
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let below = |line: &&str| line.contains(&format!(" {STATE}/"));
    left.extend(mounts.lines().filter(below).map(|line| format!("mount {line}")));
    let link = Path::new("/sys/class/net").join(LINK);
    left.extend(link.exists().then(|| format!("link {LINK}")));
    left
}

fn is_ours(group: &str) -> bool {
    group.starts_with(SPACE_PREFIX)
}

/// Control groups by name, in every hierarchy.
fn groups(named: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let hierarchies = below(Path::new(GROUPS));
    let all = hierarchies.iter().flat_map(|hierarchy| below(hierarchy)).chain(hierarchies.iter().cloned());
    all.filter(|path| path.file_name().is_some_and(|name| named(&name.to_string_lossy()))).collect()
}

/// The folders in a folder.
fn below(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}

/// Processes in control groups of any host.
fn processes() -> Vec<u32> {
    fn collect(group: &Path, found: &mut Vec<u32>) {
        let listed = std::fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
        found.extend(listed.lines().filter_map(|line| line.parse::<u32>().ok()));
        below(group).iter().for_each(|group| collect(group, found));
    }
    let mut found = Vec::new();
    groups(&is_ours).iter().for_each(|group| collect(group, &mut found));
    found.sort_unstable();
    found.dedup();
    // 0 is a process that this one may not see.
    found.retain(|pid| *pid != 0);
    found
}

/// Kills what is in those groups; `true` when nothing was.
fn end_processes() -> bool {
    let found = processes();
    for pid in &found {
        let _ = signal("KILL", *pid, false).succeeds();
    }
    found.is_empty()
}

/// Removes the control groups of one host: the next start makes them anew.
pub(super) fn remove_groups_of(host: &Host) -> Outcome {
    let space = host.space();
    remove_groups(&|group| group == space)
}

/// Removes control groups with those below; the kernel needs a moment after their last process.
fn remove_groups(named: &dyn Fn(&str) -> bool) -> Outcome {
    fn remove(group: &Path) {
        below(group).iter().for_each(|group| remove(group));
        let _ = std::fs::remove_dir(group);
    }
    let gone = wait_for(SECONDS, || {
        groups(named).iter().for_each(|group| remove(group));
        groups(named).is_empty()
    });
    if gone {
        return Ok(());
    }
    let left: Vec<String> = groups(named).iter().map(|group| group.display().to_string()).collect();
    Err(Failure::new("control groups of the testbed cannot be removed").detail(left.join("\n")))
}
