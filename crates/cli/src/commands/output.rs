//! What an app writes where it runs: so far, or as it comes.

use super::{DONE, Exit};
use crate::args::Written;
use crate::follow::Interrupts;
use crate::output::{to_json_line, write_out};
use crate::render::output::{line, state};
use crate::session::Session;
use chrono::Utc;
use seatrial_app::api::types::{OutputPage, OutputParams, OutputState};
use seatrial_app::api::{ApiError, Code};
use serde_json::json;
use std::fmt::Write as _;

/// Longest wait for a line before asking again, in milliseconds.
const WAIT_MS: u64 = 10_000;

/// `seatrial output`.
pub(crate) async fn output(session: &Session, options: &Written) -> Exit {
    let app = session.known_app().await?.ok_or_else(|| session.no_app_here())?;
    let params = OutputParams {
        app,
        environment: session.environment()?,
        server: options.server.clone(),
        slot: options.slot.map(Into::into),
        worker: options.worker.clone(),
        tail: options.tail,
        since: options.since.map(|ago| Utc::now() - ago),
        follow: options.follow,
        feed: None,
        from: 0,
        seen: None,
        wait_ms: WAIT_MS,
    };
    if options.follow {
        let mut interrupts = Interrupts::of_process(false);
        return tokio::select! {
            ended = follow(session, params) => ended,
            // Whoever ends looking has got what they wanted.
            () = interrupts.next() => Ok(DONE),
        };
    }
    let page = session.app.environment_output(params).await?;
    if page.state == OutputState::Nothing {
        return Err(nothing(&page));
    }
    if page.total == 0 && page.state != OutputState::Lost {
        session.output.remark("no lines were written");
    }
    let paint = session.output.paint;
    session.output.answer(&page, |page| page.lines.iter().map(|each| line(each, paint)).collect())?;
    if page.state != OutputState::Lost {
        return Ok(DONE);
    }
    // Of several servers: the others were read.
    session.output.remark(page.message.as_deref().unwrap_or("not every server answered"));
    Ok(Code::TargetUnreachable.exit_status())
}

fn nothing(page: &OutputPage) -> ApiError {
    let message = format!("nothing was put into `{}`, so nothing writes there", page.environment);
    ApiError::new(Code::NotFound, message)
        .hint(format!("see what is there: seatrial drift --env {}", page.environment))
}

async fn follow(session: &Session, mut params: OutputParams) -> Exit {
    let mut told = None;
    loop {
        let page = session.app.environment_output(params.clone()).await?;
        let now = (page.state, page.slot, page.message.clone());
        if told.as_ref() != Some(&now) {
            tell(session, &page)?;
            told = Some(now);
        }
        print(session, &page)?;
        // What was cut off is fetched at once.
        let whole = page.next >= page.total;
        params.environment = Some(page.environment);
        (params.feed, params.from, params.seen) =
            (Some(page.feed), page.next, whole.then_some(page.revision));
    }
}

fn tell(session: &Session, page: &OutputPage) -> Result<(), ApiError> {
    if session.output.json {
        let OutputPage { state, slot, message, .. } = page;
        write_out(&to_json_line(&json!({ "state": state, "slot": slot, "message": message }))?);
    } else {
        session.output.remark(&session.output.paint_errors.dim(&state(page)));
    }
    Ok(())
}

fn print(session: &Session, page: &OutputPage) -> Result<(), ApiError> {
    let mut text = String::new();
    for each in &page.lines {
        if session.output.json {
            let _ = writeln!(text, "{}", to_json_line(each)?);
        } else {
            text.push_str(&line(each, session.output.paint));
        }
    }
    if !text.is_empty() {
        write_out(&text);
    }
    Ok(())
}
