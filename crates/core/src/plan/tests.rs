//! Plans as a person reads them, and plans carried out on a model of the world with a failure at every place.

use super::*;
use crate::model::*;
use crate::pipeline::*;
use crate::run::{RunKind, RunRequest};
use crate::spec::*;
use chrono::{TimeZone, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

fn health() -> HealthCheck {
    HealthCheck {
        path: "/health".into(),
        status: (200, 399),
        deadline_ms: 60_000,
        request_ms: 2_000,
        successes: 1,
    }
}

fn environment() -> EnvironmentSpec {
    EnvironmentSpec {
        name: EnvironmentName::new("local").unwrap(),
        target: Target::Docker,
        production: false,
        domains: vec!["guestbook.localhost".into()],
        https: false,
        acme: None,
        env: BTreeMap::new(),
        secrets: vec![],
        ship: ShipSpec {
            strategy: Strategy::BlueGreen,
            port: 8000,
            ports: vec![],
            mounts: vec![],
            command: None,
            memory: None,
            health: health(),
            drain_ms: 10_000,
            stop_grace_ms: 10_000,
            keep_old: KeepOld::Stopped,
            keep_releases: 5,
            rollout: Rollout::default(),
            jobs: vec![],
            workers: vec![],
        },
        evaluate: EvaluateSpec {
            smoke: vec![HttpExpectation { path: "/".into(), status: 200, contains: None, within_ms: 2_000 }],
            availability: None,
            steps: vec![],
            verdict: VerdictPolicy::Policy,
            on_no_go: OnNoGo::Keep,
        },
    }
}

fn spec(environment: EnvironmentSpec) -> AppSpec {
    AppSpec {
        app: AppName::new("guestbook").unwrap(),
        build: BuildSpec {
            steps: vec![],
            image: ImageBuild {
                context: ".".into(),
                dockerfile: "Dockerfile".into(),
                generated: None,
                target: None,
                args: BTreeMap::new(),
            },
            image_timeout_ms: 600_000,
            on: None,
            version: VersionSource::Commits,
        },
        environments: vec![environment],
        origins: BTreeMap::new(),
        revision: Digest::of(b"spec"),
    }
}

fn release(n: u128) -> Release {
    Release {
        id: ReleaseId(Uuid::from_u128(n)),
        app: AppName::new("guestbook").unwrap(),
        version: format!("1.{n}.0"),
        artifacts: vec![Artifact {
            kind: ArtifactKind::Image,
            digest: Digest::of(&n.to_be_bytes()),
            reference: format!("seatrial/guestbook:1.{n}.0"),
            size: None,
        }],
        commit: None,
        dirty: false,
        changes: vec![],
        pipeline_revision: Digest::of(b"spec"),
        built_by: RunId(Uuid::nil()),
        created_at: Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap(),
    }
}

fn slot(n: u128, state: SlotState) -> SlotFacts {
    let release = release(n);
    SlotFacts {
        state,
        container: format!("c{n}"),
        image: release.artifacts[0].digest.clone(),
        release: Some(release.id),
        version: Some(release.version),
        shape: Some(shape_of(&environment())),
        workers: BTreeMap::new(),
    }
}

fn shape_of(environment: &EnvironmentSpec) -> String {
    let shape = ContainerShape {
        port: environment.ship.port,
        env: environment.env.clone(),
        secrets: vec![],
        mounts: vec![],
        ports: vec![],
        command: None,
        memory: None,
        stop_grace_ms: environment.ship.stop_grace_ms,
    };
    shape.digest().to_string()
}

/// A target on which releases 1 … `live` were shipped blue-green.
fn observed(live: u128) -> Observed {
    let mut slots = BTreeMap::new();
    let of = |n: u128| if n % 2 == 1 { Slot::Blue } else { Slot::Green };
    if live > 1 {
        slots.insert(of(live - 1), slot(live - 1, SlotState::Stopped));
    }
    if live > 0 {
        slots.insert(of(live), slot(live, SlotState::Running));
    }
    let proxy = ProxyFacts {
        running: true,
        http_port: 80,
        https_port: 443,
        domains: vec!["guestbook.localhost".into()],
        https: false,
        acme: None,
        foreign_domains: BTreeMap::new(),
    };
    Observed {
        engine: EngineFacts { version: "26.1.5".into(), architecture: "x86_64".into(), disk_free: None },
        proxy: (live > 0).then_some(proxy),
        slots,
        live: (live > 0).then(|| of(live)),
        ports_taken: vec![],
        images: (1..=live).map(|n| release(n).artifacts[0].digest.clone()).collect(),
    }
}

struct Case {
    request: RunRequest,
    spec: AppSpec,
    observed: Observed,
    release: Option<Release>,
    sources: Vec<ImageSource>,
    standing: Option<Standing>,
    work_tree: WorkTree,
}

impl Case {
    fn deploy(environment: EnvironmentSpec, live: u128) -> Self {
        let request = RunRequest {
            kind: RunKind::Deploy,
            app: AppName::new("guestbook").unwrap(),
            environment: Some(environment.name.clone()),
            phases: Phase::ALL.to_vec(),
            release: None,
            retry_of: None,
            without: Vec::new(),
        };
        let work_tree = WorkTree::default();
        let (spec, observed) = (spec(environment), observed(live));
        Self { request, spec, observed, release: None, sources: vec![], standing: None, work_tree }
    }

    fn rollback(environment: EnvironmentSpec, live: u128) -> Self {
        let mut case = Self::deploy(environment, live);
        case.request.kind = RunKind::Rollback;
        case.request.phases = vec![Phase::Ship, Phase::Evaluate];
        case.release = (live > 1).then(|| release(live - 1));
        case
    }

    fn plan(&self) -> Result<Plan, PlanError> {
        self.plan_for(&self.spec.environments[0])
    }

    /// The plan for what is left of the declared environment.
    fn plan_for(&self, environment: &EnvironmentSpec) -> Result<Plan, PlanError> {
        plan(&Inputs {
            request: &self.request,
            spec: &self.spec,
            environment: Some(environment),
            observed: Some(&self.observed),
            on_hosts: &[],
            release: self.release.as_ref(),
            sources: &self.sources,
            standing: self.standing,
            live_version: None,
            done_before: &[],
            work_tree: &self.work_tree,
            ports: Ports { http: 80, https: 443 },
        })
    }
}

fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|s| s.id.as_str()).collect()
}

