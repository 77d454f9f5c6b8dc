//! Jobs: a command of the new image that runs once, to its end, before visitors get the new version.
//!
//! Its container carries the run's id. Whoever takes the run up after a crash finds it by that: one that still runs is
//! waited for, one that has ended is asked how, and none is started a second time.

use super::failure::{hinted, of_engine};
use super::output::Pump;
use super::ship::{chosen, container};
use super::world::World;
use crate::docker::{ContainerFacts, ExitFacts, Instance, LABEL_OPERATION, Phase, Restart, Stream};
use crate::output::Read;
use crate::process::{OutputChunk, OutputStream};
use crate::run::{Call, Outcome, already};
use chrono::Utc;
use seatrial_core::model::StepId;
use seatrial_core::pipeline::{ArtifactRef, Cause, ContainerShape, Place};
use seatrial_core::run::{Fact, Failure};
use std::time::Duration;
use tokio::sync::mpsc;

/// Label with the job's name.
pub const LABEL_JOB: &str = "dev.seatrial.job";
pub(super) const NO_PROGRAM: &str =
    "check that its program is in the image; a text needs /bin/sh there, a list of words does not";
/// Pause before looking again at a job whose output broke off.
const PAUSE: Duration = Duration::from_millis(300);
/// Lines of the engine that wait to be taken.
const WAITING: usize = 1_000;

/// What is to run.
pub(super) struct Order<'a> {
    pub(super) job: &'a StepId,
    pub(super) artifact: &'a ArtifactRef,
    pub(super) shape: &'a ContainerShape,
    pub(super) limit: Duration,
}

/// Whether it came to a good end in this run already.
pub(super) fn has_ended(call: &Call, job: &StepId) -> Option<Vec<Fact>> {
    (status(call)? == 0).then(|| already(format!("{job} has ended with status 0")))
}

/// The status it ended with, as far as this run knows.
fn status(call: &Call) -> Option<i64> {
    let known = |fact: &Fact| if let Fact::JobEnded { status, .. } = fact { Some(*status) } else { None };
    call.recorder.with_state(|s| s.step(&call.step.id)?.facts.iter().find_map(known))
}

/// Runs it to its end. What it has done when it is ended early, stays.
pub(super) async fn run(world: &World, call: &Call, order: &Order<'_>) -> Result<(), Outcome> {
    if let Some(status) = status(call) {
        return Err(failed(status, &[]).into());
    }
    let name = job_container(world.host.instance(), world.place()?, order.job.as_str());
    let pump = Pump::start(call, world.masker.clone());
    let output = pump.sender();
    let ended = tokio::select! {
        ended = tokio::time::timeout(order.limit, to_its_end(world, call, order, &name, &output)) => ended,
        () = call.cancel.cancelled() => Ok(Err(Outcome::Cancelled)),
    };
    drop(output);
    let last = pump.finish().await?;
    let exit = match ended {
        Ok(Ok(exit)) => exit,
        Ok(Err(Outcome::Cancelled)) => {
            remove(world, &name, order.shape).await?;
            return Err(Outcome::Cancelled);
        }
        Ok(Err(Outcome::Failed(mut failure))) if failure.cause == Cause::EngineUnreachable => {
            failure
                .hints
                .push("the job may still run there; the next deployment waits until it has ended".to_owned());
            return Err(failure.into());
        }
        Ok(Err(outcome)) => return Err(outcome),
        Err(_) => {
            remove(world, &name, order.shape).await?;
            return Err(too_long(order, &last).into());
        }
    };
    let fact = Fact::JobEnded { job: order.job.clone(), status: exit.code };
    call.recorder.observe(&call.step.id, fact).await?;
    remove(world, &name, order.shape).await?;
    match exit.code {
        0 => Ok(()),
        _ if exit.oom_killed => Err(out_of_memory(order, &last).into()),
        code => Err(failed(code, &last).into()),
    }
}

/// Name of a job's container. Two dashes keep it apart from everything else of the environment, since no name has two in
/// a row.
pub(crate) fn job_container(instance: &Instance, place: &Place, job: &str) -> String {
    instance.name(&format!("{}--job-{job}", place.stem()))
}

