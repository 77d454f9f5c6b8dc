//! What runs beside the process that visitors reach. It answers nobody, so that it stays up is all there is to see.

use super::failure::{hinted, of_engine};
use super::job::{NO_PROGRAM, NOT_RUN};
use super::ship::{chosen, container, create};
use super::world::World;
use crate::docker::{ContainerFacts, EngineError, LABEL_OPERATION, Phase};
use crate::run::{Call, Outcome, already};
use crate::slots::{FoundWorker, LABEL_WORKER, container_name, workers_in};
use futures_util::future::try_join_all;
use seatrial_core::model::{Slot, WorkerName};
use seatrial_core::pipeline::{ArtifactRef, Cause, WorkerShape};
use seatrial_core::run::{Fact, Failure};
use std::time::{Duration, Instant};

/// Label with how long it has to stay up, in milliseconds: whoever starts it again later goes by what it was made with.
const LABEL_STEADY: &str = "dev.seatrial.steady";
/// Between two looks at whether all are up.
const LOOK: Duration = Duration::from_millis(250);
/// How long one that was started again by the engine is watched until it falls again, and how closely.
const FALLS_AGAIN: Duration = Duration::from_secs(3);
const BETWEEN_STARTS: Duration = Duration::from_millis(30);
/// Lines of the log of one that did not stay up.
const LAST_LINES: usize = 30;

/// The workers in a slot.
pub(super) async fn found(world: &World, slot: Slot) -> Result<Vec<FoundWorker>, Outcome> {
    workers_in(world.host.as_ref(), world.place()?, slot).await.map_err(|e| of_engine(&e).into())
}

/// Whether a container has ended and stays so. One that is paused, or that the engine starts again and again, has not.
pub(super) fn has_ended(facts: &ContainerFacts) -> bool {
    !matches!(facts.phase, Phase::Running | Phase::Paused | Phase::Restarting)
}

/// Whether no worker of a slot does anything.
pub(super) async fn are_stopped(world: &World, slot: Slot) -> Result<Option<Vec<Fact>>, Outcome> {
    let stopped = found(world, slot).await?.iter().all(|worker| has_ended(&worker.facts));
    Ok(stopped.then(|| already(format!("no worker of slot {slot} runs"))))
}

/// Creates the workers of a slot, starts them, and waits until all have stayed up.
pub(super) async fn launch(
    world: &World,
    call: &Call,
    slot: Slot,
    artifact: &ArtifactRef,
    workers: &[WorkerShape],
) -> Result<(), Outcome> {
    let what = chosen(world, call, artifact)?;
    let mut watched = Vec::new();
    for worker in workers {
        let name = container_name(world.host.instance(), world.place()?, slot, Some(&worker.name));
        let mut spec = container(world, &name, &what, &worker.shape).await?;
        spec.labels.insert(LABEL_WORKER.to_owned(), worker.name.to_string());
        spec.labels.insert(LABEL_STEADY.to_owned(), worker.steady_ms.to_string());
        create(world, &spec, &worker.shape).await?;
        let steady = Duration::from_millis(worker.steady_ms);
        watched.push(begin(world, worker.name.clone(), name, steady).await?);
    }
    stay_up(world, call, &watched).await
}

/// Workers that an earlier run left in a slot are not of the version that is put there. They may finish what they do.
pub(super) async fn remove_older(world: &World, slot: Slot, grace_ms: u64) -> Result<(), Outcome> {
    let run = world.run.to_string();
    let mut older = found(world, slot).await?;
    older.retain(|worker| worker.facts.labels.get(LABEL_OPERATION) != Some(&run));
    let names: Vec<String> = older.into_iter().map(|worker| worker.facts.name).collect();
    stop_all(world, names.iter().cloned(), grace_ms).await?;
    for name in &names {
        world.host.remove(name).await.map_err(|e| of_engine(&e))?;
    }
    Ok(())
}

/// Starts the workers that are kept in a slot, and waits until all have stayed up.
pub(super) async fn start(world: &World, call: &Call, slot: Slot) -> Result<(), Outcome> {
    let watched = begin_all(world, slot).await?;
    stay_up(world, call, &watched).await
}

/// Starts the workers that are kept in a slot.
pub(super) async fn begin_all(world: &World, slot: Slot) -> Result<Vec<Watched>, Outcome> {
    let mut watched = Vec::new();
    for worker in found(world, slot).await? {
        let steady = worker.facts.labels.get(LABEL_STEADY).and_then(|ms| ms.parse().ok()).unwrap_or(0);
        let steady = Duration::from_millis(steady);
        watched.push(begin(world, worker.name, worker.facts.name, steady).await?);
    }
    Ok(watched)
}

/// Stops the workers of a slot side by side, and keeps them.
pub(super) async fn stop(world: &World, slot: Slot, grace_ms: u64) -> Result<(), Outcome> {
    let all = found(world, slot).await?.into_iter().map(|worker| worker.facts.name);
    stop_all(world, all, grace_ms).await
}

