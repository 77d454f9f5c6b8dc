//! What an environment's app writes, as it comes: masked, in lines, over restarts, deployments and lost connections.

use crate::actions::chain;
use crate::docker::{ContainerFacts, ContainerHost, EngineError, LogLine, LogStart, Stream};
use crate::process::lines::LogLine as MaskedLine;
use crate::process::{OutputChunk, OutputStream};
use crate::proxy::{Direction, ProxyError, SiteKey, TrafficDriver};
use crate::secrets::{MaskedLines, Masker};
use crate::slots::container_name;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use seatrial_core::model::{Slot, WorkerName};
use seatrial_core::pipeline::Place;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Longest look at what is there.
const LOOK: Duration = Duration::from_secs(15);
/// Pause before the next look, after whatever it was that ended.
const PAUSE: Duration = Duration::from_millis(500);
/// Pause after a look that failed.
const LOST_PAUSE: Duration = Duration::from_secs(2);
/// How often it is looked whether another slot has become the one that visitors get.
const LIVE_LOOK: Duration = Duration::from_secs(3);
/// Lines of the engine that wait to be taken.
const WAITING: usize = 1_000;
/// Lines that are passed on together.
const BATCH: usize = 500;

/// Whose output is read.
#[derive(Clone)]
pub struct Output {
    /// The engine.
    pub host: Arc<dyn ContainerHost>,
    /// The proxy, which knows what visitors get.
    pub traffic: Arc<dyn TrafficDriver>,
    /// The environment.
    pub place: Place,
    /// The slot; `None`: always the one that visitors get.
    pub slot: Option<Slot>,
    /// One of the slot's workers; `None`: what visitors reach.
    pub worker: Option<WorkerName>,
    /// The slot that is read while visitors get none.
    pub otherwise: Option<Slot>,
    /// What hides secrets.
    pub masks: Arc<dyn Masks>,
}

/// Where the secrets are known. They are asked for again whenever reading begins: a deployment may have brought others.
#[async_trait]
pub trait Masks: Send + Sync {
    /// Hides every secret of the environment.
    ///
    /// # Errors
    /// Why they are not known; then nothing is read.
    async fn masker(&self) -> Result<Masker, String>;
}

#[async_trait]
impl Masks for Masker {
    async fn masker(&self) -> Result<Masker, String> {
        Ok(self.clone())
    }
}

/// How following is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// Lines of this slot come as they are written.
    Following(Slot),
    /// The slot's container does not run; it is waited for.
    Stopped(Slot),
    /// There is no container; one is waited for.
    Nothing,
    /// It cannot be looked at just now, and is tried again.
    Lost(String),
}

/// What is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It is like this from here on.
    Sight(Sight),
    /// The next lines of a slot.
    Lines(Slot, Vec<MaskedLine>),
}

/// Why output could not be read.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The proxy.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// What has to be hidden is not known.
    #[error("{0}; nothing is read that could show a secret")]
    Secrets(String),
    /// Nothing answered in time.
    #[error("the target did not answer within {} s", LOOK.as_secs())]
    Silent,
}

/// How far a container's log was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    container: String,
    /// Time of the last line, by stream.
    last: [Option<DateTime<Utc>>; 2],
    /// What was read to its end while nothing ran: it is not read again before it runs.
    drained: Option<DateTime<Utc>>,
}

impl Read {
    /// Notes a line, unless it was there before.
    pub(crate) fn is_new(&mut self, line: &LogLine) -> bool {
        let last = &mut self.last[usize::from(line.stream == Stream::Err)];
        let new = line.at.is_none() || line.at > *last;
        *last = line.at.max(*last);
        new
    }

    /// Where reading goes on after it broke off.
    pub(crate) fn go_on(&self) -> Option<LogStart> {
        self.last.iter().flatten().max().copied().map(LogStart::since)
    }
}

/// The container that is looked at.
struct Found {
    slot: Slot,
    facts: ContainerFacts,
}

impl Found {
    fn sight(&self) -> Sight {
        if self.facts.is_running() { Sight::Following(self.slot) } else { Sight::Stopped(self.slot) }
    }
}

