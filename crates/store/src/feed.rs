//! How everybody follows: a place in the list of all changes, and a way to wait for the next one.

use crate::connection;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::topic::{self, Topic};
use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use rusqlite::Connection;
use schemars::JsonSchema;
use seatrial_core::model::RunId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often other processes' changes are looked for while somebody waits: at first, and at last. The longer it has
/// been quiet, the longer the pause: a window that is only open should cost nothing one could notice.
const POLL: Duration = Duration::from_millis(50);
const QUIET_POLL: Duration = Duration::from_secs(1);
/// At last, where the system says when the files are written to. It does not everywhere.
const TOLD_POLL: Duration = Duration::from_secs(5);
/// The pause is this part of the time since something last happened; the second where the system tells.
const PAUSE_PART: u32 = 20;
const TOLD_PART: u32 = 4;

/// A place in the list of all changes; 0 is before the first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Cursor(pub i64);

/// What is different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// A run has an event more.
    Run {
        /// The run.
        run: RunId,
        /// The event's place in it.
        seq: u32,
    },
    /// Something that is not a run.
    Topic(Topic),
}

/// One change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Its place.
    pub cursor: Cursor,
    /// What is different.
    pub what: Changed,
}

/// Wakes those who wait in this process.
#[derive(Default)]
pub(crate) struct Bell {
    known: Mutex<Known>,
    rung: Condvar,
}

#[derive(Default)]
struct Known {
    /// The newest change made here.
    newest: i64,
    /// How often somebody wrote to the journal's files, as far as the system tells.
    writes: u64,
}

impl Bell {
    pub(crate) fn ring(&self, newest: i64) {
        self.known().newest = newest;
        self.rung.notify_all();
    }

    fn stir(&self) {
        self.known().writes += 1;
        self.rung.notify_all();
    }

    fn writes(&self) -> u64 {
        self.known().writes
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a change after `cursor` is known here, or there were more writes than these; at most `limit`.
    fn wait(&self, cursor: i64, writes: u64, limit: Duration) {
        let same = |known: &mut Known| known.newest <= cursor && known.writes == writes;
        drop(self.rung.wait_timeout_while(self.known(), limit, same));
    }
}

/// Notices commits of other processes without looking at any table.
pub(crate) struct Watch {
    conn: Connection,
    path: PathBuf,
    version: Option<i64>,
    newest: i64,
    writes: u64,
    /// When something last happened.
    stirred: Instant,
    /// Told by the system of writes; begun by the first who waits. `None` inside: it cannot tell.
    told: Option<Option<RecommendedWatcher>>,
}

impl Watch {
    pub(crate) fn new(path: &Path, busy: Duration) -> Result<Self, StoreError> {
        let conn = connection::reader(path, busy)?;
        let (path, stirred) = (path.to_path_buf(), Instant::now());
        Ok(Self { conn, path, version: None, newest: 0, writes: 0, stirred, told: None })
    }

    /// Asks the system to tell of writes, and takes in how many there were.
    fn listen(&mut self, bell: &Arc<Bell>) -> u64 {
        if self.told.is_none() {
            self.told = Some(listen(&self.path, Arc::clone(bell)));
        }
        let writes = bell.writes();
        if writes != self.writes {
            // A write is told of before it is a commit: that is looked for soon.
            (self.writes, self.stirred) = (writes, Instant::now());
        }
        writes
    }

    /// The newest change. Costs microseconds while nobody commits.
    fn newest(&mut self) -> Result<i64, StoreError> {
        let version: i64 = self.conn.prepare_cached("PRAGMA data_version")?.query_row([], |r| r.get(0))?;
        if self.version != Some(version) {
            self.newest = topic::newest_change(&self.conn)?;
            self.version = Some(version);
            self.stirred = Instant::now();
        }
        Ok(self.newest)
    }

    /// How long to wait before the next look.
    fn pause(&self) -> Duration {
        let (part, longest) = match self.told {
            Some(Some(_)) => (TOLD_PART, TOLD_POLL),
            _ => (PAUSE_PART, QUIET_POLL),
        };
        (self.stirred.elapsed() / part).clamp(POLL, longest)
    }
}

/// Rings the bell whenever somebody writes to the journal or to what is written ahead of it.
fn listen(journal: &Path, bell: Arc<Bell>) -> Option<RecommendedWatcher> {
    let name = journal.file_name()?.to_os_string();
    let ahead = {
        let mut ahead = name.clone();
        ahead.push("-wal");
        ahead
    };
    let is_ours = move |path: &PathBuf| path.file_name().is_some_and(|file| file == name || file == ahead);
    let told = move |event: notify::Result<notify::Event>| match event {
        // Who only reads opens files, and SQLite gives them their rights again then.
        Ok(notify::Event {
            kind: EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)), ..
        }) => {}
        Ok(event) if !event.paths.iter().any(&is_ours) => {}
        // Something may have been missed.
        Ok(_) | Err(_) => bell.stir(),
    };
    let mut watcher = notify::recommended_watcher(told).ok()?;
    watcher.watch(journal.parent()?, RecursiveMode::NonRecursive).ok()?;
    Some(watcher)
}

