//! A Seatrial of its own for one test: home, ports and names on the engine that nothing else uses.

use crate::http::{Answer, Request};
use crate::run::Run;
use crate::{clean, wait};
use seatrial_core::model::Digest;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A home, and everything it leaves on the engine; taken away at the end, also after a failed test.
pub struct Home {
    dir: tempfile::TempDir,
    /// The proxy's port for HTTP.
    pub http: u16,
    /// The proxy's port for HTTPS.
    pub https: u16,
    instance: String,
    variables: Vec<(String, String)>,
}

/// What a call of `seatrial` came to.
#[derive(Debug, Clone)]
pub struct Output {
    /// Exit status; -1 after a signal.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Standard output as JSON; `Null` when it is none.
    pub json: Value,
}

impl From<std::process::Output> for Output {
    fn from(done: std::process::Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let stdout = text(&done.stdout);
        let json = serde_json::from_str(&stdout).unwrap_or_default();
        Self { status: done.status.code().unwrap_or(-1), stdout, stderr: text(&done.stderr), json }
    }
}

impl Output {
    /// Both streams.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Itself, after making sure of the exit status.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Makes sure that each of these texts was said.
    #[track_caller]
    pub fn says(&self, texts: &[&str]) -> &Self {
        for text in texts {
            assert!(self.text().contains(text), "`{text}` was not said:\n{}", self.text());
        }
        self
    }
}

impl Home {
    /// A new home whose proxy will listen on free ports.
    pub fn new() -> Self {
        let home = Self::without_ports();
        let (http, https) = (home.http.to_string(), home.https.to_string());
        home.run(["proxy", "--http", &http, "--https", &https]).expect(0);
        home
    }

    /// A new home where nothing was called yet.
    pub fn without_ports() -> Self {
        let dir = tempfile::Builder::new().prefix("seatrial-journey-").tempdir().expect("a temporary folder");
        Self::at(dir)
    }

    /// A home in a folder that is there already.
    pub fn at(dir: tempfile::TempDir) -> Self {
        let root = dir.path().join("home");
        let instance = format!("h{}", &Digest::of(root.to_string_lossy().as_bytes()).short()[..8]);
        let (http, https) = (free_port(), free_port());
        let pairs =
            [("SEATRIAL_VAULT", "file"), ("SEATRIAL_PASSPHRASE", "three words of yours"), ("USER", "tester")];
        let variables = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { dir, http, https, instance, variables }
    }

    /// With an environment variable for every call.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Where Seatrial keeps its data.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// The test's own folder, around the data.
    pub fn root(&self) -> &Path {
        self.dir.path()
    }

    /// What tells this home's things on the engine apart.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// What the names of this home's containers, volumes and networks begin with.
    pub fn prefix(&self) -> String {
        format!("seatrial-{}-", self.instance)
    }

    /// A program with this home's environment.
    pub fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("SEATRIAL_HOME", self.data())
            .envs(self.variables.iter().cloned())
            .current_dir(self.root());
        for name in ["NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command
    }

    /// `seatrial`, ready to be given words.
    pub fn command(&self) -> Command {
        self.program(&executable())
    }

    /// Calls `seatrial` in the test's folder.
    pub fn run<const N: usize>(&self, words: [&str; N]) -> Output {
        self.call(self.root(), &words, None)
    }

    /// Calls `seatrial` in a folder.
    pub fn run_in(&self, folder: impl AsRef<Path>, words: &[&str]) -> Output {
        self.call(folder.as_ref(), words, None)
    }

    /// Calls `seatrial` in a folder with something on standard input.
    pub fn pipe_in(&self, folder: impl AsRef<Path>, words: &[&str], input: &str) -> Output {
        self.call(folder.as_ref(), words, Some(input))
    }

    fn call(&self, folder: &Path, words: &[&str], input: Option<&str>) -> Output {
        let mut command = self.command();
        let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
        command.args(words).current_dir(folder).stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("seatrial starts");
        if let (Some(text), Some(mut stdin)) = (input, child.stdin.take()) {
            stdin.write_all(text.as_bytes()).expect("seatrial reads its input");
        }
        let done = child.wait_with_output().expect("seatrial ends");
        Output::from(done)
    }

    /// Deploys a folder, trusting it, and returns the run; any end is accepted.
    #[track_caller]
    pub fn deploy(&self, folder: impl AsRef<Path>) -> Run {
        self.go(folder, &["deploy", "--yes", "--trust"])
    }

    /// Calls something that ends in a run, such as `rollback --yes`.
    #[track_caller]
    pub fn go(&self, folder: impl AsRef<Path>, words: &[&str]) -> Run {
        let words: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
        let output = self.run_in(folder, &words);
        assert!(output.json["id"].is_string(), "no run: {}", output.text());
        Run::new(output.json, output.status)
    }

    /// Starts something and does not follow it; returns the run's id.
    #[track_caller]
    pub fn start(&self, folder: impl AsRef<Path>, words: &[&str]) -> String {
        let words: Vec<&str> = words.iter().copied().chain(["--detach", "--json"]).collect();
        let output = self.run_in(folder, &words);
        let id = output.json["run"].as_str();
        id.unwrap_or_else(|| panic!("no run was started: {}", output.text())).to_owned()
    }

    /// Follows a run to its end.
    #[track_caller]
    pub fn follow(&self, run: &str) -> Run {
        let output = self.run(["follow", run, "--json"]);
        assert!(output.json["id"].is_string(), "no run: {}", output.text());
        Run::new(output.json, output.status)
    }

    /// The release at a place, through the public port.
    pub fn served(&self, host: &str) -> Option<String> {
        let answer = self.get(host, "/version").ok()?;
        (answer.status == 200).then(|| answer.body.trim().to_owned())
    }

    /// One request through the public port.
    pub fn get(&self, host: &str, path: &str) -> std::io::Result<Answer> {
        Request::get(self.http, host, path).send()
    }

    /// Names of this home's containers, running or not.
    pub fn containers(&self) -> Vec<String> {
        clean::containers(&self.prefix())
    }

    /// Waits until a version answers publicly.
    pub fn await_served(&self, host: &str, version: &str, limit: Duration) {
        wait::until(&format!("{version} at {host}"), limit, || (self.served(host)? == version).then_some(()));
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        clean::home(&self.data(), &self.prefix(), &self.instance);
    }
}

/// The built executable: the one that is named, or the one beside this test.
pub(crate) fn executable() -> PathBuf {
    if let Some(named) = std::env::var_os("SEATRIAL_BIN") {
        return PathBuf::from(named);
    }
    let this = std::env::current_exe().expect("this program's path");
    let beside = this.ancestors().map(|folder| folder.join("seatrial")).find(|path| path.is_file());
    beside.expect("the `seatrial` executable: build it first, or name it with SEATRIAL_BIN")
}

/// A port that nothing listens on.
pub(crate) fn free_port() -> u16 {
    // The system gives a port that was let go to the next who asks: two in a row may be the same.
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("its number").port();
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return port;
        }
    }
}

/// Calls `docker`; standard output, or `None` when it failed.
pub fn docker(words: &[&str]) -> Option<String> {
    let done = Command::new("docker").args(words).stdin(Stdio::null()).output().expect("docker");
    done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
}
