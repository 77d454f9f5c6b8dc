//! The way of a step's output into the log.

use super::{MaskStream, Masker};
use crate::process::lines::{LineSplitter, LogLine};
use crate::process::{OutputChunk, OutputStream};

/// Masks both outputs of a process and splits them into lines.
#[derive(Debug)]
pub struct MaskedLines {
    masker: Masker,
    streams: [MaskStream; 2],
    splitter: LineSplitter,
    shown: Vec<u8>,
    /// Whether something was dropped between characters: then a secret may only now stand there in one piece.
    closed_gaps: bool,
}

impl MaskedLines {
    /// For one process.
    pub fn new(masker: Masker) -> Self {
        let streams = [masker.stream(), masker.stream()];
        Self { masker, streams, splitter: LineSplitter::new(), shown: Vec::new(), closed_gaps: false }
    }

    /// Takes a chunk and appends the lines it completes.
    pub fn push(&mut self, chunk: &OutputChunk, lines: &mut Vec<LogLine>) {
        let first = lines.len();
        self.closed_gaps = self.closed_gaps || chunk.bytes.iter().any(|b| is_dropped(*b));
        self.shown.clear();
        self.streams[index(chunk.stream)].push(&chunk.bytes, &mut self.shown);
        self.splitter.push_bytes(chunk.stream, &self.shown, chunk.at, lines);
        self.mask_again(&mut lines[first..]);
    }

    /// Appends what is left. To be called once, when the process has ended.
    pub fn finish(&mut self, lines: &mut Vec<LogLine>) {
        let first = lines.len();
        for stream in [OutputStream::Stdout, OutputStream::Stderr] {
            self.shown.clear();
            self.streams[index(stream)].finish(&mut self.shown);
            self.splitter.push_bytes(stream, &self.shown, chrono::Utc::now(), lines);
        }
        self.splitter.finish(lines);
        self.mask_again(&mut lines[first..]);
    }

    /// The line that is being written, masked: for showing, not for keeping.
    pub fn unfinished(&self, stream: OutputStream) -> Option<String> {
        self.splitter.unfinished(stream).map(|text| self.masker.mask(&text))
    }

    fn mask_again(&self, lines: &mut [LogLine]) {
        if !self.closed_gaps {
            return;
        }
        for line in lines.iter_mut().filter(|line| self.masker.finds_in(line.text.as_bytes())) {
            line.text = self.masker.mask(&line.text);
        }
    }
}

fn index(stream: OutputStream) -> usize {
    match stream {
        OutputStream::Stdout => 0,
        OutputStream::Stderr => 1,
    }
}

fn is_dropped(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\n' | b'\t')) || byte == 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::SecretString;

    fn texts(pieces: &[&str]) -> Vec<String> {
        let secret = SecretString::new("hunter22");
        let mut output = MaskedLines::new(Masker::new([("TOKEN", &secret)]).unwrap());
        let mut lines = Vec::new();
        for piece in pieces {
            let bytes = bytes::Bytes::copy_from_slice(piece.as_bytes());
            let at = chrono::DateTime::UNIX_EPOCH;
            output.push(&OutputChunk { stream: OutputStream::Stdout, bytes, at }, &mut lines);
        }
        output.finish(&mut lines);
        lines.into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn output_is_masked_before_it_becomes_lines() {
        assert_eq!(texts(&["a hunt", "er22\nb hun", "t"]), ["a ***", "b hunt"]);
    }

    #[test]
    fn control_characters_inside_a_secret_do_not_carry_it_through() {
        assert_eq!(texts(&["hun\u{7}ter\u{1b}[2K22 x\n"]), ["*** x"]);
        assert_eq!(texts(&["12%\rhunter22\rhunt\u{0}er22\n"]), ["***"]);
    }
}
