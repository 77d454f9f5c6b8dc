//! What is recorded and declared, against what was seen: each difference with what it means for people.

use super::NamedChange;
use crate::model::{Digest, Slot, WorkerName};
use crate::pipeline::Acme;
use crate::plan::{Observed, SlotState};
use crate::spec::{EnvironmentSpec, KeepOld};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that is not as recorded or declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// What: "live slot", "image", "container".
    pub what: String,
    /// As recorded or declared.
    pub expected: String,
    /// As seen.
    pub seen: String,
    /// What it means for the people who use the app, and what to do.
    pub meaning: String,
}

/// What the history says is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its version.
    pub version: String,
    /// The slot it is in.
    pub slot: Slot,
    /// Its image.
    pub image: Option<Digest>,
    /// What it was started with against what is declared now, by name.
    pub changed: Vec<NamedChange>,
    /// The version a rollback goes back to, with its image.
    pub previous: Option<(String, Digest)>,
    /// Whether a person stopped it, and did not start it again.
    pub halted: bool,
}

/// Whether an environment answered through the public path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answering {
    /// It was not asked.
    Unknown,
    /// It did.
    Answers,
    /// It did not, or with an error.
    Fails,
}

/// Every difference, most serious first. Only meaningful while nobody changes the environment.
pub fn drift(
    environment: &EnvironmentSpec,
    recorded: Option<&Recorded>,
    seen: &Observed,
    answering: Answering,
) -> Vec<Difference> {
    let Some(recorded) = recorded else { return unknown(seen) };
    let mut found = Vec::new();
    found.extend(proxy(environment, seen));
    let proxy_runs = seen.proxy.as_ref().is_some_and(|p| p.running);
    if proxy_runs {
        found.extend(direction(recorded, seen));
    }
    found.extend(container(recorded, seen));
    found.extend(workers(environment, recorded, seen));
    if found.is_empty() && answering == Answering::Fails && !recorded.halted {
        found.push(difference(
            "answer",
            "a good answer",
            "none",
            "People get an error. Look at the app's log, or roll back.",
        ));
    }
    found.extend(configuration(recorded));
    found.extend(old_version(environment, recorded, seen));
    found.extend(way_back(recorded, seen));
    found
}

fn difference(what: &str, expected: impl Into<String>, seen: impl Into<String>, meaning: &str) -> Difference {
    Difference {
        what: what.to_owned(),
        expected: expected.into(),
        seen: seen.into(),
        meaning: meaning.to_owned(),
    }
}

/// The history knows of nothing there.
fn unknown(seen: &Observed) -> Vec<Difference> {
    let Some(slot) = seen.live else { return Vec::new() };
    let version = seen.slots.get(&slot).and_then(|s| s.version.clone());
    let what = version.map_or_else(|| format!("slot {slot}"), |version| format!("{version} in slot {slot}"));
    let meaning = "People get a version this history does not know; another history may. Deploy to take the place over.";
    vec![difference("live slot", "nothing", what, meaning)]
}

fn proxy(environment: &EnvironmentSpec, seen: &Observed) -> Vec<Difference> {
    let Some(proxy) = &seen.proxy else {
        let meaning = "Nothing leads to the app: people get no answer. Deploy, which starts the proxy again.";
        return vec![difference("proxy", "running", "gone", meaning)];
    };
    if !proxy.running {
        let meaning = "Nothing leads to the app: people get no answer. Deploy, which starts the proxy again.";
        return vec![difference("proxy", "running", "stopped", meaning)];
    }
    let mut found = Vec::new();
    if proxy.domains != environment.domains {
        let words =
            |domains: &[String]| if domains.is_empty() { "none".to_owned() } else { domains.join(", ") };
        let meaning =
            "Only the addresses that were seen lead to the app. Deploy to lead the declared ones there.";
        found.push(difference("domains", words(&environment.domains), words(&proxy.domains), meaning));
    } else if proxy.https != environment.https {
        let words = |https: bool| if https { "served" } else { "not served" };
        let meaning = "Deploy to make the proxy do as declared.";
        found.push(difference("HTTPS", words(environment.https), words(proxy.https), meaning));
    } else if environment.https && proxy.acme != environment.acme {
        let words = |acme: &Option<Acme>| {
            acme.as_ref()
                .and_then(|acme| acme.directory.clone())
                .unwrap_or_else(|| "the usual ones".to_owned())
        };
        let meaning = "Deploy to make the proxy do as declared.";
        found.push(difference("certificates from", words(&environment.acme), words(&proxy.acme), meaning));
    }
    found
}

