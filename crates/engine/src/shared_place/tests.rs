//! The scripts in this machine's own shell, with a folder as the login user's home.

use super::*;
use chrono::Utc;
use seatrial_core::journal::{Broken, EntryBody, Mark, write};
use seatrial_core::model::{Actor, AppName, EnvironmentName, RunId};
use seatrial_core::run::{RunKind, RunRequest};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

struct Server {
    home: tempfile::TempDir,
}

impl Server {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn place(&self) -> SharedPlace {
        SharedPlace::here(self.home.path(), "shop-prod")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(".local/share/seatrial/main/places/shop-prod").join(name)
    }

    /// Lets the lease be older than it is.
    fn age(&self, seconds: u64) {
        let text = fs::read_to_string(self.file("lease")).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let (boot, uptime) = lines[1].split_once(' ').unwrap();
        lines[1] = format!("{boot} {}", uptime.parse::<u64>().unwrap() - seconds);
        fs::write(self.file("lease"), lines.join("\n") + "\n").unwrap();
    }
}

fn actor(user: &str) -> Actor {
    Actor { user: user.into(), machine: "it's a \"desk\"".into() }
}

fn holder(user: &str, run: u128) -> Holder {
    let run = RunId(Uuid::from_u128(run));
    Holder { run, actor: actor(user), since: Utc::now(), doing: "deploy 2.4.2".into() }
}

fn begun(holder: &Holder) -> EntryBody {
    let request = RunRequest {
        kind: RunKind::Deploy,
        app: AppName::new("shop").unwrap(),
        environment: Some(EnvironmentName::new("prod").unwrap()),
        phases: Vec::new(),
        release: None,
        retry_of: None,
        without: Vec::new(),
    };
    EntryBody::Begun { run: holder.run, request: Box::new(request), doing: holder.doing.clone() }
}

/// Takes the lease and writes down that it was.
async fn take(place: &SharedPlace, holder: &Holder) -> Result<Taken, SharedPlaceError> {
    let known = place.look(&Mark::start()).await.unwrap().mark;
    let (lines, mark) = write(&known, Utc::now(), &holder.actor, vec![begun(holder)]);
    place.take(holder, &known, (&lines, &mark)).await
}

async fn token(place: &SharedPlace, holder: &Holder) -> u64 {
    match take(place, holder).await.unwrap() {
        Taken::Acquired { token } => token,
        Taken::Held(lease) => panic!("{lease:?}"),
    }
}

#[tokio::test]
async fn a_place_that_nobody_used_has_nothing_and_looking_leaves_nothing() {
    let server = Server::new();
    let look = server.place().look(&Mark::start()).await.unwrap();
    assert_eq!(look, Look { lease: None, lines: Vec::new(), mark: Mark::start() });
    assert!(!server.home.path().join(".local").exists());
}

#[tokio::test]
async fn i3_one_has_the_lease_and_the_other_is_told_who() {
    let (server, ada, bea) = (Server::new(), holder("ada", 1), holder("bea", 2));
    let place = server.place();
    assert_eq!(take(&place, &ada).await.unwrap(), Taken::Acquired { token: 1 });
    let Taken::Held(lease) = take(&place, &bea).await.unwrap() else { panic!("two have it") };
    assert_eq!((lease.token, &lease.holder, lease.is_expired()), (1, &ada, false));
    let look = place.look(&Mark::start()).await.unwrap();
    assert_eq!(look.lease, Some(*lease));
    assert_eq!(look.lines.len(), 1, "who did not get it wrote nothing");
    assert_eq!(look.lines[0].entry.body, begun(&ada));
}

#[tokio::test]
async fn the_same_run_gets_its_lease_again_with_a_higher_token() {
    let (server, ada) = (Server::new(), holder("ada", 1));
    let place = server.place();
    assert_eq!((token(&place, &ada).await, token(&place, &ada).await), (1, 2));
    assert!(matches!(place.renew(1).await, Err(SharedPlaceError::Lost { .. })));
    place.renew(2).await.unwrap();
}

#[tokio::test]
async fn a_lease_that_was_given_back_is_free_and_its_token_is_never_given_again() {
    let (server, ada, bea) = (Server::new(), holder("ada", 1), holder("bea", 2));
    let place = server.place();
    let first = token(&place, &ada).await;
    let known = place.look(&Mark::start()).await.unwrap().mark;
    let over = EntryBody::ended(ada.run, None, Vec::new());
    let (lines, mark) = write(&known, Utc::now(), &ada.actor, vec![over.clone()]);
    place.give_back(first, &known, (&lines, &mark)).await.unwrap();
    let look = place.look(&known).await.unwrap();
    assert_eq!((look.lease, look.mark), (None, mark));
    assert_eq!(look.lines[0].entry.body, over);
    assert_eq!(token(&place, &bea).await, 2);
}

