//! What somebody made live by hand, and the history has to take note of.

use super::*;

/// Release 2 is live in green and shipped again; the history says something.
fn made_live(standing: Option<Standing>) -> Case {
    let mut case = Case::deploy(environment(), 2);
    case.request.phases = vec![Phase::Ship, Phase::Evaluate];
    case.release = Some(release(2));
    case.standing = standing;
    case
}

fn recorded(slot: Slot, number: u128, halted: bool) -> Option<Standing> {
    Some(Standing { slot, release: Some(release(number).id), halted })
}

#[test]
fn what_is_live_as_recorded_leaves_nothing_to_do() {
    for standing in [None, recorded(Slot::Green, 2, false)] {
        let plan = made_live(standing).plan().unwrap();
        assert!(plan.is_empty() && !plan.takes_as_it_is());
    }
}

#[test]
fn what_was_made_live_by_hand_is_written_down_and_nothing_else_happens() {
    let otherwise = [
        recorded(Slot::Blue, 1, false),
        recorded(Slot::Blue, 2, false),
        recorded(Slot::Green, 1, false),
        recorded(Slot::Green, 2, true),
    ];
    for standing in otherwise {
        let case = made_live(standing);
        let plan = case.plan().unwrap();
        assert!(plan.takes_as_it_is(), "{standing:?}");
        assert_eq!(ids(&plan), ["switch", "smoke", "verdict"]);
        let there = Action::SwitchTraffic { to: Some(Slot::Green) };
        assert_eq!((&plan.steps[0].action, plan.steps[0].undo.as_ref()), (&there, Some(&there)));
        assert_eq!(plan.summary.headline, "Take guestbook 1.2.0 in local (docker) as it is");
        assert_eq!((&plan.summary.before, plan.summary.traffic), (&plan.summary.after, None));
        assert_eq!(plan.summary.checks[0], "slot green answers through the public path");
        assert!(plan.summary.notices[0].contains("by hand"));
        let mut model = Model::of(&case.observed);
        plan.steps.iter().for_each(|step| model.apply(&step.action));
        assert_eq!(model, Model::of(&case.observed));
    }
}

#[test]
fn another_wish_or_other_settings_are_shipped_and_not_taken_as_they_are() {
    let mut other = made_live(recorded(Slot::Blue, 1, false));
    other.observed.slots.get_mut(&Slot::Green).unwrap().shape = Some("made with other settings".to_owned());
    let mut stopped = made_live(recorded(Slot::Blue, 1, false));
    stopped.observed.slots.get_mut(&Slot::Green).unwrap().state = SlotState::Stopped;
    let mut build = made_live(recorded(Slot::Blue, 1, false));
    build.request.phases = Phase::ALL.to_vec();
    build.release = None;
    for case in [other, stopped, build] {
        let plan = case.plan().unwrap();
        assert!(!plan.takes_as_it_is() && ids(&plan).contains(&"launch"), "{:?}", ids(&plan));
    }
    for kind in [RunKind::Stop, RunKind::Restart] {
        assert!(!kept(kind, 2, false).plan().unwrap().takes_as_it_is());
    }
}
