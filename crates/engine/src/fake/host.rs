//! The fake as a container engine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use seatrial_core::model::Digest;
use tokio::sync::mpsc;

use super::world::{App, FakeContainer, FakeTarget, World};
use crate::actions::LABEL_JOB;
use crate::docker::{
    ContainerEntry, ContainerFacts, ContainerHost, ContainerSpec, Created, DiskFacts, EngineError,
    EngineFacts, ExecOutcome, ExitFacts, ImageFacts, Instance, LABEL_OPERATION, LABEL_OWNER, LABEL_SPEC,
    ListeningPorts, LogLine, LogStart, NameHolder, Operation, Phase, Result, SmallFile, Stream, UsageFacts,
};
use crate::probe::{ProbeAnswer, ProbeError, ProbeRequest};
use crate::slots::LABEL_WORKER;

/// How often a log that is followed is looked at.
const LOG_LOOK: Duration = Duration::from_millis(5);
/// Exit code of a program that ends on SIGKILL.
const KILLED: i64 = 137;

impl FakeTarget {
    /// Carries a call out, or not, as scripted.
    async fn act<T>(
        &self,
        operation: Operation,
        about: &str,
        ignored: T,
        work: impl FnOnce(&mut World) -> Result<T> + Send,
    ) -> Result<T>
    where
        T: Send,
    {
        let Some(fault) = self.enter(operation, about).await else {
            let mut world = self.world();
            let outcome = work(&mut world);
            world.look(&format!("{operation} {about}"));
            return outcome;
        };
        if fault.takes_effect() {
            let mut world = self.world();
            // The answer is lost, and with it whether this worked.
            drop(work(&mut world));
            world.look(&format!("{operation} {about}"));
        }
        match fault.engine_error(operation) {
            Some(error) => Err(error),
            None => Ok(ignored),
        }
    }

    fn owned_name(&self, name: &str) -> Result<()> {
        let prefix = self.instance.prefix();
        if name.starts_with(&prefix) {
            return Ok(());
        }
        Err(EngineError::ForeignName { name: name.to_owned(), prefix })
    }

    fn facts_of(&self, container: &FakeContainer) -> ContainerFacts {
        let running = container.phase == Phase::Running;
        let exit = container.exit.map(|code| ExitFacts {
            code,
            oom_killed: container.app.out_of_memory,
            report: String::new(),
            at: None,
        });
        let address = IpAddr::V4(Ipv4Addr::new(172, 30, 0, 2));
        let network = container.spec.network.clone().unwrap_or_else(|| "bridge".into());
        ContainerFacts {
            id: container.id.clone(),
            name: container.spec.name.clone(),
            image_id: image_id(&container.spec.image),
            image: container.spec.image.clone(),
            labels: self.labels_of(container),
            phase: container.phase,
            exit,
            restarts: 0,
            addresses: running.then_some((network, address)).into_iter().collect(),
            published: Vec::new(),
            mounts: Vec::new(),
            pid: running.then_some(4711),
            started_at: None,
        }
    }

    fn labels_of(&self, container: &FakeContainer) -> BTreeMap<String, String> {
        let mut labels = container.spec.labels.clone();
        if container.owned {
            labels.insert(LABEL_OWNER.to_owned(), self.instance.label().to_owned());
            labels.insert(LABEL_SPEC.to_owned(), container.spec.hash());
            labels.insert(LABEL_OPERATION.to_owned(), container.spec.operation.clone());
        }
        labels
    }
}

impl World {
    fn container_mut(&mut self, name: &str) -> Result<&mut FakeContainer> {
        let missing = || EngineError::ContainerMissing { name: name.to_owned() };
        self.containers.get_mut(name).ok_or_else(missing)
    }

    fn ours_mut(&mut self, name: &str) -> Result<&mut FakeContainer> {
        let container = self.container_mut(name)?;
        if container.owned { Ok(container) } else { Err(EngineError::NotOurs { name: name.to_owned() }) }
    }

    fn running_mut(&mut self, name: &str) -> Result<&mut FakeContainer> {
        let container = self.container_mut(name)?;
        if container.phase == Phase::Running {
            return Ok(container);
        }
        Err(EngineError::NotRunning { name: name.to_owned() })
    }

