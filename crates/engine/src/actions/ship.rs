//! Preparing the target, and starting and stopping what is in the slots.

use super::failure::{self, hinted, of_engine, of_proxy};
use super::workers;
use super::world::World;
use crate::docker::{
    ContainerFacts, ContainerSpec, Created, Mount, MountSource, PortBinding, Protocol, SmallFile,
};
use crate::health::{self, Attempt, Finding, Unhealthy, WaitError};
use crate::proxy::{Certificate, Direction, Domain, Site, Upstream};
use crate::run::{Call, Outcome, already};
use seatrial_core::model::{Digest, Slot};
use seatrial_core::pipeline::{ArtifactRef, Cause, ContainerShape, HealthCheck, Route};
use seatrial_core::run::{Fact, Failure};
use std::time::{Duration, Instant};

/// Longest wait for a certificate.
const CERTIFICATE: Duration = Duration::from_secs(90);
const CERTIFICATE_LOOK: Duration = Duration::from_millis(500);

/// Label with the release's id; a remark for people and for observation, never for ownership.
pub const LABEL_RELEASE: &str = "dev.seatrial.release";
/// Label with the digest of the shape the container was created with.
pub const LABEL_SHAPE: &str = "dev.seatrial.shape";
/// Label with the release's version.
pub const LABEL_VERSION: &str = "dev.seatrial.version";

/// Checks what has to hold before anything changes. Tells everything that is wrong at once.
pub(super) async fn preflight(
    world: &World,
    call: &Call,
    secrets: &[String],
    disk: u64,
    ports: &[u16],
) -> Result<(), Outcome> {
    let (facts, containers) = tokio::join!(world.host.facts(), world.host.containers());
    let (facts, containers) = (facts.map_err(|e| of_engine(&e))?, containers.map_err(|e| of_engine(&e))?);
    let mut wrong: Vec<Failure> = Vec::new();
    if let Some(free) = facts.disk.map(|d| d.free).filter(|free| *free < disk) {
        let message = format!("{} are free for images, {} are needed", size(free), size(disk));
        wrong.push(hinted(Cause::DiskFull, message, "free space, for example with `docker system prune`"));
    }
    for name in secrets {
        if let Err(failure) = world.secrets.value(name).await {
            wrong.push(failure);
        }
    }
    let own: Vec<String> =
        [Slot::Blue, Slot::Green].into_iter().filter_map(|slot| world.container(slot).ok()).collect();
    for port in ports {
        let foreign =
            containers.iter().find(|c| c.running && c.host_ports.contains(port) && !own.contains(&c.name));
        if let Some(container) = foreign {
            let message = format!("port {port} is used by container {}", container.name);
            wrong.push(hinted(
                Cause::Conflict,
                message,
                "choose another port in `ports`, or stop that container",
            ));
        }
    }
    let note = format!("Docker {} on {}/{}", facts.version, facts.os, facts.architecture);
    call.recorder.observe(&call.step.id, Fact::Note { text: note }).await?;
    let mut wrong = wrong.into_iter();
    let Some(mut first) = wrong.next() else { return Ok(()) };
    for other in wrong {
        first.message = format!("{}; {}", first.message, other.message);
        first.hints.extend(other.hints);
    }
    Err(first.into())
}

