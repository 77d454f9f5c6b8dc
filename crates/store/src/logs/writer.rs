//! The way of a line to the disk: into the writer's open chunk, from there to the one thread that stores chunks
//! of all steps, ten times a second or when a chunk is full.

use super::Logs;
use super::chunk::{Chunk, LogLine, Stream};
use crate::error::StoreError;
use crate::sql::{Id, Word};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use seatrial_core::model::{RunId, StepId};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

/// A chunk is handed over when it has this many bytes.
const FULL: usize = 128 * 1024;
/// A line is on the disk after this time at the latest.
const TICK: Duration = Duration::from_millis(100);
/// Full chunks a writer may be ahead of the disk before it waits.
const AHEAD: usize = 32;

/// Lines that could not be kept.
#[derive(Debug, thiserror::Error)]
#[error("{lines} lines of the log were not kept: {cause}")]
pub struct LogError {
    /// How many.
    pub lines: u64,
    /// Why.
    #[source]
    pub cause: StoreError,
}

/// Takes the lines of one attempt of a step. Dropping it stores what it still has.
pub struct LogWriter {
    desk: Arc<Desk>,
    bell: Arc<Bell>,
}

/// Where a writer and the thread meet.
struct Desk {
    run: RunId,
    step: StepId,
    attempt: u32,
    state: Mutex<State>,
    /// Rung when chunks were stored.
    stored: Condvar,
}

#[derive(Default)]
struct State {
    full: VecDeque<Chunk>,
    open: Chunk,
    /// Lines taken so far, and how many of them are settled: stored, or lost.
    taken: u64,
    settled: u64,
    error: Option<LogError>,
    /// Lost lines that the log itself does not say yet.
    unsaid: u64,
    closed: bool,
}

/// Wakes the thread.
#[derive(Default)]
struct Bell {
    state: Mutex<Work>,
    rung: Condvar,
}

#[derive(Default)]
struct Work {
    desks: Vec<Weak<Desk>>,
    /// Kept alive until their last lines are stored.
    closing: Vec<Arc<Desk>>,
    lines: bool,
    at_once: bool,
    stop: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Bell {
    fn ring(&self, change: impl FnOnce(&mut Work)) {
        change(&mut lock(&self.state));
        self.rung.notify_one();
    }
}

impl Logs {
    /// Begins the log of an attempt.
    pub fn writer(&self, run: RunId, step: StepId, attempt: u32) -> LogWriter {
        let desk = Desk { run, step, attempt, state: Mutex::default(), stored: Condvar::new() };
        let desk = Arc::new(desk);
        let weak = Arc::downgrade(&desk);
        self.hub.bell.ring(|work| work.desks.push(weak));
        LogWriter { desk, bell: Arc::clone(&self.hub.bell) }
    }
}

impl LogWriter {
    /// Takes a line. Waits when the disk is far behind. An error is about lines taken earlier; this one is
    /// taken all the same, and the log says where lines are missing.
    pub fn push(&self, line: &LogLine) -> Result<(), LogError> {
        self.push_text(line.stream, line.at.timestamp_millis(), &line.text)
    }

    /// The same without a `LogLine`: `at_ms` are milliseconds since 1970.
    pub fn push_text(&self, stream: Stream, at_ms: i64, text: &str) -> Result<(), LogError> {
        let mut state = lock(&self.desk.state);
        if state.closed {
            return Err(LogError { lines: 1, cause: StoreError::Closed });
        }
        let first = state.open.lines == 0;
        state.open.push(stream, at_ms, text);
        state.taken += 1;
        let full = state.open.body.len() >= FULL;
        if full {
            let chunk = std::mem::take(&mut state.open);
            state.full.push_back(chunk);
        }
        if full || first {
            self.bell.ring(|work| {
                work.lines = true;
                work.at_once |= full;
            });
        }
        let too_far = |s: &mut State| s.full.len() >= AHEAD && !s.closed;
        let mut state = self.desk.stored.wait_while(state, too_far).unwrap_or_else(PoisonError::into_inner);
        state.error.take().map_or(Ok(()), Err)
    }

