//! The plan a person reads before saying yes.

use super::text::{visible_line, width};
use super::{Mark, Paint, hosts, table};
use seatrial_core::model::{Phase, Slot};
use seatrial_core::pipeline::Step;
use seatrial_core::plan::{Plan, SlotView, TrafficMove};
use std::fmt::Write as _;

/// The whole plan; one sentence when there is nothing to do.
pub(crate) fn text(plan: &Plan, paint: Paint) -> String {
    let summary = &plan.summary;
    let mut out = String::new();
    if plan.production {
        let _ = writeln!(out, "{} {}", paint.mark(Mark::Look), paint.tint(Mark::Look, "PRODUCTION"));
    }
    let _ = writeln!(out, "{}", paint.bold(&visible_line(&summary.headline)));
    if plan.is_empty() {
        let _ = writeln!(out, "{} Nothing to do.", paint.mark(Mark::Done));
        out.push_str(&notices(&summary.notices, paint));
        return out;
    }
    out.push('\n');
    match &summary.hosts {
        Some(moved) => out.push_str(&labelled("hosts", &hosts::moves(moved, paint), paint)),
        None => {
            out.push_str(&slots("there", &summary.before, paint));
            out.push_str(&slots("will be", &summary.after, paint));
            if let Some(moved) = &summary.traffic {
                out.push_str(&labelled("traffic", &[traffic(moved, paint)], paint));
            }
        }
    }
    let checks: Vec<String> = summary.checks.iter().map(|check| visible_line(check)).collect();
    out.push_str(&labelled("decides", &checks, paint));
    out.push_str(&labelled("way back", &[visible_line(&summary.way_back)], paint));
    let urls: Vec<String> = summary.urls.iter().map(|url| visible_line(url)).collect();
    out.push_str(&labelled("answers", &urls, paint));
    out.push('\n');
    out.push_str(&steps(&plan.steps, paint));
    out.push_str(&notices(&summary.notices, paint));
    let _ = writeln!(out, "{}", paint.dim(&format!("plan {}", plan.fingerprint.short())));
    out
}

fn slots(label: &str, slots: &[SlotView], paint: Paint) -> String {
    let unknown = if label == "will be" { "(to be built)" } else { "(unknown)" };
    let line = |slot: &SlotView| {
        let version = slot.version.as_deref().map_or_else(|| unknown.to_owned(), visible_line);
        [slot.slot.to_string(), version, visible_line(&slot.role)]
    };
    let rows: Vec<[String; 3]> = slots.iter().map(line).collect();
    let lines: Vec<String> = table(&rows).lines().map(str::to_owned).collect();
    if lines.is_empty() {
        labelled(label, &["nothing".to_owned()], paint)
    } else {
        labelled(label, &lines, paint)
    }
}

fn traffic(moved: &TrafficMove, paint: Paint) -> String {
    let arrow = paint.either("→", "->");
    let from = moved.from.map_or("nothing", Slot::as_str);
    let way = format!("{from} {arrow} {} ({})", moved.to, moved.strategy);
    match &moved.held {
        Some(why) => format!("{way}, requests are held meanwhile: {}", visible_line(why)),
        None => way,
    }
}

/// A label before the first line, and the others under it.
fn labelled(label: &str, lines: &[String], paint: Paint) -> String {
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let head = if index == 0 { label } else { "" };
        let pad = " ".repeat(10_usize.saturating_sub(width(head)));
        let _ = writeln!(out, "  {}{pad}{line}", paint.dim(head));
    }
    out
}

fn steps(steps: &[Step], paint: Paint) -> String {
    let mut out = String::new();
    for phase in Phase::ALL {
        let of_phase: Vec<&Step> = steps.iter().filter(|step| step.phase == phase).collect();
        if of_phase.is_empty() {
            continue;
        }
        let _ = writeln!(out, "  {}", paint.bold(phase_name(phase)));
        let row = |step: &&Step| {
            let remark = if step.blocking { String::new() } else { paint.dim("does not decide") };
            [format!("    {}", step.practice), visible_line(&step.title), remark]
        };
        out.push_str(&table(&of_phase.iter().map(row).collect::<Vec<_>>()));
    }
    out.push('\n');
    out
}

/// The phase as a heading.
pub(crate) fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Build => "Build",
        Phase::Ship => "Ship",
        Phase::Evaluate => "Evaluate",
    }
}

fn notices(notices: &[String], paint: Paint) -> String {
    notices.iter().map(|notice| format!("{} {}\n", paint.mark(Mark::Look), visible_line(notice))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_plan_shows_what_is_there_what_will_be_and_the_way_back() {
        insta::assert_snapshot!(text(&samples::plan(), Paint::SHAPES));
    }

    #[test]
    fn a_plan_without_steps_says_that_there_is_nothing_to_do() {
        let mut plan = samples::plan();
        plan.steps.clear();
        plan.production = true;
        plan.summary.headline = "guestbook 1.4.0 is live in prod".to_owned();
        insta::assert_snapshot!(text(&plan, Paint::PLAIN));
    }

    #[test]
    fn a_title_from_a_repository_cannot_steer_the_terminal() {
        let mut plan = samples::plan();
        plan.steps[0].title = "echo \u{1b}[2J".to_owned();
        assert!(!text(&plan, Paint::SHAPES).contains('\u{1b}'));
    }
}
