//! `seatrial logs`.

use super::{DONE, Exit};
use crate::args::Logs;
use crate::output::{to_json_line, write_out};
use crate::render::text::log_line;
use crate::render::time::clock;
use crate::session::Session;
use seatrial_app::api::types::{ChangesParams, LogLine, LogPage, LogParams, RunRef};
use seatrial_app::api::{ApiError, Code};
use seatrial_core::model::{RunId, StepId};
use std::fmt::Write as _;

/// Lines fetched at once.
const PAGE: u32 = 5000;
/// Longest wait for more lines before looking again, in milliseconds.
const WAIT_MS: u64 = 1000;

/// Shows a log, or the end of it, and goes on as lines come when asked to.
pub(crate) async fn logs(session: &Session, options: &Logs) -> Exit {
    let run = session.run(options.run.as_deref()).await?;
    let step = options.step.clone().map(StepId::new).transpose();
    let step = step.map_err(|error| ApiError::new(Code::Usage, format!("--step: {error}")))?;
    let log = Log { session, run, step };
    log.check_step().await?;
    let (from, total) = log.first_line(options.tail).await?;
    if total == 0 && !options.follow {
        session.output.remark("no lines were written");
    }
    match (session.output.json, options.follow) {
        (true, false) => log.whole(from).await?,
        (_, true) => log.follow(from).await?,
        (false, false) => {
            log.print_from(from).await?;
        }
    }
    Ok(DONE)
}

struct Log<'a> {
    session: &'a Session,
    run: RunId,
    step: Option<StepId>,
}

impl Log<'_> {
    async fn page(&self, from: u64, limit: u32) -> Result<LogPage, ApiError> {
        let params = LogParams { run: self.run, step: self.step.clone(), from, limit: Some(limit) };
        self.session.app.log_lines(params).await
    }

    async fn check_step(&self) -> Result<(), ApiError> {
        let state = self.session.app.run_get(RunRef { run: self.run }).await?;
        let Some(step) = self.step.as_ref().filter(|step| state.step(step).is_none()) else { return Ok(()) };
        let names: Vec<&str> = state.steps.iter().map(|state| state.step.id.as_str()).collect();
        Err(ApiError::new(Code::NotFound, format!("this run has no step `{step}`"))
            .hint(format!("its steps: {}", names.join(", "))))
    }

    /// Where to begin, and how many lines there are.
    async fn first_line(&self, tail: Option<u64>) -> Result<(u64, u64), ApiError> {
        let total = self.page(0, 1).await?.total;
        Ok((tail.map_or(0, |tail| total.saturating_sub(tail)), total))
    }

    /// Prints what is there, and says where to go on.
    async fn print_from(&self, mut from: u64) -> Result<u64, ApiError> {
        loop {
            let page = self.page(from, PAGE).await?;
            self.print(&page.lines)?;
            if page.lines.is_empty() || page.next >= page.total {
                return Ok(page.next.max(from));
            }
            from = page.next;
        }
    }

    fn print(&self, lines: &[LogLine]) -> Result<(), ApiError> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for line in lines {
            if self.session.output.json {
                let _ = writeln!(text, "{}", to_json_line(line)?);
            } else {
                let _ = writeln!(text, "{}", self.words(line));
            }
        }
        // One write for many lines: a log of a million must not cost a million system calls.
        write_out(&text);
        Ok(())
    }

    fn words(&self, line: &LogLine) -> String {
        let paint = self.session.output.paint;
        let text = log_line(&line.text, paint.color);
        let mark = if line.stream == "system" { paint.dim("· ") } else { String::new() };
        let at = paint.dim(&clock(line.at));
        match self.step {
            Some(_) => format!("{at} {mark}{text}"),
            None => format!("{at} {} {mark}{text}", paint.dim(&format!("{:<14}", line.step.as_str()))),
        }
    }

    async fn whole(&self, mut from: u64) -> Result<(), ApiError> {
        let mut whole = LogPage { lines: Vec::new(), total: 0, next: from };
        loop {
            let page = self.page(from, PAGE).await?;
            let done = page.lines.is_empty() || page.next >= page.total;
            (whole.total, whole.next) = (page.total, page.next);
            whole.lines.extend(page.lines);
            from = page.next;
            if done {
                return self.session.output.answer(&whole, |_| String::new());
            }
        }
    }

    async fn follow(&self, mut from: u64) -> Result<(), ApiError> {
        let app = &self.session.app;
        let mut cursor = app.changes_wait(ChangesParams { cursor: None, wait_ms: 0 }).await?.cursor;
        loop {
            // Asked before the lines: when it was over then, no line comes after those we fetch now.
            let over = app.run_get(RunRef { run: self.run }).await?.status.is_over();
            from = self.print_from(from).await?;
            if over {
                return Ok(());
            }
            cursor = app.changes_wait(ChangesParams { cursor: Some(cursor), wait_ms: WAIT_MS }).await?.cursor;
        }
    }
}