/// Stops containers side by side. One that is gone has stopped.
pub(super) async fn stop_all(
    world: &World,
    names: impl Iterator<Item = String>,
    grace_ms: u64,
) -> Result<(), Outcome> {
    let grace = Duration::from_millis(grace_ms);
    let stop = async |name: String| match world.host.stop(&name, grace).await {
        Err(EngineError::ContainerMissing { .. }) => Ok(()),
        stopped => stopped,
    };
    try_join_all(names.map(stop)).await.map_err(|e| of_engine(&e))?;
    Ok(())
}

/// One that was started, and how it was then.
pub(super) struct Watched {
    name: WorkerName,
    begun: ContainerFacts,
    steady: Duration,
}

async fn begin(
    world: &World,
    name: WorkerName,
    container: String,
    steady: Duration,
) -> Result<Watched, Outcome> {
    let started = world.host.start(&container).await;
    let facts = world.host.container(&container).await.map_err(|e| of_engine(&e))?;
    let report = facts.as_ref().and_then(|f| f.exit.as_ref()).map(|exit| exit.report.clone());
    match (started, report.filter(|report| !report.is_empty()), facts) {
        // A program that is not in the image is no fault of the engine.
        (Err(_), Some(report), _) => {
            let message = format!("the worker {name} could not be started: {report}");
            Err(hinted(Cause::NotStarted, message, NO_PROGRAM).into())
        }
        (Err(error), None, _) => Err(of_engine(&error).into()),
        (Ok(()), _, Some(begun)) => Ok(Watched { name, begun, steady }),
        (Ok(()), _, None) => Err(gone(&name).into()),
    }
}

fn gone(name: &WorkerName) -> Failure {
    let message = format!("the container of the worker {name} is gone");
    hinted(Cause::Outdated, message, "somebody removed it meanwhile; ship again")
}

/// Looks at all until each has been up for its time.
async fn stay_up(world: &World, call: &Call, watched: &[Watched]) -> Result<(), Outcome> {
    let since = Instant::now();
    let steady = watched.iter().map(|worker| worker.steady).max().unwrap_or_default();
    loop {
        let left = steady.saturating_sub(since.elapsed());
        for worker in watched {
            look(world, worker, since).await?;
        }
        if left.is_zero() {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(left.min(LOOK)) => {}
            () = call.cancel.cancelled() => return Err(Outcome::Cancelled),
        }
    }
    for worker in watched {
        let text = format!("the worker {} has stayed up for {} s", worker.name, worker.steady.as_secs_f64());
        call.recorder.observe(&call.step.id, Fact::Note { text }).await?;
    }
    Ok(())
}

/// Whether it is as it was when it began.
async fn look(world: &World, worker: &Watched, since: Instant) -> Result<(), Outcome> {
    let container = &worker.begun.name;
    let facts = world.host.container(container).await.map_err(|e| of_engine(&e))?;
    let Some(now) = facts else { return Err(gone(&worker.name).into()) };
    let same = now.restarts == worker.begun.restarts && now.started_at == worker.begun.started_at;
    if now.is_running() && same {
        return Ok(());
    }
    let after = since.elapsed();
    let now = ended(world, now).await?;
    let log = world.host.logs_tail(container, LAST_LINES).await.unwrap_or_default();
    let log: Vec<String> = log.iter().map(|line| line.text()).collect();
    Err(fell(&worker.name, &now, after, &log).into())
}

/// How it was when it had ended. The engine may have started it again by the time of a look, and then says nothing of how
/// it ended; what falls again and again is soon seen between two starts.
async fn ended(world: &World, mut now: ContainerFacts) -> Result<ContainerFacts, Outcome> {
    let since = Instant::now();
    while now.is_running() && since.elapsed() < FALLS_AGAIN {
        tokio::time::sleep(BETWEEN_STARTS).await;
        let again = world.host.container(&now.name).await.map_err(|e| of_engine(&e))?;
        now = again.unwrap_or(now);
    }
    Ok(now)
}

/// Why it did not stay up, as far as one can see.
fn fell(name: &WorkerName, facts: &ContainerFacts, after: Duration, log: &[String]) -> Failure {
    let exit = facts.exit.as_ref().filter(|_| !facts.is_running());
    let how = match exit {
        Some(exit) if exit.oom_killed => "was killed because its memory ran out".to_owned(),
        Some(exit) => format!("ended with status {}", exit.code),
        None => "ended, and the engine started it again,".to_owned(),
    };
    let last = log.iter().rev().find(|line| !line.trim().is_empty());
    let last = last.map(|line| format!(": {}", line.chars().take(200).collect::<String>()));
    let message =
        format!("the worker {name} {how} within {:.1} s{}", after.as_secs_f64(), last.unwrap_or_default());
    let hint = match exit {
        Some(exit) if exit.oom_killed => format!("raise `memory` under [ship.workers.{name}]"),
        Some(exit) if exit.code == 0 => {
            "a worker runs until it is stopped; what ends by itself belongs under [ship.jobs]".to_owned()
        }
        _ => "look at its last lines below; a missing setting can be set with `seatrial env set` or `seatrial secret set`".to_owned(),
    };
    let detail = (!log.is_empty()).then(|| log.join("\n"));
    if exit.is_some_and(|exit| NOT_RUN.contains(&exit.code)) {
        return Failure { detail, ..hinted(Cause::NotStarted, message, NO_PROGRAM) };
    }
    Failure { detail, ..hinted(Cause::Unhealthy, message, hint) }
}