fn direction(recorded: &Recorded, seen: &Observed) -> Option<Difference> {
    if recorded.halted {
        let slot = seen.live?;
        let meaning = "It was stopped, and requests are led to it all the same. `seatrial start` makes that right, `seatrial stop` stops it again.";
        return Some(difference("live slot", "none, it is stopped", format!("slot {slot}"), meaning));
    }
    if seen.live == Some(recorded.slot) {
        return None;
    }
    let expected = format!("{} in slot {}", recorded.version, recorded.slot);
    let Some(slot) = seen.live else {
        let meaning =
            "The proxy leads to no version: people get an error. Start it again, deploy or roll back.";
        return Some(difference("live slot", expected, "none", meaning));
    };
    let version = seen.slots.get(&slot).and_then(|s| s.version.as_deref()).unwrap_or("unknown");
    let meaning = "People get another version than the history says. Deploy the one they should get.";
    Some(difference("live slot", expected, format!("{version} in slot {slot}"), meaning))
}

fn container(recorded: &Recorded, seen: &Observed) -> Option<Difference> {
    let expected = || format!("{} in slot {}, running", recorded.version, recorded.slot);
    let Some(slot) = seen.slots.get(&recorded.slot) else {
        let meaning = "The version people should get is gone. Deploy it again, or roll back.";
        return Some(difference("container", expected(), "gone", meaning));
    };
    if recorded.halted {
        let meaning = "It was stopped, and somebody started it by hand. `seatrial start` leads visitors to it, `seatrial stop` stops it again.";
        let expected = format!("{} in slot {}, stopped", recorded.version, recorded.slot);
        let runs = slot.state == SlotState::Running;
        return runs.then(|| difference("container", expected, "running", meaning));
    }
    let state = match slot.state {
        SlotState::Running => None,
        SlotState::Stopped => Some("stopped"),
        SlotState::Other => Some("starting again and again, or paused"),
    };
    if let Some(state) = state {
        let meaning = "The version people should get does not run. Look at what it wrote; start it again, or roll back.";
        return Some(difference("container", expected(), state, meaning));
    }
    let image = recorded.image.as_ref().filter(|image| **image != slot.image)?;
    let meaning = "Somebody put another image there by hand. Deploy to have the recorded one again.";
    Some(difference("image", image.short(), slot.image.short(), meaning))
}

/// Only of what is there: whose container is gone has lost its workers with it.
fn workers(environment: &EnvironmentSpec, recorded: &Recorded, seen: &Observed) -> Vec<Difference> {
    let Some(slot) = seen.slots.get(&recorded.slot) else { return Vec::new() };
    let mut found = Vec::new();
    if recorded.halted {
        let meaning = "The app was stopped, and this goes on working for it. `seatrial stop` stops it again.";
        let running = slot.workers.iter().filter(|(_, worker)| worker.state == SlotState::Running);
        found.extend(
            running.map(|(name, _)| difference(&format!("worker {name}"), "stopped", "running", meaning)),
        );
        return found;
    }
    for worker in &environment.ship.workers {
        let (state, meaning) = match slot.workers.get(&worker.name).map(|worker| worker.state) {
            Some(SlotState::Running) => continue,
            Some(SlotState::Stopped) => {
                ("stopped", "Its work is not done. Look at what it wrote; `seatrial start` starts it again.")
            }
            Some(SlotState::Other) => (
                "starting again and again, or paused",
                "Its work is not done. Look at what it wrote, and ship a version in which it stays up, or roll back.",
            ),
            None => ("not there", "Its work is not done. Ship again to have it."),
        };
        found.push(difference(&format!("worker {}", worker.name), "running", state, meaning));
    }
    let declared = |name: &WorkerName| environment.ship.workers.iter().any(|worker| worker.name == *name);
    let meaning = "It is not declared any more, and works until the next deployment.";
    let others = slot.workers.iter().filter(|(name, w)| w.state == SlotState::Running && !declared(name));
    found.extend(others.map(|(name, _)| difference(&format!("worker {name}"), "none", "running", meaning)));
    found
}

fn configuration(recorded: &Recorded) -> Option<Difference> {
    if recorded.changed.is_empty() {
        return None;
    }
    let names: Vec<&str> = recorded.changed.iter().map(|change| change.name.as_str()).collect();
    let expected = format!("as declared now ({})", names.join(", "));
    let meaning = "The app runs with the values it was started with. Ship again to use the present ones.";
    Some(difference("configuration", expected, "as it was when it was shipped", meaning))
}

