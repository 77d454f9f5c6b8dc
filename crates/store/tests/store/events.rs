use crate::scene::*;
use proptest::prelude::*;
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::{Slot, Trigger};
use seatrial_core::run::{End, EventBody, Progress, RunKind, RunState, RunStatus, SkipReason, Wait};
use seatrial_store::{After, Append, AppendError, RunProgress, RunQuery, Scope};
use tempfile::tempdir;

#[test]
fn events_are_numbered_without_gaps_and_read_back_as_they_were_returned() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let first = add(&store, run_id(1), After::Event(0), vec![deploy(), started()]).unwrap();
    let second = add(&store, run_id(1), After::Event(2), vec![begun("build")]).unwrap();
    let all: Vec<_> = first.into_iter().chain(second).collect();
    assert_eq!(all.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(store.events(run_id(1), 1, 100).unwrap(), all);
    assert_eq!(store.events(run_id(1), 2, 1).unwrap(), all[1..2]);
    assert_eq!(store.events(run_id(2), 1, 100).unwrap(), []);
}

#[test]
fn i7_an_append_after_another_event_than_the_last_stores_nothing() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    add(&store, run_id(1), After::Event(0), vec![deploy(), started()]).unwrap();
    for expected in [0, 1, 3] {
        let error = add(&store, run_id(1), After::Event(expected), vec![begun("build")]).unwrap_err();
        let AppendError::Conflict { expected: e, found: 2, .. } = error else { panic!("{error}") };
        assert_eq!(e, expected);
    }
    assert_eq!(store.events(run_id(1), 1, 100).unwrap().len(), 2);
    add(&store, run_id(1), After::Any, vec![EventBody::CancelRequested { actor: actor() }]).unwrap();
    assert_eq!(store.run(run_id(1)).unwrap().unwrap().seq, 3);
}

#[test]
fn a_run_begins_with_created_and_only_verdicts_follow_its_end() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let unknown = add(&store, run_id(1), After::Any, vec![started()]).unwrap_err();
    assert!(matches!(unknown, AppendError::UnknownRun(run) if run == run_id(1)));
    add(&store, run_id(1), After::Event(0), vec![deploy()]).unwrap();
    let again = add(&store, run_id(1), After::Any, vec![deploy()]).unwrap_err();
    assert!(matches!(again, AppendError::AlreadyCreated(_)));
    add(&store, run_id(1), After::Any, vec![started(), ended(End::Cancelled)]).unwrap();
    let late = add(&store, run_id(1), After::Any, vec![verdict(Verdict::Go), begun("build")]).unwrap_err();
    assert!(matches!(late, AppendError::Over(_)));
    assert_eq!(store.run(run_id(1)).unwrap().unwrap().seq, 3, "nothing of a refused batch is stored");
    add(&store, run_id(1), After::Any, vec![verdict(Verdict::NoGo)]).unwrap();
    assert_eq!(store.run(run_id(1)).unwrap().unwrap().progress.verdict, Some(Verdict::NoGo));
}

#[test]
fn a_release_is_recorded_once_and_its_version_is_its_own() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    add(&store, run_id(1), After::Event(0), vec![deploy(), recorded(1, "1.0.0"), recorded(1, "1.0.0")])
        .unwrap();
    assert_eq!(store.release_by_version(&app(), "1.0.0").unwrap(), Some(release(1, "1.0.0")));
    let taken = add(&store, run_id(2), After::Event(0), vec![deploy(), recorded(2, "1.0.0")]).unwrap_err();
    assert!(matches!(taken, AppendError::VersionTaken { version, .. } if version == "1.0.0"));
    assert_eq!(store.run(run_id(2)).unwrap(), None);
    add(&store, run_id(2), After::Event(0), vec![deploy(), recorded(2, "1.1.0")]).unwrap();
    let newest_first = store.releases(&app(), None, 10).unwrap();
    assert_eq!(newest_first, [release(2, "1.1.0"), release(1, "1.0.0")]);
    let older = store.releases(&app(), Some(release(2, "").id), 10).unwrap();
    assert_eq!(older, [release(1, "1.0.0")]);
}

#[test]
fn a_run_of_a_known_release_shows_its_version_before_anything_is_done() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    add(&store, run_id(1), After::Event(0), vec![deploy(), recorded(1, "1.0.0")]).unwrap();
    let back = created(request(RunKind::Rollback, Some(release(1, "").id)));
    add(&store, run_id(2), After::Event(0), vec![back]).unwrap();
    let row = store.run(run_id(2)).unwrap().unwrap();
    assert_eq!((row.kind, row.progress.version.as_deref()), (RunKind::Rollback, Some("1.0.0")));
    assert_eq!((row.trigger, row.strategy.map(|s| s.as_str())), (Trigger::Terminal, Some("blue-green")));
}

#[test]
fn two_openings_of_one_file_continue_each_others_runs() {
    let dir = tempdir().unwrap();
    let (window, terminal) = (open(dir.path()), open(dir.path()));
    add(&window, run_id(1), After::Event(0), vec![deploy(), started()]).unwrap();
    add(&terminal, run_id(1), After::Any, vec![EventBody::CancelRequested { actor: actor() }]).unwrap();
    add(&window, run_id(1), After::Event(3), vec![begun("build"), failed("build", "no")]).unwrap();
    add(&terminal, run_id(1), After::Event(5), vec![ended(End::Cancelled)]).unwrap();
    let row = window.run(run_id(1)).unwrap().unwrap();
    assert!(row.progress.cancel_requested);
    assert_eq!(row.progress.status, RunStatus::Cancelled);
    assert_eq!(row.progress.failure.as_deref(), Some("no"));
    let state = window.run_state(run_id(1)).unwrap().unwrap();
    assert_eq!(RunProgress::of(&state), row.progress);
}

