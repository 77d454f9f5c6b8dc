//! The engine itself: is there one, which packages bring one, starting and ending our own.

use crate::failure::{Failure, Outcome};
use crate::machine::{self, System};
use crate::shell::{call, last_lines, signal, wait_for};
use crate::workspace;
use std::path::PathBuf;

/// The oldest buildx with structured progress (`--progress=rawjson`).
const OLDEST_BUILDX: (u32, u32) = (0, 13);
/// Where an engine on this machine listens.
const SOCKET: &str = "/var/run/docker.sock";
const START_SECONDS: u64 = 60;

fn server_version() -> Outcome<String> {
    call("docker").args(["version", "--format", "{{.Server.Version}}"]).limit(15).output()
}

/// Whether the docker client reaches an engine.
pub(crate) fn answers() -> bool {
    server_version().is_ok()
}

fn buildx_version() -> Option<(u32, u32)> {
    let text = call("docker").args(["buildx", "version"]).limit(15).output().ok()?;
    parse_version(&text)
}

fn has_compose() -> bool {
    call("docker").args(["compose", "version"]).limit(15).succeeds()
}

/// First `major.minor` in a text such as `github.com/docker/buildx v0.13.1 abc`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    text.split_whitespace().find_map(|word| {
        let mut numbers = word.trim_start_matches('v').split(['.', '+', '-']);
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    })
}

/// Packages to install for what does not work yet, even where an older one of that name is installed.
pub(crate) fn missing_packages(engine_down: bool) -> Outcome<Vec<&'static str>> {
    let mut names: Vec<(&str, &str)> = Vec::new();
    if engine_down && machine::find_tool("dockerd").is_none() {
        names.extend([("docker.io", "docker.io"), ("docker-cli", ""), ("iptables", "iptables")]);
    } else if machine::find_tool("docker").is_none() {
        names.push(("docker-cli", "docker.io"));
    }
    if buildx_version().is_none_or(|version| version < OLDEST_BUILDX) {
        names.push(("docker-buildx", "docker-buildx"));
    }
    if !has_compose() {
        names.push(("docker-compose", "docker-compose-v2"));
    }
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let system = System::detect().map_err(|failure| {
        let wanted = names.iter().map(|(name, _)| format!("missing: {name}"));
        failure.detail(wanted.collect::<Vec<_>>().join("\n"))
    })?;
    let chosen = names.into_iter().map(|(debian, ubuntu)| package_name(system, debian, ubuntu));
    Ok(chosen.filter(|name| !name.is_empty()).collect())
}

fn package_name(system: System, debian: &'static str, ubuntu: &'static str) -> &'static str {
    match (system, debian) {
        (System::Ubuntu, _) => ubuntu,
        (System::Debian, _) => debian,
        (System::Bookworm, "docker.io") => "docker.io/trixie",
        (System::Bookworm, "docker-cli") => "docker-cli/trixie",
        (System::Bookworm, "docker-buildx") => "docker-buildx/trixie",
        (System::Bookworm, "docker-compose") => "docker-compose/trixie",
        (System::Bookworm, other) => other,
    }
}

fn pid_file() -> Outcome<PathBuf> {
    Ok(workspace::scratch("stack")?.join("dockerd.pid"))
}

/// Starts the engine: the system's service where systemd runs, else a `dockerd` of our own.
pub(crate) fn start() -> Outcome {
    let log = workspace::scratch("stack")?.join("dockerd.log");
    if machine::has_systemd() {
        call("systemctl").args(["enable", "--now", "docker"]).with_root().limit(90).output()?;
    } else {
        start_own(&log)?;
    }
    if wait_for(START_SECONDS, answers) {
        return Ok(());
    }
    refuse_if_elsewhere_or_forbidden()?;
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    Err(Failure::new(format!("the Docker engine did not answer within {START_SECONDS} s"))
        .detail(last_lines(&said, 20))
        .hint(format!("the whole log is in {} (or `journalctl -u docker`)", log.display())))
}

