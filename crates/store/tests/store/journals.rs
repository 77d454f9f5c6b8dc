//! Histories of two people who deploy to one server, kept in step by the journal that lies there.

use crate::scene::*;
use chrono::Utc;
use seatrial_core::journal::{EntryBody, Line, Mark, read, write};
use seatrial_core::model::{Actor, EnvironmentName, RunId, Slot};
use seatrial_core::run::RunStatus;
use seatrial_store::{After, JournalKey, JournalLines, Store};
use tempfile::{TempDir, tempdir};

struct Person {
    _dir: TempDir,
    store: Store,
    name: &'static str,
}

fn person(name: &'static str) -> Person {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    Person { _dir: dir, store, name }
}

fn key() -> JournalKey {
    JournalKey { server: "ssh://deploy@server".into(), app: app(), environment: prod() }
}

/// The journal on the server.
#[derive(Default)]
struct Server {
    text: String,
}

impl Server {
    fn add(&mut self, by: &Person, body: EntryBody) {
        let known = read(&Mark::start(), &self.text).unwrap().pop().map_or(Mark::start(), |l| l.mark);
        let actor = Actor { user: by.name.into(), machine: "desk".into() };
        self.text += &write(&known, Utc::now(), &actor, vec![body]).0;
    }

    fn lines(&self, known: &Mark) -> Vec<Line> {
        read(known, &self.text[usize::try_from(known.bytes).unwrap()..]).unwrap()
    }
}

impl Person {
    fn begin(&self, server: &mut Server, run: RunId) {
        let request = Box::new(request(seatrial_core::run::RunKind::Deploy, None));
        server.add(self, EntryBody::Begun { run, request, doing: "deploy".into() });
    }

    fn end(&self, server: &mut Server, run: RunId) {
        let events = self.store.events(run, 1, u32::MAX).unwrap();
        let release = self.store.run_state(run).unwrap().unwrap().release;
        server.add(self, EntryBody::ended(run, release, events));
    }

    fn deploys(&self, server: &mut Server, n: u128, version: &str, slot: Slot) {
        self.begin(server, run_id(n));
        ship(&self.store, n, version, slot);
        self.end(server, run_id(n));
    }

    fn catches_up(&self, server: &Server) -> Vec<RunId> {
        let known = self.store.journal_mark(&key()).unwrap().unwrap_or_else(Mark::start);
        let new = JournalLines { key: key(), anew: false, lines: server.lines(&known) };
        self.store.keep_journal(new).unwrap()
    }

    fn sees(&self) -> (String, Option<String>) {
        let now = self.store.current_deployment(&app(), &prod()).unwrap().unwrap();
        let before = self.store.previous_deployment(&app(), &prod()).unwrap();
        (now.run.progress.version.unwrap(), before.and_then(|d| d.run.progress.version))
    }
}

#[test]
fn what_one_deployed_is_what_the_other_sees() {
    let (ada, bea, mut server) = (person("ada"), person("bea"), Server::default());
    ada.deploys(&mut server, 1, "1.0.0", Slot::Blue);
    ada.deploys(&mut server, 2, "1.1.0", Slot::Green);
    assert_eq!(bea.catches_up(&server), [run_id(1), run_id(2)]);
    assert_eq!(bea.sees(), ada.sees());
    assert_eq!(bea.sees(), ("1.1.0".to_owned(), Some("1.0.0".to_owned())));
    let told = bea.store.run_state(run_id(2)).unwrap().unwrap();
    assert_eq!(Some(&told), ada.store.run_state(run_id(2)).unwrap().as_ref(), "step by step");
    assert_eq!(told.status, RunStatus::Succeeded);

    assert_eq!(ada.catches_up(&server), [], "one's own runs are known");
    bea.deploys(&mut server, 3, "1.2.0", Slot::Blue);
    assert_eq!(ada.catches_up(&server), [run_id(3)]);
    assert_eq!(bea.catches_up(&server), []);
    assert_eq!(bea.catches_up(&server), [], "nothing is told twice");
    assert_eq!(ada.sees(), ("1.2.0".to_owned(), Some("1.1.0".to_owned())));
    assert_eq!(ada.sees(), bea.sees());
}

