//! Collecting what is wrong, so that all of it is said at once and in the order of the file.

use super::node::Place;
use super::resolved::{Problem, Severity};

/// A line and column, both from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    /// Line.
    pub(crate) line: u32,
    /// Column.
    pub(crate) column: u32,
}

impl Spot {
    /// The first character.
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

/// Finds lines and columns fast, also in a file that is one very long line.
#[derive(Debug, Default)]
pub(crate) struct Lines<'t> {
    text: &'t str,
    /// Offsets at which lines start.
    starts: Vec<usize>,
    /// Number of characters before every block of bytes.
    characters: Vec<usize>,
}

/// Bytes between two remembered character counts.
const BLOCK: usize = 512;

impl<'t> Lines<'t> {
    /// Reads through the text once.
    pub(crate) fn of(text: &'t str) -> Self {
        let mut starts = vec![0];
        let mut characters = Vec::with_capacity(text.len() / BLOCK + 1);
        let mut count = 0;
        for (at, byte) in text.bytes().enumerate() {
            if at % BLOCK == 0 {
                characters.push(count);
            }
            if byte == b'\n' {
                starts.push(at + 1);
            }
            count += usize::from(starts_character(byte));
        }
        Self { text, starts, characters }
    }

    /// Line and column of a byte; of the end for one behind it.
    pub(crate) fn spot(&self, offset: usize) -> Spot {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = self.characters_before(offset) - self.characters_before(start) + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Spot { line: number(line), column: number(column) }
    }

    fn characters_before(&self, offset: usize) -> usize {
        let block = offset / BLOCK;
        let known = self.characters.get(block).copied();
        // A text that ends with a full block has no count for the block behind it.
        let (count, from) = match known {
            Some(count) => (count, block * BLOCK),
            None => (
                self.characters.last().copied().unwrap_or(0),
                self.characters.len().saturating_sub(1) * BLOCK,
            ),
        };
        let between = &self.text.as_bytes()[from..offset];
        count + between.iter().filter(|b| starts_character(**b)).count()
    }
}

/// Whether a byte of UTF-8 is the first of a character.
fn starts_character(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// More problems than that help nobody.
const MOST_PROBLEMS: usize = 200;
/// Names and values from the file stand in messages; a message stays readable whatever they are.
const LONGEST_MESSAGE: usize = 300;

fn clip(text: String) -> String {
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// The problems of one file.
pub(crate) struct Problems<'t> {
    file: String,
    lines: Lines<'t>,
    found: Vec<Problem>,
}

impl<'t> Problems<'t> {
    /// None yet.
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), lines: Lines::default(), found: Vec::new() }
    }

    /// From now on places are places in this text.
    pub(crate) fn in_text(&mut self, text: &'t str) {
        self.lines = Lines::of(text);
    }

    /// The file's name.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Line and column of a place.
    pub(crate) fn spot(&self, at: &Place) -> Spot {
        self.lines.spot(at.start)
    }

    /// Something that makes the configuration unusable.
    pub(crate) fn error(&mut self, at: Place, message: String, hint: Option<String>) {
        self.add(Severity::Error, self.spot(&at), message, hint);
    }

    /// The same at a known line and column.
    pub(crate) fn error_at(&mut self, spot: Spot, message: String, hint: Option<String>) {
        self.add(Severity::Error, spot, message, hint);
    }

    /// Something that is likely not meant so.
    pub(crate) fn warning(&mut self, at: Place, message: String, hint: Option<String>) {
        self.add(Severity::Warning, self.spot(&at), message, hint);
    }

    /// The same at a known line and column.
    pub(crate) fn warning_at(&mut self, spot: Spot, message: String, hint: Option<String>) {
        self.add(Severity::Warning, spot, message, hint);
    }

    fn add(&mut self, severity: Severity, spot: Spot, message: String, hint: Option<String>) {
        let Spot { line, column } = spot;
        let file = self.file.clone();
        let problem = Problem { severity, file, line, column, message: clip(message), hint: hint.map(clip) };
        // Two environments can inherit the same wrong value; once is enough.
        if self.found.len() < MOST_PROBLEMS && !self.found.contains(&problem) {
            self.found.push(problem);
        }
    }

    /// Whether there is an error.
    pub(crate) fn any_error(&self) -> bool {
        self.found.iter().any(|p| p.severity == Severity::Error)
    }

    /// All of them, in the order of the file.
    pub(crate) fn into_sorted(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|p| (p.line, p.column));
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let text = "a = 1\nü = \"ß\" x\n";
        let lines = Lines::of(text);
        assert_eq!(lines.spot(0), Spot::START);
        assert_eq!(lines.spot(text.find('x').unwrap()), Spot { line: 2, column: 9 });
        assert_eq!(lines.spot(999), Spot { line: 3, column: 1 });
        assert_eq!(Lines::of("").spot(0), Spot::START);
    }

    #[test]
    fn long_lines_are_counted_like_short_ones() {
        for length in [BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK] {
            let text = format!("x\n{}", "ü".repeat(length));
            let spot = Lines::of(&text).spot(text.len());
            assert_eq!(spot, Spot { line: 2, column: u32::try_from(length).unwrap() + 1 });
        }
    }
}
