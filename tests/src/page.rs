//! A real Chromium without a window, told what to do over its own protocol.

use crate::socket::WebSocket;
use crate::wait::eventually;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with one page.
pub struct Browser {
    child: Child,
    socket: WebSocket,
    session: String,
    last: u64,
    _profile: tempfile::TempDir,
}

/// An element of a page, by `data-testid`.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a>(pub &'a str);

impl Browser {
    /// Starts it.
    pub fn start() -> Self {
        let program = std::env::var("SEATRIAL_CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let profile = tempfile::Builder::new().prefix("seatrial-browser-").tempdir().expect("a profile");
        let mut command = Command::new(program);
        command
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
            ])
            .args(["--remote-debugging-port=0", "--window-size=1280,900"])
            .arg(format!("--user-data-dir={}", profile.path().display()));
        // Its own home, so that nothing outside of the profile is touched.
        command.env("HOME", profile.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a browser: set SEATRIAL_CHROMIUM");
        let said = BufReader::new(child.stderr.take().expect("its output"));
        let mut lines = said.lines().map_while(Result::ok);
        let address =
            lines.find_map(|line| line.split_once("ws://127.0.0.1:").map(|(_, rest)| rest.to_owned()));
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let address = address.expect("the address of the browser");
        let (port, path) = address.split_once('/').expect("port and path");
        let port = port.parse().expect("a port");
        let socket = WebSocket::open(
            (Ipv4Addr::LOCALHOST, port).into(),
            &format!("127.0.0.1:{port}"),
            &format!("/{path}"),
            PATIENCE,
        );
        let socket = socket.expect("the browser answers");
        let mut this = Self { child, socket, session: String::new(), last: 0, _profile: profile };
        let target = this.ask("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        this.session =
            this.ask("Target.attachToTarget", &attach)["sessionId"].as_str().unwrap_or_default().to_owned();
        this
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        self.socket.send(&message.to_string()).expect("the browser listens");
        loop {
            let text = self.socket.receive().unwrap_or_else(|error| panic!("{method}: {error}"));
            let answer: Value = serde_json::from_str(&text).unwrap_or_default();
            if answer["id"] == self.last {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
        }
    }

    /// Goes to an address.
    pub fn open(&mut self, url: &str) {
        self.ask("Page.navigate", &json!({ "url": url }));
    }

    /// Evaluates an expression in the page; waits for a promise.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        self.ask("Runtime.evaluate", &params)["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub fn wait_for(&mut self, expression: &str, limit: Duration) {
        let found = eventually(limit, || (self.evaluate(&format!("!!({expression})")) == true).then_some(()));
        if found.is_none() {
            let text = self.evaluate("document.body.innerText");
            panic!(
                "`{expression}` did not become true; the page says:\n{}",
                text.as_str().unwrap_or_default()
            );
        }
    }

    /// Waits for an element that can be clicked, and clicks it.
    #[track_caller]
    pub fn click(&mut self, element: Element<'_>) {
        let found = element.query();
        self.wait_for(&format!("{found} && !{found}.disabled"), PATIENCE);
        self.evaluate(&format!("{found}.click()"));
    }

    /// Types into a field, as a person does.
    #[track_caller]
    pub fn type_into(&mut self, element: Element<'_>, text: &str) {
        self.wait_for(&element.query(), PATIENCE);
        self.evaluate(&format!("{}.focus()", element.query()));
        self.ask("Input.insertText", &json!({ "text": text }));
    }

    /// The text of an element; empty when it is not there.
    pub fn text(&mut self, element: Element<'_>) -> String {
        let text = self.evaluate(&format!("{}?.innerText ?? ''", element.query()));
        text.as_str().unwrap_or_default().to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Element<'_> {
    /// The expression that finds it.
    pub fn query(self) -> String {
        format!("document.querySelector('[data-testid=\"{}\"]')", self.0)
    }
}
