//! The scripts in this machine's own shell, with a folder as the login user's home.

use super::look::read;
use super::script::LOOK;
use super::*;
use crate::ssh::{Script, Way, run_here};
use seatrial_core::prepare::{EngineState, Rights, ServerCommand, Starter};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

struct Server {
    home: tempfile::TempDir,
}

impl Server {
    fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    fn walk(&self) -> Walk {
        Walk { way: Way::Here(self.home.path().to_owned()) }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Lets the command that waits for it go on.
    fn open(&self, gate: &str) {
        fs::write(self.file(gate), "").unwrap();
    }

    /// A command that waits for a file, at most for 20 s.
    fn waits(&self, gate: &str) -> ServerCommand {
        let gate = self.file(gate);
        command(&format!(
            "n=0; until [ -e '{}' ] || [ $n -gt 400 ]; do sleep 0.05; n=$((n + 1)); done",
            gate.display()
        ))
    }

    async fn until(&self, what: &str, is: impl Fn(&Progress) -> bool) -> Progress {
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            let progress = self.walk().progress(0).await.unwrap();
            match progress {
                Some(progress) if is(&progress) => return progress,
                other => assert!(Instant::now() < deadline, "{what}: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn command(text: &str) -> ServerCommand {
    let words = ["sh", "-c", text].map(str::to_owned).to_vec();
    ServerCommand { words, why: "It is a test.".to_owned() }
}

fn is_over(progress: &Progress) -> bool {
    progress.state != WalkState::Running
}

fn log(progress: &Progress) -> String {
    String::from_utf8_lossy(&progress.log).into_owned()
}

#[tokio::test]
async fn commands_go_on_without_us_and_are_followed_from_where_we_stopped() {
    let server = Server::new();
    assert_eq!(server.walk().progress(0).await.unwrap(), None, "nothing was ever started");
    let commands = [command("echo \"it's first\""), server.waits("gate"), command("echo last >&2")];
    server.walk().start(&commands).await.unwrap();
    let seen = server.until("the second is under way", |progress| progress.number == 2).await;
    assert_eq!((seen.state, seen.commands.len()), (WalkState::Running, 3));
    assert!(log(&seen).contains("it's first\n$ sh -c 'n=0;"), "{}", log(&seen));
    server.open("gate");
    server.until("the end", is_over).await;
    let rest = server.walk().progress(seen.next).await.unwrap().unwrap();
    assert_eq!((rest.state, rest.number), (WalkState::Done, 3));
    assert!(log(&rest).ends_with("\nlast\n") && !log(&rest).contains("first\n$"), "{}", log(&rest));
    let nothing_new = server.walk().progress(rest.next).await.unwrap().unwrap();
    assert_eq!((log(&nothing_new).as_str(), nothing_new.next), ("", rest.next));
}

#[tokio::test]
async fn a_command_that_fails_ends_it_and_the_rest_is_not_begun() {
    let server = Server::new();
    let commands = [command("exit 7"), command("echo never")];
    server.walk().start(&commands).await.unwrap();
    let end = server.until("the end", is_over).await;
    assert_eq!((end.state, end.number), (WalkState::Failed { status: 7 }, 1));
    assert!(!log(&end).contains("\nnever"), "{}", log(&end));
    server.walk().start(&[command("echo again")]).await.unwrap();
    let end = server.until("the end", is_over).await;
    assert_eq!((end.state, log(&end).as_str()), (WalkState::Done, "$ sh -c 'echo again'\nagain\n"));
}

#[tokio::test]
async fn two_people_do_not_prepare_at_once() {
    let server = Server::new();
    server.walk().start(&[server.waits("gate")]).await.unwrap();
    let second = server.walk().start(&[command("echo second")]).await;
    assert!(matches!(second, Err(PrepareError::Underway { .. })), "{second:?}");
    server.open("gate");
    let end = server.until("the end", is_over).await;
    assert!(end.state == WalkState::Done && !log(&end).contains("second"), "{end:?}");
}

#[tokio::test]
async fn what_commands_leave_running_does_not_keep_the_preparation_under_way() {
    let server = Server::new();
    let daemon =
        command("setsid sh -c 'echo $$ >pid; exec sleep 30' >/dev/null 2>&1 & until [ -s pid ]; do :; done");
    server.walk().start(&[daemon]).await.unwrap();
    server.until("the end", |progress| progress.state == WalkState::Done).await;
    let again = server.walk().start(&[command("true")]).await;
    let pid = fs::read_to_string(server.file(".local/share/seatrial/main/prepare/pid")).unwrap();
    let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    again.unwrap();
}

#[tokio::test]
async fn one_that_was_ended_by_a_reboot_is_not_taken_for_one_that_goes_on() {
    let server = Server::new();
    // What walks through the commands leads their session.
    let reboot = command("kill -9 \"$(cut -d ' ' -f 6 /proc/self/stat)\"; sleep 1");
    server.walk().start(&[reboot, command("echo never")]).await.unwrap();
    let end = server.until("the end", is_over).await;
    assert_eq!((end.state, end.number), (WalkState::Interrupted, 1));
    server.walk().start(&[command("true")]).await.unwrap();
    assert_eq!(server.until("the end", is_over).await.state, WalkState::Done);
}

#[tokio::test]
async fn this_machine_tells_its_facts() {
    let output = run_here(&Script::new(LOOK)).await;
    assert!(output.is_success(), "{}", output.error_text());
    let facts = read(&output.text(), EngineState::Silent).unwrap();
    assert!(!facts.login.is_empty() && !facts.system.is_empty(), "{facts:?}");
    assert_eq!(facts.rights == Rights::Root, rustix::process::geteuid().is_root());
}

#[test]
fn facts_are_read_from_lines_and_an_answer_without_a_login_is_none() {
    let told = "login deploy\nrights sudo\nsystem Linux Mint 22\nkind linuxmint ubuntu debian\napt\nstarter systemd\n";
    let facts = read(told, EngineState::Denied).unwrap();
    assert_eq!(
        (facts.login.as_str(), facts.rights, facts.starter),
        ("deploy", Rights::Sudo, Starter::Systemd)
    );
    assert!(facts.debian && facts.apt && !facts.installed && !facts.member && !facts.interrupted);
    let other = read(
        "login a\nrights password\nsystem Fedora\nkind fedora \ninstalled\nmember\n",
        EngineState::Silent,
    );
    let other = other.unwrap();
    assert_eq!((other.rights, other.starter), (Rights::Password, Starter::None));
    assert!(!other.debian && other.installed && other.member);
    assert_eq!(read("banner\n", EngineState::Silent), None);
}
