//! Servers.

use super::text::{log_line, visible_line};
use super::{Mark, Paint, machine, table};
use seatrial_app::api::types::{
    Adopted, Adoption, Preparation, PrepareProgress, PrepareState, TargetLine, TargetView,
};
use std::fmt::Write as _;

/// How a fingerprint is compared.
pub(crate) const COMPARE: &str = "Compare them with what the server itself says, on its console or in your provider's panel:\n  \
    for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -l -f \"$key\"; done";

/// One server per line: remembered ones first.
pub(crate) fn list(servers: &[TargetLine]) -> String {
    if servers.is_empty() {
        return "No server is remembered, and the SSH configuration names none.\n\
                Any works that `ssh` reaches: seatrial target add deploy@203.0.113.7"
            .to_owned();
    }
    table(&servers.iter().map(columns).collect::<Vec<_>>())
}

/// Servers with numbers to choose by.
pub(crate) fn choice(servers: &[TargetLine]) -> String {
    let rows = servers.iter().enumerate().map(|(index, server)| {
        let [target, login, added] = columns(server);
        [format!("{:>3}", index + 1), target, login, added]
    });
    table(&rows.collect::<Vec<_>>())
}

fn columns(server: &TargetLine) -> [String; 3] {
    let added = match server.added {
        Some(at) => format!("added {}", at.format("%Y-%m-%d")),
        None => "in the SSH configuration".to_owned(),
    };
    [visible_line(&server.target), visible_line(server.login.as_deref().unwrap_or("?")), added]
}

/// A server that is remembered no longer.
pub(crate) fn forgotten(server: &TargetLine) -> String {
    format!("{} is remembered no longer. Its keys stay known.", visible_line(&server.target))
}

/// What would be done on a server.
pub(crate) fn preparation(found: &Preparation, paint: Paint) -> String {
    let server = format!("{} ({})", visible_line(&found.target), visible_line(&found.system));
    if found.underway {
        return format!("{} {server} is being prepared right now", paint.mark(Mark::Running));
    }
    let mut out = match (&found.obstacle, found.commands.is_empty()) {
        (None, true) => {
            return format!(
                "{} Nothing has to be done on {server}: its Docker engine answers.",
                paint.mark(Mark::Done)
            );
        }
        (Some(obstacle), _) => format!("{} {server}: {}\n", paint.mark(Mark::Failed), visible_line(obstacle)),
        (None, false) => format!("{}\n", paint.bold(&format!("Would be done on {server}"))),
    };
    for (index, command) in found.commands.iter().enumerate() {
        let _ = writeln!(out, "\n{:>3}. {}", index + 1, visible_line(&command.line));
        let _ = writeln!(out, "     {}", paint.dim(&visible_line(&command.why)));
    }
    if let Some(hint) = &found.hint {
        let _ = writeln!(out, "\nhint: {}", visible_line(hint));
    }
    out
}

/// Lines that commands on a server said.
pub(crate) fn said(text: &str) -> String {
    // A bar that is drawn again and again ends in its last state.
    let last = |line: &'_ str| line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default().to_owned();
    text.lines().map(|line| log_line(&last(line), false)).collect::<Vec<_>>().join("\n")
}

/// Commands on a server that did not come to their end.
pub(crate) fn stopped(progress: &PrepareProgress) -> String {
    let server = visible_line(&progress.target);
    let command = progress.number.checked_sub(1).and_then(|index| progress.commands.get(index as usize));
    let command = command.map_or_else(String::new, |line| format!(": {}", visible_line(line)));
    let place = format!("command {} of {}", progress.number, progress.commands.len());
    let end = match (progress.state, progress.status) {
        (PrepareState::Interrupted, _) => {
            format!("{server} ended {place} before its end, by a reboot for example")
        }
        (_, Some(status)) => format!("{place} ended with status {status} on {server}"),
        (_, None) => format!("{place} failed on {server}"),
    };
    format!(
        "{end}{command}\nhint: what it said stands above; when the reason is gone, the same command goes on with what \
         is still missing"
    )
}

