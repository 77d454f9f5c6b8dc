//! The steps of Ship: which slot, in which order, and how each is taken back.

use super::moves::{
    SLACK_MS, chain, drain, healthy_ms, hold, holding, proxy, start, start_workers, step, stop, stop_workers,
    switch, verify, workers_ms,
};
use super::{Inputs, Observed, PlanError, SlotFacts, SlotState, Standing, WorkerFacts};
use crate::model::{Phase, Practice, Slot, StepId, Strategy, Target};
use crate::pipeline::{Action, ArtifactRef, Cause, ContainerShape, Retry, Route, Step, WorkerShape};
use crate::run::RunKind;
use crate::spec::{EnvironmentSpec, JobSpec, KeepOld, WorkerSpec};

/// A certificate takes seconds, unless the authority cannot reach the name.
const CERTIFICATE_MS: u64 = 120_000;
/// Free space an image needs when nothing is known about its size: twice 512 MiB, and 1 GiB to spare.
const DISK_BYTES: u64 = 2 * (1 << 30);

/// Longest transfer of an image; one that does not move ends long before.
const TRANSFER_MS: u64 = 2 * 3_600_000;

/// What Ship comes down to.
pub(super) struct Shipment<'a> {
    environment: &'a EnvironmentSpec,
    observed: &'a Observed,
    /// The slot that answers now.
    pub(super) from: Option<Slot>,
    /// The slot that answers afterwards.
    pub(super) to: Slot,
    /// Why the old version has to stop before the new one starts; `None`: it does not.
    pub(super) stop_first: Option<String>,
    artifact: ArtifactRef,
    /// Whether the container that is kept in `to` is exactly what should run.
    pub(super) kept: bool,
    settled: bool,
    /// Whether it is live although the history says something else: somebody led visitors there by hand.
    unrecorded: bool,
    /// Whether the environment's jobs run here.
    jobs: bool,
}

impl<'a> Shipment<'a> {
    /// Decides slots, order and artifact, and refuses what cannot work.
    pub(super) fn decide(inputs: &Inputs<'a>) -> Result<Self, PlanError> {
        let environment = inputs.environment.ok_or(PlanError::NoEnvironment)?;
        let name = || environment.name.clone();
        if environment.target == Target::Swarm {
            let target = environment.target.clone();
            return Err(PlanError::TargetUnsupported { environment: name(), target });
        }
        if environment.domains.is_empty() && is_remote(environment) {
            return Err(PlanError::NoDomain(name()));
        }
        let observed = inputs.observed.ok_or_else(|| PlanError::NotObserved(name()))?;
        if environment.production && inputs.work_tree.dirty && inputs.has(Phase::Build) {
            return Err(PlanError::DirtyProduction(name()));
        }
        let rollback = inputs.request.kind == RunKind::Rollback;
        if rollback && observed.live.is_none() && inputs.release.is_none() {
            return Err(PlanError::NothingBefore(name()));
        }
        let artifact = artifact(inputs, environment, observed)?;
        conflicts(environment, observed, inputs)?;
        let from = observed.live;
        // What a person stopped stays until something else is live.
        let halted = inputs.standing.filter(|s| s.halted).map(|s| s.slot);
        let to = from.or(halted).map_or(Slot::Blue, Slot::other);
        let release = inputs.release.map(|r| r.id);
        let holds =
            |slot: Slot| observed.slots.get(&slot).is_some_and(|s| release.is_some() && s.release == release);
        let settled = !inputs.has(Phase::Build)
            && from.is_some_and(|slot| {
                holds(slot) && running(observed, slot) && same(environment, observed, slot)
            });
        let otherwise = |s: Standing| s.halted || Some(s.slot) != from || s.release != release;
        Ok(Self {
            environment,
            observed,
            from,
            to,
            stop_first: stop_first(environment),
            kept: rollback && holds(to),
            settled,
            unrecorded: settled && inputs.standing.is_some_and(otherwise),
            artifact,
            jobs: !rollback,
        })
    }