#[tokio::test]
async fn a_lease_can_be_left_without_a_word_in_the_journal_by_its_holder_alone() {
    let (server, ada, bea) = (Server::new(), holder("ada", 1), holder("bea", 2));
    let place = server.place();
    let token = token(&place, &ada).await;
    let known = place.look(&Mark::start()).await.unwrap().mark;
    assert!(matches!(place.leave(token + 1).await, Err(SharedPlaceError::Lost { .. })));
    assert!(place.look(&known).await.unwrap().lease.is_some());
    let before = fs::metadata(server.file("lease")).unwrap();
    place.leave(token).await.unwrap();
    assert_eq!(place.look(&known).await.unwrap(), Look { lease: None, lines: Vec::new(), mark: known });
    let after = fs::metadata(server.file("lease")).unwrap();
    assert_eq!((before.ino(), before.len()), (after.ino(), after.len()), "no other file and no other block");
    assert!(matches!(place.renew(token).await, Err(SharedPlaceError::Lost { .. })));
    assert!(matches!(take(&place, &bea).await.unwrap(), Taken::Acquired { token: 2 }));
}

#[tokio::test]
async fn d2_a_lease_that_is_not_renewed_can_be_taken_by_the_servers_uptime() {
    let (server, ada, bea) = (Server::new(), holder("ada", 1), holder("bea", 2));
    let place = server.place();
    token(&place, &ada).await;
    server.age(44);
    assert!(matches!(take(&place, &bea).await.unwrap(), Taken::Held(_)));
    place.renew(1).await.unwrap();
    server.age(47);
    assert!(place.look(&Mark::start()).await.unwrap().lease.unwrap().is_expired());
    assert_eq!(token(&place, &bea).await, 2);
}

#[tokio::test]
async fn a_restart_of_the_server_ends_every_lease() {
    let (server, ada, bea) = (Server::new(), holder("ada", 1), holder("bea", 2));
    let place = server.place();
    token(&place, &ada).await;
    let text = fs::read_to_string(server.file("lease")).unwrap();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    fs::write(server.file("lease"), text.replace(boot.trim(), "another-boot")).unwrap();
    assert!(place.look(&Mark::start()).await.unwrap().lease.unwrap().is_expired());
    assert_eq!(token(&place, &bea).await, 2);
}

#[tokio::test]
async fn d3_who_lost_the_lease_changes_nothing() {
    let (server, ada, bea) = (Server::new(), holder("ada", 1), holder("bea", 2));
    let place = server.place();
    let old = token(&place, &ada).await;
    server.age(60);
    token(&place, &bea).await;
    let known = place.look(&Mark::start()).await.unwrap().mark;
    let (lines, mark) = write(&known, Utc::now(), &ada.actor, vec![begun(&ada)]);
    let refused = place.give_back(old, &known, (&lines, &mark)).await;
    assert!(matches!(refused, Err(SharedPlaceError::Lost { .. })), "{refused:?}");
    assert_eq!(place.look(&known).await.unwrap().mark, known);
    // What was may still be told.
    place.add(&known, (&lines, &mark)).await.unwrap();
    assert_eq!(place.look(&Mark::start()).await.unwrap().lines.len(), 3);
}

#[tokio::test]
async fn i7_nothing_is_added_to_a_journal_that_others_added_to() {
    let (server, ada) = (Server::new(), holder("ada", 1));
    let place = server.place();
    let start = Mark::start();
    let (lines, mark) = write(&start, Utc::now(), &ada.actor, vec![begun(&ada)]);
    place.add(&start, (&lines, &mark)).await.unwrap();
    for refused in [
        place.add(&start, (&lines, &mark)).await.err(),
        place.take(&ada, &start, (&lines, &mark)).await.err(),
    ] {
        assert!(matches!(refused, Some(SharedPlaceError::Moved { .. })), "{refused:?}");
    }
    assert_eq!(place.look(&start).await.unwrap().mark, mark);
}

#[tokio::test]
async fn d12_what_was_not_written_whole_does_not_count_and_is_gone_with_the_next_entry() {
    let (server, ada) = (Server::new(), holder("ada", 1));
    let place = server.place();
    token(&place, &ada).await;
    let whole = fs::read_to_string(server.file("journal")).unwrap();
    fs::write(server.file("journal"), format!("{whole}{{\"number\":2,\"prev")).unwrap();
    let look = place.look(&Mark::start()).await.unwrap();
    assert_eq!((look.lines.len(), look.mark.bytes), (1, whole.len() as u64));
    token(&place, &ada).await;
    assert_eq!(place.look(&Mark::start()).await.unwrap().lines.len(), 2);
    // Half of the lines arrived: the shell would have them counted by their number of bytes.
    let known = place.look(&Mark::start()).await.unwrap().mark;
    let (lines, mark) = write(&known, Utc::now(), &ada.actor, vec![begun(&ada)]);
    let refused = place.add(&known, (&lines[..lines.len() / 2], &mark)).await;
    assert!(matches!(refused, Err(SharedPlaceError::Script { .. })), "{refused:?}");
    assert_eq!(place.look(&Mark::start()).await.unwrap().mark, known);
    let names: Vec<_> = fs::read_dir(server.file("")).unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().contains(".new")), "{names:?}");
}

