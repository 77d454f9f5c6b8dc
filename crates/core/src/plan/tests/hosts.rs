//! Plans for several hosts: as a person reads them, and carried out on a model with a failure at every place.

use super::*;
use crate::model::Strategy;
use proptest::prelude::{Strategy as _, any, prop, prop_assert, prop_assert_eq, prop_assume, proptest};

const NAMES: [&str; 5] = ["web1", "web2", "web3", "web4", "web5"];

pub(super) fn on_hosts(count: usize) -> EnvironmentSpec {
    let hosts = NAMES[..count].iter().map(|name| format!("ssh://deploy@{name}").parse().unwrap()).collect();
    EnvironmentSpec { target: Target::Hosts(Hosts::new(hosts).unwrap()), ..environment() }
}

/// Hosts on which so many releases were shipped.
pub(super) struct Several {
    case: Case,
    observed: Vec<Observed>,
}

impl Several {
    pub(super) fn ship(environment: EnvironmentSpec, live: &[u128], release_number: u128) -> Self {
        let mut case = Case::deploy(environment, 0);
        case.request.phases = vec![Phase::Ship, Phase::Evaluate];
        case.release = Some(release(release_number));
        case.sources = vec![source(None, &release(release_number).artifacts[0].digest)];
        let observed = live.iter().map(|live| observed(*live)).collect();
        Self { case, observed }
    }

    fn back(environment: EnvironmentSpec, live: &[u128], to: u128) -> Self {
        let mut several = Self::ship(environment, live, to);
        several.case.request.kind = RunKind::Rollback;
        several
    }

    pub(super) fn plan(&self) -> Result<Plan, PlanError> {
        plan(&Inputs {
            request: &self.case.request,
            spec: &self.case.spec,
            environment: self.case.spec.environments.first(),
            observed: None,
            on_hosts: &self.observed,
            release: self.case.release.as_ref(),
            sources: &self.case.sources,
            standing: self.case.standing,
            live_version: None,
            done_before: &[],
            work_tree: &self.case.work_tree,
            ports: Ports { http: 80, https: 443 },
        })
    }
}

fn shown(plan: &Plan) -> String {
    let mut out = format!("{}\n{}\n", plan.summary.headline, plan.summary.way_back);
    for host in &plan.summary.hosts.as_ref().unwrap().hosts {
        let batch = host.batch.map_or("-".to_owned(), |batch| batch.to_string());
        let live = host.live_version().unwrap_or("nothing");
        out.push_str(&format!("{} batch {batch}, now {live}\n", host.host.host()));
    }
    for step in &plan.steps {
        let needs: Vec<&str> = step.needs.iter().map(StepId::as_str).collect();
        out.push_str(&format!("{}: {} [{}]\n", step.id, step.title, needs.join(" ")));
    }
    out
}

#[test]
fn three_hosts_get_ready_together_and_are_switched_one_after_the_other() {
    insta::assert_snapshot!(shown(&Several::ship(on_hosts(3), &[2, 2, 2], 3).plan().unwrap()));
}

#[test]
fn what_is_built_reaches_hosts_in_batches_once_all_are_checked() {
    let mut environment = on_hosts(5);
    environment.ship.rollout.batch = Batch::Hosts(2);
    let mut several = Several::ship(environment, &[1; 5], 2);
    (several.case.request.phases, several.case.release) = (Phase::ALL.to_vec(), None);
    let plan = several.plan().unwrap();
    let needs = |id: &str| {
        let step = plan.steps.iter().find(|s| s.id.as_str() == id).unwrap();
        step.needs.iter().map(|n| n.as_str().to_owned()).collect::<Vec<_>>()
    };
    let checks: Vec<String> = (1..=5).map(|n| format!("preflight-{n}")).collect();
    assert_eq!(needs("transfer-3"), [checks, vec!["release".to_owned()]].concat());
    let ready: Vec<String> = (1..=5).map(|n| format!("verify-{n}")).collect();
    assert_eq!((needs("switch-1"), needs("switch-2")), (ready.clone(), ready));
    assert_eq!(needs("switch-3"), ["switch-1", "switch-2"]);
    assert_eq!(needs("switch-5"), ["switch-3", "switch-4"]);
    assert_eq!(needs("drain-1"), ["switch-5"], "old versions run until the last host is switched");
    assert_eq!(needs("smoke-2"), ["switch-5"], "every host is asked, once all are switched");
    assert!(needs("preflight-4").is_empty(), "hosts are looked at while it is built");
}