impl Output {
    /// The lines from a point on, as far as they go now, and how it is there.
    ///
    /// # Errors
    /// When the target cannot be looked at.
    pub async fn read(&self, from: LogStart) -> Result<(Sight, Vec<MaskedLine>), OutputError> {
        let Some(found) = bounded(self.look(None)).await? else { return Ok((Sight::Nothing, Vec::new())) };
        let mut masked = self.masked().await?;
        let lines = self.host.logs(&found.facts.name, from).await?;
        let mut shown = Vec::new();
        for line in lines.iter().filter(|line| is_since(line, from)) {
            masked.push(line, &mut shown);
        }
        masked.finish(&mut shown);
        Ok((found.sight(), shown))
    }

    /// Follows until the receiver is dropped. What goes wrong is told and tried again.
    pub async fn follow(&self, from: LogStart, to: mpsc::Sender<News>) {
        let mut walk = Walk { output: self, from, to, slot: None, read: Read::default(), told: None };
        // It ends by an error only: nobody listens any more.
        while walk.once().await.is_ok() {}
    }

    async fn masked(&self) -> Result<Masked, OutputError> {
        let masker = self.masks.masker().await.map_err(OutputError::Secrets)?;
        Ok(Masked(MaskedLines::new(masker)))
    }

    /// The slot to read and its container. `before`: the slot that was read last.
    async fn look(&self, before: Option<Slot>) -> Result<Option<Found>, OutputError> {
        let wanted = match self.slot {
            Some(slot) => Some(slot),
            // While requests are held, or nothing is live, the last one is the one of interest.
            None => self.live().await?.or(before).or(self.otherwise),
        };
        let Some(slot) = wanted else { return Ok(None) };
        let instance = self.host.instance();
        let name = container_name(instance, &self.place, slot, self.worker.as_ref());
        let facts = self.host.container(&name).await?;
        Ok(facts.filter(|facts| instance.owns(&facts.name, &facts.labels)).map(|facts| Found { slot, facts }))
    }

