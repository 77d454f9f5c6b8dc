//! Looking at a server before anything is shipped to it, and accepting its keys.

use crate::App;
use crate::api::types::{AcceptKeys, Check, CheckState, ServerKey, TargetRef, TargetView};
use crate::api::{ApiError, Code};
use crate::target::{Docker, SERVER_PORTS};
use crate::translate::{chain, of_link};
use chrono::Utc;
use seatrial_core::model::SshHost;
use seatrial_core::pipeline::Place;
use seatrial_engine::docker::{ContainerHost, LABEL_OWNER, PortOwner};
use seatrial_engine::shared_place::SharedPlace;
use seatrial_engine::ssh::{Link, LinkError, Resolved, Script, accept, first_contact, resolved};
use std::time::Duration;

/// Longest question to a server's shell.
const ASKED: Duration = Duration::from_secs(15);
/// What images need comfortably.
const ROOM: u64 = 5 << 30;
/// Clocks further apart confuse logs and certificates.
const SKEW_S: i64 = 30;
/// Programs that Seatrial uses there besides a shell.
const TOOLS: [&str; 3] = ["flock", "setsid", "timeout"];

/// The check that decides whether a server has to be prepared.
const ENGINE: &str = "Docker engine";
/// Fewer files than this make unpacking an image uncertain.
const FEW_INODES: u64 = 50_000;
/// Begins the line about inodes.
const INODES: &str = "inodes=";
/// Answers with the clock, a line for each of its arguments that is no program, and the inodes where images are kept.
const SEEN_BY_THE_SHELL: &str = r#"
date +%s
for tool; do command -v "$tool" >/dev/null || echo "$tool"; done
line=$(df -Pi /var/lib/docker 2>/dev/null | tail -n 1)
[ -n "$line" ] || line=$(df -Pi / 2>/dev/null | tail -n 1)
set -- $line
echo "inodes=${4:-}/${2:-}"
"#;

impl App {
    /// Looks at a server, and changes nothing.
    pub async fn target_check(&self, params: TargetRef) -> Result<TargetView, ApiError> {
        let host = host(&params.target)?;
        let settings = self.links();
        let way = resolved(&host, &settings).await.map_err(of_link)?;
        let mut view = TargetView {
            target: host.to_string(),
            login: login(&way),
            jump: way.proxy_jump,
            keys: Vec::new(),
            known: false,
            reached: false,
            preparable: false,
            added: self.added(&host).await?,
            checks: Vec::new(),
        };
        match first_contact(&host, &settings).await {
            Ok(shown) => {
                let key = |key: &seatrial_engine::ssh::HostKey| ServerKey {
                    kind: key.kind.clone(),
                    fingerprint: key.fingerprint.clone(),
                };
                view.keys = shown.keys().iter().map(key).collect();
                view.known = shown.known();
            }
            Err(error) => {
                view.checks.push(link_check("SSH", &error));
                return Ok(view);
            }
        }
        if !view.known {
            let fix = format!("compare the fingerprint, then `seatrial target add {host}`");
            view.checks.push(check("Key", CheckState::Warning, "not accepted yet", Some(&fix)));
            return Ok(view);
        }
        view.checks.push(check("Key", CheckState::Ok, "known", None));
        match Link::open(&host, &settings).await {
            Ok(link) => {
                view.reached = true;
                view.checks.push(check("Login", CheckState::Ok, &view.login, None));
                view.checks.extend(shell_checks(&link).await);
                let engine = self.engine_on(&host).await;
                view.preparable =
                    engine.iter().any(|check| check.name == ENGINE && check.state == CheckState::Failed);
                view.checks.extend(engine);
                view.checks.extend(deployed_there(&link).await);
            }
            Err(error) => view.checks.push(link_check("Login", &error)),
        }
        Ok(view)
    }