fn start_own(log: &std::path::Path) -> Outcome {
    let dockerd = machine::find_tool("dockerd").ok_or_else(|| {
        Failure::new("there is no `dockerd` on this machine").hint("run `cargo xtask stack up`")
    })?;
    println!("starting {} (log: {})", dockerd.display(), log.display());
    // The pid file tells `down` that this engine is ours; `--group` lets a non-root caller use the socket.
    let words = [
        "--fork".to_owned(),
        dockerd.display().to_string(),
        format!("--pidfile={}", pid_file()?.display()),
        format!("--group={}", call("id").arg("-g").output()?),
    ];
    call("setsid").args(words).with_root().limit(30).logged(log)
}

/// An engine elsewhere, or one that runs but does not let this user in, is not answered by starting another.
pub(crate) fn refuse_if_elsewhere_or_forbidden() -> Outcome {
    if let Ok(host) = std::env::var("DOCKER_HOST") {
        return Err(Failure::new(format!("DOCKER_HOST={host} does not answer"))
            .hint("start that engine, or unset DOCKER_HOST to use one on this machine"));
    }
    if !machine::is_forbidden_socket(SOCKET) {
        return Ok(());
    }
    Err(Failure::new(format!("a Docker engine runs, but this user may not use {SOCKET}")).hint(
        "sudo usermod -aG docker \"$USER\" (members of that group are as mighty as root), then log in again",
    ))
}

/// Checks that buildx and compose are really usable by the client in PATH.
pub(crate) fn check_plugins() -> Outcome {
    match buildx_version() {
        Some(version) if version >= OLDEST_BUILDX => {}
        found => {
            let found = found.map_or("none".to_owned(), |(major, minor)| format!("{major}.{minor}"));
            return Err(Failure::new(format!("docker buildx 0.13 or later is needed, found {found}"))
                .hint("remove the older plugin in ~/.docker/cli-plugins or update it"));
        }
    }
    if has_compose() {
        return Ok(());
    }
    Err(Failure::new("the `docker` client in PATH finds no compose plugin").hint("install docker-compose v2"))
}

/// Ends our own engine and waits until it is gone.
pub(crate) fn stop() -> Outcome {
    let file = pid_file()?;
    let pid = std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse::<u32>().ok());
    let Some(pid) = pid else {
        println!("no engine was started from this checkout; nothing to do");
        return Ok(());
    };
    // One that ended has no words any more, also when nobody has asked about its end yet.
    let words = PathBuf::from(format!("/proc/{pid}/cmdline"));
    let is_dockerd = || {
        let words = std::fs::read_to_string(&words).unwrap_or_default();
        words.split('\0').next().is_some_and(|program| program.ends_with("dockerd"))
    };
    if is_dockerd() {
        signal("TERM", pid, true).output()?;
        if !wait_for(30, || !is_dockerd()) {
            return Err(Failure::new(format!("dockerd (pid {pid}) did not end within 30 s")));
        }
    }
    println!("engine stopped (images and containers stay on disk)");
    call("rm").args(["-f", &file.display().to_string()]).with_root().limit(10).output().map(drop)
}

/// One line about the engine.
pub(crate) fn describe() -> String {
    let Ok(server) = server_version() else {
        return "engine: none answers (`cargo xtask stack up` starts one)".to_owned();
    };
    let buildx = buildx_version().map_or("missing".to_owned(), |(major, minor)| format!("{major}.{minor}"));
    let compose = call("docker").args(["compose", "version", "--short"]).limit(15).output();
    let compose = compose.unwrap_or_else(|_| "missing".to_owned());
    let ours = pid_file().is_ok_and(|file| file.exists());
    let origin = if ours { ", started by this checkout" } else { "" };
    format!("engine: {server} (buildx {buildx}, compose {compose}){origin}")
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_read_from_what_the_tools_print() {
        assert_eq!(parse_version("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3"), Some((0, 13)));
        assert_eq!(parse_version("github.com/docker/buildx v0.29.1 a32761a"), Some((0, 29)));
        assert_eq!(parse_version("unknown"), None);
    }
}
