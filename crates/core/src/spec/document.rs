//! From bytes to a TOML document, with every problem on the way: size, encoding, syntax, keys that stand twice.

use super::node::Place;
use super::problems::{Lines, Problems, Spot};
use std::collections::BTreeSet;
use toml_edit::Document;
use toml_parser::parser::{Event, EventKind, RecursionGuard, ValidateWhitespace};

/// A larger file is refused before it is looked at.
pub const LARGEST_FILE: usize = 1024 * 1024;
/// Deeper nesting is refused.
const DEEPEST: u32 = 64;
/// So many duplicate keys and unreadable values are reported at once.
const MOST_MENDED: usize = 50;

/// A document whose keys are unique and whose values can be read.
pub(crate) struct Read {
    /// The document. Offsets in it are offsets in the original text.
    pub(crate) document: Document<String>,
    /// Places of keys and values that were mended to read on; they are reported already and mean nothing.
    pub(crate) mended: BTreeSet<usize>,
}

/// The text of the file, when it is one.
pub(crate) fn text<'t>(bytes: &'t [u8], problems: &mut Problems<'_>) -> Option<&'t str> {
    if bytes.len() > LARGEST_FILE {
        problems.error_at(
            Spot::START,
            format!("the file has {} bytes; at most {} (1 MiB) are read", bytes.len(), LARGEST_FILE),
            Some(
                "keep generated data and long scripts in files of their own and name them in `run`"
                    .to_owned(),
            ),
        );
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            problems.error_at(
                Lines::of(&good).spot(good.len()),
                "this byte is not UTF-8 text".to_owned(),
                Some("save the file as UTF-8".to_owned()),
            );
            None
        }
    }
}

/// Reads the text as TOML. Nothing comes back when its syntax is broken: what follows from there would be noise.
pub(crate) fn read(text: &str, problems: &mut Problems<'_>) -> Option<Read> {
    let events = syntax(text, problems)?;
    let mut mended_text = text.to_owned();
    let mut mended = BTreeSet::new();
    for round in 0..MOST_MENDED {
        let error = match Document::parse(mended_text.clone()) {
            Ok(document) => return Some(Read { document, mended }),
            Err(error) => error,
        };
        let event = error.span().and_then(|span| event_at(&events, &span));
        let Some(event) = event else {
            problems.error(error.span().unwrap_or(0..0), sentence(error.message()), None);
            return None;
        };
        let at = event.span().start()..event.span().end();
        let replacement = if event.kind() == EventKind::SimpleKey {
            duplicate_key(text, &at, problems);
            unused_name(at.len(), round)
        } else {
            problems.error(at.clone(), sentence(error.message()), None);
            Some(format!("{:<width$}", "0", width = at.len()))
        };
        mended.insert(at.start);
        mended_text.replace_range(at, &replacement?);
    }
    None
}

/// All syntax errors, at most one for a line; the events when there is none.
fn syntax(text: &str, problems: &mut Problems<'_>) -> Option<Vec<Event>> {
    let source = toml_parser::Source::new(text);
    let tokens = source.lex().into_vec();
    let mut errors: Vec<toml_parser::ParseError> = Vec::new();
    let mut events: Vec<Event> = Vec::with_capacity(tokens.len());
    {
        let mut receiver = ValidateWhitespace::new(&mut events, source);
        let mut receiver = RecursionGuard::new(&mut receiver, DEEPEST);
        toml_parser::parser::parse_document(&tokens, &mut receiver, &mut errors);
    }
    if errors.is_empty() {
        return Some(events);
    }
    // Values are read later, but what is wrong with them belongs to the same answer.
    for event in &events {
        let Some(raw) = source.get(event) else { continue };
        let mut value = std::borrow::Cow::Borrowed("");
        match event.kind() {
            EventKind::SimpleKey => raw.decode_key(&mut value, &mut errors),
            EventKind::Scalar => drop(raw.decode_scalar(&mut value, &mut errors)),
            _ => {}
        }
    }
    let mut lines = BTreeSet::new();
    for error in errors {
        let at = error.unexpected().or(error.context()).map_or(0..0, |span| span.start()..span.end());
        if lines.insert(problems.spot(&at).line) {
            let expected = expected(&error);
            problems.error(at, sentence(error.description()), expected);
        }
    }
    None
}

/// What the TOML reader expected, as a hint.
fn expected(error: &toml_parser::ParseError) -> Option<String> {
    let words: Vec<String> = error
        .expected()?
        .iter()
        .map(|expected| match expected {
            toml_parser::Expected::Literal("\n") => "the end of the line".to_owned(),
            toml_parser::Expected::Literal(text) => format!("`{text}`"),
            toml_parser::Expected::Description(text) => (*text).to_owned(),
            _ => "something else".to_owned(),
        })
        .collect();
    if words.is_empty() { None } else { Some(format!("expected here: {}", super::keys::one_of(&words))) }
}

/// The key or value that stands exactly there.
fn event_at<'e>(events: &'e [Event], at: &Place) -> Option<&'e Event> {
    events.iter().find(|event| {
        matches!(event.kind(), EventKind::SimpleKey | EventKind::Scalar)
            && event.span().start() == at.start
            && event.span().end() == at.end
    })
}

fn duplicate_key(text: &str, at: &Place, problems: &mut Problems<'_>) {
    let name = &text[at.clone()];
    problems.error(
        at.clone(),
        format!("`{name}` is set a second time"),
        Some("keep one of the two, or merge the tables".to_owned()),
    );
}

/// A bare key of exactly that length that nobody writes, so that the rest of the file can still be checked.
fn unused_name(length: usize, round: usize) -> Option<String> {
    let number = round.to_string();
    (length > number.len()).then(|| format!("{}{number}", "_".repeat(length - number.len())))
}

/// The TOML reader's words as the start of a sentence of ours.
fn sentence(message: &str) -> String {
    format!("this is not TOML: {message}")
}
