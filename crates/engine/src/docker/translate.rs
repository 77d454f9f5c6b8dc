//! From our specifications to the engine's request bodies, and from its answers to our facts.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, ContainerNetworkStats, ContainerState,
    ContainerStateStatusEnum, ContainerStatsResponse, ContainerSummary, ContainerSummaryStateEnum,
    EndpointSettings, HostConfig, HostConfigLogConfig, ImageInspect, Mount as EngineMount, MountPoint,
    MountTmpfsOptions, MountType, NetworkingConfig, PortBinding as EnginePort, PortMap, RestartPolicy,
    RestartPolicyNameEnum, SystemInfo,
};
use chrono::{DateTime, Utc};

use super::facts::{ContainerEntry, ContainerFacts, EngineFacts, ExitFacts, ImageFacts, Phase, UsageFacts};
use super::host::own_labels;
use super::instance::{Instance, LABEL_OPERATION, LABEL_SPEC, LABEL_STAYS_UP};
use super::spec::{ContainerSpec, Mount, MountSource, PortBinding, Restart};

/// Labels under these prefixes change how tools on the host treat a container, so an image may not set
/// them (T11).
const GUARDED_LABELS: [&str; 5] = ["dev.seatrial.", "traefik.", "caddy", "com.docker.", "io.podman."];

/// The body that creates a container.
pub(crate) fn create_body(
    spec: &ContainerSpec,
    instance: &Instance,
    image_labels: &BTreeMap<String, String>,
    with_init: bool,
) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        user: spec.user.clone(),
        env: Some(spec.env.iter().map(|(key, value)| format!("{key}={value}")).collect()),
        cmd: spec.command.clone(),
        entrypoint: spec.entrypoint.clone(),
        labels: Some(labels(spec, instance, image_labels)),
        stop_signal: spec.stop_signal.clone(),
        stop_timeout: i64::try_from(spec.stop_grace.as_secs()).ok(),
        exposed_ports: Some(spec.ports.iter().map(port_key).collect()),
        host_config: Some(host_config(spec, with_init)),
        networking_config: networking(spec),
        ..Default::default()
    }
}

fn labels(
    spec: &ContainerSpec,
    instance: &Instance,
    image_labels: &BTreeMap<String, String>,
) -> HashMap<String, String> {
    let guarded = |key: &&String| GUARDED_LABELS.iter().any(|prefix| key.starts_with(prefix));
    let mut all: HashMap<_, _> =
        image_labels.keys().filter(guarded).map(|key| (key.clone(), String::new())).collect();
    all.extend(spec.labels.clone());
    all.extend(own_labels(instance));
    all.insert(LABEL_SPEC.to_owned(), spec.hash());
    all.insert(LABEL_OPERATION.to_owned(), spec.operation.clone());
    if spec.restart == Restart::UnlessStopped {
        all.insert(LABEL_STAYS_UP.to_owned(), String::new());
    }
    all
}

/// Whether the engine starts it again by itself.
///
/// Not `unless-stopped`: an engine that was killed ends what still runs when it comes back, takes that for a person's
/// stop, and leaves it so. With `always` it starts it again; what is stopped on purpose is set to `no` before.
pub(super) fn restart_policy(stays_up: bool) -> RestartPolicy {
    let name = if stays_up { RestartPolicyNameEnum::ALWAYS } else { RestartPolicyNameEnum::NO };
    RestartPolicy { name: Some(name), maximum_retry_count: None }
}

fn host_config(spec: &ContainerSpec, with_init: bool) -> HostConfig {
    let hardening = &spec.hardening;
    let log_options = [("max-size", "10m"), ("max-file", "3")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    HostConfig {
        network_mode: spec.network.clone(),
        port_bindings: Some(port_map(&spec.ports)),
        mounts: Some(spec.mounts.iter().map(mount).collect()),
        memory: spec.limits.memory.and_then(|bytes| i64::try_from(bytes).ok()),
        nano_cpus: spec.limits.milli_cpus.and_then(|milli| i64::try_from(milli * 1_000_000).ok()),
        pids_limit: spec.limits.pids.map(i64::from),
        restart_policy: Some(restart_policy(spec.restart == Restart::UnlessStopped)),
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".to_owned()),
            config: Some(HashMap::from(log_options)),
        }),
        sysctls: Some(spec.sysctls.clone().into_iter().collect()),
        init: Some(with_init && hardening.init),
        cap_drop: Some(hardening.drop_capabilities.clone()),
        readonly_rootfs: Some(hardening.read_only_root),
        security_opt: hardening.no_new_privileges.then(|| vec!["no-new-privileges:true".to_owned()]),
        ..Default::default()
    }
}

fn networking(spec: &ContainerSpec) -> Option<NetworkingConfig> {
    let network = spec.network.clone()?;
    let settings = EndpointSettings { aliases: Some(spec.aliases.clone()), ..Default::default() };
    Some(NetworkingConfig { endpoints_config: Some(HashMap::from([(network, settings)])) })
}

