//! A websocket client, just enough to talk to the fixture and to a browser.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An open websocket.
pub(crate) struct WebSocket {
    stream: TcpStream,
}

impl WebSocket {
    /// Opens one; an answer other than `101` is an error with that answer.
    pub(crate) fn open(to: SocketAddr, host: &str, path: &str, limit: Duration) -> io::Result<Self> {
        let mut stream = TcpStream::connect_timeout(&to, limit)?;
        stream.set_read_timeout(Some(limit))?;
        stream.set_nodelay(true)?;
        // The key proves only that the other side speaks the protocol, so any will do.
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        if head.split(' ').nth(1) == Some("101") { Ok(Self { stream }) } else { Err(io::Error::other(head)) }
    }

    /// Sends a text.
    pub(crate) fn send(&mut self, text: &str) -> io::Result<()> {
        let mut frame = vec![0x81];
        match text.len() {
            // Clients have to mask; a mask of zeros is one too.
            short @ 0..=125 => frame.push(0x80 | u8::try_from(short).unwrap_or(0)),
            medium @ 126..=65535 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(medium).unwrap_or(0).to_be_bytes());
            }
            long => {
                frame.push(0x80 | 127);
                frame.extend((long as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.stream.write_all(&frame)
    }

    /// The next text; an end of the socket is an error.
    pub(crate) fn receive(&mut self) -> io::Result<String> {
        let mut text = Vec::new();
        loop {
            let mut head = [0; 2];
            self.stream.read_exact(&mut head)?;
            let length = self.length(head[1] & 0x7F)?;
            let mut payload = vec![0; length];
            self.stream.read_exact(&mut payload)?;
            match head[0] & 0x0F {
                0..=2 => text.extend(payload),
                8 => {
                    return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "closed by the other side"));
                }
                _ => continue,
            }
            if head[0] & 0x80 != 0 {
                return Ok(String::from_utf8_lossy(&text).into_owned());
            }
        }
    }

    fn length(&mut self, short: u8) -> io::Result<usize> {
        let mut bytes = [0; 8];
        let width = match short {
            126 => 2,
            127 => 8,
            length => return Ok(usize::from(length)),
        };
        self.stream.read_exact(&mut bytes[8 - width..])?;
        usize::try_from(u64::from_be_bytes(bytes)).map_err(io::Error::other)
    }
}
