//! One environment on several hosts: every host gets ready, and only then one after the other gets the traffic.
//!
//! What is done on a host is what would be done if it were alone (`ship.rs`). Here it is decided in which order.

use super::ship::Shipment;
use super::upkeep::Upkeep;
use super::{HostMove, HostsMove, Inputs, Observed, PlanError, PlanSummary, build, evaluate, summary};
use crate::model::{OnFailure, Phase, SshHost, StepId};
use crate::pipeline::{Action, Step};
use crate::run::RunKind;
use crate::spec::{EnvironmentSpec, JobSpec};

/// A host with what is to be done there.
struct Lane<'a> {
    host: &'a SshHost,
    /// From 1, in the order of the file: what its steps are called by.
    number: usize,
    inputs: &'a Inputs<'a>,
    shipment: Shipment<'a>,
}

/// The steps of a lane, by the part they play for all.
struct Parts {
    check: Vec<Step>,
    prepare: Vec<Step>,
    jobs: Vec<Step>,
    bring_up: Vec<Step>,
    switch: Vec<Step>,
    afterwards: Vec<Step>,
}

/// Steps and summary for an environment on several hosts.
pub(super) fn on_all(inputs: &Inputs<'_>, hosts: &[SshHost]) -> Result<(Vec<Step>, PlanSummary), PlanError> {
    let environment = inputs.environment.ok_or(PlanError::NoEnvironment)?;
    if inputs.on_hosts.len() != hosts.len() {
        return Err(PlanError::NotObserved(environment.name.clone()));
    }
    let alone = environment.on_each_host();
    let of_host = |(environment, observed)| Inputs {
        environment: Some(environment),
        observed: Some(observed),
        on_hosts: &[],
        ..inputs.clone()
    };
    let each: Vec<Inputs<'_>> = alone.iter().zip(inputs.on_hosts).map(of_host).collect();
    if !inputs.request.kind.ships() {
        return upkeep(inputs, environment, hosts, &each);
    }
    let lanes = match inputs.has(Phase::Ship) {
        true => lanes(hosts, &each)?,
        false => Vec::new(),
    };
    let settled = !lanes.is_empty() && lanes.iter().all(|lane| lane.shipment.is_settled());
    let batches = batches(inputs, environment, &lanes);
    let steps = if settled { Vec::new() } else { steps(inputs, hosts, &batches)? };
    let summary = PlanSummary {
        headline: summary::headline(inputs, settled),
        before: Vec::new(),
        after: Vec::new(),
        traffic: batches.first().and_then(|batch| summary::traffic(inputs, &batch.first()?.shipment)),
        checks: summary::checks(inputs),
        way_back: summary::with_jobs(way_back(environment, &batches), jobs(&lanes)),
        notices: summary::run_once(environment).into_iter().chain(notices(&lanes, inputs)).collect(),
        urls: summary::urls(environment, inputs.ports),
        hosts: Some(HostsMove {
            on_failure: environment.ship.rollout.on_failure,
            hosts: moves(hosts, &each, &lanes, &batches),
        }),
    };
    Ok((steps, summary))
}

fn lanes<'a>(hosts: &'a [SshHost], each: &'a [Inputs<'a>]) -> Result<Vec<Lane<'a>>, PlanError> {
    let observed: Vec<&Observed> = each.iter().filter_map(|inputs| inputs.observed).collect();
    refuse_different_platforms(hosts, &observed)?;
    let lane = |(place, (host, inputs)): (usize, (&'a SshHost, &'a Inputs<'a>))| {
        let shipment = Shipment::decide(inputs).map_err(|error| error.on(host))?;
        if let (Some(reason), Some(environment)) = (&shipment.stop_first, inputs.environment) {
            let (environment, reason) = (environment.name.clone(), reason.clone());
            return Err(PlanError::OneVersionAtATime { environment, reason });
        }
        Ok(Lane { host, number: place + 1, inputs, shipment })
    };
    let mut lanes: Vec<Lane<'a>> = hosts.iter().zip(each).enumerate().map(lane).collect::<Result<_, _>>()?;
    // Jobs run once: on the first host that changes.
    let first = lanes.iter().position(|lane| !lane.shipment.is_settled());
    for (_, lane) in lanes.iter_mut().enumerate().filter(|(place, _)| Some(*place) != first) {
        lane.shipment.leave_jobs_to_another();
    }
    Ok(lanes)
}

fn refuse_different_platforms(hosts: &[SshHost], observed: &[&Observed]) -> Result<(), PlanError> {
    let platform = |observed: &&Observed| observed.engine.architecture.clone();
    let Some(first) = observed.first().map(platform) else { return Ok(()) };
    let same = observed.iter().all(|observed| platform(observed) == first);
    let words = |(host, seen): (&SshHost, &&Observed)| format!("{} is {}", host.host(), platform(seen));
    let platforms: Vec<String> = hosts.iter().zip(observed).map(words).collect();
    if same { Ok(()) } else { Err(PlanError::PlatformsDiffer { platforms: platforms.join(", ") }) }
}

