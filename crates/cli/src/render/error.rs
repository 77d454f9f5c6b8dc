//! An error for people: what happened, what it means, what to do.

use super::text::{indent, visible};
use super::{Mark, Paint, problem};
use seatrial_app::api::{ApiError, Code};
use std::fmt::Write as _;
use std::path::Path;

/// The whole error. Problems are quoted from the files in `folder`.
pub(crate) fn text(error: &ApiError, folder: Option<&Path>, paint: Paint) -> String {
    let mut out = String::new();
    if !error.problems.is_empty() {
        out.push_str(&problem::all(&error.problems, folder, paint));
        out.push('\n');
    }
    let mark = match error.code {
        Code::TrustRequired | Code::Refused | Code::Busy | Code::PlanOutdated => Mark::Waiting,
        _ => Mark::Failed,
    };
    let _ = writeln!(out, "{} {}", paint.mark(mark), paint.bold(&visible(&error.message)));
    if let Some(detail) = &error.detail {
        out.push_str(&indent(&visible(detail), 4));
    }
    for hint in &error.hints {
        let _ = writeln!(out, "hint: {}", visible(hint));
    }
    if let Some(run) = error.run {
        let _ = writeln!(out, "{}", paint.dim(&format!("log: seatrial logs {run}")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_happened_with_evidence_and_what_to_do() {
        let error = ApiError::new(Code::TargetUnreachable, "no Docker engine answers; nothing was changed")
            .detail("dial unix docker.sock: no such file")
            .hint("start Docker")
            .hint("see `seatrial doctor`");
        insta::assert_snapshot!(text(&error, None, Paint::SHAPES), @r"
        ✖ no Docker engine answers; nothing was changed
            dial unix docker.sock: no such file
        hint: start Docker
        hint: see `seatrial doctor`
        ");
    }
}
