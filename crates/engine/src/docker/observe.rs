//! Looking into containers of a real engine: logs, commands, ports, HTTP.

use std::net::SocketAddr;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use bollard::query_parameters::{LogsOptions, StatsOptions};
use futures_util::{Stream as FutureStream, StreamExt, TryStreamExt};
use tokio::sync::mpsc;

use super::engine::{CallError, DockerEngine, Locality};
use super::error::{EngineError, Operation, Result};
use super::facts::{ExecOutcome, LogLine, LogStart, Stream, UsageFacts};
use super::lines::Lines;
use super::ports::{ListeningPorts, ports_of_process};
use super::{remote, translate};
use crate::probe::{ProbeAddress, ProbeAnswer, ProbeError, ProbeRequest, request};
use crate::ssh::Reach;

const LISTENING_DEADLINE: Duration = Duration::from_secs(5);

impl DockerEngine {
    pub(crate) async fn read_log(&self, name: &str, from: LogStart) -> Result<Vec<LogLine>> {
        let mut collected = Lines::with_timestamps();
        let mut out = Vec::new();
        let stream = self.client.logs(name, Some(log_options(from, false)));
        let read = async {
            let mut stream = std::pin::pin!(stream);
            while let Some(chunk) = stream.try_next().await? {
                push(&mut collected, chunk, &mut out);
            }
            Ok(())
        };
        match self.read(Operation::Logs, read).await {
            Ok(()) => collected.finish(&mut out),
            Err(error) => return Err(missing_or(error, name)),
        }
        Ok(out)
    }

    /// Unbounded in time on purpose: it ends with the container, the connection or the receiver.
    pub(crate) async fn follow(&self, name: &str, from: LogStart, to: mpsc::Sender<LogLine>) -> Result<()> {
        let mut collected = Lines::with_timestamps();
        self.endpoint.ready().await?;
        let mut stream = std::pin::pin!(self.client.logs(name, Some(log_options(from, true))));
        let mut out = Vec::new();
        loop {
            let chunk = tokio::select! {
                () = to.closed() => return Ok(()),
                chunk = stream.next() => chunk,
            };
            match chunk {
                Some(Ok(chunk)) => push(&mut collected, chunk, &mut out),
                Some(Err(error)) => return Err(missing_or(self.classify(Operation::Logs, error), name)),
                None => collected.finish(&mut out),
            }
            let ended = out.is_empty() && to.is_closed();
            for line in out.drain(..) {
                if to.send(line).await.is_err() {
                    return Ok(());
                }
            }
            if ended || collected.is_finished() {
                return Ok(());
            }
        }
    }

    /// One look, without the second the engine would wait to compare.
    pub(crate) async fn used(&self, name: &str) -> Result<Option<UsageFacts>> {
        let options = StatsOptions { stream: false, one_shot: true };
        let look = async {
            let mut answers = std::pin::pin!(self.client.stats(name, Some(options)));
            answers.try_next().await
        };
        match self.read(Operation::Usage, look).await {
            Ok(answer) => Ok(answer.and_then(translate::usage_facts)),
            Err(error) => Err(missing_or(error, name)),
        }
    }

