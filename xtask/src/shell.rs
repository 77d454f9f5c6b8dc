//! Runs other programs: with a deadline, as root where needed, and with an error that says what was run and what it said.

use crate::failure::{Failure, Outcome};
use crate::machine;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How much of a failed program's output is shown.
const SHOWN_LINES: usize = 30;

/// One program call, described before it is made so that it can be shown first.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    program: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
    dir: Option<PathBuf>,
    as_root: bool,
    limit: Option<Duration>,
}

/// Starts describing a call of `program`.
pub(crate) fn call(program: impl Into<String>) -> Call {
    Call {
        program: program.into(),
        args: Vec::new(),
        env: Vec::new(),
        dir: None,
        as_root: false,
        limit: None,
    }
}

/// What a finished program left: its status and both outputs.
struct Finished {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

impl Call {
    #[must_use]
    pub(crate) fn args<I: IntoIterator<Item = S>, S: Into<String>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    #[must_use]
    pub(crate) fn arg(self, arg: impl Into<String>) -> Self {
        self.args([arg.into()])
    }

    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    #[must_use]
    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.dir = Some(dir.as_ref().to_owned());
        self
    }

    /// Runs through `sudo` unless this process is root already.
    #[must_use]
    pub(crate) fn with_root(mut self) -> Self {
        self.as_root = true;
        self
    }

    /// Ends the program, and fails, after this long.
    #[must_use]
    pub(crate) fn limit(mut self, seconds: u64) -> Self {
        self.limit = Some(Duration::from_secs(seconds));
        self
    }

    /// The call as a person would type it.
    pub(crate) fn shown(&self) -> String {
        let sudo = (self.as_root && !machine::is_root()).then_some("sudo");
        let env =
            self.env.iter().filter(|(name, _)| name != "PATH").map(|(name, value)| format!("{name}={value}"));
        let words = std::iter::once(self.program.clone()).chain(self.args.iter().cloned());
        let quoted = words.map(|word| if word.contains([' ', '"']) { format!("'{word}'") } else { word });
        sudo.map(str::to_owned).into_iter().chain(env).chain(quoted).collect::<Vec<_>>().join(" ")
    }

    fn command(&self) -> Command {
        let mut command = if self.as_root && !machine::is_root() {
            let mut sudo = Command::new("sudo");
            // sudo drops the environment: what the call sets has to be repeated behind it.
            sudo.arg("env").args(self.env.iter().map(|(name, value)| format!("{name}={value}")));
            sudo.arg(&self.program);
            sudo
        } else {
            Command::new(&self.program)
        };
        command.args(&self.args).envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }

    fn spawn(&self, mut command: Command) -> Outcome<Child> {
        command.spawn().map_err(|error| {
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            let failure = Failure::io(format!("cannot start `{}`", self.shown()), &error);
            if missing {
                failure.hint(format!("install `{}` or put it in PATH", self.program))
            } else {
                failure
            }
        })
    }

