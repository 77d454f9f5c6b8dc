use crate::scene::*;
use seatrial_store::{After, Changed, Cursor, Topic};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::tempdir;

const LONG: Duration = Duration::from_secs(20);

#[test]
fn a_cursor_leads_through_every_change_once_and_in_order() {
    let dir = tempdir().unwrap();
    let (one, two) = (open(dir.path()), open(dir.path()));
    add(&one, run_id(1), After::Event(0), vec![deploy(), started()]).unwrap();
    two.set_setting("a", 1).unwrap();
    add(&two, run_id(2), After::Event(0), vec![deploy()]).unwrap();
    one.set_setting("a", 2).unwrap();
    let event = |n, seq| Changed::Run { run: run_id(n), seq };
    let expected = [event(1, 1), event(1, 2), event(2, 1), Changed::Topic(Topic::Settings)];
    let mut cursor = Cursor::default();
    let mut seen = Vec::new();
    loop {
        let (changes, next) = one.changes_since(cursor, 2).unwrap();
        if changes.is_empty() {
            break;
        }
        assert!(changes.len() <= 2 && next > cursor);
        cursor = next;
        seen.extend(changes.into_iter().map(|c| c.what));
    }
    assert_eq!(seen, expected);
    assert_eq!(one.cursor().unwrap(), cursor);
}

#[test]
fn a_cursor_from_the_future_leads_back_to_the_present() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    add(&store, run_id(1), After::Event(0), vec![deploy()]).unwrap();
    let (changes, cursor) = store.changes_since(Cursor(1_000_000), 10).unwrap();
    assert_eq!((changes, cursor), (Vec::new(), store.cursor().unwrap()));
    assert!(store.wait_for_change(Cursor(1_000_000), LONG).unwrap());
}

#[test]
fn whoever_waits_is_woken_by_a_change_from_here_and_from_elsewhere() {
    let dir = tempdir().unwrap();
    let (here, elsewhere) = (open(dir.path()), open(dir.path()));
    for (n, writer) in [(1, here.clone()), (2, elsewhere)] {
        let cursor = here.cursor().unwrap();
        let waiting = here.clone();
        let waiter = thread::spawn(move || {
            let since = Instant::now();
            (waiting.wait_for_change(cursor, LONG).unwrap(), since.elapsed())
        });
        add(&writer, run_id(n), After::Event(0), vec![deploy()]).unwrap();
        let (woken, after) = waiter.join().unwrap();
        assert!(woken && after < LONG / 2, "{after:?}");
    }
    let now = here.cursor().unwrap();
    assert!(!here.wait_for_change(now, Duration::from_millis(1)).unwrap());
}