    async fn live(&self) -> Result<Option<Slot>, OutputError> {
        match self.traffic.direction(&SiteKey::parse(&self.place.stem())?).await {
            Ok(Direction::Slot(slot)) => Ok(Some(slot)),
            Ok(Direction::Held | Direction::Absent) | Err(ProxyError::UnknownSite { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The engine begins with a whole second, which may be too early.
fn is_since(line: &LogLine, from: LogStart) -> bool {
    from.since.is_none_or(|since| line.at.is_none_or(|at| at >= since))
}

async fn bounded<T>(look: impl Future<Output = Result<T, OutputError>>) -> Result<T, OutputError> {
    tokio::time::timeout(LOOK, look).await.unwrap_or(Err(OutputError::Silent))
}

/// Nobody listens any more.
struct Unheard;

/// One following, from its begin to its end.
struct Walk<'a> {
    output: &'a Output,
    /// Where the first container is read from.
    from: LogStart,
    to: mpsc::Sender<News>,
    slot: Option<Slot>,
    read: Read,
    told: Option<Sight>,
}

impl Walk<'_> {
    /// Looks, and reads what is there until it ends or breaks off.
    async fn once(&mut self) -> Result<(), Unheard> {
        match bounded(self.output.look(self.slot)).await {
            Err(error) => {
                self.tell(Sight::Lost(chain(&error))).await?;
                self.pause(LOST_PAUSE).await
            }
            Ok(None) => {
                self.tell(Sight::Nothing).await?;
                self.pause(PAUSE).await
            }
            Ok(Some(found)) => self.read(found).await,
        }
    }

    async fn read(&mut self, found: Found) -> Result<(), Unheard> {
        self.slot = Some(found.slot);
        self.tell(found.sight()).await?;
        let Found { slot, facts } = found;
        let begun = facts.started_at.unwrap_or_default();
        let first = self.read.container.is_empty();
        if self.read.container != facts.id {
            self.read = Read { container: facts.id.clone(), ..Read::default() };
        }
        let running = facts.is_running();
        if !running && self.read.drained == Some(begun) {
            return self.pause(PAUSE).await;
        }
        // What a container of a later deployment wrote before it was started for it is of no interest.
        let later = || if first { self.from } else { LogStart { since: facts.started_at, tail: None } };
        let start = self.read.go_on().unwrap_or_else(later);
        // What does not run is read and not followed: when it runs again, that is told first.
        let ended = match running {
            true => self.lines(slot, &facts.name, start).await?,
            false => self.rest(slot, &facts.name, start).await?,
        };
        match ended {
            Ok(()) => self.read.drained = (!running).then_some(begun),
            Err(error) => {
                self.tell(Sight::Lost(chain(&error))).await?;
                return self.pause(LOST_PAUSE).await;
            }
        }
        self.pause(PAUSE).await
    }

    /// Passes on what a container has left.
    async fn rest(
        &mut self,
        slot: Slot,
        container: &str,
        start: LogStart,
    ) -> Result<Result<(), OutputError>, Unheard> {
        let read = async {
            let masked = self.output.masked().await?;
            let lines = self.output.host.logs(container, start).await?;
            Ok((masked, lines, self.output.host.container(container).await?))
        };
        let (mut masked, lines, now) = match bounded(read).await {
            Ok(read) => read,
            Err(error) => return Ok(Err(error)),
        };
        // Some of it may be from after it was started again, which is told before.
        if now.is_some_and(|now| now.is_running()) {
            return Ok(Ok(()));
        }
        let mut shown = Vec::new();
        for line in lines.iter().filter(|line| is_since(line, start)) {
            if self.read.is_new(line) {
                masked.push(line, &mut shown);
            }
        }
        masked.finish(&mut shown);
        self.pass_on(slot, shown).await?;
        Ok(Ok(()))
    }

    /// Passes lines on until the container ends, the connection breaks, or visitors get another slot.
    async fn lines(
        &mut self,
        slot: Slot,
        container: &str,
        start: LogStart,
    ) -> Result<Result<(), OutputError>, Unheard> {
        let mut masked = match self.output.masked().await {
            Ok(masked) => masked,
            Err(error) => return Ok(Err(error)),
        };
        let (sender, mut lines) = mpsc::channel(WAITING);
        let host = Arc::clone(&self.output.host);
        let follow = host.follow_logs(container, start, sender);
        tokio::pin!(follow);
        let mut look = tokio::time::interval_at(tokio::time::Instant::now() + LIVE_LOOK, LIVE_LOOK);
        let (mut batch, mut over) = (Vec::new(), None);
        loop {
            tokio::select! {
                ended = &mut follow, if over.is_none() => over = Some(ended),
                count = lines.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        break;
                    }
                    let mut shown = Vec::new();
                    for line in batch.drain(..) {
                        if is_since(&line, start) && self.read.is_new(&line) {
                            masked.push(&line, &mut shown);
                        }
                    }
                    self.pass_on(slot, shown).await?;
                }
                _ = look.tick(), if self.output.slot.is_none() => {
                    // What cannot be asked now is asked again; the lines say for themselves whether the way is there.
                    let live = bounded(self.output.live()).await.unwrap_or_default();
                    if live.is_some_and(|live| live != slot) {
                        break;
                    }
                }
                () = self.to.closed() => return Err(Unheard),
            }
        }
        let mut rest = Vec::new();
        masked.finish(&mut rest);
        self.pass_on(slot, rest).await?;
        Ok(over.unwrap_or(Ok(())).map_err(OutputError::from))
    }

    async fn pass_on(&self, slot: Slot, lines: Vec<MaskedLine>) -> Result<(), Unheard> {
        if lines.is_empty() { Ok(()) } else { self.send(News::Lines(slot, lines)).await }
    }

    async fn tell(&mut self, sight: Sight) -> Result<(), Unheard> {
        if self.told.as_ref() == Some(&sight) {
            return Ok(());
        }
        self.told = Some(sight.clone());
        self.send(News::Sight(sight)).await
    }

    async fn send(&self, news: News) -> Result<(), Unheard> {
        self.to.send(news).await.map_err(|_| Unheard)
    }

    async fn pause(&self, time: Duration) -> Result<(), Unheard> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            () = self.to.closed() => Err(Unheard),
        }
    }
}

/// Lines of an engine on their way to people.
struct Masked(MaskedLines);

impl Masked {
    fn push(&mut self, line: &LogLine, shown: &mut Vec<MaskedLine>) {
        let stream = match line.stream {
            Stream::Out => OutputStream::Stdout,
            Stream::Err => OutputStream::Stderr,
        };
        let mut bytes = line.bytes.clone();
        bytes.push(b'\n');
        let at = line.at.unwrap_or_else(Utc::now);
        self.0.push(&OutputChunk { stream, bytes: bytes.into(), at }, shown);
    }

    fn finish(&mut self, shown: &mut Vec<MaskedLine>) {
        self.0.finish(shown);
    }
}

#[cfg(test)]
mod tests;