#[test]
fn the_first_deployment_sets_up_the_proxy_and_has_nothing_to_drain() {
    let plan = Case::deploy(environment(), 0).plan().unwrap();
    let expected = [
        "version",
        "package",
        "release",
        "preflight",
        "proxy",
        "route",
        "launch",
        "health",
        "verify",
        "switch",
        "tidy",
        "smoke",
        "verdict",
    ];
    assert_eq!(ids(&plan), expected);
    assert!(plan.summary.notices[0].contains("ports 80 and 443"));
}

#[test]
fn blue_green_stops_the_old_version_only_after_the_switch() {
    let plan = Case::deploy(environment(), 2).plan().unwrap();
    let ship: Vec<&str> =
        plan.steps.iter().filter(|s| s.phase == Phase::Ship).map(|s| s.id.as_str()).collect();
    let expected = ["preflight", "clear", "launch", "health", "verify", "switch", "drain", "stop", "tidy"];
    assert_eq!(ship, expected);
}

#[test]
fn a_volume_means_stop_first_and_the_plan_says_so() {
    let mut environment = environment();
    environment.ship.mounts = vec![Mount { source: "data".into(), path: "/data".into(), read_only: false }];
    let plan = Case::deploy(environment, 1).plan().unwrap();
    let at = |id: &str| ids(&plan).iter().position(|i| *i == id).unwrap();
    assert!(at("hold") < at("stop") && at("stop") < at("launch"));
    assert_eq!(
        plan.summary.traffic.unwrap().held.unwrap(),
        "volume `data` can be written by one version at a time"
    );
    assert!(plan.summary.notices[0].starts_with("Stop first"));
}

#[test]
fn a_rollback_starts_the_kept_container_and_builds_nothing() {
    let plan = Case::rollback(environment(), 2).plan().unwrap();
    assert_eq!(
        ids(&plan),
        ["preflight", "start", "verify", "switch", "drain", "stop", "tidy", "smoke", "verdict"]
    );
}

#[test]
fn a_rollback_without_anything_before_is_refused() {
    let case = Case::rollback(environment(), 1);
    assert_eq!(case.plan().unwrap_err(), PlanError::NothingBefore(EnvironmentName::new("local").unwrap()));
}

