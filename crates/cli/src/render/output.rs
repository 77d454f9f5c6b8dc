//! What an app writes, for people.

use super::Paint;
use super::text::{log_line, visible_line};
use super::time::clock;
use seatrial_app::api::types::{OutputLine, OutputPage, OutputState};

/// A line, with its end.
pub(crate) fn line(line: &OutputLine, paint: Paint) -> String {
    let mark = if line.stream == "err" { paint.dim("! ") } else { String::new() };
    let server = line.server.as_deref().map(|server| format!("{}  ", paint.dim(&visible_line(server))));
    let (at, text) = (paint.dim(&clock(line.at)), log_line(&line.text, paint.color));
    format!("{at} {}{mark}{text}\n", server.unwrap_or_default())
}

/// How reading is, in one sentence.
pub(crate) fn state(page: &OutputPage) -> String {
    let slot = page.slot.map_or_else(|| "the slot".to_owned(), |slot| format!("slot {slot}"));
    match page.state {
        OutputState::Connecting => "connecting …".to_owned(),
        OutputState::Running => format!("following {slot} of {}", page.environment),
        OutputState::Stopped => match &page.message {
            Some(where_) => format!("{}; waiting for it", visible_line(where_)),
            None => format!("{slot} does not run; waiting for it"),
        },
        OutputState::Nothing => {
            format!("nothing runs in {} yet; waiting for a deployment", page.environment)
        }
        OutputState::Lost => {
            let why = page.message.as_deref().unwrap_or("no answer");
            format!("lost, trying again: {}", visible_line(why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use seatrial_core::model::{EnvironmentName, Slot};

    fn page(state: OutputState, slot: Option<Slot>, message: Option<&str>) -> OutputPage {
        OutputPage {
            environment: EnvironmentName::new("prod").unwrap(),
            slot,
            state,
            message: message.map(str::to_owned),
            lines: Vec::new(),
            feed: 1,
            first: 0,
            next: 0,
            total: 0,
            revision: 0,
        }
    }

    #[test]
    fn each_state_is_a_sentence_of_its_own() {
        let told = [
            page(OutputState::Connecting, None, None),
            page(OutputState::Running, Some(Slot::Green), None),
            page(OutputState::Stopped, Some(Slot::Blue), None),
            page(OutputState::Stopped, None, Some("web1: does not run")),
            page(OutputState::Nothing, None, None),
            page(OutputState::Lost, Some(Slot::Blue), Some("web1 did not\u{1b}[2J answer")),
        ]
        .map(|page| state(&page));
        assert_eq!(
            told,
            [
                "connecting …",
                "following slot green of prod",
                "slot blue does not run; waiting for it",
                "web1: does not run; waiting for it",
                "nothing runs in prod yet; waiting for a deployment",
                "lost, trying again: web1 did not\\u{1b}[2J answer",
            ]
        );
    }

    #[test]
    fn error_output_is_marked_and_nothing_steers_the_terminal() {
        let plain = Paint { color: false, unicode: true };
        let written = |stream: &str, text: &str| OutputLine {
            server: None,
            line: 0,
            slot: Slot::Blue,
            at: DateTime::UNIX_EPOCH,
            stream: stream.to_owned(),
            text: text.to_owned(),
        };
        let err = line(&written("err", "bad\u{1b}[31m red\u{7}"), plain);
        assert!(err.ends_with(" ! bad red\\u{7}\n"), "{err:?}");
        assert!(!line(&written("out", "good"), plain).contains('!'));
        let on_one = OutputLine { server: Some("web1".to_owned()), ..written("err", "bad") };
        assert!(line(&on_one, plain).ends_with(" web1  ! bad\n"), "{}", line(&on_one, plain));
    }
}
