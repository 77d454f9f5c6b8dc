//! What can be said about a container that did not become healthy (D6).

use std::collections::BTreeSet;

use super::wait::{Attempt, HealthCheck};
use crate::docker::{ContainerHost, ExitFacts, ListeningPorts, LogLine};
use crate::probe::ProbeCause;

/// Lines of the log that are kept.
const LOG_LINES: usize = 50;

/// One cause that the facts point at, most telling first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The kernel killed it for using too much memory.
    OutOfMemory,
    /// The engine could not start its process.
    NotStarted {
        /// The engine's own words.
        report: String,
    },
    /// Its process ended.
    Exited {
        /// Exit code.
        code: i64,
        /// Restarts by the engine.
        restarts: u32,
    },
    /// It listens, but on other ports.
    OtherPort {
        /// The port that was asked.
        asked: u16,
        /// The ports it listens on.
        listens: BTreeSet<u16>,
    },
    /// It listens on the right port, but only for connections from inside the container.
    LoopbackOnly {
        /// The port.
        port: u16,
    },
    /// It runs and listens nowhere.
    ListensNowhere,
    /// It accepts connections and does not answer in time.
    NoAnswer,
    /// It answers with a status that does not count as healthy.
    WrongStatus {
        /// The status.
        status: u16,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OutOfMemory => f.write_str("it was killed because it used more memory than it may"),
            Self::NotStarted { report } => write!(f, "its program could not be started: {report}"),
            Self::Exited { code, restarts: 0 } => write!(f, "it ended with exit code {code}"),
            Self::Exited { code, restarts } => {
                write!(f, "it ended with exit code {code} again and again ({restarts} restarts)")
            }
            Self::OtherPort { asked, listens } => {
                let listens: Vec<String> = listens.iter().map(u16::to_string).collect();
                write!(f, "it listens on port {}, not on port {asked}", listens.join(", "))
            }
            Self::LoopbackOnly { port } => {
                write!(f, "it listens on port {port} of 127.0.0.1 only; it must listen on 0.0.0.0")
            }
            Self::ListensNowhere => f.write_str("it runs but listens on no port"),
            Self::NoAnswer => f.write_str("it accepts connections but does not answer in time"),
            Self::WrongStatus { status } => write!(f, "it answers with status {status}"),
        }
    }
}

/// Everything that was found about a container that did not become healthy. Facts that could not be had
/// are missing rather than an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Autopsy {
    /// Causes the facts point at, most telling first.
    pub findings: Vec<Finding>,
    /// How its process last ended.
    pub exit: Option<ExitFacts>,
    /// Restarts by the engine.
    pub restarts: u32,
    /// Ports it listens on.
    pub listening: Option<ListeningPorts>,
    /// The last lines of its log.
    pub log: Vec<LogLine>,
}

/// Collects the facts about a container and what they point at.
pub async fn autopsy(host: &dyn ContainerHost, name: &str, check: &HealthCheck, last: &Attempt) -> Autopsy {
    let facts = host.container(name).await.ok().flatten();
    let log = host.logs_tail(name, LOG_LINES).await.unwrap_or_default();
    let running = facts.as_ref().is_some_and(crate::docker::ContainerFacts::is_running);
    let listening = if running { host.listening_ports(name).await.ok().flatten() } else { None };
    let restarts = facts.as_ref().map_or(0, |facts| facts.restarts);
    // A container that runs again after a restart still shows how it ended before.
    let exit = facts.and_then(|facts| facts.exit).filter(|_| !running || restarts > 0);
    let mut found = Autopsy { findings: Vec::new(), exit, restarts, listening, log };
    found.findings = found.causes(check.port, last);
    found
}

impl Autopsy {
    fn causes(&self, port: u16, last: &Attempt) -> Vec<Finding> {
        let mut causes = Vec::new();
        causes.extend(self.exit.as_ref().map(|exit| ending(exit, self.restarts)));
        match last {
            Attempt::Answered { status, .. } => causes.push(Finding::WrongStatus { status: *status }),
            Attempt::Silent(ProbeCause::Timeout) if self.hears(port) => causes.push(Finding::NoAnswer),
            Attempt::Silent(_) => causes.extend(self.port_cause(port)),
            Attempt::NotRunning => {}
        }
        causes
    }

    fn hears(&self, port: u16) -> bool {
        self.listening.as_ref().is_none_or(|listening| listening.open.contains(&port))
    }

    fn port_cause(&self, port: u16) -> Option<Finding> {
        let listening = self.listening.as_ref()?;
        if listening.open.contains(&port) {
            None
        } else if listening.loopback_only.contains(&port) {
            Some(Finding::LoopbackOnly { port })
        } else if listening.open.is_empty() {
            Some(Finding::ListensNowhere)
        } else {
            Some(Finding::OtherPort { asked: port, listens: listening.open.clone() })
        }
    }
}

fn ending(exit: &ExitFacts, restarts: u32) -> Finding {
    if exit.oom_killed {
        Finding::OutOfMemory
    } else if !exit.report.is_empty() {
        Finding::NotStarted { report: exit.report.clone() }
    } else {
        Finding::Exited { code: exit.code, restarts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(open: &[u16], loopback_only: &[u16]) -> Autopsy {
        let listening = ListeningPorts {
            open: open.iter().copied().collect(),
            loopback_only: loopback_only.iter().copied().collect(),
        };
        Autopsy { listening: Some(listening), ..Autopsy::default() }
    }

    #[test]
    fn d6_the_cause_is_told_apart_by_what_it_listens_on() {
        let silent = Attempt::Silent(ProbeCause::Refused);
        let other = found(&[3000], &[41000]).causes(8080, &silent);
        assert_eq!(other[0].to_string(), "it listens on port 3000, not on port 8080");
        let inside = found(&[], &[8080]).causes(8080, &silent);
        assert_eq!(inside, [Finding::LoopbackOnly { port: 8080 }]);
        // The engine's own name server listens on a loopback address of every container.
        let nowhere = found(&[], &[41000]).causes(8080, &silent);
        assert_eq!(nowhere, [Finding::ListensNowhere]);
        let hangs = found(&[8080], &[]).causes(8080, &Attempt::Silent(ProbeCause::Timeout));
        assert_eq!(hangs, [Finding::NoAnswer]);
    }

    #[test]
    fn d6_running_out_of_memory_comes_before_the_exit_code() {
        let exit = ExitFacts { code: 137, oom_killed: true, report: String::new(), at: None };
        assert_eq!(ending(&exit, 2), Finding::OutOfMemory);
    }
}
