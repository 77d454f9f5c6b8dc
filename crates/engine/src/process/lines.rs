//! Turns what a process writes into lines for the log, without losing any of its text.
//!
//! - A line ends at `\n` or `\r\n`. A progress line that is written over and over (`\r`) is kept in its last state.
//! - A line over [`PART_BYTES`] is split; every part but the last is marked as continued.
//! - Bytes that are not UTF-8 become U+FFFD, and the line is marked.
//! - Control sequences are dropped except colours (SGR), so that no log can move the reader's cursor, rename their
//!   terminal or write to their clipboard. A sequence that is never finished ends with its line.
//! - Characters that reorder what is read (bidi controls) are written out, as `<U+202E>`.

use super::{OutputChunk, OutputStream};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The most bytes of a program's text that one line of the log holds.
pub const PART_BYTES: usize = 64 * 1024;

/// The most parameters of a colour sequence that are believed, in bytes.
const SGR_BYTES: usize = 64;

/// A line for the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Where it was written.
    pub stream: OutputStream,
    /// When its last byte was read.
    pub at: DateTime<Utc>,
    /// Its text, without the line end; holds no control characters but tabs and colours.
    pub text: String,
    /// Whether the next line of the same stream is its continuation.
    pub continued: bool,
    /// Whether it held bytes that are no text (not UTF-8, or zero bytes).
    pub binary: bool,
}

/// Splits both outputs of one process.
#[derive(Debug)]
pub struct LineSplitter {
    stdout: StreamSplitter,
    stderr: StreamSplitter,
}

impl Default for LineSplitter {
    fn default() -> Self {
        Self {
            stdout: StreamSplitter::new(OutputStream::Stdout),
            stderr: StreamSplitter::new(OutputStream::Stderr),
        }
    }
}

impl LineSplitter {
    /// A splitter that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a chunk and appends the lines it completes.
    pub fn push(&mut self, chunk: &OutputChunk, lines: &mut Vec<LogLine>) {
        self.of(chunk.stream).push(&chunk.bytes, chunk.at, lines);
    }

    /// Takes some bytes of one output and appends the lines they complete.
    pub fn push_bytes(
        &mut self,
        stream: OutputStream,
        bytes: &[u8],
        at: DateTime<Utc>,
        lines: &mut Vec<LogLine>,
    ) {
        self.of(stream).push(bytes, at, lines);
    }

    /// Appends what was written without a line end. To be called once, when the process has ended.
    pub fn finish(&mut self, lines: &mut Vec<LogLine>) {
        self.stdout.finish(lines);
        self.stderr.finish(lines);
    }

    /// The line that is being written, such as a progress bar: for showing, not for keeping.
    pub fn unfinished(&self, stream: OutputStream) -> Option<String> {
        let splitter = match stream {
            OutputStream::Stdout => &self.stdout,
            OutputStream::Stderr => &self.stderr,
        };
        (!splitter.line.is_empty()).then(|| visible(&splitter.line).0)
    }

    fn of(&mut self, stream: OutputStream) -> &mut StreamSplitter {
        match stream {
            OutputStream::Stdout => &mut self.stdout,
            OutputStream::Stderr => &mut self.stderr,
        }
    }
}

/// Where in a control sequence the reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Text,
    /// After ESC.
    Escape,
    /// After ESC and an intermediate character: one more belongs to it.
    EscapeTail,
    /// In `ESC [ …`.
    Control,
    /// In a string sequence (title, clipboard, hyperlink), until BEL or ESC.
    Dropped,
}

#[derive(Debug)]
struct StreamSplitter {
    stream: OutputStream,
    line: Vec<u8>,
    /// Parameters of the control sequence being read.
    sequence: Vec<u8>,
    state: State,
    /// A `\r` was read: what follows either ends the line or overwrites it.
    returned: bool,
    zero_bytes: bool,
    at: DateTime<Utc>,
}

impl StreamSplitter {
    fn new(stream: OutputStream) -> Self {
        Self {
            stream,
            line: Vec::new(),
            sequence: Vec::new(),
            state: State::Text,
            returned: false,
            zero_bytes: false,
            at: DateTime::UNIX_EPOCH,
        }
    }

    fn push(&mut self, mut bytes: &[u8], at: DateTime<Utc>, lines: &mut Vec<LogLine>) {
        self.at = at;
        while let Some(&first) = bytes.first() {
            if self.state == State::Text && !is_control(first) {
                let plain = bytes.iter().position(|b| is_control(*b)).unwrap_or(bytes.len());
                self.text(&bytes[..plain], lines);
                bytes = &bytes[plain..];
            } else {
                self.control(first, lines);
                bytes = &bytes[1..];
            }
        }
    }

