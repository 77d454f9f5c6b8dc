//! When the steps of a run were done, and what is usual for such a run.

use super::{Event, EventBody, RunState, SkipReason, StepState, StepStatus, Wait};
use crate::model::{Phase, RunId, StepId};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When the steps of a run were done. Times are milliseconds after `from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// When the run was asked for.
    pub from: DateTime<Utc>,
    /// Its length: to its end, or so far.
    pub length_ms: u64,
    /// Whether it is over.
    pub over: bool,
    /// The steps, in the plan's order.
    pub rows: Vec<TimelineRow>,
    /// Times in which the run waited for another run or a person.
    pub waits: Vec<Span>,
    /// What is usual for such a run; `None`: no such run succeeded before.
    pub usual: Option<Usual>,
    /// The last run of the same kind in the same environment that succeeded before this one.
    pub last_good: Option<RunId>,
}

/// A step on the time line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineRow {
    /// The step.
    pub step: StepId,
    /// Its title.
    pub title: String,
    /// Its phase.
    pub phase: Phase,
    /// How it is.
    pub status: StepStatus,
    /// Steps that have to succeed first.
    pub needs: Vec<StepId>,
    /// When everything it needs was done: from here to its beginning it waited.
    pub ready_ms: Option<u64>,
    /// When its first attempt began.
    pub begin_ms: Option<u64>,
    /// When its last attempt ended; for a step that runs: `None`.
    pub end_ms: Option<u64>,
    /// Attempts begun.
    pub attempts: u32,
    /// Whether it is on the longest chain of steps: only a shorter one of these makes the run shorter.
    pub critical: bool,
    /// Median time of the same step in the last 20 such runs that succeeded.
    pub usual_ms: Option<u64>,
}

/// A part of the time line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// Its beginning.
    pub begin_ms: u64,
    /// Its end; `None`: it goes on.
    pub end_ms: Option<u64>,
    /// Why: "ada@workbench was deploying".
    pub why: String,
}

/// What is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usual {
    /// How many runs it is the median of.
    pub runs: u32,
    /// Median length.
    pub length_ms: u64,
}

/// What runs before say about such a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Past {
    /// How long the whole was; `None`: no such run succeeded.
    pub usual: Option<Usual>,
    /// How long each step took.
    pub steps: BTreeMap<StepId, u64>,
    /// The last of them.
    pub last_good: Option<RunId>,
}

impl Past {
    /// Medians of runs that succeeded, newest first. Time spent waiting for others says nothing about a run.
    pub fn of(runs: &[RunState]) -> Self {
        let mut steps: BTreeMap<StepId, Vec<u64>> = BTreeMap::new();
        for step in runs.iter().flat_map(|run| &run.steps).filter(|s| s.status == StepStatus::Succeeded) {
            if let Some((begin, end)) = step.started_at.zip(step.ended_at) {
                steps.entry(step.step.id.clone()).or_default().push(between(begin, end));
            }
        }
        let own = |run: &RunState| Some(between(run.created_at, run.ended_at?).saturating_sub(run.waited_ms));
        let lengths: Vec<u64> = runs.iter().filter_map(own).collect();
        let count = u32::try_from(lengths.len()).unwrap_or(u32::MAX);
        Self {
            usual: median(lengths).map(|length_ms| Usual { runs: count, length_ms }),
            steps: steps.into_iter().filter_map(|(step, times)| Some((step, median(times)?))).collect(),
            last_good: runs.first().map(|run| run.id),
        }
    }
}

/// The time line of a run; `None` when its first event is missing.
pub fn timeline(events: &[Event], past: &Past, now: DateTime<Utc>) -> Option<Timeline> {
    let state = RunState::fold(events)?;
    let from = state.created_at;
    let end = state.ended_at.unwrap_or(now);
    let waits = waits(events, from);
    let critical = critical(&state);
    let rows = state.steps.iter().map(|step| TimelineRow {
        step: step.step.id.clone(),
        title: step.step.title.clone(),
        phase: step.step.phase,
        status: step.status,
        needs: step.step.needs.clone(),
        ready_ms: ready(&state, step).map(|at| between(from, at)),
        begin_ms: step.started_at.map(|at| between(from, at)),
        end_ms: step.ended_at.map(|at| between(from, at)),
        attempts: step.attempts,
        critical: critical.contains(&&step.step.id),
        usual_ms: past.steps.get(&step.step.id).copied(),
    });
    Some(Timeline {
        from,
        length_ms: between(from, end),
        over: state.status.is_over(),
        rows: rows.collect(),
        waits,
        usual: past.usual,
        last_good: past.last_good,
    })
}

/// Milliseconds between two times; clocks that jumped back make no negative ones.
fn between(begin: DateTime<Utc>, end: DateTime<Utc>) -> u64 {
    u64::try_from((end - begin).num_milliseconds()).unwrap_or(0)
}

fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle]),
        _ => Some(values[middle - 1].midpoint(values[middle])),
    }
}

/// When everything a step needs was done; `None`: it is not yet, or never was.
fn ready(state: &RunState, step: &StepState) -> Option<DateTime<Utc>> {
    let mut at = state.started_at?;
    for need in step.step.needs.iter().filter_map(|need| state.step(need)) {
        match (need.ended_at, need.skipped) {
            (Some(end), _) => at = at.max(end),
            (None, Some(SkipReason::DoneBefore)) => {}
            (None, _) => return None,
        }
    }
    // A run that waited first was taken up before; a step cannot have waited for itself.
    Some(step.started_at.map_or(at, |begin| at.min(begin)))
}

/// Steps of the chain that decided how long the run is: from the step that ended last (or runs) back, each time to
/// the one that was waited for last.
fn critical(state: &RunState) -> Vec<&StepId> {
    let end = |s: &&StepState| (s.ended_at.is_none(), s.ended_at, s.started_at);
    let mut next = state.steps.iter().filter(|s| s.started_at.is_some()).max_by_key(end);
    let mut chain: Vec<&StepId> = Vec::new();
    while let Some(step) = next.filter(|s| !chain.contains(&&s.step.id)) {
        chain.push(&step.step.id);
        let needs = step.step.needs.iter().filter_map(|need| state.step(need));
        next = needs.filter(|s| s.started_at.is_some()).max_by_key(|s| s.ended_at);
    }
    chain
}

/// Times of waiting. One that a killed worker left open ends where the next begins, or with the run.
fn waits(events: &[Event], from: DateTime<Utc>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for event in events {
        let at = between(from, event.at);
        let waits = matches!(event.body, EventBody::WaitStarted { .. });
        if (waits || matches!(event.body, EventBody::WaitEnded | EventBody::Ended { .. }))
            && let Some(open) = spans.last_mut().filter(|span| span.end_ms.is_none())
        {
            open.end_ms = Some(at);
        }
        if let EventBody::WaitStarted { wait: Wait::Lease { actor, .. } } = &event.body {
            let why = format!("{}@{} was deploying", actor.user, actor.machine);
            spans.push(Span { begin_ms: at, end_ms: None, why });
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Actor, AppName, Digest, EnvironmentName, Practice, Trigger};
    use crate::pipeline::{Action, Retry, Step};
    use crate::plan::{Plan, PlanSummary};
    use crate::run::{End, RunKind, RunRequest, StepResult, Worker};
    use chrono::Duration;

    fn id(name: &str) -> StepId {
        StepId::new(name).unwrap()
    }

    fn actor() -> Actor {
        Actor { user: "ada".into(), machine: "desk".into() }
    }

    fn step((name, needs): &(&str, &[&str])) -> Step {
        Step {
            id: id(name),
            phase: Phase::Build,
            practice: Practice::Custom,
            title: (*name).into(),
            needs: needs.iter().map(|n| id(n)).collect(),
            blocking: true,
            timeout_ms: 1000,
            retry: Retry::default(),
            action: Action::RecordRelease,
            undo: None,
            host: None,
        }
    }

    fn created(steps: &[(&str, &[&str])]) -> EventBody {
        let app = AppName::new("guestbook").unwrap();
        let environment = Some(EnvironmentName::new("prod").unwrap());
        let request = RunRequest {
            kind: RunKind::Deploy,
            app: app.clone(),
            environment: environment.clone(),
            phases: vec![Phase::Build],
            release: None,
            retry_of: None,
            without: Vec::new(),
        };
        let plan = Plan {
            fingerprint: Digest::of(b"plan"),
            request: request.clone(),
            app,
            environment,
            target: None,
            production: false,
            version: None,
            steps: steps.iter().map(step).collect(),
            summary: PlanSummary {
                headline: String::new(),
                before: Vec::new(),
                after: Vec::new(),
                traffic: None,
                checks: Vec::new(),
                way_back: String::new(),
                notices: Vec::new(),
                urls: Vec::new(),
                hosts: None,
            },
            pipeline_revision: Digest::of(b"revision"),
            work_tree: Default::default(),
        };
        EventBody::Created { request, plan: Box::new(plan), actor: actor(), trigger: Trigger::Terminal }
    }

    fn begin(name: &str) -> EventBody {
        EventBody::StepStarted { step: id(name), attempt: 1 }
    }

    fn end(name: &str) -> EventBody {
        EventBody::StepEnded { step: id(name), attempt: 1, result: StepResult::Succeeded, duration_ms: 1 }
    }

    fn wait() -> EventBody {
        let run = RunId(uuid::Uuid::nil());
        EventBody::WaitStarted { wait: Wait::Lease { run, actor: actor() } }
    }

    fn started() -> EventBody {
        EventBody::Started { worker: Worker { pid: 1, started: 1, boot: String::new() } }
    }

    /// Events at milliseconds after a fixed moment.
    fn events(at: Vec<(i64, EventBody)>) -> Vec<Event> {
        let event = |(index, (ms, body)): (usize, (i64, EventBody))| Event {
            run: RunId(uuid::Uuid::from_u128(7)),
            seq: index as u32 + 1,
            at: moment(ms),
            body,
        };
        at.into_iter().enumerate().map(event).collect()
    }

    fn moment(ms: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap() + Duration::milliseconds(ms)
    }

    /// `lint` and `test` side by side, then `package`.
    fn diamond() -> Vec<Event> {
        events(vec![
            (0, created(&[("lint", &[]), ("test", &[]), ("package", &["lint", "test"])])),
            (10, started()),
            (20, begin("lint")),
            (20, begin("test")),
            (50, end("lint")),
            (100, end("test")),
            (130, begin("package")),
            (200, end("package")),
            (210, EventBody::Ended { end: End::Succeeded }),
        ])
    }

    #[test]
    fn the_critical_chain_goes_through_what_was_waited_for_last() {
        let line = timeline(&diamond(), &Past::default(), moment(999)).unwrap();
        let critical: Vec<_> = line.rows.iter().filter(|r| r.critical).map(|r| r.step.as_str()).collect();
        assert_eq!(critical, ["test", "package"]);
        let package = &line.rows[2];
        assert_eq!((package.ready_ms, package.begin_ms, package.end_ms), (Some(100), Some(130), Some(200)));
        assert_eq!((line.length_ms, line.over), (210, true), "now does not matter any more");
    }

    #[test]
    fn a_step_that_runs_has_no_end_and_is_what_the_run_waits_for() {
        let mut events = diamond();
        events.truncate(5);
        let line = timeline(&events, &Past::default(), moment(80)).unwrap();
        let shape: Vec<_> = line.rows.iter().map(|r| (r.begin_ms, r.end_ms, r.critical)).collect();
        assert_eq!(shape, [(Some(20), Some(50), false), (Some(20), None, true), (None, None, false)]);
        assert_eq!((line.length_ms, line.over), (80, false));
        assert_eq!(line.rows[2].ready_ms, None, "what it needs is not done");
    }

    #[test]
    fn a_wait_ends_with_its_end_with_the_next_one_or_with_the_run() {
        let line = |bodies: Vec<(i64, EventBody)>| {
            let mut all = vec![(0, created(&[]))];
            all.extend(bodies);
            timeline(&events(all), &Past::default(), moment(100)).unwrap().waits
        };
        let span = |begin_ms, end_ms| Span { begin_ms, end_ms, why: "ada@desk was deploying".into() };
        assert_eq!(line(vec![(5, wait()), (9, EventBody::WaitEnded)]), [span(5, Some(9))]);
        assert_eq!(line(vec![(5, wait()), (30, wait())]), [span(5, Some(30)), span(30, None)]);
        let cancelled = EventBody::Ended { end: End::Cancelled };
        assert_eq!(line(vec![(5, wait()), (40, cancelled)]), [span(5, Some(40))]);
    }

    #[test]
    fn what_is_usual_is_the_median_of_what_runs_took_without_waiting() {
        let run = |waited: i64, took: i64| {
            let bodies = vec![
                (0, created(&[("test", &[])])),
                (1, wait()),
                (1 + waited, EventBody::WaitEnded),
                (1 + waited, started()),
                (1 + waited, begin("test")),
                (1 + waited + took, end("test")),
                (1 + waited + took, EventBody::Ended { end: End::Succeeded }),
            ];
            RunState::fold(&events(bodies)).unwrap()
        };
        let past = Past::of(&[run(500, 10), run(0, 30), run(0, 21)]);
        assert_eq!(past.usual, Some(Usual { runs: 3, length_ms: 22 }));
        assert_eq!(past.steps.get(&id("test")), Some(&21));
        assert_eq!(Past::of(&[]), Past::default(), "nothing is usual yet");
        assert_eq!(median(vec![4, 1]), Some(2));
    }

    #[test]
    fn any_beginning_of_a_run_has_a_time_line() {
        let all = diamond();
        assert_eq!(timeline(&[], &Past::default(), moment(0)), None);
        for length in 1..=all.len() {
            let line = timeline(&all[..length], &Past::default(), moment(500)).unwrap();
            assert!(line.rows.iter().all(|r| r.end_ms.is_none() || r.begin_ms <= r.end_ms));
        }
    }
}
