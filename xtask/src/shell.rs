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
    let listed = call("ps").args(["-e", "-o", "pid=,ppid="]).output().unwrap_or_default();
    for line in listed.lines() {
        let mut numbers = line.split_whitespace().filter_map(|number| number.parse::<u32>().ok());
        if let (Some(pid), Some(above)) = (numbers.next(), numbers.next())
            && above == parent
        {
            end_tree(pid);
            let _ = call("kill").args(["-KILL", &pid.to_string()]).succeeds();
        }
    }
}

/// The last `count` lines of a text.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Asks until `fact` is there or the time is over.
pub(crate) fn wait_for(seconds: u64, mut fact: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < deadline {
        if fact() {
            return true;
        }
        thread::sleep(Duration::from_millis(100));
    }
    fact()
}