/// The lanes with something to do, in the order in which they are switched. Going back takes the other end first.
fn batches<'l, 'a>(
    inputs: &Inputs<'_>,
    environment: &EnvironmentSpec,
    lanes: &'l [Lane<'a>],
) -> Vec<Vec<&'l Lane<'a>>> {
    let mut moved: Vec<&Lane<'a>> = lanes.iter().filter(|lane| !lane.shipment.is_settled()).collect();
    if inputs.request.kind == RunKind::Rollback {
        moved.reverse();
    }
    let at_a_time = environment.ship.rollout.batch.of(lanes.len());
    moved.chunks(at_a_time).map(<[_]>::to_vec).collect()
}

/// All are checked before anything changes anywhere, jobs have run before a new version starts anywhere, all are ready before the first is switched, and the old versions
/// run until the last is: until then going back is a switch.
fn steps(inputs: &Inputs<'_>, hosts: &[SshHost], batches: &[Vec<&Lane<'_>>]) -> Result<Vec<Step>, PlanError> {
    let mut steps = if inputs.has(Phase::Build) { build::steps(inputs) } else { Vec::new() };
    let built: Vec<StepId> = steps.last().map(|step| step.id.clone()).into_iter().collect();
    let mut parts: Vec<Vec<Parts>> =
        batches.iter().map(|batch| batch.iter().map(|lane| parts(lane)).collect()).collect();
    let checks: Vec<StepId> = ids(parts.iter().flatten().flat_map(|lane| &lane.check));
    let start: Vec<StepId> = checks.iter().chain(&built).cloned().collect();
    parts.iter_mut().flatten().for_each(|lane| chain(&mut lane.prepare, &start));
    let prepared = ids(parts.iter().flatten().filter_map(|lane| lane.prepare.last()));
    let prepared = if prepared.is_empty() { start.clone() } else { prepared };
    parts.iter_mut().flatten().for_each(|lane| chain(&mut lane.jobs, &prepared));
    let jobs = ids(parts.iter().flatten().filter_map(|lane| lane.jobs.last()));
    for lane in parts.iter_mut().flatten() {
        let own = lane.prepare.last().map_or_else(|| start.clone(), |step| vec![step.id.clone()]);
        chain(&mut lane.bring_up, if jobs.is_empty() { &own } else { &jobs });
    }
    let mut switched = ids(parts.iter().flatten().filter_map(|lane| lane.bring_up.last()));
    for batch in &mut parts {
        batch.iter_mut().for_each(|lane| chain(&mut lane.switch, &switched));
        switched = ids(batch.iter().flat_map(|lane| &lane.switch));
    }
    parts.iter_mut().flatten().for_each(|lane| chain(&mut lane.afterwards, &switched));
    let parts: Vec<Parts> = parts.into_iter().flatten().collect();
    // Taking back goes the other way round: this order is the one of beginning.
    let order: [fn(&Parts) -> &Vec<Step>; 6] = [
        |lane| &lane.check,
        |lane| &lane.prepare,
        |lane| &lane.jobs,
        |lane| &lane.bring_up,
        |lane| &lane.switch,
        |lane| &lane.afterwards,
    ];
    for part in order {
        steps.extend(parts.iter().flat_map(|lane| part(lane).clone()));
    }
    if inputs.has(Phase::Evaluate) {
        let after = if switched.is_empty() { built } else { switched };
        steps.extend(evaluate::steps(inputs, &after, hosts)?);
    }
    Ok(steps)
}

/// What is done on a host, in the parts that wait for the other hosts.
fn parts(lane: &Lane<'_>) -> Parts {
    let steps = lane.shipment.steps(lane.inputs, None);
    let mut steps = steps.into_iter().map(|step| step.on(lane.host, lane.number)).peekable();
    let is_check = |step: &Step| matches!(step.action, Action::Preflight { .. });
    let is_switch = |step: &Step| matches!(step.action, Action::SwitchTraffic { .. });
    let check = std::iter::from_fn(|| steps.next_if(is_check)).collect();
    let is_job = |step: &Step| matches!(step.action, Action::RunJob { .. });
    let brings_up = |step: &Step| matches!(step.action, Action::Launch { .. } | Action::StartSlot { .. });
    let prepare = std::iter::from_fn(|| steps.next_if(|step| !is_job(step) && !brings_up(step))).collect();
    let jobs = std::iter::from_fn(|| steps.next_if(is_job)).collect();
    let bring_up = std::iter::from_fn(|| steps.next_if(|step| !is_switch(step))).collect();
    let switch = std::iter::from_fn(|| steps.next_if(is_switch)).collect();
    let mut parts = Parts { check, prepare, jobs, bring_up, switch, afterwards: steps.collect() };
    chain(&mut parts.check, &[]);
    parts
}

/// The first needs `before`, every other one the one before it.
fn chain(steps: &mut [Step], before: &[StepId]) {
    let mut before = before.to_vec();
    for step in steps {
        step.needs = std::mem::replace(&mut before, vec![step.id.clone()]);
    }
}

fn ids<'s>(steps: impl Iterator<Item = &'s Step>) -> Vec<StepId> {
    steps.map(|step| step.id.clone()).collect()
}

