//! A program on the terminal of a person: it has our input and output, and we wait for its end.

use super::spawn::explain;
use super::{End, Environment, StartError};
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitStatus};

/// Runs a program attached to our terminal, in our session and our folder, and tells how it ended. Ctrl-C is for the
/// program to interpret: until it is over, and after, it does not end us.
///
/// # Errors
/// When it cannot be started.
pub async fn attached(argv: &[OsString], env: &Environment) -> Result<End, StartError> {
    let (words, env) = (argv.to_vec(), env.clone());
    let Some(program) = words.first().cloned() else { return Err(StartError::Empty) };
    // Before it is started: what comes in between would end us and leave it behind.
    let _signals = leave_signals_to_it();
    let waited = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(&program);
        command.args(&words[1..]).env_clear().envs(env.iter());
        // No time limit: a person decides when a shell is over.
        command
            .status()
            .map_err(|error| explain(&error, &words, Path::new("."), env.get("PATH").unwrap_or_default()))
    });
    let name = argv.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    match waited.await {
        Ok(status) => status.map(end_of),
        Err(_) => Err(StartError::System { program: name, kind: std::io::ErrorKind::Other }),
    }
}

#[cfg(unix)]
fn leave_signals_to_it() -> Vec<tokio::signal::unix::Signal> {
    use tokio::signal::unix::{SignalKind, signal};
    // Where a handler cannot be set, the program still runs.
    [SignalKind::interrupt(), SignalKind::quit()].into_iter().filter_map(|kind| signal(kind).ok()).collect()
}

#[cfg(not(unix))]
fn leave_signals_to_it() {}

#[cfg(unix)]
fn end_of(status: ExitStatus) -> End {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exited(code),
        (None, signal) => End::Signalled(signal.unwrap_or_default()),
    }
}

#[cfg(not(unix))]
fn end_of(status: ExitStatus) -> End {
    End::Exited(status.code().unwrap_or(1))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Vec<OsString> {
        ["/bin/sh", "-c", script].map(OsString::from).to_vec()
    }

    #[tokio::test]
    async fn how_a_program_ended_comes_back() {
        let env = Environment::for_steps();
        assert_eq!(attached(&sh("exit 7"), &env).await, Ok(End::Exited(7)));
        assert_eq!(attached(&sh("kill -TERM $$"), &env).await, Ok(End::Signalled(15)));
    }

    #[tokio::test]
    async fn ctrl_c_ends_the_program_and_not_us() {
        let env = Environment::for_steps();
        // The terminal sends it to everybody who belongs to it.
        let both = format!("kill -INT {} $$; exit 0", std::process::id());
        assert_eq!(attached(&sh(&both), &env).await, Ok(End::Signalled(2)));
    }

    #[tokio::test]
    async fn it_stays_in_our_session_so_that_it_has_our_terminal() {
        let env = Environment::for_steps();
        // Read from the outside for both: where the session began outside our process namespace, its number is 0 here,
        // and a session of its own would have another.
        let script = "session() { sed 's/.*) //' /proc/$1/stat | cut -d' ' -f4; }
            ours=$(session $PPID) && test -n \"$ours\" && test \"$(session $$)\" = \"$ours\"";
        assert_eq!(attached(&sh(script), &env).await, Ok(End::Exited(0)));
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let missing = [OsString::from("no-such-program-here")];
        let error = attached(&missing, &Environment::for_steps()).await.unwrap_err();
        assert!(
            matches!(&error, StartError::NotFound { program, .. } if program == "no-such-program-here"),
            "{error}"
        );
        assert_eq!(attached(&[], &Environment::for_steps()).await, Err(StartError::Empty));
    }
}