    fn halt(&mut self, name: &str, code: i64) -> Result<()> {
        let container = self.ours_mut(name)?;
        if container.phase == Phase::Running {
            container.phase = Phase::Exited;
            container.exit = Some(code);
        }
        Ok(())
    }

    fn make(&mut self, spec: &ContainerSpec) -> Result<Created> {
        if let Some(existing) = self.containers.get(&spec.name) {
            return same(spec, existing);
        }
        let missing = || EngineError::ImageMissing { reference: spec.image.clone() };
        let app = self.images.get(&spec.image).cloned().ok_or_else(missing)?;
        let container = self.new_container(spec.clone(), app, true);
        let id = container.id.clone();
        self.containers.insert(spec.name.clone(), container);
        Ok(Created { id, existed: false })
    }

    fn begin(&mut self, name: &str) -> Result<()> {
        let network = self.ours_mut(name)?.spec.network.clone();
        if let Some(name) = network.filter(|network| !self.networks.contains(network)) {
            return Err(EngineError::NetworkMissing { name });
        }
        let container = self.ours_mut(name)?;
        if container.phase == Phase::Running {
            return Ok(());
        }
        container.asked = 0;
        container.log.extend(container.app.log.clone());
        let is = |label| container.spec.labels.contains_key(label);
        container.exit = match () {
            () if is(LABEL_JOB) => Some(container.app.job),
            () if is(LABEL_WORKER) => container.app.worker,
            () => container.app.exits,
        };
        container.phase = if container.exit.is_some() { Phase::Exited } else { Phase::Running };
        Ok(())
    }
}

fn same(spec: &ContainerSpec, existing: &FakeContainer) -> Result<Created> {
    let same = existing.spec.hash() == spec.hash() && existing.spec.operation == spec.operation;
    if existing.owned && same {
        return Ok(Created { id: existing.id.clone(), existed: true });
    }
    let image = existing.spec.image.clone();
    let by = if existing.owned {
        NameHolder::Ours { operation: Some(existing.spec.operation.clone()), image }
    } else {
        NameHolder::Foreign { image }
    };
    Err(EngineError::NameTaken { name: spec.name.clone(), by })
}

pub(super) fn image_id(reference: &str) -> String {
    if reference.starts_with("sha256:") {
        return reference.to_owned();
    }
    // Any stable digest does; a reference's own bytes tell images apart.
    let hex: String = reference.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex:0<64}")
}

fn image_facts(reference: &str, app: &App) -> ImageFacts {
    ImageFacts {
        id: image_id(reference),
        // One that is named by its digest has no other name.
        tags: Some(reference.to_owned()).filter(|name| !name.starts_with("sha256:")).into_iter().collect(),
        size: 1_000_000,
        architecture: "amd64".into(),
        exposed_ports: app.listens.into_iter().collect(),
        volumes: Vec::new(),
        labels: BTreeMap::new(),
        user: String::new(),
        has_health_check: false,
    }
}

/// What an app answers to a request, or nobody listens.
pub(crate) fn answer(app: Option<&App>, asked: &ProbeRequest) -> Result<ProbeAnswer, ProbeError> {
    let Some(app) = app else {
        let source = std::io::ErrorKind::ConnectionRefused.into();
        return Err(ProbeError::Connect { address: asked.host.clone(), source });
    };
    Ok(ProbeAnswer {
        status: app.status,
        headers: Vec::new(),
        body: Bytes::from(app.says.clone()),
        body_length: app.says.len() as u64,
        latency: Duration::from_millis(1),
    })
}

#[async_trait]
impl ContainerHost for FakeTarget {
    fn instance(&self) -> &Instance {
        &self.instance
    }

    async fn facts(&self) -> Result<EngineFacts> {
        let facts = EngineFacts {
            version: "28.0.0".into(),
            api_version: "1.48".into(),
            storage_driver: "overlay2".into(),
            architecture: "amd64".into(),
            os: "linux".into(),
            kernel: "6.1.0".into(),
            cpus: 2,
            memory: 8 << 30,
            has_init: true,
            disk: Some(DiskFacts { free: 50 << 30, total: 100 << 30, free_inodes: 1_000_000 }),
        };
        self.act(Operation::Facts, "", facts.clone(), |_| Ok(facts)).await
    }

    async fn image(&self, reference: &str) -> Result<Option<ImageFacts>> {
        let look = |world: &mut World| Ok(world.images.get(reference).map(|app| image_facts(reference, app)));
        self.act(Operation::InspectImage, reference, None, look).await
    }

