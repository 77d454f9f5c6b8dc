//! Searching a log: a million lines while a person types.
//!
//! Chunks are read one after the other and looked through side by side. Most of them do not have the text at all,
//! which is seen without taking their lines apart.

use super::Logs;
use super::reader::{LogSelection, Row, chunks, end};
use crate::error::StoreError;
use memchr::{memchr, memchr2_iter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::thread;

/// Bytes a search looks at before it answers with what it has.
const SEARCHED_AT_ONCE: usize = 512 * 1024 * 1024;
/// Bytes that are in memory at a time.
const BATCH: usize = 16 * 1024 * 1024;
/// Threads that look; more only wait for the one that reads.
const MOST_THREADS: usize = 4;
const ESC: u8 = 0x1b;

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Hits {
    /// Numbers of the lines, in order.
    pub lines: Vec<u64>,
    /// The line to go on from; `None`: everything was looked at.
    pub next: Option<u64>,
}

/// The text that is looked for.
struct Needle {
    /// In lower case.
    text: String,
    /// Where its rarest byte is, and that byte in both cases; `None`: it has letters beyond a-z.
    rare: Option<(usize, u8, u8)>,
}

impl Needle {
    fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let rarest = text.bytes().enumerate().min_by_key(|(_, byte)| commonness(*byte));
        let rare = rarest.filter(|_| text.is_ascii()).map(|(at, byte)| (at, byte, byte.to_ascii_uppercase()));
        Self { text, rare }
    }

    /// Whether some bytes have it.
    fn is_in(&self, bytes: &[u8]) -> bool {
        let Some((offset, lower, upper)) = self.rare else {
            return String::from_utf8_lossy(bytes).to_lowercase().contains(&self.text);
        };
        let needle = self.text.as_bytes();
        memchr2_iter(lower, upper, bytes).any(|at| {
            let Some(begin) = at.checked_sub(offset) else { return false };
            bytes.get(begin..begin + needle.len()).is_some_and(|part| part.eq_ignore_ascii_case(needle))
        })
    }

    /// Lines of a chunk from number `from` on that have it.
    fn lines_of(&self, chunk: &Row, from: u64) -> Vec<u64> {
        let may_have = self.rare.is_none() || self.is_in(&chunk.body) || memchr(ESC, &chunk.body).is_some();
        if !may_have {
            return Vec::new();
        }
        let has = |text: &str| self.is_in(without_colours(text).as_bytes());
        chunk
            .lines()
            .filter(|(number, line)| *number >= from && has(line.text))
            .map(|(number, _)| number)
            .collect()
    }
}

/// How common a byte is in logs, roughly: looking for a rare one stops less often.
fn commonness(byte: u8) -> u8 {
    match byte {
        b' ' | b'e' => 4,
        b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b'0' | b'1' => 3,
        b'a'..=b'z' | b'2'..=b'9' | b'.' | b'/' | b'-' | b':' => 2,
        _ => 1,
    }
}

/// A line as a person reads it.
fn without_colours(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr(ESC, text.as_bytes()) else { return Cow::Borrowed(text) };
    let (plain, mut rest) = text.split_at(first);
    let mut plain = plain.to_owned();
    while let Some(sequence) = rest.strip_prefix('\u{1b}') {
        let parameters = |c: char| c.is_ascii_digit() || c == ';' || c == ':';
        let end = sequence.strip_prefix('[').map(|s| s.trim_start_matches(parameters));
        // What is no colour is text.
        rest = end.and_then(|s| s.strip_prefix('m')).unwrap_or(sequence);
        let next = memchr(ESC, rest.as_bytes()).unwrap_or(rest.len());
        plain.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    Cow::Owned(plain)
}

/// Chunks that are looked through together.
#[derive(Default)]
struct Batch {
    chunks: Vec<Row>,
    bytes: usize,
}

impl Batch {
    fn push(&mut self, chunk: Row) {
        self.bytes += chunk.body.len();
        self.chunks.push(chunk);
    }

    /// Looks through all of it and empties it.
    fn search(&mut self, needle: &Needle, from: u64) -> Vec<u64> {
        let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let share = self.chunks.len().div_ceil(threads).max(1);
        let look =
            |chunks: &[Row]| -> Vec<u64> { chunks.iter().flat_map(|c| needle.lines_of(c, from)).collect() };
        let found = if self.bytes < BATCH / 16 {
            look(&self.chunks)
        } else {
            thread::scope(|scope| {
                let look = &look;
                let parts: Vec<_> =
                    self.chunks.chunks(share).map(|part| scope.spawn(move || look(part))).collect();
                parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
            })
        };
        self.chunks.clear();
        self.bytes = 0;
        found
    }
}

impl Logs {
    /// Lines from number `from` on that have `text` in them, at most `limit`; upper and lower case are the same, and
    /// colours are not looked at. Looks at 512 MiB at most and says where to go on.
    pub fn search(&self, of: &LogSelection, text: &str, from: u64, limit: usize) -> Result<Hits, StoreError> {
        let mut hits = Hits::default();
        if text.is_empty() || limit == 0 {
            return Ok(hits);
        }
        let needle = Needle::new(text);
        self.readers.read(|conn| {
            let (mut batch, mut searched) = (Batch::default(), 0);
            chunks(conn, of, from, |chunk| {
                let after = chunk.first + chunk.lines;
                searched += chunk.body.len();
                batch.push(chunk);
                if batch.bytes >= BATCH {
                    hits.lines.extend(batch.search(&needle, from));
                }
                let enough = hits.lines.len() >= limit || searched >= SEARCHED_AT_ONCE;
                hits.next = enough.then_some(after);
                !enough
            })?;
            hits.lines.extend(batch.search(&needle, from));
            if hits.lines.len() > limit {
                hits.next = Some(hits.lines[limit]);
                hits.lines.truncate(limit);
            }
            let end = end(conn, of)?;
            hits.next = hits.next.filter(|next| *next < end);
            Ok(())
        })?;
        Ok(hits)
    }
}