#[test]
fn the_same_version_made_twice_stays_two_releases() {
    let (ada, bea, mut server) = (person("ada"), person("bea"), Server::default());
    ship(&bea.store, 9, "1.0.0", Slot::Blue);
    ada.deploys(&mut server, 1, "1.0.0", Slot::Green);
    assert_eq!(bea.catches_up(&server), [run_id(1)]);
    let releases = bea.store.releases(&app(), None, 10).unwrap();
    let mut versions: Vec<_> = releases.iter().map(|release| release.version.as_str()).collect();
    versions.sort_unstable();
    let short = seatrial_store::short_id(id(1));
    assert_eq!(versions, ["1.0.0", &format!("1.0.0+{short}")]);
    assert_eq!(bea.sees().0, format!("1.0.0+{short}"));
}

#[test]
fn an_end_that_is_told_late_does_not_hide_what_came_after() {
    let (ada, bea, mut server) = (person("ada"), person("bea"), Server::default());
    ada.begin(&mut server, run_id(1));
    ship(&ada.store, 1, "1.0.0", Slot::Blue);
    // Her link was cut before she could say so; her lease ran out.
    bea.catches_up(&server);
    bea.deploys(&mut server, 2, "2.0.0", Slot::Green);
    ada.catches_up(&server);
    ada.end(&mut server, run_id(1));
    assert_eq!(bea.catches_up(&server), [run_id(1)]);
    assert_eq!(bea.sees(), ("2.0.0".to_owned(), Some("1.0.0".to_owned())));
    assert_eq!(ada.sees(), bea.sees());
}

#[test]
fn runs_that_began_are_known_with_whether_they_ended() {
    let (ada, bea, mut server) = (person("ada"), person("bea"), Server::default());
    ada.deploys(&mut server, 1, "1.0.0", Slot::Blue);
    ada.begin(&mut server, run_id(2));
    bea.catches_up(&server);
    let begun = bea.store.journal_runs(&key()).unwrap();
    let short: Vec<_> = begun.iter().map(|one| (one.run, one.by.user.as_str(), one.ended)).collect();
    assert_eq!(short, [(run_id(1), "ada", true), (run_id(2), "ada", false)]);
    assert_eq!(bea.store.journal_mark(&key()).unwrap().map(|mark| mark.number), Some(3));
}

#[test]
fn a_journal_that_begins_anew_replaces_the_old_copy_and_not_the_history() {
    let (ada, bea, mut server) = (person("ada"), person("bea"), Server::default());
    ada.deploys(&mut server, 1, "1.0.0", Slot::Blue);
    bea.catches_up(&server);
    let mut other = Server::default();
    ada.deploys(&mut other, 2, "2.0.0", Slot::Green);
    let new = JournalLines { key: key(), anew: true, lines: other.lines(&Mark::start()) };
    assert_eq!(bea.store.keep_journal(new).unwrap(), [run_id(2)]);
    assert_eq!(bea.store.journal_runs(&key()).unwrap().len(), 1);
    assert_eq!(bea.sees(), ("2.0.0".to_owned(), Some("1.0.0".to_owned())));
}

#[test]
fn words_about_another_place_or_without_an_end_are_no_history() {
    let (ada, bea, mut server) = (person("ada"), person("bea"), Server::default());
    ship(&ada.store, 1, "1.0.0", Slot::Blue);
    ada.end(&mut server, run_id(1));
    let staging: EnvironmentName = "staging".parse().unwrap();
    let elsewhere = JournalKey { environment: staging, ..key() };
    let lines = server.lines(&Mark::start());
    let kept = bea.store.keep_journal(JournalLines { key: elsewhere, anew: false, lines }).unwrap();
    assert_eq!(kept, []);

    let mut server = Server::default();
    add(&ada.store, run_id(2), After::Event(0), vec![deploy(), started()]).unwrap();
    ada.end(&mut server, run_id(2));
    server.add(&ada, EntryBody::ended(run_id(3), None, Vec::new()));
    assert_eq!(bea.catches_up(&server), []);
    assert!(bea.store.run_state(run_id(2)).unwrap().is_none());
    assert_eq!(bea.store.releases(&app(), None, 10).unwrap(), []);
}
