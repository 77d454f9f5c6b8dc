//! What preparing needs to know of a server.

use super::PrepareError;
use super::script::LOOK;
use crate::docker::{Endpoint, EngineError, UnreachableCause};
use crate::ssh::{Link, LinkError, Script};
use seatrial_core::prepare::{EngineState, Rights, ServerFacts, Starter};
use std::time::Duration;

/// sudo may ask a directory service.
const DEADLINE: Duration = Duration::from_secs(20);

/// Looks at a server.
///
/// # Errors
/// When the server is not reached, or its answer cannot be read.
pub async fn look(link: &Link) -> Result<ServerFacts, PrepareError> {
    let engine = engine(link).await?;
    let output = link.run(&Script::new(LOOK), b"", DEADLINE).await?;
    read(&output.text(), engine).ok_or_else(|| PrepareError::Unreadable {
        host: link.host().to_string(),
        answer: output.text().chars().take(200).collect(),
    })
}

/// How the engine is: it is asked, not guessed from its files.
async fn engine(link: &Link) -> Result<EngineState, LinkError> {
    let found = match Endpoint::over(link).await {
        Ok(endpoint) => endpoint.check().await,
        Err(error) => Err(error),
    };
    match found {
        Ok(()) => Ok(EngineState::Answers),
        Err(EngineError::Link(error)) => Err(*error),
        Err(EngineError::TooOld { .. }) => Ok(EngineState::TooOld),
        Err(EngineError::Unreachable { cause: UnreachableCause::PermissionDenied, .. }) => {
            Ok(EngineState::Denied)
        }
        Err(_) => Ok(EngineState::Silent),
    }
}

/// The facts in an answer; `None` when it has no login in it.
pub(super) fn read(text: &str, engine: EngineState) -> Option<ServerFacts> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    let is = |word: &str| text.lines().any(|line| line == word);
    let kinds = value("kind").unwrap_or_default();
    Some(ServerFacts {
        login: value("login").filter(|login| !login.is_empty())?.to_owned(),
        rights: match value("rights") {
            Some("root") => Rights::Root,
            Some("sudo") => Rights::Sudo,
            Some("password") => Rights::Password,
            _ => Rights::None,
        },
        system: value("system").unwrap_or("an unknown system").to_owned(),
        debian: kinds.split(' ').any(|kind| matches!(kind, "debian" | "ubuntu")),
        apt: is("apt"),
        interrupted: is("interrupted"),
        engine,
        installed: is("installed"),
        starter: match value("starter") {
            Some("systemd") => Starter::Systemd,
            Some("service") => Starter::Service,
            _ => Starter::None,
        },
        member: is("member"),
    })
}
