//! Visitors: requests at a fixed rate whether or not answers come (open loop), half of them on new connections,
//! and websockets that stay open.

use crate::socket::WebSocket;
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What an upload sends.
static UPLOAD: [u8; 64 * 1024] = [b'x'; 64 * 1024];

/// What visitors do.
#[derive(Debug, Clone)]
pub struct Load {
    /// Where it goes: this machine, or a server.
    pub address: IpAddr,
    /// The public port.
    pub port: u16,
    /// The host name.
    pub host: String,
    /// The path.
    pub path: String,
    /// Whether every tenth request is one for an answer that takes half a second, and every tenth an upload.
    pub mixed: bool,
    /// Requests per second.
    pub rate: u32,
    /// Websockets held open.
    pub sockets: usize,
    /// Longest wait for one answer.
    pub patience: Duration,
}

/// A request without a good answer.
#[derive(Debug, Clone)]
pub struct Failed {
    /// When it was sent, since the load began.
    pub at: Duration,
    /// Whether its connection was a new one.
    pub new_connection: bool,
    /// What happened.
    pub what: String,
}

/// What came of a load.
#[derive(Debug, Clone, Default)]
pub struct LoadTotals {
    /// Requests sent.
    pub sent: u64,
    /// Those on new connections.
    pub new_connections: u64,
    /// Those without a good answer.
    pub failed: Vec<Failed>,
    /// Good answers by release.
    pub releases: BTreeMap<String, u64>,
    /// The slowest good answer.
    pub slowest: Duration,
    /// Time of the load.
    pub time: Duration,
    /// Websockets opened.
    pub sockets_opened: u64,
    /// When websockets were closed by the other side.
    pub sockets_closed: Vec<SystemTime>,
}

/// A load that goes on.
pub struct Loading {
    stop: Arc<AtomicBool>,
    requests: Option<JoinHandle<()>>,
    sockets: Vec<JoinHandle<()>>,
    totals: Arc<Mutex<LoadTotals>>,
    begun: Instant,
}

impl Load {
    /// Visitors of a host: 200 requests per second, no websockets, 10 s of patience.
    pub fn new(port: u16, host: &str) -> Self {
        Self {
            address: IpAddr::from([127, 0, 0, 1]),
            port,
            host: host.to_owned(),
            path: "/".to_owned(),
            mixed: false,
            rate: 200,
            sockets: 0,
            patience: Duration::from_secs(10),
        }
    }

    /// Begins.
    pub fn start(self) -> Loading {
        let (stop, totals) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(LoadTotals::default())));
        let this = Arc::new(self);
        let sockets = (0..this.sockets)
            .map(|_| {
                let (load, stop, totals) = (Arc::clone(&this), Arc::clone(&stop), Arc::clone(&totals));
                std::thread::spawn(move || hold_sockets(&load, &stop, &totals))
            })
            .collect();
        let begun = Instant::now();
        let visitors = Visitors { load: this, totals: Arc::clone(&totals), idle: Mutex::default(), begun };
        let stopped = Arc::clone(&stop);
        let requests = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(send(Arc::new(visitors), &stopped));
        });
        Loading { stop, requests: Some(requests), sockets, totals, begun }
    }
}

impl Loading {
    /// What came of it so far.
    pub fn so_far(&self) -> LoadTotals {
        self.totals.lock().expect("totals").clone()
    }