#[test]
fn shipping_what_is_live_already_is_an_empty_plan() {
    let mut case = Case::deploy(environment(), 2);
    case.request.phases = vec![Phase::Ship, Phase::Evaluate];
    case.release = Some(release(2));
    let plan = case.plan().unwrap();
    assert!(plan.is_empty());
    assert!(plan.summary.headline.ends_with("nothing to do"));
    case.spec.environments[0].env.insert("LOG".into(), "debug".into());
    assert!(!case.plan().unwrap().is_empty(), "another setting is a reason to ship again");
}

#[test]
fn an_image_is_brought_to_a_server_before_anything_there_changes_and_only_if_it_is_not_there() {
    let server = || EnvironmentSpec { target: "ssh://deploy@web1".parse().unwrap(), ..environment() };
    let ids = |case: &Case| {
        let plan = case.plan().unwrap();
        plan.steps.iter().filter(|s| s.phase == Phase::Ship).map(|s| s.id.to_string()).collect::<Vec<_>>()
    };
    let case = Case::deploy(server(), 1);
    assert_eq!(ids(&case)[..3], ["preflight", "transfer", "launch"], "what is built now is never there");
    let mut case = Case::deploy(server(), 1);
    case.request.phases = vec![Phase::Ship];
    case.release = Some(release(2));
    let image = release(2).artifacts[0].digest.clone();
    case.sources = vec![source(None, &image)];
    assert_eq!(ids(&case)[..3], ["preflight", "transfer", "launch"]);
    case.observed.images = vec![image];
    assert_eq!(ids(&case)[..2], ["preflight", "launch"], "it is there already");
    case.observed.images.clear();
    case.sources.clear();
    assert_eq!(case.plan().unwrap_err(), PlanError::ImageGone { version: release(2).version });
    assert!(
        !ids(&Case::rollback(server(), 2)).contains(&"transfer".to_owned()),
        "going back needs no builder"
    );
}

fn source(at: Option<&str>, image: &Digest) -> ImageSource {
    let at = at.map(|host| host.parse().unwrap());
    ImageSource { at, architecture: "x86_64".into(), images: vec![image.clone()] }
}

/// Title and origin of the step that brings the image, if there is one.
fn brought(case: &Case) -> Option<(String, Option<String>)> {
    case.plan().unwrap().steps.iter().find_map(|step| match &step.action {
        Action::Transfer { from, .. } => Some((step.title.clone(), from.as_ref().map(ToString::to_string))),
        _ => None,
    })
}

#[test]
fn an_image_is_brought_from_where_it_is_built_unless_that_is_where_it_goes() {
    let on = |host: &str| Some(host.parse().unwrap());
    let server = || EnvironmentSpec { target: "ssh://deploy@web1".parse().unwrap(), ..environment() };
    let words = |title: &str, from: &str| Some((title.to_owned(), Some(from.to_owned())));
    let mut case = Case::deploy(server(), 1);
    case.spec.build.on = on("ssh://build@fast");
    assert_eq!(brought(&case), words("Bring the image from fast to web1", "ssh://build@fast"));
    let plan = case.plan().unwrap();
    let package = plan.steps.iter().find(|step| step.id.as_str() == "package").unwrap();
    assert_eq!(package.title, "Build the image on fast");
    assert!(matches!(&package.action, Action::BuildImage { on: Some(host), .. } if host.host() == "fast"));

    case.spec.build.on = on("ssh://deploy@web1");
    assert_eq!(brought(&case), None, "it is built where it goes");

    let mut case = Case::deploy(environment(), 1);
    assert_eq!(brought(&case), None);
    case.spec.build.on = on("ssh://build@fast");
    assert_eq!(brought(&case), words("Bring the image from fast", "ssh://build@fast"));
}

#[test]
fn a_release_is_brought_from_the_first_engine_that_has_it() {
    let mut case = Case::deploy(environment(), 1);
    case.request.phases = vec![Phase::Ship];
    case.release = Some(release(2));
    let image = release(2).artifacts[0].digest.clone();
    case.sources = vec![source(Some("ssh://a"), &Digest::of(b"other")), source(Some("ssh://b"), &image)];
    let words = ("Bring the image from b".to_owned(), Some("ssh://b".to_owned()));
    assert_eq!(brought(&case), Some(words));
    case.observed.images.push(image);
    assert_eq!(brought(&case), None);
}