/// The keys a server shows.
pub(crate) fn keys(view: &TargetView) -> String {
    let mut out = format!("{} shows\n", visible_line(&view.login));
    for key in &view.keys {
        let _ = writeln!(out, "  {:<8} {}", visible_line(&key.kind), visible_line(&key.fingerprint));
    }
    out
}

/// A server with its checks.
pub(crate) fn text(view: &TargetView, paint: Paint) -> String {
    let over = view.jump.as_ref().map(|jump| format!(" over {}", visible_line(jump))).unwrap_or_default();
    let mut out = format!("{} ({}{over})\n\n", visible_line(&view.target), visible_line(&view.login));
    if !view.keys.is_empty() {
        out.push_str(&keys(view));
        out.push('\n');
    }
    out.push_str(&machine::checks(&view.checks, paint));
    out
}

/// What a server's journals told.
pub(crate) fn adoption(told: &Adoption) -> String {
    let server = visible_line(&told.target);
    if told.places.is_empty() {
        return format!("{server} has no journal: nobody has deployed there with Seatrial as this user.");
    }
    let mut out = format!("{server}\n");
    for place in &told.places {
        let live = place.live.as_deref().map(|version| format!("{} is live", visible_line(version)));
        let state = match place.state {
            Adopted::Known => live.unwrap_or_else(|| "nothing is live".to_owned()),
            Adopted::Foreign => "not yours yet".to_owned(),
            Adopted::Broken => "its journal cannot be read".to_owned(),
        };
        let _ = writeln!(out, "\n{} {}: {state}", place.app, place.environment);
        if let Some((by, at)) = place.by.as_ref().zip(place.at) {
            let who = visible_line(&format!("{}@{}", by.user, by.machine));
            let _ = writeln!(out, "  last by {who}, {} UTC", at.format("%Y-%m-%d %H:%M"));
        }
        let _ = writeln!(out, "  {} runs, {} of them new here", place.runs, place.new_runs);
        if let Some(busy) = &place.busy {
            let who = visible_line(&format!("{}@{}", busy.actor.user, busy.actor.machine));
            let _ = writeln!(out, "  right now: {who}, {}", visible_line(&busy.doing));
        }
        if let Some(note) = &place.note {
            let _ = writeln!(out, "  {}", visible_line(note));
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use seatrial_app::api::types::{AdoptedPlace, Check, CheckState, LeaseHolder, ServerKey};
    use seatrial_core::model::{Actor, RunId};

    #[test]
    fn a_journal_is_told_with_who_was_last_and_who_is_at_it() {
        let actor = |user: &str| Actor { user: user.into(), machine: "desk".into() };
        let place = AdoptedPlace {
            app: "shop".parse().unwrap(),
            environment: "prod".parse().unwrap(),
            state: Adopted::Known,
            new_runs: 2,
            runs: 7,
            live: Some("2.4.1".into()),
            by: Some(actor("ada")),
            at: Some(chrono::DateTime::UNIX_EPOCH),
            busy: Some(LeaseHolder {
                run: "01930000-0000-7000-8000-000000000077".parse::<RunId>().unwrap(),
                actor: actor("bea\u{1b}[31m"),
                since: chrono::DateTime::UNIX_EPOCH,
                doing: "Deploy shop 2.4.2".into(),
            }),
            note: None,
        };
        let told = adoption(&Adoption { target: "ssh://web1".into(), places: vec![place] });
        assert_eq!(
            told,
            "ssh://web1\n\nshop prod: 2.4.1 is live\n  last by ada@desk, 1970-01-01 00:00 UTC\n  \
             7 runs, 2 of them new here\n  right now: bea\\u{1b}[31m@desk, Deploy shop 2.4.2"
        );
        let nobody = adoption(&Adoption { target: "ssh://web1".into(), places: Vec::new() });
        assert!(nobody.contains("nobody has deployed there"), "{nobody}");
    }

    #[test]
    fn a_server_shows_who_answers_and_what_is_there() {
        let check = |name: &str, state, detail: &str, fix: Option<&str>| Check {
            name: name.into(),
            state,
            detail: detail.into(),
            fix: fix.map(Into::into),
        };
        let view = TargetView {
            target: "ssh://web1".into(),
            login: "deploy@203.0.113.7:22".into(),
            jump: Some("gate".into()),
            keys: vec![ServerKey { kind: "ED25519".into(), fingerprint: "SHA256:abc".into() }],
            known: true,
            reached: true,
            preparable: false,
            added: None,
            checks: vec![
                check("Key", CheckState::Ok, "known", None),
                check("Port 80", CheckState::Failed, "used by process `nginx` (812)", Some("stop it")),
            ],
        };
        insta::assert_snapshot!(text(&view, Paint::SHAPES));
    }

    fn line(target: &str, login: Option<&str>, added: Option<i64>) -> TargetLine {
        let added = added.and_then(|at| chrono::DateTime::from_timestamp(at, 0));
        TargetLine { target: target.into(), login: login.map(Into::into), added }
    }

    #[test]
    fn servers_are_listed_with_what_ssh_makes_of_them_and_since_when_they_are_remembered() {
        let servers =
            [line("ssh://web1", Some("deploy@203.0.113.7:22"), Some(0)), line("ssh://x", None, None)];
        assert_eq!(
            list(&servers),
            "ssh://web1  deploy@203.0.113.7:22  added 1970-01-01\n\
             ssh://x     ?                      in the SSH configuration\n"
        );
        assert!(choice(&servers).contains("  2  ssh://x"), "{}", choice(&servers));
        assert!(list(&[]).contains("seatrial target add deploy@"));
        assert!(forgotten(&servers[0]).contains("ssh://web1"));
    }

    fn prepared(commands: &[&str], obstacle: Option<&str>) -> Preparation {
        let step = |line: &&str| seatrial_app::api::types::PreparationStep {
            line: (*line).to_owned(),
            why: "It is needed.".into(),
        };
        Preparation {
            target: "ssh://web1".into(),
            system: "Debian 12".into(),
            commands: commands.iter().map(step).collect(),
            digest: seatrial_core::model::Digest::of(b""),
            obstacle: obstacle.map(Into::into),
            hint: obstacle.map(|_| "run them yourself".into()),
            underway: false,
        }
    }

    #[test]
    fn commands_are_shown_with_why_before_anything_is_done() {
        let text = |found: &Preparation| preparation(found, Paint::SHAPES);
        assert_eq!(
            text(&prepared(&["apt-get update", "service docker start"], None)),
            "Would be done on ssh://web1 (Debian 12)\n\n  1. apt-get update\n     It is needed.\n\n  \
             2. service docker start\n     It is needed.\n"
        );
        assert!(text(&prepared(&[], None)).contains("Nothing has to be done on ssh://web1"));
        let refused = text(&prepared(&["apt-get update"], Some("`deploy` is not root")));
        assert!(refused.starts_with("\u{2716} ssh://web1 (Debian 12): `deploy` is not root"), "{refused}");
        assert!(refused.contains("1. apt-get update") && refused.ends_with("hint: run them yourself\n"));
        let going = Preparation { underway: true, ..prepared(&["x"], None) };
        assert!(text(&going).contains("is being prepared right now") && !text(&going).contains("1. x"));
    }

    #[test]
    fn commands_that_stopped_say_which_and_how_to_go_on() {
        let progress = |state, status| PrepareProgress {
            target: "ssh://web1".into(),
            state,
            number: 2,
            commands: vec!["a".into(), "apt-get install".into()],
            status,
            log: String::new(),
            next: 0,
        };
        let failed = stopped(&progress(PrepareState::Failed, Some(100)));
        assert!(
            failed.starts_with("command 2 of 2 ended with status 100 on ssh://web1: apt-get install\nhint: ")
        );
        assert!(stopped(&progress(PrepareState::Interrupted, None)).contains("before its end"));
        assert_eq!(said("10%\r100%\n\u{1b}]0;x\u{7}done\n"), "100%\n\\u{1b}]0;x\\u{7}done");
    }
}