#[test]
fn going_back_takes_the_other_end_first_and_starts_what_is_kept() {
    let plan = Several::back(on_hosts(3), &[2, 2, 2], 1).plan().unwrap();
    let switches: Vec<&str> =
        ids(&plan).into_iter().filter(|id| id.starts_with("switch") || id.starts_with("start")).collect();
    assert_eq!(switches, ["start-3", "start-2", "start-1", "switch-3", "switch-2", "switch-1"]);
}

#[test]
fn hosts_that_differ_are_made_equal_by_changing_only_those_that_lag() {
    let plan = Several::ship(on_hosts(3), &[3, 2, 0], 3).plan().unwrap();
    assert!(!ids(&plan).iter().any(|id| id.ends_with("-1") && !id.starts_with("smoke")), "{:?}", ids(&plan));
    assert!(ids(&plan).contains(&"proxy-3"), "a host that was added is set up: {:?}", ids(&plan));
    let batches: Vec<Option<u32>> = plan.summary.hosts.unwrap().hosts.iter().map(|host| host.batch).collect();
    assert_eq!(batches, [None, Some(1), Some(2)]);

    let plan = Several::ship(on_hosts(3), &[3, 3, 3], 3).plan().unwrap();
    assert!(plan.is_empty());
    assert!(plan.summary.headline.ends_with("nothing to do"), "{}", plan.summary.headline);
}

#[test]
fn the_fingerprint_covers_what_is_on_every_host() {
    let of = |live: &[u128]| Several::ship(on_hosts(3), live, 5).plan().unwrap().fingerprint;
    assert_eq!(of(&[2, 2, 2]), of(&[2, 2, 2]));
    assert_ne!(of(&[2, 2, 2]), of(&[2, 2, 3]));
}

#[test]
fn hosts_that_cannot_serve_together_are_refused_with_the_host_that_is_meant() {
    let mut several = Several::ship(on_hosts(2), &[1, 1], 2);
    several.observed[1].engine.architecture = "aarch64".into();
    let platforms = "web1 is x86_64, web2 is aarch64".to_owned();
    assert_eq!(several.plan().unwrap_err(), PlanError::PlatformsDiffer { platforms });

    let mut several = Several::ship(on_hosts(2), &[1, 1], 2);
    let proxy = several.observed[1].proxy.as_mut().unwrap();
    proxy.foreign_domains.insert("guestbook.localhost".into(), "shop--prod".into());
    assert!(several.plan().unwrap_err().to_string().starts_with("web2: `guestbook.localhost` already leads"));

    let mut environment = on_hosts(2);
    environment.ship.strategy = Strategy::Live;
    let refused = Several::ship(environment, &[1, 1], 2).plan().unwrap_err();
    assert!(matches!(refused, PlanError::OneVersionAtATime { .. }), "{refused}");

    let mut several = Several::ship(on_hosts(2), &[1, 1], 2);
    several.observed.pop();
    assert!(matches!(several.plan(), Err(PlanError::NotObserved(_))), "a host nobody looked at");

    let mut several = Several::ship(on_hosts(2), &[1, 0], 2);
    several.case.request.phases = vec![Phase::Evaluate];
    assert!(matches!(several.plan(), Err(PlanError::NothingLive(_))), "nothing is live on one of them");
}

/// Every host as the plan's promises go, and whether all were ready before any was switched.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Models(BTreeMap<SshHost, Model>);

impl Models {
    fn of(several: &Several) -> Self {
        let hosts = several.case.spec.environments[0].target.hosts();
        let models = several.observed.iter().map(Model::of);
        Self(hosts.iter().cloned().zip(models).collect())
    }

    fn apply(&mut self, step: &Step, action: &Action) {
        let Some(host) = &step.host else { return };
        self.0.get_mut(host).unwrap().apply(action);
    }

