//! What Seatrial needs on this machine.

use super::text::visible_line;
use super::{Mark, Paint};
use seatrial_app::api::types::{Check, CheckState, MachineView};
use std::fmt::Write as _;

/// A line per check, with what to do where something is to do.
pub(crate) fn text(machine: &MachineView, paint: Paint) -> String {
    let mut out = checks(&machine.checks, paint);
    let _ = writeln!(out, "\nseatrial {}, data in {}", machine.version, visible_line(&machine.home));
    out
}

/// A line per check.
pub(crate) fn checks(checks: &[Check], paint: Paint) -> String {
    let mut out = String::new();
    let widest = checks.iter().map(|check| super::text::width(&check.name)).max().unwrap_or(0);
    for check in checks {
        let mark = match check.state {
            CheckState::Ok => Mark::Done,
            CheckState::Warning => Mark::Look,
            CheckState::Failed => Mark::Failed,
        };
        let detail = visible_line(&check.detail);
        let _ = writeln!(out, "{} {:<widest$}  {detail}", paint.mark(mark), check.name);
        if let Some(fix) = &check.fix {
            let _ = writeln!(out, "  {}  {}", " ".repeat(widest), visible_line(fix));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_check_says_what_to_do() {
        let check = |name: &str, state, detail: &str, fix: Option<&str>| Check {
            name: name.into(),
            state,
            detail: detail.into(),
            fix: fix.map(Into::into),
        };
        let machine = MachineView {
            checks: vec![
                check("Docker engine", CheckState::Failed, "nothing answers", Some("start Docker")),
                check("git", CheckState::Ok, "2.39.5", None),
            ],
            home: "/h".into(),
            version: "0.1.0".into(),
        };
        insta::assert_snapshot!(text(&machine, Paint::SHAPES));
    }
}