fn port_key(port: &PortBinding) -> String {
    format!("{}/{}", port.container, port.protocol)
}

fn port_map(ports: &[PortBinding]) -> PortMap {
    let mut map = PortMap::new();
    for port in ports {
        let binding = EnginePort {
            host_ip: port.address.map(|address| address.to_string()),
            host_port: Some(port.host.to_string()),
        };
        map.entry(port_key(port)).or_default().get_or_insert_default().push(binding);
    }
    map
}

fn mount(mount: &Mount) -> EngineMount {
    let (typ, source, tmpfs_options) = match &mount.source {
        MountSource::Volume(name) => (MountType::VOLUME, Some(name.clone()), None),
        MountSource::Directory(path) => (MountType::BIND, Some(path.clone()), None),
        MountSource::Memory(bytes) => {
            let size_bytes = i64::try_from(*bytes).ok();
            (MountType::TMPFS, None, Some(MountTmpfsOptions { size_bytes, ..Default::default() }))
        }
    };
    EngineMount {
        target: Some(mount.target.clone()),
        source,
        typ: Some(typ),
        read_only: Some(mount.read_only),
        tmpfs_options,
        ..Default::default()
    }
}

/// Engine facts; the disk is looked up by the caller.
pub(crate) fn engine_facts(info: SystemInfo, api_version: String) -> EngineFacts {
    // The engine writes "N/A" when it could not run its init program.
    let has_init = info.init_commit.and_then(|commit| commit.id).is_some_and(|id| id != "N/A");
    EngineFacts {
        version: info.server_version.unwrap_or_default(),
        api_version,
        storage_driver: info.driver.unwrap_or_default(),
        architecture: architecture(&info.architecture.unwrap_or_default()),
        os: info.os_type.unwrap_or_default(),
        kernel: info.kernel_version.unwrap_or_default(),
        cpus: info.ncpu.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        memory: info.mem_total.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
        has_init,
        disk: None,
    }
}

/// Kernels and images name the same architectures differently.
fn architecture(kernel: &str) -> String {
    match kernel {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "armv7l" => "arm",
        other => other,
    }
    .to_owned()
}

/// Image facts.
pub(crate) fn image_facts(image: ImageInspect) -> ImageFacts {
    let config = image.config.unwrap_or_default();
    let ports = config.exposed_ports.unwrap_or_default();
    ImageFacts {
        id: image.id.unwrap_or_default(),
        tags: image.repo_tags.unwrap_or_default(),
        size: image.size.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
        architecture: image.architecture.unwrap_or_default(),
        exposed_ports: ports.iter().filter_map(|port| port.strip_suffix("/tcp")?.parse().ok()).collect(),
        volumes: config.volumes.unwrap_or_default(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        user: config.user.unwrap_or_default(),
        has_health_check: config.healthcheck.is_some_and(|check| {
            check.test.is_some_and(|test| test.first().is_some_and(|first| first != "NONE"))
        }),
    }
}

/// Container facts.
pub(crate) fn container_facts(answer: ContainerInspectResponse) -> ContainerFacts {
    let config = answer.config.unwrap_or_default();
    let network = answer.network_settings.unwrap_or_default();
    let state = answer.state.unwrap_or_default();
    let addresses = network.networks.unwrap_or_default().into_iter().filter_map(|(name, settings)| {
        let address: IpAddr = settings.ip_address?.parse().ok()?;
        Some((name, address))
    });
    ContainerFacts {
        id: answer.id.unwrap_or_default(),
        name: answer.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        image_id: answer.image.unwrap_or_default(),
        image: config.image.unwrap_or_default(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        phase: phase(&state),
        exit: exit(&state),
        restarts: answer.restart_count.and_then(|count| u32::try_from(count).ok()).unwrap_or_default(),
        addresses: addresses.collect(),
        published: published(network.ports.unwrap_or_default()),
        mounts: answer.mounts.unwrap_or_default().into_iter().filter_map(mounted).collect(),
        pid: state.pid.and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0),
        started_at: state.started_at.as_deref().and_then(moment),
    }
}

/// What a container uses; `None` when it does not run: then there is no processor time of the host either.
pub(crate) fn usage_facts(answer: ContainerStatsResponse) -> Option<UsageFacts> {
    let cpu = answer.cpu_stats?;
    let cpu_ns = cpu.cpu_usage?.total_usage.filter(|total| *total > 0)?;
    let memory = answer.memory_stats.unwrap_or_default();
    let counts = memory.stats.unwrap_or_default();
    // Files in memory that could be dropped at once; the two versions of control groups name them differently.
    let droppable = counts.get("inactive_file").or_else(|| counts.get("total_inactive_file")).copied();
    let networks = answer.networks.unwrap_or_default();
    let sum = |count: fn(&ContainerNetworkStats) -> Option<u64>| networks.values().filter_map(count).sum();
    Some(UsageFacts {
        at: answer.read.as_deref().and_then(moment)?,
        cpu_ns,
        memory: memory.usage.unwrap_or_default().saturating_sub(droppable.unwrap_or_default()),
        memory_limit: memory.limit.filter(|limit| *limit > 0),
        received: sum(|network| network.rx_bytes),
        sent: sum(|network| network.tx_bytes),
        tasks: answer.pids_stats.and_then(|pids| pids.current),
    })
}

/// A volume by its name, a folder by its path on the host.
fn mounted(point: MountPoint) -> Option<String> {
    let source = point.name.filter(|name| !name.is_empty()).or(point.source)?;
    let path = point.destination?;
    Some(format!("{source}:{path}{}", if point.rw == Some(false) { ":ro" } else { "" }))
}

fn phase(state: &ContainerState) -> Phase {
    match state.status {
        Some(ContainerStateStatusEnum::RUNNING) => Phase::Running,
        Some(ContainerStateStatusEnum::PAUSED) => Phase::Paused,
        Some(ContainerStateStatusEnum::RESTARTING) => Phase::Restarting,
        Some(ContainerStateStatusEnum::CREATED) => Phase::Created,
        Some(ContainerStateStatusEnum::REMOVING | ContainerStateStatusEnum::DEAD) => Phase::Gone,
        _ => Phase::Exited,
    }
}

fn exit(state: &ContainerState) -> Option<ExitFacts> {
    let at = state.finished_at.as_deref().and_then(moment);
    let report = state.error.clone().unwrap_or_default();
    let ended = at.is_some() || !report.is_empty();
    ended.then(|| ExitFacts {
        code: state.exit_code.unwrap_or_default(),
        oom_killed: state.oom_killed.unwrap_or_default(),
        report,
        at,
    })
}

/// The engine writes year 1 for "never".
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let parsed = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    (parsed.timestamp() > 0).then_some(parsed)
}