    /// Another host runs them.
    pub(super) fn leave_jobs_to_another(&mut self) {
        self.jobs = false;
    }

    /// The jobs that run here.
    pub(super) fn jobs(&self) -> &'a [JobSpec] {
        if self.jobs { &self.environment.ship.jobs } else { &[] }
    }

    /// Whether the release is live already.
    pub(super) fn is_settled(&self) -> bool {
        self.settled
    }

    /// Whether it is live already and only has to be written down as that.
    pub(super) fn is_unrecorded(&self) -> bool {
        self.unrecorded
    }

    /// Sees for itself what visitors get, and changes nothing.
    fn write_down(&self, slot: Slot, inputs: &Inputs<'_>) -> Step {
        let title = format!("See that visitors get {}, and write it down", self.version_words(inputs));
        Step { title, ..switch(Some(slot), Action::SwitchTraffic { to: Some(slot) }) }
    }

    /// The steps, in order.
    pub(super) fn steps(&self, inputs: &Inputs<'_>, after: Option<&StepId>) -> Vec<Step> {
        if let Some(slot) = self.from.filter(|_| self.unrecorded) {
            return vec![self.write_down(slot, inputs)];
        }
        let mut steps = self.preparation(inputs);
        steps.extend(self.make_room());
        if self.stop_first.is_some() {
            steps.extend(self.stop_old_then_start_new(inputs));
        } else {
            steps.extend(self.start_new_beside_old(inputs));
        }
        let keep = self.environment.ship.keep_releases;
        let mut tidy = step("tidy", Practice::Prepare, "Remove old images", SLACK_MS, Action::Tidy { keep });
        // A disk that is a little fuller is no reason to call a deployment failed.
        tidy.blocking = false;
        steps.push(tidy);
        chain(&mut steps, after);
        steps
    }

    fn preparation(&self, inputs: &Inputs<'_>) -> Vec<Step> {
        let secrets = self.environment.secrets.iter().map(|s| s.name.clone()).collect();
        let ports = self.environment.ship.ports.iter().map(|p| p.host).collect();
        let check = Action::Preflight { secrets, disk: DISK_BYTES, ports };
        let mut steps = vec![step("preflight", Practice::Prepare, "Check the target", SLACK_MS, check)];
        steps.extend(self.transfer(inputs));
        steps.extend(proxy(self.observed, inputs.ports));
        if !self.observed.proxy.as_ref().is_some_and(|p| p.leads_as(self.environment)) {
            let (domains, https) = (self.environment.domains.clone(), self.environment.https);
            let title = format!("Lead {} here", domains.join(", "));
            let route = Route { domains, https, acme: self.environment.acme.clone() };
            let limit = if https { CERTIFICATE_MS } else { SLACK_MS };
            steps.push(step("route", Practice::Prepare, &title, limit, Action::EnsureRoute { route }));
        }
        steps
    }

    /// The image is brought before anything on the target changes. A container that is kept has it already.
    fn transfer(&self, inputs: &Inputs<'_>) -> Option<Step> {
        let from = match &self.artifact {
            ArtifactRef::ThisRun => inputs.spec.build.on.as_ref(),
            ArtifactRef::Release { image, .. } if self.kept || self.observed.images.contains(image) => {
                return None;
            }
            ArtifactRef::Release { image, .. } => inputs.source_of(image)?.at.as_ref(),
        };
        let to = match &self.environment.target {
            Target::Ssh(host) => Some(host),
            Target::Docker | Target::Swarm | Target::Hosts(_) => None,
        };
        let title = match (from, to) {
            (from, to) if from == to => return None,
            (None, Some(to)) => format!("Bring the image to {}", to.host()),
            (Some(from), Some(to)) => format!("Bring the image from {} to {}", from.host(), to.host()),
            (Some(from), None) => format!("Bring the image from {}", from.host()),
            (None, None) => return None,
        };
        let action = Action::Transfer { artifact: self.artifact.clone(), from: from.cloned() };
        Some(step("transfer", Practice::Prepare, &title, TRANSFER_MS, action))
    }

    /// Blue-green: the old version serves until the new one has proven itself.
    fn start_new_beside_old(&self, inputs: &Inputs<'_>) -> Vec<Step> {
        let mut steps = self.run_jobs();
        steps.extend(self.bring_up(inputs));
        steps.extend(self.workers());
        steps.push(switch(Some(self.to), Action::SwitchTraffic { to: self.from }));
        if let Some(from) = self.from {
            let stop = match self.environment.ship.keep_old {
                KeepOld::Stopped => Some(stop(self.environment, from)),
                // Visitors of the old version can wait warm; background work cannot be done twice.
                KeepOld::Warm => self.has_workers(from).then(|| stop_workers(self.environment, from)),
            };
            // A server that restarts now starts the old version, too. Visitors do not wait for that to be put right.
            let stop = stop.map(|stop| Step { retry: until_it_is_back(), ..stop });
            // The new version serves: what goes wrong from here on is told and does not put the old one back.
            steps.extend(
                [Some(drain(self.environment, from)), stop]
                    .into_iter()
                    .flatten()
                    .map(|s| Step { blocking: false, ..s }),
            );
        }
        steps
    }

    /// Live: the proxy holds requests while no version runs. Jobs make nobody wait, unless they write where the old
    /// version does.
    fn stop_old_then_start_new(&self, inputs: &Inputs<'_>) -> Vec<Step> {
        let jobs = self.run_jobs();
        let (mut steps, later) =
            if self.jobs_need_the_old_stopped() { (vec![], jobs) } else { (jobs, vec![]) };
        if let Some(from) = self.from {
            steps.extend([hold(self.environment, from), stop(self.environment, from)]);
        }
        steps.extend(later);
        steps.extend(self.bring_up(inputs));
        // Going back has to hold again: at that moment the old version is still stopped.
        let undo =
            if self.from.is_some() { holding(self.environment) } else { Action::SwitchTraffic { to: None } };
        steps.push(switch(Some(self.to), undo));
        // Nobody waits until they have stayed up.
        steps.extend(self.workers());
        steps
    }

    /// The new version running and healthy, without traffic.
    fn bring_up(&self, inputs: &Inputs<'_>) -> Vec<Step> {
        let (slot, ship) = (self.to, &self.environment.ship);
        let version = self.version_words(inputs);
        let mut steps = Vec::new();
        if self.kept {
            let title = format!("Start {version} again in slot {slot}");
            let mut start = start(self.environment, slot, &title);
            start.undo = Some(Action::StopSlot { slot, grace_ms: ship.stop_grace_ms });
            steps.push(start);
        } else {
            let action = Action::Launch { slot, artifact: self.artifact.clone(), shape: self.shape() };
            let title = format!("Start {version} in slot {slot}");
            let mut launch = step("launch", Practice::Launch, &title, 2 * SLACK_MS, action);
            launch.undo = Some(self.clear());
            steps.push(launch);
            let action = Action::AwaitHealthy { slot, health: ship.health.clone() };
            steps.push(step(
                "health",
                Practice::HealthCheck,
                "Wait until it is healthy",
                healthy_ms(self.environment),
                action,
            ));
        }
        steps.push(verify(self.environment, slot));
        steps
    }

    /// What is kept has them already.
    fn workers(&self) -> Option<Step> {
        if self.kept {
            return self.has_workers(self.to).then(|| start_workers(self.environment, self.to));
        }
        let workers = workers(self.environment);
        let names: Vec<&str> = workers.iter().map(|worker| worker.name.as_str()).collect();
        let title = match &names[..] {
            [] => return None,
            [one] => format!("Start the worker {one}"),
            several => format!("Start the workers {}", several.join(", ")),
        };
        let time = workers_ms(self.environment);
        let action = Action::LaunchWorkers { slot: self.to, artifact: self.artifact.clone(), workers };
        Some(step("workers", Practice::Launch, &title, time, action))
    }

    /// Whether workers are in a slot.
    pub(super) fn has_workers(&self, slot: Slot) -> bool {
        self.observed.slots.get(&slot).is_some_and(|facts| !facts.workers.is_empty())
    }

    /// Only one may write to a volume at a time.
    pub(super) fn jobs_need_the_old_stopped(&self) -> bool {
        self.environment.ship.mounts.iter().any(|mount| !mount.read_only)
    }

    fn run_jobs(&self) -> Vec<Step> {
        self.jobs().iter().map(|job| self.run(job)).collect()
    }

    fn run(&self, job: &JobSpec) -> Step {
        let command = Some(job.command.clone());
        let memory = job.memory.or(self.environment.ship.memory);
        let shape = ContainerShape { command, memory, ports: Vec::new(), ..self.shape() };
        let (artifact, limit_ms) = (self.artifact.clone(), job.timeout_ms);
        let time = limit_ms + shape.stop_grace_ms + SLACK_MS;
        let action = Action::RunJob { job: job.name.clone(), artifact, shape, limit_ms };
        let title = format!("Run the job {}", job.name);
        // Nobody but a person runs it again. What only lost sight of it looks once more.
        let retry = Retry { times: 2, on: vec![Cause::EngineUnreachable], wait_ms: 500 };
        Step { id: job.name.clone(), retry, ..step("job", job.practice, &title, time, action) }
    }

    fn clear(&self) -> Action {
        let ship = &self.environment.ship;
        Action::ClearSlot { slot: self.to, drain_ms: ship.drain_ms, grace_ms: ship.stop_grace_ms }
    }

    /// What an older release left is removed before anything else, while the live version still serves.
    fn make_room(&self) -> Option<Step> {
        let ship = &self.environment.ship;
        let occupied = !self.kept && self.observed.slots.contains_key(&self.to);
        let time = ship.drain_ms + ship.stop_grace_ms + SLACK_MS;
        let title = format!("Clear slot {}", self.to);
        occupied.then(|| step("clear", Practice::Launch, &title, time, self.clear()))
    }

    fn shape(&self) -> ContainerShape {
        shape(self.environment)
    }

    pub(super) fn version_words(&self, inputs: &Inputs<'_>) -> String {
        inputs.release.map_or_else(|| "the new version".to_owned(), |r| r.version.clone())
    }
}