    async fn image_ids(&self) -> Result<BTreeSet<Digest>> {
        let look = |world: &mut World| {
            Ok(world.images.keys().filter_map(|reference| image_id(reference).parse().ok()).collect())
        };
        self.act(Operation::List, "images", BTreeSet::new(), look).await
    }

    async fn pull_image(&self, reference: &str, _deadline: Duration) -> Result<ImageFacts> {
        let ignored = image_facts(reference, &App::web(""));
        self.act(Operation::PullImage, reference, ignored, |world| {
            let failed =
                || EngineError::PullFailed { reference: reference.to_owned(), report: "not found".into() };
            let app = world.registry.get(reference).cloned().ok_or_else(failed)?;
            let facts = image_facts(reference, &app);
            world.images.insert(reference.to_owned(), app);
            Ok(facts)
        })
        .await
    }

    async fn tag_image(&self, reference: &str, tag: &str) -> Result<()> {
        self.act(Operation::TagImage, reference, (), |world| {
            let missing = || EngineError::ImageMissing { reference: reference.to_owned() };
            let app = world.images.get(reference).cloned().ok_or_else(missing)?;
            world.images.insert(tag.to_owned(), app);
            Ok(())
        })
        .await
    }

    async fn remove_image(&self, reference: &str) -> Result<()> {
        self.act(Operation::RemoveImage, reference, (), |world| {
            if world.containers.values().any(|container| container.spec.image == reference) {
                return Err(EngineError::ImageInUse { reference: reference.to_owned() });
            }
            world.images.remove(reference);
            Ok(())
        })
        .await
    }

    async fn ensure_network(&self, name: &str) -> Result<()> {
        self.owned_name(name)?;
        self.act(Operation::EnsureNetwork, name, (), |world| {
            world.networks.insert(name.to_owned());
            Ok(())
        })
        .await
    }

    async fn remove_network(&self, name: &str) -> Result<()> {
        self.act(Operation::RemoveNetwork, name, (), |world| {
            world.networks.remove(name);
            Ok(())
        })
        .await
    }

    async fn ensure_volume(&self, name: &str) -> Result<()> {
        self.owned_name(name)?;
        self.act(Operation::EnsureVolume, name, (), |world| {
            world.volumes.insert(name.to_owned());
            Ok(())
        })
        .await
    }

    async fn remove_volume(&self, name: &str) -> Result<()> {
        self.act(Operation::RemoveVolume, name, (), |world| {
            world.volumes.remove(name);
            Ok(())
        })
        .await
    }

    async fn create(&self, spec: &ContainerSpec) -> Result<Created> {
        self.owned_name(&spec.name)?;
        let ignored = Created { id: "0".repeat(64), existed: false };
        self.act(Operation::Create, &spec.name, ignored, |world| world.make(spec)).await
    }

    async fn put_files(&self, name: &str, files: &[SmallFile]) -> Result<()> {
        self.act(Operation::PutFiles, name, (), |world| {
            let container = world.ours_mut(name)?;
            container.files.extend(files.iter().map(|file| (file.path.clone(), file.content.clone())));
            Ok(())
        })
        .await
    }

    async fn start(&self, name: &str) -> Result<()> {
        self.act(Operation::Start, name, (), |world| world.begin(name)).await
    }

    async fn stop(&self, name: &str, _grace: Duration) -> Result<()> {
        self.act(Operation::Stop, name, (), |world| world.halt(name, 0)).await
    }

    async fn kill(&self, name: &str) -> Result<()> {
        self.act(Operation::Kill, name, (), |world| world.halt(name, KILLED)).await
    }

    async fn remove(&self, name: &str) -> Result<()> {
        self.act(Operation::Remove, name, (), |world| {
            if world.containers.contains_key(name) {
                world.ours_mut(name)?;
                world.containers.remove(name);
            }
            Ok(())
        })
        .await
    }

    async fn container(&self, name: &str) -> Result<Option<ContainerFacts>> {
        let look = |world: &mut World| Ok(world.containers.get(name).map(|found| self.facts_of(found)));
        self.act(Operation::Inspect, name, None, look).await
    }