fn published(ports: PortMap) -> Vec<(u16, u16)> {
    let mut all: Vec<(u16, u16)> = ports
        .into_iter()
        .filter_map(|(key, bindings)| Some((key.strip_suffix("/tcp")?.parse().ok()?, bindings?)))
        .flat_map(|(inside, bindings): (u16, Vec<EnginePort>)| {
            bindings.into_iter().filter_map(move |binding| Some((binding.host_port?.parse().ok()?, inside)))
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// An entry of the container listing.
pub(crate) fn container_entry(summary: ContainerSummary) -> ContainerEntry {
    let name = summary.names.unwrap_or_default().into_iter().next().unwrap_or_default();
    let mut host_ports: Vec<u16> =
        summary.ports.unwrap_or_default().into_iter().filter_map(|port| port.public_port).collect();
    host_ports.sort_unstable();
    host_ports.dedup();
    ContainerEntry {
        id: summary.id.unwrap_or_default(),
        name: name.trim_start_matches('/').to_owned(),
        image: summary.image.unwrap_or_default(),
        labels: summary.labels.unwrap_or_default().into_iter().collect(),
        running: summary.state == Some(ContainerSummaryStateEnum::RUNNING),
        host_ports,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t11_an_image_cannot_set_labels_that_steer_tools_on_the_host() {
        let spec = ContainerSpec::new("seatrial-a", "img", "op");
        let from_image = ["dev.seatrial.owner", "dev.seatrial.other", "traefik.enable", "maintainer"]
            .map(|key| (key.to_owned(), "evil".to_owned()));
        let made = labels(&spec, &Instance::default(), &BTreeMap::from(from_image));
        assert_eq!(made["dev.seatrial.owner"], "main");
        assert_eq!(made["dev.seatrial.other"], "");
        assert_eq!(made["traefik.enable"], "");
        assert!(!made.contains_key("maintainer"), "harmless labels come from the image itself");
    }

    #[test]
    fn a_container_is_hardened_and_its_log_bounded_by_default() {
        let spec = ContainerSpec::new("seatrial-a", "img", "op");
        let host = create_body(&spec, &Instance::default(), &BTreeMap::new(), true).host_config.unwrap();
        assert_eq!(host.security_opt.unwrap(), ["no-new-privileges:true"]);
        assert!(host.cap_drop.unwrap().contains(&"NET_RAW".to_owned()));
        assert_eq!(host.log_config.unwrap().config.unwrap()["max-size"], "10m");
        assert_eq!(host.init, Some(true));
        assert_eq!(host.privileged, None);
    }

    #[test]
    fn year_one_means_never() {
        assert_eq!(moment("0001-01-01T00:00:00Z"), None);
        assert!(moment("2026-01-02T03:04:05.678Z").is_some());
    }
}
