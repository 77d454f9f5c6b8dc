//! Into an environment: a shell or a command, on this terminal.

use super::{DONE, Exit};
use crate::args::Entering;
use crate::session::Session;
use seatrial_app::api::types::EntranceParams;
use seatrial_app::api::{ApiError, Code};
use std::io::IsTerminal as _;

/// `seatrial shell`: its exit status is that of what it ran.
pub(crate) async fn shell(session: &Session, options: Entering) -> Exit {
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    check(&options, terminal, session.output.json)?;
    let app = session.known_app().await?.ok_or_else(|| session.no_app_here())?;
    let params = EntranceParams {
        app,
        environment: session.environment()?,
        server: options.server,
        slot: options.slot.map(Into::into),
        worker: options.worker,
        host: options.host,
        // A shell that is printed is for a terminal, wherever it is printed to.
        terminal: terminal || options.command.is_empty(),
        command: options.command,
    };
    let entrance = session.app.environment_entrance(params).await?;
    if options.print {
        session.output.answer(&entrance, |entrance| entrance.line.clone())?;
        return Ok(DONE);
    }
    session.app.enter(&entrance).await
}

/// Whether it can be done from where we are.
fn check(options: &Entering, terminal: bool, json: bool) -> Result<(), ApiError> {
    if options.print {
        return Ok(());
    }
    if json {
        let message = "what runs in a shell is no JSON document";
        return Err(ApiError::new(Code::Usage, message).hint("add --print to get the command as one"));
    }
    if options.command.is_empty() && !terminal {
        let message = "a shell needs a terminal, and there is none here; nothing was started";
        return Err(ApiError::new(Code::Usage, message)
            .hint("name a command: seatrial shell -- COMMAND")
            .hint("or only print how to get in: seatrial shell --print"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(print: bool, command: &[&str], terminal: bool, json: bool) -> Result<(), Code> {
        let command = command.iter().map(|word| (*word).to_owned()).collect();
        let options = Entering { server: None, slot: None, worker: None, host: false, print, command };
        check(&options, terminal, json).map_err(|error| error.code)
    }

    #[test]
    fn a_shell_needs_a_terminal_and_a_command_does_not() {
        assert_eq!(checked(false, &[], false, false), Err(Code::Usage));
        assert_eq!(checked(false, &[], true, false), Ok(()));
        assert_eq!(checked(false, &["id"], false, false), Ok(()));
        assert_eq!(checked(true, &[], false, true), Ok(()));
        assert_eq!(checked(false, &["id"], true, true), Err(Code::Usage));
    }
}
