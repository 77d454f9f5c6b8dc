//! The store itself.

use crate::error::StoreError;
use crate::feed::{Bell, Watch};
use crate::logs::Logs;
use crate::migrate::quick_check;
use crate::readers::Readers;
use crate::writer::{Journal, Writer};
use rusqlite::Connection;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Seatrial's memory: a journal of what happened, and the logs. Cheap to clone; every clone is the same store.
///
/// All calls block, for microseconds when reading and until the disk has it when writing: call from a thread
/// that may wait (`spawn_blocking` in asynchronous code). When the last clone goes, everything is written and
/// the files are closed.
#[derive(Clone)]
pub struct Store {
    parts: Arc<Parts>,
}

/// What the clones share. Fields are dropped in this order: the writers finish before the lock is given up.
pub(crate) struct Parts {
    pub writer: Writer,
    pub logs: Logs,
    pub readers: Readers,
    pub watch: Mutex<Watch>,
    pub bell: Arc<Bell>,
    pub dir: PathBuf,
    /// Says to other processes that the files are in use.
    pub _in_use: File,
}

impl Store {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// The data folder.
    pub fn dir(&self) -> &Path {
        &self.parts.dir
    }

    /// The logs.
    pub fn logs(&self) -> &Logs {
        &self.parts.logs
    }

    /// Looks at every page of the journal; takes seconds when it is large.
    pub fn check(&self) -> Result<(), StoreError> {
        self.read(quick_check)
    }

    pub(crate) fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.parts.readers.read(query)
    }

    pub(crate) fn write<T, E>(
        &self,
        job: impl FnOnce(&mut Journal<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.parts.writer.write(job)
    }

    pub(crate) fn replace(&self, from: Connection) -> Result<(), StoreError> {
        self.parts.writer.replace(from)
    }

    pub(crate) fn watch(&self) -> &Mutex<Watch> {
        &self.parts.watch
    }

    pub(crate) fn bell(&self) -> &Arc<Bell> {
        &self.parts.bell
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("dir", &self.parts.dir).finish_non_exhaustive()
    }
}
