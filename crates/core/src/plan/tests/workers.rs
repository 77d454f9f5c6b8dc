//! Workers in plans: with what they run, and when they are started, watched and stopped.

use super::*;

fn worker(name: &str) -> WorkerSpec {
    WorkerSpec {
        name: WorkerName::new(name).unwrap(),
        command: vec!["./work".into(), name.into()],
        steady_ms: 5_000,
        memory: None,
        once: false,
    }
}

fn with_workers() -> EnvironmentSpec {
    let mut environment = environment();
    environment.ship.workers = vec![worker("mails"), worker("index")];
    environment
}

fn running(environment: &EnvironmentSpec) -> BTreeMap<WorkerName, WorkerFacts> {
    let facts = |worker: WorkerShape| {
        let shape = Some(worker.shape.digest().to_string());
        (worker.name, WorkerFacts { state: SlotState::Running, shape })
    };
    workers(environment).into_iter().map(facts).collect()
}

/// The live slot has its workers, and so has the one before it, stopped.
fn with_their_workers(mut case: Case) -> Case {
    let environment = case.spec.environments[0].clone();
    for (slot, facts) in &mut case.observed.slots {
        facts.workers = running(&environment);
        let state = if Some(*slot) == case.observed.live { SlotState::Running } else { SlotState::Stopped };
        facts.workers.values_mut().for_each(|worker| worker.state = state);
    }
    case
}

fn shipping(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().filter(|s| s.phase == Phase::Ship).map(|s| s.id.as_str()).collect()
}

fn step<'p>(plan: &'p Plan, id: &str) -> &'p Step {
    plan.steps.iter().find(|s| s.id.as_str() == id).unwrap()
}

#[test]
fn workers_are_started_once_the_new_version_is_healthy_and_before_visitors_get_it() {
    let plan = with_their_workers(Case::deploy(with_workers(), 2)).plan().unwrap();
    let expected =
        ["preflight", "clear", "launch", "health", "verify", "workers", "switch", "drain", "stop", "tidy"];
    assert_eq!(shipping(&plan), expected);
    assert_eq!(step(&plan, "workers").title, "Start the workers mails, index");
    assert!(plan.summary.checks.contains(&"the worker mails stays up for 5 s".to_owned()));
    let both = |plan: &Plan| plan.summary.notices.iter().any(|n| n.starts_with("Workers of both versions"));
    assert!(both(&plan));
    assert!(!both(&Case::deploy(with_workers(), 2).plan().unwrap()), "the old version has none");
}

#[test]
fn a_worker_has_what_the_app_has_but_its_ports() {
    let mut environment = with_workers();
    environment.ship.ports = vec![PortBinding { host: 5432, container: 5432 }];
    environment.ship.memory = Some(1 << 28);
    environment.ship.workers[1].memory = Some(1 << 30);
    environment.env.insert("LOG".into(), "info".into());
    let plan = Case::deploy(environment.clone(), 1).plan().unwrap();
    let Action::LaunchWorkers { slot, workers, .. } = &step(&plan, "workers").action else { panic!() };
    let own = shape(&environment);
    let command = |name: &str| Some(vec!["./work".to_owned(), name.to_owned()]);
    assert_eq!(*slot, Slot::Green);
    assert_eq!(workers[0].shape, ContainerShape { command: command("mails"), ports: vec![], ..own.clone() });
    let more = ContainerShape { command: command("index"), ports: vec![], memory: Some(1 << 30), ..own };
    assert_eq!(workers[1].shape, more);
}

#[test]
fn nobody_waits_for_workers_while_requests_are_held() {
    let mut live = with_workers();
    live.ship.strategy = Strategy::Live;
    let plan = with_their_workers(Case::deploy(live, 1)).plan().unwrap();
    let expected = ["preflight", "hold", "stop", "launch", "health", "verify", "switch", "workers", "tidy"];
    assert_eq!(shipping(&plan), expected);
    assert_eq!(step(&plan, "smoke").needs, [StepId::new("workers").unwrap()], "the verdict counts them");
}

