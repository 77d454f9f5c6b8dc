//! How fast a long history answers: `cargo run --release -p seatrial-store --example bench_history [runs]
//! [events per run] [folder]`. Without a folder the database is made in a temporary one; with a folder that has
//! runs already, those are asked.
#![expect(clippy::print_stdout, reason = "the result is for a person to read")]

use chrono::{DateTime, Duration as Span, Utc};
use seatrial_core::evaluate::{DecidedBy, Verdict};
use seatrial_core::model::{
    Actor, AppName, Digest, EnvironmentName, Phase, Practice, Release, ReleaseId, RunId, Slot, StepId,
    Strategy, Target, Trigger,
};
use seatrial_core::pipeline::{Action, Retry, Step};
use seatrial_core::plan::{Plan, PlanSummary, TrafficMove};
use seatrial_core::run::{End, EventBody, Fact, Progress, RunKind, RunRequest, RunStatus, StepResult};
use seatrial_store::{After, Append, Cursor, OpenOptions, RunQuery, Scope, Store, short_id};
use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

const APPS: u64 = 20;
const ENVIRONMENTS: [&str; 3] = ["test", "stage", "prod"];

fn main() -> Outcome<()> {
    let mut args = std::env::args().skip(1);
    let runs: u64 = args.next().map_or(Ok(100_000), |n| n.parse())?;
    let events: u64 = args.next().map_or(Ok(50), |n| n.parse())?;
    let temporary = tempfile::tempdir()?;
    let dir = args.next().map_or_else(|| temporary.path().to_path_buf(), PathBuf::from);
    let (store, _) = Store::open(&dir, &OpenOptions::new(Utc::now()))?;
    let any = RunQuery { scope: Scope::All, status: None, before: None, limit: 1 };
    if store.runs(&any)?.is_empty() {
        let since = Instant::now();
        fill(&store, runs, events)?;
        println!("made {runs} runs with {events} events each in {:.1?}", since.elapsed());
    }
    drop(store);
    ask(&dir)
}

fn fill(store: &Store, runs: u64, events: u64) -> Outcome<()> {
    let begin = Utc::now() - Span::days(365 * 5);
    let numbers: Vec<u64> = (0..runs).collect();
    for batch in numbers.chunks(500) {
        let appends = batch.iter().map(|n| one_run(*n, events, begin)).collect::<Outcome<Vec<_>>>()?;
        store.append_all(appends)?;
    }
    Ok(())
}

/// Times of one question: the first, which may have to wait for the disk, and the median of twenty more, which
/// is held against the limit.
fn time<T>(name: &str, limit: Duration, mut question: impl FnMut() -> Outcome<T>) -> Outcome<T> {
    let since = Instant::now();
    let answer = question()?;
    let first = since.elapsed();
    let mut times = Vec::new();
    for _ in 0..20 {
        let since = Instant::now();
        question()?;
        times.push(since.elapsed());
    }
    times.sort_unstable();
    let mark = if times[10] <= limit { "ok  " } else { "SLOW" };
    println!("{mark} {name:42} first {first:>10.2?}  median {:>10.2?}  limit {limit:?}", times[10]);
    Ok(answer)
}

fn ask(dir: &std::path::Path) -> Outcome<()> {
    let quick = Duration::from_millis(10);
    let open = || Ok(Store::open(dir, &OpenOptions::new(Utc::now()))?.0);
    let store = time("open", Duration::from_millis(100), open)?;
    let (app, environment) = (AppName::new("app-7")?, EnvironmentName::new("prod")?);
    let page = |scope: Scope, status| RunQuery { scope, status, before: None, limit: 50 };
    time("what is where", quick, || Ok(store.current_deployments()?))?;
    let newest = time("newest 50 runs", quick, || Ok(store.runs(&page(Scope::All, None))?))?;
    let of_app = Scope::App(app.clone());
    time("newest 50 of an app", quick, || Ok(store.runs(&page(of_app.clone(), None))?))?;
    let place = Scope::Environment(app.clone(), environment.clone());
    time("history of an environment", quick, || Ok(store.history(&page(place.clone(), None))?))?;
    let failed = || Ok(store.history(&page(of_app.clone(), Some(RunStatus::Failed)))?);
    time("failed runs of an app", quick, failed)?;
    let last = newest.last().ok_or("no runs")?.id;
    let older = RunQuery { before: Some(last), ..page(Scope::All, None) };
    time("next page", quick, || Ok(store.runs(&older)?))?;
    time("unfinished runs", quick, || Ok(store.unfinished_runs()?))?;
    time("run by short id", quick, || Ok(store.find_run(&short_id(last.0))?))?;
    time("events of a run", quick, || Ok(store.events(last, 1, 1000)?))?;
    time("a run, folded", quick, || Ok(store.run_state(last)?))?;
    time("newest 50 releases of an app", quick, || Ok(store.releases(&app, None, 50)?))?;
    time("the way back", quick, || Ok(store.previous_deployment(&app, &environment)?))?;
    let now = store.cursor()?;
    time("newest 100 changes", quick, || Ok(store.changes_since(Cursor(now.0 - 100), 100)?))?;
    println!("{} events in all, {} MiB", now.0, std::fs::metadata(dir.join("seatrial.db"))?.len() >> 20);
    Ok(())
}

