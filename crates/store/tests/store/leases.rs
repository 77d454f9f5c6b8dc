use crate::scene::*;
use chrono::Duration;
use seatrial_store::{
    After, Append, AppendError, Held, Lease, LeaseAnswer, LeaseError, LeaseRequest, Liveness, Moment, Seen,
    Store,
};
use tempfile::tempdir;

const PLACE: &str = "guestbook.prod";

fn moment(uptime_ms: u64) -> Moment {
    Moment { at: now(), boot: "boot-1".into(), uptime_ms }
}

fn ask(store: &Store, n: u128, now: Moment, seen: Option<Seen>) -> LeaseAnswer {
    let pid = 100 + n as u32;
    let request =
        LeaseRequest { place: PLACE.into(), run: run_id(n), worker: worker(pid), actor: actor(), now, seen };
    store.acquire_lease(request).unwrap()
}

fn acquired(answer: LeaseAnswer) -> Lease {
    let LeaseAnswer::Acquired(lease) = answer else { panic!("{answer:?}") };
    lease
}

fn refused(answer: LeaseAnswer) -> Lease {
    let LeaseAnswer::Held(lease) = answer else { panic!("{answer:?}") };
    lease
}

#[test]
fn i3_one_run_holds_a_place_and_the_next_one_gets_a_higher_token() {
    let dir = tempdir().unwrap();
    let (one, two) = (open(dir.path()), open(dir.path()));
    let first = acquired(ask(&one, 1, moment(0), None));
    let holder = refused(ask(&two, 2, moment(1000), None));
    assert_eq!((holder.run, holder.worker, holder.actor), (run_id(1), worker(101), actor()));
    assert_eq!(two.leases().unwrap(), std::slice::from_ref(&first));
    assert!(one.release_lease(&first.held()).unwrap());
    assert_eq!(two.lease(PLACE).unwrap(), None);
    let second = acquired(ask(&two, 2, moment(2000), None));
    assert!(second.token > first.token);
    assert!(!one.release_lease(&first.held()).unwrap(), "the old token gives nothing back");
    assert_eq!(two.lease(PLACE).unwrap(), Some(second));
}

#[test]
fn d2_a_lease_that_was_not_renewed_is_free_whatever_the_wall_clock_says() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let first = acquired(ask(&store, 1, moment(0), None));
    let next_year = Moment { at: now() + Duration::days(365), ..moment(45_000) };
    refused(ask(&store, 2, next_year, None));
    store.renew_lease(&first.held(), moment(45_000)).unwrap();
    refused(ask(&store, 2, moment(90_000), None));
    let last_year = Moment { at: now() - Duration::days(365), ..moment(90_001) };
    let second = acquired(ask(&store, 2, last_year, None));
    assert!(second.token > first.token);
    let lost = store.renew_lease(&first.held(), moment(90_002)).unwrap_err();
    assert!(matches!(lost, LeaseError::Lost { place } if place == PLACE));
}

#[test]
fn a_dead_holder_and_a_restarted_machine_free_a_lease_at_once() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let first = acquired(ask(&store, 1, moment(0), None));
    let alive = Seen { token: first.token, liveness: Liveness::Alive };
    refused(ask(&store, 2, moment(1), Some(alive)));
    let another = Seen { token: first.token + 1, liveness: Liveness::Dead };
    refused(ask(&store, 2, moment(1), Some(another)));
    let dead = Seen { token: first.token, liveness: Liveness::Dead };
    acquired(ask(&store, 2, moment(1), Some(dead)));
    let rebooted = Moment { boot: "boot-2".into(), ..moment(0) };
    acquired(ask(&store, 3, rebooted, None));
}

#[test]
fn a_worker_that_lost_its_lease_cannot_go_on_telling_the_story() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    add(&store, run_id(1), After::Event(0), vec![deploy()]).unwrap();
    let lease = acquired(ask(&store, 1, moment(0), None));
    let tell = |held: Held| {
        let bodies = vec![started()];
        store.append(Append { run: run_id(1), after: After::Any, at: now(), bodies, held: Some(held) })
    };
    tell(lease.held()).unwrap();
    acquired(ask(&store, 2, moment(60_000), None));
    assert!(matches!(tell(lease.held()).unwrap_err(), AppendError::LeaseLost { place } if place == PLACE));
}
