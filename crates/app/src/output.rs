//! What an environment's app writes while it runs: read once, or followed for as long as somebody asks.

mod seen;

use self::seen::{Seen, of_all};
use crate::App;
use crate::api::types::{OutputLine, OutputPage, OutputParams};
use crate::api::{ApiError, Code};
use crate::secrets::SecretsOf;
use crate::target::{Docker, Server, servers};
use crate::translate::chain;
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use seatrial_core::model::{AppName, EnvironmentName, Slot, Target, WorkerName};
use seatrial_core::pipeline::Place;
use seatrial_engine::docker::{ContainerHost, LogStart};
use seatrial_engine::output::{News, Output, OutputError, Sight};
use seatrial_engine::process::OutputStream;
use seatrial_engine::process::lines::LogLine;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// Lines that are shown of what is there already, unless somebody says how many.
const TAIL: u32 = 500;
/// Most lines that are kept of what is followed, and most bytes of them.
const KEPT_LINES: usize = 20_000;
const KEPT_BYTES: usize = 16 << 20;
/// Most lines of one answer.
const PAGE: usize = 5_000;
/// Longest wait of one question.
const LONGEST_WAIT: Duration = Duration::from_secs(25);
/// Nobody follows any more when nobody asked for so long.
const IDLE: Duration = Duration::from_secs(40);
const IDLE_LOOK: Duration = Duration::from_secs(5);
/// Pause before a target that could not be reached is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// News that wait to be kept.
const WAITING: usize = 64;

/// What somebody follows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Wanted {
    app: AppName,
    environment: EnvironmentName,
    server: Option<String>,
    slot: Option<Slot>,
    worker: Option<WorkerName>,
    tail: Option<u32>,
    since: Option<DateTime<Utc>>,
}

impl Wanted {
    fn new(params: &OutputParams, environment: &EnvironmentName) -> Self {
        Self {
            app: params.app.clone(),
            environment: environment.clone(),
            server: params.server.clone(),
            slot: params.slot,
            worker: params.worker.clone(),
            tail: params.tail,
            since: params.since,
        }
    }

    fn start(&self) -> LogStart {
        let usual = self.since.is_none().then_some(TAIL);
        LogStart { tail: self.tail.or(usual).map(|lines| lines as usize), since: self.since }
    }
}

/// Everything that is followed. Kept in memory, and only while somebody looks.
#[derive(Default)]
pub(crate) struct Outputs(Mutex<HashMap<Wanted, Arc<Feed>>>);

impl Outputs {
    fn feeds(&self) -> MutexGuard<'_, HashMap<Wanted, Arc<Feed>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is followed already.
    fn known(&self, wanted: &Wanted) -> Option<Arc<Feed>> {
        let feed = self.feeds().get(wanted).cloned()?;
        feed.kept().asked = Instant::now();
        Some(feed)
    }

    /// The same, or something new to follow.
    fn of(&self, wanted: &Wanted) -> (Arc<Feed>, bool) {
        let mut feeds = self.feeds();
        let known = feeds.get(wanted).cloned();
        let feed = known.clone().unwrap_or_default();
        feed.kept().asked = Instant::now();
        feeds.insert(wanted.clone(), Arc::clone(&feed));
        (feed, known.is_none())
    }

    /// Drops what nobody asks for any more. Returns whether that is so.
    fn drop_idle(&self, wanted: &Wanted, feed: &Feed) -> bool {
        let mut feeds = self.feeds();
        let idle = feed.kept().asked.elapsed() >= IDLE;
        if idle {
            feeds.remove(wanted);
        }
        idle
    }
}

/// What is followed, as far as it is kept.
struct Feed {
    id: u64,
    kept: Mutex<Kept>,
    revision: watch::Sender<u64>,
}

struct Kept {
    /// What is seen of each server; of the only one under no name.
    seen: BTreeMap<Option<String>, Seen>,
    lines: VecDeque<OutputLine>,
    bytes: usize,
    total: u64,
    asked: Instant,
}

impl Default for Kept {
    fn default() -> Self {
        Self { seen: BTreeMap::new(), lines: VecDeque::new(), bytes: 0, total: 0, asked: Instant::now() }
    }
}

impl Default for Feed {
    fn default() -> Self {
        let id = u64::try_from(Utc::now().timestamp_micros()).unwrap_or_default();
        Self { id, kept: Mutex::default(), revision: watch::Sender::new(0) }
    }
}