    async fn containers(&self) -> Result<Vec<ContainerEntry>> {
        let entry = |container: &FakeContainer| ContainerEntry {
            id: container.id.clone(),
            name: container.spec.name.clone(),
            image: container.spec.image.clone(),
            labels: self.labels_of(container),
            running: container.phase == Phase::Running,
            host_ports: container.spec.ports.iter().map(|port| port.host).collect(),
        };
        let list = |world: &mut World| Ok(world.containers.values().map(entry).collect());
        self.act(Operation::List, "", Vec::new(), list).await
    }

    async fn logs(&self, name: &str, from: LogStart) -> Result<Vec<LogLine>> {
        self.act(Operation::Logs, name, Vec::new(), |world| {
            let log = &world.container_mut(name)?.log;
            let last = log.iter().enumerate().skip(log.len().saturating_sub(from.tail.unwrap_or(usize::MAX)));
            let lines = last.map(|(n, text)| LogLine { at: written_at(n), ..line(text.as_bytes()) });
            // Whole seconds, as the real one.
            let since = from.since.map(|since| since.timestamp());
            Ok(lines.filter(|line| line.at.map(|at| at.timestamp()) >= since).collect())
        })
        .await
    }

    async fn follow_logs(&self, name: &str, from: LogStart, to: mpsc::Sender<LogLine>) -> Result<()> {
        let (mut from, mut last) = (from, None);
        loop {
            let running = self.world().containers.get(name).is_some_and(|c| c.phase == Phase::Running);
            let seen = last;
            for line in self.logs(name, from).await?.into_iter().filter(|line| line.at > seen) {
                last = line.at;
                from = LogStart { tail: None, since: last };
                if to.send(line).await.is_err() {
                    return Ok(());
                }
            }
            if !running {
                return Ok(());
            }
            tokio::select! {
                () = tokio::time::sleep(LOG_LOOK) => {}
                () = to.closed() => return Ok(()),
            }
        }
    }

    /// Every running program uses the same.
    async fn usage(&self, name: &str) -> Result<Option<UsageFacts>> {
        self.act(Operation::Usage, name, None, |world| {
            let running = world.container_mut(name)?.phase == Phase::Running;
            Ok(running.then(|| UsageFacts {
                at: Utc::now(),
                cpu_ns: 1_000_000,
                memory: 10 << 20,
                memory_limit: Some(1 << 30),
                received: 1_000,
                sent: 2_000,
                tasks: Some(1),
            }))
        })
        .await
    }

    /// Knows `cat` of files that were put; everything else ends with 127 as an unknown command does.
    async fn exec(&self, name: &str, command: &[&str], _deadline: Duration) -> Result<ExecOutcome> {
        let ignored = ExecOutcome { code: 0, lines: Vec::new() };
        self.act(Operation::Exec, name, ignored, |world| {
            let files = &world.running_mut(name)?.files;
            Ok(match command {
                ["cat", path] => match files.get(*path) {
                    Some(content) => ExecOutcome { code: 0, lines: vec![line(content)] },
                    None => ExecOutcome { code: 1, lines: vec![line(b"no such file")] },
                },
                _ => ExecOutcome { code: 127, lines: Vec::new() },
            })
        })
        .await
    }

    async fn listening_ports(&self, name: &str) -> Result<Option<ListeningPorts>> {
        self.act(Operation::Inspect, name, None, |world| {
            let container = world.container_mut(name)?;
            let open = container.app.listens.into_iter().collect();
            let running = container.phase == Phase::Running;
            Ok(running.then(|| ListeningPorts { open, ..ListeningPorts::default() }))
        })
        .await
    }

    async fn probe(
        &self,
        name: &str,
        port: u16,
        request: &ProbeRequest,
    ) -> Result<Result<ProbeAnswer, ProbeError>> {
        let ignored = answer(None, request);
        let asked = self.act(Operation::Probe, name, ignored, |world| {
            let container = world.running_mut(name)?;
            container.asked += 1;
            let up = container.asked > container.app.deaf_for && container.app.listens == Some(port);
            Ok(answer(up.then_some(&container.app), request))
        });
        self.in_time(request, asked).await
    }
}

/// Lines come a hundredth of a second after each other, from the beginning of time on.
fn written_at(number: usize) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(i64::try_from(number).ok()? * 10)
}

fn line(bytes: &[u8]) -> LogLine {
    LogLine { stream: Stream::Out, at: None, bytes: bytes.to_vec() }
}
