//! Running a step's command.

use super::group::{Ask, Group, MARK};
use super::outcome::{End, Outcome, OutputChunk, OutputStream};
use super::spawn::{Kept, Start, spawn};
use super::{Input, ProcessSpec, StartError};
use bytes::BytesMut;
use chrono::Utc;
use std::io;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// A good capacity for the channel given to [`run`]: at 64 KiB each, at most 4 MiB wait for their reader.
pub const CHANNEL_CHUNKS: usize = 64;

const CHUNK: usize = 64 * 1024;
/// What a background job gets to write its last lines after the program itself has ended.
const SETTLE: Duration = Duration::from_millis(500);
/// How long background jobs may take to end once asked to.
const LEFT_BEHIND_GRACE: Duration = Duration::from_secs(2);
/// Silence after which an output that somebody else still holds open is closed.
const QUIET: Duration = Duration::from_millis(300);
/// How long a killed process may take to be gone; longer only in an uninterruptible wait of the kernel.
const KILL_LIMIT: Duration = Duration::from_secs(10);

/// Runs a process to its end and streams what it writes.
///
/// All output is delivered: when the channel is full the process waits, nothing is dropped. When the receiver is
/// dropped the process goes on and its output is discarded. `cancel` asks the whole group to end (SIGTERM), and
/// makes it (SIGKILL) after `spec.grace`; the timeout does the same. When the program ends by itself, background jobs
/// it left in its session are ended too; a daemon that left the session stays. Dropping the future kills everything.
pub async fn run(
    spec: &ProcessSpec,
    output: mpsc::Sender<OutputChunk>,
    cancel: &CancellationToken,
) -> Outcome {
    let started = Instant::now();
    let finish = |end, cpu, left_behind| Outcome { end, took: started.elapsed(), cpu, left_behind };
    if cancel.is_cancelled() {
        return finish(End::Cancelled { forced: false }, None, 0);
    }
    let mut running = match Running::start(spec, &output) {
        Ok(running) => running,
        Err(error) => return finish(End::CouldNotStart(error), None, 0),
    };
    let ended_by_us = running.wait(spec, cancel).await;
    let left_behind = running.settle(ended_by_us.is_some()).await;
    let (status, cpu) = running.reap().await;
    finish(ended_by_us.unwrap_or_else(|| end_of(status)), cpu, left_behind)
}

struct Running {
    group: Group,
    kept: Option<Kept>,
    gone: bool,
    pumps: Vec<AbortOnDropHandle<()>>,
    closing: CancellationToken,
    /// Lets an input go that is kept open while the program runs.
    input: CancellationToken,
}

impl Running {
    fn start(spec: &ProcessSpec, output: &mpsc::Sender<OutputChunk>) -> Result<Self, StartError> {
        let mut env = spec.env.clone();
        env.set(MARK, &spec.mark);
        let start = Start {
            program: &spec.program,
            cwd: &spec.cwd,
            env: &env,
            stdin: spec.stdin.stdio(),
            stdout: Stdio::piped(),
            stderr: Stdio::piped(),
        };
        let mut child = spawn(start)?;
        let group = Group::new(child.id(), &spec.mark);
        let closing = CancellationToken::new();
        let input = closing.child_token();
        let pumps = connect(&mut child, (&spec.stdin, &input), output, &closing);
        let mut running =
            Self { group, kept: Some(Kept::new(child)), gone: false, pumps: Vec::new(), closing, input };
        // From here on dropping `running` ends the child.
        running.pumps =
            pumps.map_err(|error| StartError::System { program: spec.program.name(), kind: error.kind() })?;
        Ok(running)
    }

    /// Waits for the end; `Some` when it was our doing.
    async fn wait(&mut self, spec: &ProcessSpec, cancel: &CancellationToken) -> Option<End> {
        let limit = spec.timeout;
        tokio::select! {
            biased;
            () = self.ended() => None,
            () = cancel.cancelled() => {
                Some(End::Cancelled { forced: self.stop(spec.grace).await })
            }
            limit = after(limit) => {
                Some(End::TimedOut { limit, forced: self.stop(spec.grace).await })
            }
        }
    }

    /// Resolves when the program itself has ended.
    async fn ended(&mut self) {
        if let (false, Some(kept)) = (self.gone, &mut self.kept) {
            let _ = (&mut kept.ended).await;
            self.gone = true;
        }
    }