async fn to_its_end(
    world: &World,
    call: &Call,
    order: &Order<'_>,
    name: &str,
    output: &mpsc::Sender<OutputChunk>,
) -> Result<ExitFacts, Outcome> {
    let operation = world.run.to_string();
    let is_ours = |c: &ContainerFacts| c.labels.get(LABEL_OPERATION) == Some(&operation);
    let mut found = look(world, name).await?;
    if found.as_ref().is_some_and(|container| !is_ours(container)) {
        let text = "the same job of another run is there; waiting until it has ended".to_owned();
        call.recorder.observe(&call.step.id, Fact::Note { text }).await?;
        while look(world, name).await?.is_some_and(|container| container.is_running()) {
            tokio::time::sleep(PAUSE).await;
        }
        world.host.remove(name).await.map_err(|e| of_engine(&e))?;
        found = None;
    }
    if found.is_none_or(|container| container.phase == Phase::Created) {
        start(world, call, order, name).await?;
    }
    let mut read = Read::default();
    loop {
        let broken = follow(world, name, &mut read, output).await;
        match look(world, name).await? {
            Some(ContainerFacts { phase: Phase::Exited, exit: Some(exit), .. }) => return Ok(exit),
            Some(_) => broken?,
            None => {
                let message = format!("the container of {} is gone; how it ended is not known", order.job);
                return Err(hinted(
                    Cause::Outdated,
                    message,
                    "look at what it changes before you ship again",
                )
                .into());
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn look(world: &World, name: &str) -> Result<Option<ContainerFacts>, Outcome> {
    world.host.container(name).await.map_err(|e| of_engine(&e).into())
}

async fn start(world: &World, call: &Call, order: &Order<'_>, name: &str) -> Result<(), Outcome> {
    let what = chosen(world, call, order.artifact)?;
    let mut spec = container(world, name, &what, order.shape).await?;
    spec.labels.insert(LABEL_JOB.to_owned(), order.job.to_string());
    spec.restart = Restart::No;
    super::ship::create(world, &spec, order.shape).await?;
    let Err(error) = world.host.start(name).await else { return Ok(()) };
    // A program that is not in the image is no fault of the engine.
    let report = look(world, name).await?.and_then(|c| c.exit).map(|exit| exit.report).unwrap_or_default();
    if report.is_empty() {
        return Err(of_engine(&error).into());
    }
    world.host.remove(name).await.map_err(|e| of_engine(&e))?;
    Err(hinted(Cause::NotStarted, format!("could not be started: {report}"), NO_PROGRAM).into())
}

/// Passes on what it writes, until it ends or the connection breaks.
async fn follow(
    world: &World,
    name: &str,
    read: &mut Read,
    output: &mpsc::Sender<OutputChunk>,
) -> Result<(), Outcome> {
    let (sender, mut lines) = mpsc::channel(WAITING);
    let follow = world.host.follow_logs(name, read.go_on().unwrap_or_default(), sender);
    let pass_on = async {
        while let Some(mut line) = lines.recv().await {
            if !read.is_new(&line) {
                continue;
            }
            let stream = if line.stream == Stream::Out { OutputStream::Stdout } else { OutputStream::Stderr };
            line.bytes.push(b'\n');
            let at = line.at.unwrap_or_else(Utc::now);
            // The pump lives until the end of the step.
            drop(output.send(OutputChunk { stream, bytes: line.bytes.into(), at }).await);
        }
    };
    let (ended, ()) = tokio::join!(follow, pass_on);
    ended.map_err(|e| of_engine(&e).into())
}

/// Ends it, when it still runs, and takes its container away.
async fn remove(world: &World, name: &str, shape: &ContainerShape) -> Result<(), Outcome> {
    let there = look(world, name).await?;
    if there.is_some_and(|container| container.is_running()) {
        let grace = Duration::from_millis(shape.stop_grace_ms);
        world.host.stop(name, grace).await.map_err(|e| of_engine(&e))?;
    }
    world.host.remove(name).await.map_err(|e| of_engine(&e).into())
}

fn with_last(failure: Failure, last: &[String]) -> Failure {
    let mut failure = Failure { detail: (!last.is_empty()).then(|| last.join("\n")), ..failure };
    failure.hints.push("what it has done so far stays; visitors get the version before".to_owned());
    failure
}

/// Shells and the engine's init end with these where a program cannot be run, or is not there.
pub(super) const NOT_RUN: [i64; 2] = [126, 127];

fn failed(status: i64, last: &[String]) -> Failure {
    let words = last.iter().rev().find(|line| !line.trim().is_empty());
    let words = words.map(|line| format!(": {}", line.chars().take(200).collect::<String>()));
    let message = format!("ended with status {status}{}", words.unwrap_or_default());
    let failure = match NOT_RUN.contains(&status) {
        true => hinted(Cause::NotStarted, message, NO_PROGRAM),
        false => hinted(Cause::ExitStatus, message, "look at the end of its log"),
    };
    with_last(failure, last)
}

fn out_of_memory(order: &Order<'_>, last: &[String]) -> Failure {
    let message = "was killed because its memory ran out";
    let hint = format!("raise `memory` under [ship.jobs.{}]", order.job);
    with_last(hinted(Cause::ExitStatus, message, hint), last)
}

fn too_long(order: &Order<'_>, last: &[String]) -> Failure {
    let message = format!("had not ended after {} s and was stopped", order.limit.as_secs());
    let hint = format!("raise `timeout` under [ship.jobs.{}], or find out what it waits for", order.job);
    with_last(hinted(Cause::Timeout, message, hint), last)
}
