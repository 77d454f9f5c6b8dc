//! The environment of children: an allow-list, never the parent's whole environment.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

/// What almost every program needs to work, and nothing that carries a credential.
const BASE: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    // Where tool chains live when they are not in the usual place.
    "CARGO_HOME",
    "RUSTUP_HOME",
    "GOPATH",
    "GOROOT",
    "JAVA_HOME",
    "NVM_DIR",
    "PYENV_ROOT",
    "VOLTA_HOME",
    // How to reach the network from here.
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "CARGO_HTTP_CAINFO",
    // Which engine is meant; a step that calls `docker` should reach the same one as we do.
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    // Windows programs fail in odd ways without these.
    "SystemRoot",
    "SystemDrive",
    "windir",
    "ComSpec",
    "PATHEXT",
    "TEMP",
    "TMP",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramData",
    "ProgramFiles",
];

/// What our own tools (git, ssh, docker) need on top.
const TOOLS: &[&str] = &["SSH_AUTH_SOCK", "SUDO_UID", "DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS"];

/// The whole environment of a process.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Nothing at all.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The environment of a step: the base list and `LC_*`.
    pub fn for_steps() -> Self {
        Self::selected(std::env::vars_os(), &[BASE])
    }

    /// The environment of an internal tool: the base list, the SSH agent and a language with fixed words.
    pub fn for_tools() -> Self {
        let mut env = Self::selected(std::env::vars_os(), &[BASE, TOOLS]);
        env.set("LC_ALL", "C.UTF-8");
        env.remove("LANGUAGE");
        env
    }

    /// The environment of a program that a person uses on our terminal: that of a tool, in the person's own language.
    pub fn for_terminal() -> Self {
        let mut env = Self::selected(std::env::vars_os(), &[BASE, TOOLS]);
        env.pass("TERM").pass("COLORTERM").pass("TERMINFO");
        env
    }

    fn selected(all: impl Iterator<Item = (OsString, OsString)>, lists: &[&[&str]]) -> Self {
        let wanted = |name: &OsStr| {
            let listed = lists.iter().any(|list| list.iter().any(|n| OsStr::new(n) == name));
            listed || name.to_str().is_some_and(|n| n.starts_with("LC_"))
        };
        Self(all.filter(|(name, _)| wanted(name)).collect())
    }

    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> &mut Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// Removes a variable.
    pub fn remove(&mut self, name: impl AsRef<OsStr>) -> &mut Self {
        self.0.remove(name.as_ref());
        self
    }

    /// Passes one more variable of our own environment on, when it is set.
    pub fn pass(&mut self, name: &str) -> &mut Self {
        if let Some(value) = std::env::var_os(name) {
            self.set(name, value);
        }
        self
    }

    /// The value of a variable.
    pub fn get(&self, name: impl AsRef<OsStr>) -> Option<&OsStr> {
        self.0.get(name.as_ref()).map(OsString::as_os_str)
    }

    /// All variables, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

impl fmt::Debug for Environment {
    /// Names only: a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_variables_reach_a_child() {
        let parent =
            [("PATH", "/bin"), ("LC_TIME", "C"), ("AWS_SECRET_ACCESS_KEY", "x"), ("SSH_AUTH_SOCK", "/s")]
                .map(|(n, v)| (OsString::from(n), OsString::from(v)));
        let steps = Environment::selected(parent.clone().into_iter(), &[BASE]);
        assert_eq!(steps.iter().map(|(n, _)| n.to_owned()).collect::<Vec<_>>(), ["LC_TIME", "PATH"]);
        let tools = Environment::selected(parent.into_iter(), &[BASE, TOOLS]);
        assert!(tools.get("SSH_AUTH_SOCK").is_some() && tools.get("AWS_SECRET_ACCESS_KEY").is_none());
    }

    #[test]
    fn printing_an_environment_shows_no_value() {
        let mut env = Environment::empty();
        env.set("TOKEN", "hunter2");
        assert_eq!(format!("{env:?}"), r#"{"TOKEN"}"#);
    }
}
