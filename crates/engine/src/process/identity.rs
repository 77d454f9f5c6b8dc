//! Naming a process so that another one can ask later whether it still runs.

use serde::{Deserialize, Serialize};

/// A process, safe against reuse of its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIdentity {
    /// Its process id.
    pub pid: u32,
    /// The boot it runs in; `None` where the system does not tell.
    pub boot: Option<String>,
    /// When it started, in the system's own unit since boot; `None` where the system does not tell.
    pub started: Option<u64>,
}

/// The identity of this process.
pub fn identity() -> ProcessIdentity {
    identity_of(std::process::id())
}

#[cfg(target_os = "linux")]
pub(super) fn identity_of(pid: u32) -> ProcessIdentity {
    let started = super::procfs::Stat::of(pid).map(|stat| stat.start_ticks);
    ProcessIdentity { pid, boot: super::procfs::boot_id(), started }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn identity_of(pid: u32) -> ProcessIdentity {
    ProcessIdentity { pid, boot: None, started: None }
}

/// Whether that very process still runs. A zombie does not, and neither does one that was killed and is still closing
/// its files: whoever takes its work up must not be told that it is in good hands.
///
/// Certain on Linux. Elsewhere a process with the same id counts; where even that cannot be asked, the answer is
/// `true`, because taking over from somebody who still works is the worse mistake.
#[cfg(target_os = "linux")]
pub fn is_alive(process: &ProcessIdentity) -> bool {
    process.boot == super::procfs::boot_id()
        && super::procfs::Stat::of(process.pid).is_some_and(|stat| {
            stat.runs() && !stat.is_ending() && process.started.is_none_or(|at| at == stat.start_ticks)
        })
}

/// Whether that very process still runs.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn is_alive(process: &ProcessIdentity) -> bool {
    super::group::raw_pid(process.pid)
        .is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// Whether that very process still runs.
#[cfg(not(unix))]
pub fn is_alive(_process: &ProcessIdentity) -> bool {
    true
}

/// Ends that very process at once (SIGKILL), and nothing when it is gone. Its children are not touched: see
/// [`super::end_marked`]. Tells whether it was there.
#[cfg(target_os = "linux")]
pub fn end(process: &ProcessIdentity) -> bool {
    use rustix::process::{PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
    let Some(pid) = super::group::raw_pid(process.pid) else { return false };
    let handle = pidfd_open(pid, PidfdFlags::empty());
    // Asked after the handle was opened: it cannot be somebody else's id any more.
    if !is_alive(process) {
        return false;
    }
    match handle {
        Ok(handle) => pidfd_send_signal(handle, Signal::KILL).is_ok(),
        // A kernel before 5.3.
        Err(_) => kill_process(pid, Signal::KILL).is_ok(),
    }
}

/// Ends that very process at once, and nothing when it is gone. Tells whether it was there.
#[cfg(not(target_os = "linux"))]
pub fn end(process: &ProcessIdentity) -> bool {
    let there = is_alive(process);
    if there {
        super::group::Group::new(process.pid, "").signal(super::group::Ask::Kill);
    }
    there
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_same_pid_of_another_start_or_boot_is_somebody_else() {
        let me = identity();
        assert!(is_alive(&me));
        assert!(!is_alive(&ProcessIdentity { started: me.started.map(|at| at + 1), ..me.clone() }));
        assert!(!is_alive(&ProcessIdentity {
            boot: Some("another".into()),
            started: me.started,
            pid: me.pid
        }));
        let text = serde_json::to_string(&me).unwrap();
        assert_eq!(serde_json::from_str::<ProcessIdentity>(&text).unwrap(), me);
    }

    #[test]
    fn a_stale_identity_ends_nobody() {
        let me = identity();
        assert!(!end(&ProcessIdentity { started: me.started.map(|at| at + 1), ..me }));
    }
}