fn old_version(environment: &EnvironmentSpec, recorded: &Recorded, seen: &Observed) -> Option<Difference> {
    let other = seen.slots.get(&recorded.slot.other())?;
    let runs = |state: SlotState| state == SlotState::Running;
    let working = other.workers.iter().find(|(_, worker)| runs(worker.state));
    if let Some((name, _)) = working.filter(|_| seen.live == Some(recorded.slot)) {
        let meaning = "Background work is done twice, by two versions. The next deployment stops it.";
        return Some(difference("version before", "stopped", format!("its worker {name} runs"), meaning));
    }
    let idle = environment.ship.keep_old == KeepOld::Stopped && seen.live == Some(recorded.slot);
    if !idle || other.state != SlotState::Running {
        return None;
    }
    let version = other.version.as_deref().unwrap_or("the version before");
    let meaning = "People do not get it; it only uses memory, and does background work twice. The next deployment stops it.";
    Some(difference("version before", "stopped", format!("{version} runs"), meaning))
}

fn way_back(recorded: &Recorded, seen: &Observed) -> Option<Difference> {
    let (version, image) = recorded.previous.as_ref()?;
    if seen.images.contains(image) {
        return None;
    }
    let meaning = "People notice nothing, but a rollback is not possible. Build that version again from its commit if you need it.";
    Some(difference("way back", format!("the image of {version}"), "gone", meaning))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{EngineFacts, ProxyFacts, SlotFacts};
    use std::collections::BTreeMap;

    fn environment() -> EnvironmentSpec {
        let facts = crate::compare::folder();
        let (spec, _) =
            crate::spec::parse(b"app = \"shop\"\n[ship]\nport = 80\n", "seatrial.toml", &facts).unwrap();
        spec.environments[0].clone()
    }

    fn slot(version: &str, state: SlotState) -> SlotFacts {
        SlotFacts {
            state,
            container: version.into(),
            image: Digest::of(version.as_bytes()),
            release: None,
            version: Some(version.into()),
            shape: None,
            workers: BTreeMap::new(),
        }
    }

    /// 2.0 live in blue, 1.0 kept in green: as it should be.
    fn seen() -> Observed {
        Observed {
            engine: EngineFacts { version: "26".into(), architecture: "x86_64".into(), disk_free: None },
            proxy: Some(ProxyFacts {
                running: true,
                http_port: 80,
                https_port: 443,
                domains: environment().domains,
                https: environment().https,
                acme: environment().acme,
                foreign_domains: BTreeMap::new(),
            }),
            slots: BTreeMap::from([
                (Slot::Blue, slot("2.0", SlotState::Running)),
                (Slot::Green, slot("1.0", SlotState::Stopped)),
            ]),
            live: Some(Slot::Blue),
            ports_taken: Vec::new(),
            images: vec![Digest::of(b"1.0"), Digest::of(b"2.0")],
        }
    }

    fn recorded() -> Recorded {
        Recorded {
            version: "2.0".into(),
            slot: Slot::Blue,
            image: Some(Digest::of(b"2.0")),
            changed: Vec::new(),
            previous: Some(("1.0".into(), Digest::of(b"1.0"))),
            halted: false,
        }
    }

    fn found(change: impl FnOnce(&mut Observed)) -> Vec<String> {
        let mut seen = seen();
        change(&mut seen);
        let all = drift(&environment(), Some(&recorded()), &seen, Answering::Answers);
        assert!(all.iter().all(|d| !d.meaning.is_empty()), "a difference says what it means");
        all.into_iter().map(|d| format!("{}: {} / {}", d.what, d.expected, d.seen)).collect()
    }

    #[test]
    fn what_is_as_recorded_is_no_difference() {
        assert_eq!(found(|_| {}), [] as [&str; 0]);
        let nothing = Observed { live: None, slots: BTreeMap::new(), ..seen() };
        assert_eq!(drift(&environment(), None, &nothing, Answering::Unknown), []);
    }

    #[test]
    fn each_way_of_being_different_has_its_words() {
        let stop = |o: &mut Observed| o.slots.get_mut(&Slot::Blue).unwrap().state = SlotState::Stopped;
        assert_eq!(found(stop), ["container: 2.0 in slot blue, running / stopped"]);
        let gone = found(|o| drop(o.slots.remove(&Slot::Blue)));
        assert_eq!(gone, ["container: 2.0 in slot blue, running / gone"]);
        let away = found(|o| o.live = Some(Slot::Green));
        assert_eq!(away, ["live slot: 2.0 in slot blue / 1.0 in slot green"]);
        assert_eq!(found(|o| o.live = None), ["live slot: 2.0 in slot blue / none"]);
        assert_eq!(found(|o| o.proxy = None), ["proxy: running / gone"]);
        let domains = found(|o| o.proxy.as_mut().unwrap().domains = vec!["a.test".into()]);
        assert_eq!(domains, ["domains: shop.localhost / a.test"]);
        let warm = |o: &mut Observed| o.slots.get_mut(&Slot::Green).unwrap().state = SlotState::Running;
        assert_eq!(found(warm), ["version before: stopped / 1.0 runs"]);
        let image = found(|o| o.slots.get_mut(&Slot::Blue).unwrap().image = Digest::of(b"by hand"));
        assert!(image[0].starts_with("image: "), "{image:?}");
        assert_eq!(found(|o| o.images.clear()), ["way back: the image of 1.0 / gone"]);
    }

    #[test]
    fn a_worker_that_is_down_or_works_for_nobody_is_a_difference() {
        let mut declared = environment();
        declared.ship.workers = vec![crate::spec::WorkerSpec {
            name: WorkerName::new("mails").unwrap(),
            command: vec!["./mails".into()],
            steady_ms: 5_000,
            memory: None,
            once: false,
        }];
        let differences = |halted: bool, workers: &[(Slot, &str, SlotState)]| {
            let mut seen = seen();
            for (slot, name, state) in workers {
                let facts = crate::plan::WorkerFacts { state: *state, shape: None };
                let name = WorkerName::new(*name).unwrap();
                seen.slots.get_mut(slot).unwrap().workers.insert(name, facts);
            }
            if halted {
                seen.live = None;
                seen.slots.get_mut(&Slot::Blue).unwrap().state = SlotState::Stopped;
            }
            let recorded = Recorded { halted, ..recorded() };
            let all = drift(&declared, Some(&recorded), &seen, Answering::Answers);
            assert!(all.iter().all(|d| !d.meaning.is_empty()), "a difference says what it means");
            all.into_iter().map(|d| format!("{}: {} / {}", d.what, d.expected, d.seen)).collect::<Vec<_>>()
        };
        use SlotState::{Other, Running, Stopped};
        let (blue, green) = (Slot::Blue, Slot::Green);
        assert_eq!(differences(false, &[(blue, "mails", Running)]), [] as [&str; 0]);
        assert_eq!(differences(false, &[]), ["worker mails: running / not there"]);
        assert_eq!(differences(false, &[(blue, "mails", Stopped)]), ["worker mails: running / stopped"]);
        let falling = differences(false, &[(blue, "mails", Other)]);
        assert_eq!(falling, ["worker mails: running / starting again and again, or paused"]);
        let more = differences(false, &[(blue, "mails", Running), (blue, "old", Running)]);
        assert_eq!(more, ["worker old: none / running"]);
        let twice = differences(false, &[(blue, "mails", Running), (green, "mails", Running)]);
        assert_eq!(twice, ["version before: stopped / its worker mails runs"]);
        assert_eq!(differences(true, &[(blue, "mails", Stopped)]), [] as [&str; 0]);
        assert_eq!(differences(true, &[(blue, "mails", Running)]), ["worker mails: stopped / running"]);
    }

    #[test]
    fn values_that_changed_since_and_a_missing_answer_are_differences_too() {
        let changed = vec![NamedChange { name: "LOG".into(), before: None, after: Some("x".into()) }];
        let recorded = Recorded { changed, ..recorded() };
        let all = drift(&environment(), Some(&recorded), &seen(), Answering::Fails);
        let what: Vec<&str> = all.iter().map(|d| d.what.as_str()).collect();
        assert_eq!(what, ["answer", "configuration"]);
        assert!(all[1].expected.contains("LOG"));
    }

    #[test]
    fn what_a_person_stopped_is_as_it_should_be_while_it_is_stopped() {
        let recorded = Recorded { halted: true, ..recorded() };
        let mut stopped = Observed { live: None, ..seen() };
        stopped.slots.get_mut(&Slot::Blue).unwrap().state = SlotState::Stopped;
        let differences = |seen: &Observed| {
            let all = drift(&environment(), Some(&recorded), seen, Answering::Fails);
            all.into_iter().map(|d| format!("{}: {} / {}", d.what, d.expected, d.seen)).collect::<Vec<_>>()
        };
        assert_eq!(differences(&stopped), [] as [&str; 0]);
        let by_hand = Observed { live: None, ..seen() };
        assert_eq!(differences(&by_hand), ["container: 2.0 in slot blue, stopped / running"]);
        let led = Observed { live: Some(Slot::Blue), ..stopped };
        assert_eq!(differences(&led), ["live slot: none, it is stopped / slot blue"]);
    }

    #[test]
    fn a_version_that_the_history_does_not_know_is_a_difference() {
        let all = drift(&environment(), None, &seen(), Answering::Answers);
        assert_eq!(all[0].seen, "2.0 in slot blue");
    }
}
