//! The inbox and copies of the history.

use super::text::visible_line;
use super::time::ago;
use super::{Mark, Paint, table};
use chrono::{DateTime, Utc};
use seatrial_app::api::types::{BackupLine, Inbox};
use std::fmt::Write as _;

/// What happened, newest first.
pub(crate) fn inbox(inbox: &Inbox, now: DateTime<Utc>, paint: Paint) -> String {
    if inbox.items.is_empty() {
        return "Nothing happened yet. `seatrial deploy` starts a run.\n".to_owned();
    }
    let mut out = String::new();
    for item in &inbox.items {
        let new = if item.seen { "" } else { " (new)" };
        let mark = if item.waits { Mark::Look } else { item.run.status.into() };
        let title = paint.bold(&visible_line(&item.title));
        let _ = writeln!(out, "{} {title}, {}{new}", paint.mark(mark), ago(item.at, now));
        let _ = writeln!(out, "  {}", visible_line(&item.text));
    }
    out
}

/// Copies of the history.
pub(crate) fn backups(backups: &[BackupLine], now: DateTime<Utc>, paint: Paint) -> String {
    if backups.is_empty() {
        return "No copy of the history yet. `seatrial backup create` makes one.\n".to_owned();
    }
    let mut rows = vec![["NAME", "MADE", "SIZE"].map(|word| paint.dim(word))];
    let size = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    rows.extend(backups.iter().map(|copy| [visible_line(&copy.name), ago(copy.at, now), size(copy.bytes)]));
    table(&rows)
}

#[cfg(test)]
mod tests {
    use super::super::lists::tests::run_line;
    use super::super::samples::{at, run_id};
    use super::*;
    use seatrial_app::api::types::InboxItem;

    #[test]
    fn what_still_waits_and_what_is_new_is_said_in_words() {
        let item = |waits, seen| InboxItem {
            run: run_line(run_id()),
            title: "shop 2.0 needs you in prod".into(),
            text: "Health: refused.".into(),
            at: at(0),
            waits,
            seen,
        };
        let text = inbox(
            &Inbox { items: vec![item(true, false), item(false, true)], unseen: 1 },
            at(0),
            Paint::PLAIN,
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "! shop 2.0 needs you in prod, just now (new)");
        assert_eq!(lines[2], "+ shop 2.0 needs you in prod, just now");
        assert!(
            inbox(&Inbox { items: Vec::new(), unseen: 0 }, at(0), Paint::PLAIN).contains("seatrial deploy")
        );
    }

    #[test]
    fn copies_are_listed_by_the_name_that_restores_them() {
        let copy = BackupLine { name: "seatrial-1.db".into(), at: at(0), bytes: 3 << 20 };
        let text = backups(&[copy], at(0), Paint::PLAIN);
        assert_eq!(text.lines().nth(1), Some("seatrial-1.db  just now  3.0 MiB"));
    }
}
