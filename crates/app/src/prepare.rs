//! Preparing a server: what it lacks, and bringing that.

use crate::App;
use crate::api::types::{
    Preparation, PreparationStep, PrepareCursor, PrepareParams, PrepareProgress, PrepareState, TargetRef,
};
use crate::api::{ApiError, Code};
use crate::server::host;
use crate::translate::of_link;
use seatrial_core::model::SshHost;
use seatrial_core::prepare::{self, EngineState, ServerFacts};
use seatrial_engine::prepare::{PrepareError, Progress, Walk, WalkState, look};
use seatrial_engine::ssh::{Link, shell_line};

impl App {
    /// The commands that a server needs. Changes nothing.
    pub async fn target_preparation(&self, params: TargetRef) -> Result<Preparation, ApiError> {
        let host = host(&params.target)?;
        let link = Link::open(&host, &self.links()).await.map_err(of_link)?;
        let facts = facts(&link).await?;
        let needed = prepare::prepare(&facts);
        let going = Walk::on(&link).progress(u64::MAX >> 1).await?;
        Ok(Preparation {
            target: host.to_string(),
            system: facts.system,
            commands: needed.commands.iter().map(step).collect(),
            digest: needed.digest(),
            hint: needed.obstacle.as_ref().map(|obstacle| obstacle.hint().to_owned()),
            obstacle: needed.obstacle.map(|obstacle| obstacle.to_string()),
            underway: going.is_some_and(|going| going.state == WalkState::Running),
        })
    }

    /// Starts exactly the commands that were shown. Where they are under way already they are followed.
    pub async fn target_prepare(&self, params: PrepareParams) -> Result<PrepareProgress, ApiError> {
        let host = host(&params.target)?;
        let link = Link::open(&host, &self.links()).await.map_err(of_link)?;
        let walk = Walk::on(&link);
        let running = |going: &Progress| going.state == WalkState::Running;
        if let Some(going) = walk.progress(0).await?.filter(running) {
            return Ok(progress(&host, going));
        }
        let needed = prepare::prepare(&facts(&link).await?);
        if needed.digest() != params.digest {
            let message = format!("what {host} needs is not what was shown any more; nothing was done there");
            return Err(ApiError::new(Code::PlanOutdated, message).hint("look at the commands again"));
        }
        if let Some(obstacle) = needed.obstacle {
            let message = format!("{obstacle}; nothing was done on {host}");
            return Err(ApiError::new(Code::Refused, message).hint(obstacle.hint()));
        }
        if needed.commands.is_empty() {
            let message = format!("nothing has to be done on {host}: its Docker engine answers");
            return Err(ApiError::new(Code::Refused, message).hint(format!("`seatrial target check {host}`")));
        }
        match walk.start(&needed.commands).await {
            Ok(()) | Err(PrepareError::Underway { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.target_progress(PrepareCursor { target: params.target, after: 0 }).await
    }

    /// How far the preparation of a server is.
    pub async fn target_progress(&self, params: PrepareCursor) -> Result<PrepareProgress, ApiError> {
        let host = host(&params.target)?;
        let link = Link::open(&host, &self.links()).await.map_err(of_link)?;
        let going = Walk::on(&link).progress(params.after).await?;
        let going = going.ok_or_else(|| {
            ApiError::new(Code::NotFound, format!("{host} was never prepared by Seatrial"))
                .hint(format!("`seatrial target prepare {host}` shows what it needs"))
        })?;
        if going.state == WalkState::Done {
            facts(&link).await?;
        }
        Ok(progress(&host, going))
    }
}

/// What is seen of a server, by a login that has the groups it has by now.
async fn facts(link: &Link) -> Result<ServerFacts, ApiError> {
    let facts = look(link).await?;
    // A connection keeps the groups that its login had at first. Whoever is not let at the engine has no run on it that
    // a closed connection could disturb.
    if facts.engine != EngineState::Denied || !facts.member {
        return Ok(facts);
    }
    link.close().await.map_err(of_link)?;
    Ok(look(link).await?)
}

fn step(command: &prepare::ServerCommand) -> PreparationStep {
    PreparationStep { line: shell_line(&command.words), why: command.why.clone() }
}

fn progress(host: &SshHost, going: Progress) -> PrepareProgress {
    let (state, status) = match going.state {
        WalkState::Running => (PrepareState::Running, None),
        WalkState::Done => (PrepareState::Done, None),
        WalkState::Failed { status } => (PrepareState::Failed, Some(status)),
        WalkState::Interrupted => (PrepareState::Interrupted, None),
    };
    PrepareProgress {
        target: host.to_string(),
        state,
        number: going.number,
        commands: going.commands,
        status,
        log: String::from_utf8_lossy(&going.log).into_owned(),
        next: going.next,
    }
}
