use crate::scene::*;
use seatrial_core::model::Slot;
use seatrial_store::{After, OpenError, OpenOptions, OpenWarning, Store, StoreError};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::tempdir;

fn refuse(dir: &Path) -> OpenError {
    Store::open(dir, &OpenOptions::new(now())).unwrap_err()
}

#[test]
fn q7_a_damaged_journal_is_set_aside_and_the_newest_backup_offered() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    ship(&store, 1, "1.0.0", Slot::Blue);
    let backup = store.backup(now()).unwrap();
    drop(store);
    let path = dir.path().join("seatrial.db");
    let garbage = b"this is not a database at all ".repeat(500);
    fs::write(&path, &garbage).unwrap();
    let error = refuse(dir.path());
    assert!(error.to_string().contains("restore"), "{error}");
    let OpenError::Corrupt { set_aside: Some(aside), backups, .. } = error else { panic!("{error}") };
    assert!(aside.to_string_lossy().contains(".corrupt-"));
    assert_eq!(fs::read(&aside).unwrap(), garbage, "evidence is kept");
    assert_eq!(backups[0].path, backup.path);
    Store::restore(dir.path(), &backup.path, now()).unwrap();
    assert!(open(dir.path()).run(run_id(1)).unwrap().is_some());
}

#[test]
fn q7_damage_inside_is_found_after_the_journal_was_not_closed() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    for n in 1..=60 {
        ship(&store, n, &format!("{n}.0.0"), Slot::Blue);
    }
    drop(store);
    let path = dir.path().join("seatrial.db");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    fs::write(dir.path().join("seatrial.db-wal"), [0; 64]).unwrap();
    assert!(matches!(refuse(dir.path()), OpenError::Corrupt { set_aside: Some(_), .. }));
    assert!(
        Store::open(dir.path(), &OpenOptions::new(now())).unwrap().1.created,
        "the next start is a fresh one"
    );
}

#[test]
fn damaged_logs_are_set_aside_and_begun_anew() {
    let dir = tempdir().unwrap();
    drop(open(dir.path()));
    fs::write(dir.path().join("logs.db"), b"no logs here either ".repeat(500)).unwrap();
    let (_, report) = Store::open(dir.path(), &OpenOptions::new(now())).unwrap();
    assert!(matches!(&report.warnings[..], [OpenWarning::LogsSetAside { to }] if to.exists()));
}

/// A small file system of its own; gone when dropped.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let args = ["-t", "tmpfs", "-o", "size=1536k", "tmpfs"];
        let done = Command::new("mount").args(args).arg(at).output().ok()?;
        done.status.success().then_some(Self(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.0).output().unwrap();
    }
}

#[test]
fn a_full_disk_is_an_error_that_says_so_and_nothing_acknowledged_is_lost() {
    let dir = tempdir().unwrap();
    // Only root can make a small disk; SQLite's own limit is the same error from one layer further up.
    let Some(_disk) = SmallDisk::mount(dir.path()) else { return full_by_limit(dir.path()) };
    let store = open(dir.path());
    let ballast = dir.path().join("ballast");
    fill(&ballast);
    let mut kept = 0;
    let error = loop {
        match store.set_setting(&format!("key {kept}"), "x".repeat(3000)) {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::DiskFull), "{error:?}");
    fs::remove_file(&ballast).unwrap();
    store.set_setting("after", 1).unwrap();
    for n in 0..kept {
        assert!(store.setting::<String>(&format!("key {n}")).unwrap().is_some());
    }
    assert_eq!(store.setting::<String>(&format!("key {kept}")).unwrap(), None);
    store.check().unwrap();
}

/// Leaves a few pages free.
fn fill(ballast: &Path) {
    use std::io::Write;
    let mut file = fs::File::create(ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    let size = file.metadata().unwrap().len();
    file.set_len(size.saturating_sub(64 * 1024)).unwrap();
}

fn full_by_limit(dir: &Path) {
    drop(open(dir));
    let conn = rusqlite::Connection::open(dir.join("seatrial.db")).unwrap();
    let pages: i64 = conn.pragma_query_value(None, "page_count", |r| r.get(0)).unwrap();
    conn.pragma_update(None, "max_page_count", pages).unwrap();
    let value = format!("\"{}\"", "x".repeat(100_000));
    let error = conn.execute("INSERT INTO setting (key, value) VALUES ('big', ?1)", [value]).unwrap_err();
    assert!(matches!(StoreError::from(error), StoreError::DiskFull));
}

#[test]
fn lost_log_lines_are_reported_and_the_log_says_where_they_are_missing() {
    use seatrial_store::{LogLine, LogSelection, Stream};
    let dir = tempdir().unwrap();
    let options =
        OpenOptions { busy_timeout: std::time::Duration::from_millis(50), ..OpenOptions::new(now()) };
    let (store, _) = Store::open(dir.path(), &options).unwrap();
    let log = store.logs().writer(run_id(1), step("build"), 1);
    let say = |text: &str| log.push(&LogLine { stream: Stream::Out, at: now(), text: text.into() });
    let other = rusqlite::Connection::open(dir.path().join("logs.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    say("one").unwrap();
    say("two").unwrap();
    assert_eq!(log.flush().unwrap_err().lines, 2);
    add(&store, run_id(1), After::Event(0), vec![deploy()]).unwrap();
    other.execute_batch("ROLLBACK").unwrap();
    say("three").unwrap();
    log.flush().unwrap();
    let lines = store.logs().tail(&LogSelection { run: run_id(1), step: None }, 9).unwrap();
    let said: Vec<_> = lines.iter().map(|l| (l.stream, l.text.as_str())).collect();
    let gap = "2 lines are missing here: they could not be kept";
    assert_eq!(said, [(Stream::System, gap), (Stream::Out, "three")]);
}