    pub(crate) async fn run(&self, name: &str, command: &[&str], deadline: Duration) -> Result<ExecOutcome> {
        let options = CreateExecOptions {
            cmd: Some(command.iter().map(|part| (*part).to_owned()).collect()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..Default::default()
        };
        let exec = match self.change(Operation::Exec, self.client.create_exec(name, options)).await {
            Ok(exec) => exec,
            Err(CallError::Status { status: 409, .. }) => {
                return Err(EngineError::NotRunning { name: name.to_owned() });
            }
            Err(error) => return Err(missing_or(error, name)),
        };
        let ran = async {
            let started = self.client.start_exec(&exec.id, None::<StartExecOptions>).await?;
            collect(started).await
        };
        let lines = self.bounded(Operation::Exec, deadline, ran).await?;
        let outcome = self.read(Operation::Exec, self.client.inspect_exec(&exec.id)).await?;
        Ok(ExecOutcome { code: outcome.exit_code.unwrap_or_default(), lines })
    }

    pub(crate) async fn listening(&self, name: &str) -> Result<Option<ListeningPorts>> {
        let missing = || EngineError::ContainerMissing { name: name.to_owned() };
        let facts = self.find(name).await?.ok_or_else(missing)?;
        let Some(pid) = facts.pid else { return Ok(None) };
        if self.locality == Locality::Here
            && let Some(ports) = ports_of_process(pid)
        {
            return Ok(Some(ports));
        }
        if let Some(link) = self.link()
            && let Some(ports) = remote::ports_of_process(link, pid).await
        {
            return Ok(Some(ports));
        }
        // Fails where the image has no `cat`; then it cannot be seen.
        let read = self.run(name, &["cat", "/proc/net/tcp", "/proc/net/tcp6"], LISTENING_DEADLINE).await;
        Ok(read.ok().filter(|outcome| !outcome.lines.is_empty()).map(|outcome| {
            let table: Vec<String> = outcome.lines.iter().map(LogLine::text).collect();
            ListeningPorts::parse(&table.join("\n"))
        }))
    }

    pub(crate) async fn ask(
        &self,
        name: &str,
        port: u16,
        asked: &ProbeRequest,
    ) -> Result<Result<ProbeAnswer, ProbeError>> {
        let missing = || EngineError::ContainerMissing { name: name.to_owned() };
        let facts = self.find(name).await?.ok_or_else(missing)?;
        if !facts.is_running() {
            return Err(EngineError::NotRunning { name: name.to_owned() });
        }
        // Only a Linux host has a route to its containers; elsewhere they are in a virtual machine.
        let reach = self.reach().filter(|reach| *reach != Reach::Here || cfg!(target_os = "linux"));
        let (Some(reach), Some(address)) = (reach, facts.addresses.values().next()) else {
            return Err(EngineError::NotReachable { name: name.to_owned() });
        };
        let address = reach.address(ProbeAddress::Tcp(SocketAddr::new(*address, port)));
        match request(&address, asked).await {
            Err(ProbeError::Link(error)) => Err(EngineError::Link(error)),
            outcome => Ok(outcome),
        }
    }
}

fn log_options(from: LogStart, follow: bool) -> LogsOptions {
    LogsOptions {
        stdout: true,
        stderr: true,
        timestamps: true,
        follow,
        // The engine takes whole seconds: what is left over of the first one is for the caller to pass over.
        since: from.since.and_then(|at| i32::try_from(at.timestamp()).ok()).unwrap_or_default(),
        tail: from.tail.map_or_else(|| "all".to_owned(), |lines| lines.to_string()),
        ..Default::default()
    }
}

async fn collect(started: StartExecResults) -> Result<Vec<LogLine>, bollard::errors::Error> {
    let mut collected = Lines::plain();
    let mut out = Vec::new();
    if let StartExecResults::Attached { mut output, .. } = started {
        drain(&mut output, &mut collected, &mut out).await?;
    }
    collected.finish(&mut out);
    Ok(out)
}

async fn drain<S>(
    stream: &mut S,
    lines: &mut Lines,
    out: &mut Vec<LogLine>,
) -> Result<(), bollard::errors::Error>
where
    S: FutureStream<Item = Result<LogOutput, bollard::errors::Error>> + Unpin,
{
    while let Some(chunk) = stream.try_next().await? {
        push(lines, chunk, out);
    }
    Ok(())
}

fn push(lines: &mut Lines, chunk: LogOutput, out: &mut Vec<LogLine>) {
    let stream = if matches!(chunk, LogOutput::StdErr { .. }) { Stream::Err } else { Stream::Out };
    lines.push(stream, &chunk.into_bytes(), out);
}

fn missing_or(error: CallError, name: &str) -> EngineError {
    match error {
        CallError::Status { status: 404, .. } => EngineError::ContainerMissing { name: name.to_owned() },
        error => error.into(),
    }
}