#[test]
fn a_row_is_right_after_a_batch_that_changes_it_there_and_back() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    add(&store, run_id(1), After::Event(0), vec![deploy(), started()]).unwrap();
    let there_and_back = vec![failed("switch", "no"), launched(Slot::Blue), begun("switch")];
    add(&store, run_id(1), After::Event(2), there_and_back).unwrap();
    let row = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!((row.seq, row.progress.steps_done, row.progress.failure), (5, 0, None));
}

#[test]
fn of_a_batch_for_several_runs_that_fails_nothing_is_stored_nor_remembered() {
    let dir = tempdir().unwrap();
    let (one, two) = (open(dir.path()), open(dir.path()));
    add(&one, run_id(1), After::Event(0), vec![deploy()]).unwrap();
    let append = |n, bodies| Append { run: run_id(n), after: After::Any, at: now(), bodies, held: None };
    let refused = one.append_all(vec![append(1, vec![started()]), append(2, vec![started()])]).unwrap_err();
    assert!(matches!(refused, AppendError::UnknownRun(run) if run == run_id(2)));
    assert_eq!(one.run(run_id(1)).unwrap().unwrap().seq, 1);
    add(&two, run_id(1), After::Event(1), vec![EventBody::CancelRequested { actor: actor() }]).unwrap();
    add(&one, run_id(1), After::Event(2), vec![begun("build")]).unwrap();
    let state = one.run_state(run_id(1)).unwrap().unwrap();
    assert_eq!(one.run(run_id(1)).unwrap().unwrap().progress, RunProgress::of(&state));
    one.append_all(vec![append(1, vec![started()]), append(2, vec![deploy()])]).unwrap();
    assert_eq!(one.unfinished_runs().unwrap().len(), 2);
}

#[test]
fn the_last_clone_to_go_closes_the_files() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let clone = store.clone();
    drop(store);
    add(&clone, run_id(1), After::Event(0), vec![deploy()]).unwrap();
    drop(clone);
    assert!(!dir.path().join("seatrial.db-wal").exists(), "the last one to leave tidies up");
    assert_eq!(open(dir.path()).events(run_id(1), 1, 9).unwrap().len(), 1);
}

fn any_body() -> impl Strategy<Value = EventBody> {
    let slot = || prop_oneof![Just(Slot::Blue), Just(Slot::Green)];
    let maybe = move || prop::option::of(slot());
    let name = || prop_oneof![Just("build"), Just("switch")];
    let progress = Progress { text: "layer".into(), done: 1, total: 2 };
    prop_oneof![
        Just(started()),
        Just(EventBody::WaitStarted { wait: Wait::Lease { run: run_id(9), actor: actor() } }),
        Just(EventBody::WaitEnded),
        name().prop_map(begun),
        name().prop_map(move |n| EventBody::StepProgress { step: step(n), progress: progress.clone() }),
        name().prop_map(done),
        name().prop_map(|n| failed(n, "it did not answer")),
        name().prop_map(|n| EventBody::StepSkipped { step: step(n), reason: SkipReason::NeedFailed }),
        Just(recorded(1, "1.0.0")),
        slot().prop_map(launched),
        (maybe(), maybe()).prop_map(|(from, to)| switched(from, to)),
        (0_u64..50).prop_map(proof),
        Just(EventBody::CancelRequested { actor: actor() }),
        Just(EventBody::UndoStarted { reason: "unhealthy".into() }),
        Just(verdict(Verdict::Inconclusive)),
    ]
}

fn any_end() -> impl Strategy<Value = EventBody> {
    let reason = || "because".to_owned();
    prop_oneof![
        Just(ended(End::Live)),
        Just(ended(End::Succeeded)),
        Just(ended(End::Cancelled)),
        Just(ended(End::RolledBack { reason: reason() })),
        Just(ended(End::NeedsAttention { reason: reason(), choices: Vec::new() })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(16) })]

    #[test]
    fn the_row_of_a_run_is_what_the_fold_of_its_events_says(
        bodies in prop::collection::vec(any_body(), 0..25),
        end in prop::option::of(any_end()),
        cuts in prop::collection::vec(1_usize..4, 1..8),
        swap in any::<bool>(),
    ) {
        let dir = tempdir().unwrap();
        let (one, two) = (open(dir.path()), open(dir.path()));
        let mut bodies = [vec![deploy()], bodies, end.into_iter().collect()].concat();
        let mut cuts = cuts.into_iter().cycle();
        let mut turn = false;
        while !bodies.is_empty() {
            let size = cuts.next().unwrap().min(bodies.len());
            let rest = bodies.split_off(size);
            turn = swap && !turn;
            add(if turn { &one } else { &two }, run_id(1), After::Any, bodies).unwrap();
            bodies = rest;
            let events = one.events(run_id(1), 1, u32::MAX).unwrap();
            let state = RunState::fold(&events).unwrap();
            let row = one.run(run_id(1)).unwrap().unwrap();
            prop_assert_eq!(row.seq, state.seq);
            prop_assert_eq!(&row.progress, &RunProgress::of(&state));
            let unfinished = !one.unfinished_runs().unwrap().is_empty();
            prop_assert_eq!(unfinished, !state.status.is_over());
            let by_status = RunQuery { scope: Scope::All, status: Some(state.status), before: None, limit: 9 };
            prop_assert_eq!(one.runs(&by_status).unwrap(), vec![row]);
        }
    }
}
