//! Following a run: what is new since the last look, shown as it happens. The run does not depend on it.

mod interrupt;
mod live;
mod news;
mod plain;

pub(crate) use interrupt::{Choice, Interrupts};
pub(crate) use live::Live;
pub(crate) use plain::Plain;

use crate::render::text::visible_line;
use news::{News, news};
use seatrial_app::App;
use seatrial_app::api::types::{Changes, ChangesParams, LogLine, LogParams, RunRef};
use seatrial_app::api::{ApiError, Code};
use seatrial_core::model::{RunId, StepId};
use seatrial_core::run::{RunState, StepStatus};
use std::time::{Duration, Instant};

/// How many lines of a failed step's log are shown.
const LAST_LINES: u64 = 12;
/// How often in a row looking may fail before following ends.
const FAILURES: u32 = 10;

/// What following needs of the API.
pub(crate) trait Runs {
    /// The run's state.
    async fn state(&self, run: RunId) -> Result<RunState, ApiError>;
    /// What changed since a cursor.
    async fn changes(&self, cursor: Option<u64>, wait: Duration) -> Result<Changes, ApiError>;
    /// Takes the run up again when its worker is gone.
    async fn resume(&self, run: RunId) -> Result<(), ApiError>;
    /// Asks the run to stop.
    async fn cancel(&self, run: RunId) -> Result<(), ApiError>;
    /// The last lines of a step's log.
    async fn last_lines(&self, run: RunId, step: &StepId) -> Result<Vec<LogLine>, ApiError>;
}

impl Runs for App {
    async fn state(&self, run: RunId) -> Result<RunState, ApiError> {
        self.run_get(RunRef { run }).await
    }
    async fn changes(&self, cursor: Option<u64>, wait: Duration) -> Result<Changes, ApiError> {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.changes_wait(ChangesParams { cursor, wait_ms }).await
    }
    async fn resume(&self, run: RunId) -> Result<(), ApiError> {
        self.run_resume(RunRef { run }).await.map(|_| ())
    }
    async fn cancel(&self, run: RunId) -> Result<(), ApiError> {
        self.run_cancel(RunRef { run }).await.map(|_| ())
    }
    async fn last_lines(&self, run: RunId, step: &StepId) -> Result<Vec<LogLine>, ApiError> {
        let ask = |from, limit| LogParams { run, step: Some(step.clone()), from, limit: Some(limit) };
        let total = self.log_lines(ask(0, 1)).await?.total;
        Ok(self.log_lines(ask(total.saturating_sub(LAST_LINES), 100)).await?.lines)
    }
}

/// Where a followed run is shown.
pub(crate) trait Screen {
    /// Shows what is new.
    fn show(&mut self, news: &[News], state: &RunState);
    /// Shows a remark about following itself.
    fn remark(&mut self, text: &str);
    /// Shows the end of a step's log.
    fn log(&mut self, step: &StepId, lines: &[LogLine]);
    /// Gives the terminal back, for a question or for the last words.
    fn rest(&mut self);
}

/// How long following waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a change, before it looks again.
    pub(crate) look: Duration,
    /// Without any news, before it asks whether there is still a worker.
    pub(crate) silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { look: Duration::from_secs(1), silence: Duration::from_secs(4) }
    }
}

/// How following ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The run is over.
    Over(Box<RunState>),
    /// The run goes on without anybody looking.
    Detached,
}

/// A run being followed.
pub(crate) struct Follower<'a, R: Runs> {
    /// The API.
    pub(crate) runs: &'a R,
    /// The run.
    pub(crate) run: RunId,
    /// Where it is shown.
    pub(crate) screen: &'a mut dyn Screen,
    /// Ctrl-C.
    pub(crate) interrupts: &'a mut Interrupts,
    /// How long it waits.
    pub(crate) patience: Patience,
}

impl<R: Runs> Follower<'_, R> {
    /// Follows until the run is over or the person wants to leave it alone.
    ///
    /// # Errors
    /// When the run cannot be looked at; the run itself is not affected.
    pub(crate) async fn follow(mut self) -> Result<Outcome, ApiError> {
        let end = self.watch().await;
        self.screen.rest();
        end
    }

    async fn watch(&mut self) -> Result<Outcome, ApiError> {
        // The cursor comes before the first look, so that nothing between the two is missed.
        let mut cursor = self.runs.changes(None, Duration::ZERO).await?.cursor;
        let mut state = self.runs.state(self.run).await?;
        self.tell(None, &state).await;
        let mut heard = Instant::now();
        let mut failures = 0;
        while !state.status.is_over() {
            let changed = tokio::select! {
                changes = self.runs.changes(Some(cursor), self.patience.look) => changes,
                () = self.interrupts.next() => {
                    if self.interrupted().await? { return Ok(Outcome::Detached) }
                    // Moving lines went away for the question.
                    self.screen.show(&[], &state);
                    continue;
                }
            };
            match self.look(&state, changed, &mut cursor).await {
                Ok(new) => {
                    failures = 0;
                    if new.seq != state.seq {
                        heard = Instant::now();
                    }
                    state = new;
                }
                Err(error) if failures >= FAILURES => return Err(error.about(self.run)),
                Err(_) => {
                    failures += 1;
                    tokio::time::sleep(self.patience.look / 4).await;
                }
            }
            // A worker that was just started needs a moment to say so.
            let silence = self.patience.silence * if state.worker.is_none() { 3 } else { 1 };
            if !state.status.is_over() && heard.elapsed() >= silence {
                heard = Instant::now();
                self.check_worker().await;
            }
        }
        Ok(Outcome::Over(Box::new(state)))
    }

    async fn look(
        &mut self,
        before: &RunState,
        changes: Result<Changes, ApiError>,
        cursor: &mut u64,
    ) -> Result<RunState, ApiError> {
        *cursor = changes?.cursor;
        // Fetched even when the feed does not name the run: a feed that lost an entry must not stop us.
        let state = self.runs.state(self.run).await?;
        self.tell(Some(before), &state).await;
        Ok(state)
    }

    async fn tell(&mut self, before: Option<&RunState>, after: &RunState) {
        let news = news(before, after);
        if news.is_empty() && before.is_some_and(|before| before.seq == after.seq) {
            return;
        }
        self.screen.show(&news, after);
        for item in &news {
            let News::StepOver(id) = item else { continue };
            let Some(step) = after.step(id) else { continue };
            // The failure's own evidence is shown at the end; without any, the log has to say it.
            let bare = step.failure.as_ref().is_some_and(|failure| failure.detail.is_none());
            if step.status == StepStatus::Failed
                && bare
                && let Ok(lines) = self.runs.last_lines(self.run, id).await
            {
                self.screen.log(id, &lines);
            }
        }
    }

    /// Nothing was heard for a while: the app looks whether the worker still lives, and starts another if not.
    async fn check_worker(&mut self) {
        match self.runs.resume(self.run).await {
            Ok(()) => {}
            // It is over by now: the next look will tell.
            Err(error) if error.code == Code::Refused => {}
            Err(error) => self.screen.remark(&visible_line(&error.message)),
        }
    }

    /// Whether to leave the run alone.
    async fn interrupted(&mut self) -> Result<bool, ApiError> {
        self.screen.rest();
        match self.interrupts.choose().await {
            Choice::GoOn => Ok(false),
            Choice::Detach => Ok(true),
            Choice::Cancel => {
                self.runs.cancel(self.run).await?;
                self.screen.remark("asked the run to stop; what it did is taken back first");
                Ok(false)
            }
        }
    }
}

#[cfg(test)]
mod tests;