fn one_run(n: u64, events: u64, begin: DateTime<Utc>) -> Outcome<Append> {
    let at = begin + Span::minutes(n.cast_signed() * 25);
    let millis = u64::try_from(at.timestamp_millis())?;
    let seed = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_be_bytes();
    let [a, b, c, d, e, f, g, h, i, j, ..] = seed;
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &[a, b, c, d, e, f, g, h, i, j]).into_uuid();
    let bodies = story(n, id, events, at)?;
    Ok(Append { run: RunId(id), after: After::Event(0), at, bodies, held: None })
}

fn story(n: u64, id: Uuid, events: u64, at: DateTime<Utc>) -> Outcome<Vec<EventBody>> {
    let request = RunRequest {
        kind: RunKind::Deploy,
        app: AppName::new(format!("app-{}", n % APPS))?,
        environment: Some(EnvironmentName::new(ENVIRONMENTS[(n / APPS % 3) as usize])?),
        phases: Phase::ALL.to_vec(),
        release: None,
        retry_of: None,
        without: Vec::new(),
    };
    let (slot, step) = (if n.is_multiple_of(2) { Slot::Blue } else { Slot::Green }, StepId::new("build")?);
    let observed = |fact| EventBody::Observed { step: step.clone(), fact };
    let release = Release {
        id: ReleaseId(id),
        app: request.app.clone(),
        version: format!("1.{n}.0"),
        artifacts: Vec::new(),
        commit: Some("0123456789abcdef0123456789abcdef01234567".into()),
        dirty: false,
        changes: vec!["Say hello in a friendlier way".into()],
        pipeline_revision: Digest::of(b"revision"),
        built_by: RunId(id),
        created_at: at,
    };
    let mut bodies = vec![created(request)?, EventBody::StepStarted { step: step.clone(), attempt: 1 }];
    bodies.push(observed(Fact::Release { release }));
    bodies.push(observed(Fact::Switched { from: Some(slot.other()), to: Some(slot) }));
    for done in 0..events.saturating_sub(7) {
        let progress = Progress { text: format!("transferring layer {done}"), done, total: events };
        bodies.push(EventBody::StepProgress { step: step.clone(), progress });
    }
    bodies.push(EventBody::StepEnded { step, attempt: 1, result: StepResult::Succeeded, duration_ms: 900 });
    let (by, reasons) = (DecidedBy::Policy, vec!["smoke: 12 of 12 as expected".into()]);
    bodies.push(EventBody::VerdictGiven { verdict: Verdict::Go, by, reasons, note: None });
    let end = match n % 50 {
        0 => End::RolledBack { reason: "the new version answered 500".into() },
        1 => End::NeedsAttention { reason: "the engine went away".into(), choices: Vec::new() },
        _ => End::Live,
    };
    bodies.push(EventBody::Ended { end });
    Ok(bodies)
}

fn created(request: RunRequest) -> Outcome<EventBody> {
    let step = |name: &str, phase| {
        Ok::<_, Box<dyn Error>>(Step {
            id: StepId::new(name)?,
            phase,
            practice: Practice::Custom,
            title: format!("Do {name}"),
            needs: Vec::new(),
            blocking: true,
            timeout_ms: 60_000,
            retry: Retry::default(),
            action: Action::RecordRelease,
            undo: None,
            host: None,
        })
    };
    let move_to = TrafficMove { strategy: Strategy::BlueGreen, from: None, to: Slot::Blue, held: None };
    let plan = Plan {
        fingerprint: Digest::of(b"plan"),
        request: request.clone(),
        app: request.app.clone(),
        environment: request.environment.clone(),
        target: Some(Target::Docker),
        production: true,
        steps: vec![
            step("build", Phase::Build)?,
            step("launch", Phase::Ship)?,
            step("smoke", Phase::Evaluate)?,
        ],
        summary: PlanSummary {
            headline: format!("Ship {} to a place", request.app),
            before: Vec::new(),
            after: Vec::new(),
            traffic: Some(move_to),
            checks: vec!["GET / is 200".into()],
            way_back: "the version before is kept".into(),
            notices: Vec::new(),
            urls: Vec::new(),
            hosts: None,
        },
        pipeline_revision: Digest::of(b"revision"),
        version: None,
        work_tree: Default::default(),
    };
    let actor = Actor { user: "ada".into(), machine: "desk".into() };
    Ok(EventBody::Created { request, plan: Box::new(plan), actor, trigger: Trigger::Terminal })
}
