//! The few facts of `/proc` that are needed, read without trusting its text.

use std::fs;
use std::time::Duration;

/// What `/proc/PID/stat` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) pid: u32,
    /// `Z` is a zombie, `X` is dead.
    pub(super) state: u8,
    pub(super) group: u32,
    pub(super) session: u32,
    /// The kernel's `PF_*` flags.
    flags: u64,
    /// Processor time of it and the children it waited for, in clock ticks.
    cpu_ticks: u64,
    /// When it started, in clock ticks since boot: with the boot's id, this tells two uses of a pid apart.
    pub(super) start_ticks: u64,
}

impl Stat {
    pub(super) fn of(pid: u32) -> Option<Self> {
        // Not read_to_string: the name in it may be any bytes.
        Self::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(raw: &[u8]) -> Option<Self> {
        // The name stands in parentheses and may itself contain spaces and parentheses.
        let open = raw.iter().position(|b| *b == b'(')?;
        let close = raw.iter().rposition(|b| *b == b')')?;
        let pid = std::str::from_utf8(raw.get(..open)?).ok()?.trim().parse().ok()?;
        let rest = std::str::from_utf8(raw.get(close + 1..)?).ok()?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let number = |index: usize| fields.get(index).and_then(|f| f.parse::<u64>().ok());
        let id = |index: usize| number(index).and_then(|n| u32::try_from(n).ok());
        Some(Self {
            pid,
            state: *fields.first()?.as_bytes().first()?,
            group: id(2)?,
            session: id(3)?,
            flags: number(6)?,
            cpu_ticks: (11..15).filter_map(number).sum(),
            start_ticks: number(19)?,
        })
    }

    pub(super) fn runs(&self) -> bool {
        !matches!(self.state, b'Z' | b'X' | b'x')
    }

    /// Whether it has come to its end and only puts its things away: it holds its files and ports a moment longer,
    /// but never does anything again. With many open files on a busy machine that is long enough to be met.
    pub(super) fn is_ending(&self) -> bool {
        /// `PF_EXITING` of the kernel's `include/linux/sched.h`.
        const EXITING: u64 = 4;
        self.flags & EXITING != 0
    }

    pub(super) fn cpu(&self) -> Duration {
        let per_second = rustix::param::clock_ticks_per_second().max(1);
        Duration::from_millis(self.cpu_ticks.saturating_mul(1000) / per_second)
    }
}

/// The ids of all processes.
fn pids() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()))
}

/// The facts of all processes that run.
pub(super) fn running() -> impl Iterator<Item = Stat> {
    pids().filter_map(Stat::of).filter(Stat::runs)
}

/// The processes of ours whose environment at their start had `name=value`.
pub(super) fn with_variable(name: &str, value: &str) -> Vec<u32> {
    let wanted = format!("{name}={value}");
    let has = |pid: &u32| {
        let environ = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environ.split(|b| *b == 0).any(|entry| entry == wanted.as_bytes())
    };
    pids().filter(has).filter(|pid| Stat::of(*pid).is_some_and(|stat| stat.runs())).collect()
}

/// The id of this boot.
pub(super) fn boot_id() -> Option<String> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_does_not_shift_the_fields() {
        let raw = b"42 (a) b (c) S 1 40 39 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0 777 1 1";
        let stat = Stat::parse(raw).unwrap();
        assert_eq!((stat.pid, stat.group, stat.session, stat.start_ticks), (42, 40, 39, 777));
        assert_eq!((stat.cpu_ticks, stat.runs(), stat.is_ending()), (100, true, false));
    }

    #[test]
    fn a_killed_process_that_still_closes_its_files_is_ending() {
        let raw = b"42 (seatrial) R 1 40 39 0 -1 4194308 1 2 3 4 10 20 30 40 20 0 1 0 777 1 1";
        let stat = Stat::parse(raw).unwrap();
        assert!(stat.runs() && stat.is_ending());
    }

    #[test]
    fn this_process_is_found() {
        let me = Stat::of(std::process::id()).unwrap();
        assert!(me.runs() && running().any(|stat| stat.pid == me.pid));
    }
}