#[test]
fn a_builder_of_another_kind_than_the_target_is_told_with_what_helps() {
    let server = || EnvironmentSpec { target: "ssh://deploy@web1".parse().unwrap(), ..environment() };
    let mut case = Case::deploy(server(), 1);
    let here = source(None, &Digest::of(b""));
    case.sources = vec![ImageSource { architecture: "arm64".into(), images: vec![], ..here.clone() }];
    assert!(case.plan().unwrap().summary.notices.iter().any(|notice| {
        notice
            .starts_with("this machine builds for arm64, and the target is x86_64: build on one of its kind")
            && notice.contains("`on = \"ssh://deploy@web1\"`")
    }));
    case.sources = vec![here];
    assert!(!case.plan().unwrap().summary.notices.iter().any(|notice| notice.contains("builds for")));
}

#[test]
fn what_cannot_work_is_refused_with_the_facts() {
    let mut case = Case::deploy(environment(), 1);
    case.spec.environments[0].target = Target::Swarm;
    assert!(matches!(case.plan(), Err(PlanError::TargetUnsupported { .. })));

    let mut case = Case::deploy(environment(), 1);
    case.spec.environments[0].target = "ssh://web1".parse().unwrap();
    case.spec.environments[0].domains.clear();
    assert!(matches!(case.plan(), Err(PlanError::NoDomain(_))));

    let mut case = Case::deploy(environment(), 0);
    case.observed.ports_taken = vec![PortUse { port: 80, by: "process `nginx` (812)".into() }];
    let taken = PlanError::PortTaken { port: 80, by: "process `nginx` (812)".into(), proxy: true };
    assert_eq!(case.plan().unwrap_err(), taken);

    let mut case = Case::deploy(environment(), 1);
    case.observed
        .proxy
        .as_mut()
        .unwrap()
        .foreign_domains
        .insert("guestbook.localhost".into(), "shop.prod".into());
    assert!(matches!(case.plan(), Err(PlanError::DomainTaken { .. })));

    let mut case = Case::deploy(environment(), 1);
    case.spec.environments[0].production = true;
    case.work_tree.dirty = true;
    assert!(matches!(case.plan(), Err(PlanError::DirtyProduction(_))));

    let mut case = Case::rollback(environment(), 2);
    case.observed.images.clear();
    assert_eq!(case.plan().unwrap_err(), PlanError::ImageGone { version: "1.1.0".into() });
}

#[test]
fn another_content_of_a_secret_is_a_reason_to_ship_again_and_the_same_is_not() {
    let with = |version| {
        let mut environment = environment();
        environment.secrets = vec![SecretRef { name: "KEY".into(), as_env: false, version }];
        environment
    };
    let shipped_again = |made_with, now| {
        let mut case = Case::deploy(with(now), 1);
        case.request.phases = vec![Phase::Ship];
        case.release = Some(release(1));
        let shape = super::ship::shape(&with(made_with)).digest();
        case.observed.slots.get_mut(&Slot::Blue).unwrap().shape = Some(shape.to_string());
        !case.plan().unwrap().is_empty()
    };
    assert!(!shipped_again(Some(1), Some(1)));
    assert!(shipped_again(Some(1), Some(2)));
    assert!(shipped_again(None, None), "a content that is not numbered may be any");
}

#[test]
fn a_dirty_work_tree_is_marked_outside_production() {
    let mut case = Case::deploy(environment(), 1);
    case.work_tree.dirty = true;
    assert!(case.plan().unwrap().summary.notices[0].contains("in no commit"));
}

#[test]
fn the_fingerprint_follows_what_decides_the_steps_and_nothing_else() {
    let case = Case::deploy(environment(), 1);
    assert_eq!(case.plan().unwrap().fingerprint, case.plan().unwrap().fingerprint);
    let later = Case::deploy(environment(), 2);
    assert_ne!(case.plan().unwrap().fingerprint, later.plan().unwrap().fingerprint);
}

/// The world as far as a plan's promises go.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Model {
    running: BTreeMap<Slot, bool>,
    healthy: BTreeMap<Slot, bool>,
    live: Option<Slot>,
    holding: bool,
}

impl Model {
    fn of(observed: &Observed) -> Self {
        let running: BTreeMap<Slot, bool> =
            observed.slots.iter().map(|(s, f)| (*s, f.state == SlotState::Running)).collect();
        Self { healthy: running.clone(), running, live: observed.live, holding: false }
    }

