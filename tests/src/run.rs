//! A run as `--json` tells it.

use serde_json::Value;
use std::time::{Duration, SystemTime};

/// A run, and the exit status of the call that followed it.
#[derive(Debug, Clone)]
pub struct Run {
    /// The whole document.
    pub state: Value,
    /// Exit status of the call.
    pub status: i32,
}

impl Run {
    pub(crate) fn new(state: Value, status: i32) -> Self {
        Self { state, status }
    }

    /// The run's id.
    pub fn id(&self) -> &str {
        self.state["id"].as_str().unwrap_or_default()
    }

    /// How it ended: `live`, `failed_clean`, `rolled_back`; empty while it goes on.
    pub fn end(&self) -> &str {
        self.state["end"]["end"].as_str().unwrap_or_default()
    }

    /// Why it did not end as asked.
    pub fn reason(&self) -> &str {
        self.state["end"]["reason"].as_str().unwrap_or_default()
    }

    /// Itself, after making sure of how it ended.
    #[track_caller]
    pub fn expect(self, end: &str) -> Self {
        assert_eq!(self.end(), end, "{}", self.report());
        self
    }

    /// Steps with how they are.
    pub fn steps(&self) -> impl Iterator<Item = (&str, &str)> {
        let steps = self.state["steps"].as_array().into_iter().flatten();
        steps.map(|step| (text(&step["step"]["id"]), text(&step["status"])))
    }

    /// A step's state; `Null` when there is none of that name.
    pub fn step(&self, id: &str) -> &Value {
        let steps = self.state["steps"].as_array().into_iter().flatten();
        steps.into_iter().find(|step| step["step"]["id"] == id).unwrap_or(&Value::Null)
    }

    /// Time of a step's last attempt, in milliseconds.
    pub fn step_ms(&self, id: &str) -> u64 {
        self.step(id)["duration_ms"].as_u64().unwrap_or(0)
    }

    /// When a step's first attempt began; `None` when it never did.
    pub fn began(&self, id: &str) -> Option<SystemTime> {
        moment(self.step(id)["started_at"].as_str()?)
    }

    /// When a step's last attempt ended; `None` when it did not.
    pub fn ended(&self, id: &str) -> Option<SystemTime> {
        moment(self.step(id)["ended_at"].as_str()?)
    }

    /// Requests of the prober: sent and failed.
    pub fn proof(&self) -> (u64, u64) {
        let count = |name: &str| self.state["proof"][name].as_u64().unwrap_or(0);
        (count("sent"), count("failed"))
    }

    /// Steps, failures and end, for messages of failed tests.
    pub fn report(&self) -> String {
        let steps: Vec<String> = self.steps().map(|(id, status)| format!("{id} {status}")).collect();
        let failures: Vec<String> = self.failures().map(|failure| format!("{failure:#}")).collect();
        format!("end {:#}\nsteps {}\n{}", self.state["end"], steps.join(", "), failures.join("\n"))
    }

    /// Failures of steps.
    pub fn failures(&self) -> impl Iterator<Item = &Value> {
        let steps = self.state["steps"].as_array().into_iter().flatten();
        steps.map(|step| &step["failure"]).filter(|failure| !failure.is_null())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A moment written as `2026-01-31T12:00:00.123Z`.
fn moment(text: &str) -> Option<SystemTime> {
    let (day, time) = text.trim_end_matches('Z').split_once('T')?;
    let mut parts = day.split('-').map(str::parse::<u64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let mut parts = time.split(':').map(str::parse::<f64>);
    let (hour, minute, second) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    // Years that begin in March end with the leap day.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    let time =
        Duration::from_secs(days * 86_400) + Duration::from_secs_f64(hour * 3600.0 + minute * 60.0 + second);
    Some(SystemTime::UNIX_EPOCH + time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_moment_is_read() {
        let read = moment("2026-11-23T06:42:34.250Z").unwrap();
        let expected = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_416_154_250);
        assert!(read.max(expected).duration_since(read.min(expected)).unwrap() < Duration::from_millis(1));
    }
}