#[tokio::test]
async fn d16_a_journal_that_was_changed_or_cut_is_not_read_on() {
    let (server, ada) = (Server::new(), holder("ada", 1));
    let place = server.place();
    token(&place, &ada).await;
    let known = place.look(&Mark::start()).await.unwrap().mark;
    token(&place, &ada).await;
    let (journal, head) = (server.file("journal"), server.file("head"));
    let kept = (fs::read_to_string(&journal).unwrap(), fs::read_to_string(&head).unwrap());
    let restore = || (fs::write(&journal, &kept.0).unwrap(), fs::write(&head, &kept.1).unwrap());
    let cause = async |from: &Mark| match place.look(from).await {
        Err(SharedPlaceError::Broken { cause, .. }) => cause,
        other => panic!("{other:?}"),
    };

    fs::write(&journal, kept.0.replacen("ada", "eve", 1)).unwrap();
    assert_eq!(cause(&Mark::start()).await, Broken::Chain { number: 2 });
    restore();
    fs::write(&head, format!("{known}\n")).unwrap();
    let two = place.look(&Mark::start()).await.unwrap().mark;
    assert_eq!(two, known);
    restore();
    let all = place.look(&Mark::start()).await.unwrap().mark;
    fs::remove_dir_all(server.file("")).unwrap();
    assert_eq!(cause(&all).await, Broken::Cut { missing: 2 });
}

#[tokio::test]
async fn many_that_add_at_the_same_time_lose_nothing() {
    let server = Server::new();
    let one = |number: u128| {
        let place = server.place();
        async move {
            let who = holder("ada", number);
            loop {
                let known = place.look(&Mark::start()).await.unwrap().mark;
                let (lines, mark) = write(&known, Utc::now(), &who.actor, vec![begun(&who)]);
                match place.add(&known, (&lines, &mark)).await {
                    Err(SharedPlaceError::Moved { .. }) => {}
                    done => return done.unwrap(),
                }
            }
        }
    };
    futures_util::future::join_all((1..=6).map(one)).await;
    let lines = server.place().look(&Mark::start()).await.unwrap().lines;
    let mut runs: Vec<u128> = lines
        .iter()
        .map(|line| match &line.entry.body {
            EntryBody::Begun { run, .. } => run.0.as_u128(),
            other => panic!("{other:?}"),
        })
        .collect();
    runs.sort_unstable();
    assert_eq!(runs, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn a_fence_lets_pass_what_is_certain_and_asks_when_it_is_not() {
    let (server, ada) = (Server::new(), holder("ada", 1));
    let place = server.place();
    let held = token(&place, &ada).await;
    let fresh = Fence::new(place.clone(), held, Instant::now());
    fs::rename(server.file(""), server.home.path().join("away")).unwrap();
    fresh.confirm().await.unwrap();
    fs::rename(server.home.path().join("away"), server.file("")).unwrap();

    let long_ago = Instant::now().checked_sub(Duration::from_secs(31)).expect("up for longer");
    server.age(40);
    Fence::new(place.clone(), held, long_ago).confirm().await.unwrap();
    let renewed = place.look(&Mark::start()).await.unwrap().lease.unwrap().idle.unwrap();
    assert!(renewed < Duration::from_secs(30), "{renewed:?}");
}

#[tokio::test]
async fn d3_a_fence_whose_lease_is_gone_lets_nothing_pass_and_says_so() {
    let (server, ada, bea) = (Server::new(), holder("ada", 1), holder("bea", 2));
    let place = server.place();
    let held = token(&place, &ada).await;
    server.age(60);
    token(&place, &bea).await;
    let long_ago = Instant::now().checked_sub(Duration::from_secs(31)).expect("up for longer");
    let fence = Arc::new(Fence::new(place, held, long_ago));
    let asking = Arc::clone(&fence);
    let asked = tokio::spawn(async move { asking.confirm().await });
    tokio::time::timeout(Duration::from_secs(10), fence.lost().cancelled()).await.unwrap();
    assert!(!asked.is_finished(), "whoever asks never goes on");
    asked.abort();
}

#[test]
fn the_lease_is_found_from_the_proxys_folder() {
    let server = Server::new();
    let from_proxy = server.place().lease_from_proxy();
    let proxy = server.home.path().join(".local/share/seatrial/main/proxy");
    fs::create_dir_all(&proxy).unwrap();
    fs::create_dir_all(server.file("")).unwrap();
    assert_eq!(
        fs::canonicalize(proxy.join(Path::new(&from_proxy).parent().unwrap())).unwrap(),
        fs::canonicalize(server.file("")).unwrap()
    );
}
