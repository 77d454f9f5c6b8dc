//! A started process with everything it started.
//!
//! A child leads a session and a process group of its own; both carry its process id. That reaches background jobs
//! and pipelines. A process that left the session (a daemon) is found by a variable it inherited, on Linux; one that
//! also cleared its environment is beyond us without control groups, which need rights we do not ask for.

/// The variable that every process we run inherits; its value names the attempt.
pub(super) const MARK: &str = "SEATRIAL_PROCESS";

/// A signal we send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Please end (SIGTERM).
    Term,
    /// End (SIGKILL).
    Kill,
}

/// A process with everything it started.
#[derive(Debug, Clone)]
pub(super) struct Group {
    #[cfg_attr(not(unix), expect(dead_code, reason = "process groups exist on Unix"))]
    leader: u32,
    mark: String,
}

impl Group {
    pub(super) fn new(leader: u32, mark: &str) -> Self {
        Self { leader, mark: mark.to_owned() }
    }

    /// Signals the group. Safe against reuse of the id as long as the leader has not been reaped.
    #[cfg(unix)]
    pub(super) fn signal(&self, ask: Ask) {
        use rustix::process::{Signal, kill_process_group};
        let Some(pid) = raw_pid(self.leader) else { return };
        let _ = kill_process_group(pid, ask.signal());
        if ask == Ask::Term {
            // A stopped process does not see SIGTERM before it goes on.
            let _ = kill_process_group(pid, Signal::CONT);
        }
    }

    #[cfg(windows)]
    pub(super) fn signal(&self, ask: Ask) {
        if ask == Ask::Kill {
            super::spawn::kill_tree(self.leader);
        }
    }

    /// Signals the group and everything that carries its mark.
    pub(super) fn signal_all(&self, ask: Ask) {
        self.signal(ask);
        signal_marked(&self.mark, ask);
    }

    /// How many of the session, besides the leader, still run; `None` where the system does not tell.
    #[cfg(target_os = "linux")]
    pub(super) fn members(&self) -> Option<usize> {
        let ours = |stat: &super::procfs::Stat| {
            (stat.session == self.leader || stat.group == self.leader) && stat.pid != self.leader
        };
        Some(super::procfs::running().filter(ours).count())
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn members(&self) -> Option<usize> {
        None
    }
}

#[cfg(unix)]
impl Ask {
    fn signal(self) -> rustix::process::Signal {
        match self {
            Self::Term => rustix::process::Signal::TERM,
            Self::Kill => rustix::process::Signal::KILL,
        }
    }
}

#[cfg(unix)]
pub(super) fn raw_pid(pid: u32) -> Option<rustix::process::Pid> {
    // 1 would be the init process, which is never ours.
    i32::try_from(pid).ok().filter(|pid| *pid > 1).and_then(rustix::process::Pid::from_raw)
}

/// Kills every process that carries a mark (see [`super::ProcessSpec::mark`]) and tells how many there were: what a
/// worker that was itself killed has left running. Linux only; elsewhere nothing is found.
pub fn end_marked(mark: &str) -> usize {
    signal_marked(mark, Ask::Kill)
}

/// Signals every process that carries a mark and tells how many there were.
#[cfg(target_os = "linux")]
pub(super) fn signal_marked(mark: &str, ask: Ask) -> usize {
    let pids = super::procfs::with_variable(MARK, mark);
    for pid in pids.iter().filter_map(|pid| raw_pid(*pid)) {
        let _ = rustix::process::kill_process(pid, ask.signal());
    }
    pids.len()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn signal_marked(_mark: &str, _ask: Ask) -> usize {
    0
}
