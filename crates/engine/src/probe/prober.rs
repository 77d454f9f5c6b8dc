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
use super::http::{
    Connection, ProbeAddress, ProbeAnswer, ProbeCause, ProbeError, ProbeRequest, blame, request,
};

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
    /// Requests that could not be made because the host was out of our reach. They say nothing about what visitors
    /// met, so they count neither as sent nor as failed.
    #[serde(default)]
    pub unreached: u64,
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
        if error.cause() == ProbeCause::Link {
            self.unreached += 1;
            return;
        }
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
    match timeout(spec.request.deadline, exchange).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(blame(&spec.address, error).await),
        Err(_) => Err(ProbeError::DeadlinePassed { after: spec.request.deadline }),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::net::SocketAddr;
    use std::sync::atomic::{AtomicU16, Ordering};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    const HANG_UP: u16 = 0;
    const SILENCE: u16 = 1;

    /// A server that answers every request with the status in force, and counts connections.
    #[derive(Clone, Default)]
    struct Server {
        status: Arc<AtomicU16>,
        peers: Arc<Mutex<BTreeSet<SocketAddr>>>,
    }

    impl Server {
        async fn start(status: u16) -> (Self, ProbeAddress) {
            let server = Self::default();
            server.status.store(status, Ordering::SeqCst);
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = ProbeAddress::Tcp(listener.local_addr().unwrap());
            let this = server.clone();
            tokio::spawn(async move {
                while let Ok((stream, peer)) = listener.accept().await {
                    lock(&this.peers).insert(peer);
                    tokio::spawn(this.clone().serve(stream));
                }
            });
            (server, address)
        }

        async fn serve(self, mut stream: TcpStream) {
            let mut buffer = [0; 1024];
            while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {
                let status = self.status.load(Ordering::SeqCst);
                match status {
                    HANG_UP => return,
                    SILENCE => continue,
                    _ => {}
                }
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\nok");
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    }

    fn spec(address: ProbeAddress) -> ProberSpec {
        let request = ProbeRequest::get("x", "/", Duration::from_millis(200));
        ProberSpec { address, request, rate: 200.0 }
    }

    async fn after_sending(prober: &Prober, count: u64) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while prober.report().sent < count {
            assert!(Instant::now() < deadline, "only {} sent", prober.report().sent);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn half_of_the_requests_use_new_connections_and_the_others_share() {
        let (server, address) = Server::start(200).await;
        let prober = Prober::start(spec(address));
        after_sending(&prober, 60).await;
        let report = prober.stop().await;
        assert_eq!((report.failed, report.statuses.get(&200)), (0, Some(&report.sent)));
        assert_eq!(report.latencies.count(), report.sent);
        let connections = lock(&server.peers).len() as u64;
        let half = report.sent.div_ceil(2);
        assert!((half..=half + 5).contains(&connections), "{connections} connections for {}", report.sent);
    }

    #[tokio::test]
    async fn answers_from_500_on_count_as_failed_and_404_does_not() {
        let (server, address) = Server::start(404).await;
        let prober = Prober::start(spec(address));
        after_sending(&prober, 20).await;
        assert_eq!(prober.report().failed, 0);
        server.status.store(503, Ordering::SeqCst);
        let before = prober.report().sent;
        after_sending(&prober, before + 20).await;
        let report = prober.stop().await;
        assert!(report.failed >= 10, "{report:?}");
        assert_eq!(report.failures[0].wrong, Wrong::Status(503));
        assert_eq!(report.failures.len(), KEPT_FAILURES.min(report.failed as usize));
    }

    #[tokio::test]
    async fn causes_of_missing_answers_are_told_apart() {
        for (behaviour, cause) in [(HANG_UP, ProbeCause::Broken), (SILENCE, ProbeCause::Timeout)] {
            let (_server, address) = Server::start(behaviour).await;
            let prober = Prober::start(spec(address));
            after_sending(&prober, 4).await;
            let report = prober.stop().await;
            assert_eq!(report.sent, report.failed);
            assert!(
                report.failures.iter().all(|failure| failure.wrong == Wrong::NoAnswer(cause)),
                "{report:?}"
            );
        }
    }

    #[tokio::test]
    async fn an_outage_is_counted_in_full_although_nobody_answers() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = ProbeAddress::Tcp(listener.local_addr().unwrap());
        drop(listener);
        let started = Instant::now();
        let prober = Prober::start(spec(nobody));
        after_sending(&prober, 50).await;
        let took = started.elapsed();
        let report = prober.stop().await;
        assert_eq!(report.failures[0].wrong, Wrong::NoAnswer(ProbeCause::Refused));
        // 50 requests at 200 per second are 0.25 s; waiting for each other they would take longer.
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
}
