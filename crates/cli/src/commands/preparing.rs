//! Bringing what a server lacks: the commands are shown first, then exactly those are carried out and followed.

use super::{DONE, Exit, FAILED, confirm, targets};
use crate::args::Preparing;
use crate::render::target;
use crate::session::Session;
use seatrial_app::api::types::{
    Preparation, PrepareCursor, PrepareParams, PrepareProgress, PrepareState, TargetRef, TargetView,
};
use seatrial_app::api::{ApiError, Code};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often is asked how far they are.
const PAUSE: Duration = Duration::from_millis(400);
/// How long a server may stay away while it is followed.
const AWAY: Duration = Duration::from_secs(180);
/// How long is followed at most. The commands are not ended by that.
const LONGEST: Duration = Duration::from_secs(3600);

/// Everything about one preparation, for programs.
#[derive(Serialize)]
struct Prepared {
    preparation: Preparation,
    progress: PrepareProgress,
    check: Option<TargetView>,
}

/// `seatrial target prepare`.
pub(crate) async fn prepare(session: &Session, options: Preparing) -> Exit {
    let Preparing { target, plan, yes } = options;
    let found = session.app.target_preparation(TargetRef { target: target.clone() }).await?;
    let nothing = found.commands.is_empty() || found.obstacle.is_some();
    let output = session.output;
    if !found.underway && (nothing || plan || (!yes && !output.can_ask)) {
        output.answer(&found, |found| target::preparation(found, output.paint))?;
        if found.obstacle.is_some() {
            return Ok(Code::Refused.exit_status());
        }
        if !nothing {
            output.remark("nothing was done; to carry these commands out: the same command with --yes");
        }
        return Ok(DONE);
    }
    output.say(&target::preparation(&found, output.paint));
    if !found.underway && !yes && !confirm::deliberate_yes("Carry these commands out there?").await? {
        return Err(ApiError::new(Code::Refused, "not confirmed; nothing was done there"));
    }
    if plan && found.underway {
        return Ok(DONE);
    }
    let params = PrepareParams { target: target.clone(), digest: found.digest.clone() };
    let started = session.app.target_prepare(params).await?;
    output.remark("it goes on there, whatever becomes of this terminal; the same command follows it again");
    let progress = Follow::of(session, target.clone()).follow_on(started).await?;
    ended(session, found, progress, target).await
}

async fn ended(
    session: &Session,
    preparation: Preparation,
    progress: PrepareProgress,
    target: String,
) -> Exit {
    let output = session.output;
    if progress.state != PrepareState::Done {
        if output.json {
            output.answer(&Prepared { preparation, progress, check: None }, |_| String::new())?;
        } else {
            output.remark(&target::stopped(&progress));
        }
        return Ok(FAILED);
    }
    // That commands ended well is no proof: it is looked at again.
    let check = session.app.target_check(TargetRef { target }).await?;
    if !output.json {
        output.say("");
        return targets::shown(session, &check);
    }
    let status = targets::status(&check);
    output.answer(&Prepared { preparation, progress, check: Some(check) }, |_| String::new())?;
    Ok(status)
}

/// Follows commands, over connections that break and come back.
struct Follow<'a> {
    session: &'a Session,
    target: String,
    /// A line that is not whole yet.
    rest: String,
    log: String,
}

impl<'a> Follow<'a> {
    fn of(session: &'a Session, target: String) -> Self {
        Self { session, target, rest: String::new(), log: String::new() }
    }

    /// Says what the commands say; the answer holds all of it.
    async fn follow_on(mut self, mut progress: PrepareProgress) -> Result<PrepareProgress, ApiError> {
        let (begun, mut heard) = (Instant::now(), Instant::now());
        loop {
            let said = !progress.log.is_empty();
            self.say(&progress.log);
            if progress.state != PrepareState::Running && !said {
                self.session.output.say(&target::said(&self.rest));
                return Ok(PrepareProgress { log: self.log, ..progress });
            }
            if begun.elapsed() > LONGEST {
                return Err(self.still_there("it takes longer than an hour"));
            }
            if progress.state == PrepareState::Running {
                sleep(PAUSE).await;
            }
            let asked = PrepareCursor { target: self.target.clone(), after: progress.next };
            match self.session.app.target_progress(asked).await {
                Ok(next) => (progress, heard) = (next, Instant::now()),
                Err(error) if error.code == Code::TargetUnreachable && heard.elapsed() < AWAY => {
                    self.session.output.remark(&format!("{}; it goes on there, trying again", error.message));
                    progress.log.clear();
                    progress.state = PrepareState::Running;
                }
                Err(error) if error.code == Code::TargetUnreachable => {
                    return Err(self.still_there(&error.message));
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn say(&mut self, text: &str) {
        self.log.push_str(text);
        self.rest.push_str(text);
        if let Some(end) = self.rest.rfind('\n') {
            let whole: String = self.rest.drain(..=end).collect();
            self.session.output.say(&target::said(&whole));
        }
    }

    fn still_there(&self, why: &str) -> ApiError {
        let message = format!("{why}; the commands go on there");
        ApiError::new(Code::TargetUnreachable, message)
            .hint(format!("`seatrial target prepare {}` follows them", self.target))
    }
}