    fn apply(&mut self, action: &Action) {
        match action {
            Action::ClearSlot { slot, .. } => {
                assert!(self.live != Some(*slot) || self.holding, "I2: the live version is removed");
                self.running.remove(slot);
                self.healthy.remove(slot);
            }
            Action::Launch { slot, .. } => {
                self.running.insert(*slot, true);
                self.healthy.insert(*slot, false);
            }
            Action::StartSlot { slot, .. } => {
                self.running.insert(*slot, true);
                self.healthy.insert(*slot, true);
            }
            Action::AwaitHealthy { slot, .. } => {
                self.healthy.insert(*slot, true);
            }
            Action::HoldTraffic { .. } => self.holding = true,
            Action::SwitchTraffic { to } => {
                let fit = to.is_none_or(|s| self.running.get(&s) == Some(&true) && self.healthy[&s]);
                assert!(fit, "D6: traffic goes to a version that is not healthy");
                self.live = *to;
                self.holding = false;
            }
            Action::StopSlot { slot, .. } => {
                assert!(self.live != Some(*slot) || self.holding, "I2: the live version is stopped");
                self.running.insert(*slot, false);
            }
            _ => {}
        }
        let served = self.live.is_none_or(|s| self.running.get(&s) == Some(&true));
        assert!(served || self.holding, "I1: nothing serves and nothing holds, after {action:?}");
    }
}

fn variants() -> Vec<Case> {
    let mut cases = Vec::new();
    for live in 0..4 {
        for strategy in [Strategy::BlueGreen, Strategy::Live] {
            for keep_old in [KeepOld::Stopped, KeepOld::Warm] {
                let mut environment = environment();
                environment.ship.strategy = strategy;
                environment.ship.keep_old = keep_old;
                cases.push(Case::deploy(environment.clone(), live));
                if live > 1 {
                    cases.push(Case::rollback(environment, live));
                }
            }
        }
    }
    cases
}

#[test]
fn i1_i2_d6_hold_at_every_moment_of_every_plan() {
    for case in variants() {
        let plan = case.plan().unwrap();
        let mut model = Model::of(&case.observed);
        for step in &plan.steps {
            model.apply(&step.action);
        }
        assert_eq!(model.live, plan.summary.traffic.map(|t| t.to));
        assert!(!model.holding);
    }
}

#[test]
fn a_failure_at_any_step_of_ship_is_undone_to_the_version_before() {
    for case in variants() {
        let plan = case.plan().unwrap();
        let ship: Vec<&Step> = plan.steps.iter().filter(|s| s.phase == Phase::Ship).collect();
        for failed in 0..ship.len() {
            // The failing step may have done nothing, or everything but say so.
            for half_done in [false, true] {
                let mut model = Model::of(&case.observed);
                for step in &ship[..failed + usize::from(half_done)] {
                    model.apply(&step.action);
                }
                for step in ship[..=failed].iter().rev() {
                    if let Some(undo) = &step.undo {
                        model.apply(undo);
                    }
                }
                let before = Model::of(&case.observed);
                assert_eq!(model.live, before.live, "failed at {}", ship[failed].id);
                assert!(!model.holding);
                let serving = |m: &Model| m.live.and_then(|s| m.running.get(&s).copied());
                assert_eq!(serving(&model), serving(&before));
            }
        }
    }
}

