//! What happened while nobody looked, and copies of the history.

use super::{DONE, Exit, confirm};
use crate::args::{BackupCommand, Inbox};
use crate::render::home;
use crate::session::Session;
use chrono::Utc;
use seatrial_app::api::types::{BackupRef, InboxSeen, ListParams, Nothing};
use seatrial_app::api::{ApiError, Code};

/// `seatrial inbox`.
pub(crate) async fn inbox(session: &Session, options: &Inbox) -> Exit {
    let list = ListParams { limit: Some(options.count.limit), ..ListParams::default() };
    let inbox = session.app.inbox_list(list).await?;
    session.output.answer(&inbox, |inbox| home::inbox(inbox, Utc::now(), session.output.paint))?;
    if options.seen
        && let Some(newest) = inbox.items.first()
    {
        session.app.inbox_seen(InboxSeen { until: newest.at }).await?;
    }
    Ok(DONE)
}

/// `seatrial backup`.
pub(crate) async fn backup(session: &Session, command: Option<BackupCommand>) -> Exit {
    let view = match command.unwrap_or(BackupCommand::Ls) {
        BackupCommand::Ls => session.app.settings_get(Nothing {}).await?,
        BackupCommand::Create => session.app.backup_create(Nothing {}).await?,
        BackupCommand::Restore { name, yes } => {
            if !yes {
                agree(session, &name).await?;
            }
            session.app.backup_restore(BackupRef { name }).await?
        }
    };
    session
        .output
        .answer(&view.backups, |backups| home::backups(backups, Utc::now(), session.output.paint))?;
    Ok(DONE)
}

async fn agree(session: &Session, name: &str) -> Result<(), ApiError> {
    if !session.output.can_ask {
        return Err(
            ApiError::new(Code::Usage, "nobody can be asked here; nothing was changed").hint("add --yes")
        );
    }
    let question = format!("Put {name} in the place of the present history? That is copied first.");
    if confirm::deliberate_yes(&question).await? {
        return Ok(());
    }
    Err(ApiError::new(Code::Refused, "not confirmed; nothing was changed"))
}
