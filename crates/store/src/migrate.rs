//! The schema's history. A migration is never changed once released; a new one is appended.
//!
//! A new variant of an event counts as a change of the schema: an older program could not read it, so it has to
//! be told so when it opens the file, not in the middle of a run.

use crate::connection::{self, APPLICATION_ID};
use crate::error::StoreError;
use crate::table::{
    app, audit, deployment, env_value, event, halt, lease, release, run, secret, server_journal, setting,
    topic, trust,
};
use rusqlite::{Connection, TransactionBehavior, params};
use std::path::Path;

/// One step of the schema: the statements of every table it concerns.
pub(crate) type Migration = &'static [&'static str];

/// Who migrated the file to what, so that an older program can name the version that is needed.
const HISTORY: &str = "CREATE TABLE migration (
    version INTEGER PRIMARY KEY,
    program TEXT NOT NULL
) STRICT";

/// All migrations, oldest first. Number `n` (from 1) leads to schema `n`.
pub(crate) const MIGRATIONS: &[Migration] = &[FIRST, SHARED, HALTS];

const FIRST: Migration = &[
    HISTORY,
    topic::CREATE,
    app::CREATE,
    env_value::CREATE,
    secret::CREATE,
    setting::CREATE,
    trust::CREATE,
    audit::CREATE,
    run::CREATE,
    event::CREATE,
    release::CREATE,
    deployment::CREATE,
    lease::CREATE,
];

/// Environments on servers that several people deploy to.
const SHARED: Migration = &[server_journal::CREATE];

/// Runs that restart, stop and start what is there.
const HALTS: Migration = &[halt::CREATE];

/// The schema this program knows.
pub(crate) const LATEST: u32 = MIGRATIONS.len() as u32;

/// Why a file could not be brought to the newest schema.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MigrateError {
    /// It is newer.
    #[error("schema {found} is newer than {known}")]
    Newer { found: u32, known: u32, program: Option<String> },
    /// It is a database of another program.
    #[error("the file is a database of another program")]
    NotOurs,
    /// Anything else.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for MigrateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What a migration needs to know besides the connection.
pub(crate) struct Task<'a> {
    /// The schema's history.
    pub migrations: &'a [Migration],
    /// Version of this program.
    pub program: &'a str,
    /// Makes a copy of the file before it is changed; called only when there is something to lose.
    pub backup: &'a dyn Fn(u32) -> Result<(), StoreError>,
}

/// Brings the file to the newest schema and returns the one it had. Several processes may do so at once: the
/// first does it, the others find it done.
pub(crate) fn migrate(conn: &mut Connection, task: &Task<'_>) -> Result<u32, MigrateError> {
    let latest = u32::try_from(task.migrations.len()).unwrap_or(u32::MAX);
    if check(conn, latest)? == latest {
        return Ok(latest);
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster between the look and the lock.
    let before = check(&tx, latest)?;
    if before == latest {
        return Ok(latest);
    }
    if before > 0 {
        // The copy is taken through another connection; nobody can write meanwhile, so it misses nothing.
        (task.backup)(before)?;
    }
    for (index, migration) in task.migrations.iter().enumerate().skip(before as usize) {
        for statements in *migration {
            tx.execute_batch(statements)?;
        }
        tx.execute(
            "INSERT INTO migration (version, program) VALUES (?1, ?2)",
            params![index as i64 + 1, task.program],
        )?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", latest)?;
    tx.commit()?;
    Ok(before)
}

/// The schema of the file, when this program can go on with it.
pub(crate) fn check(conn: &Connection, latest: u32) -> Result<u32, MigrateError> {
    let application: i32 = conn.pragma_query_value(None, "application_id", |r| r.get(0))?;
    let found = connection::schema_version(conn)?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0))?;
    if application != APPLICATION_ID && (application != 0 || found != 0 || tables != 0) {
        return Err(MigrateError::NotOurs);
    }
    if found > latest {
        let program = conn
            .query_row("SELECT program FROM migration ORDER BY version DESC LIMIT 1", [], |r| r.get(0))
            .ok();
        return Err(MigrateError::Newer { found, known: latest, program });
    }
    Ok(found)
}

