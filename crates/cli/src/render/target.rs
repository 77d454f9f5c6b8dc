//! Servers.

use super::text::visible_line;
use super::{Paint, machine};
use seatrial_app::api::types::{Adopted, Adoption, TargetRef, TargetView};
use std::fmt::Write as _;

/// One server per line.
pub(crate) fn list(servers: &[TargetRef]) -> String {
    match servers {
        [] => "The SSH configuration names no servers. Any `[ssh://]user@host` works.".to_owned(),
        servers => servers.iter().map(|server| visible_line(&server.target)).collect::<Vec<_>>().join("\n"),
    }
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
            checks: vec![
                check("Key", CheckState::Ok, "known", None),
                check("Port 80", CheckState::Failed, "used by process `nginx` (812)", Some("stop it")),
            ],
        };
        insta::assert_snapshot!(text(&view, Paint::SHAPES));
        assert!(list(&[]).contains("user@host"));
    }
}
