//! Whatever a file holds, reading it ends with an answer; whatever an edit changes, it changes nothing else.

use super::support::{dockerfile_folder, folder};
use proptest::prelude::*;
use seatrial_core::detect::detect;
use seatrial_core::spec::edit::{Setting, add_environment, remove, set};
use seatrial_core::spec::{EXAMPLE, Severity, explain, parse};

/// Parses and checks what always holds.
fn read(bytes: &[u8]) {
    match parse(bytes, "seatrial.toml", &dockerfile_folder()) {
        Ok((spec, warnings)) => {
            assert!(!spec.environments.is_empty());
            assert!(warnings.iter().all(|w| w.severity == Severity::Warning));
            explain(&spec);
        }
        Err(problems) => {
            assert!(problems.iter().any(|p| p.severity == Severity::Error));
            assert!(
                problems.windows(2).all(|two| (two[0].line, two[0].column) <= (two[1].line, two[1].column))
            );
        }
    }
}

/// Pieces of files, valid ones and others.
const PIECES: &[&str] = &[
    "[build]",
    "[build.steps.a]",
    "[ship]",
    "[env]",
    "[env.prod]",
    "[evaluate]",
    "[[env]]",
    "\n",
    "run = ",
    "needs = ",
    "port = ",
    "health = ",
    "matrix = ",
    "target = ",
    "\"docker\"",
    "[\"a\"]",
    "{ a = [1, 2] }",
    "{ path = \"/\" }",
    "8000",
    "\"${matrix.a}\"",
    "true",
    "-1",
    "1979-05-27",
    "\"\"\"",
    "'",
    "é",
    "\r\n",
    "# c",
    "a.b.c = ",
    "0x",
    "inf",
];

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn any_mixture_of_pieces_is_answered(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        read(pieces.concat().as_bytes());
        read(pieces.join("\n").as_bytes());
    }

    #[test]
    fn any_change_of_the_example_is_answered(
        at in 0..EXAMPLE.len(),
        length in 0usize..40,
        piece in proptest::sample::select(PIECES),
    ) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, piece.bytes());
        read(&bytes);
    }

    #[test]
    fn an_edit_adds_one_piece_and_removing_it_restores_the_file(
        order in Just(EXAMPLE.split("\n\n").collect::<Vec<_>>()).prop_shuffle(),
        crlf in any::<bool>(),
        path in proptest::sample::select(&["env.prod.env.NEW", "env.staging.https", "ship.drain", "env.prod.new"][..]),
        value in "[ -~é\\n]{0,20}",
    ) {
        // `app` belongs to no table, so its part has to stay first.
        let (first, rest): (Vec<&str>, Vec<&str>) = order.into_iter().partition(|part| part.starts_with("app"));
        let mut file = first.into_iter().chain(rest).collect::<Vec<_>>().join("\n\n");
        if crlf {
            file = file.replace('\n', "\r\n");
        }
        let edited = set(&file, path, &Setting::Text(value)).unwrap();
        let same = file.bytes().zip(edited.bytes()).take_while(|(a, b)| a == b).count();
        let end = file.bytes().rev().zip(edited.bytes().rev()).take_while(|(a, b)| a == b).count();
        prop_assert!(same + end >= file.len(), "only one piece is new");
        let restored = remove(&edited, path).unwrap();
        prop_assert_eq!(restored.trim_end(), file.trim_end());
    }

    #[test]
    fn edits_of_anything_are_answered(text in "[ -~\\n]{0,200}", path in "[a-z.\"]{0,12}") {
        let edits = [set(&text, &path, &Setting::Flag(true)), remove(&text, &path), add_environment(&text, &path, "docker")];
        for edited in edits.into_iter().flatten() {
            prop_assert!(edited.parse::<toml_edit::DocumentMut>().is_ok());
        }
    }

    #[test]
    fn any_folder_is_detected(texts in proptest::collection::vec("[ -~\\n]{0,200}", 8)) {
        let names = ["Dockerfile", "compose.yaml", "package.json", "pyproject.toml", "Cargo.toml", "Makefile", "go.mod", "setup.cfg"];
        let files: Vec<(&str, &str)> = names.into_iter().zip(texts.iter().map(String::as_str)).collect();
        for count in 0..files.len() {
            detect(&folder(&files[count..]));
        }
    }
}
