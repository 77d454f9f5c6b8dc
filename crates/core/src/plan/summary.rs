//! The plan in words.

use super::ship::Shipment;
use super::upkeep::Upkeep;
use super::{Inputs, Observed, PlanSummary, Ports, SlotState, SlotView, TrafficMove};
use crate::model::{Phase, Slot, SshHost, Strategy, Target};
use crate::run::RunKind;
use crate::spec::{EnvironmentSpec, JobSpec, KeepOld, WorkerSpec};

pub(super) fn summary(inputs: &Inputs<'_>, shipment: Option<&Shipment<'_>>) -> PlanSummary {
    let before = inputs.observed.map(|o| slots_now(o, inputs.live_version)).unwrap_or_default();
    let settled = shipment.is_some_and(Shipment::is_settled);
    let after = match shipment {
        Some(ship) if !settled => slots_then(inputs, ship),
        _ => before.clone(),
    };
    let unrecorded = shipment.filter(|ship| ship.is_unrecorded());
    PlanSummary {
        headline: unrecorded.map_or_else(|| headline(inputs, settled), |_| taken_as_it_is(inputs)),
        traffic: shipment.filter(|_| !settled).and_then(|s| traffic(inputs, s)),
        checks: unrecorded.map_or_else(|| checks(inputs), |ship| checks_of(inputs, answering(ship))),
        way_back: with_jobs(way_back(inputs, shipment), shipment.map_or(&[], Shipment::jobs)),
        notices: notices(inputs, shipment),
        urls: inputs.environment.map(|e| urls(e, inputs.ports)).unwrap_or_default(),
        before,
        after,
        hosts: None,
    }
}

/// Somebody led visitors there by hand.
fn taken_as_it_is(inputs: &Inputs<'_>) -> String {
    let app = &inputs.spec.app;
    let what = inputs.release.map_or_else(|| app.to_string(), |r| format!("{app} {}", r.version));
    let place = inputs.environment.map(|e| format!("{} ({})", e.name, e.target.words())).unwrap_or_default();
    format!("Take {what} in {place} as it is")
}

fn answering(ship: &Shipment<'_>) -> Vec<String> {
    ship.from.iter().map(|slot| format!("slot {slot} answers through the public path")).collect()
}

pub(super) fn headline(inputs: &Inputs<'_>, settled: bool) -> String {
    let app = &inputs.spec.app;
    let what = inputs.release.map_or_else(|| app.to_string(), |r| format!("{app} {}", r.version));
    let Some(environment) = inputs.environment else { return format!("Build {app}") };
    let place = format!("{} ({})", environment.name, environment.target.words());
    if settled {
        return format!("{what} is live in {place} already: nothing to do");
    }
    if !inputs.has(Phase::Ship) {
        return format!("Evaluate {what} in {place}");
    }
    let strategy = environment.ship.strategy;
    match inputs.request.kind {
        RunKind::Rollback => format!("Put {what} back in {place}, {strategy}"),
        RunKind::Deploy if inputs.has(Phase::Build) => {
            format!("Build {app} and ship it to {place}, {strategy}")
        }
        _ => format!("Ship {what} to {place}, {strategy}"),
    }
}

/// What jobs have changed is theirs: no way back knows it.
pub(super) fn with_jobs(way_back: String, jobs: &[JobSpec]) -> String {
    let names: Vec<String> = jobs.iter().map(|job| job.name.to_string()).collect();
    if names.is_empty() {
        way_back
    } else {
        format!("{way_back} What {} changes stays.", names.join(" and "))
    }
}