    /// Waits until every line taken so far is stored.
    pub fn flush(&self) -> Result<(), LogError> {
        let state = lock(&self.desk.state);
        let goal = state.taken;
        self.bell.ring(|work| {
            work.lines = true;
            work.at_once = true;
        });
        let waits = |s: &mut State| s.settled < goal && !s.closed;
        let mut state = self.desk.stored.wait_while(state, waits).unwrap_or_else(PoisonError::into_inner);
        if state.settled < goal && state.error.is_none() {
            return Err(LogError { lines: goal - state.settled, cause: StoreError::Closed });
        }
        state.error.take().map_or(Ok(()), Err)
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        let desk = Arc::clone(&self.desk);
        self.bell.ring(|work| {
            work.closing.push(desk);
            work.lines = true;
        });
    }
}

/// The thread and the way to it.
pub(super) struct Hub {
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

impl Hub {
    pub(super) fn start(mut conn: Connection) -> io::Result<Self> {
        let bell = Arc::new(Bell::default());
        let own = Arc::clone(&bell);
        let thread =
            std::thread::Builder::new().name("logs".to_owned()).spawn(move || work(&mut conn, &own))?;
        Ok(Self { bell, thread: Some(thread) })
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.bell.ring(|work| work.stop = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(conn: &mut Connection, bell: &Bell) {
    loop {
        let (desks, stop) = wait(bell);
        let batches = desks.into_iter().map(|desk| collect(desk, stop));
        let batches: Vec<Batch> = batches.filter(|batch| !batch.chunks.is_empty()).collect();
        if !batches.is_empty() {
            settle(conn, &batches);
        }
        if stop {
            return;
        }
    }
}

/// Waits until there is something to store, and then for more of it until the tick or a full chunk.
fn wait(bell: &Bell) -> (Vec<Arc<Desk>>, bool) {
    let work = lock(&bell.state);
    let idle = |w: &mut Work| !w.lines && !w.stop;
    let work = bell.rung.wait_while(work, idle).unwrap_or_else(PoisonError::into_inner);
    let early = |w: &mut Work| !w.at_once && !w.stop;
    let (mut work, _) =
        bell.rung.wait_timeout_while(work, TICK, early).unwrap_or_else(PoisonError::into_inner);
    work.lines = false;
    work.at_once = false;
    let closing = std::mem::take(&mut work.closing);
    work.desks.retain(|desk| desk.strong_count() > 0);
    let open: Vec<Arc<Desk>> = work.desks.iter().filter_map(Weak::upgrade).collect();
    // A closing desk is still in the list of the open ones as long as anybody holds it; the list holds it.
    drop(closing);
    (open, work.stop)
}

/// What is to be stored of a writer.
struct Batch {
    desk: Arc<Desk>,
    chunks: Vec<Chunk>,
    /// How many lines of them the writer took; one more may say that others are missing.
    taken: u64,
}

/// Everything a writer has taken, in order. The last time, it is told that nothing more will be taken, or it
/// would wait for a thread that is gone.
fn collect(desk: Arc<Desk>, last: bool) -> Batch {
    let mut state = lock(&desk.state);
    state.closed = last;
    let mut chunks: Vec<Chunk> = state.full.drain(..).collect();
    if state.open.lines > 0 {
        chunks.push(std::mem::take(&mut state.open));
    }
    let taken = chunks.iter().map(|c| c.lines).sum();
    if let (Some(next), true) = (chunks.first(), state.unsaid > 0) {
        let mut gap = Chunk::default();
        let text = format!("{} lines are missing here: they could not be kept", state.unsaid);
        gap.push(Stream::System, next.first_at, &text);
        chunks.insert(0, gap);
    }
    drop(state);
    // Room for more as soon as they are taken: storing them is this thread's business.
    desk.stored.notify_all();
    Batch { desk, chunks, taken }
}

fn settle(conn: &mut Connection, batches: &[Batch]) {
    let together = store(conn, batches);
    for batch in batches {
        let result = match &together {
            Ok(()) => Ok(()),
            // One writer's bad luck is not the others': each gets a try of its own.
            Err(_) => store(conn, std::slice::from_ref(batch)),
        };
        answer(batch, result);
    }
}

fn answer(batch: &Batch, result: Result<(), StoreError>) {
    let mut state = lock(&batch.desk.state);
    state.settled += batch.taken;
    match result {
        Ok(()) => state.unsaid = 0,
        Err(cause) => {
            state.unsaid += batch.taken;
            let before = state.error.take().map_or(0, |e| e.lines);
            state.error = Some(LogError { lines: before + batch.taken, cause });
        }
    }
    drop(state);
    batch.desk.stored.notify_all();
}

fn store(conn: &mut Connection, batches: &[Batch]) -> Result<(), StoreError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for batch in batches {
        add(&tx, &batch.desk, &batch.chunks)?;
    }
    Ok(tx.commit()?)
}

const RUN_END: &str = "SELECT run_first + line_count FROM log_chunk WHERE run = ?1
    ORDER BY run_first DESC LIMIT 1";
const STEP_END: &str = "SELECT step_first + line_count FROM log_chunk WHERE run = ?1 AND step = ?2
    ORDER BY step_first DESC LIMIT 1";
const INSERT: &str =
    "INSERT INTO log_chunk (run, step, attempt, run_first, step_first, line_count, first_at, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

fn add(conn: &Connection, desk: &Desk, chunks: &[Chunk]) -> Result<(), StoreError> {
    let (run, step) = (Id(desk.run.0), Word(&desk.step));
    let mut run_first: u64 =
        conn.prepare_cached(RUN_END)?.query_row([&run], |r| r.get(0)).optional()?.unwrap_or(1);
    let mut step_first: u64 =
        conn.prepare_cached(STEP_END)?.query_row(params![run, step], |r| r.get(0)).optional()?.unwrap_or(1);
    let mut insert = conn.prepare_cached(INSERT)?;
    for chunk in chunks {
        let attempt = desk.attempt;
        insert.execute(params![
            run,
            step,
            attempt,
            run_first,
            step_first,
            chunk.lines,
            chunk.first_at,
            chunk.body
        ])?;
        run_first += chunk.lines;
        step_first += chunk.lines;
    }
    Ok(())
}
