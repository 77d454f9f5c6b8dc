//! Jobs in plans: when they run, with what, and what is said about them.

use super::*;

fn job(name: &str) -> JobSpec {
    JobSpec {
        name: StepId::new(name).unwrap(),
        practice: Practice::Migrate,
        command: vec!["/bin/sh".into(), "-c".into(), "./migrate".into()],
        timeout_ms: 600_000,
        memory: None,
    }
}

fn with_jobs() -> EnvironmentSpec {
    let mut environment = environment();
    environment.ship.jobs = vec![job("migrate"), job("seed")];
    environment
}

fn shipping(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().filter(|s| s.phase == Phase::Ship).map(|s| s.id.as_str()).collect()
}

#[test]
fn jobs_run_in_order_once_there_is_room_and_before_the_new_version_starts() {
    let plan = Case::deploy(with_jobs(), 2).plan().unwrap();
    let expected = ["preflight", "clear", "migrate", "seed", "launch"];
    assert_eq!(shipping(&plan)[..5], expected);
    for pair in plan
        .steps
        .windows(2)
        .filter(|pair| pair[1].phase == Phase::Ship && pair[1].id.as_str() != "preflight")
    {
        assert!(pair[1].needs.contains(&pair[0].id), "{} waits for {}", pair[1].id, pair[0].id);
    }
    assert!(
        plan.summary.way_back.ends_with("What migrate and seed changes stays."),
        "{}",
        plan.summary.way_back
    );
    assert!(plan.summary.checks.contains(&"the job migrate ends with status 0".to_owned()));
}

#[test]
fn a_job_has_what_the_app_has_but_its_ports() {
    let mut environment = with_jobs();
    environment.ship.ports = vec![PortBinding { host: 5432, container: 5432 }];
    environment.ship.memory = Some(1 << 28);
    environment.ship.jobs[1].memory = Some(1 << 30);
    environment.env.insert("LOG".into(), "info".into());
    let plan = Case::deploy(environment.clone(), 1).plan().unwrap();
    let shapes: Vec<ContainerShape> = plan
        .steps
        .iter()
        .filter_map(
            |step| if let Action::RunJob { shape, .. } = &step.action { Some(shape.clone()) } else { None },
        )
        .collect();
    let own = shape(&environment);
    let command = Some(job("migrate").command);
    assert_eq!(shapes[0], ContainerShape { command: command.clone(), ports: vec![], ..own.clone() });
    assert_eq!(shapes[1], ContainerShape { command, ports: vec![], memory: Some(1 << 30), ..own });
}

#[test]
fn nobody_waits_for_a_job_unless_it_writes_where_the_old_version_does() {
    let mut live = with_jobs();
    live.ship.strategy = Strategy::Live;
    let plan = Case::deploy(live.clone(), 1).plan().unwrap();
    assert_eq!(shipping(&plan)[..6], ["preflight", "migrate", "seed", "hold", "stop", "launch"]);
    live.ship.mounts = vec![Mount { source: "data".into(), path: "/data".into(), read_only: false }];
    let plan = Case::deploy(live, 1).plan().unwrap();
    assert_eq!(shipping(&plan)[..6], ["preflight", "hold", "stop", "migrate", "seed", "launch"]);
    assert!(plan.summary.notices.iter().any(|n| n.contains("they run while requests are held")));
}

#[test]
fn going_back_runs_no_job_even_where_the_old_container_is_gone() {
    let kept = Case::rollback(with_jobs(), 2);
    let mut gone = Case::rollback(with_jobs(), 2);
    gone.observed.slots.remove(&Slot::Blue);
    for case in [kept, gone] {
        let plan = case.plan().unwrap();
        assert!(!plan.steps.iter().any(|s| matches!(s.action, Action::RunJob { .. })), "{:?}", ids(&plan));
        assert!(!plan.summary.way_back.contains("stays"), "{}", plan.summary.way_back);
        assert!(!plan.summary.checks.iter().any(|check| check.contains("job")));
    }
}

#[test]
fn on_several_hosts_jobs_run_once_when_all_are_prepared_and_before_anything_starts_anywhere() {
    let several =
        hosts::Several::ship(EnvironmentSpec { ship: with_jobs().ship, ..hosts::on_hosts(3) }, &[2, 2, 2], 3);
    let plan = several.plan().unwrap();
    let jobs: Vec<&str> = plan
        .steps
        .iter()
        .filter(|s| matches!(s.action, Action::RunJob { .. }))
        .map(|s| s.id.as_str())
        .collect();
    assert_eq!(jobs, ["migrate-1", "seed-1"]);
    let needs = |id: &str| {
        let step = plan.steps.iter().find(|s| s.id.as_str() == id).unwrap();
        step.needs.iter().map(StepId::as_str).collect::<Vec<_>>()
    };
    assert_eq!(needs("migrate-1"), ["clear-1", "clear-2", "clear-3"]);
    assert_eq!(needs("seed-1"), ["migrate-1"]);
    for host in 1..=3 {
        assert_eq!(needs(&format!("launch-{host}")), ["seed-1"]);
    }
    assert!(plan.summary.way_back.ends_with("What migrate and seed changes stays."));
}

#[test]
fn where_the_first_host_serves_it_already_the_next_one_that_changes_runs_the_jobs() {
    let several =
        hosts::Several::ship(EnvironmentSpec { ship: with_jobs().ship, ..hosts::on_hosts(3) }, &[3, 2, 2], 3);
    let plan = several.plan().unwrap();
    let of = |number: usize| plan.steps.iter().any(|s| s.id.as_str() == format!("migrate-{number}"));
    assert_eq!([of(1), of(2), of(3)], [false, true, false]);
}
