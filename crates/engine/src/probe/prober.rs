//! Open-loop prober: hits the public path at a fixed rate while a deployment runs.
//!
//! Open loop means that a slow answer does not delay the next request, so an outage is counted in full.
//! Every other request uses a new connection, because keep-alive connections hide lost listeners.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::histogram::Histogram;
use super::http::{Connection, ProbeAddress, ProbeAnswer, ProbeCause, ProbeError, ProbeRequest, request};

/// Failures kept with time and cause; later ones are only counted.
const KEPT_FAILURES: usize = 10;

/// What a prober sends, and how often.
#[derive(Debug, Clone)]
pub struct ProberSpec {
    /// Where to connect, usually the proxy's public port on the loopback address.
    pub address: ProbeAddress,
    /// The request; its deadline decides when an answer counts as failed.
    pub request: ProbeRequest,
    /// Requests per second.
    pub rate: f64,
}

impl ProberSpec {
    /// The usual 20 requests per second.
    pub fn new(address: ProbeAddress, request: ProbeRequest) -> Self {
        Self { address, request, rate: 20.0 }
    }
}

/// What was wrong with a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Wrong {
    /// An answer with status 500 or above came.
    Status(u16),
    /// No answer came.
    NoAnswer(ProbeCause),
}

/// One failed request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleFailure {
    /// When the request was due, since the prober was started.
    pub at: Duration,
    /// How long it took to fail.
    pub after: Duration,
    /// What was wrong.
    pub wrong: Wrong,
    /// Whether it used a new connection.
    pub new_connection: bool,
}

/// What a prober has seen up to now. "0 of 3,412 requests failed."
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProberReport {
    /// Requests whose outcome is known.
    pub sent: u64,
    /// Requests without an answer, or answered with status 500 or above.
    pub failed: u64,
    /// The slowest answered request.
    pub slowest: Duration,
    /// Latencies of all answered requests.
    pub latencies: Histogram,
    /// Answers by status code.
    pub statuses: BTreeMap<u16, u64>,
    /// The first few failures.
    pub failures: Vec<SampleFailure>,
}

impl ProberReport {
    fn answered(&mut self, sample: &Sample, answer: &ProbeAnswer) {
        self.sent += 1;
        self.slowest = self.slowest.max(answer.latency);
        self.latencies.record(answer.latency);
        *self.statuses.entry(answer.status).or_default() += 1;
        if answer.status >= 500 {
            self.fail(sample, answer.latency, Wrong::Status(answer.status));
        }
    }

    fn unanswered(&mut self, sample: &Sample, error: &ProbeError, after: Duration) {
        self.sent += 1;
        self.fail(sample, after, Wrong::NoAnswer(error.cause()));
    }

    fn fail(&mut self, sample: &Sample, after: Duration, wrong: Wrong) {
        self.failed += 1;
        if self.failures.len() < KEPT_FAILURES {
            let SampleFailure { at, new_connection, .. } = *sample;
            self.failures.push(SampleFailure { at, after, wrong, new_connection });
        }
    }
}

/// A failure's fields that are known before the request is made.
type Sample = SampleFailure;

/// A running prober. Dropping it stops it.
#[derive(Debug)]
pub struct Prober {
    shared: Arc<Shared>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
    abort: AbortHandle,
}

#[derive(Debug)]
struct Shared {
    spec: ProberSpec,
    report: Mutex<ProberReport>,
    idle: Mutex<Vec<Connection>>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("open", &self.is_open()).finish()
    }
}

impl Prober {
    /// Starts sending. Needs a tokio runtime.
    pub fn start(spec: ProberSpec) -> Self {
        let shared = Arc::new(Shared { spec, report: Mutex::default(), idle: Mutex::default() });
        let stop = CancellationToken::new();
        let task = tokio::spawn(send(Arc::clone(&shared), stop.clone()));
        Self { shared, stop, abort: task.abort_handle(), task: Some(task) }
    }

    /// What was seen up to now.
    pub fn report(&self) -> ProberReport {
        lock(&self.shared.report).clone()
    }

    /// Stops sending, waits for the answers still under way (bounded by the request's deadline) and reports.
    pub async fn stop(mut self) -> ProberReport {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            // A panic in the task would only lose samples; the report of the others still counts.
            drop(task.await);
        }
        self.report()
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

async fn send(shared: Arc<Shared>, stop: CancellationToken) {
    let started = Instant::now();
    let mut ticks = interval(Duration::from_secs_f64(1.0 / shared.spec.rate.max(0.01)));
    // A stalled machine must not hide the requests people would have sent meanwhile.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut under_way = JoinSet::new();
    let mut number = 0_u64;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = ticks.tick() => {}
        }
        let at = started.elapsed();
        let new_connection = number.is_multiple_of(2);
        number += 1;
        under_way.spawn(one(Arc::clone(&shared), at, new_connection));
        while under_way.try_join_next().is_some() {}
    }
    while under_way.join_next().await.is_some() {}
}

async fn one(shared: Arc<Shared>, at: Duration, new_connection: bool) {
    let began = Instant::now();
    let outcome = if new_connection {
        request(&shared.spec.address, &shared.spec.request).await
    } else {
        kept_alive(&shared, began).await
    };
    let sample =
        Sample { at, after: Duration::ZERO, wrong: Wrong::NoAnswer(ProbeCause::Connect), new_connection };
    let mut report = lock(&shared.report);
    match outcome {
        Ok(answer) => report.answered(&sample, &answer),
        Err(error) => report.unanswered(&sample, &error, began.elapsed()),
    }
}

async fn kept_alive(shared: &Shared, began: Instant) -> Result<ProbeAnswer, ProbeError> {
    let spec = &shared.spec;
    let exchange = async {
        let mut connection = match take_idle(shared) {
            Some(connection) => connection,
            None => Connection::open(&spec.address).await?,
        };
        let answer = connection.exchange(&spec.request, began).await?;
        if connection.is_open() {
            lock(&shared.idle).push(connection);
        }
        Ok(answer)
    };
    timeout(spec.request.deadline, exchange)
        .await
        .unwrap_or(Err(ProbeError::DeadlinePassed { after: spec.request.deadline }))
}

/// A server may close an idle connection at any time; such ones are passed over, as every client does.
fn take_idle(shared: &Shared) -> Option<Connection> {
    let mut idle = lock(&shared.idle);
    while let Some(connection) = idle.pop() {
        if connection.is_open() {
            return Some(connection);
        }
    }
    None
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Counters stay meaningful even if a task panicked while holding the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
