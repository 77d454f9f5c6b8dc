//! The desktop window under a display of its own, told what to do over WebDriver.

use crate::home::{Home, free_port};
use crate::http::Request;
use crate::wait::{eventually, until};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// What is needed for a window, by the variables that name it.
#[derive(Debug, Clone)]
pub struct Program {
    /// The window's executable.
    pub desktop: PathBuf,
    webdriver: String,
    xvfb: String,
}

impl Program {
    /// From the environment.
    pub fn find() -> Self {
        let named = |name: &str, usual: &str| std::env::var(name).unwrap_or_else(|_| usual.to_owned());
        let beside = crate::home::executable().with_file_name("seatrial-desktop");
        Self {
            desktop: std::env::var_os("SEATRIAL_DESKTOP_BIN").map_or(beside, PathBuf::from),
            webdriver: named("SEATRIAL_WEBDRIVER", "WebKitWebDriver"),
            xvfb: named("SEATRIAL_XVFB", "Xvfb"),
        }
    }
}

/// A window and everything it runs in.
pub struct Driver {
    xvfb: Child,
    driver: Child,
    port: u16,
    session: String,
}

impl Driver {
    /// Opens the window of a home.
    pub fn start(home: &Home, program: &Program) -> Self {
        let mut xvfb = Command::new(&program.xvfb)
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb: set SEATRIAL_XVFB");
        let mut display = String::new();
        let stdout = xvfb.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut display).expect("its display");
        let port = free_port();
        let mut command = home.program(program.webdriver.as_ref());
        command.arg(format!("--port={port}")).arg("--host=127.0.0.1");
        command.env("DISPLAY", format!(":{}", display.trim())).env("TAURI_WEBVIEW_AUTOMATION", "true");
        for (name, folder) in
            [("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache")]
        {
            command.env(name, home.root().join("window").join(folder));
        }
        let quiet = [("DBUS_SESSION_BUS_ADDRESS", "disabled:"), ("NO_AT_BRIDGE", "1"), ("LANG", "C")];
        command.envs(quiet).env("GDK_BACKEND", "x11").env("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1");
        for name in ["WAYLAND_DISPLAY", "LC_ALL", "WEBKIT_DISABLE_DMABUF_RENDERER"] {
            command.env_remove(name);
        }
        let driver = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("WebKitWebDriver");
        let mut this = Self { xvfb, driver, port, session: String::new() };
        until("the driver listens", PATIENCE, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        let options = json!({ "binary": program.desktop, "args": [] });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let session = this.ask("POST", "/session", &wanted).expect("a session");
        session["sessionId"].as_str().unwrap_or_default().clone_into(&mut this.session);
        this
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let request = Request::get(self.port, &format!("127.0.0.1:{}", self.port), path);
        let request = request.header("Content-Type", "application/json");
        let request = if method == "POST" { request.post(body.to_string()) } else { request };
        let answer = request.send().map_err(|error| format!("{method} {path}: {error}"))?;
        let value = answer.json()["value"].take();
        match value["error"].as_str() {
            Some(error) => Err(format!("{method} {path}: {error}: {}", value["message"])),
            None => Ok(value),
        }
    }

    fn call(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.ask("POST", &format!("/session/{}{path}", self.session), body)
    }

    /// Runs a function body in the page.
    pub fn evaluate(&self, script: &str) -> Value {
        self.call("/execute/sync", &json!({ "script": script, "args": [] })).unwrap_or_default()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub fn wait_for(&self, expression: &str, limit: Duration) {
        let script = format!("return !!({expression})");
        if eventually(limit, || (self.evaluate(&script) == true).then_some(())).is_none() {
            let text = self.evaluate("return document.body.innerText");
            panic!(
                "`{expression}` did not become true; the window says:\n{}",
                text.as_str().unwrap_or_default()
            );
        }
    }

    fn find(&self, testid: &str) -> Option<String> {
        let query = json!({ "using": "css selector", "value": format!("[data-testid=\"{testid}\"]") });
        let found = self.call("/element", &query).ok()?;
        found.as_object()?.values().next()?.as_str().map(str::to_owned)
    }

    /// Waits for an element and clicks it with the pointer.
    #[track_caller]
    pub fn click(&self, testid: &str) {
        let query = format!("document.querySelector('[data-testid=\"{testid}\"]')");
        self.wait_for(&format!("{query} && !{query}.disabled"), PATIENCE);
        let clicked = || self.call(&format!("/element/{}/click", self.find(testid)?), &json!({})).ok();
        until(&format!("a click on {testid}"), PATIENCE, clicked);
    }

    /// Types into a field with the keyboard.
    #[track_caller]
    pub fn type_into(&self, testid: &str, text: &str) {
        let typed =
            || self.call(&format!("/element/{}/value", self.find(testid)?), &json!({ "text": text })).ok();
        until(&format!("typing into {testid}"), PATIENCE, typed);
    }

    /// The text of an element; empty when it is not there.
    pub fn text(&self, testid: &str) -> String {
        let script = format!("return document.querySelector('[data-testid=\"{testid}\"]')?.innerText ?? ''");
        self.evaluate(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Closes the window, as a person does.
    pub fn close(&self) {
        drop(self.ask("DELETE", &format!("/session/{}", self.session), &Value::Null));
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        for child in [&mut self.driver, &mut self.xvfb] {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
