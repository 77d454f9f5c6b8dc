use crate::scene::*;
use rusqlite::Connection;
use seatrial_store::{After, OpenError, OpenOptions, OpenWarning, RestoreError, Store, StoreError, Unusable};
use std::fs;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;
use tempfile::tempdir;

fn options() -> OpenOptions {
    OpenOptions { busy_timeout: Duration::from_millis(200), ..OpenOptions::new(now()) }
}

#[test]
fn q1_every_guarantee_is_asserted_when_the_file_is_opened() {
    let dir = tempdir().unwrap();
    let (store, report) = Store::open(dir.path(), &options()).unwrap();
    assert!(report.created && report.warnings.is_empty() && !report.unclean);
    add(&store, run_id(1), After::Event(0), vec![deploy()]).unwrap();
    let conn = Connection::open(dir.path().join("seatrial.db")).unwrap();
    let text = |pragma: &str| conn.pragma_query_value(None, pragma, |r| r.get::<_, String>(0)).unwrap();
    let number = |pragma: &str| conn.pragma_query_value(None, pragma, |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(text("journal_mode"), "wal");
    assert_eq!((number("application_id"), number("user_version")), (0x5365_6154, 3));
    let mut tables =
        conn.prepare("SELECT name, strict FROM pragma_table_list WHERE name NOT LIKE 'sqlite%'").unwrap();
    let rows = tables.query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, bool>(1)?))).unwrap();
    for row in rows {
        let (name, strict) = row.unwrap();
        assert!(strict, "{name}");
    }
    assert!(rusqlite::version_number() >= 3_051_003);
    drop(store);
    let (_, again) = Store::open(dir.path(), &options()).unwrap();
    assert!(!again.created);
}

#[cfg(unix)]
#[test]
fn q9_nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempdir().unwrap();
    let dir = parent.path().join("deep/data");
    fs::create_dir_all(&dir).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    let store = open(&dir);
    add(&store, run_id(1), After::Event(0), vec![deploy()]).unwrap();
    store.backup(now()).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("backups"))), (0o700, 0o700));
    let entries = fs::read_dir(&dir).unwrap().chain(fs::read_dir(dir.join("backups")).unwrap());
    let files: Vec<_> = entries.map(|e| e.unwrap().path()).filter(|p| p.is_file()).collect();
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn q9_a_synchronised_folder_is_warned_about() {
    let parent = tempdir().unwrap();
    let dir = parent.path().join("Dropbox/seatrial");
    let (_, report) = Store::open(&dir, &options()).unwrap();
    assert_eq!(report.warnings, [OpenWarning::Synced { part: "Dropbox".into() }]);
}

#[test]
fn many_who_open_a_new_folder_at_once_all_get_the_same_store() {
    let dir = tempdir().unwrap();
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for n in 0..8 {
            let (start, dir) = (&start, dir.path());
            scope.spawn(move || {
                start.wait();
                add(&open(dir), run_id(n + 1), After::Event(0), vec![deploy()]).unwrap();
            });
        }
    });
    assert_eq!(open(dir.path()).unfinished_runs().unwrap().len(), 8);
}

#[test]
fn q5_an_older_program_refuses_and_names_the_version_it_takes() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let conn = Connection::open(dir.path().join("seatrial.db")).unwrap();
    conn.execute("INSERT INTO migration (version, program) VALUES (4, '0.9.0')", []).unwrap();
    conn.pragma_update(None, "user_version", 4).unwrap();
    let running = add(&store, run_id(1), After::Event(0), vec![deploy()]).unwrap_err();
    assert!(running.to_string().contains("newer"), "a running program notices too: {running}");
    drop((store, conn));
    let before = fs::read(dir.path().join("seatrial.db")).unwrap();
    let error = Store::open(dir.path(), &options()).unwrap_err();
    assert!(error.to_string().contains("0.9.0"), "{error}");
    assert!(matches!(error, OpenError::Newer { found: 4, known: 3, program: Some(p) } if p == "0.9.0"));
    assert!(fs::read(dir.path().join("seatrial.db")).unwrap() == before, "nothing was changed");
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("seatrial.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Store::open(dir.path(), &options()), Err(OpenError::NotOurs { .. })));
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn a_database_that_stays_locked_is_an_error_that_says_so() {
    let dir = tempdir().unwrap();
    let (store, _) = Store::open(dir.path(), &options()).unwrap();
    let other = Connection::open(dir.path().join("seatrial.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.set_setting("a", 1).unwrap_err();
    assert!(matches!(error, StoreError::Busy), "{error}");
    assert_eq!(store.setting::<u32>("a").unwrap(), None, "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    store.set_setting("a", 1).unwrap();
}

#[test]
fn q6_a_backup_brings_back_what_was_there_and_only_when_nobody_is_in() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    ship(&store, 1, "1.0.0", seatrial_core::model::Slot::Blue);
    let backup = store.backup(now()).unwrap();
    ship(&store, 2, "2.0.0", seatrial_core::model::Slot::Green);
    let restore = || Store::restore(dir.path(), &backup.path, now());
    assert!(matches!(restore(), Err(RestoreError::InUse)));
    drop(store);
    let aside = restore().unwrap().unwrap();
    let store = open(dir.path());
    assert!(store.run(run_id(1)).unwrap().is_some());
    assert_eq!(store.run(run_id(2)).unwrap(), None);
    let replaced = Connection::open(aside).unwrap();
    let runs: i64 = replaced.query_row("SELECT count(*) FROM run", [], |r| r.get(0)).unwrap();
    assert_eq!(runs, 2, "what was replaced is kept");
}

#[test]
fn a_file_that_is_no_backup_replaces_nothing() {
    let dir = tempdir().unwrap();
    drop(open(dir.path()));
    let wrong = dir.path().join("wrong.db");
    fs::write(&wrong, "not a database, but long enough to be looked at as one".repeat(40)).unwrap();
    let error = Store::restore(dir.path(), &wrong, now()).unwrap_err();
    assert!(matches!(error, RestoreError::Unusable { reason: Unusable::Damaged(_), .. }), "{error}");
    fs::write(&wrong, "").unwrap();
    let error = Store::restore(dir.path(), &wrong, now()).unwrap_err();
    assert!(matches!(error, RestoreError::Unusable { reason: Unusable::NotOurs, .. }), "{error}");
    assert!(!Store::open(dir.path(), &options()).unwrap().1.created);
}

#[test]
fn daily_backups_are_made_once_a_day_and_the_oldest_go() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let day = |n: i64| now() + chrono::Duration::hours(24 * n);
    for n in 0..4 {
        assert!(store.backup_daily(day(n), 3).unwrap().is_some());
        assert!(store.backup_daily(day(n) + chrono::Duration::hours(23), 3).unwrap().is_none());
    }
    let kept: Vec<_> = store.backups().unwrap().into_iter().map(|b| b.at.timestamp()).collect();
    assert_eq!(kept, [day(3), day(2), day(1)].map(|at| at.timestamp()));
}
