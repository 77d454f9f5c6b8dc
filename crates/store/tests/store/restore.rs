//! Restore drills: going back to a copy while the program runs.

use crate::scene::*;
use seatrial_core::model::Slot;
use seatrial_core::run::{End, RunStatus};
use seatrial_store::{After, Changed, RestoreError, Store, Topic, Unusable};
use std::fs;
use tempfile::tempdir;

fn versions(store: &Store) -> Vec<String> {
    store.releases(&app(), None, 10).unwrap().into_iter().map(|r| r.version).collect()
}

#[test]
fn a_restored_history_is_the_old_one_for_everybody_and_the_one_before_can_be_restored_again() {
    let dir = tempdir().unwrap();
    let (store, other) = (open(dir.path()), open(dir.path()));
    ship(&store, 1, "1.0.0", Slot::Blue);
    let copy = store.backup(now()).unwrap();
    ship(&store, 2, "2.0.0", Slot::Green);
    store.set_setting("colour", "red").unwrap();
    assert_eq!(other.current_deployment(&app(), &prod()).unwrap().unwrap().run.id, run_id(2));
    let cursor = other.cursor().unwrap();

    let before = store.put_back(&copy.path, now()).unwrap();
    for store in [&store, &other] {
        assert_eq!(versions(store), ["1.0.0"]);
        assert_eq!(store.current_deployment(&app(), &prod()).unwrap().unwrap().run.id, run_id(1));
        assert_eq!(store.setting::<String>("colour").unwrap(), None);
        store.check().unwrap();
    }
    let (changes, next) = other.changes_since(cursor, 100).unwrap();
    assert!(next > cursor && changes.iter().any(|c| c.what == Changed::Topic(Topic::Apps)), "others notice");

    ship(&other, 3, "3.0.0", Slot::Green);
    assert_eq!(versions(&store), ["3.0.0", "1.0.0"], "life goes on, from either side");
    assert!(other.cursor().unwrap() > next);

    store.put_back(&before.path, now()).unwrap();
    assert_eq!(versions(&other), ["2.0.0", "1.0.0"]);
    assert_eq!(store.setting::<String>("colour").unwrap().as_deref(), Some("red"));
    let left = fs::read_dir(dir.path())
        .unwrap()
        .flatten()
        .any(|e| e.file_name().to_string_lossy().starts_with("restoring"));
    assert!(!left, "nothing lies around");
    drop((store, other));
    assert_eq!(versions(&open(dir.path())), ["2.0.0", "1.0.0"], "it is on the disk");
}

#[test]
fn while_a_run_is_going_on_nothing_is_restored() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let copy = store.backup(now()).unwrap();
    add(&store, run_id(1), After::Event(0), vec![deploy(), started()]).unwrap();
    assert!(matches!(store.put_back(&copy.path, now()), Err(RestoreError::RunsGoOn(1))));
    assert!(store.run(run_id(1)).unwrap().is_some());
}

#[test]
fn a_run_that_was_going_on_in_the_copy_is_not_taken_up_again() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    add(&store, run_id(1), After::Event(0), vec![deploy(), started()]).unwrap();
    let copy = store.backup(now()).unwrap();
    add(&store, run_id(1), After::Any, vec![ended(End::Cancelled)]).unwrap();
    store.put_back(&copy.path, now()).unwrap();
    assert!(store.unfinished_runs().unwrap().is_empty());
    assert_eq!(store.run(run_id(1)).unwrap().unwrap().progress.status, RunStatus::NeedsAttention);
}

#[test]
fn a_copy_that_is_damaged_newer_or_no_copy_is_refused_and_nothing_changes() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    for n in 1..=40 {
        ship(&store, n, &format!("{n}.0.0"), Slot::Blue);
    }
    let copy = store.backup(now()).unwrap().path;
    let cursor = store.cursor().unwrap();
    let bytes = fs::read(&copy).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    let mut damaged = bytes.clone();
    damaged[middle..middle + 4096].fill(0xa5);
    let mut newer = bytes.clone();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    for content in
        [damaged, newer, b"no database".repeat(1000), Vec::new(), bytes[..bytes.len() / 2].to_vec()]
    {
        let path = dir.path().join("candidate.db");
        fs::write(&path, content).unwrap();
        let error = store.put_back(&path, now()).unwrap_err();
        assert!(matches!(error, RestoreError::Unusable { .. }), "{error:?}");
        if let RestoreError::Unusable { reason: Unusable::Newer { found, .. }, .. } = error {
            assert_eq!(found, 99);
        }
        assert_eq!(store.cursor().unwrap(), cursor);
    }
    assert!(store.put_back(&dir.path().join("gone.db"), now()).is_err());
    assert_eq!(store.backups().unwrap().len(), 1, "no copy is made for a restore that is refused");
}

#[test]
fn two_copies_of_one_second_are_two_copies() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let (one, two) = (store.backup(now()).unwrap(), store.backup(now()).unwrap());
    assert_ne!(one.path, two.path);
    assert_eq!(store.backups().unwrap().len(), 2);
}
