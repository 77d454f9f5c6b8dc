//! Many lines in one row. A row for each line would cost ten times the space and the time.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// Seatrial itself.
    System,
}

/// A line to be kept: split off and masked already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Where it came from.
    pub stream: Stream,
    /// When it came.
    pub at: DateTime<Utc>,
    /// The line, without its end.
    pub text: String,
}

impl Stream {
    fn code(self) -> u64 {
        match self {
            Self::Out => 0,
            Self::Err => 1,
            Self::System => 2,
        }
    }

    fn of(code: u64) -> Option<Self> {
        [Self::Out, Self::Err, Self::System].into_iter().find(|s| s.code() == code)
    }
}

/// Lines in the making.
#[derive(Default)]
pub(super) struct Chunk {
    /// Time of the first line, in milliseconds since 1970.
    pub first_at: i64,
    /// How many lines.
    pub lines: u64,
    /// The lines: for each the length and stream, the time since the first, the text.
    pub body: Vec<u8>,
}

impl Chunk {
    pub(super) fn push(&mut self, stream: Stream, at_ms: i64, text: &str) {
        if self.lines == 0 {
            self.first_at = at_ms;
        }
        self.lines += 1;
        // Lines mostly have the same time as the one before or a little more; a clock that jumped back gives
        // a negative difference, which zigzag keeps small too.
        put(&mut self.body, (text.len() as u64) * 4 + stream.code());
        put(&mut self.body, zigzag(at_ms.wrapping_sub(self.first_at)));
        self.body.extend_from_slice(text.as_bytes());
    }
}

/// A line as it lies in a chunk.
pub(super) struct Packed<'a> {
    pub stream: Stream,
    pub at_ms: i64,
    pub text: &'a str,
}

/// Reads a chunk's lines; ends early when it is damaged.
pub(super) struct Lines<'a> {
    first_at: i64,
    rest: &'a [u8],
}

impl<'a> Lines<'a> {
    pub(super) fn new(first_at: i64, body: &'a [u8]) -> Self {
        Self { first_at, rest: body }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Packed<'a>;

    fn next(&mut self) -> Option<Packed<'a>> {
        let head = take(&mut self.rest)?;
        let since = unzigzag(take(&mut self.rest)?);
        let (text, rest) = self.rest.split_at_checked(usize::try_from(head / 4).ok()?)?;
        self.rest = rest;
        Some(Packed {
            stream: Stream::of(head % 4)?,
            at_ms: self.first_at.wrapping_add(since),
            text: std::str::from_utf8(text).ok()?,
        })
    }
}

fn zigzag(value: i64) -> u64 {
    (value.wrapping_shl(1) ^ (value >> 63)).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Seven bits to a byte, the lowest first.
fn put(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

fn take(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_lines_read_back(lines in prop::collection::vec((0_u64..3, any::<i64>(), ".*"), 0..40)) {
            let mut chunk = Chunk::default();
            for (stream, at, text) in &lines {
                chunk.push(Stream::of(*stream).unwrap(), *at, text);
            }
            let back: Vec<_> = Lines::new(chunk.first_at, &chunk.body)
                .map(|l| (l.stream.code(), l.at_ms, l.text.to_owned()))
                .collect();
            prop_assert_eq!(chunk.lines, lines.len() as u64);
            prop_assert_eq!(back, lines);
        }

        #[test]
        fn damaged_bytes_end_the_reading_and_nothing_else(body in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Lines::new(0, &body).count() <= body.len());
        }
    }
}
