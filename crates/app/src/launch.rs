//! Starting run workers.

use crate::home::Home;
use seatrial_core::model::RunId;
use seatrial_engine::process::{DetachedSpec, Environment, StartError, spawn_detached};
use std::path::{Path, PathBuf};

/// A way of starting the process that carries a run out.
pub trait Launch: Send + Sync {
    /// Starts a worker for a run and does not wait for it.
    fn start(&self, run: RunId) -> Result<(), StartError>;
}

/// Starts the `seatrial` executable as a process that outlives this one.
pub(crate) struct DetachedWorker {
    program: PathBuf,
    home: Home,
}

impl DetachedWorker {
    /// This program when it is `seatrial` itself, otherwise the `seatrial` beside it.
    pub(crate) fn of_this_program(home: &Home) -> Self {
        let this = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("seatrial"));
        Self { program: worker_beside(&this), home: home.clone() }
    }
}

fn worker_beside(this: &Path) -> PathBuf {
    let name = if cfg!(windows) { "seatrial.exe" } else { "seatrial" };
    if this.file_name().is_some_and(|n| n == name) {
        return this.to_owned();
    }
    let beside = this.with_file_name(name);
    if beside.exists() { beside } else { PathBuf::from(name) }
}

impl Launch for DetachedWorker {
    fn start(&self, run: RunId) -> Result<(), StartError> {
        let log = self.home.worker_log(run);
        if let Some(folder) = log.parent() {
            // The worker says so itself when it cannot write there.
            drop(std::fs::create_dir_all(folder));
        }
        let mut env = Environment::for_steps();
        env.set("SEATRIAL_HOME", self.home.root());
        for name in ["DOCKER_HOST", "DOCKER_CONFIG", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"] {
            env.pass(name);
        }
        for name in [
            "SEATRIAL_PASSPHRASE",
            "SEATRIAL_VAULT",
            "SEATRIAL_SSH_CONFIG",
            "SSH_AUTH_SOCK",
            "USER",
            "LOGNAME",
            "XDG_DATA_HOME",
        ] {
            env.pass(name);
        }
        let argv = vec![self.program.clone().into(), "worker".into(), run.to_string().into()];
        let spec = DetachedSpec { argv, cwd: self.home.root().to_owned(), env, log: Some(log) };
        spawn_detached(&spec).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_starts_itself_and_the_window_starts_the_program_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let (terminal, window) = (folder.path().join("seatrial"), folder.path().join("seatrial-desktop"));
        std::fs::write(&terminal, "").unwrap();
        if cfg!(unix) {
            assert_eq!(worker_beside(&terminal), terminal);
            assert_eq!(worker_beside(&window), terminal);
            assert_eq!(worker_beside(Path::new("/nowhere/other")), PathBuf::from("seatrial"));
        }
    }
}