/// The plan of a restart, a stop or a start in words.
pub(super) fn of_upkeep(inputs: &Inputs<'_>, upkeep: &Upkeep<'_>) -> PlanSummary {
    let before = inputs.observed.map(|o| slots_now(o, inputs.live_version)).unwrap_or_default();
    let role = if upkeep.kind == RunKind::Stop { "stopped until it is started again" } else { "live" };
    let mut after = before.clone();
    for view in after.iter_mut().filter(|view| view.slot == upkeep.slot && !upkeep.settled) {
        view.role = role.to_owned();
    }
    PlanSummary {
        headline: upkeep_headline(inputs, upkeep.kind, upkeep.settled),
        before,
        after,
        traffic: None,
        checks: if upkeep.kind == RunKind::Stop { Vec::new() } else { checks(inputs) },
        way_back: upkeep_way_back(upkeep),
        notices: if upkeep.settled { Vec::new() } else { upkeep_notices(inputs, upkeep) },
        urls: inputs.environment.map(|e| urls(e, inputs.ports)).unwrap_or_default(),
        hosts: None,
    }
}

pub(super) fn upkeep_headline(inputs: &Inputs<'_>, kind: RunKind, settled: bool) -> String {
    let app = &inputs.spec.app;
    let what = inputs.release.map_or_else(|| app.to_string(), |r| format!("{app} {}", r.version));
    let place = inputs.environment.map(|e| format!("{} ({})", e.name, e.target.words())).unwrap_or_default();
    match (kind, settled) {
        (RunKind::Stop, true) => format!("{what} is stopped in {place} already: nothing to do"),
        (RunKind::Stop, false) => format!("Stop {what} in {place}"),
        (_, true) => format!("{what} runs in {place} already: nothing to do"),
        (RunKind::Start, false) => format!("Start {what} again in {place}"),
        (_, false) => format!("Restart {what} in {place}"),
    }
}

fn upkeep_way_back(upkeep: &Upkeep<'_>) -> String {
    match upkeep.kind {
        _ if upkeep.settled => "Nothing that is live changes.",
        RunKind::Stop => {
            "If it cannot be stopped, visitors get it again. Afterwards `seatrial start` starts it."
        }
        RunKind::Start => "If it does not become healthy, it is stopped again.",
        _ => "When it is broken off, the container is started again and gets its requests back.",
    }
    .to_owned()
}

fn upkeep_notices(inputs: &Inputs<'_>, upkeep: &Upkeep<'_>) -> Vec<String> {
    let mut notices = vec![match upkeep.kind {
        RunKind::Stop => {
            "Visitors get an error (503) from then on, until it is started again or something is shipped."
                .to_owned()
        }
        RunKind::Start => {
            "Visitors get it as soon as it is healthy; until then they get an error (503).".to_owned()
        }
        _ => format!(
            "The proxy holds requests while it restarts, each for up to {HELD_S} s; websockets are closed."
        ),
    }];
    let now = inputs.observed.and_then(|o| o.slots.get(&upkeep.slot)?.shape.clone());
    let declared = inputs.environment.map(|e| super::shape(e).digest().to_string());
    if upkeep.kind != RunKind::Stop && now.is_some() && now != declared {
        let words = "Settings have changed since it was put there. It starts with those it had; ship to use the new ones.";
        notices.push(words.to_owned());
    }
    notices
}

pub(super) fn slots_now(observed: &Observed, live_version: Option<&str>) -> Vec<SlotView> {
    let view = |(slot, facts): (&Slot, &super::SlotFacts)| {
        let live = observed.live == Some(*slot);
        let role = match (live, facts.state) {
            (true, SlotState::Running) => "live",
            (true, _) => "has the traffic, but does not run",
            (false, SlotState::Running) => "running, kept warm",
            (false, _) => "stopped, kept for rollback",
        };
        let recorded = if live { live_version.map(str::to_owned) } else { None };
        SlotView { slot: *slot, version: facts.version.clone().or(recorded), role: role.to_owned() }
    };
    observed.slots.iter().map(view).collect()
}

