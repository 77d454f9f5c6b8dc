//! The desktop window under a display of its own, told what to do over WebDriver.

use crate::display::Display;
use crate::home::{Home, free_port};
use crate::http::Request;
use crate::wait::{eventually, until};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// What is needed for a window, by the variables that name it.
#[derive(Debug, Clone)]
pub struct Program {
    /// The window's executable.
    pub desktop: PathBuf,
    webdriver: String,
    pub(crate) xvfb: String,
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
    display: Display,
    driver: Child,
    port: u16,
    session: String,
}

impl Driver {
    /// Opens the window of a home.
    pub fn start(home: &Home, program: &Program) -> Self {
        Self::start_with(home, program, &[])
    }

    /// Opens the window of a home with arguments.
    pub fn start_with(home: &Home, program: &Program, arguments: &[&str]) -> Self {
        let display = Display::start(program);
        let port = free_port();
        let mut command = display.command(home, program.webdriver.as_ref());
        command.arg(format!("--port={port}")).arg("--host=127.0.0.1").env("TAURI_WEBVIEW_AUTOMATION", "true");
        let driver = command.spawn().expect("WebKitWebDriver");
        let mut this = Self { display, driver, port, session: String::new() };
        until("the driver listens", PATIENCE, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        let options = json!({ "binary": program.desktop, "args": arguments });
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

    /// The display it is on.
    pub fn display(&self) -> &Display {
        &self.display
    }

    /// The window's processes: its own and those of its web view.
    pub fn processes(&self) -> Vec<u32> {
        let mut processes = family(self.driver.id());
        processes.retain(|process| *process != self.driver.id());
        processes
    }

    /// Closes the window, as a person does.
    pub fn close(&self) {
        drop(self.ask("DELETE", &format!("/session/{}", self.session), &Value::Null));
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.driver.kill());
        drop(self.driver.wait());
    }
}

/// A process, those that it started, and those that they started.
pub fn family(of: u32) -> Vec<u32> {
    let children = std::fs::read_dir(format!("/proc/{of}/task")).into_iter().flatten().flatten();
    let lists = children.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    let direct: Vec<u32> = lists.flat_map(|list| numbers(&list)).collect();
    direct.into_iter().flat_map(family).chain([of]).collect()
}

fn numbers(list: &str) -> Vec<u32> {
    list.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}