    /// Waits for the end, bounded by the limit.
    fn wait(&self, child: &mut Child) -> Outcome<ExitStatus> {
        let started = Instant::now();
        // Short at first, so that short programs can be measured.
        let mut pause = Duration::from_micros(200);
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) => {}
                Err(error) => return Err(Failure::io(format!("waiting for `{}`", self.shown()), &error)),
            }
            if self.limit.is_some_and(|limit| started.elapsed() > limit) {
                end_tree(child.id());
                let _ = child.kill();
                let _ = child.wait();
                let seconds = started.elapsed().as_secs();
                return Err(Failure::new(format!("`{}` did not end within {seconds} s", self.shown())));
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    fn finish(&self) -> Outcome<Finished> {
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.spawn(command)?;
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let status = self.wait(&mut child)?;
        let text = |reader: thread::JoinHandle<String>| reader.join().unwrap_or_default();
        Ok(Finished { status, stdout: text(stdout), stderr: text(stderr) })
    }

    fn failed(&self, status: ExitStatus) -> Failure {
        Failure::new(format!("`{}` failed ({status})", self.shown()))
    }

    /// Runs with this terminal's input and output.
    pub(crate) fn run(&self) -> Outcome {
        let mut child = self.spawn(self.command())?;
        let status = self.wait(&mut child)?;
        if status.success() { Ok(()) } else { Err(self.failed(status)) }
    }

    /// Runs silently and returns standard output without the trailing newline; a failure shows the end of what was said.
    pub(crate) fn output(&self) -> Outcome<String> {
        let done = self.finish()?;
        if done.status.success() {
            return Ok(done.stdout.trim_end().to_owned());
        }
        let said = format!("{}\n{}", done.stdout.trim(), done.stderr.trim());
        Err(self.failed(done.status).detail(last_lines(&said, SHOWN_LINES)))
    }

    /// Whether it can be run and ends well.
    pub(crate) fn succeeds(&self) -> bool {
        self.finish().is_ok_and(|done| done.status.success())
    }

    /// Runs with standard output and error written to `log` and tells whether it ended well, and what it said.
    pub(crate) fn captured(&self, log: &Path) -> Outcome<(bool, String)> {
        std::fs::write(log, "").map_err(|error| Failure::io(log.display(), &error))?;
        let ended = self.append(log)?;
        let said = std::fs::read(log).map_err(|error| Failure::io(log.display(), &error))?;
        Ok((ended.success(), String::from_utf8_lossy(&said).into_owned()))
    }

    /// Runs with standard output and error appended to `log`.
    pub(crate) fn logged(&self, log: &Path) -> Outcome {
        let status = self.append(log)?;
        if status.success() {
            return Ok(());
        }
        let said = std::fs::read_to_string(log).unwrap_or_default();
        Err(self.failed(status).detail(last_lines(&said, SHOWN_LINES)))
    }

    /// Replaces this process by the program: its input, output and status are the program's. Returns only when that fails.
    pub(crate) fn replace(&self) -> Failure {
        let error = machine::become_program(&mut self.command());
        Failure::io(format!("cannot start `{}`", self.shown()), &error)
    }

    fn append(&self, log: &Path) -> Outcome<ExitStatus> {
        let file = File::options().create(true).append(true).open(log);
        let copy = file.and_then(|file| file.try_clone().map(|copy| (file, copy)));
        let (out, err) = copy.map_err(|error| Failure::io(log.display(), &error))?;
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let mut child = self.spawn(command)?;
        self.wait(&mut child)
    }
}

fn drain<R: Read + Send + 'static>(source: Option<R>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut source) = source {
            let _ = source.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Ends every process below this one, so that a program over its time leaves no test of its own running.
fn end_tree(parent: u32) {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for pid in entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if parent_in(&stat) == Some(parent) {
            end_tree(pid);
            let _ = signal("KILL", pid, false).succeeds();
        }
    }
}

/// The parent in a line of `/proc/PID/stat`; the name before it may hold anything, even parentheses.
fn parent_in(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Sends a signal, by the shell: `kill` as a program of its own is not everywhere.
pub(crate) fn signal(name: &str, pid: u32, as_root: bool) -> Call {
    let kill = call("sh").args(["-c", &format!("kill -{name} {pid}")]).limit(10);
    if as_root { kill.with_root() } else { kill }
}

/// The last `count` lines of a text.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Asks until `fact` is there or the time is over.
pub(crate) fn wait_for(seconds: u64, mut fact: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    let mut pause = Duration::from_millis(5);
    while Instant::now() < deadline {
        if fact() {
            return true;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
    fact()
}

#[cfg(test)]
mod tests {
    use super::{call, last_lines, parent_in};
    use std::time::{Duration, Instant};

    #[test]
    fn a_program_over_its_time_is_ended_with_everything_below_it() {
        let marker = format!("300.{}", std::process::id());
        let started = Instant::now();
        let script = format!("sleep {marker} & sleep {marker}");
        assert!(call("sh").args(["-c", &script]).limit(1).output().is_err());
        assert!(started.elapsed() < Duration::from_secs(60));
        let running = std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            std::fs::read(entry.path().join("cmdline"))
                .is_ok_and(|line| line == format!("sleep\0{marker}\0").into_bytes())
        });
        assert!(!running);
    }

    #[test]
    fn a_failure_says_what_was_run_and_the_end_of_what_it_said() {
        let failure =
            call("sh").args(["-c", "echo first; echo second >&2; exit 3"]).output().unwrap_err().to_string();
        assert!(
            failure.contains("exit 3") && failure.contains("| first") && failure.contains("| second"),
            "{failure}"
        );
    }

    #[test]
    fn a_missing_program_is_named() {
        let failure = call("seatrial-no-such-program").output().unwrap_err().to_string();
        assert!(failure.contains("install `seatrial-no-such-program`"), "{failure}");
    }

    #[test]
    fn the_parent_is_read_behind_any_program_name() {
        assert_eq!(parent_in("12 (a) b) (c)) S 7 12 12 0"), Some(7));
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
    }
}
