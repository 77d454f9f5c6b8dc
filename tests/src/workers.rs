//! Run workers as the machine sees them.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Process ids of programs that work for a home: its run workers, and whatever those started.
pub fn workers_of(data: &Path) -> Vec<u32> {
    let is_worker = |pid: &u32| {
        let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).nth(1) == Some(b"worker")
    };
    processes().filter(is_worker).filter(|pid| is_of(*pid, data)).collect()
}

/// The process that draws the page in a home's window, sent a signal; whether there was one.
pub fn signal_page(data: &Path, name: &str) -> bool {
    let draws = |pid: &u32| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with("WebKitWebProces"))
    };
    let pages: Vec<u32> = processes().filter(draws).filter(|pid| is_of(*pid, data)).collect();
    pages.iter().for_each(|pid| signal(name, *pid));
    !pages.is_empty()
}

/// Whether a process was started for a home.
fn is_of(pid: u32, data: &Path) -> bool {
    let marker = format!("SEATRIAL_HOME={}", data.display());
    let variables = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    variables.split(|byte| *byte == 0).any(|pair| pair == marker.as_bytes())
}

/// Kills a home's workers at once, as a crash would; whether there was one.
pub fn kill_worker(data: &Path) -> bool {
    let workers = workers_of(data);
    workers.iter().for_each(|pid| signal("KILL", *pid));
    !workers.is_empty()
}

/// How many processes have this text in their command line.
pub fn running(text: &str) -> usize {
    let line = |pid: u32| fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    processes().filter(|pid| String::from_utf8_lossy(&line(*pid)).replace('\0', " ").contains(text)).count()
}

pub(crate) fn end_all(data: &Path) {
    kill_worker(data);
}

/// Sends a signal to a process; one that is gone is none.
pub fn signal(name: &str, pid: u32) {
    drop(Command::new("sh").args(["-c", &format!("kill -{name} {pid} 2>/dev/null")]).status());
}

/// Every process id.
pub(crate) fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}