#[test]
fn going_back_starts_the_workers_that_are_kept() {
    let plan = with_their_workers(Case::rollback(with_workers(), 2)).plan().unwrap();
    let expected = ["preflight", "start", "verify", "workers", "switch", "drain", "stop", "tidy"];
    assert_eq!(shipping(&plan), expected);
    assert_eq!(step(&plan, "workers").action, Action::StartWorkers { slot: Slot::Blue });
    assert!(
        plan.summary.checks.contains(&"the workers it has stay up".to_owned()),
        "{:?}",
        plan.summary.checks
    );
    assert!(!plan.summary.checks.iter().any(|check| check.contains("mails")), "it may have had others");
    let without = Case::rollback(with_workers(), 2).plan().unwrap();
    assert!(!ids(&without).contains(&"workers"), "the version before had none");
}

#[test]
fn an_old_version_that_is_kept_warm_does_no_background_work() {
    let mut warm = with_workers();
    warm.ship.keep_old = KeepOld::Warm;
    let plan = with_their_workers(Case::deploy(warm.clone(), 2)).plan().unwrap();
    assert_eq!(shipping(&plan)[5..], ["workers", "switch", "drain", "stop-workers", "tidy"]);
    assert_eq!(
        step(&plan, "stop-workers").action,
        Action::StopWorkers { slot: Slot::Green, grace_ms: 10_000 }
    );
    let plan = Case::deploy(warm, 2).plan().unwrap();
    assert!(!ids(&plan).contains(&"stop-workers"));
}

#[test]
fn a_release_is_live_already_only_with_exactly_the_workers_that_are_declared() {
    let again = |change: fn(&mut BTreeMap<WorkerName, WorkerFacts>)| {
        let mut case = with_their_workers(Case::deploy(with_workers(), 2));
        case.request.phases = vec![Phase::Ship];
        case.release = Some(release(2));
        let live = case.observed.slots.get_mut(&Slot::Green).unwrap();
        change(&mut live.workers);
        live.shape = Some(shape(&case.spec.environments[0]).digest().to_string());
        case.plan().unwrap().steps.is_empty()
    };
    assert!(again(|_| {}));
    assert!(!again(|workers| workers.clear()));
    assert!(!again(|workers| workers.values_mut().for_each(|w| w.state = SlotState::Other)));
    assert!(!again(|workers| workers.values_mut().for_each(|w| w.shape = None)));
}

#[test]
fn a_restart_takes_the_workers_along_and_a_start_is_not_over_while_one_is_down() {
    let mut case = with_their_workers(Case::deploy(with_workers(), 2));
    case.request.phases = vec![Phase::Ship];
    case.request.kind = RunKind::Restart;
    case.standing = Some(Standing { slot: Slot::Green, release: None, halted: false });
    let plan = case.plan().unwrap();
    assert_eq!(ids(&plan), ["hold", "stop", "start", "verify", "switch", "workers"]);
    case.request.kind = RunKind::Start;
    assert!(case.plan().unwrap().steps.is_empty(), "it runs");
    let live = case.observed.slots.get_mut(&Slot::Green).unwrap();
    live.workers.get_mut(&WorkerName::new("mails").unwrap()).unwrap().state = SlotState::Stopped;
    assert_eq!(ids(&case.plan().unwrap()), ["start", "verify", "switch", "workers"]);
}

#[test]
fn what_is_stopped_is_stopped_again_while_a_worker_runs() {
    let mut case = with_their_workers(Case::deploy(with_workers(), 2));
    case.request.phases = vec![Phase::Ship];
    case.request.kind = RunKind::Stop;
    case.standing = Some(Standing { slot: Slot::Green, release: None, halted: true });
    case.observed.live = None;
    let slot = case.observed.slots.get_mut(&Slot::Green).unwrap();
    slot.state = SlotState::Stopped;
    assert!(ids(&case.plan().unwrap()).contains(&"stop"), "somebody started its workers");
    let slot = case.observed.slots.get_mut(&Slot::Green).unwrap();
    slot.workers.values_mut().for_each(|worker| worker.state = SlotState::Stopped);
    assert!(case.plan().unwrap().steps.is_empty());
}