pub(super) fn slots_then(inputs: &Inputs<'_>, ship: &Shipment<'_>) -> Vec<SlotView> {
    let mut after = vec![SlotView {
        slot: ship.to,
        version: inputs.release.map(|r| r.version.clone()),
        role: "live".to_owned(),
    }];
    let warm =
        inputs.environment.is_some_and(|e| e.ship.keep_old == KeepOld::Warm) && ship.stop_first.is_none();
    if let (Some(from), Some(observed)) = (ship.from, inputs.observed) {
        let version = slots_now(observed, inputs.live_version).into_iter().find(|v| v.slot == from);
        let role = if warm { "running, kept warm" } else { "stopped, kept for rollback" };
        after.push(SlotView { slot: from, version: version.and_then(|v| v.version), role: role.to_owned() });
    }
    after.sort_by_key(|v| v.slot);
    after
}

pub(super) fn traffic(inputs: &Inputs<'_>, ship: &Shipment<'_>) -> Option<TrafficMove> {
    let strategy = if ship.stop_first.is_some() { Strategy::Live } else { inputs.environment?.ship.strategy };
    Some(TrafficMove { strategy, from: ship.from, to: ship.to, held: ship.stop_first.clone() })
}

pub(super) fn checks(inputs: &Inputs<'_>) -> Vec<String> {
    checks_of(inputs, if inputs.has(Phase::Ship) { shipping(inputs) } else { Vec::new() })
}

/// What decides in Ship.
fn shipping(inputs: &Inputs<'_>) -> Vec<String> {
    let Some(environment) = inputs.environment else { return Vec::new() };
    let mut checks = Vec::new();
    if inputs.request.kind != RunKind::Rollback {
        let jobs = environment.ship.jobs.iter();
        checks.extend(jobs.map(|job| format!("the job {} ends with status 0", job.name)));
    }
    let health = &environment.ship.health;
    let (low, high) = health.status;
    let within = health.deadline_ms / 1000;
    checks.push(format!(
        "{} answers {low}–{high} within {within} s, directly and through the proxy",
        health.path
    ));
    checks.extend(workers_stay_up(inputs, environment));
    checks
}

fn checks_of(inputs: &Inputs<'_>, shipping: Vec<String>) -> Vec<String> {
    let mut checks = Vec::new();
    if inputs.has(Phase::Build) {
        let blocking = inputs.spec.build.steps.iter().filter(|s| s.blocking);
        checks.extend(blocking.map(|s| format!("{} succeeds", s.id)));
        checks.push("the image builds".to_owned());
    }
    checks.extend(shipping);
    let Some(environment) = inputs.environment else { return checks };
    if inputs.has(Phase::Evaluate) {
        let evaluate = &environment.evaluate;
        checks.extend(
            evaluate.smoke.iter().map(|e| format!("{} answers {} through the public path", e.path, e.status)),
        );
        if let Some(limits) = &evaluate.availability {
            let share = f64::from(limits.max_failed_ppm) / 10_000.0;
            checks.push(format!(
                "at most {share} % of requests fail and p95 stays within {} ms for {} s",
                limits.max_p95_ms,
                limits.for_ms as f64 / 1000.0
            ));
        }
        checks.extend(evaluate.steps.iter().filter(|s| s.blocking).map(|s| format!("{} succeeds", s.id)));
    }
    checks
}

/// What is put back or started again has the workers it was made with, not those that are declared now.
fn workers_stay_up(inputs: &Inputs<'_>, environment: &EnvironmentSpec) -> Vec<String> {
    let declared = environment.ship.workers.iter();
    if inputs.request.kind == RunKind::Deploy {
        let words =
            |w: &WorkerSpec| format!("the worker {} stays up for {} s", w.name, w.steady_ms as f64 / 1000.0);
        return declared.map(words).collect();
    }
    let seen = inputs.observed.iter().flat_map(|o| o.slots.values());
    let any = declared.len() > 0 || seen.into_iter().any(|slot| !slot.workers.is_empty());
    any.then(|| "the workers it has stay up".to_owned()).into_iter().collect()
}