    /// Accepts the keys of a server, if they are still those that a person has seen.
    pub async fn target_accept(&self, params: AcceptKeys) -> Result<TargetView, ApiError> {
        let host = host(&params.target)?;
        let settings = self.links();
        let shown = first_contact(&host, &settings).await.map_err(of_link)?;
        let offered: Vec<String> =
            shown.keys().iter().map(|key| format!("{} {}", key.kind, key.fingerprint)).collect();
        let accepted = match shown.only(&params.fingerprints) {
            Ok(accepted) if accepted.keys().is_empty() => {
                return Err(ApiError::new(Code::Usage, "no fingerprint was named; nothing was accepted"));
            }
            Ok(accepted) => accepted,
            Err(foreign) => {
                let message = format!("{host} does not show the key {foreign}; nothing was accepted");
                return Err(ApiError::new(Code::Refused, message)
                    .detail(format!("it shows\n{}", offered.join("\n")))
                    .hint("somebody may be in between: compare with what the server itself says, on its console"));
            }
        };
        accept(&accepted, &settings).await.map_err(of_link)?;
        self.target_check(TargetRef { target: params.target }).await
    }

    async fn engine_on(&self, host: &SshHost) -> Vec<Check> {
        let fix =
            format!("`seatrial target prepare {host}` shows what is missing, and the commands that bring it");
        let docker = match self.server(host).await {
            Ok(docker) => docker,
            Err(error) => {
                return vec![check(ENGINE, CheckState::Failed, &error.message, Some(&fix))];
            }
        };
        let mut checks = Vec::new();
        match docker.engine.facts().await {
            Ok(facts) => {
                let words = format!("{} on {}/{}", facts.version, facts.os, facts.architecture);
                checks.push(check(ENGINE, CheckState::Ok, &words, None));
                if let Some(disk) = facts.disk {
                    let words = format!("{:.1} GiB free", disk.free as f64 / f64::from(1 << 30));
                    let fix = "free some, for example with `docker system prune`";
                    checks.push(judged("Disk space for images", disk.free >= ROOM, &words, fix));
                }
            }
            Err(error) => {
                checks.push(check(ENGINE, CheckState::Failed, &error.to_string(), Some(&fix)));
                return checks;
            }
        }
        checks.extend(docker.port_checks().await);
        checks.extend(docker.others().await);
        checks
    }
}

impl Docker {
    async fn port_checks(&self) -> Vec<Check> {
        let own = self.engine.instance().name("proxy");
        let mut checks = Vec::new();
        for port in [SERVER_PORTS.http, SERVER_PORTS.https] {
            let name = format!("Port {port}");
            checks.push(match self.engine.port_owner(port).await {
                None => check(&name, CheckState::Ok, "free", None),
                Some(PortOwner::Container { name: owner }) if owner == own => {
                    check(&name, CheckState::Ok, "our proxy", None)
                }
                Some(owner) => {
                    let fix = "stop it, or ship this app from the Seatrial that started it";
                    check(&name, CheckState::Failed, &format!("used by {owner}"), Some(fix))
                }
            });
        }
        checks
    }

    /// Who else deploys here.
    async fn others(&self) -> Option<Check> {
        let containers = self.engine.containers().await.ok()?;
        let own = self.engine.instance().label().to_owned();
        let mut names: Vec<String> = containers
            .into_iter()
            .filter(|c| c.labels.get(LABEL_OWNER).is_some_and(|owner| *owner != own))
            .map(|c| c.name)
            .collect();
        names.sort();
        let first = names.first()?;
        let words = format!("{} containers of another Seatrial home, such as {first}", names.len());
        Some(check("Others", CheckState::Warning, &words, Some("agree with whoever deploys from there")))
    }
}