impl Feed {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, server: Option<&str>, news: News) {
        self.kept().take(server, news);
        self.revision.send_modify(|revision| *revision += 1);
    }

    fn lost(&self, server: Option<&str>, message: String) {
        self.take(server, News::Sight(Sight::Lost(message)));
    }

    /// Waits until something is new for whoever saw this revision.
    async fn wait(&self, seen: Option<u64>, longest: Duration) {
        let Some(seen) = seen else { return };
        let mut revision = self.revision.subscribe();
        let changed = revision.wait_for(|now| *now != seen);
        drop(tokio::time::timeout(longest, changed).await);
    }

    fn page(&self, environment: EnvironmentName, from: u64) -> OutputPage {
        // Before the lines: what comes in between is then asked for once more.
        let revision = *self.revision.borrow();
        let kept = self.kept();
        let first = kept.total - kept.lines.len() as u64;
        let from = from.clamp(first, kept.total);
        let skipped = usize::try_from(from - first).unwrap_or(usize::MAX);
        let lines: Vec<OutputLine> = kept.lines.iter().skip(skipped).take(PAGE).cloned().collect();
        let Seen { state, slot, message } = of_all(&kept.seen);
        OutputPage {
            environment,
            slot,
            state,
            message,
            next: from + lines.len() as u64,
            lines,
            feed: self.id,
            first,
            total: kept.total,
            revision,
        }
    }
}

impl Kept {
    fn take(&mut self, server: Option<&str>, news: News) {
        match news {
            News::Sight(sight) => {
                let seen = self.seen.entry(server.map(str::to_owned)).or_insert(Seen::CONNECTING);
                seen.see(sight);
            }
            News::Lines(slot, lines) => {
                for line in lines {
                    self.add(output_line(self.total, server, slot, line));
                }
            }
        }
    }

    fn add(&mut self, line: OutputLine) {
        self.bytes += line.text.len();
        self.total += 1;
        self.lines.push_back(line);
        while self.lines.len() > KEPT_LINES || (self.bytes > KEPT_BYTES && self.lines.len() > 1) {
            let Some(oldest) = self.lines.pop_front() else { return };
            self.bytes -= oldest.text.len();
        }
    }
}

fn output_line(number: u64, server: Option<&str>, slot: Slot, line: LogLine) -> OutputLine {
    let stream = match line.stream {
        OutputStream::Stdout => "out",
        OutputStream::Stderr => "err",
    };
    let server = server.map(str::to_owned);
    OutputLine { line: number, server, slot, at: line.at, stream: stream.to_owned(), text: line.text }
}

impl App {
    /// What an environment's app writes: so far, or as it comes.
    pub async fn environment_output(&self, params: OutputParams) -> Result<OutputPage, ApiError> {
        let (feed, environment) = match self.followed_already(&params) {
            Some(known) => known,
            None => {
                let project = self.project(&params.app).await?;
                let declared = self.environment(&project, params.environment.as_ref()).await?;
                if declared.target == Target::Swarm {
                    let message = format!("this version of Seatrial cannot look at {} yet", declared.target);
                    return Err(ApiError::new(Code::TargetUnreachable, message));
                }
                let servers = servers(&declared.target, params.server.as_deref())?;
                let wanted = Wanted::new(&params, &declared.name);
                if !params.follow {
                    return self.written_so_far(&servers, &wanted).await;
                }
                (self.begin_following(servers, wanted), declared.name)
            }
        };
        let seen = params.seen.filter(|_| params.feed == Some(feed.id));
        feed.wait(seen, Duration::from_millis(params.wait_ms).min(LONGEST_WAIT)).await;
        let from = params.from;
        Ok(feed.page(environment, if params.feed == Some(feed.id) { from } else { 0 }))
    }

    /// Whoever follows asks often: folder and file are not looked at each time.
    fn followed_already(&self, params: &OutputParams) -> Option<(Arc<Feed>, EnvironmentName)> {
        let environment = params.environment.as_ref().filter(|_| params.follow)?;
        let feed = self.outputs.known(&Wanted::new(params, environment))?;
        Some((feed, environment.clone()))
    }

    fn begin_following(&self, servers: Vec<Server>, wanted: Wanted) -> Arc<Feed> {
        let (feed, new) = self.outputs.of(&wanted);
        if new {
            let (this, feed) = (self.clone(), Arc::clone(&feed));
            let names = servers.iter().map(|server| (server.name.clone(), Seen::CONNECTING));
            feed.kept().seen = names.collect();
            tokio::spawn(async move { this.attend(&servers, &wanted, &feed).await });
        }
        feed
    }

