//! No text is lost, however the bytes come in pieces.

use super::*;
use proptest::prelude::*;

fn lines_of(pieces: &[&[u8]]) -> Vec<LogLine> {
    let (mut splitter, mut lines) = (LineSplitter::new(), Vec::new());
    for piece in pieces {
        splitter.push_bytes(OutputStream::Stdout, piece, DateTime::UNIX_EPOCH, &mut lines);
    }
    splitter.finish(&mut lines);
    lines
}

fn texts(input: &[u8]) -> Vec<String> {
    lines_of(&[input]).into_iter().map(|line| line.text).collect()
}

#[test]
fn lines_end_at_newlines_and_the_last_one_needs_none() {
    assert_eq!(texts(b"a\nb\r\n\nc"), ["a", "b", "", "c"]);
    assert_eq!(texts(b""), [""; 0]);
}

#[test]
fn a_progress_line_is_kept_in_its_last_state() {
    assert_eq!(texts(b"1%\r50%\r100%\nnext\r\r\nlast\r"), ["100%", "next", "last"]);
    assert_eq!(lines_of(&[b"old\r", b"new", b"\n"])[0].text, "new");
    assert_eq!(lines_of(&[b"kept\r", b"\nnext"])[0].text, "kept");
}

#[test]
fn the_line_being_written_can_be_looked_at() {
    let (mut splitter, mut lines) = (LineSplitter::new(), Vec::new());
    splitter.push_bytes(OutputStream::Stderr, b"done\n 40%\r 60%", DateTime::UNIX_EPOCH, &mut lines);
    assert_eq!(lines.len(), 1);
    assert_eq!(splitter.unfinished(OutputStream::Stderr).as_deref(), Some(" 60%"));
    assert_eq!(splitter.unfinished(OutputStream::Stdout), None);
}

#[test]
fn colours_stay_and_every_other_sequence_goes() {
    assert_eq!(texts(b"\x1b[1;31mred\x1b[0m \x1b[38:5:1mx"), ["\x1b[1;31mred\x1b[0m \x1b[38:5:1mx"]);
    // Cursor, erase, private modes, device queries, character sets, reset.
    assert_eq!(texts(b"a\x1b[2Jb\x1b[?1049hc\x1b[6nd\x1b(Be\x1bcf\x1b[>4mg\x1b[ q"), ["abcdefg"]);
    // Title, clipboard, hyperlink, device strings; ended by BEL or ESC \.
    assert_eq!(texts(b"a\x1b]0;title\x07b\x1b]52;c;aGk=\x1b\\c\x1bPq#0\x1b\\d"), ["abcd"]);
    assert_eq!(texts("a\u{7}b\u{8}c\u{9b}2Jd\te\u{7f}".as_bytes()), ["abc<U+009B>2Jd\te"]);
}

#[test]
fn a_sequence_that_never_ends_hides_only_its_own_line() {
    assert_eq!(texts(b"a\x1b]0;never\nb\n\x1b[12\nc"), ["a", "b", "", "c"]);
}

#[test]
fn a_sequence_with_endless_parameters_is_read_to_its_end_and_dropped() {
    let input = format!("a\x1b[{}mb", "1;".repeat(5000));
    assert_eq!(texts(input.as_bytes()), ["ab"]);
}

#[test]
fn what_reorders_text_is_written_out() {
    assert_eq!(texts("user\u{202e}nimda\u{2066}".as_bytes()), ["user<U+202E>nimda<U+2066>"]);
}

#[test]
fn bytes_that_are_no_text_are_marked() {
    let lines = lines_of(&[b"ok\n\xff\xfeA\n\x00\nok"]);
    assert_eq!(lines.iter().map(|l| l.binary).collect::<Vec<_>>(), [false, true, true, false]);
    assert_eq!(lines[1].text, "\u{fffd}\u{fffd}A");
}

#[test]
fn a_long_line_is_split_between_characters_and_nothing_of_it_is_lost() {
    let text = "x".to_owned() + &"é€𝄞".repeat(30_000);
    let lines = lines_of(&[text.as_bytes(), b"\nnext"]);
    assert!(lines.len() > 3 && lines.iter().all(|line| line.text.len() <= PART_BYTES && !line.binary));
    let parts = lines.len() - 2;
    assert!(lines[..parts].iter().all(|line| line.continued) && !lines[parts].continued);
    let whole: String = lines[..=parts].iter().map(|line| line.text.as_str()).collect();
    assert_eq!(whole, text);
}

#[test]
fn ten_megabytes_in_one_line_are_split() {
    let input = vec![0xffu8; 10 * 1024 * 1024];
    let lines = lines_of(&[&input]);
    let characters: usize = lines.iter().map(|line| line.text.chars().count()).sum();
    assert_eq!(characters, input.len());
}

#[test]
fn the_two_outputs_do_not_mix() {
    let (mut splitter, mut lines) = (LineSplitter::new(), Vec::new());
    for (stream, bytes) in
        [(OutputStream::Stdout, "ou"), (OutputStream::Stderr, "err\n"), (OutputStream::Stdout, "t\n")]
    {
        splitter.push_bytes(stream, bytes.as_bytes(), DateTime::UNIX_EPOCH, &mut lines);
    }
    let seen: Vec<_> = lines.iter().map(|line| (line.stream, line.text.as_str())).collect();
    assert_eq!(seen, [(OutputStream::Stderr, "err"), (OutputStream::Stdout, "out")]);
}

fn pieces<'a>(input: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (input.len() + 1)).collect();
    cuts.extend([0, input.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| &input[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn where_the_chunks_are_cut_changes_nothing(
        input in prop::collection::vec(prop_oneof![
            any::<u8>(), Just(b'\r'), Just(b'\n'), Just(0x1b), Just(b'['), Just(b'm'), Just(b';'), Just(0x07)
        ], 0..400),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
    ) {
        prop_assert_eq!(lines_of(&pieces(&input, &cuts)), lines_of(&[&input]));
    }

    #[test]
    fn no_text_is_lost(
        input in prop::collection::vec("[a-zA-Zäß€ 𝄞\t.,]{0,40}", 1..30),
        cuts in prop::collection::vec(any::<usize>(), 0..40),
    ) {
        let text = input.join("\n") + "\n";
        let lines = lines_of(&pieces(text.as_bytes(), &cuts));
        let seen: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        prop_assert_eq!(seen, input.iter().map(String::as_str).collect::<Vec<_>>());
        prop_assert!(lines.iter().all(|line| !line.binary && !line.continued));
    }
}