fn moves(
    hosts: &[SshHost],
    each: &[Inputs<'_>],
    lanes: &[Lane<'_>],
    batches: &[Vec<&Lane<'_>>],
) -> Vec<HostMove> {
    let of_host = |(place, (host, inputs)): (usize, (&SshHost, &Inputs<'_>))| {
        let observed = inputs.observed;
        let before = observed.map(|o| summary::slots_now(o, inputs.live_version)).unwrap_or_default();
        let batch = batches.iter().position(|batch| batch.iter().any(|lane| lane.host == host));
        let after = match lanes.get(place).filter(|_| batch.is_some()) {
            Some(lane) => summary::slots_then(inputs, &lane.shipment),
            None => before.clone(),
        };
        let batch = batch.and_then(|batch| u32::try_from(batch + 1).ok());
        HostMove { host: host.clone(), batch, live: observed.and_then(|o| o.live), before, after }
    };
    hosts.iter().zip(each).enumerate().map(of_host).collect()
}

/// The jobs of the one host that runs them.
fn jobs<'a>(lanes: &[Lane<'a>]) -> &'a [JobSpec] {
    lanes.iter().map(|lane| lane.shipment.jobs()).find(|jobs| !jobs.is_empty()).unwrap_or(&[])
}

fn way_back(environment: &EnvironmentSpec, batches: &[Vec<&Lane<'_>>]) -> String {
    if batches.is_empty() {
        return "Nothing that is live changes.".to_owned();
    }
    let words = match environment.ship.rollout.on_failure {
        OnFailure::Revert => "hosts that were switched are switched back, the last one first",
        OnFailure::Hold => "it stays so, and a person decides whether to go on or back",
    };
    format!(
        "Old versions run until the last host is switched. If a host fails before that, {words}; if one is not ready, none is switched."
    )
}

/// What a person should know, said once where it is so on every host.
fn notices(lanes: &[Lane<'_>], inputs: &Inputs<'_>) -> Vec<String> {
    let of_lane = |lane: &Lane<'_>| summary::notices(lane.inputs, Some(&lane.shipment));
    let each: Vec<(&SshHost, Vec<String>)> = lanes.iter().map(|lane| (lane.host, of_lane(lane))).collect();
    if each.is_empty() {
        return summary::notices(inputs, None);
    }
    let mut notices: Vec<String> = Vec::new();
    for (host, own) in &each {
        for notice in own {
            let everywhere = each.iter().all(|(_, other)| other.contains(notice));
            let words = if everywhere { notice.clone() } else { format!("{}: {notice}", host.host()) };
            if !notices.contains(&words) {
                notices.push(words);
            }
        }
    }
    notices
}

/// Restarting, stopping or starting on all: restarts go in batches, so that most hosts serve at any time; who stops or
/// starts everything has nothing to spare.
fn upkeep(
    inputs: &Inputs<'_>,
    environment: &EnvironmentSpec,
    hosts: &[SshHost],
    each: &[Inputs<'_>],
) -> Result<(Vec<Step>, PlanSummary), PlanError> {
    let decide = |(host, inputs)| Upkeep::decide(inputs).map_err(|error| error.on(host));
    let lanes: Vec<Upkeep<'_>> = hosts.iter().zip(each).map(decide).collect::<Result<_, _>>()?;
    let restart = inputs.request.kind == RunKind::Restart;
    let at_a_time = if restart { environment.ship.rollout.batch.of(hosts.len()) } else { hosts.len() };
    let moved: Vec<usize> = (0..hosts.len()).filter(|place| !lanes[*place].settled).collect();
    let (mut steps, mut before) = (Vec::new(), Vec::new());
    for batch in moved.chunks(at_a_time) {
        let mut last = Vec::new();
        for place in batch {
            let own = lanes[*place].steps(&each[*place]).into_iter();
            let mut own: Vec<Step> = own.map(|step| step.on(&hosts[*place], place + 1)).collect();
            chain(&mut own, &before);
            last.extend(own.last().map(|step| step.id.clone()));
            steps.extend(own);
        }
        before = last;
    }
    let words = |place: usize| summary::of_upkeep(&each[place], &lanes[place]);
    let host_move = |(place, host): (usize, &SshHost)| {
        let PlanSummary { before, after, .. } = words(place);
        let batch = moved.iter().position(|moved| *moved == place).map(|nth| nth / at_a_time + 1);
        let batch = batch.and_then(|batch| u32::try_from(batch).ok());
        let live = each[place].observed.and_then(|o| o.live);
        HostMove { host: host.clone(), batch, live, before, after }
    };
    let hosts_moves = hosts.iter().enumerate().map(host_move).collect();
    // What is said of one that changes holds for all of them.
    let said = words(moved.first().copied().unwrap_or(0));
    let summary = PlanSummary {
        headline: summary::upkeep_headline(inputs, inputs.request.kind, moved.is_empty()),
        before: Vec::new(),
        after: Vec::new(),
        urls: summary::urls(environment, inputs.ports),
        hosts: Some(HostsMove { on_failure: OnFailure::Revert, hosts: hosts_moves }),
        ..said
    };
    Ok((steps, summary))
}
