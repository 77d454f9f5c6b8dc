//! One host: its namespaces, its disk, its first process.

use super::network::ADDRESSES;
use super::state::{STATE, place};
use crate::failure::{Failure, Outcome};
use crate::machine;
use crate::shell::{Call, call, last_lines, signal, wait_for};
use std::path::PathBuf;

/// What network namespaces and control groups of hosts are called, before the host's name.
pub(super) const SPACE_PREFIX: &str = "seatrial-testbed-";
const START_SECONDS: u64 = 60;
const STOP_SECONDS: u64 = 30;
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A host, there or not.
#[derive(Debug, Clone)]
pub(super) struct Host {
    number: u8,
    name: String,
}

impl Host {
    /// So many there can be.
    pub(super) const MOST: u8 = 20;

    pub(super) fn new(number: u8) -> Self {
        Self { number, name: format!("h{number}") }
    }

    /// The one that templates are made on.
    pub(super) fn template() -> Self {
        Self { number: 99, name: "template".to_owned() }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn address(&self) -> String {
        format!("{ADDRESSES}.{}", u16::from(self.number) + 10)
    }

    /// Its folder in the state folder.
    pub(super) fn dir(&self) -> PathBuf {
        place(&self.name)
    }

    pub(super) fn disk(&self) -> PathBuf {
        self.dir().join("disk.img")
    }

    /// The name of its network namespace and of its control groups.
    pub(super) fn space(&self) -> String {
        format!("{SPACE_PREFIX}{}", self.name)
    }

    /// The id of its first process as this machine counts; `None` while it is off.
    pub(super) fn init(&self) -> Option<u32> {
        let pid = std::fs::read_to_string(self.dir().join("init.pid")).ok()?.trim().parse().ok()?;
        // The id may have gone to a stranger since: the control group tells.
        is_running_in(pid, &self.space()).then_some(pid)
    }

    fn init_or_failure(&self) -> Outcome<u32> {
        self.init().ok_or_else(|| {
            Failure::new(format!("{} is off", self.name))
                .hint(format!("run `cargo xtask testbed poweron {}`", self.name))
        })
    }

    /// A file of the host as seen from here; `None` while it is off or has not gone into its own file system yet.
    pub(super) fn file(&self, path: &str) -> Option<PathBuf> {
        let root = PathBuf::from(format!("/proc/{}/root", self.init()?));
        root.join("run/seatrial-host").exists().then(|| root.join(path.trim_start_matches('/')))
    }

    /// Starts it; its disk and network have to be there.
    pub(super) fn boot(&self) -> Outcome {
        if self.init().is_some() {
            return Err(Failure::new(format!("{} is on already", self.name)));
        }
        let script = place("host-boot.sh").display().to_string();
        let words = ["--fork", &script, STATE, &self.name, &self.space()];
        call("setsid").args(words).limit(10).logged(&self.console())
    }

    fn console(&self) -> PathBuf {
        self.dir().join("console.log")
    }

    /// Waits until sshd and the engine answer.
    pub(super) fn wait_ready(&self) -> Outcome {
        // The scripts' own end is told at once, a slow engine after the whole time.
        let seen = wait_for(10, || self.init().is_some());
        if seen && wait_for(START_SECONDS, || self.init().is_none() || self.is_ready()) && self.is_ready() {
            return Ok(());
        }
        let console = std::fs::read_to_string(self.console()).unwrap_or_default();
        let engine = self.file("/var/log/dockerd.log").and_then(|file| std::fs::read_to_string(file).ok());
        let said = format!("{}\n{}", last_lines(&console, 10), last_lines(&engine.unwrap_or_default(), 10));
        Err(Failure::new(format!("{} did not come up", self.name)).detail(said))
    }

    fn is_ready(&self) -> bool {
        self.engine_answers() && self.file("/run/sshd.pid").is_some_and(|file| file.exists())
    }

    /// Whether its engine answers.
    pub(super) fn engine_answers(&self) -> bool {
        self.engine_socket().is_some_and(|socket| machine::engine_answers_at(&socket))
    }

    /// The engine's socket as seen from here.
    pub(super) fn engine_socket(&self) -> Option<PathBuf> {
        self.file("/run/docker.sock")
    }

    /// Ends everything on it at once, as pulling the plug does.
    pub(super) fn stop(&self) -> Outcome {
        let Some(pid) = self.init() else { return Ok(()) };
        signal("KILL", pid, false).output()?;
        if !wait_for(STOP_SECONDS, || self.init().is_none()) {
            return Err(Failure::new(format!(
                "{} (process {pid}) did not end within {STOP_SECONDS} s",
                self.name
            )));
        }
        std::fs::remove_file(self.dir().join("init.pid"))
            .map_err(|error| Failure::io(self.dir().display(), &error))
    }

    /// A call of a program inside, as root.
    pub(super) fn inside(&self, words: &[&str]) -> Outcome<Call> {
        let pid = self.init_or_failure()?.to_string();
        let enter = ["-t", &pid, "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w", "--"];
        let clean = ["/usr/bin/env", "-i", PATH, "HOME=/root", "USER=root", "TERM=linux"];
        Ok(call("nsenter").args(enter).args(clean).args(words.iter().copied()))
    }

    /// Kills the engine, as a crash would; containers go on.
    pub(super) fn kill_engine(&self) -> Outcome {
        self.inside(&["sh", "-c", "kill -9 \"$(cat /run/docker.pid)\""])?.limit(10).output()?;
        self.wait_engine(false)
    }

    /// Starts the engine, by the first process, so that it is in the host's control groups.
    pub(super) fn start_engine(&self) -> Outcome {
        if self.engine_answers() {
            return Ok(());
        }
        self.inside(&["sh", "-c", "kill -USR1 1"])?.limit(10).output()?;
        self.wait_engine(true)
    }

    fn wait_engine(&self, answers: bool) -> Outcome {
        if wait_for(START_SECONDS, || self.engine_answers() == answers) {
            return Ok(());
        }
        let state = if answers { "did not answer" } else { "still answered" };
        Err(Failure::new(format!("{}: the engine {state} after {START_SECONDS} s", self.name)))
    }
}

/// Whether a process lives and belongs to that control group, or to one below it.
fn is_running_in(pid: u32, group: &str) -> bool {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
    let stat = read("stat");
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next());
    !matches!(state, None | Some("Z" | "X")) && names_group(&read("cgroup"), group)
}

/// Whether one of the lines of `/proc/PID/cgroup` leads through that group.
fn names_group(groups: &str, group: &str) -> bool {
    groups
        .lines()
        .filter_map(|line| line.splitn(3, ':').nth(2))
        .any(|path| path.split('/').any(|it| it == group))
}

#[cfg(test)]
mod tests {
    use super::{Host, names_group};

    #[test]
    fn a_host_has_a_name_an_address_and_a_space_of_its_own() {
        let host = Host::new(1);
        assert_eq!((host.name(), host.address().as_str()), ("h1", "10.77.0.11"));
        assert_eq!(host.space(), "seatrial-testbed-h1");
    }

    #[test]
    fn a_process_of_another_host_is_told_by_its_control_group() {
        let groups = "4:memory:/seatrial-testbed-h10\n0::/seatrial-testbed-h10/init\n";
        assert!(names_group(groups, "seatrial-testbed-h10"));
        assert!(!names_group(groups, "seatrial-testbed-h1"));
        assert!(!names_group("", "seatrial-testbed-h1"));
    }
}
