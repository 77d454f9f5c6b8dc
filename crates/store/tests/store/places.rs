use crate::scene::*;
use seatrial_core::model::{ReleaseId, RunId, Slot};
use seatrial_core::run::{End, EventBody, RunKind, RunStatus};
use seatrial_store::{After, Found, RunQuery, Scope, Store, Wanted, short_id};
use tempfile::tempdir;

/// Version and slot of what visitors see.
fn live(store: &Store) -> Option<(String, Slot)> {
    let deployment = store.current_deployment(&app(), &prod()).unwrap()?;
    let listed = store.status(&Scope::App(app())).unwrap();
    assert_eq!(listed, std::slice::from_ref(&deployment), "the list of places says the same");
    Some((deployment.run.progress.version.unwrap(), deployment.slot.unwrap()))
}

fn is(version: &str, slot: Slot) -> Option<(String, Slot)> {
    Some((version.to_owned(), slot))
}

fn previous(store: &Store) -> Option<String> {
    store.previous_deployment(&app(), &prod()).unwrap().and_then(|d| d.run.progress.version)
}

fn roll_back(store: &Store, n: u128, to: u128, slot: Slot) {
    let back = created(request(RunKind::Rollback, Some(ReleaseId(id(to)))));
    let bodies = vec![back, started(), switched(Some(slot.other()), Some(slot)), ended(End::Live)];
    add(store, run_id(n), After::Event(0), bodies).unwrap();
}

#[test]
fn what_is_there_is_the_release_that_was_switched_to_last() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    assert_eq!(live(&store_with_nothing(&store)), None);
    ship(&store, 1, "1.0.0", Slot::Blue);
    assert_eq!(live(&store), is("1.0.0", Slot::Blue));
    ship(&store, 2, "1.1.0", Slot::Green);
    assert_eq!(live(&store), is("1.1.0", Slot::Green));
    let deployment = store.current_deployment(&app(), &prod()).unwrap().unwrap();
    assert_eq!(deployment.run.progress.proof.map(|p| p.sent), Some(10));
    assert_eq!((deployment.traffic[0].from, deployment.traffic[0].to), (Some(Slot::Blue), Some(Slot::Green)));
    assert_eq!(deployment.run.progress.release, Some(ReleaseId(id(2))));
}

fn store_with_nothing(store: &Store) -> Store {
    assert_eq!(store.status(&Scope::All).unwrap(), []);
    store.clone()
}

#[test]
fn a_run_that_is_taken_back_leaves_the_release_before_it() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    ship(&store, 1, "1.0.0", Slot::Blue);
    let before = vec![deploy(), started(), recorded(2, "2.0.0"), launched(Slot::Green)];
    add(&store, run_id(2), After::Event(0), before).unwrap();
    assert_eq!(live(&store), is("1.0.0", Slot::Blue), "launched is not live");
    add(&store, run_id(2), After::Any, vec![switched(Some(Slot::Blue), Some(Slot::Green))]).unwrap();
    assert_eq!(live(&store), is("2.0.0", Slot::Green));
    let undo = EventBody::UndoStarted { reason: "500".into() };
    add(&store, run_id(2), After::Any, vec![undo, switched(Some(Slot::Green), Some(Slot::Blue))]).unwrap();
    assert_eq!(live(&store), is("1.0.0", Slot::Blue));
    add(&store, run_id(2), After::Any, vec![ended(End::RolledBack { reason: "500".into() })]).unwrap();
    assert_eq!(live(&store), is("1.0.0", Slot::Blue));
    let entry = store.history(&all(1)).unwrap().remove(0);
    let taken_back = entry.deployment.unwrap();
    assert_eq!((taken_back.live_at, taken_back.traffic.len()), (None, 2));
    assert_eq!(entry.run.progress.failure.as_deref(), Some("500"));
}

