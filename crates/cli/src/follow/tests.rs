use super::*;
use crate::render::samples::*;
use seatrial_core::run::{End, EventBody};
use std::cell::RefCell;
use tokio::sync::mpsc::channel;

/// A run that moves one state on at each look, and another way once it is cancelled or resumed.
#[derive(Default)]
struct Scripted {
    states: RefCell<Vec<RunState>>,
    after_resume: RefCell<Vec<RunState>>,
    after_cancel: RefCell<Vec<RunState>>,
    /// How many looks after the first fail.
    failing_looks: RefCell<u32>,
    looks: RefCell<u32>,
    calls: RefCell<Vec<&'static str>>,
}

impl Runs for Scripted {
    async fn state(&self, _: RunId) -> Result<RunState, ApiError> {
        let look = self.looks.replace_with(|looks| *looks + 1);
        if (1..=*self.failing_looks.borrow()).contains(&look) {
            return Err(ApiError::new(Code::Storage, "the history is locked"));
        }
        let mut states = self.states.borrow_mut();
        let next = states.first().cloned().ok_or_else(|| ApiError::new(Code::NotFound, "no state"))?;
        if states.len() > 1 {
            states.remove(0);
        }
        Ok(next)
    }
    async fn changes(&self, _: Option<u64>, wait: Duration) -> Result<Changes, ApiError> {
        tokio::time::sleep(wait).await;
        Ok(Changes { cursor: 1, runs: Vec::new(), topics: Vec::new() })
    }
    async fn resume(&self, _: RunId) -> Result<(), ApiError> {
        self.calls.borrow_mut().push("resume");
        self.states.borrow_mut().append(&mut self.after_resume.borrow_mut());
        Ok(())
    }
    async fn cancel(&self, _: RunId) -> Result<(), ApiError> {
        self.calls.borrow_mut().push("cancel");
        self.states.borrow_mut().append(&mut self.after_cancel.borrow_mut());
        Ok(())
    }
    async fn last_lines(&self, run: RunId, step: &StepId) -> Result<Vec<LogLine>, ApiError> {
        let _ = run;
        let text = "the last line".to_owned();
        Ok(vec![LogLine { step: step.clone(), line: 0, at: at(0), stream: "err".into(), text }])
    }
}

#[derive(Default)]
struct Recorded {
    news: Vec<News>,
    log: Vec<String>,
}

impl Screen for Recorded {
    fn show(&mut self, news: &[News], _: &RunState) {
        self.news.extend_from_slice(news);
    }
    fn remark(&mut self, text: &str) {
        self.log.push(text.to_owned());
    }
    fn log(&mut self, step: &StepId, lines: &[LogLine]) {
        self.log.extend(lines.iter().map(|line| format!("{step}: {}", line.text)));
    }
    fn rest(&mut self) {}
}

const QUICK: Patience = Patience { look: Duration::from_millis(2), silence: Duration::from_millis(10) };

async fn follow(runs: &Scripted, presses: usize) -> (Result<Outcome, ApiError>, Recorded) {
    let (sender, receiver) = channel(4);
    for _ in 0..presses {
        sender.send(()).await.unwrap();
    }
    let mut screen = Recorded::default();
    let mut interrupts = Interrupts::from_channel(receiver);
    let follower =
        Follower { runs, run: run_id(), screen: &mut screen, interrupts: &mut interrupts, patience: QUICK };
    let outcome = tokio::time::timeout(Duration::from_secs(20), follower.follow()).await.unwrap();
    (outcome, screen)
}

fn running() -> RunState {
    fold(vec![started(7), begin("lint")])
}

fn cancelled() -> RunState {
    fold(vec![started(7), begin("lint"), EventBody::Ended { end: End::Cancelled }])
}

#[tokio::test]
async fn following_ends_with_the_run_and_tells_each_step_once() {
    let runs = Scripted { states: RefCell::new(vec![running(), live_run()]), ..Scripted::default() };
    let (outcome, screen) = follow(&runs, 0).await;
    assert!(matches!(outcome.unwrap(), Outcome::Over(state) if state.end == Some(End::Live)));
    let starts = screen.news.iter().filter(|n| **n == News::StepStarted(step_id("lint"))).count();
    assert_eq!(starts, 1);
}

#[tokio::test]
async fn a_silent_run_whose_worker_is_gone_is_taken_up_again_and_that_is_said() {
    let again = fold(vec![
        started(7),
        begin("lint"),
        started(8),
        finish("lint", 5),
        EventBody::Ended { end: End::Succeeded },
    ]);
    let runs = Scripted {
        states: RefCell::new(vec![running()]),
        after_resume: RefCell::new(vec![again]),
        ..Scripted::default()
    };
    let (outcome, screen) = follow(&runs, 0).await;
    assert!(matches!(outcome.unwrap(), Outcome::Over(_)));
    assert_eq!(runs.calls.borrow().first(), Some(&"resume"));
    let said =
        |item: &News| matches!(item, News::Run(text) if text.contains("process 8 took the run up again"));
    assert!(screen.news.iter().any(said), "{:?}", screen.news);
}

#[tokio::test]
async fn in_a_pipe_the_first_interrupt_cancels_and_the_end_is_awaited() {
    let runs = Scripted {
        states: RefCell::new(vec![running()]),
        after_cancel: RefCell::new(vec![cancelled()]),
        ..Scripted::default()
    };
    let (outcome, _) = follow(&runs, 1).await;
    assert!(matches!(outcome.unwrap(), Outcome::Over(state) if state.end == Some(End::Cancelled)));
    assert!(runs.calls.borrow().contains(&"cancel"));
}

#[tokio::test]
async fn in_a_pipe_a_second_interrupt_leaves_the_run_alone() {
    let runs = Scripted { states: RefCell::new(vec![running()]), ..Scripted::default() };
    let (outcome, _) = follow(&runs, 2).await;
    assert!(matches!(outcome.unwrap(), Outcome::Detached));
    assert_eq!(runs.calls.borrow().iter().filter(|c| **c == "cancel").count(), 1);
}

#[tokio::test]
async fn a_failed_step_without_evidence_shows_the_end_of_its_log() {
    let mut failure = unhealthy();
    failure.detail = None;
    let end = End::FailedClean { reason: "lint".into() };
    let state = fold(vec![started(7), begin("lint"), failed("lint", failure), EventBody::Ended { end }]);
    let runs = Scripted { states: RefCell::new(vec![state]), ..Scripted::default() };
    let (_, screen) = follow(&runs, 0).await;
    assert_eq!(screen.log, ["lint: the last line"]);
}

#[tokio::test]
async fn a_history_that_is_locked_for_a_moment_does_not_end_following() {
    let runs = Scripted { states: RefCell::new(vec![running(), live_run()]), ..Scripted::default() };
    *runs.failing_looks.borrow_mut() = 3;
    assert!(matches!(follow(&runs, 0).await.0.unwrap(), Outcome::Over(_)));
}

#[tokio::test]
async fn a_history_that_stays_locked_ends_following_with_the_reason_and_the_run() {
    let runs = Scripted { states: RefCell::new(vec![running()]), ..Scripted::default() };
    *runs.failing_looks.borrow_mut() = u32::MAX;
    let error = follow(&runs, 0).await.0.unwrap_err();
    assert_eq!((error.code, error.run), (Code::Storage, Some(run_id())));
}