    /// Of several servers, what those wrote that answer, by time; the others are named.
    async fn written_so_far(&self, servers: &[Server], wanted: &Wanted) -> Result<OutputPage, ApiError> {
        let read = servers.iter().map(async |server| (&server.name, self.written_on(server, wanted).await));
        let (mut seen, mut lines) = (BTreeMap::new(), Vec::new());
        for (name, read) in join_all(read).await {
            let mut of_one = Seen::CONNECTING;
            match read {
                Ok((sight, written)) => {
                    of_one.see(sight);
                    let slot = of_one.slot.unwrap_or(Slot::Blue);
                    lines.extend(written.into_iter().map(|line| output_line(0, name.as_deref(), slot, line)));
                }
                Err(error) if servers.len() == 1 => return Err(error),
                Err(error) => of_one.see(Sight::Lost(error.message)),
            }
            seen.insert(name.clone(), of_one);
        }
        lines.sort_by_key(|line| line.at);
        (0..).zip(&mut lines).for_each(|(number, line)| line.line = number);
        let Seen { state, slot, message } = of_all(&seen);
        let total = lines.len() as u64;
        Ok(OutputPage {
            environment: wanted.environment.clone(),
            slot,
            state,
            message,
            lines,
            feed: 0,
            first: 0,
            next: total,
            total,
            revision: 0,
        })
    }

    async fn written_on(&self, server: &Server, wanted: &Wanted) -> Result<(Sight, Vec<LogLine>), ApiError> {
        let docker = self.reach(&server.target).await?;
        Ok(self.output(&docker, wanted).await?.read(wanted.start()).await?)
    }

    /// Follows for as long as somebody asks.
    async fn attend(&self, servers: &[Server], wanted: &Wanted, feed: &Arc<Feed>) {
        let following = join_all(servers.iter().map(|server| self.follow_output(server, wanted, feed)));
        tokio::pin!(following);
        loop {
            tokio::select! {
                _ = &mut following => return,
                () = tokio::time::sleep(IDLE_LOOK) => {}
            }
            if self.outputs.drop_idle(wanted, feed) {
                return;
            }
        }
    }

    async fn follow_output(&self, server: &Server, wanted: &Wanted, feed: &Arc<Feed>) {
        let name = server.name.as_deref();
        let output = loop {
            let reached = async { self.output(&self.reach(&server.target).await?, wanted).await };
            match reached.await {
                Ok(output) => break output,
                Err(error) => feed.lost(name, error.message),
            }
            tokio::time::sleep(AGAIN).await;
        };
        let (sender, mut news) = mpsc::channel(WAITING);
        let keeping = async {
            while let Some(news) = news.recv().await {
                feed.take(name, news);
            }
        };
        tokio::join!(output.follow(wanted.start(), sender), keeping);
    }

    async fn output(&self, docker: &Docker, wanted: &Wanted) -> Result<Output, ApiError> {
        let (app, environment) = (wanted.app.clone(), wanted.environment.clone());
        let recorded = self.ask(move |store| store.current_deployment(&app, &environment)).await?;
        Ok(Output {
            host: Arc::clone(&docker.engine) as Arc<dyn ContainerHost>,
            traffic: Arc::clone(&docker.traffic),
            place: Place { app: wanted.app.clone(), environment: wanted.environment.clone() },
            slot: wanted.slot,
            worker: wanted.worker.clone(),
            otherwise: recorded.and_then(|deployment| deployment.slot),
            masks: Arc::new(SecretsOf {
                app: self.clone(),
                name: wanted.app.clone(),
                environment: wanted.environment.clone(),
            }),
        })
    }
}

