//! What `docker buildx build --progress=rawjson` writes: objects one after the other, pretty-printed over
//! several lines by older versions and one per line by newer ones, with plain text between and after them.

use base64::Engine as _;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

/// Longest object that is put together; longer ones are shown as text.
const LONGEST_OBJECT: usize = 8 * 1024 * 1024;

/// Puts lines together to objects.
#[derive(Debug, Default)]
pub struct RawJson {
    open: String,
    depth: i64,
    in_string: bool,
}

/// A piece of output.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    /// A structured report.
    Report(Report),
    /// A line of plain text.
    Text(String),
}

/// One structured report.
#[derive(Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Report {
    #[serde(default)]
    pub(crate) vertexes: Vec<Vertex>,
    #[serde(default)]
    pub(crate) statuses: Vec<Status>,
    #[serde(default)]
    pub(crate) logs: Vec<Log>,
}

/// A step of the build.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Vertex {
    pub(crate) digest: String,
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) started: Option<DateTime<Utc>>,
    pub(crate) completed: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(crate) cached: bool,
    #[serde(default)]
    pub(crate) error: String,
}

/// Progress inside a step: bytes transferred, layers unpacked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Status {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) vertex: String,
    #[serde(default)]
    pub(crate) current: i64,
    #[serde(default)]
    pub(crate) total: i64,
    pub(crate) completed: Option<DateTime<Utc>>,
}

/// Output of a step.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Log {
    pub(crate) vertex: String,
    #[serde(default)]
    pub(crate) stream: i64,
    #[serde(deserialize_with = "bytes")]
    pub(crate) data: Vec<u8>,
    pub(crate) timestamp: Option<DateTime<Utc>>,
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    base64::engine::general_purpose::STANDARD.decode(text).map_err(serde::de::Error::custom)
}

impl RawJson {
    /// Takes a line without its end and gives what it completes.
    pub(crate) fn push(&mut self, line: &str) -> Option<Piece> {
        if self.open.is_empty() && !line.trim_start().starts_with('{') {
            return (!line.trim().is_empty()).then(|| Piece::Text(line.to_owned()));
        }
        self.open.push_str(line);
        self.open.push('\n');
        self.scan(line);
        if self.depth > 0 && self.open.len() <= LONGEST_OBJECT {
            return None;
        }
        let text = std::mem::take(&mut self.open);
        (self.depth, self.in_string) = (0, false);
        Some(match serde_json::from_str(&text) {
            Ok(report) => Piece::Report(report),
            Err(_) => Piece::Text(text.trim_end().to_owned()),
        })
    }

    /// What is left of an object that never ended.
    pub(crate) fn finish(&mut self) -> Option<Piece> {
        let rest = std::mem::take(&mut self.open);
        (!rest.is_empty()).then(|| Piece::Text(rest.trim_end().to_owned()))
    }

    /// Counts braces outside of strings. A string of JSON never spans lines.
    fn scan(&mut self, line: &str) {
        let mut escaped = false;
        for byte in line.bytes() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if self.in_string => escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' if !self.in_string => self.depth += 1,
                b'}' if !self.in_string => self.depth -= 1,
                _ => {}
            }
        }
        self.in_string = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Vec<Piece> {
        let mut parser = RawJson::default();
        let mut pieces: Vec<Piece> = text.lines().filter_map(|line| parser.push(line)).collect();
        pieces.extend(parser.finish());
        pieces
    }

    const PRETTY: &str = r#"{
  "vertexes": [
    {
      "digest": "sha256:7d",
      "name": "[stage-1 2/2] RUN echo \"}{\"; exit 3",
      "started": "2026-11-23T06:08:05.910307142Z",
      "completed": "2026-11-23T06:08:06.199881853Z",
      "error": "exit code: 3"
    }
  ]
}
{
  "logs": [
    { "vertex": "sha256:7d", "stream": 2, "data": "ZXJyCg==", "timestamp": "2026-11-23T06:08:06.1Z" }
  ]
}
Dockerfile:5
ERROR: failed to solve"#;

    #[test]
    fn pretty_printed_and_one_line_objects_read_the_same() {
        let pretty = parse(PRETTY);
        let compact = r#"{"vertexes":[{"digest":"sha256:7d","name":"[stage-1 2/2] RUN echo \"}{\"; exit 3","started":"2026-11-23T06:08:05.910307142Z","completed":"2026-11-23T06:08:06.199881853Z","error":"exit code: 3"}]}"#;
        assert_eq!(parse(compact)[0], pretty[0]);
        let Piece::Report(report) = &pretty[0] else { panic!("{pretty:?}") };
        assert_eq!(report.vertexes[0].error, "exit code: 3");
        let Piece::Report(report) = &pretty[1] else { panic!("{pretty:?}") };
        assert_eq!(report.logs[0].data, b"err\n");
        assert_eq!(pretty[2], Piece::Text("Dockerfile:5".into()));
        assert_eq!(pretty[3], Piece::Text("ERROR: failed to solve".into()));
    }

    #[test]
    fn unknown_fields_are_passed_over_and_broken_objects_are_shown() {
        let unknown = parse(r#"{"warnings":[{"x":1}],"vertexes":[{"digest":"a","progressGroup":null}]}"#);
        assert!(matches!(&unknown[0], Piece::Report(report) if report.vertexes.len() == 1));
        assert_eq!(parse("{\"vertexes\": 5}"), [Piece::Text("{\"vertexes\": 5}".into())]);
        assert_eq!(parse("{\n \"vertexes\": ["), [Piece::Text("{\n \"vertexes\": [".into())]);
    }
}
