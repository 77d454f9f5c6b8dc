//! `seatrial serve` of a home, and calls of its API.

use crate::home::Home;
use crate::http::{Answer, Request};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// A running `seatrial serve`.
pub struct Server {
    child: Child,
    /// The page, with its token.
    pub url: String,
    /// Its port.
    pub port: u16,
    /// Its token.
    pub token: String,
}

impl Server {
    /// Starts it for a home, with more words for the command line.
    pub fn start(home: &Home, words: &[&str]) -> Self {
        let mut command = home.command();
        command.args(["serve", "--json"]).args(words).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("seatrial serve starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("its address");
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        let port = said["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        Self { child, url: text("url"), port, token: text("token") }
    }

    /// Calls a command of the API with the token.
    pub fn call(&self, command: &str, params: &Value) -> Answer {
        let host = format!("127.0.0.1:{}", self.port);
        let request = Request::get(self.port, &host, &format!("/api/{command}")).post(params.to_string());
        let request = request.header("Content-Type", "application/json");
        request.header("Authorization", &format!("Bearer {}", self.token)).send().expect("an answer")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