fn way_back(inputs: &Inputs<'_>, shipment: Option<&Shipment<'_>>) -> String {
    let Some(ship) = shipment else { return "Nothing that is live changes.".to_owned() };
    if ship.is_settled() {
        return "Nothing that is live changes.".to_owned();
    }
    let Some(from) = ship.from else {
        return "Nothing was live before: if it fails, what was started is removed.".to_owned();
    };
    let warm = inputs.environment.is_some_and(|e| e.ship.keep_old == KeepOld::Warm);
    match (&ship.stop_first, warm) {
        (None, true) => format!("Slot {from} keeps running: going back is one switch."),
        (None, false) => {
            format!("Slot {from} is kept stopped: going back starts it, checks it and switches.")
        }
        (Some(_), _) => {
            format!("Slot {from} is kept stopped: going back holds requests, stops the new and starts it.")
        }
    }
}

pub(super) fn notices(inputs: &Inputs<'_>, shipment: Option<&Shipment<'_>>) -> Vec<String> {
    let mut notices = Vec::new();
    if inputs.work_tree.dirty && inputs.has(Phase::Build) {
        notices.push("The work tree has changes that are in no commit; the release is marked so.".to_owned());
    }
    if shipment.is_some_and(Shipment::is_unrecorded) {
        let words = "It was made live by hand. Nothing is started, stopped or led elsewhere: the history takes note of it.";
        notices.push(words.to_owned());
    }
    let Some(ship) = shipment.filter(|s| !s.is_settled()) else { return notices };
    let Some(environment) = inputs.environment else { return notices };
    notices.extend(other_platform(inputs, environment));
    if let (Some(reason), Some(_)) = (&ship.stop_first, ship.from) {
        notices.push(format!(
            "Stop first: {reason}. The proxy holds requests meanwhile, each for up to {HELD_S} s."
        ));
    }
    if ship.stop_first.is_none() && ship.from.is_some_and(|from| ship.has_workers(from)) {
        notices.push(
            "Workers of both versions run until visitors get the new one and the old ones have stopped."
                .to_owned(),
        );
    }
    if ship.from.is_some() && ship.jobs_need_the_old_stopped() && !ship.jobs().is_empty() {
        notices.push("Jobs write to the same volume: they run while requests are held.".to_owned());
    }
    if inputs.observed.is_some_and(|o| o.proxy.is_none()) {
        let (http, https) = (inputs.ports.http, inputs.ports.https);
        notices.push(format!(
            "First time here: the proxy `seatrial-proxy` is started on ports {http} and {https}."
        ));
    }
    notices.extend(neighbours(inputs, environment));
    let as_env = environment.secrets.iter().filter(|s| s.as_env);
    notices.extend(
        as_env.map(|s| format!("Secret {} becomes a variable, visible in `docker inspect`.", s.name)),
    );
    let outside = environment.ship.mounts.iter().filter(|m| m.source.starts_with('/'));
    let whose = match &environment.target {
        Target::Ssh(host) => host.host(),
        Target::Docker | Target::Swarm | Target::Hosts(_) => "this machine",
    };
    notices.extend(outside.map(|m| format!("The container sees {} of {whose} at {}.", m.source, m.path)));
    if inputs.request.kind == RunKind::Rollback && !ship.kept {
        notices.push(
            "The old container is gone: its image is started with the present configuration.".to_owned(),
        );
    }
    notices
}

/// An image of another kind than the target does not run there. Whether the Dockerfile sees to it is not known here.
fn other_platform(inputs: &Inputs<'_>, environment: &EnvironmentSpec) -> Option<String> {
    let (builder, target) = (inputs.builder()?, inputs.observed?);
    let (built, needed) = (&builder.architecture, &target.engine.architecture);
    if built == needed {
        return None;
    }
    let where_built = builder.at.as_ref().map_or("this machine", SshHost::host);
    let remedy = match &environment.target {
        Target::Ssh(host) => format!("build on one of its kind (`[build]` `on = \"{host}\"`)"),
        Target::Docker | Target::Swarm | Target::Hosts(_) => "build on one of its kind".to_owned(),
    };
    Some(format!(
        "{where_built} builds for {built}, and the target is {needed}: {remedy}, or let the Dockerfile say `FROM --platform=linux/{needed}`."
    ))
}

