//! Environments on several hosts: what each serves, and what will happen on each.

use super::text::visible_line;
use super::{Mark, Paint, table};
use seatrial_app::api::types::{Health, HostState};
use seatrial_core::model::Slot;
use seatrial_core::plan::{HostMove, HostsMove, SlotView};

/// "2 of 3 hosts serve 2.4.1", and a line for every host.
pub(crate) fn states(hosts: &[HostState], version: Option<&str>, paint: Paint) -> String {
    let current = hosts.iter().filter(|host| host.current).count();
    let all = hosts.len();
    let mark = if current == all { Mark::Done } else { Mark::Look };
    let version = version.map_or_else(|| "what is recorded".to_owned(), visible_line);
    let serve = if current == 1 { "serves" } else { "serve" };
    let head = format!("{} {current} of {all} hosts {serve} {version}\n", paint.mark(mark));
    let rows: Vec<[String; 3]> = hosts.iter().map(|host| state(host, paint)).collect();
    head + &table(&rows)
}

/// Whether hosts that could be looked at serve something else than what is recorded.
pub(crate) fn mixed(hosts: &[HostState]) -> bool {
    hosts.iter().any(|host| host.unreachable.is_none() && !host.current)
}

fn state(host: &HostState, paint: Paint) -> [String; 3] {
    let name = visible_line(host.host.host());
    if let Some(why) = &host.unreachable {
        return [
            format!("  {} {name}", paint.mark(Mark::Failed)),
            "cannot be reached".to_owned(),
            visible_line(why),
        ];
    }
    let serves = match (&host.version, host.observed.as_ref().and_then(|seen| seen.direction)) {
        (Some(version), _) => visible_line(version),
        (None, Some(slot)) => format!("slot {slot}"),
        (None, None) => "nothing".to_owned(),
    };
    let good = host.current && host.observed.as_ref().is_some_and(|seen| seen.health == Health::Answers);
    let answer = host.observed.as_ref().and_then(|seen| seen.answer.as_deref()).map(visible_line);
    let mark = if good { Mark::Done } else { Mark::Look };
    [format!("  {} {name}", paint.mark(mark)), serves, answer.unwrap_or_default()]
}

/// One line for every host: its batch, what answers there and what will.
pub(crate) fn moves(hosts: &HostsMove, paint: Paint) -> Vec<String> {
    let rows: Vec<[String; 3]> = hosts.hosts.iter().map(|host| one_move(host, paint)).collect();
    table(&rows).lines().map(str::to_owned).collect()
}

fn one_move(host: &HostMove, paint: Paint) -> [String; 3] {
    let name = visible_line(host.host.host());
    let words = |view: Option<&SlotView>, unknown: &str| match view {
        Some(view) => {
            let version = view.version.as_deref().map_or_else(|| unknown.to_owned(), visible_line);
            format!("{version} ({})", view.slot)
        }
        None => "nothing".to_owned(),
    };
    let before = words(find(&host.before, host.live), "(unknown)");
    let Some(batch) = host.batch else { return [name, "as it is".to_owned(), before] };
    // The slot that will answer is the one that does not answer now.
    let after = find(&host.after, Some(host.live.map_or(Slot::Blue, Slot::other)));
    let arrow = paint.either("→", "->");
    [name, format!("batch {batch}"), format!("{before} {arrow} {}", words(after, "(to be built)"))]
}

fn find(views: &[SlotView], slot: Option<Slot>) -> Option<&SlotView> {
    views.iter().find(|view| Some(view.slot) == slot)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use seatrial_app::api::types::ObservedPlace;
    use seatrial_core::model::OnFailure;

    fn host(name: &str, version: Option<&str>, unreachable: Option<&str>) -> HostState {
        let observed = unreachable.is_none().then(|| ObservedPlace {
            at: Utc::now(),
            engine: String::new(),
            disk_free: None,
            slots: Vec::new(),
            direction: version.map(|_| Slot::Blue),
            health: Health::Answers,
            answer: Some("200 in 3 ms".into()),
        });
        HostState {
            host: format!("ssh://{name}").parse().unwrap(),
            version: version.map(str::to_owned),
            current: version == Some("2.4.1"),
            observed,
            unreachable: unreachable.map(str::to_owned),
        }
    }

    #[test]
    fn hosts_are_mixed_only_where_another_release_was_seen() {
        let (as_recorded, behind) = (host("web1", Some("2.4.1"), None), host("web2", Some("2.4.0"), None));
        let away = host("web3", None, Some("the connection timed out"));
        assert!(mixed(&[as_recorded.clone(), behind]));
        assert!(!mixed(&[as_recorded, away]), "what was not seen is not said to be another");
        assert!(!mixed(&[]));
    }

    #[test]
    fn every_host_is_shown_with_what_it_serves_and_one_that_is_away_is_said_to_be() {
        let hosts = [
            host("web1", Some("2.4.1"), None),
            host("web2", Some("2.4.0"), None),
            host("web3", None, Some("the connection timed out")),
        ];
        insta::assert_snapshot!(states(&hosts, Some("2.4.1"), Paint::SHAPES));
    }

    #[test]
    fn a_plan_shows_the_batch_of_every_host_and_which_ones_stay() {
        let view = |slot, version: Option<&str>, role: &str| SlotView {
            slot,
            version: version.map(str::to_owned),
            role: role.to_owned(),
        };
        let old = vec![view(Slot::Blue, Some("1.0.0"), "live")];
        let new = vec![view(Slot::Blue, Some("1.0.0"), "kept"), view(Slot::Green, Some("1.1.0"), "live")];
        let one = |name: &str, batch, before: &[SlotView], after: &[SlotView]| HostMove {
            host: format!("ssh://{name}").parse().unwrap(),
            batch,
            live: before.first().map(|view| view.slot),
            before: before.to_vec(),
            after: after.to_vec(),
        };
        let fresh = vec![view(Slot::Blue, None, "live")];
        let hosts = vec![
            one("web1", Some(1), &old, &new),
            one("web2", None, &old, &old),
            one("web3", Some(2), &[], &fresh),
        ];
        let hosts = HostsMove { on_failure: OnFailure::Revert, hosts };
        insta::assert_snapshot!(moves(&hosts, Paint::SHAPES).join("\n"));
    }
}
