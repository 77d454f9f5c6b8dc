//! What serves where in an environment on several hosts, as far as a run knows.

use seatrial_core::model::{OnFailure, SshHost};
use seatrial_core::pipeline::Action;
use seatrial_core::plan::HostMove;
use seatrial_core::run::{End, RunState, StepState, StepStatus};

/// The end of a run that leaves hosts as they are when a later one fails, if that is asked for and some hosts, but not
/// all, may serve the new version by now.
pub(super) fn hold(state: &RunState, reason: &str) -> Option<End> {
    let hosts = state.summary.hosts.as_ref().filter(|hosts| hosts.on_failure == OnFailure::Hold)?;
    let switches: Vec<&StepState> = state.steps.iter().filter(|s| is_switch(s)).collect();
    let done = switches.iter().filter(|s| s.status == StepStatus::Succeeded).count();
    let begun = switches.iter().filter(|s| s.attempts > 0).count();
    if begun == 0 || done == switches.len() {
        return None;
    }
    let new = state.version.as_deref().unwrap_or("the new version");
    let old = hosts.hosts.iter().find_map(HostMove::live_version);
    let back = match old {
        Some(old) => {
            format!("to go back, `seatrial rollback --to {old}`: hosts that serve it are left alone")
        }
        None => "to go back, `seatrial rollback --to` the version before".to_owned(),
    };
    Some(End::NeedsAttention {
        reason: [vec![reason.to_owned()], what_serves(state)].concat().join("; "),
        choices: vec![
            format!("to go on, `seatrial ship --release {new}`: only what is missing is done"),
            back,
        ],
    })
}

/// What each host serves; nothing where there is only one.
pub(super) fn what_serves(state: &RunState) -> Vec<String> {
    let hosts = state.summary.hosts.iter().flat_map(|hosts| &hosts.hosts);
    hosts.map(|host| format!("{} {}", host.host.host(), serving(state, host))).collect()
}

fn serving(state: &RunState, host: &HostMove) -> String {
    let before = match (host.live, host.live_version()) {
        (None, _) => "nothing".to_owned(),
        (Some(_), version) => version.unwrap_or("the version before").to_owned(),
    };
    let Some(switch) = switch_of(state, &host.host) else { return format!("was left at {before}") };
    match (switch.status, &switch.failure) {
        (StepStatus::Succeeded, None) => {
            format!("serves {}", state.version.as_deref().unwrap_or("the new version"))
        }
        (StepStatus::Undone, _) => format!("serves {before} again"),
        (StepStatus::Pending | StepStatus::Skipped, _) => format!("was not switched from {before}"),
        // Begun and not read back: either may serve, and guessing helps nobody.
        _ => "was being switched, and what it serves could not be read back".to_owned(),
    }
}

fn is_switch(state: &StepState) -> bool {
    matches!(state.step.action, Action::SwitchTraffic { .. })
}

fn switch_of<'s>(state: &'s RunState, host: &SshHost) -> Option<&'s StepState> {
    state.steps.iter().find(|s| is_switch(s) && s.step.host.as_ref() == Some(host))
}