#[test]
fn on_several_hosts_all_workers_stay_up_before_the_first_host_is_switched() {
    let environment = EnvironmentSpec { ship: with_workers().ship, ..hosts::on_hosts(3) };
    let plan = hosts::Several::ship(environment, &[2, 2, 2], 3).plan().unwrap();
    let needs = |id: &str| step(&plan, id).needs.iter().map(StepId::as_str).collect::<Vec<_>>();
    assert_eq!(needs("workers-2"), ["verify-2"]);
    assert_eq!(needs("switch-1"), ["workers-1", "workers-2", "workers-3"]);
}

/// Hosts with the workers that are started there.
fn started_on(plan: &Plan) -> Vec<(String, Vec<String>)> {
    let workers = plan.steps.iter().filter_map(|step| match &step.action {
        Action::LaunchWorkers { workers, .. } => {
            let host = step.host.as_ref().map_or("here", |host| host.host()).to_owned();
            Some((host, workers.iter().map(|worker| worker.name.to_string()).collect()))
        }
        _ => None,
    });
    workers.collect()
}

#[test]
fn a_worker_that_runs_once_is_on_the_first_host_and_stays_there_when_that_is_left_out() {
    let mut environment = hosts::on_hosts(3);
    environment.ship.workers = vec![worker("mails"), WorkerSpec { once: true, ..worker("clock") }];
    let on = |host: &str, workers: &[&str]| {
        (host.to_owned(), workers.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    };
    let plan = hosts::Several::ship(environment.clone(), &[1, 1, 1], 2).plan().unwrap();
    let mails = &["mails"][..];
    assert_eq!(started_on(&plan), [on("web1", &["mails", "clock"]), on("web2", mails), on("web3", mails)]);
    assert!(
        plan.summary.notices.contains(&"Workers that run once, on web1 alone: clock.".to_owned()),
        "{:?}",
        plan.summary.notices
    );

    let host = |name: &str| vec![format!("ssh://deploy@{name}").parse().unwrap()];
    let rest = environment.without(&host("web1")).unwrap();
    let plan = hosts::Several::ship(rest, &[1, 1], 2).plan().unwrap();
    assert_eq!(started_on(&plan), [on("web2", mails), on("web3", mails)], "there is one already");
    let rest = environment.without(&host("web3")).unwrap();
    let plan = hosts::Several::ship(rest, &[1, 1], 2).plan().unwrap();
    assert_eq!(started_on(&plan), [on("web1", &["mails", "clock"]), on("web2", mails)]);
    assert!(environment.without(environment.target.hosts()).is_none());

    // Where there is one place, it is there.
    let one = EnvironmentSpec { target: Target::Docker, ..environment };
    assert_eq!(started_on(&Case::deploy(one, 1).plan().unwrap()), [on("here", &["mails", "clock"])]);
}

#[test]
fn who_leaves_out_the_host_of_a_worker_that_runs_once_is_told() {
    let mut declared = hosts::on_hosts(2);
    declared.ship.workers = vec![WorkerSpec { once: true, ..worker("clock") }];
    let first = declared.target.hosts()[0].clone();
    let rest = declared.without(std::slice::from_ref(&first)).unwrap();
    let mut case = Case::deploy(declared, 1);
    case.request.without = vec![first];
    let plan = case.plan_for(&rest).unwrap();
    let told = plan.summary.notices.iter().find(|notice| notice.starts_with("Left out")).unwrap();
    assert!(told.contains("web1. It keeps what it serves, and its clock, which runs once,"), "{told}");
}