    /// Ends it, waits for answers that are due, and says what came of it.
    pub fn finish(mut self) -> LoadTotals {
        self.stop.store(true, Ordering::SeqCst);
        let time = self.begun.elapsed();
        for handle in self.requests.take().into_iter().chain(self.sockets.drain(..)) {
            handle.join().expect("the load itself works");
        }
        let totals = self.totals.lock().expect("totals").clone();
        LoadTotals { time, ..totals }
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

impl LoadTotals {
    /// Makes sure that no request failed.
    #[track_caller]
    pub fn expect_no_failure(&self) {
        assert!(self.sent > 0, "nothing was sent");
        assert!(
            self.failed.is_empty(),
            "{} of {} failed: {:#?}",
            self.failed.len(),
            self.sent,
            self.some_failed()
        );
    }

    /// Websockets that were closed at another time than right after one of these moments, when their version was
    /// stopped.
    pub fn closed_early(&self, stops: &[SystemTime]) -> usize {
        let after = |closed: &SystemTime, stop: &SystemTime| {
            closed.duration_since(*stop).is_ok_and(|late| late < Duration::from_secs(5))
        };
        let early = |closed: &&SystemTime| !stops.iter().any(|stop| after(closed, stop));
        self.sockets_closed.iter().filter(early).count()
    }

    /// The first failures.
    pub fn some_failed(&self) -> Vec<&Failed> {
        self.failed.iter().take(5).collect()
    }
}

struct Visitors {
    load: Arc<Load>,
    totals: Arc<Mutex<LoadTotals>>,
    idle: Mutex<Vec<TcpStream>>,
    begun: Instant,
}

async fn send(visitors: Arc<Visitors>, stop: &AtomicBool) {
    let begun = tokio::time::Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    let mut number: u32 = 0;
    while !stop.load(Ordering::SeqCst) {
        let due = begun + Duration::from_secs(1) * number / visitors.load.rate;
        tokio::time::sleep_until(due).await;
        let this = Arc::clone(&visitors);
        tasks.spawn(async move { this.visit(number).await });
        while tasks.try_join_next().is_some() {}
        number += 1;
    }
    while tasks.join_next().await.is_some() {}
}

impl Visitors {
    async fn visit(&self, number: u32) {
        let new_connection = number.is_multiple_of(2);
        let clock = Instant::now();
        let at = self.begun.elapsed();
        let asked = tokio::time::timeout(self.load.patience, self.ask(number, new_connection)).await;
        let result =
            asked.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no answer in time")));
        let mut totals = self.totals.lock().expect("totals");
        totals.sent += 1;
        totals.new_connections += u64::from(new_connection);
        match result {
            Ok((200, release)) => {
                *totals.releases.entry(release).or_default() += 1;
                totals.slowest = totals.slowest.max(clock.elapsed());
            }
            Ok((status, _)) => {
                totals.failed.push(Failed { at, new_connection, what: format!("status {status}") })
            }
            Err(error) => totals.failed.push(Failed { at, new_connection, what: error.to_string() }),
        }
    }

    /// Status and release of one answer.
    async fn ask(&self, number: u32, new_connection: bool) -> io::Result<(u16, String)> {
        let kept = if new_connection { None } else { self.idle.lock().expect("connections").pop() };
        let mut stream = match kept {
            Some(stream) => stream,
            None => TcpStream::connect((self.load.address, self.load.port)).await?,
        };
        let last = if new_connection { "Connection: close\r\n" } else { "" };
        let (method, path, body) = match number % 20 {
            3 | 8 if self.load.mixed => ("GET", "/slow?s=0.5", &[][..]),
            5 | 14 if self.load.mixed => ("POST", "/upload", &UPLOAD[..]),
            _ => ("GET", self.load.path.as_str(), &[][..]),
        };
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n{length}{last}\r\n", self.load.host);
        stream.write_all(request.as_bytes()).await?;
        stream.write_all(body).await?;
        let (head, closes) = read(&mut stream).await?;
        if !new_connection && !closes {
            self.idle.lock().expect("connections").push(stream);
        }
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        Ok((status, field(&head, "x-release").unwrap_or("?").to_owned()))
    }
}

/// Reads one answer with a known length; whether the other side closes the connection after it.
async fn read(stream: &mut TcpStream) -> io::Result<(String, bool)> {
    let mut raw = Vec::with_capacity(1024);
    loop {
        if let Some(end) = raw.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&raw[..end]).into_owned();
            let length: usize =
                field(&head, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
            if raw.len() >= end + 4 + length {
                let closes = field(&head, "connection") == Some("close");
                return Ok((head, closes));
            }
        }
        if stream.read_buf(&mut raw).await? == 0 {
            let text = format!("closed after {} bytes of an answer", raw.len());
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
        }
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Keeps one websocket open and in use; a closed one is counted and opened again.
fn hold_sockets(load: &Load, stop: &AtomicBool, totals: &Mutex<LoadTotals>) {
    while !stop.load(Ordering::SeqCst) {
        let Ok(mut socket) =
            WebSocket::open((load.address, load.port).into(), &load.host, "/ws", load.patience)
        else {
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        totals.lock().expect("totals").sockets_opened += 1;
        while !stop.load(Ordering::SeqCst) {
            let echoed = socket.send("still there?").and_then(|()| socket.receive());
            if !echoed.is_ok_and(|text| text == "still there?") {
                totals.lock().expect("totals").sockets_closed.push(SystemTime::now());
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
