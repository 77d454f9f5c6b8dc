//! Real processes: this test program starts itself again and lets the copies write.

use crate::scene::*;
use seatrial_core::run::{EventBody, Progress};
use seatrial_store::{After, LogLine, LogSelection, Stream};
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::tempdir;

const ROLE: &str = "SEATRIAL_STORE_TEST_CHILD";

/// What the copies do; in the test run itself there is no role and nothing to do.
#[test]
fn the_copy_writes_what_it_is_told_to() {
    let Ok(role) = env::var(ROLE) else { return };
    let (dir, rest) = role.rsplit_once('|').unwrap();
    let (run, count) = rest.split_once(',').unwrap();
    write_events(Path::new(dir), run.parse().unwrap(), count.parse().unwrap());
}

/// Adds events to a run, and says so after each.
fn write_events(dir: &Path, run: u128, count: u32) {
    let store = open(dir);
    let log = store.logs().writer(run_id(run), step("build"), 1);
    let mut last = store.run(run_id(run)).unwrap().map_or(0, |r| r.seq);
    let goal = last + count;
    while last < goal {
        let body = if last == 0 { deploy() } else { progress(last) };
        add(&store, run_id(run), After::Event(last), vec![body]).unwrap();
        last += 1;
        log.push(&LogLine { stream: Stream::Out, at: now(), text: format!("{last}") }).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "stored {last}").unwrap();
        out.flush().unwrap();
    }
    log.flush().unwrap();
    drop(log);
}

fn progress(n: u32) -> EventBody {
    let progress = Progress { text: format!("layer {n}"), done: n.into(), total: 0 };
    EventBody::StepProgress { step: step("build"), progress }
}

fn copy(dir: &Path, run: u128, count: u32) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "processes::the_copy_writes_what_it_is_told_to", "--nocapture", "--test-threads=1"])
        .env(ROLE, format!("{}|{run},{count}", dir.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The last event a copy said was stored.
fn said(line: &str) -> Option<u32> {
    line.rsplit_once("stored ")?.1.trim().parse().ok()
}

#[test]
fn q3_four_processes_that_write_at_once_never_see_a_locked_database() {
    let dir = tempdir().unwrap();
    let mut copies: Vec<Child> = (1..=4).map(|n| copy(dir.path(), n, 150)).collect();
    let store = open(dir.path());
    let mut polls = 0_u64;
    while copies.iter_mut().any(|c| c.try_wait().unwrap().is_none()) {
        store.set_setting("window", polls).unwrap();
        store.unfinished_runs().unwrap();
        polls += 1;
    }
    for (copy, n) in copies.into_iter().zip(1..) {
        let output = copy.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let events = store.events(run_id(n), 1, u32::MAX).unwrap();
        assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), (1..=150).collect::<Vec<_>>());
        let logs = LogSelection { run: run_id(n), step: None };
        assert_eq!(store.logs().count(&logs).unwrap(), 150);
    }
}

#[test]
fn q2_what_was_acknowledged_survives_kill_9_of_the_writer() {
    // SEATRIAL_KILL_LOOPS=2000 is the long version.
    let loops: u32 = env::var("SEATRIAL_KILL_LOOPS").ok().and_then(|n| n.parse().ok()).unwrap_or(30);
    let dir = tempdir().unwrap();
    let window = open(dir.path());
    let mut acknowledged = 0;
    for round in 0..loops {
        let mut copy = copy(dir.path(), 1, u32::MAX / 2);
        let mut lines = BufReader::new(copy.stdout.take().unwrap()).lines();
        let enough = acknowledged + 3 + (round * 7) % 23;
        // Both write; the copy dies in the middle of whatever it does.
        window.set_setting("round", round).unwrap();
        while acknowledged < enough {
            let line = lines.next().unwrap().unwrap();
            acknowledged = said(&line).unwrap_or(acknowledged);
        }
        copy.kill().unwrap();
        let rest = lines.map_while(Result::ok).filter_map(|line| said(&line));
        acknowledged = rest.last().unwrap_or(acknowledged);
        copy.wait().unwrap();
        let row = window.run(run_id(1)).unwrap().unwrap();
        assert!(row.seq >= acknowledged, "round {round}: {} of {acknowledged} are there", row.seq);
        assert_eq!(window.setting::<u32>("round").unwrap(), Some(round));
        acknowledged = row.seq;
    }
    window.check().unwrap();
    let events = window.events(run_id(1), 1, u32::MAX).unwrap();
    assert!(events.iter().zip(1..).all(|(event, n)| event.seq == n));
    assert_eq!(u32::try_from(events.len()), Ok(acknowledged));
}

#[test]
fn a_change_made_by_another_process_wakes_the_window() {
    let dir = tempdir().unwrap();
    let window = open(dir.path());
    let cursor = window.cursor().unwrap();
    let mut copy = copy(dir.path(), 1, 1);
    let since = Instant::now();
    assert!(window.wait_for_change(cursor, Duration::from_secs(30)).unwrap());
    assert!(since.elapsed() < Duration::from_secs(30));
    assert!(copy.wait().unwrap().success());
    assert!(window.run(run_id(1)).unwrap().is_some());
}