    fn ready(&self, plan: &Plan) -> bool {
        let moved = plan.summary.hosts.iter().flat_map(|hosts| &hosts.hosts).filter(|h| h.batch.is_some());
        let to = |host: &SshHost| {
            plan.steps.iter().find_map(|step| match &step.action {
                Action::SwitchTraffic { to } if step.host.as_ref() == Some(host) => *to,
                _ => None,
            })
        };
        moved.map(|moved| &moved.host).all(|host| {
            let (model, slot) = (&self.0[host], to(host).unwrap());
            model.running.get(&slot) == Some(&true) && model.healthy[&slot]
        })
    }

    fn serving(&self) -> Vec<(Option<Slot>, Option<bool>)> {
        let one = |m: &Model| (m.live, m.live.and_then(|slot| m.running.get(&slot).copied()));
        self.0.values().map(one).collect()
    }
}

/// Steps of Ship in an order that their needs allow: the seed says which of those that can start does.
fn walked(plan: &Plan, seed: u64) -> Vec<&Step> {
    let mut open: Vec<&Step> = plan.steps.iter().filter(|s| s.phase == Phase::Ship).collect();
    let (mut done, mut seed) = (Vec::<&Step>::new(), seed);
    while !open.is_empty() {
        let met = |step: &&Step| step.needs.iter().all(|need| done.iter().any(|d| d.id == *need));
        let can: Vec<usize> = (0..open.len()).filter(|at| met(&open[*at])).collect();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        done.push(open.remove(can[(seed >> 33) as usize % can.len()]));
    }
    done
}

fn several() -> impl proptest::strategy::Strategy<Value = Several> {
    let lives = prop::collection::vec(0_u128..4, 2..=5);
    (lives, 1_u32..4, any::<bool>(), any::<bool>()).prop_map(|(live, batch, back, warm)| {
        let mut environment = on_hosts(live.len());
        environment.ship.rollout.batch = Batch::Hosts(batch);
        environment.ship.keep_old = if warm { KeepOld::Warm } else { KeepOld::Stopped };
        let to = if back { 1 } else { 4 };
        match back {
            true => Several::back(environment, &live, to),
            false => Several::ship(environment, &live, to),
        }
    })
}

impl std::fmt::Debug for Several {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let live: Vec<_> = self.observed.iter().map(|o| (o.live, o.slots.len())).collect();
        write!(f, "{:?} {live:?}", self.case.request.kind)
    }
}

proptest! {
    #[test]
    fn d9_no_host_is_switched_before_every_host_is_healthy(several in several(), seed: u64) {
        let plan = several.plan().unwrap();
        let mut models = Models::of(&several);
        for step in walked(&plan, seed) {
            if matches!(step.action, Action::SwitchTraffic { .. }) && models.serving() == Models::of(&several).serving() {
                prop_assert!(models.ready(&plan), "{} comes too early", step.id);
            }
            models.apply(step, &step.action);
        }
        let live: Vec<_> = models.0.values().map(|m| m.live).collect();
        prop_assert!(live.iter().all(Option::is_some), "{live:?}");
    }

    #[test]
    fn d9_a_failure_anywhere_is_undone_on_every_host(several in several(), seed: u64, failed: prop::sample::Index, half_done: bool) {
        let plan = several.plan().unwrap();
        let walked = walked(&plan, seed);
        prop_assume!(!walked.is_empty());
        let failed = failed.index(walked.len());
        let mut models = Models::of(&several);
        for step in &walked[..failed + usize::from(half_done)] {
            models.apply(step, &step.action);
        }
        // Taken back in the reverse order of the plan, as the engine does, whatever the order they were done in.
        let begun: Vec<_> = walked[..=failed].iter().map(|s| &s.id).collect();
        for step in plan.steps.iter().rev().filter(|s| begun.contains(&&s.id)) {
            if let Some(undo) = &step.undo {
                models.apply(step, undo);
            }
        }
        prop_assert_eq!(models.serving(), Models::of(&several).serving(), "failed at {}", &walked[failed].id);
    }
}

/// Something else than a deployment, where release `live` is on all of them.
fn kept(kind: RunKind, count: usize, halted: bool) -> Several {
    let mut several = Several::ship(on_hosts(count), &vec![2; count], 2);
    several.case.request.kind = kind;
    several.case.request.phases = vec![Phase::Ship];
    several.case.standing = Some(Standing { slot: Slot::Green, release: None, halted });
    several
}