impl Store {
    /// The newest change of all.
    pub fn cursor(&self) -> Result<Cursor, StoreError> {
        self.read(|conn| Ok(Cursor(topic::newest_change(conn)?)))
    }

    /// Changes after `cursor`, oldest first, at most `limit`, and the place to go on from. Of a topic that
    /// changed several times only the last change is listed. A cursor from the future (the database was
    /// restored) leads back to the newest change.
    pub fn changes_since(&self, cursor: Cursor, limit: u32) -> Result<(Vec<Change>, Cursor), StoreError> {
        self.read(move |conn| {
            let newest = topic::newest_change(conn)?;
            if cursor.0 >= newest {
                return Ok((Vec::new(), Cursor(newest)));
            }
            let changes = topic::changes(conn, cursor.0, limit)?;
            let next = changes.last().map_or(Cursor(newest), |c| c.cursor);
            Ok((changes, next))
        })
    }

    /// Waits until something changed after `cursor`, in this process (at once) or another one (within 50 ms where the
    /// system tells of writes, else up to a second when it was quiet), at most `limit`. Returns whether something did.
    pub fn wait_for_change(&self, cursor: Cursor, limit: Duration) -> Result<bool, StoreError> {
        let until = Instant::now() + limit;
        loop {
            let mut watch = self.watch().lock().unwrap_or_else(PoisonError::into_inner);
            let writes = watch.listen(self.bell());
            let (newest, pause) = (watch.newest()?, watch.pause());
            drop(watch);
            if newest != cursor.0 {
                return Ok(true);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            self.bell().wait(cursor.0, writes, left.min(pause));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OpenOptions;

    fn open(dir: &Path) -> Store {
        let now = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        Store::open(dir, &OpenOptions::new(now)).unwrap().0
    }

    fn long_ago(seconds: u64) -> Instant {
        Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn the_longer_it_is_quiet_the_less_often_it_looks() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let mut watch = store.watch().lock().unwrap();
        watch.newest().unwrap();
        assert_eq!(watch.pause(), POLL);
        watch.stirred = long_ago(4);
        assert!((Duration::from_millis(200)..QUIET_POLL).contains(&watch.pause()), "{:?}", watch.pause());
        watch.stirred = long_ago(600);
        assert_eq!(watch.pause(), QUIET_POLL);
        watch.listen(store.bell());
        assert_eq!(watch.pause(), TOLD_POLL, "the system tells of writes");
        store.set_setting("a", 1).unwrap();
        watch.newest().unwrap();
        assert_eq!(watch.pause(), POLL, "a change makes it lively again");
    }

    #[test]
    fn a_write_of_somebody_else_is_told_of_and_looked_at_soon() {
        let dir = tempfile::tempdir().unwrap();
        let (here, elsewhere) = (open(dir.path()), open(dir.path()));
        let before = {
            let mut watch = here.watch().lock().unwrap();
            watch.stirred = long_ago(600);
            watch.listen(here.bell())
        };
        elsewhere.set_setting("a", 1).unwrap();
        here.bell().wait(i64::MAX, before, Duration::from_secs(60));
        assert!(here.bell().writes() > before, "nobody told of it");
        let mut watch = here.watch().lock().unwrap();
        watch.listen(here.bell());
        assert_eq!(watch.pause(), POLL);
    }

    #[test]
    fn what_is_only_read_stirs_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (here, elsewhere) = (open(dir.path()), open(dir.path()));
        let before = here.watch().lock().unwrap().listen(here.bell());
        assert_eq!(elsewhere.setting::<u32>("a").unwrap(), None);
        elsewhere.cursor().unwrap();
        std::fs::write(dir.path().join("notes"), "of somebody").unwrap();
        here.bell().wait(i64::MAX, before, Duration::from_millis(300));
        assert_eq!(here.bell().writes(), before);
    }
}
