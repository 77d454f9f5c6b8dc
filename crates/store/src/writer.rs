//! The one thread of this process that writes the journal. Everybody else hands it jobs; each job is one
//! transaction, begun as a writer from the start, so it never fails half way because another process was faster.

use crate::append::Folded;
use crate::connection;
use crate::error::StoreError;
use crate::feed::Bell;
use crate::migrate::LATEST;
use crate::table::topic::{self, Topic};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the moment is waited for in which nobody else writes.
const PATIENCE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce(&mut Desk) + Send>;

/// What the writer thread owns.
pub(crate) struct Desk {
    conn: Connection,
    folded: Folded,
    bell: Arc<Bell>,
}

/// A transaction, with what has to happen around it.
pub(crate) struct Journal<'a> {
    tx: Transaction<'a>,
    /// Runs this process wrote to lately, folded.
    pub folded: &'a mut Folded,
    /// Newest change of this transaction.
    newest: Option<i64>,
}

impl Deref for Journal<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.tx
    }
}

impl Journal<'_> {
    /// The place in the change feed for the next change. Only one process at a time is in a transaction, so
    /// places are given in the order of commits and a reader never misses one that appears later.
    pub(crate) fn next_change(&mut self) -> rusqlite::Result<i64> {
        let next = match self.newest {
            Some(newest) => newest + 1,
            None => topic::newest_change(&self.tx)? + 1,
        };
        self.newest = Some(next);
        Ok(next)
    }

    /// Tells everybody that something about `topic` is different.
    pub(crate) fn touch(&mut self, topic: Topic) -> rusqlite::Result<()> {
        let change = self.next_change()?;
        topic::touch(&self.tx, topic, change)
    }
}

/// The way to the thread.
pub(crate) struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(conn: Connection, bell: Arc<Bell>) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel();
        let mut desk = Desk { conn, folded: Folded::default(), bell };
        let thread =
            std::thread::Builder::new().name("journal".to_owned()).spawn(move || work(&mut desk, &queue))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `job` in a transaction of its own and returns when it is on the disk. On an error nothing is kept.
    pub(crate) fn write<T, E>(
        &self,
        job: impl FnOnce(&mut Journal<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.ask(move |desk| desk.transact(job))
    }

    /// Puts everything of another database in the place of this one's content, in one transaction.
    pub(crate) fn replace(&self, from: Connection) -> Result<(), StoreError> {
        self.ask(move |desk| desk.replace(&from))
    }

    fn ask<T, E>(&self, job: impl FnOnce(&mut Desk) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |desk| {
            // The caller may have gone; the work is done all the same.
            let _ = reply.send(job(desk));
        });
        let sent = self.jobs.as_ref().is_some_and(|jobs| jobs.send(job).is_ok());
        if !sent {
            return Err(StoreError::Closed.into());
        }
        answer.recv().unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(desk: &mut Desk, queue: &Receiver<Job>) {
    while let Ok(job) = queue.recv() {
        job(desk);
    }
    // Small tables get good plans, large ones stay that way; it looks at what changed and is otherwise free.
    let _ = desk.conn.execute_batch("PRAGMA optimize");
}

impl Desk {
    fn transact<T, E: From<StoreError>>(
        &mut self,
        job: impl FnOnce(&mut Journal<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = self.attempt(job);
        if result.is_err() {
            // What was folded in may not have been stored.
            self.folded.clear();
        }
        result
    }

    fn replace(&mut self, from: &Connection) -> Result<(), StoreError> {
        self.folded.clear();
        let newest = topic::newest_change(from)?;
        let since = Instant::now();
        loop {
            // All pages in one step: readers see the whole old content, then the whole new one.
            let step = Backup::new(from, &mut self.conn)?.step(-1)?;
            match step {
                StepResult::Done => break,
                _ if since.elapsed() >= PATIENCE => return Err(StoreError::Busy),
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        self.bell.ring(newest);
        Ok(())
    }

    fn attempt<T, E: From<StoreError>>(
        &mut self,
        job: impl FnOnce(&mut Journal<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let own = |e: rusqlite::Error| E::from(StoreError::from(e));
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(own)?;
        let found = connection::schema_version(&tx).map_err(own)?;
        if found != LATEST {
            return Err(StoreError::Newer { found, known: LATEST }.into());
        }
        let mut journal = Journal { tx, folded: &mut self.folded, newest: None };
        let value = job(&mut journal)?;
        let newest = journal.newest;
        journal.tx.commit().map_err(own)?;
        if let Some(newest) = newest {
            self.bell.ring(newest);
        }
        Ok(value)
    }
}