fn size(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

/// Makes sure that the proxy runs.
pub(super) async fn proxy(world: &World) -> Result<(), Outcome> {
    world.traffic.ensure_installed().await.map_err(|e| of_proxy(&e).into())
}

fn site(world: &World, route: &Route) -> Result<Site, Failure> {
    let domains = route.domains.iter().map(|d| Domain::parse(d)).collect::<Result<Vec<_>, _>>();
    let certificate = if route.https { None } else { Some(Certificate::None) };
    let site = Site::new(world.site_key()?, domains.map_err(|e| of_proxy(&e))?, certificate);
    let redirect = !site.public_names().is_empty();
    let acme = route.acme.clone().filter(|_| redirect);
    Ok(Site { acme, redirect, ..site })
}

/// Whether the proxy leads exactly these domains here.
pub(super) async fn route_is_there(world: &World, route: &Route) -> Result<Option<Vec<Fact>>, Outcome> {
    let wanted = site(world, route)?;
    let sites = world.traffic.sites().await.map_err(|e| of_proxy(&e))?;
    Ok(sites.contains(&wanted).then(|| already("the proxy leads these domains here")))
}

/// Makes the proxy lead these domains here, and reads back that it does.
pub(super) async fn route(world: &World, call: &Call, route: &Route) -> Result<(), Outcome> {
    let site = site(world, route)?;
    if site.redirect {
        // Visitors are led to HTTPS when it answers, and not before.
        let waiting = Site { redirect: false, ..site.clone() };
        world.traffic.put_site(&waiting).await.map_err(|e| of_proxy(&e))?;
        await_certificates(world, call, &site).await?;
    }
    world.traffic.put_site(&site).await.map_err(|e| of_proxy(&e).into())
}

/// Waits until the proxy has got certificates for all public names.
async fn await_certificates(world: &World, call: &Call, site: &Site) -> Result<(), Outcome> {
    let begun = Instant::now();
    loop {
        let waiting = world.traffic.without_certificate(&site.key).await.map_err(|e| of_proxy(&e))?;
        let Some((name, said)) = waiting.into_iter().next() else { break };
        if begun.elapsed() >= CERTIFICATE {
            let message = format!("{name} got no certificate within {} s", CERTIFICATE.as_secs());
            let hints = vec![
                format!("{name} has to lead to this server from the outside, on ports 80 and 443"),
                "the version before is served as it was; `https = false` ships without".to_owned(),
            ];
            return Err(Failure { hints, detail: Some(said), ..failure::new(Cause::Proxy, message) }.into());
        }
        tokio::select! {
            () = tokio::time::sleep(CERTIFICATE_LOOK) => {}
            () = call.cancel.cancelled() => return Err(Outcome::Cancelled),
        }
    }
    let names: Vec<String> = site.public_names().iter().map(ToString::to_string).collect();
    let text = format!("{} got a certificate", names.join(", "));
    Ok(call.recorder.observe(&call.step.id, Fact::Note { text }).await?)
}

async fn look(world: &World, slot: Slot) -> Result<Option<ContainerFacts>, Outcome> {
    let name = world.container(slot)?;
    world.host.container(&name).await.map_err(|e| of_engine(&e).into())
}

/// Whether nothing is in a slot.
pub(super) async fn slot_is_clear(world: &World, slot: Slot) -> Result<Option<Vec<Fact>>, Outcome> {
    let (container, workers) = tokio::try_join!(look(world, slot), workers::found(world, slot))?;
    let clear = container.is_none() && workers.is_empty();
    Ok(clear.then(|| already(format!("slot {slot} is empty"))))
}

/// Whether a slot's container is there and stopped, and its workers are.
pub(super) async fn slot_is_stopped(world: &World, slot: Slot) -> Result<Option<Vec<Fact>>, Outcome> {
    let (container, workers) = tokio::try_join!(look(world, slot), workers::are_stopped(world, slot))?;
    if !container.as_ref().is_some_and(workers::has_ended) || workers.is_none() {
        return Ok(None);
    }
    Ok(Some(already(format!("slot {slot} is stopped"))))
}

/// Empties a slot: never the one that visitors get.
pub(super) async fn clear(
    world: &World,
    call: &Call,
    slot: Slot,
    drain_ms: u64,
    grace_ms: u64,
) -> Result<(), Outcome> {
    let key = world.site_key()?;
    let (direction, container, workers) =
        tokio::join!(world.traffic.direction(&key), look(world, slot), workers::found(world, slot));
    // Without the proxy or the site nobody can be visiting.
    let direction = direction.unwrap_or(Direction::Absent);
    if direction == Direction::Slot(slot) {
        let message = format!("slot {slot} is the one visitors get; it is not removed");
        return Err(failure::new(Cause::Outdated, message).into());
    }
    let all: Vec<ContainerFacts> =
        workers?.into_iter().map(|worker| worker.facts).chain(container?).collect();
    // What has ended, as a version that is kept has, answers nobody and need not be stopped.
    if !all.iter().all(workers::has_ended) {
        if direction != Direction::Absent {
            super::traffic::drain(world, call, slot, drain_ms).await?;
        }
        workers::stop_all(world, all.iter().map(|facts| facts.name.clone()), grace_ms).await?;
    }
    for facts in &all {
        world.host.remove(&facts.name).await.map_err(|e| of_engine(&e))?;
    }
    Ok(())
}

/// Creates the container with its secrets in place, and starts it.
pub(super) async fn launch(
    world: &World,
    call: &Call,
    slot: Slot,
    artifact: &ArtifactRef,
    shape: &ContainerShape,
) -> Result<(), Outcome> {
    workers::remove_older(world, slot, shape.stop_grace_ms).await?;
    let name = world.container(slot)?;
    let what = chosen(world, call, artifact)?;
    let spec = container(world, &name, &what, shape).await?;
    let created = create(world, &spec, shape).await?;
    let upstream = Upstream::new(&name, shape.port).map_err(|e| of_proxy(&e))?;
    let key = world.site_key()?;
    let (started, led) =
        tokio::join!(world.host.start(&name), world.traffic.set_upstream(&key, slot, &upstream));
    started.map_err(|e| of_engine(&e))?;
    led.map_err(|e| of_proxy(&e))?;
    let fact = Fact::Launched { slot, container: created.id, image: what.image };
    Ok(call.recorder.observe(&call.step.id, fact).await?)
}

/// Creates a container with its secrets in place.
pub(super) async fn create(
    world: &World,
    spec: &ContainerSpec,
    shape: &ContainerShape,
) -> Result<Created, Outcome> {
    world.host.ensure_network(&world.network).await.map_err(|e| of_engine(&e))?;
    for mount in shape.mounts.iter().filter(|m| !m.source.starts_with('/')) {
        let volume = volume(world, &mount.source)?;
        world.host.ensure_volume(&volume).await.map_err(|e| of_engine(&e))?;
    }
    let created = world.host.create(spec).await.map_err(|e| of_engine(&e))?;
    let mut files = Vec::new();
    for secret in &shape.secrets {
        let value = world.secrets.value(&secret.name).await?;
        files.push(SmallFile::secret(&secret.name, value.expose().as_bytes().to_vec()));
    }
    if !files.is_empty() {
        world.host.put_files(&spec.name, &files).await.map_err(|e| of_engine(&e))?;
    }
    Ok(created)
}

pub(super) struct Chosen {
    release: String,
    pub(super) version: String,
    pub(super) image: Digest,
}

/// Which image is launched: the one this run built, or the one the plan names.
pub(super) fn chosen(world: &World, call: &Call, artifact: &ArtifactRef) -> Result<Chosen, Failure> {
    let release = match artifact {
        ArtifactRef::Release { release, version, image } => {
            let (release, version, image) = (release.to_string(), version.clone(), image.clone());
            return Ok(Chosen { release, version, image });
        }
        ArtifactRef::ThisRun => {
            call.recorder.with_state(|s| s.release.clone()).or_else(|| world.release.clone())
        }
    };
    let release =
        release.ok_or_else(|| failure::new(Cause::Missing, "no release was recorded before Ship"))?;
    let image = release.artifacts.first().map(|a| a.digest.clone());
    let image = image.ok_or_else(|| failure::new(Cause::Missing, "the release has no image"))?;
    Ok(Chosen { release: release.id.to_string(), version: release.version, image })
}

/// A container of this shape, as the engine is asked for it.
pub(super) async fn container(
    world: &World,
    name: &str,
    what: &Chosen,
    shape: &ContainerShape,
) -> Result<ContainerSpec, Outcome> {
    let mut spec = ContainerSpec::new(name, what.image.as_str(), world.run.to_string());
    spec.network = Some(world.network.clone());
    spec.command.clone_from(&shape.command);
    spec.env.clone_from(&shape.env);
    spec.env.entry("PORT".into()).or_insert_with(|| shape.port.to_string());
    for secret in shape.secrets.iter().filter(|s| s.as_env) {
        let value = world.secrets.value(&secret.name).await?;
        spec.env.insert(secret.name.clone(), value.expose().to_owned());
    }
    spec.labels.insert(LABEL_RELEASE.into(), what.release.clone());
    spec.labels.insert(LABEL_VERSION.into(), what.version.clone());
    spec.labels.insert(LABEL_SHAPE.into(), shape.digest().to_string());
    for mount in &shape.mounts {
        let source = match mount.source.starts_with('/') {
            true => MountSource::Directory(mount.source.clone()),
            false => MountSource::Volume(volume(world, &mount.source)?),
        };
        spec.mounts.push(Mount { source, target: mount.path.clone(), read_only: mount.read_only });
    }
    let ports = shape.ports.iter();
    spec.ports = ports
        .map(|p| PortBinding { container: p.container, host: p.host, address: None, protocol: Protocol::Tcp })
        .collect();
    spec.limits.memory = shape.memory;
    spec.stop_grace = Duration::from_millis(shape.stop_grace_ms);
    Ok(spec)
}

fn volume(world: &World, name: &str) -> Result<String, Failure> {
    Ok(world.host.instance().name(&format!("{}-{name}", world.place()?.stem())))
}

/// Starts the container that is kept in a slot and waits until it is healthy; then its workers.
pub(super) async fn start(
    world: &World,
    call: &Call,
    slot: Slot,
    health: &HealthCheck,
) -> Result<(), Outcome> {
    let name = world.container(slot)?;
    world.host.start(&name).await.map_err(|e| of_engine(&e))?;
    await_healthy(world, call, slot, health).await?;
    workers::begin_all(world, slot).await?;
    Ok(())
}

/// Stops the container in a slot and its workers, and keeps them.
pub(super) async fn stop(world: &World, slot: Slot, grace_ms: u64) -> Result<(), Outcome> {
    let name = world.container(slot)?;
    let grace = Duration::from_millis(grace_ms);
    let web = async { world.host.stop(&name, grace).await.map_err(|e| Outcome::from(of_engine(&e))) };
    tokio::try_join!(web, workers::stop(world, slot, grace_ms))?;
    Ok(())
}

/// Asks the container from outside until it answers as it should; tells why when it does not.
pub(super) async fn await_healthy(
    world: &World,
    call: &Call,
    slot: Slot,
    health: &HealthCheck,
) -> Result<(), Outcome> {
    let name = world.container(slot)?;
    let check = health::HealthCheck {
        port: upstream_port(world, slot).await?,
        path: health.path.clone(),
        host: world.public()?.domain.clone(),
        status: health.status,
        request: Duration::from_millis(health.request_ms),
        deadline: Duration::from_millis(health.deadline_ms),
        successes: health.successes,
    };
    let found = tokio::select! {
        found = health::until_healthy(world.host.as_ref(), &name, &check) => found,
        () = call.cancel.cancelled() => return Err(Outcome::Cancelled),
    };
    match found {
        Ok(healthy) => {
            let after_ms = u64::try_from(healthy.after.as_millis()).unwrap_or(u64::MAX);
            Ok(call.recorder.observe(&call.step.id, Fact::Healthy { slot, after_ms }).await?)
        }
        Err(WaitError::Engine(error)) => Err(of_engine(&error).into()),
        Err(WaitError::Unhealthy(unhealthy)) => Err(report(&unhealthy, &check).into()),
    }
}

async fn upstream_port(world: &World, slot: Slot) -> Result<u16, Outcome> {
    let key = world.site_key()?;
    let upstream = world.traffic.upstream(&key, slot).await.map_err(|e| of_proxy(&e))?;
    let missing = || failure::new(Cause::Outdated, format!("the proxy does not know slot {slot}"));
    Ok(upstream.ok_or_else(missing)?.port())
}

/// Why a container did not become healthy, what to do about it, and the evidence (D6).
fn report(unhealthy: &Unhealthy, check: &health::HealthCheck) -> Failure {
    let autopsy = &unhealthy.autopsy;
    let log: Vec<String> = autopsy.log.iter().map(|l| l.text()).collect();
    let last_line = log.iter().rev().find(|l| !l.trim().is_empty());
    let mut message = format!("not healthy after {:.1} s: {unhealthy}", unhealthy.after.as_secs_f64());
    if let (Some(Finding::Exited { .. }), Some(line)) = (autopsy.findings.first(), last_line) {
        message.push_str(&format!(": {}", line.chars().take(200).collect::<String>()));
    }
    let mut hints: Vec<String> = autopsy.findings.iter().filter_map(hint).collect();
    hints.push("look at the container's last lines below".to_owned());
    let answer = match &unhealthy.last {
        Attempt::Answered { status, body, .. } => {
            format!("{} answered {status}: {}", check.path, excerpt(body))
        }
        Attempt::Silent(cause) => format!("{} was not answered ({cause:?})", check.path),
        Attempt::NotRunning => "the container was not running".to_owned(),
    };
    let exit =
        autopsy.exit.as_ref().map(|e| format!("\nexit code {}, out of memory: {}", e.code, e.oom_killed));
    let detail = format!("{answer}{}\n{}", exit.unwrap_or_default(), log.join("\n"));
    Failure { cause: Cause::Unhealthy, message, hints, detail: Some(detail) }
}

fn hint(finding: &Finding) -> Option<String> {
    Some(match finding {
        Finding::OutOfMemory => "raise `memory` under [ship], or find out what needs the memory".to_owned(),
        Finding::OtherPort { listens, .. } => {
            format!("set `port = {}` under [ship] in seatrial.toml", listens.first()?)
        }
        Finding::LoopbackOnly { .. } => "make the app listen on 0.0.0.0 instead of 127.0.0.1".to_owned(),
        Finding::Exited { .. } => {
            "a missing setting can be set with `seatrial env set` or `seatrial secret set`".to_owned()
        }
        Finding::WrongStatus { .. } => {
            "set `health.path` under [ship] to a path that answers when the app is ready".to_owned()
        }
        Finding::NoAnswer | Finding::ListensNowhere => {
            "raise `health.deadline` under [ship] if it just needs longer to start".to_owned()
        }
        Finding::NotStarted { .. } => {
            "check the image's command and that its program is executable".to_owned()
        }
    })
}

fn excerpt(body: &str) -> String {
    let line = body.lines().find(|l| !l.trim().is_empty()).unwrap_or("(empty body)");
    line.chars().take(200).collect()
}
