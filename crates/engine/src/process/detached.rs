//! Starting a program that outlives us.

use super::spawn::{Start, spawn};
use super::{Environment, ProcessIdentity, Program, StartError, identity};
use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;

/// A program that outlives whoever starts it.
#[derive(Debug, Clone)]
pub struct DetachedSpec {
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// The folder it runs in.
    pub cwd: PathBuf,
    /// Its whole environment.
    pub env: Environment,
    /// Where its output is appended; `None` for nowhere.
    pub log: Option<PathBuf>,
}

/// Starts a program in a session of its own, without input and connected to nothing of ours: closing the terminal,
/// Ctrl-C and our own end do not reach it. Answers with its identity; does not wait for it.
pub fn spawn_detached(spec: &DetachedSpec) -> Result<ProcessIdentity, StartError> {
    let outputs = match &spec.log {
        Some(path) => log_file(path).and_then(|file| Ok((Stdio::from(file.try_clone()?), Stdio::from(file)))),
        None => Ok((Stdio::null(), Stdio::null())),
    };
    let (stdout, stderr) = outputs.map_err(|error| StartError::Log {
        path: spec.log.clone().unwrap_or_default(),
        kind: error.kind(),
    })?;
    let program = Program::Argv(spec.argv.clone());
    let start =
        Start { program: &program, cwd: &spec.cwd, env: &spec.env, stdin: Stdio::null(), stdout, stderr };
    let mut child = spawn(start)?;
    let identity = identity::identity_of(child.id());
    // While we live somebody has to collect it, or it would stay as a zombie.
    std::thread::spawn(move || child.wait());
    Ok(identity)
}

fn log_file(path: &PathBuf) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
