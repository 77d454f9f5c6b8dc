//! Looking at what Seatrial needs on this machine.

use crate::App;
use crate::api::types::{Check, CheckState, MachineView, Nothing, ProxyPorts};
use crate::api::{ApiError, Code};
use seatrial_core::plan::Ports;
use seatrial_engine::docker::ContainerHost;
use seatrial_engine::process::{Capture, capture};

/// What images need to be built comfortably.
const ROOM: u64 = 5 << 30;

impl App {
    /// Looks, and changes nothing.
    pub async fn machine_check(&self, _: Nothing) -> Result<MachineView, ApiError> {
        let mut checks = self.engine_checks().await;
        checks.push(tool("Docker buildx", "builds images", ["docker", "buildx", "version"]).await);
        checks.push(git(tool("git", "finds versions and what changed", ["git", "--version", ""]).await));
        checks.push(self.history_check().await);
        Ok(MachineView {
            checks,
            home: self.home.root().to_string_lossy().into_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Chooses the ports of the proxy; possible as long as it is not running with others.
    pub async fn proxy_ports(&self, params: ProxyPorts) -> Result<MachineView, ApiError> {
        if params.http == 0 || params.https == 0 || params.http == params.https {
            return Err(ApiError::new(
                Code::Usage,
                "the proxy needs two different ports between 1 and 65535",
            ));
        }
        let now = self.ports().await?;
        if (now.http, now.https) != (params.http, params.https) {
            let docker = self.docker().await?;
            let name = docker.engine.instance().name("proxy");
            if docker.engine.container(&name).await?.is_some_and(|c| c.is_running()) {
                return Err(ApiError::new(
                    Code::Refused,
                    format!(
                        "the proxy serves on ports {} and {} and would stop serving meanwhile",
                        now.http, now.https
                    ),
                )
                .hint(format!(
                    "stop it first with `docker rm -f {name}`; the next deployment starts it again"
                )));
            }
            self.keep_ports(Ports { http: params.http, https: params.https }).await?;
        }
        self.machine_check(Nothing {}).await
    }

    async fn engine_checks(&self) -> Vec<Check> {
        let check = |state, detail: String, fix: Option<String>| Check {
            name: "Docker engine".to_owned(),
            state,
            detail,
            fix,
        };
        let facts = match self.docker().await {
            Ok(docker) => docker.engine.facts().await.map_err(ApiError::from),
            Err(error) => Err(error),
        };
        match facts {
            Err(error) => vec![check(CheckState::Failed, error.message, error.hints.into_iter().next())],
            Ok(facts) => {
                let engine = check(
                    CheckState::Ok,
                    format!("{} on {}/{}", facts.version, facts.os, facts.architecture),
                    None,
                );
                let disk = facts.disk.map(|disk| {
                    let gib = disk.free as f64 / f64::from(1 << 30);
                    let enough = disk.free >= ROOM;
                    Check {
                        name: "Disk space for images".to_owned(),
                        state: if enough { CheckState::Ok } else { CheckState::Warning },
                        detail: format!("{gib:.1} GiB free"),
                        fix: (!enough)
                            .then(|| "free some, for example with `docker system prune`".to_owned()),
                    }
                });
                std::iter::once(engine).chain(disk).collect()
            }
        }
    }

    async fn history_check(&self) -> Check {
        let size = |name: &str| std::fs::metadata(self.home.root().join(name)).map_or(0, |m| m.len());
        let bytes = size(seatrial_store::JOURNAL_FILE) + size(seatrial_store::LOGS_FILE);
        let checked = self.ask(|store| store.check()).await;
        let home = self.home.root().display();
        Check {
            name: "History".to_owned(),
            state: if checked.is_ok() { CheckState::Ok } else { CheckState::Failed },
            detail: match &checked {
                Ok(()) => format!("{:.1} MiB in {home}", bytes as f64 / f64::from(1 << 20)),
                Err(error) => error.message.clone(),
            },
            fix: checked.err().and_then(|e| e.hints.into_iter().next()),
        }
    }
}

async fn tool(name: &str, purpose: &str, argv: [&str; 3]) -> Check {
    let argv = argv.into_iter().filter(|w| !w.is_empty());
    let answer = capture(Capture::new(argv, std::env::temp_dir())).await;
    let (state, detail, fix) = match answer {
        Ok(found) if found.is_success() => (CheckState::Ok, version_in(&found.text()).to_owned(), None),
        Ok(found) => (CheckState::Failed, found.error_text(), Some(format!("install {name}: it {purpose}"))),
        Err(error) => (CheckState::Failed, error.to_string(), Some(format!("install {name}: it {purpose}"))),
    };
    Check { name: name.to_owned(), state, detail, fix }
}

/// The version in what a tool says of itself, or its whole first line when there is none.
fn version_in(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    let is_version = |word: &&str| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    line.split_whitespace().find(is_version).unwrap_or(line)
}

/// Without git there are still versions, just not telling ones.
fn git(check: Check) -> Check {
    let state = if check.state == CheckState::Failed { CheckState::Warning } else { check.state };
    Check { state, ..check }
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn the_version_is_found_in_what_tools_say() {
        for (said, version) in [
            ("github.com/docker/buildx v0.13.1 0.13.1+ds1-3\n", "v0.13.1"),
            ("git version 2.47.3", "2.47.3"),
            ("an odd answer", "an odd answer"),
        ] {
            assert_eq!(version_in(said), version);
        }
    }
}