impl From<OutputError> for ApiError {
    fn from(error: OutputError) -> Self {
        match error {
            OutputError::Engine(error) => error.into(),
            OutputError::Proxy(error) => error.into(),
            OutputError::Secrets(_) => Self::new(Code::SecretUnavailable, error.to_string()),
            OutputError::Silent => Self::new(Code::TargetUnreachable, chain(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::OutputState;

    fn lines(texts: &[&str]) -> News {
        let line = |text: &&str| LogLine {
            stream: OutputStream::Stdout,
            at: DateTime::UNIX_EPOCH,
            text: (*text).to_owned(),
            continued: false,
            binary: false,
        };
        News::Lines(Slot::Blue, texts.iter().map(line).collect())
    }

    fn page(feed: &Feed, from: u64) -> OutputPage {
        feed.page(EnvironmentName::new("prod").unwrap(), from)
    }

    #[test]
    fn old_lines_are_dropped_and_the_numbers_of_the_others_stay() {
        let feed = Feed::default();
        for _ in 0..KEPT_LINES / 2 {
            feed.take(None, lines(&["a", "b"]));
        }
        feed.take(None, lines(&["c"]));
        let first = page(&feed, 0);
        assert_eq!((first.first, first.total, first.lines.len()), (1, KEPT_LINES as u64 + 1, PAGE));
        assert_eq!((first.lines[0].line, first.lines[0].text.as_str()), (1, "b"));
        assert_eq!(first.next, 1 + PAGE as u64);
        let last = page(&feed, KEPT_LINES as u64);
        assert_eq!((last.lines.len(), last.lines[0].text.as_str()), (1, "c"));
        let long = "x".repeat(KEPT_BYTES / 2 + 1);
        feed.take(None, lines(&[&long, &long]));
        assert_eq!(page(&feed, 0).lines.len(), 1, "a few long lines are as much as many short ones");
    }

    #[test]
    fn a_loss_keeps_the_slot_and_says_why() {
        let feed = Feed::default();
        assert_eq!(page(&feed, 0).state, OutputState::Connecting);
        feed.take(None, News::Sight(Sight::Following(Slot::Green)));
        feed.lost(None, "the link is gone".to_owned());
        let lost = page(&feed, 0);
        let seen = (lost.state, lost.slot, lost.message.as_deref());
        assert_eq!(seen, (OutputState::Lost, Some(Slot::Green), Some("the link is gone")));
        feed.take(None, News::Sight(Sight::Following(Slot::Green)));
        assert_eq!(page(&feed, 0).message, None);
    }

    #[test]
    fn of_several_servers_the_one_that_needs_attention_is_told_and_lines_say_whose_they_are() {
        let feed = Feed::default();
        feed.kept().seen = ["a", "b"].map(|name| (Some(name.to_owned()), Seen::CONNECTING)).into();
        feed.take(Some("a"), News::Sight(Sight::Following(Slot::Green)));
        assert_eq!((page(&feed, 0).state, page(&feed, 0).slot), (OutputState::Connecting, None));
        feed.take(Some("b"), News::Sight(Sight::Following(Slot::Green)));
        assert_eq!((page(&feed, 0).state, page(&feed, 0).slot), (OutputState::Running, Some(Slot::Green)));
        feed.take(Some("b"), lines(&["hello"]));
        assert_eq!(page(&feed, 0).lines[0].server.as_deref(), Some("b"));
        feed.lost(Some("b"), "gone".to_owned());
        let seen = (page(&feed, 0).state, page(&feed, 0).message);
        assert_eq!(seen, (OutputState::Lost, Some("b: gone".to_owned())));
        feed.take(Some("b"), News::Sight(Sight::Stopped(Slot::Blue)));
        let now = page(&feed, 0);
        assert_eq!((now.state, now.slot), (OutputState::Stopped, None));
        assert_eq!(now.message.as_deref(), Some("b: does not run"));
    }

    #[tokio::test]
    async fn waiting_ends_with_something_new_and_not_before() {
        let feed = Arc::new(Feed::default());
        let seen = page(&feed, 0).revision;
        let waiting = {
            let feed = Arc::clone(&feed);
            tokio::spawn(async move { feed.wait(Some(seen), Duration::from_secs(60)).await })
        };
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        feed.take(None, lines(&["new"]));
        tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
    }

    #[test]
    fn what_nobody_asks_for_is_dropped() {
        let outputs = Outputs::default();
        let wanted = Wanted {
            app: AppName::new("shop").unwrap(),
            environment: EnvironmentName::new("prod").unwrap(),
            server: None,
            slot: None,
            worker: None,
            tail: None,
            since: None,
        };
        let (feed, new) = outputs.of(&wanted);
        assert!(new && !outputs.of(&wanted).1, "two who look follow the same");
        assert!(!outputs.drop_idle(&wanted, &feed));
        if let Some(long_ago) = Instant::now().checked_sub(IDLE) {
            feed.kept().asked = long_ago;
            assert!(outputs.drop_idle(&wanted, &feed) && outputs.known(&wanted).is_none());
        }
    }
}
