//! What a target holds and nothing needs, and what became of it.

use super::line::bytes_words;
use super::text::{count, visible_line};
use super::{Mark, Paint, table};
use seatrial_app::api::types::{LeftoverKind, LeftoverLine, Leftovers, Pruned};
use std::fmt::Write as _;

/// What may go.
pub(crate) fn text(found: &Leftovers, paint: Paint) -> String {
    let place = format!("{} {}", found.app, found.environment);
    let target = visible_line(&found.target.to_string());
    let kept = count(u64::from(found.keep), "newest release", "newest releases");
    let stays = format!("What is live, what a rollback goes back to, the {kept} and all volumes stay.");
    if found.items.is_empty() {
        return format!("{} Nothing of {place} on {target} is left over.\n", paint.mark(Mark::Done));
    }
    let mut out = format!("{}\n", paint.bold(&format!("No longer needed of {place} on {target}")));
    out.push_str(&lines(&found.items));
    let _ = writeln!(
        out,
        "{}{}\n{}",
        count(found.items.len() as u64, "thing", "things"),
        room(&found.items),
        paint.dim(&stays)
    );
    out
}

/// What went.
pub(crate) fn removed(pruned: &Pruned, paint: Paint) -> String {
    let mut out = lines(&pruned.removed);
    let things = count(pruned.removed.len() as u64, "thing", "things");
    let _ = writeln!(out, "{} {things} removed{}", paint.mark(Mark::Done), room(&pruned.removed));
    if !pruned.stayed.is_empty() {
        let _ = writeln!(out, "{} In use by now, so it stays:", paint.mark(Mark::Look));
        out.push_str(&lines(&pruned.stayed));
    }
    out
}

fn lines(items: &[LeftoverLine]) -> String {
    let row = |line: &LeftoverLine| {
        let kind = match line.kind {
            LeftoverKind::Container => "  container",
            LeftoverKind::Name => "  name",
            LeftoverKind::Image => "  image",
        };
        let size = line.size.map_or_else(|| "-".to_owned(), bytes_words);
        [kind.to_owned(), visible_line(&line.name), visible_line(&line.versions.join(", ")), size]
    };
    table(&items.iter().map(row).collect::<Vec<_>>())
}

/// Layers that images share are freed with the last of them.
fn room(items: &[LeftoverLine]) -> String {
    match items.iter().filter_map(|line| line.size).sum::<u64>() {
        0 => String::new(),
        bytes => format!(", at most {}", bytes_words(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seatrial_core::model::{AppName, Digest, EnvironmentName, Target};

    fn line(kind: LeftoverKind, name: &str, size: Option<u64>) -> LeftoverLine {
        LeftoverLine { kind, name: name.into(), versions: vec!["1.2.0".into()], size }
    }

    fn found(items: Vec<LeftoverLine>) -> Leftovers {
        Leftovers {
            app: AppName::new("shop").unwrap(),
            environment: EnvironmentName::new("prod").unwrap(),
            target: Target::Docker,
            keep: 5,
            items,
            digest: Digest::of(b"x"),
        }
    }

    #[test]
    fn what_may_go_is_listed_with_its_size_and_what_stays_is_said() {
        let items = vec![
            line(LeftoverKind::Container, "seatrial-shop--prod-green", None),
            line(LeftoverKind::Image, "seatrial/shop:1.2.0", Some(48_000_000)),
        ];
        let text = text(&found(items), Paint::PLAIN);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "No longer needed of shop prod on docker");
        assert!(lines[2].starts_with("  image      seatrial/shop:1.2.0        1.2.0  "), "{text}");
        assert!(lines[3].starts_with("2 things, at most "), "{text}");
        assert!(lines[4].contains("5 newest releases and all volumes stay"), "{text}");
    }

    #[test]
    fn nothing_left_over_is_said_and_what_is_used_by_now_is_told_apart() {
        assert!(text(&found(Vec::new()), Paint::PLAIN).contains("is left over"));
        let pruned = Pruned {
            environment: EnvironmentName::new("prod").unwrap(),
            removed: Vec::new(),
            stayed: vec![line(LeftoverKind::Image, "seatrial/shop:1.2.0", Some(1))],
        };
        let text = removed(&pruned, Paint::PLAIN);
        assert!(text.contains("0 things removed\n") && text.contains("so it stays:\n  image"), "{text}");
    }
}