    async fn ended_within(&mut self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.ended()).await.is_ok()
    }

    /// Asks everything to end, and makes it; tells whether that was needed.
    async fn stop(&mut self, grace: Duration) -> bool {
        let deadline = Instant::now() + grace;
        self.group.signal_all(Ask::Term);
        let ended = self.ended_within(grace).await && self.group_gone_by(deadline).await;
        if !ended {
            self.group.signal_all(Ask::Kill);
            self.ended_within(KILL_LIMIT).await;
        }
        // What was forked while the signals were on their way, or left the session and ignored the first one.
        self.group.signal_all(Ask::Kill);
        !ended
    }

    /// Waits until nothing of the session runs any more; tells whether that was so in time.
    async fn group_gone_by(&self, deadline: Instant) -> bool {
        loop {
            match self.group.members() {
                None | Some(0) => return true,
                Some(_) if Instant::now() >= deadline => return false,
                Some(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// After the program's end: lets background jobs finish or ends them, and takes the rest of the output.
    async fn settle(&mut self, stopped: bool) -> usize {
        self.input.cancel();
        let all_read = async {
            for pump in &mut self.pumps {
                let _ = pump.await;
            }
        };
        let read = tokio::time::timeout(SETTLE, all_read).await.is_ok();
        let left_behind = if stopped { 0 } else { self.end_left_behind().await };
        self.closing.cancel();
        if !read {
            for pump in &mut self.pumps {
                if !pump.is_finished() {
                    let _ = pump.await;
                }
            }
        }
        left_behind
    }

    async fn end_left_behind(&self) -> usize {
        let members = self.group.members();
        if members == Some(0) {
            return 0;
        }
        self.group.signal(Ask::Term);
        if !self.group_gone_by(Instant::now() + LEFT_BEHIND_GRACE).await || members.is_none() {
            self.group.signal(Ask::Kill);
        }
        members.unwrap_or(0)
    }

    async fn reap(mut self) -> (Option<ExitStatus>, Option<Duration>) {
        let Some(kept) = self.kept.take() else { return (None, None) };
        let cpu = cpu_time(kept.pid);
        // A process in an uninterruptible wait of the kernel cannot be collected; somebody else's deadline counts.
        if !self.gone {
            return (None, cpu);
        }
        (kept.reap().await, cpu)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Still kept means that nobody saw the end: the future was dropped, or the pipes failed.
        if self.kept.is_some() {
            self.group.signal_all(Ask::Kill);
        }
    }
}

/// Resolves after the limit, with it; never without one.
async fn after(limit: Option<Duration>) -> Duration {
    match limit {
        Some(limit) => {
            tokio::time::sleep(limit).await;
            limit
        }
        None => std::future::pending().await,
    }
}

/// Starts the tasks that move data between the child's pipes and us.
fn connect(
    child: &mut Child,
    (stdin, input): (&Input, &CancellationToken),
    output: &mpsc::Sender<OutputChunk>,
    closing: &CancellationToken,
) -> io::Result<Vec<AbortOnDropHandle<()>>> {
    let mut pumps = Vec::new();
    if let Some(pipe) = child.stdout.take() {
        widen(&pipe);
        let pump = pump(ChildStdout::from_std(pipe)?, OutputStream::Stdout, output.clone(), closing.clone());
        pumps.push(AbortOnDropHandle::new(tokio::spawn(pump)));
    }
    if let Some(pipe) = child.stderr.take() {
        let pump = pump(ChildStderr::from_std(pipe)?, OutputStream::Stderr, output.clone(), closing.clone());
        pumps.push(AbortOnDropHandle::new(tokio::spawn(pump)));
    }
    if let Some(pipe) = child.stdin.take() {
        let feed = feed(ChildStdin::from_std(pipe)?, stdin.clone(), input.clone(), closing.clone());
        pumps.push(AbortOnDropHandle::new(tokio::spawn(feed)));
    }
    Ok(pumps)
}

/// Writes a program's input. It may end without reading it.
async fn feed(mut pipe: ChildStdin, stdin: Input, end: CancellationToken, closing: CancellationToken) {
    let open = matches!(stdin, Input::Open(_) | Input::Later(_));
    let written = async {
        let bytes = match stdin {
            Input::Nothing => return false,
            Input::Bytes(bytes) | Input::Open(bytes) => bytes,
            Input::Later(mut sent) => {
                let sent = tokio::select! {
                    sent = sent.wait_for(|bytes| !bytes.is_empty()) => sent.map(|bytes| bytes.clone()),
                    () = end.cancelled() => return false,
                };
                match sent {
                    Ok(bytes) => bytes,
                    Err(_) => return false,
                }
            }
        };
        pipe.write_all(&bytes).await.is_ok()
    };
    let written = tokio::select! {
        written = written => written,
        () = closing.cancelled() => false,
    };
    if open && written {
        end.cancelled().await;
    }
}

/// Moves one output into the channel.
async fn pump(
    mut pipe: impl AsyncRead + Unpin,
    stream: OutputStream,
    output: mpsc::Sender<OutputChunk>,
    closing: CancellationToken,
) {
    let mut buffer = BytesMut::with_capacity(CHUNK);
    loop {
        buffer.reserve(CHUNK / 8);
        let read = tokio::select! {
            biased;
            read = pipe.read_buf(&mut buffer) => read,
            () = quiet_after(&closing) => return,
        };
        if !matches!(read, Ok(1..)) {
            return;
        }
        let chunk = OutputChunk { stream, bytes: buffer.split().freeze(), at: Utc::now() };
        // Without a receiver the output still has to be taken, or the process would stand still.
        let _ = output.send(chunk).await;
    }
}

async fn quiet_after(closing: &CancellationToken) {
    closing.cancelled().await;
    tokio::time::sleep(QUIET).await;
}

/// A larger pipe saves context switches under a flood; the usual size does, too.
#[cfg(target_os = "linux")]
fn widen(pipe: &std::process::ChildStdout) {
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, 1024 * 1024);
}

#[cfg(not(target_os = "linux"))]
fn widen(_pipe: &std::process::ChildStdout) {}

#[cfg(target_os = "linux")]
fn cpu_time(pid: u32) -> Option<Duration> {
    super::procfs::Stat::of(pid).map(|stat| stat.cpu())
}

#[cfg(not(target_os = "linux"))]
fn cpu_time(_pid: u32) -> Option<Duration> {
    None
}

#[cfg(unix)]
fn end_of(status: Option<ExitStatus>) -> End {
    use std::os::unix::process::ExitStatusExt as _;
    let Some(status) = status else { return End::Signalled(0) };
    status.code().map_or_else(|| End::Signalled(status.signal().unwrap_or(0)), End::Exited)
}

#[cfg(not(unix))]
fn end_of(status: Option<ExitStatus>) -> End {
    status.and_then(|status| status.code()).map_or(End::Signalled(0), End::Exited)
}