/// Half a minute and more, as a server takes to start again.
fn until_it_is_back() -> Retry {
    let on = vec![Cause::EngineUnreachable, Cause::Proxy, Cause::Timeout];
    Retry { times: 6, on, wait_ms: 5_000 }
}

/// Everything that makes this environment's container what it is, except the image.
pub fn shape(environment: &EnvironmentSpec) -> ContainerShape {
    let ship = &environment.ship;
    ContainerShape {
        port: ship.port,
        env: environment.env.clone(),
        secrets: environment.secrets.clone(),
        mounts: ship.mounts.clone(),
        ports: ship.ports.clone(),
        command: ship.command.clone(),
        memory: ship.memory,
        stop_grace_ms: ship.stop_grace_ms,
    }
}

/// The environment's workers: containers like its own, with another command and without ports.
pub fn workers(environment: &EnvironmentSpec) -> Vec<WorkerShape> {
    let worker = |spec: &WorkerSpec| {
        let own = shape(environment);
        let (command, memory) = (Some(spec.command.clone()), spec.memory.or(own.memory));
        let shape = ContainerShape { command, memory, ports: Vec::new(), ..own };
        WorkerShape { name: spec.name.clone(), shape, steady_ms: spec.steady_ms }
    };
    environment.ship.workers.iter().map(worker).collect()
}

