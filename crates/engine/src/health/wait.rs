//! The wait itself.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::autopsy::{Autopsy, autopsy};
use super::patience::Patience;
use crate::docker::{ContainerFacts, ContainerHost, EngineError, Phase};
use crate::probe::{ProbeAnswer, ProbeCause, ProbeRequest};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const EAGER: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// More restarts than this within one wait are a crash loop: waiting longer would not help.
const CRASH_LOOP: u32 = 3;

/// When a container counts as healthy.
#[derive(Debug, Clone)]
pub struct HealthCheck {
    /// Port inside the container.
    pub port: u16,
    /// Path asked for.
    pub path: String,
    /// `Host` header sent along, usually the app's first domain.
    pub host: String,
    /// Lowest and highest status that count.
    pub status: (u16, u16),
    /// Time for one request.
    pub request: Duration,
    /// Time until it must be healthy.
    pub deadline: Duration,
    /// Good answers in a row that are needed.
    pub successes: u32,
}

impl HealthCheck {
    /// Any answer from 200 to 399 within 30 seconds, once.
    pub fn new(port: u16, path: impl Into<String>, host: impl Into<String>) -> Self {
        Self {
            port,
            path: path.into(),
            host: host.into(),
            status: (200, 399),
            request: Duration::from_secs(5),
            deadline: Duration::from_secs(30),
            successes: 1,
        }
    }
}

/// What a container answered when asked for its health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// It answered over HTTP.
    Answered {
        /// Status code.
        status: u16,
        /// Beginning of the body.
        body: String,
        /// Time it took.
        latency: Duration,
    },
    /// It did not answer.
    Silent(ProbeCause),
    /// It was not running at that moment.
    NotRunning,
}

/// A container was found healthy.
#[derive(Debug, Clone)]
pub struct Healthy {
    /// Time from the beginning of the wait.
    pub after: Duration,
    /// Requests made.
    pub attempts: u32,
    /// The last answer.
    pub answer: ProbeAnswer,
}

/// Why a wait was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnhealthyReason {
    /// It never answered as it should within the deadline.
    Deadline,
    /// Its process ended.
    Exited,
    /// Its process ended again and again.
    CrashLoop,
}

/// A container did not become healthy.
#[derive(Debug, Clone)]
pub struct Unhealthy {
    /// Why the wait was given up.
    pub reason: UnhealthyReason,
    /// Time from the beginning of the wait.
    pub after: Duration,
    /// Requests made.
    pub attempts: u32,
    /// The last attempt.
    pub last: Attempt,
    /// Everything that can be said about the cause.
    pub autopsy: Autopsy,
}

impl std::fmt::Display for Unhealthy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.autopsy.findings.first() {
            Some(finding) => write!(f, "{finding}"),
            None => write!(f, "it did not become healthy within {:.1} s", self.after.as_secs_f64()),
        }
    }
}

/// A wait for health that did not end with a healthy container.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// The container is not healthy.
    #[error("{0}")]
    Unhealthy(Box<Unhealthy>),
    /// The engine failed, so that nothing can be said about the container.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Asks a container until it is healthy, its deadline passes, or waiting has become pointless.
pub async fn until_healthy(
    host: &dyn ContainerHost,
    name: &str,
    check: &HealthCheck,
) -> Result<Healthy, WaitError> {
    let started = Instant::now();
    let patience = Patience::new(check.deadline);
    let request = check.request;
    let mut wait =
        Wait { host, name, check, started, patience, request, attempts: 0, good: 0, first_restarts: None };
    let mut pause = FIRST_PAUSE;
    loop {
        let round = Instant::now();
        let last = match wait.attempt().await? {
            Look::Healthy(answer) => {
                return Ok(Healthy { after: started.elapsed(), attempts: wait.attempts, answer });
            }
            Look::Not(last) => last,
        };
        if let Some(reason) = wait.pointless(round, &last).await? {
            return Err(wait.give_up(reason, last).await);
        }
        sleep(pause).await;
        // Most apps are up within half a second: until then a longer pause would only be lost time.
        if started.elapsed() > EAGER {
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }
}

struct Wait<'a> {
    host: &'a dyn ContainerHost,
    name: &'a str,
    check: &'a HealthCheck,
    started: Instant,
    patience: Patience,
    /// Time that the last request had.
    request: Duration,
    attempts: u32,
    good: u32,
    first_restarts: Option<u32>,
}

enum Look {
    Healthy(ProbeAnswer),
    Not(Attempt),
}

impl Wait<'_> {
    async fn attempt(&mut self) -> Result<Look, EngineError> {
        self.attempts += 1;
        self.request = self.check.request.min(self.patience.left()).max(FIRST_PAUSE);
        let asked = ProbeRequest::get(&self.check.host, &self.check.path, self.request);
        let outcome = match self.host.probe(self.name, self.check.port, &asked).await {
            Ok(outcome) => outcome,
            Err(EngineError::NotRunning { .. }) => return Ok(self.bad(Attempt::NotRunning)),
            Err(error) => return Err(error),
        };
        Ok(match outcome {
            Err(error) => self.bad(Attempt::Silent(error.cause())),
            Ok(answer) if (self.check.status.0..=self.check.status.1).contains(&answer.status) => {
                self.good += 1;
                if self.good >= self.check.successes {
                    return Ok(Look::Healthy(answer));
                }
                Look::Not(answered(&answer))
            }
            Ok(answer) => self.bad(answered(&answer)),
        })
    }

    fn bad(&mut self, attempt: Attempt) -> Look {
        self.good = 0;
        Look::Not(attempt)
    }

    async fn pointless(
        &mut self,
        round: Instant,
        last: &Attempt,
    ) -> Result<Option<UnhealthyReason>, EngineError> {
        let own = match last {
            Attempt::Answered { latency, .. } => *latency,
            Attempt::Silent(ProbeCause::Timeout) => self.request,
            Attempt::Silent(_) | Attempt::NotRunning => Duration::ZERO,
        };
        // A good answer says that it runs; looking again would only cost time.
        let facts = if self.good > 0 { None } else { self.host.container(self.name).await? };
        if let Some(reason) = facts.and_then(|facts| self.ended(&facts)) {
            return Ok(Some(reason));
        }
        self.patience.round(round, own);
        let over = self.patience.is_over();
        let gone = *last == Attempt::NotRunning && self.host.container(self.name).await?.is_none();
        Ok(match (gone, over) {
            (true, _) => Some(UnhealthyReason::Exited),
            (false, true) => Some(UnhealthyReason::Deadline),
            (false, false) => None,
        })
    }

    fn ended(&mut self, facts: &ContainerFacts) -> Option<UnhealthyReason> {
        let first = *self.first_restarts.get_or_insert(facts.restarts);
        match facts.phase {
            _ if facts.restarts >= first + CRASH_LOOP => Some(UnhealthyReason::CrashLoop),
            Phase::Exited | Phase::Gone => Some(UnhealthyReason::Exited),
            _ => None,
        }
    }

    async fn give_up(&self, reason: UnhealthyReason, last: Attempt) -> WaitError {
        // From here on the deadline has nothing to say: the report is what a person needs now.
        let autopsy = autopsy(self.host, self.name, self.check, &last).await;
        let after = self.started.elapsed();
        WaitError::Unhealthy(Box::new(Unhealthy { reason, after, attempts: self.attempts, last, autopsy }))
    }
}

fn answered(answer: &ProbeAnswer) -> Attempt {
    Attempt::Answered { status: answer.status, body: answer.text(), latency: answer.latency }
}