#[test]
fn hosts_are_restarted_in_batches_each_after_the_one_before_serves_again() {
    let mut several = kept(RunKind::Restart, 3, false);
    let plan = several.plan().unwrap();
    let needs = |plan: &Plan, id: &str| {
        let step = plan.steps.iter().find(|s| s.id.as_str() == id).unwrap();
        step.needs.iter().map(|need| need.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(needs(&plan, "hold-1"), Vec::<String>::new());
    assert_eq!(needs(&plan, "hold-2"), ["switch-1"]);
    assert_eq!(needs(&plan, "hold-3"), ["switch-2"]);
    let batches = |plan: &Plan| {
        plan.summary.hosts.as_ref().unwrap().hosts.iter().map(|host| host.batch).collect::<Vec<_>>()
    };
    assert_eq!(batches(&plan), [Some(1), Some(2), Some(3)]);
    assert_eq!(plan.summary.headline, "Restart guestbook 1.2.0 in local (3 hosts)");

    several.case.spec.environments[0].ship.rollout.batch = Batch::Hosts(2);
    let plan = several.plan().unwrap();
    assert_eq!(batches(&plan), [Some(1), Some(1), Some(2)]);
    assert_eq!(needs(&plan, "hold-3"), ["switch-1", "switch-2"]);
}

#[test]
fn hosts_are_stopped_and_started_together_and_those_that_are_so_already_are_left_alone() {
    let stop = kept(RunKind::Stop, 3, false).plan().unwrap();
    for host in 1..=3 {
        let step = stop.steps.iter().find(|s| s.id.as_str() == format!("switch-{host}")).unwrap();
        assert!(step.needs.is_empty(), "{:?}", step.needs);
    }
    let mut several = kept(RunKind::Stop, 3, true);
    for host in [0, 2] {
        several.observed[host].live = None;
        several.observed[host].slots.get_mut(&Slot::Green).unwrap().state = SlotState::Stopped;
    }
    let plan = several.plan().unwrap();
    assert_eq!(ids(&plan), ["switch-2", "drain-2", "stop-2"]);
    let moves: Vec<_> = plan.summary.hosts.unwrap().hosts.iter().map(|host| host.batch).collect();
    assert_eq!(moves, [None, Some(1), None]);
}

#[test]
fn each_host_starts_the_slot_in_which_it_has_the_release() {
    let mut several = kept(RunKind::Start, 2, true);
    for observed in &mut several.observed {
        observed.live = None;
    }
    // The second host has the same releases the other way round.
    let slots = &mut several.observed[1].slots;
    let (blue, green) = (slots[&Slot::Blue].clone(), slots[&Slot::Green].clone());
    *slots = BTreeMap::from([(Slot::Blue, green), (Slot::Green, blue)]);
    let plan = several.plan().unwrap();
    let started: Vec<Slot> = plan
        .steps
        .iter()
        .filter_map(|s| if let Action::StartSlot { slot, .. } = s.action { Some(slot) } else { None })
        .collect();
    assert_eq!(started, [Slot::Green, Slot::Blue]);
}

#[test]
fn a_host_without_the_container_is_named() {
    let mut several = kept(RunKind::Restart, 3, false);
    several.observed[1].slots.remove(&Slot::Green);
    let error = several.plan().unwrap_err().to_string();
    assert!(error.starts_with("web2: ") && error.contains("is gone"), "{error}");
}

#[test]
fn who_leaves_a_host_out_is_told_what_becomes_of_it_and_gets_another_plan() {
    let mut several = Several::ship(on_hosts(2), &[1, 1], 2);
    let all = several.plan().unwrap();
    several.case.request.without = vec!["ssh://deploy@web3".parse().unwrap()];
    let fewer = several.plan().unwrap();
    assert_ne!(all.fingerprint, fewer.fingerprint);
    let told = |plan: &Plan| plan.summary.notices.iter().filter(|n| n.starts_with("Left out: web3.")).count();
    assert_eq!((told(&all), told(&fewer)), (0, 1));
}
