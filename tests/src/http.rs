//! Requests as a visitor sends them: over TCP to the public port, each on a connection of its own.

use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A request to a port, of this machine unless said otherwise.
#[derive(Debug, Clone)]
pub struct Request {
    address: IpAddr,
    port: u16,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    limit: Duration,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status; 0 when nothing usable came.
    pub status: u16,
    /// Status line and header fields.
    pub head: String,
    /// The body, without chunk marks.
    pub body: String,
}

impl Request {
    /// A GET of a path, for a host name.
    pub fn get(port: u16, host: &str, path: &str) -> Self {
        let headers = vec![("Host".to_owned(), host.to_owned())];
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            port,
            method: "GET",
            path: path.to_owned(),
            headers,
            body: Vec::new(),
            limit: Duration::from_secs(30),
        }
    }

    /// A POST with a body instead.
    #[must_use]
    pub fn post(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.method = "POST";
        self.body = body.into();
        self
    }

    /// With one more header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// To another machine.
    #[must_use]
    pub fn at(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// With another limit for the whole exchange than 30 s.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sends it.
    pub fn send(&self) -> io::Result<Answer> {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::new(self.address, self.port), self.limit)?;
        stream.set_read_timeout(Some(self.limit))?;
        stream.write_all(self.head().as_bytes())?;
        stream.write_all(&self.body)?;
        read_answer(&mut stream)
    }

    fn head(&self) -> String {
        let fields: String =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = self.body.len();
        format!(
            "{} {} HTTP/1.1\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n",
            self.method, self.path
        )
    }
}

impl Answer {
    /// The value of a header field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let field =
            |line: &str| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name));
        self.head.lines().find(|line| field(line))?.split_once(':').map(|(_, value)| value.trim())
    }

    /// The body as JSON; `Null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Reads one answer: until its length is there, or until the other side ends. Some servers keep connections open
/// that were asked to be closed.
fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut raw = Vec::new();
    let mut buffer = [0_u8; 65536];
    loop {
        if let Some(answer) = whole(&raw) {
            return Ok(answer);
        }
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        raw.extend_from_slice(&buffer[..count]);
    }
    let Some(end) = head_end(&raw) else {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the connection was closed without an answer",
        ));
    };
    Ok(parsed(&raw, end))
}

fn head_end(raw: &[u8]) -> Option<usize> {
    raw.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

fn whole(raw: &[u8]) -> Option<Answer> {
    let end = head_end(raw)?;
    let answer = parsed(raw, end);
    let length: usize = answer.field("content-length")?.parse().ok()?;
    (raw.len() >= end + length).then_some(answer)
}

fn parsed(raw: &[u8], end: usize) -> Answer {
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunked(&raw[end..]) } else { raw[end..].to_vec() };
    Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() }
}

fn unchunked(mut raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(at) = raw.windows(2).position(|window| window == b"\r\n") {
        let size =
            std::str::from_utf8(&raw[..at]).ok().and_then(|text| usize::from_str_radix(text.trim(), 16).ok());
        let (start, size) = (at + 2, size.unwrap_or(0));
        if size == 0 || raw.len() < start + size {
            break;
        }
        body.extend_from_slice(&raw[start..start + size]);
        raw = raw.get(start + size + 2..).unwrap_or_default();
    }
    body
}