#[test]
fn a_first_deployment_that_is_taken_back_leaves_nothing() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let bodies = vec![deploy(), recorded(1, "1.0.0"), launched(Slot::Blue), switched(None, Some(Slot::Blue))];
    add(&store, run_id(1), After::Event(0), bodies).unwrap();
    assert_eq!(live(&store), is("1.0.0", Slot::Blue));
    add(&store, run_id(1), After::Any, vec![ended(End::FailedClean { reason: "x".into() })]).unwrap();
    assert_eq!(live(&store), None);
}

#[test]
fn a_deployment_that_found_everything_done_is_live_too() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    ship(&store, 1, "1.0.0", Slot::Blue);
    let again = created(request(RunKind::Deploy, Some(ReleaseId(id(1)))));
    add(&store, run_id(2), After::Event(0), vec![again, started(), ended(End::Live)]).unwrap();
    let current = store.current_deployment(&app(), &prod()).unwrap().unwrap();
    assert_eq!(current.id().0, id(2));
}

#[test]
fn going_back_twice_goes_back_two_releases_and_never_forth() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    assert_eq!(previous(&store), None);
    ship(&store, 1, "1.0.0", Slot::Blue);
    assert_eq!(previous(&store), None);
    ship(&store, 2, "2.0.0", Slot::Green);
    ship(&store, 3, "3.0.0", Slot::Blue);
    assert_eq!(previous(&store), Some("2.0.0".into()));
    roll_back(&store, 4, 2, Slot::Green);
    assert_eq!(live(&store), is("2.0.0", Slot::Green));
    assert_eq!(previous(&store), Some("1.0.0".into()));
    roll_back(&store, 5, 1, Slot::Blue);
    assert_eq!(previous(&store), None);
    ship(&store, 6, "4.0.0", Slot::Green);
    assert_eq!(previous(&store), Some("1.0.0".into()), "what was there just before the last one");
    let order: Vec<_> = store.live_deployments(&app(), &prod(), 3).unwrap();
    let versions: Vec<_> = order.into_iter().filter_map(|d| d.run.progress.version).collect();
    assert_eq!(versions, ["4.0.0", "1.0.0", "2.0.0"]);
}

fn all(limit: u32) -> RunQuery {
    RunQuery { scope: Scope::All, status: None, before: None, limit }
}

fn ids(store: &Store, query: &RunQuery) -> Vec<RunId> {
    store.runs(query).unwrap().into_iter().map(|r| r.id).collect()
}

#[test]
fn runs_are_listed_newest_first_in_pages_and_by_filter() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    for n in 1..=5 {
        ship(&store, n, &format!("{n}.0.0"), Slot::Blue);
    }
    let mut other = request(RunKind::Deploy, None);
    other.environment = None;
    add(&store, run_id(6), After::Event(0), vec![created(other), started()]).unwrap();
    let first = ids(&store, &all(2));
    assert_eq!(first, [run_id(6), run_id(5)]);
    let next = ids(&store, &RunQuery { before: first.last().copied(), ..all(2) });
    assert_eq!(next, [run_id(4), run_id(3)]);
    let in_prod = RunQuery { scope: Scope::Environment(app(), prod()), ..all(9) };
    assert_eq!(ids(&store, &in_prod).len(), 5);
    assert_eq!(ids(&store, &RunQuery { status: Some(RunStatus::Running), ..all(9) }), [run_id(6)]);
    assert_eq!(store.unfinished_runs().unwrap()[0].id, run_id(6));
    let history = store.history(&all(9)).unwrap();
    assert_eq!(history.iter().map(|e| e.run.id).collect::<Vec<_>>(), ids(&store, &all(9)));
    assert_eq!(history.iter().filter(|e| e.deployment.is_some()).count(), 5);
}

