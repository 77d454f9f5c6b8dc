//! Seatrial's memory: what happened (`seatrial.db`, the journal) and what was said meanwhile (`logs.db`).
//!
//! - One module per table under `table/`: migration, row, reading and writing together.
//! - One thread per process writes the journal; several processes share the file.
//! - [`Store::append`] is the only way to add to a run: events, the run's row, releases and deployments change in
//!   one transaction, and lists never say anything the fold of the events does not.
//! - Time and ids come in as arguments.

mod append;
mod backup;
mod connection;
mod error;
mod feed;
mod folder;
mod logs;
mod migrate;
mod open;
mod readers;
mod restore;
mod sql;
mod store;
mod table;
mod writer;

pub use append::{After, Append, AppendError};
pub use backup::{Backup, RestoreError, Unusable};
pub use error::StoreError;
pub use feed::{Change, Changed, Cursor};
pub use logs::{AttemptLines, Hits, Line, LogError, LogLine, LogSelection, LogWriter, Logs, Stream};
pub use open::{JOURNAL_FILE, LOGS_FILE, OpenError, OpenOptions, OpenReport, OpenWarning};
pub use sql::short_id;
pub use store::Store;
pub use table::app::{App, AppError};
pub use table::audit::{AuditCheck, AuditEntry};
pub use table::deployment::{Deployment, HistoryEntry, TrafficChange};
pub use table::env_value::EnvValue;
pub use table::halt::Halt;
pub use table::lease::{
    Held, LEASE_TTL, Lease, LeaseAnswer, LeaseError, LeaseRequest, Liveness, Moment, Seen,
};
pub use table::run::{Found, RunProgress, RunQuery, RunRow, Scope, Wanted};
pub use table::secret::{Secret, SecretError, SecretKey};
pub use table::server_journal::{JournalKey, JournalLines};
pub use table::topic::Topic;
pub use table::trust::{Trust, TrustedFile};
