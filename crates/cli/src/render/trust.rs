//! What a person says yes to before anything from a repository runs.

use super::text::{indent, visible, visible_line};
use super::{Mark, Paint};
use seatrial_app::api::types::TrustView;
use std::fmt::Write as _;

/// Commands, files and digest; what changed since the content trusted before.
pub(crate) fn text(trust: &TrustView, paint: Paint) -> String {
    let mut out = String::new();
    let (mark, word) = match (trust.granted, trust.changed) {
        (true, _) => (Mark::Done, "Trusted: exactly this content may run."),
        (false, true) => (Mark::Waiting, "Not trusted: the content changed since it was trusted."),
        (false, false) => (Mark::Waiting, "Not trusted yet: nothing of this folder runs before you say so."),
    };
    let _ = writeln!(out, "{} {word}", paint.mark(mark));
    if trust.commands.is_empty() {
        let _ = writeln!(out, "\nIt runs no commands on this machine.");
    } else {
        let _ = writeln!(out, "\nIt would run on this machine:");
        for command in &trust.commands {
            let shown = indent(&visible(command), 4);
            let _ = writeln!(out, "  {} {}", paint.dim("$"), shown.trim());
        }
    }
    let _ = writeln!(out, "\nDefined by:");
    for file in &trust.files {
        let _ = writeln!(out, "  {}", visible_line(file));
    }
    if let Some(diff) = &trust.diff {
        let _ = writeln!(out, "\nChanged since then:");
        out.push_str(&indent(&colored_diff(diff, paint), 2));
    }
    let _ = writeln!(out, "\ncontent {}", trust.digest);
    out
}

fn colored_diff(diff: &str, paint: Paint) -> String {
    let line = |line: &str| {
        let shown = visible_line(line);
        match line.chars().next() {
            Some('+') => paint.tint(Mark::Done, &shown),
            Some('-') => paint.tint(Mark::Failed, &shown),
            _ => shown,
        }
    };
    diff.lines().map(|text| line(text) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use seatrial_core::model::Digest;

    fn view() -> TrustView {
        TrustView {
            granted: false,
            digest: Digest::of(b"content"),
            files: vec!["seatrial.toml".into(), "Dockerfile".into()],
            commands: vec!["cargo test".into(), "echo \u{202e}olleh".into()],
            changed: true,
            diff: Some("-cargo test\n+cargo test --all\n unchanged\n".into()),
        }
    }

    #[test]
    fn commands_files_digest_and_change_are_all_shown() {
        insta::assert_snapshot!(text(&view(), Paint::SHAPES));
    }

    #[test]
    fn a_hidden_control_in_a_command_is_visible() {
        assert!(text(&view(), Paint::PLAIN).contains("echo \\u{202e}olleh"));
    }
}
