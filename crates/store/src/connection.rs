//! A connection with everything asserted that the rest of the crate relies on.

use crate::error::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// "SeaT": how `file` and other programs recognise our databases.
pub(crate) const APPLICATION_ID: i32 = 0x5365_6154;

/// Oldest SQLite that can be used: earlier ones can damage a database when WAL is reset (3.51.3 fixed it).
const OLDEST_SQLITE: i32 = 3_051_003;

/// How much a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// For the disk: what was acknowledged survives a power cut.
    Full,
    /// For the operating system: what was acknowledged survives the end of the process.
    Normal,
}

/// The SQLite this program was built with is too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooOld;

/// Checks the library itself; the same answer at every call.
pub(crate) fn check_library() -> Result<(), TooOld> {
    if rusqlite::version_number() >= OLDEST_SQLITE { Ok(()) } else { Err(TooOld) }
}

/// Opens a connection for writing and puts the file into WAL mode.
pub(crate) fn writer(path: &Path, durability: Durability, busy: Duration) -> Result<Connection, StoreError> {
    let conn = open(path, busy)?;
    enter_wal(&conn, busy)?;
    let (name, level) = match durability {
        Durability::Full => ("FULL", 2),
        Durability::Normal => ("NORMAL", 1),
    };
    conn.pragma_update(None, "synchronous", name)?;
    expect(&conn, "synchronous", level)?;
    conn.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    expect(&conn, "foreign_keys", 1)?;
    Ok(conn)
}

/// Opens a connection that cannot change anything.
pub(crate) fn reader(path: &Path, busy: Duration) -> Result<Connection, StoreError> {
    let conn = open(path, busy)?;
    conn.pragma_update(None, "query_only", true)?;
    expect(&conn, "query_only", 1)?;
    Ok(conn)
}

/// Opens a connection that copies the file. It changes nothing, but SQLite takes a copy for a change.
pub(crate) fn copier(path: &Path) -> Result<Connection, StoreError> {
    open(path, Duration::from_secs(10))
}

fn open(path: &Path, busy: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags)?;
    patient(&mut conn, busy)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "mmap_size", 0)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// Waits for locks in short steps until the time is over. SQLite's own handler sleeps up to 100 ms at once, so
/// that a process among several busy ones waits far longer than it has to.
fn patient(conn: &mut Connection, busy: Duration) -> rusqlite::Result<()> {
    let mut since = Instant::now();
    conn.busy_handler(Some(move |tries: i32| {
        if tries == 0 {
            since = Instant::now();
        }
        if since.elapsed() >= busy {
            return false;
        }
        thread::sleep(Duration::from_millis(if tries < 20 { 1 } else { 5 }));
        true
    }))
}

/// The change to WAL does not go through the busy handler, so it is tried until the time is over.
fn enter_wal(conn: &Connection, busy: Duration) -> Result<(), StoreError> {
    let since = Instant::now();
    loop {
        let mode = conn.pragma_update_and_check(None, "journal_mode", "WAL", |r| r.get::<_, String>(0));
        match mode.map_err(StoreError::from) {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(_) | Err(StoreError::Busy) if since.elapsed() >= busy => return Err(StoreError::Busy),
            Ok(_) | Err(StoreError::Busy) => thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(error),
        }
    }
}

fn expect(conn: &Connection, pragma: &str, value: i64) -> Result<(), StoreError> {
    let now: i64 = conn.pragma_query_value(None, pragma, |r| r.get(0))?;
    if now == value { Ok(()) } else { Err(StoreError::Setting { pragma: pragma.to_owned(), found: now }) }
}

/// Reads the schema version of a file.
pub(crate) fn schema_version(conn: &Connection) -> rusqlite::Result<u32> {
    conn.pragma_query_value(None, "user_version", |r| r.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    const BRIEF: Duration = Duration::from_millis(50);

    #[test]
    fn q1_the_journal_waits_for_the_disk_and_keeps_references_and_a_reader_changes_nothing() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("x.db");
        crate::folder::make_private_file(&path).unwrap();
        let journal = writer(&path, Durability::Full, BRIEF).unwrap();
        expect(&journal, "synchronous", 2).unwrap();
        journal.execute_batch("CREATE TABLE a (x PRIMARY KEY); CREATE TABLE b (x REFERENCES a (x))").unwrap();
        assert!(journal.execute("INSERT INTO b VALUES (1)", []).is_err());
        assert!(reader(&path, BRIEF).unwrap().execute("INSERT INTO a VALUES (1)", []).is_err());
        expect(&writer(&path, Durability::Normal, BRIEF).unwrap(), "synchronous", 1).unwrap();
        let unmet = expect(&journal, "synchronous", 3).unwrap_err();
        assert!(matches!(unmet, StoreError::Setting { found: 2, .. }));
    }

    #[test]
    fn a_lock_is_waited_for_as_long_as_was_said() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("x.db");
        crate::folder::make_private_file(&path).unwrap();
        let [one, two] = [(); 2].map(|()| writer(&path, Durability::Full, BRIEF).unwrap());
        one.execute_batch("BEGIN IMMEDIATE").unwrap();
        let since = Instant::now();
        assert!(matches!(
            two.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from),
            Err(StoreError::Busy)
        ));
        assert!(since.elapsed() >= BRIEF);
    }
}
