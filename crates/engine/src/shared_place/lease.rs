use chrono::{DateTime, Utc};
use seatrial_core::model::{Actor, RunId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a lease holds without being renewed.
pub(super) const TTL: Duration = Duration::from_secs(45);

/// Who holds a lease, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The run.
    pub run: RunId,
    /// Who started it.
    pub actor: Actor,
    /// Since when, by their clock.
    pub since: DateTime<Utc>,
    /// What for: "deploy 2.4.2".
    pub doing: String,
}

/// A lease that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Higher than of any holder before.
    pub token: u64,
    /// Who.
    pub holder: Holder,
    /// Time since it was renewed, by the server's uptime; `None`: the server was started since.
    pub idle: Option<Duration>,
}

impl Lease {
    /// Whether anybody may take it. Wall clocks decide nothing here, and a restart of the server ends every lease.
    pub fn is_expired(&self) -> bool {
        self.idle.is_none_or(|idle| idle > TTL)
    }
}

/// A lease as a change of the proxy's files looks at it: under the lock, at the moment of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeaseMark {
    /// Its file, seen from the proxy's folder.
    pub(crate) file: String,
    /// The token that has to be in it.
    pub(crate) token: u64,
}

/// The answer to a request for a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is ours.
    Acquired {
        /// The token.
        token: u64,
    },
    /// Somebody has it.
    Held(Box<Lease>),
}

/// What the lease's file and the server's clock say: see the script.
pub(super) fn parse(lines: &[&str]) -> Option<Lease> {
    let [state, renewed, now, holder] = lines else { return None };
    let mut words = state.split(' ');
    let token = words.next()?.parse().ok()?;
    if words.next()? != "held" {
        return None;
    }
    let (then, now) = (clock(renewed)?, clock(now)?);
    let idle = (then.0 == now.0).then(|| Duration::from_secs(now.1.saturating_sub(then.1)));
    Some(Lease { token, holder: serde_json::from_str(holder).ok()?, idle })
}

fn clock(line: &str) -> Option<(&str, u64)> {
    let (boot, uptime) = line.split_once(' ')?;
    Some((boot, uptime.parse().ok()?))
}