/// What people deployed there as this user, and who is at it.
async fn deployed_there(link: &Link) -> Option<Check> {
    let names = match SharedPlace::all(link).await {
        Ok(names) => names,
        Err(error) => {
            return Some(check("Deployed there", CheckState::Warning, &chain(&error), error.hint()));
        }
    };
    let mut places = Vec::new();
    for place in names.iter().filter_map(|name| Place::parse(name)) {
        let look = SharedPlace::new(link.clone(), place.stem()).lease().await.ok()?;
        let busy = look.filter(|lease| !lease.is_expired()).map(|lease| {
            let actor = lease.holder.actor;
            format!(" (right now by {}@{})", actor.user, actor.machine)
        });
        places.push(format!("{} in {}{}", place.app, place.environment, busy.unwrap_or_default()));
    }
    let words = if places.is_empty() { "nothing yet".to_owned() } else { places.join(", ") };
    Some(check("Deployed there", CheckState::Ok, &words, None))
}

/// Tools, inodes and clock.
async fn shell_checks(link: &Link) -> Vec<Check> {
    let script = Script::new(SEEN_BY_THE_SHELL);
    let script = TOOLS.iter().fold(script, |script, tool| script.arg(tool));
    let output = match link.run(&script, b"", ASKED).await {
        Ok(output) => output,
        Err(error) => return vec![link_check("Shell", &error)],
    };
    let text = output.text();
    let mut lines = text.lines();
    let clock = lines.next().and_then(|line| line.trim().parse::<i64>().ok());
    let mut inodes = None;
    let mut missing: Vec<&str> = Vec::new();
    for line in lines {
        match line.strip_prefix(INODES) {
            Some(numbers) => inodes = free_inodes(numbers),
            None => missing.push(line),
        }
    }
    let mut checks = Vec::new();
    let fix = format!("install {} there (util-linux, coreutils)", missing.join(", "));
    let words =
        if missing.is_empty() { "all there".to_owned() } else { format!("missing: {}", missing.join(", ")) };
    checks.push(judged("Tools", missing.is_empty(), &words, &fix));
    if let Some((free, all)) = inodes {
        let words = format!("{free} of {all} free");
        let fix = "remove what consists of many small files, for example with `docker system prune`";
        checks.push(judged("Inodes", free >= FEW_INODES, &words, fix));
    }
    if let Some(clock) = clock {
        let apart = (Utc::now().timestamp() - clock).abs();
        let words = format!("{apart} s apart from this machine");
        checks.push(judged(
            "Clock",
            apart <= SKEW_S,
            &words,
            "set the clock there, for example with `timedatectl`",
        ));
    }
    checks
}

pub(crate) fn host(text: &str) -> Result<SshHost, ApiError> {
    let full = if text.contains("://") { text.to_owned() } else { format!("ssh://{text}") };
    full.parse()
        .map_err(|error: seatrial_core::model::SshHostError| ApiError::new(Code::Usage, error.to_string()))
}

/// `FREE/ALL` in numbers; some file systems have no fixed number of them.
fn free_inodes(text: &str) -> Option<(u64, u64)> {
    let (free, all) = text.trim().split_once('/')?;
    Some((free.parse().ok()?, all.parse().ok().filter(|all| *all > 0)?))
}

/// What the SSH configuration makes of a host, as a person would write it.
pub(crate) fn login(way: &Resolved) -> String {
    format!("{}@{}:{}", way.user, way.hostname, way.port)
}

fn link_check(name: &str, error: &LinkError) -> Check {
    let hints = of_link(error.clone()).hints.join("; ");
    let fix = (!hints.is_empty()).then_some(hints.as_str());
    check(name, CheckState::Failed, &error.cause.to_string(), fix)
}

fn judged(name: &str, good: bool, detail: &str, fix: &str) -> Check {
    let state = if good { CheckState::Ok } else { CheckState::Warning };
    check(name, state, detail, (!good).then_some(fix))
}

fn check(name: &str, state: CheckState, detail: &str, fix: Option<&str>) -> Check {
    Check { name: name.to_owned(), state, detail: detail.to_owned(), fix: fix.map(str::to_owned) }
}