    /// Takes text without control characters.
    fn text(&mut self, mut text: &[u8], lines: &mut Vec<LogLine>) {
        self.overwrite();
        while self.line.len() + text.len() > PART_BYTES {
            let room = PART_BYTES.saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..room]);
            text = &text[room..];
            self.emit_part(lines);
        }
        self.line.extend_from_slice(text);
    }

    /// After a carriage return, what comes next takes the place of what was there.
    fn overwrite(&mut self) {
        if std::mem::take(&mut self.returned) {
            self.line.clear();
            self.zero_bytes = false;
        }
    }

    fn control(&mut self, byte: u8, lines: &mut Vec<LogLine>) {
        if byte == b'\n' {
            self.state = State::Text;
            return self.emit(false, lines);
        }
        self.state = match (self.state, byte) {
            (State::Text, b'\r') => {
                self.returned = true;
                State::Text
            }
            (State::Text, 0) => {
                self.overwrite();
                self.zero_bytes = true;
                State::Text
            }
            (_, 0x1b) => State::Escape,
            (State::Text, _) => State::Text,
            (State::Escape, b'[') => {
                self.sequence.clear();
                State::Control
            }
            (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => State::Dropped,
            (State::Escape, 0x20..=0x2f) => State::EscapeTail,
            (State::Escape | State::EscapeTail, 0x20..=0x7e) => State::Text,
            (State::Control, 0x40..=0x7e) => {
                self.finish_sequence(byte, lines);
                State::Text
            }
            (State::Control, 0x20..=0x3f) => {
                // Longer ones are read to their end and dropped, like any that is not a colour.
                if self.sequence.len() <= SGR_BYTES {
                    self.sequence.push(byte);
                }
                State::Control
            }
            (State::Dropped, 0x07) => State::Text,
            (State::Dropped, _) => State::Dropped,
            // Not a sequence after all: this byte is read as usual.
            (State::Escape | State::EscapeTail | State::Control, _) => return self.broken_off(byte, lines),
        };
    }

    fn broken_off(&mut self, byte: u8, lines: &mut Vec<LogLine>) {
        self.state = State::Text;
        if is_control(byte) { self.control(byte, lines) } else { self.text(&[byte], lines) }
    }

    fn finish_sequence(&mut self, last: u8, lines: &mut Vec<LogLine>) {
        let plain = self.sequence.iter().all(|b| b.is_ascii_digit() || matches!(b, b';' | b':'));
        if last != b'm' || !plain || self.sequence.len() > SGR_BYTES {
            return;
        }
        self.overwrite();
        if self.line.len() + self.sequence.len() + 3 > PART_BYTES {
            self.emit_part(lines);
        }
        self.line.extend_from_slice(b"\x1b[");
        self.line.append(&mut self.sequence);
        self.line.push(b'm');
    }

    /// Gives out the first part of a long line. A character that is not complete yet stays for the next.
    fn emit_part(&mut self, lines: &mut Vec<LogLine>) {
        let rest = self.line.split_off(self.line.len() - incomplete_tail(&self.line));
        self.emit(true, lines);
        self.line = rest;
    }

    fn emit(&mut self, continued: bool, lines: &mut Vec<LogLine>) {
        let (text, bad) = visible(&self.line);
        let binary = bad || std::mem::take(&mut self.zero_bytes);
        self.line.clear();
        self.returned = false;
        lines.push(LogLine { stream: self.stream, at: self.at, text, continued, binary });
    }

    fn finish(&mut self, lines: &mut Vec<LogLine>) {
        self.state = State::Text;
        if !self.line.is_empty() || self.zero_bytes {
            self.emit(false, lines);
        }
    }
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}

/// How many bytes at the end begin a character without finishing it.
fn incomplete_tail(bytes: &[u8]) -> usize {
    let start = bytes.len().saturating_sub(3);
    match std::str::from_utf8(&bytes[start..]) {
        Ok(_) => 0,
        Err(_) => (1..=3.min(bytes.len()))
            .find(|n| {
                let lead = bytes[bytes.len() - n];
                let length = match lead {
                    0xc2..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf4 => 4,
                    _ => 0,
                };
                length > *n
            })
            .unwrap_or(0),
    }
}

/// The bytes as text that shows everything it holds, and whether some of them were not text.
fn visible(bytes: &[u8]) -> (String, bool) {
    let text = String::from_utf8_lossy(bytes);
    let bad = matches!(text, Cow::Owned(_));
    if text.is_ascii() || !text.chars().any(is_deceptive) {
        return (text.into_owned(), bad);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_deceptive(char) {
            shown.push_str(&format!("<U+{:04X}>", u32::from(char)));
        } else {
            shown.push(char);
        }
    }
    (shown, bad)
}

/// Characters that change the order of what is read, and the control characters that are written as UTF-8.
fn is_deceptive(char: char) -> bool {
    matches!(char, '\u{80}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests;
