//! Servers: which there are, whether everything is there, and whose keys are accepted.

use super::{DONE, Exit, FAILED, confirm, preparing};
use crate::args::TargetCommand;
use crate::render::target;
use crate::session::Session;
use seatrial_app::api::types::{
    AcceptKeys, AddTarget, Adopted, CheckState, Nothing, TargetLine, TargetRef, TargetView,
};
use seatrial_app::api::{ApiError, Code};

/// `seatrial target`.
pub(crate) async fn target(session: &Session, command: TargetCommand) -> Exit {
    match command {
        TargetCommand::Ls => {
            let servers = session.app.target_list(Nothing {}).await?;
            session.output.answer(&servers, |servers| target::list(servers))?;
            Ok(DONE)
        }
        TargetCommand::Add { target, accept, yes } => {
            let target = match target {
                Some(target) => target,
                None => chosen(session, yes).await?,
            };
            let fingerprints =
                match fingerprints(session, &target, ("add", "--accept-key"), (accept, yes)).await? {
                    Compared::These(fingerprints) => fingerprints,
                    Compared::NotNeeded(_) => Vec::new(),
                };
            shown(session, &session.app.target_add(AddTarget { target, fingerprints }).await?)
        }
        TargetCommand::Forget { target } => {
            let forgotten = session.app.target_forget(TargetRef { target }).await?;
            session.output.answer(&forgotten, target::forgotten)?;
            Ok(DONE)
        }
        TargetCommand::Prepare(options) => preparing::prepare(session, options).await,
        TargetCommand::Check { target } => {
            shown(session, &session.app.target_check(TargetRef { target }).await?)
        }
        TargetCommand::Adopt { target } => {
            // Of a person who stands in an app's folder that app is meant, too.
            if session.folder().await.is_ok_and(|folder| folder.join("seatrial.toml").is_file()) {
                session.app_view().await?;
            }
            let told = session.app.target_adopt(TargetRef { target }).await?;
            session.output.answer(&told, target::adoption)?;
            Ok(if told.places.iter().any(|place| place.state == Adopted::Broken) { FAILED } else { DONE })
        }
        TargetCommand::Accept { target, fingerprints: named } => {
            match fingerprints(session, &target, ("accept", "--fingerprint"), (named, false)).await? {
                Compared::NotNeeded(view) => shown(session, &view),
                Compared::These(fingerprints) => {
                    let accepted = session.app.target_accept(AcceptKeys { target, fingerprints }).await?;
                    shown(session, &accepted)
                }
            }
        }
    }
}

/// Shows a server with its checks.
pub(super) fn shown(session: &Session, view: &TargetView) -> Exit {
    session.output.answer(view, |view| target::text(view, session.output.paint))?;
    Ok(status(view))
}

/// The exit status for what a look at a server showed.
pub(super) fn status(view: &TargetView) -> u8 {
    let failed = view.checks.iter().any(|check| check.state == CheckState::Failed);
    if failed || !view.known { Code::TargetUnreachable.exit_status() } else { DONE }
}

/// The server a person chooses from those that are known.
async fn chosen(session: &Session, yes: bool) -> Result<String, ApiError> {
    let servers = session.app.target_list(Nothing {}).await?;
    if yes || !session.output.can_ask {
        return Err(ApiError::new(Code::Usage, "which server is not said, and nobody can be asked here")
            .hint("name it: `seatrial target add deploy@203.0.113.7`, or an entry of ~/.ssh/config"));
    }
    session.output.say(&target::choice(&servers));
    let word = confirm::word("Which one? A number, or user@host: ").await?;
    let word = word.ok_or_else(|| ApiError::new(Code::Refused, "none was chosen; nothing was added"))?;
    numbered(&word, &servers)
}

/// A number of the list, or what stands for itself.
fn numbered(word: &str, servers: &[TargetLine]) -> Result<String, ApiError> {
    let Ok(number) = word.parse::<usize>() else { return Ok(word.to_owned()) };
    let chosen = number.checked_sub(1).and_then(|index| servers.get(index));
    chosen.map(|server| server.target.clone()).ok_or_else(|| {
        ApiError::new(Code::Usage, format!("there is no number {number} in the list; nothing was added"))
    })
}

/// What comparing keys led to.
enum Compared {
    /// They are known, or the server shows none: here it is with its checks.
    NotNeeded(Box<TargetView>),
    /// These are right.
    These(Vec<String>),
}

/// The fingerprints that are right: named ones, or those shown after a person's yes. `--yes` does not answer for a
/// person here.
async fn fingerprints(
    session: &Session,
    target: &str,
    (command, option): (&str, &str),
    (named, yes): (Vec<String>, bool),
) -> Result<Compared, ApiError> {
    let shown = session.app.target_check(TargetRef { target: target.to_owned() }).await?;
    if shown.known || shown.keys.is_empty() {
        return Ok(Compared::NotNeeded(Box::new(shown)));
    }
    if !named.is_empty() {
        return Ok(Compared::These(named));
    }
    if yes || !session.output.can_ask {
        let seen: Vec<String> =
            shown.keys.iter().map(|key| format!("{option} {}", key.fingerprint)).collect();
        let message = "nobody is there to compare the fingerprints; nothing was accepted";
        return Err(ApiError::new(Code::Refused, message)
            .detail(target::keys(&shown))
            .hint(format!("when they are right: seatrial target {command} {target} {}", seen.join(" "))));
    }
    session.output.say(&target::keys(&shown));
    session.output.say(target::COMPARE);
    if !confirm::deliberate_yes("Are these the server's fingerprints?").await? {
        return Err(ApiError::new(Code::Refused, "not accepted; nothing goes there"));
    }
    Ok(Compared::These(shown.keys.into_iter().map(|key| key.fingerprint).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_a_line_of_the_list_and_any_other_word_itself() {
        let line = |target: &str| TargetLine { target: target.into(), login: None, added: None };
        let servers = [line("ssh://web1"), line("ssh://web2")];
        assert_eq!(numbered("2", &servers).unwrap(), "ssh://web2");
        assert_eq!(numbered("deploy@web3", &servers).unwrap(), "deploy@web3");
        for wrong in ["0", "3"] {
            assert_eq!(numbered(wrong, &servers).unwrap_err().code, Code::Usage, "{wrong}");
        }
    }
}
