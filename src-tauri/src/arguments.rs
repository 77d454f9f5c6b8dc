//! The command line of the window: a folder, a link, `--version`, `--help`.

use crate::wish::Wish;
use std::ffi::OsString;
use std::path::Path;

const HELP: &str = "\
Seatrial's window.

Usage: seatrial-desktop [FOLDER | LINK]

  FOLDER     open this folder as an app
  LINK       go to a place: seatrial://run/ID, seatrial://app/NAME, seatrial://release/APP/VERSION
  --version  print the version
  --help     print this

A second start hands FOLDER or LINK over to the window that is open already.
SEATRIAL_HOME says where all data is. The command line tool is `seatrial`.
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The window, with what it is to show, as one text that another window understands too.
    Window(Option<(String, Wish)>),
    /// A text.
    Text(String),
    /// Nothing that is possible, and why.
    Nothing(String),
}

/// Reads the arguments behind the program's name; folders are meant from `here`.
pub(crate) fn read(arguments: impl IntoIterator<Item = OsString>, here: &Path) -> Asked {
    let arguments: Vec<String> =
        arguments.into_iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Asked::Window(None),
        ["--version" | "-V"] => Asked::Text(format!("seatrial-desktop {}\n", env!("CARGO_PKG_VERSION"))),
        ["--help" | "-h"] => Asked::Text(HELP.to_owned()),
        [argument] => match Wish::of_argument(argument, here) {
            Ok(wish) => Asked::Window(Some((wish.argument(argument), wish))),
            Err(why) => Asked::Nothing(why),
        },
        _ => Asked::Nothing("one folder or link at a time; see --help".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &[&str]) -> Asked {
        read(arguments.iter().map(OsString::from), Path::new("/srv"))
    }

    #[test]
    fn a_folder_is_made_absolute_before_it_is_handed_over() {
        let wish = Wish::Open { folder: "/srv/guestbook".to_owned() };
        assert_eq!(asked(&["guestbook"]), Asked::Window(Some(("/srv/guestbook".to_owned(), wish))));
        let link = "seatrial://app/guestbook";
        assert!(matches!(asked(&[link]), Asked::Window(Some((text, Wish::Go { .. }))) if text == link));
        assert_eq!(asked(&[]), Asked::Window(None));
    }

    #[test]
    fn the_version_is_told_and_anything_else_is_refused() {
        assert!(matches!(asked(&["--version"]), Asked::Text(text) if text.ends_with("0.1.0\n")));
        assert!(matches!(asked(&["--help"]), Asked::Text(text) if text.contains("seatrial://run/ID")));
        for arguments in [&["--ship"][..], &["a", "b"], &["seatrial://ship/guestbook"]] {
            assert!(matches!(asked(arguments), Asked::Nothing(_)), "{arguments:?}");
        }
    }
}
