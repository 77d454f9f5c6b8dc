//! The folder of an app that is deployed: written, changed and committed by tests.

use crate::home::Home;
use std::path::{Path, PathBuf};
use std::process::Command;

const APP: &str = include_str!("../fixtures/app/app.py");
/// The Dockerfile of the fixture.
pub const DOCKERFILE: &str = include_str!("../fixtures/app/Dockerfile");

/// A folder with the fixture app.
#[derive(Debug, Clone)]
pub struct AppFolder {
    /// Where it is.
    pub path: PathBuf,
    /// The app's name; its first environment answers at `NAME.localhost`.
    pub name: String,
}

impl AppFolder {
    /// Writes the fixture app under a name that no other home uses.
    pub fn new(home: &Home, name: &str) -> Self {
        Self::shared(home, &format!("{name}-{}", home.instance()))
    }

    /// Writes the fixture app under exactly this name, which other homes may use, too.
    pub fn shared(home: &Home, name: &str) -> Self {
        let name = name.to_owned();
        let path = home.root().join("apps").join(&name);
        std::fs::create_dir_all(&path).expect("the app's folder");
        let folder = Self { path, name };
        // Equal content would be one image for several homes, and the end of one test would take it from another.
        folder.write("app.py", format!("# {} of {}\n{APP}", folder.name, home.instance()));
        folder.write("Dockerfile", DOCKERFILE);
        folder.write(".dockerignore", "*\n!app.py\n");
        folder.configure("");
        folder
    }

    /// Writes `seatrial.toml` with short waits. `more` follows the table `[ship]`.
    pub fn configure(&self, more: &str) {
        let text = format!(
            "app = \"{}\"\n\n[evaluate]\nsmoke = [{{ path = \"/\", contains = \"v\" }}]\n\
             availability = {{ for = \"300ms\", rate = 40, min_requests = 5 }}\n\n[env]\nlocal = \"docker\"\n\n\
             [ship]\nport = 8000\nhealth = {{ path = \"/health\", deadline = \"5s\", request = \"1s\" }}\n\
             drain = \"3s\"\nstop_grace = \"3s\"\n{more}",
            self.name
        );
        self.write("seatrial.toml", &text);
    }

    /// Leaves out the watch after a switch, for figures about something else. One smoke request stays.
    pub fn unwatched(&self) {
        let text = self.read("seatrial.toml");
        let line = |line| if str::starts_with(line, "availability") { "availability = false" } else { line };
        self.write("seatrial.toml", text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n");
    }

    /// Writes a file.
    pub fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path.join(file), text).unwrap_or_else(|error| panic!("writing {file}: {error}"));
    }

    /// Reads a file.
    pub fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path.join(file))
            .unwrap_or_else(|error| panic!("reading {file}: {error}"))
    }

    /// Changes one line: the version that the app shows.
    pub fn set_version(&self, version: impl std::fmt::Display) {
        let is_version = |line: &str| line.starts_with("VERSION = ");
        let line =
            |line: &str| if is_version(line) { format!("VERSION = \"{version}\"") } else { line.to_owned() };
        let text: Vec<String> = self.read("app.py").lines().map(line).collect();
        self.write("app.py", text.join("\n") + "\n");
    }

    /// The host name of the first environment.
    pub fn host(&self) -> String {
        format!("{}.localhost", self.name)
    }

    /// Makes it a git work tree with everything committed.
    pub fn commit(&self, message: &str) {
        if !self.path.join(".git").exists() {
            self.git(&["init", "-q", "-b", "main"]);
        }
        self.git(&["add", "-A"]);
        self.git(&["-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-q", "-m", message]);
    }

    fn git(&self, words: &[&str]) {
        let done = Command::new("git").args(words).current_dir(&self.path).output().expect("git");
        assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

impl AsRef<Path> for AppFolder {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}
