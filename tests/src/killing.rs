//! Killing a run worker at the edges of steps, and taking its run up again.

use crate::api::Server;
use crate::home::Home;
use crate::run::Run;
use crate::wait::eventually;
use crate::workers::{kill_worker, workers_of};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(120);

/// A moment in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edge {
    /// A step has begun.
    Begun(String),
    /// A step is over.
    Over(String),
}

impl Edge {
    /// Every edge of a run that was carried out, in order: what another run of the same kind will pass too.
    pub fn all_of(run: &Run) -> Vec<Self> {
        let done = run.steps().filter(|(_, status)| *status == "succeeded");
        done.flat_map(|(id, _)| [Self::Begun(id.to_owned()), Self::Over(id.to_owned())]).collect()
    }

    /// The step.
    pub fn step(&self) -> &str {
        let (Self::Begun(step) | Self::Over(step)) = self;
        step
    }

    fn is_passed(&self, state: &Value) -> bool {
        let steps = state["steps"].as_array().into_iter().flatten();
        let status =
            steps.into_iter().find(|step| step["step"]["id"] == self.step()).map(|step| &step["status"]);
        match self {
            Self::Begun(_) => status.is_some_and(|status| status != "pending"),
            Self::Over(_) => status.is_some_and(|status| status != "pending" && status != "running"),
        }
    }
}

/// Waits until a run has passed an edge, or is over.
#[track_caller]
pub fn await_edge(server: &Server, run: &str, edge: &Edge) {
    let state = || server.call("run.get", &json!({ "run": run })).json();
    let passed = eventually(LONG, || {
        let now = state();
        (edge.is_passed(&now) || is_over(&now)).then_some(())
    });
    assert!(passed.is_some(), "{edge:?} was not passed: {:#}", state()["steps"]);
}

/// Starts something, kills its worker as soon as an edge is passed, takes the run up again and waits for its end.
/// Tells whether there was a worker left to kill.
#[track_caller]
pub fn kill_at(home: &Home, server: &Server, folder: &Path, words: &[&str], edge: &Edge) -> (Run, bool) {
    let id = home.start(folder, words);
    let killed = kill_run_at(home, server, &id, edge);
    (take_up(home, server, &id), killed)
}

/// Kills the worker of a run that goes on as soon as an edge is passed, and tells whether there was one left to kill.
#[track_caller]
pub fn kill_run_at(home: &Home, server: &Server, run: &str, edge: &Edge) -> bool {
    await_edge(server, run, edge);
    let killed = kill_worker(&home.data());
    let gone = eventually(LONG, || workers_of(&home.data()).is_empty().then_some(()));
    assert!(gone.is_some(), "a killed worker goes away");
    killed
}

/// Takes up a run whose worker is gone and waits for its end.
#[track_caller]
pub fn take_up(home: &Home, server: &Server, run: &str) -> Run {
    let state = || server.call("run.get", &json!({ "run": run })).json();
    if !is_over(&state()) {
        let mut worker = home.command();
        worker.args(["worker", run]).stdin(Stdio::null());
        let done = worker.output().expect("a worker starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let run = Run::new(state(), 0);
    assert!(!run.end().is_empty(), "the run did not end: {}", run.report());
    run
}

fn is_over(state: &Value) -> bool {
    !state["end"].is_null()
}