/// Hosts that keep what they serve, because a person said so.
pub(super) fn left_out(inputs: &Inputs<'_>) -> Option<String> {
    let names: Vec<&str> = inputs.request.without.iter().map(SshHost::host).collect();
    (!names.is_empty()).then(|| {
        let (names, kept) = (names.join(", "), kept_there(inputs));
        format!("Left out: {names}. It keeps what it serves{kept} until a deployment takes it along again.")
    })
}

/// Workers that run once and are on a host that is left out.
fn kept_there(inputs: &Inputs<'_>) -> String {
    let Some(rest) = inputs.environment else { return String::new() };
    let declared = inputs.spec.environment(&rest.name).map(|all| all.ship.workers.as_slice());
    let stays = |worker: &&WorkerSpec| worker.once && !rest.ship.workers.contains(worker);
    let names = declared.unwrap_or_default().iter().filter(stays).map(|worker| worker.name.as_str());
    match names.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => none,
        names => format!(", and its {names}, which runs once,"),
    }
}

/// Workers of several hosts that run on the first alone.
pub(super) fn run_once(environment: &EnvironmentSpec) -> Option<String> {
    let names =
        environment.ship.workers.iter().filter(|worker| worker.once).map(|worker| worker.name.as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    let first = environment.target.hosts().first()?.host();
    (!names.is_empty()).then(|| format!("Workers that run once, on {first} alone: {names}."))
}

/// A changed list of domains is the one thing that needs a configuration load, and a load can disturb others.
fn neighbours(inputs: &Inputs<'_>, environment: &EnvironmentSpec) -> Option<String> {
    let proxy = inputs.observed?.proxy.as_ref()?;
    let changes = !proxy.leads_as(environment);
    let words =
        "The proxy learns new domains: a few requests to other apps behind it may fail at that moment.";
    (changes && !proxy.foreign_domains.is_empty()).then(|| words.to_owned())
}

/// How long the proxy holds a request, in seconds.
const HELD_S: u32 = 30;

/// Whether plain HTTP leads to HTTPS for a name: for public ones, whose certificates everybody trusts.
pub fn leads_to_https(https: bool, domain: &str) -> bool {
    https && domain != "localhost" && !domain.ends_with(".localhost")
}

/// Where an environment answers.
pub fn urls(environment: &EnvironmentSpec, ports: Ports) -> Vec<String> {
    let url = |scheme: &str, usual: u16, port: u16, domain: &str| {
        if port == usual { format!("{scheme}://{domain}") } else { format!("{scheme}://{domain}:{port}") }
    };
    let mut urls = Vec::new();
    for domain in &environment.domains {
        // The first is where visitors end: a public name with HTTPS answers nothing else.
        let secure = environment.https.then(|| url("https", 443, ports.https, domain));
        if leads_to_https(environment.https, domain) {
            urls.extend(secure);
            continue;
        }
        urls.push(url("http", 80, ports.http, domain));
        urls.extend(secure);
    }
    urls
}

#[cfg(test)]
mod tests {
    use super::leads_to_https;

    #[test]
    fn only_public_names_with_https_lead_there() {
        let cases = [
            (true, "shop.example.org", true),
            (false, "shop.example.org", false),
            (true, "shop.localhost", false),
            (true, "localhost", false),
            (true, "notlocalhost", true),
        ];
        for (https, domain, leads) in cases {
            assert_eq!(leads_to_https(https, domain), leads, "{domain}");
        }
    }
}