/// Whether exactly the declared workers run in a slot, made with the present settings.
fn works_as_declared(environment: &EnvironmentSpec, facts: &SlotFacts) -> bool {
    let as_declared = |worker: &WorkerShape| {
        let made_with = |facts: &WorkerFacts| facts.shape.as_deref() == Some(worker.shape.digest().as_str());
        facts.workers.get(&worker.name).is_some_and(|w| w.state == SlotState::Running && made_with(w))
    };
    let declared = workers(environment);
    declared.len() == facts.workers.len() && declared.iter().all(as_declared)
}

/// Whether a slot's container was made with the present settings, contents of secrets and domains. A secret whose
/// content is not numbered may have any.
fn same(environment: &EnvironmentSpec, observed: &Observed, slot: Slot) -> bool {
    let made_with = observed.slots.get(&slot).and_then(|s| s.shape.as_deref());
    let proxy = observed.proxy.as_ref();
    environment.secrets.iter().all(|secret| secret.version.is_some())
        && observed.slots.get(&slot).is_some_and(|facts| works_as_declared(environment, facts))
        && made_with == Some(shape(environment).digest().as_str())
        && proxy.is_some_and(|p| p.leads_as(environment))
}

fn is_remote(environment: &EnvironmentSpec) -> bool {
    matches!(environment.target, Target::Ssh(_))
}

