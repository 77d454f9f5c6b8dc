//! Starting a child, and keeping it until nobody needs its process id any more.

use super::{Environment, Input, Program, StartError};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tokio::sync::oneshot;

/// How to start a child.
pub(super) struct Start<'a> {
    pub(super) program: &'a Program,
    pub(super) cwd: &'a Path,
    pub(super) env: &'a Environment,
    pub(super) stdin: Stdio,
    pub(super) stdout: Stdio,
    pub(super) stderr: Stdio,
}

impl Input {
    /// What the child's standard input is connected to.
    pub(super) fn stdio(&self) -> Stdio {
        match self {
            Self::Nothing => Stdio::null(),
            Self::Bytes(_) | Self::Open(_) | Self::Later(_) => Stdio::piped(),
        }
    }
}

/// Starts a child in a session of its own: no controlling terminal, so that a program that wants to ask for a
/// password fails at once instead of waiting for somebody, and Ctrl-C in our terminal is ours to interpret.
pub(super) fn spawn(start: Start<'_>) -> Result<Child, StartError> {
    let words = start.program.words();
    let Some((program, arguments)) = words.split_first() else { return Err(StartError::Empty) };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(start.cwd).env_clear().envs(start.env.iter());
    command.stdin(start.stdin).stdout(start.stdout).stderr(start.stderr);
    own_session(&mut command).and_then(|()| spawn_retrying(&mut command)).map_err(|error| {
        let path = start.env.get("PATH").unwrap_or_default();
        explain(&error, &words, start.cwd, path)
    })
}

/// Another thread that forks while a script is being written makes it "busy" for an instant (ETXTBSY).
fn spawn_retrying(command: &mut Command) -> io::Result<Child> {
    for _ in 0..10 {
        match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(10));
            }
            result => return result,
        }
    }
    command.spawn()
}

#[cfg(unix)]
fn own_session(command: &mut Command) -> io::Result<()> {
    use process_wrap::std::{CommandWrap, CommandWrapper as _, ProcessSession};
    // Only the hook that calls setsid() in the child: waiting and signalling are ours.
    ProcessSession.pre_spawn(command, &CommandWrap::from(Command::new("")))
}

#[cfg(windows)]
fn own_session(command: &mut Command) -> io::Result<()> {
    use std::os::windows::process::CommandExt as _;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
    Ok(())
}

pub(super) fn explain(error: &io::Error, words: &[OsString], cwd: &Path, path: &OsStr) -> StartError {
    let program = words.first().map(|w| w.to_string_lossy().into_owned()).unwrap_or_default();
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if !cwd.is_dir() => {
            StartError::FolderGone { cwd: cwd.to_owned() }
        }
        io::ErrorKind::NotFound if program.contains('/') && cwd.join(&program).exists() => {
            StartError::InterpreterNotFound { program }
        }
        io::ErrorKind::NotFound => {
            StartError::NotFound { program, path: path.to_string_lossy().into_owned() }
        }
        io::ErrorKind::PermissionDenied => StartError::NotExecutable { program },
        io::ErrorKind::ArgumentListTooLong => {
            StartError::TooLong { bytes: words.iter().map(|w| w.len()).sum() }
        }
        kind => StartError::System { program, kind },
    }
}

/// A child with somebody who waits for it.
///
/// On Unix the child stays a zombie between [`Kept::ended`] and [`Kept::reap`], so that its process id, which is
/// also the id of its group and session, cannot become somebody else's while we still signal the group.
pub(super) struct Kept {
    pub(super) pid: u32,
    pub(super) ended: oneshot::Receiver<()>,
    reap: mpsc::Sender<()>,
    status: oneshot::Receiver<io::Result<ExitStatus>>,
}

impl Kept {
    /// Takes a child into keeping. Its pipes must have been taken.
    pub(super) fn new(mut child: Child) -> Self {
        let pid = child.id();
        let (ended_tx, ended) = oneshot::channel();
        let (reap, may_reap) = mpsc::channel::<()>();
        let (status_tx, status) = oneshot::channel();
        // A thread, because waiting for exactly one process is a blocking call; it outlives a dropped future.
        std::thread::spawn(move || {
            wait_without_reaping(pid);
            let _ = ended_tx.send(());
            let _ = may_reap.recv();
            let _ = status_tx.send(child.wait());
        });
        Self { pid, ended, reap, status }
    }

    /// Collects the exit status. Only after [`Kept::ended`].
    pub(super) async fn reap(self) -> Option<ExitStatus> {
        drop(self.reap);
        self.status.await.ok()?.ok()
    }
}

#[cfg(unix)]
fn wait_without_reaping(pid: u32) {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), options), Err(rustix::io::Errno::INTR)) {}
}

#[cfg(not(unix))]
fn wait_without_reaping(_pid: u32) {}

/// Windows has no signals; its own tool ends a tree of processes.
#[cfg(windows)]
pub(super) fn kill_tree(pid: u32) {
    let _ = Command::new("taskkill").args(["/T", "/F", "/PID", &pid.to_string()]).output();
}
