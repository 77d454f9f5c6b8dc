//! How reading an app's output is, on one server and on all of them.

use crate::api::types::OutputState;
use seatrial_core::model::Slot;
use seatrial_engine::output::Sight;
use std::collections::BTreeMap;

/// How reading is on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) state: OutputState,
    pub(super) slot: Option<Slot>,
    /// Why it was lost.
    pub(super) message: Option<String>,
}

impl Seen {
    /// Nothing is seen yet.
    pub(super) const CONNECTING: Self = Self { state: OutputState::Connecting, slot: None, message: None };

    /// Takes down what was seen last.
    pub(super) fn see(&mut self, sight: Sight) {
        self.message = None;
        (self.state, self.slot) = match sight {
            Sight::Following(slot) => (OutputState::Running, Some(slot)),
            Sight::Stopped(slot) => (OutputState::Stopped, Some(slot)),
            Sight::Nothing => (OutputState::Nothing, None),
            Sight::Lost(message) => {
                self.message = Some(message);
                (OutputState::Lost, self.slot)
            }
        };
    }
}

/// How reading is on all servers: that of the one that needs most attention, with the names of those that do not run or
/// were lost.
pub(super) fn of_all(seen: &BTreeMap<Option<String>, Seen>) -> Seen {
    let urgency = |state| match state {
        OutputState::Lost => 4,
        OutputState::Connecting => 3,
        OutputState::Stopped => 2,
        OutputState::Running => 1,
        OutputState::Nothing => 0,
    };
    let state = seen.values().map(|one| one.state).max_by_key(|state| urgency(*state));
    let mut slots = seen.values().map(|one| one.slot);
    let first = slots.next().flatten();
    let words = seen.iter().filter_map(|(server, one)| match (server, &one.message) {
        (None, message) => message.clone(),
        (Some(server), Some(message)) => Some(format!("{server}: {message}")),
        (Some(server), None) => {
            (one.state == OutputState::Stopped).then(|| format!("{server}: does not run"))
        }
    });
    let words: Vec<String> = words.collect();
    Seen {
        state: state.unwrap_or(OutputState::Connecting),
        slot: first.filter(|first| slots.all(|slot| slot == Some(*first))),
        message: (!words.is_empty()).then(|| words.join("; ")),
    }
}
