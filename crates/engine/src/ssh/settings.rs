//! How `ssh` is called.

use super::error::LinkCause;
use super::folder;
use crate::process::{Capture, CaptureError, Captured, Input, StartError, capture};
use seatrial_core::model::SshHost;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an unused connection stays open.
const PERSIST: Duration = Duration::from_secs(60);
/// How long making a connection may take, jump hosts, agents and hardware keys included.
const OPENING: Duration = Duration::from_secs(20);
const LOCAL: Duration = Duration::from_secs(5);

/// What calls of `ssh` have in common. Those who have the same settings share one connection to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSettings {
    /// Our own file of known hosts' keys. It is added to the user's.
    pub known_hosts: PathBuf,
    /// What keeps our connections apart from those of others: the home.
    pub home: PathBuf,
    /// A configuration to use instead of the user's and the system's.
    pub config: Option<PathBuf>,
    /// Where the folder for sockets is made, instead of the session's or the system's folder for such things.
    pub runtime: Option<PathBuf>,
    /// How long an unused connection stays open. Whole seconds.
    pub persist: Duration,
    /// How long making a connection may take.
    pub opening: Duration,
}

impl LinkSettings {
    /// The usual ones of a home.
    pub fn new(home: impl Into<PathBuf>) -> Self {
        let home = home.into();
        Self {
            known_hosts: home.join("known_hosts"),
            home,
            config: None,
            runtime: None,
            persist: PERSIST,
            opening: OPENING,
        }
    }

    /// A call that reads the configuration.
    pub(super) fn configured(&self, options: &[String]) -> Result<Call, LinkCause> {
        let mut call = Call::new("ssh");
        if let Some(config) = &self.config {
            call.word("-F").word(config);
        }
        call.options(options.iter().map(String::as_str));
        Ok(call)
    }
}

/// What holds for every connection of ours, whatever the configuration says.
pub(super) const FIXED: [&str; 18] = [
    "BatchMode=yes",
    "UpdateHostKeys=no",
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ConnectTimeout=10",
    "ConnectionAttempts=1",
    "ForwardAgent=no",
    "ForwardX11=no",
    "Tunnel=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
    "ClearAllForwardings=yes",
    "ExitOnForwardFailure=yes",
    "VisualHostKey=no",
    // Its last words on a connection that fails have this level.
    "LogLevel=INFO",
    "EscapeChar=none",
    // Layers of images are sent as they are.
    "Compression=yes",
];

/// One call of one of OpenSSH's programs.
pub(super) struct Call {
    words: Vec<OsString>,
    stdin: Input,
    deadline: Duration,
    limit: usize,
}

impl Call {
    pub(super) fn new(program: &str) -> Self {
        Self { words: vec![program.into()], stdin: Input::Nothing, deadline: LOCAL, limit: 256 * 1024 }
    }

    /// A call that only speaks to a shared connection: no configuration is read, and where nobody is on the other end
    /// of the socket no connection of its own is made.
    pub(super) fn shared(control: &Path) -> Self {
        let mut call = Self::new("ssh");
        call.word("-F").word("/dev/null").word("-S").word(control).words(["-T", "-x", "-a"]);
        call.options(["ControlMaster=no", "BatchMode=yes", "LogLevel=ERROR", "EscapeChar=none"]);
        call.option(&format!("ProxyCommand=echo {NO_MASTER} >&2"));
        call
    }

    pub(super) fn word(&mut self, word: impl Into<OsString>) -> &mut Self {
        self.words.push(word.into());
        self
    }

    pub(super) fn words<'a>(&mut self, words: impl IntoIterator<Item = &'a str>) -> &mut Self {
        self.words.extend(words.into_iter().map(OsString::from));
        self
    }

    pub(super) fn option(&mut self, option: &str) -> &mut Self {
        self.words(["-o", option])
    }

    pub(super) fn options<'a>(&mut self, options: impl IntoIterator<Item = &'a str>) -> &mut Self {
        for option in options {
            self.option(option);
        }
        self
    }

    /// User, port and host, and what follows them.
    pub(super) fn host(&mut self, host: &SshHost) -> &mut Self {
        if let Some(user) = host.user() {
            self.words(["-l", user]);
        }
        if let Some(port) = host.port() {
            self.words(["-p", &port.to_string()]);
        }
        self.words(["--", host.host()])
    }

    pub(super) fn stdin(&mut self, stdin: Input) -> &mut Self {
        self.stdin = stdin;
        self
    }

    pub(super) fn within(&mut self, deadline: Duration) -> &mut Self {
        self.deadline = deadline;
        self
    }

    pub(super) fn at_most(&mut self, bytes: usize) -> &mut Self {
        self.limit = bytes;
        self
    }

    /// Runs it to its end.
    pub(super) async fn done(&mut self) -> Result<Captured, CallError> {
        let mut question = Capture::new(std::mem::take(&mut self.words), "/");
        // What ssh starts itself (a proxy command) is a line for a shell.
        question.env.set("SHELL", "/bin/sh");
        question.stdin = std::mem::take(&mut self.stdin);
        question.deadline = self.deadline;
        question.limit = self.limit;
        capture(question).await.map_err(|error| match error {
            CaptureError::Start(StartError::NotFound { .. }) => CallError::Missing,
            CaptureError::TimedOut { .. } => CallError::TimedOut,
            CaptureError::TooMuch { .. } => CallError::TooMuch,
            CaptureError::Start(_) | CaptureError::Signalled { .. } => CallError::Failed,
        })
    }
}

/// Why a call has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallError {
    Missing,
    TimedOut,
    TooMuch,
    Failed,
}

/// What our own proxy command says when a shared connection is not there.
const NO_MASTER: &str = "seatrial-no-connection";

/// Whether a call found nobody at the shared connection's socket, so that nothing was sent to the host.
pub(super) fn found_nobody(said: &[u8]) -> bool {
    said.windows(NO_MASTER.len()).any(|window| window == NO_MASTER.as_bytes())
}

/// The option that names files of known hosts, ours first.
pub(super) fn known_hosts_option(files: &[&Path]) -> Result<String, LinkCause> {
    let mut option = "UserKnownHostsFile=".to_owned();
    for file in files {
        let text = file.to_str().filter(|text| folder::is_plain(text, " %~")).ok_or_else(|| {
            LinkCause::File { path: file.to_path_buf(), kind: std::io::ErrorKind::InvalidFilename }
        })?;
        if !option.ends_with('=') {
            option.push(' ');
        }
        // ssh expands `%`.
        option.push_str(&format!("\"{}\"", text.replace('%', "%%")));
    }
    Ok(option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_known_hosts_are_quoted_and_odd_ones_refused() {
        let option = known_hosts_option(&[Path::new("/a b/k"), Path::new("/c/100%")]).unwrap();
        assert_eq!(option, r#"UserKnownHostsFile="/a b/k" "/c/100%%""#);
        for odd in ["/a\"b", "/a\nb", "/${HOME}", "/a\\b"] {
            assert!(known_hosts_option(&[Path::new(odd)]).is_err(), "{odd}");
        }
    }
}
