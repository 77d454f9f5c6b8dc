//! Links from outside: `seatrial://run/ID`, `seatrial://app/NAME`, `seatrial://release/APP/VERSION`. Any page of any
//! browser can offer one, so it carries nothing but ids and only ever shows a place.

use seatrial_core::model::{AppName, RunId};

/// The scheme, with what follows it in every link.
const PREFIX: &str = "seatrial://";
const LONGEST_VERSION: usize = 80;

/// Whether a text means to be a link, valid or not.
pub(crate) fn is_link(text: &str) -> bool {
    text.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("seatrial:"))
}

/// The place of the page that a link names; `None` for anything that is not exactly one of the three forms.
pub(crate) fn place(link: &str) -> Option<String> {
    let path = link.strip_prefix(PREFIX)?;
    // Some desktops add the slash that they think is missing.
    let path = path.strip_suffix('/').unwrap_or(path);
    match path.split('/').collect::<Vec<_>>()[..] {
        ["run", id] => Some(format!("#/run/{}", id.parse::<RunId>().ok()?)),
        ["app", name] => Some(format!("#/app/{}", AppName::new(name).ok()?)),
        ["release", app, version] if is_version(version) => {
            Some(format!("#/app/{}/release/{}", AppName::new(app).ok()?, version.replace('+', "%2B")))
        }
        _ => None,
    }
}

fn is_version(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
    text.len() <= LONGEST_VERSION
        && text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_names_its_place() {
        let run = "0197a000-1111-7abc-8def-0123456789ab";
        assert_eq!(place(&format!("seatrial://run/{run}")), Some(format!("#/run/{run}")));
        assert_eq!(place("seatrial://app/guestbook/").as_deref(), Some("#/app/guestbook"));
        assert_eq!(
            place("seatrial://release/guestbook/1.4.0").as_deref(),
            Some("#/app/guestbook/release/1.4.0")
        );
        assert_eq!(
            place("seatrial://release/guestbook/1.4.1-3+g2ab").as_deref(),
            Some("#/app/guestbook/release/1.4.1-3%2Bg2ab")
        );
    }

    #[test]
    fn whatever_is_more_than_ids_is_no_link() {
        for text in [
            "seatrial://app/guestbook/plan",
            "seatrial://app/guestbook?ship=now",
            "seatrial://app/guestbook#/plan",
            "seatrial://app/../run",
            "seatrial://app/Guest%2Fbook",
            "seatrial://app/",
            "seatrial://run/all",
            "seatrial://run/0197a000-1111-7abc-8def-0123456789ab/retry",
            "seatrial://release/guestbook",
            "seatrial://release/guestbook/../../plan",
            "seatrial://release/guestbook/1?x",
            "seatrial://user@app/guestbook",
            "seatrial://open/etc",
            "seatrial:run",
            "https://app/guestbook",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(place(text), None, "{text}");
        }
        assert_eq!(place(&format!("seatrial://release/guestbook/{}", "1".repeat(81))), None);
    }

    #[test]
    fn a_broken_link_is_still_told_from_a_folder() {
        assert!(is_link("seatrial://nonsense") && is_link("SEATRIAL:x"));
        assert!(!is_link("seatrial") && !is_link("./seatrial:x") && !is_link("é"));
    }
}
