//! Logs of steps. They have a file and a thread of their own, so that a flood of lines never delays the journal.

mod chunk;
mod reader;
mod search;
mod writer;

pub use chunk::{LogLine, Stream};
pub use reader::{AttemptLines, Line, LogSelection};
pub use search::Hits;
pub use writer::{LogError, LogWriter};

use crate::connection::{self, APPLICATION_ID, Durability};
use crate::error::StoreError;
use crate::folder;
use crate::readers::Readers;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;
use std::time::Duration;
use writer::Hub;

/// The schema of the logs' file.
const SCHEMA: u32 = 1;

// Lines are counted twice: in the step (all its attempts) and in the run, in the order in which they were
// stored. Both counts never change, so a line can be pointed at for ever.
const CREATE: &str = "CREATE TABLE log_chunk (
    number INTEGER PRIMARY KEY,
    run BLOB NOT NULL CHECK (length(run) = 16),
    step TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    run_first INTEGER NOT NULL,
    step_first INTEGER NOT NULL,
    line_count INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (run, run_first),
    UNIQUE (run, step, step_first)
) STRICT";

/// The logs of all runs.
pub struct Logs {
    hub: Hub,
    readers: Readers,
}

impl Logs {
    pub(crate) fn open(path: &Path, busy: Duration) -> Result<Self, StoreError> {
        folder::make_private_file(path)?;
        let mut conn = connection::writer(path, Durability::Normal, busy)?;
        // A flood comes in large transactions; a checkpoint every 4 MiB would copy them page by page meanwhile.
        conn.pragma_update(None, "wal_autocheckpoint", 4000)?;
        create(&mut conn)?;
        let hub = Hub::start(conn).map_err(|e| StoreError::io(path, e))?;
        Ok(Self { hub, readers: Readers::new(path.to_path_buf(), busy) })
    }
}

fn create(conn: &mut Connection) -> Result<(), StoreError> {
    let found = connection::schema_version(conn)?;
    if found == 0 {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been faster.
        if connection::schema_version(&tx)? == 0 {
            tx.execute_batch(CREATE)?;
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
            tx.pragma_update(None, "user_version", SCHEMA)?;
            tx.commit()?;
        }
    } else if found > SCHEMA {
        return Err(StoreError::Newer { found, known: SCHEMA });
    }
    Ok(())
}
