//! What slots use, as a table.

use super::line::bytes_words;
use super::text::visible_line;
use super::time::ago;
use super::{Paint, table};
use chrono::{DateTime, Utc};
use seatrial_app::api::types::{PlaceUsage, SlotUsage};

/// A line per slot and per worker of it.
pub(crate) fn text(usage: &PlaceUsage, now: DateTime<Utc>, paint: Paint) -> String {
    if usage.slots.is_empty() {
        return format!("Nothing was put into {}. `seatrial deploy` does.\n", usage.environment);
    }
    let head = ["SLOT", "VERSION", "CPU", "MEMORY", "RECEIVED", "SENT", "RESTARTS", "STARTED", "IMAGE"];
    let mut rows = vec![head.map(|word| paint.dim(word))];
    rows.extend(usage.slots.iter().map(|slot| row(slot, now)));
    table(&rows)
}

/// A table per server.
pub(crate) fn of_servers(all: &[PlaceUsage], now: DateTime<Utc>, paint: Paint) -> String {
    let one = |usage: &PlaceUsage| {
        let name = usage.server.as_ref().map(|server| visible_line(server.host())).unwrap_or_default();
        format!("{}\n{}", paint.bold(&name), text(usage, now, paint))
    };
    all.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn row(slot: &SlotUsage, now: DateTime<Utc>) -> [String; 9] {
    let used = slot.used.as_ref();
    let cpu = match used {
        Some(used) => used.cpu_percent.map_or_else(|| "-".to_owned(), |percent| format!("{percent:.1} %")),
        None => "does not run".to_owned(),
    };
    let memory = used.map(|used| match used.memory_limit {
        Some(limit) => format!("{} of {}", bytes_words(used.memory), bytes_words(limit)),
        None => bytes_words(used.memory),
    });
    let started = slot.started_at.filter(|_| used.is_some()).map(|at| ago(at, now));
    [
        slot.worker.as_ref().map_or_else(|| slot.slot.to_string(), |worker| format!("  {worker}")),
        slot.version.as_deref().map(visible_line).unwrap_or_default(),
        cpu,
        memory.unwrap_or_default(),
        used.map(|used| bytes_words(used.received)).unwrap_or_default(),
        used.map(|used| bytes_words(used.sent)).unwrap_or_default(),
        slot.restarts.to_string(),
        started.unwrap_or_default(),
        slot.image_bytes.map(bytes_words).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use seatrial_app::api::types::Used;
    use seatrial_core::model::{EnvironmentName, Slot, WorkerName};

    #[test]
    fn a_slot_shows_what_it_uses_or_that_it_does_not_run() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let used = Used {
            cpu_percent: Some(12.34),
            memory: 20 << 20,
            memory_limit: Some(1 << 30),
            received: 1 << 20,
            sent: 0,
            tasks: Some(3),
        };
        let slot = |slot, used| SlotUsage {
            slot,
            worker: None,
            version: Some("1.4.0".into()),
            started_at: Some(now - chrono::TimeDelta::minutes(5)),
            restarts: 2,
            used,
            image_bytes: Some(48 << 20),
        };
        let mails =
            SlotUsage { worker: WorkerName::new("mails").ok(), ..slot(Slot::Blue, Some(used.clone())) };
        let slots = vec![slot(Slot::Blue, Some(used)), mails, slot(Slot::Green, None)];
        let environment = EnvironmentName::new("prod").unwrap();
        insta::assert_snapshot!(text(
            &PlaceUsage { environment: environment.clone(), server: None, at: now, slots },
            now,
            Paint::PLAIN
        ));
        let nothing = PlaceUsage { environment, server: None, at: now, slots: Vec::new() };
        assert!(text(&nothing, now, Paint::PLAIN).contains("Nothing was put into prod"));
    }
}