/// Checks a file without opening it for anything else: whether it is ours and intact.
pub(crate) fn inspect(path: &Path) -> Result<u32, MigrateError> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    let version = check(&conn, LATEST)?;
    if version == 0 {
        return Err(MigrateError::NotOurs);
    }
    quick_check(&conn)?;
    Ok(version)
}

/// Looks at every page of the file.
pub(crate) fn quick_check(conn: &Connection) -> Result<(), StoreError> {
    let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |r| r.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Corrupt { detail: verdict }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Durability;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;
    use tempfile::tempdir;

    const NEXT: &[Migration] =
        &[FIRST, &["ALTER TABLE app ADD COLUMN colour TEXT", "CREATE TABLE extra (x)"]];
    const NOW: &[Migration] = &[FIRST];
    const BROKEN: &[Migration] = &[FIRST, &["CREATE TABLE extra (x)", "CREATE TABLE app (x)"]];

    fn open(path: &Path) -> Connection {
        crate::folder::make_private_file(path).unwrap();
        connection::writer(path, Durability::Full, Duration::from_secs(20)).unwrap()
    }

    fn run(path: &Path, migrations: &[Migration], backups: &AtomicU32) -> Result<u32, MigrateError> {
        let backup = |_| {
            backups.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        migrate(&mut open(path), &Task { migrations, program: "1.2.3", backup: &backup })
    }

    #[test]
    fn q4_of_many_who_migrate_at_once_one_does_and_it_is_backed_up_once() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("x.db");
        let backups = AtomicU32::new(0);
        assert_eq!(run(&path, NOW, &backups).unwrap(), 0);
        assert_eq!(backups.load(Ordering::Relaxed), 0, "there was nothing to lose");
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            let migrate = || {
                start.wait();
                run(&path, NEXT, &backups).unwrap()
            };
            let all: Vec<_> = (0..8).map(|_| scope.spawn(migrate)).collect();
            let first = all.into_iter().map(|t| t.join().unwrap()).filter(|before| *before == 1).count();
            assert_eq!(first, 1);
        });
        assert_eq!(backups.load(Ordering::Relaxed), 1);
        let error = run(&path, NOW, &backups).unwrap_err();
        let MigrateError::Newer { found: 2, known: 1, program } = error else { panic!("{error}") };
        assert_eq!(program.as_deref(), Some("1.2.3"));
    }

    #[test]
    fn q4_a_migration_that_fails_changes_nothing() {
        let dir = tempdir().unwrap();
        let path = dir.path().join("x.db");
        let backups = AtomicU32::new(0);
        run(&path, NOW, &backups).unwrap();
        assert!(run(&path, BROKEN, &backups).is_err());
        let conn = open(&path);
        assert_eq!(check(&conn, 1).unwrap(), 1);
        assert!(conn.prepare("SELECT * FROM extra").is_err());
    }

    #[test]
    fn q4_the_copy_made_before_a_migration_has_the_old_schema() {
        let dir = tempdir().unwrap();
        let path = dir.path().join(crate::open::JOURNAL_FILE);
        run(&path, NOW, &AtomicU32::new(0)).unwrap();
        let at = chrono::DateTime::UNIX_EPOCH;
        let backup = |schema| crate::backup::before_migration(dir.path(), schema, at).map(drop);
        let task = Task { migrations: NEXT, program: "2", backup: &backup };
        migrate(&mut open(&path), &task).unwrap();
        let made = crate::backup::list(dir.path()).unwrap().remove(0);
        assert_eq!(made.before_schema, Some(1));
        assert_eq!(inspect(&made.path).unwrap(), 1);
    }
}
