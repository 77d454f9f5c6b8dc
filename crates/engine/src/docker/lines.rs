//! Puts the engine's log chunks together to lines.

use chrono::{DateTime, Utc};

use super::facts::{LogLine, Stream};

/// A program may write megabytes without a line end; it is cut here to bound memory.
const LONGEST_LINE: usize = 1024 * 1024;

/// Collects chunks of both streams. The engine cuts long lines into chunks and puts a timestamp before
/// every chunk.
#[derive(Debug)]
pub(crate) struct Lines {
    timestamps: bool,
    partial: [Partial; 2],
    finished: bool,
}

#[derive(Debug, Default)]
struct Partial {
    at: Option<DateTime<Utc>>,
    bytes: Vec<u8>,
}

impl Lines {
    pub(crate) fn with_timestamps() -> Self {
        Self { timestamps: true, partial: Default::default(), finished: false }
    }

    pub(crate) fn plain() -> Self {
        Self { timestamps: false, ..Self::with_timestamps() }
    }

    pub(crate) fn push(&mut self, stream: Stream, chunk: &[u8], out: &mut Vec<LogLine>) {
        let (at, text) = if self.timestamps { split_timestamp(chunk) } else { (None, chunk) };
        let partial = &mut self.partial[usize::from(stream == Stream::Err)];
        partial.at = partial.at.or(at);
        for piece in text.split_inclusive(|byte| *byte == b'\n') {
            let whole = piece.ends_with(b"\n");
            partial.bytes.extend_from_slice(piece.strip_suffix(b"\n").unwrap_or(piece));
            if whole || partial.bytes.len() >= LONGEST_LINE {
                out.push(partial.take(stream));
                partial.at = at;
            }
        }
        if partial.bytes.is_empty() {
            partial.at = None;
        }
    }

    pub(crate) fn finish(&mut self, out: &mut Vec<LogLine>) {
        self.finished = true;
        for (partial, stream) in self.partial.iter_mut().zip([Stream::Out, Stream::Err]) {
            if !partial.bytes.is_empty() {
                out.push(partial.take(stream));
            }
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }
}

impl Partial {
    fn take(&mut self, stream: Stream) -> LogLine {
        let mut bytes = std::mem::take(&mut self.bytes);
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        LogLine { stream, at: self.at.take(), bytes }
    }
}

fn split_timestamp(chunk: &[u8]) -> (Option<DateTime<Utc>>, &[u8]) {
    let space = chunk.iter().take(40).position(|byte| *byte == b' ');
    let parsed = space.and_then(|space| {
        let text = std::str::from_utf8(&chunk[..space]).ok()?;
        Some((DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc), &chunk[space + 1..]))
    });
    match parsed {
        Some((at, rest)) => (Some(at), rest),
        None => (None, chunk),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(chunks: &[(Stream, &[u8])]) -> Vec<LogLine> {
        let (mut lines, mut out) = (Lines::with_timestamps(), Vec::new());
        for (stream, chunk) in chunks {
            lines.push(*stream, chunk, &mut out);
        }
        lines.finish(&mut out);
        out
    }

    #[test]
    fn a_line_cut_into_chunks_is_put_together_without_the_inner_timestamps() {
        let found = collect(&[
            (Stream::Out, b"2026-01-02T03:04:05.1Z first half,"),
            (Stream::Err, b"2026-01-02T03:04:05.2Z other stream\n"),
            (Stream::Out, b"2026-01-02T03:04:05.3Z second half\r\n"),
        ]);
        let texts: Vec<_> = found.iter().map(LogLine::text).collect();
        assert_eq!(texts, ["other stream", "first half,second half"]);
        assert_eq!(found[1].at.unwrap().timestamp_subsec_millis(), 100);
    }

    #[test]
    fn a_last_line_without_a_line_end_and_binary_bytes_are_kept() {
        let found = collect(&[(Stream::Out, b"2026-01-02T03:04:05Z \xff\x00x")]);
        assert_eq!(found[0].bytes, b"\xff\x00x");
    }

    #[test]
    fn ten_megabytes_in_one_line_are_cut_and_none_is_lost() {
        let mut out = Vec::new();
        let mut lines = Lines::plain();
        let chunk = vec![b'x'; 16 * 1024];
        for _ in 0..640 {
            lines.push(Stream::Out, &chunk, &mut out);
        }
        lines.finish(&mut out);
        assert_eq!(out.iter().map(|line| line.bytes.len()).sum::<usize>(), 640 * 16 * 1024);
        assert!(out.iter().all(|line| line.bytes.len() <= LONGEST_LINE));
    }
}
