//! The executable as programs and people start it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test a panic is the report")]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

struct Terminal {
    home: TempDir,
    folder: TempDir,
}

impl Terminal {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seatrial"));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("SEATRIAL_HOME", self.home.path()).env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8");
        // No engine: what these tests are about must not depend on one.
        command.env("DOCKER_HOST", format!("unix://{}/no.sock", self.home.path().display()));
        command
    }

    fn run(&self, words: &[&str]) -> Ended {
        Ended(self.command(words).output().unwrap())
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }
}

struct Ended(Output);

impl Ended {
    fn status(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }
    fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }
    fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }
    fn json(&self) -> Value {
        serde_json::from_str(&self.out())
            .unwrap_or_else(|_| panic!("no JSON: {} / {}", self.out(), self.err()))
    }
}

#[test]
fn words_that_are_no_command_are_usage_errors_with_a_suggestion() {
    let ended = Terminal::new().run(&["depoly"]);
    assert_eq!(ended.status(), 2);
    assert!(ended.err().contains("deploy"), "{}", ended.err());
}

#[test]
fn every_command_has_a_manual_page_and_the_worker_is_not_advertised() {
    let terminal = Terminal::new();
    let pages = terminal.folder.path().join("man");
    assert_eq!(terminal.run(&["man", pages.to_str().unwrap()]).status(), 0);
    for name in ["deploy", "rollback", "trust", "secret-set", "serve"] {
        assert!(pages.join(format!("seatrial-{name}.1")).is_file(), "{name}");
    }
    let help = terminal.run(&["--help"]).out();
    assert!(help.contains("rollback") && !help.contains("worker"), "{help}");
}

#[test]
fn completions_know_the_commands_and_need_no_data() {
    let terminal = Terminal::new();
    for shell in ["bash", "zsh", "fish"] {
        let mut command = terminal.command(&["completions", shell]);
        let ended = Ended(command.env("SEATRIAL_HOME", "/dev/null/nowhere").output().unwrap());
        assert_eq!(ended.status(), 0, "{}", ended.err());
        assert!(ended.out().contains("rollback"), "{shell}");
    }
}

#[test]
fn a_home_that_cannot_be_used_is_an_error_with_words_and_not_a_defect() {
    let terminal = Terminal::new();
    let mut command = terminal.command(&["status", "--json"]);
    let ended = Ended(command.env("SEATRIAL_HOME", "/dev/null/nowhere").output().unwrap());
    assert_ne!(ended.status(), 0);
    assert!(ended.json()["error"]["message"].is_string(), "{}", ended.out());
    assert!(!ended.err().contains("defect"), "{}", ended.err());
}

#[test]
fn an_app_nobody_knows_is_said_to_be_unknown_with_what_to_do() {
    let ended = Terminal::new().run(&["deploy", "--app", "nobody", "--yes", "--json"]);
    assert_eq!(ended.status(), 2);
    let error = &ended.json()["error"];
    assert_eq!(error["code"], "not_found");
    assert!(!error["hints"].as_array().unwrap().is_empty(), "{error}");
}

#[test]
fn mistakes_in_the_configuration_are_shown_all_at_once_with_their_lines() {
    let terminal = Terminal::new();
    terminal.write("Dockerfile", "FROM scratch\n");
    terminal.write("seatrial.toml", "app = \"demo\"\n[shpi]\nport = 1\n[ship]\nport = \"x\"\n");
    let ended = terminal.run(&["deploy", "--yes"]);
    assert_eq!(ended.status(), 2, "{}", ended.err());
    let text = ended.err();
    for part in ["seatrial.toml:2:", "[shpi]", "seatrial.toml:5:", "port = \"x\"", "^"] {
        assert!(text.contains(part), "`{part}` is missing in: {text}");
    }
    let json = terminal.run(&["deploy", "--yes", "--json"]).json();
    assert_eq!(json["error"]["code"], "configuration");
    assert!(json["error"]["problems"].as_array().unwrap().len() >= 2, "{json}");
}

#[test]
fn yes_does_not_trust() {
    let terminal = Terminal::new();
    terminal.write("Dockerfile", "FROM scratch\n");
    terminal.write("seatrial.toml", "app = \"demo\"\n[[build.steps]]\nid = \"check\"\nrun = \"touch ran\"\n");
    let ended = terminal.run(&["deploy", "--yes", "--json"]);
    assert!([2, 4].contains(&ended.status()), "{}", ended.out());
    assert!(!Path::new(&terminal.folder.path().join("ran")).exists());
}

#[test]
fn looking_around_makes_no_app_known() {
    let terminal = Terminal::new();
    terminal.write("Dockerfile", "FROM scratch\n");
    assert_eq!(terminal.run(&["releases", "--json"]).json()["error"]["code"], "not_found");
    for words in [["status", "--json"], ["history", "--json"]] {
        let ended = terminal.run(&words);
        assert_eq!((ended.status(), ended.json()), (0, Value::Array(Vec::new())), "{words:?}");
    }
}

#[test]
fn a_secret_comes_from_standard_input_and_is_never_shown() {
    use std::io::Write as _;
    let terminal = Terminal::new();
    terminal.write("Dockerfile", "FROM scratch\n");
    let mut command = terminal.command(&["secret", "set", "API_KEY", "--json"]);
    command.env("SEATRIAL_PASSPHRASE", "correct horse battery").env("SEATRIAL_VAULT", "file");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"hunter2-value\n").unwrap();
    let ended = Ended(child.wait_with_output().unwrap());
    assert_eq!(ended.status(), 0, "{} {}", ended.out(), ended.err());
    assert_eq!(ended.json()[0]["name"], "API_KEY");
    assert!(!ended.out().contains("hunter2") && !ended.err().contains("hunter2"));
}