fn running(observed: &Observed, slot: Slot) -> bool {
    observed.slots.get(&slot).is_some_and(|s| s.state == SlotState::Running)
}

fn artifact(
    inputs: &Inputs<'_>,
    environment: &EnvironmentSpec,
    observed: &Observed,
) -> Result<ArtifactRef, PlanError> {
    if inputs.has(Phase::Build) {
        return Ok(ArtifactRef::ThisRun);
    }
    let rollback = inputs.request.kind == RunKind::Rollback;
    let name = environment.name.clone();
    let missing = if rollback { PlanError::NothingBefore(name) } else { PlanError::NoRelease(name) };
    let release = inputs.release.ok_or(missing)?;
    let image = release.artifacts.first().map(|a| a.digest.clone());
    match image {
        // It may also wait elsewhere to be brought.
        Some(image) if observed.images.contains(&image) || inputs.source_of(&image).is_some() => {
            Ok(ArtifactRef::Release { release: release.id, version: release.version.clone(), image })
        }
        _ => Err(PlanError::ImageGone { version: release.version.clone() }),
    }
}

fn conflicts(
    environment: &EnvironmentSpec,
    observed: &Observed,
    inputs: &Inputs<'_>,
) -> Result<(), PlanError> {
    if let Some(proxy) = &observed.proxy {
        for domain in &environment.domains {
            if let Some(owner) = proxy.foreign_domains.get(domain) {
                return Err(PlanError::DomainTaken { domain: domain.clone(), owner: owner.clone() });
            }
        }
    }
    let proxy_runs = observed.proxy.as_ref().is_some_and(|p| p.running);
    for taken in &observed.ports_taken {
        let proxy = taken.port == inputs.ports.http || taken.port == inputs.ports.https;
        if !(proxy && proxy_runs) {
            return Err(PlanError::PortTaken { port: taken.port, by: taken.by.clone(), proxy });
        }
    }
    Ok(())
}

/// One version at a time: because it is asked for, or because two cannot share what they need.
fn stop_first(environment: &EnvironmentSpec) -> Option<String> {
    let ship = &environment.ship;
    if ship.strategy == Strategy::Live {
        return Some("the strategy is `live`".to_owned());
    }
    if let Some(mount) = ship.mounts.iter().find(|m| !m.read_only) {
        return Some(format!("volume `{}` can be written by one version at a time", mount.source));
    }
    let port = ship.ports.first()?;
    Some(format!("port {} can belong to one version at a time", port.host))
}