#[test]
fn runs_are_found_by_how_they_are_who_asked_and_any_text_in_either_case() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    for n in 1..=3 {
        ship(&store, n, &format!("{n}.0.0"), Slot::Blue);
    }
    add(&store, run_id(4), After::Event(0), vec![created(request(RunKind::Deploy, None)), started()])
        .unwrap();
    let found = |wanted: Wanted| -> Vec<RunId> {
        store.wanted_runs(&all(9), &wanted).unwrap().into_iter().map(|r| r.id).collect()
    };
    assert_eq!(found(Wanted::default()), ids(&store, &all(9)));
    let statuses = vec![RunStatus::Running, RunStatus::Queued];
    assert_eq!(found(Wanted { statuses, ..Wanted::default() }), [run_id(4)]);
    let text = |text: &str| Wanted { text: Some(text.to_owned()), ..Wanted::default() };
    assert_eq!(found(text("2.0.0")), [run_id(2)]);
    assert_eq!(found(text(&app().to_string().to_uppercase())).len(), 4);
    assert_eq!(found(text("100%' OR 1")), []);
    let user = |user: &str| Wanted { user: Some(user.to_owned()), ..Wanted::default() };
    assert_eq!(found(user(&actor().user)).len(), 4);
    assert_eq!(found(user("nobody")), []);
    let environment = Some(prod());
    assert_eq!(found(Wanted { environment, ..Wanted::default() }).len(), 4);
}

#[test]
fn a_run_and_a_release_are_found_by_any_part_that_only_they_have() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    for n in [1, 2] {
        ship(&store, n, &format!("{n}.0.0"), Slot::Blue);
    }
    let whole = run_id(1).to_string();
    for part in [whole.clone(), whole.to_uppercase(), short_id(id(1)), short_id(id(1))[..4].to_owned()] {
        let Found::One(run) = store.find_run(&part).unwrap() else { panic!("{part}") };
        assert_eq!(run.id, run_id(1));
        let Found::One(release) = store.find_release(&part).unwrap() else { panic!("{part}") };
        assert_eq!(release.version, "1.0.0");
    }
    assert_eq!(store.find_run("0199").unwrap(), Found::Several);
    for nothing in ["ffff", "", "not hex", "%"] {
        assert_eq!(store.find_run(nothing).unwrap(), Found::Nothing, "{nothing}");
    }
}

/// A restart, a stop or a start of what is there.
fn keep(store: &Store, n: u128, kind: RunKind, to: Option<Slot>, end: End) {
    let kept = created(request(kind, Some(ReleaseId(id(1)))));
    let bodies = vec![kept, started(), switched(Some(Slot::Blue), to), ended(end)];
    add(store, run_id(n), After::Event(0), bodies).unwrap();
}

#[test]
fn a_restart_is_no_deployment_and_a_stop_holds_until_something_is_live_again() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let halted = || store.halt(&app(), &prod()).unwrap().map(|halt| halt.run);
    let run = ship(&store, 1, "1.0.0", Slot::Blue);
    keep(&store, 2, RunKind::Restart, Some(Slot::Blue), End::Live);
    assert_eq!(store.current_deployment(&app(), &prod()).unwrap().map(|d| d.run.id), Some(run));
    assert_eq!((halted(), previous(&store)), (None, None));
    keep(&store, 3, RunKind::Stop, None, End::Succeeded);
    assert_eq!((halted(), live(&store)), (Some(run_id(3)), is("1.0.0", Slot::Blue)));
    assert_eq!(store.halts().unwrap().len(), 1);
    assert_eq!(store.halt(&app(), &prod()).unwrap().map(|halt| halt.by), Some(actor()));
    keep(&store, 4, RunKind::Start, None, End::FailedClean { reason: "unhealthy".into() });
    assert_eq!(halted(), Some(run_id(3)), "it is still stopped");
    keep(&store, 5, RunKind::Start, Some(Slot::Blue), End::Live);
    assert_eq!(halted(), None);
    keep(&store, 6, RunKind::Stop, None, End::Succeeded);
    ship(&store, 7, "1.1.0", Slot::Green);
    assert_eq!((halted(), store.halts().unwrap()), (None, vec![]));
}