#[test]
fn the_target_is_looked_at_while_building_and_changed_only_after() {
    let plan = Case::deploy(environment(), 0).plan().unwrap();
    let needs = |id: &str| {
        let step = plan.steps.iter().find(|s| s.id.as_str() == id).unwrap();
        step.needs.iter().map(|n| n.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert!(needs("preflight").is_empty());
    assert_eq!(needs("proxy"), ["preflight", "release"]);
    assert_eq!(needs("smoke"), ["switch"]);
}

#[test]
fn every_step_the_planner_makes_has_a_name_nobody_else_can_take() {
    for case in variants() {
        for step in case.plan().unwrap().steps {
            assert!(OWN_STEPS.contains(&step.id.as_str()), "{}", step.id);
        }
    }
}

mod by_hand;
mod hosts;
mod jobs;
mod workers;

fn kept(kind: RunKind, live: u128, halted: bool) -> Case {
    let mut case = Case::deploy(environment(), live);
    case.request.kind = kind;
    case.request.phases = vec![Phase::Ship];
    case.release = Some(release(live));
    let slot = case.observed.live.unwrap();
    case.standing = Some(Standing { slot, release: None, halted });
    if halted {
        case.observed.live = None;
        case.observed.slots.get_mut(&slot).unwrap().state = SlotState::Stopped;
    }
    case
}

#[test]
fn a_restart_holds_requests_and_goes_back_by_starting_again() {
    let plan = kept(RunKind::Restart, 2, false).plan().unwrap();
    assert_eq!(ids(&plan), ["hold", "stop", "start", "verify", "switch"]);
    let slot = Slot::Green;
    assert_eq!(plan.steps[0].undo, Some(Action::SwitchTraffic { to: Some(slot) }));
    assert!(matches!(plan.steps[1].undo, Some(Action::StartSlot { slot: Slot::Green, .. })));
    assert_eq!(plan.steps[4].action, Action::SwitchTraffic { to: Some(slot) });
    assert_eq!(plan.summary.headline, "Restart guestbook 1.2.0 in local (docker)");
    assert!(plan.summary.notices[0].contains("holds requests"));
    assert!(plan.steps.iter().all(|step| step.phase == Phase::Ship && step.action.kind() != "launch"));
}

#[test]
fn a_stop_leads_visitors_away_first_and_says_what_they_get() {
    let case = kept(RunKind::Stop, 2, false);
    let plan = case.plan().unwrap();
    assert_eq!(ids(&plan), ["switch", "drain", "stop"]);
    assert_eq!(plan.steps[0].action, Action::SwitchTraffic { to: None });
    assert_eq!(plan.steps[0].undo, Some(Action::SwitchTraffic { to: Some(Slot::Green) }));
    assert!(plan.summary.notices[0].contains("503"));
    assert_eq!(plan.summary.after[1].role, "stopped until it is started again");
    assert!(plan.summary.checks.is_empty());
    assert!(kept(RunKind::Stop, 2, true).plan().unwrap().is_empty(), "it is stopped already");
}

#[test]
fn a_start_proves_the_app_before_visitors_get_it() {
    let plan = kept(RunKind::Start, 2, true).plan().unwrap();
    assert_eq!(ids(&plan), ["start", "verify", "switch"]);
    assert!(matches!(plan.steps[0].undo, Some(Action::StopSlot { slot: Slot::Green, .. })));
    assert_eq!(plan.steps[2].undo, Some(Action::SwitchTraffic { to: None }));
    assert!(kept(RunKind::Start, 2, false).plan().unwrap().is_empty(), "it runs already");
    let mut by_hand = kept(RunKind::Start, 2, false);
    by_hand.observed.slots.get_mut(&Slot::Green).unwrap().state = SlotState::Stopped;
    assert_eq!(ids(&by_hand.plan().unwrap()), ["start", "verify", "switch"], "somebody stopped it by hand");
}

#[test]
fn what_cannot_be_restarted_is_refused_with_its_reason() {
    let name = EnvironmentName::new("local").unwrap();
    let halted = kept(RunKind::Restart, 2, true);
    assert_eq!(halted.plan().unwrap_err(), PlanError::Halted(name.clone()));
    let mut nothing = kept(RunKind::Stop, 1, true);
    nothing.standing = None;
    assert_eq!(nothing.plan().unwrap_err(), PlanError::NothingThere(name.clone()));
    let mut gone = kept(RunKind::Restart, 1, false);
    gone.observed.slots.clear();
    gone.observed.live = None;
    assert_eq!(gone.plan().unwrap_err(), PlanError::SlotGone { environment: name, slot: Slot::Blue });
}

#[test]
fn what_a_person_stopped_is_kept_while_something_is_shipped_beside_it() {
    let mut case = Case::deploy(environment(), 1);
    case.standing = Some(Standing { slot: Slot::Blue, release: None, halted: true });
    case.observed.live = None;
    case.observed.slots.get_mut(&Slot::Blue).unwrap().state = SlotState::Stopped;
    let plan = case.plan().unwrap();
    let launch = plan.steps.iter().find(|step| step.id.as_str() == "launch").unwrap();
    assert!(matches!(launch.action, Action::Launch { slot: Slot::Green, .. }));
    assert!(!ids(&plan).contains(&"clear"), "the way back is not removed");
}
