//! A few connections for reading. WAL lets them read while anybody writes.

use crate::connection;
use crate::error::StoreError;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// More readers than this wait for one another; queries take milliseconds.
const MOST: usize = 4;

#[derive(Default)]
struct Shelf {
    idle: Vec<Connection>,
    lent: usize,
}

/// Connections for reading, opened when first needed.
pub(crate) struct Readers {
    path: PathBuf,
    busy: Duration,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, busy: Duration) -> Self {
        Self { path, busy, shelf: Mutex::default(), returned: Condvar::new() }
    }

    /// Runs `query` on one of the connections, in one transaction: all it reads is of the same moment.
    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let loan = Loan { conn: Some(self.take()?), readers: self };
        let Some(conn) = &loan.conn else { return Err(StoreError::Closed) };
        let moment = conn.unchecked_transaction()?;
        let value = query(&moment)?;
        moment.finish()?;
        Ok(value)
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |s: &mut Shelf| s.idle.is_empty() && s.lent >= MOST;
        let mut shelf = self.returned.wait_while(shelf, full).unwrap_or_else(PoisonError::into_inner);
        shelf.lent += 1;
        if let Some(conn) = shelf.idle.pop() {
            return Ok(conn);
        }
        drop(shelf);
        connection::reader(&self.path, self.busy).inspect_err(|_| self.put_back(None))
    }

    fn put_back(&self, conn: Option<Connection>) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.lent -= 1;
        shelf.idle.extend(conn);
        self.returned.notify_one();
    }
}

/// A connection on loan; it goes back however the query ends.
struct Loan<'a> {
    conn: Option<Connection>,
    readers: &'a Readers,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        self.readers.put_back(self.conn.take());
    }
}
