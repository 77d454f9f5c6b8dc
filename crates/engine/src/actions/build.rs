//! Commands, version, image and release record.

use super::failure::{self, hinted};
use super::output::Pump;
use super::world::{BuildOrder, World};
use crate::process::{self, Environment, ProcessSpec, Program};
use crate::run::{Call, Outcome, already};
use seatrial_core::evaluate::{Finding, FindingResult};
use seatrial_core::model::{Phase, Release, ReleaseId};
use seatrial_core::pipeline::{Cause, ImageBuild};
use seatrial_core::run::{Fact, Failure};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// A command as it stands in a step.
pub(super) struct Command<'a> {
    pub(super) command: &'a str,
    pub(super) folder: &'a str,
    pub(super) env: &'a BTreeMap<String, String>,
    pub(super) secrets: &'a [String],
}

/// Whether the run already knows what this step finds out.
pub(super) fn done(call: &Call) -> Option<Vec<Fact>> {
    let known = call.recorder.with_state(|s| {
        s.step(&call.step.id).is_some_and(|step| {
            step.facts.iter().any(|f| matches!(f, Fact::Version { .. } | Fact::Release { .. }))
        })
    });
    known.then(|| already("recorded before"))
}

/// Runs a command a person wrote; its output goes to the log, masked.
pub(super) async fn run(world: &World, call: &Call, command: &Command<'_>) -> Result<(), Outcome> {
    let mut env = Environment::for_steps();
    env.set("SEATRIAL", "1").set("SEATRIAL_RUN", world.run.to_string());
    if let Some(public) = &world.public {
        env.set("SEATRIAL_URL", &public.url);
    }
    if let Some(version) = call.recorder.with_state(|s| s.version.clone()) {
        env.set("SEATRIAL_VERSION", version);
    }
    for (name, value) in command.env {
        env.set(name, value);
    }
    for name in command.secrets {
        env.set(name, world.secrets.value(name).await?.expose());
    }
    let mut spec =
        ProcessSpec::new(Program::Shell(command.command.to_owned()), beneath(&world.folder, command.folder)?);
    spec.env = env;
    spec.timeout = Some(Duration::from_millis(call.step.timeout_ms));
    spec.mark = mark(world, call);
    // What a worker that was killed has left running would work against this attempt.
    if call.attempt > 1 {
        process::end_marked(&spec.mark);
    }
    call.recorder.remark(&call.step.id, call.attempt, format!("$ {}", command.command)).await?;
    let pump = Pump::start(call, world.masker.clone());
    let outcome = process::run(&spec, pump.sender(), &call.cancel).await;
    let last = pump.finish().await?;
    let result = verdict(&outcome, &last);
    if call.step.phase == Phase::Evaluate {
        let finding = Finding {
            subject: call.step.id.to_string(),
            result: if result.is_ok() { FindingResult::Pass } else { FindingResult::Fail },
            blocking: call.step.blocking,
            evidence: match &result {
                Ok(()) => "the command succeeded".to_owned(),
                Err(Outcome::Failed(failure)) => failure.message.clone(),
                Err(_) => return result,
            },
        };
        call.recorder.find(&call.step.id, finding).await?;
    }
    result
}

/// Names the processes of a step across workers and attempts.
fn mark(world: &World, call: &Call) -> String {
    format!("{}/{}", world.run, call.step.id)
}

fn verdict(outcome: &process::Outcome, last: &[String]) -> Result<(), Outcome> {
    let failed = |cause, message: String, hint: &str| {
        let detail = (!last.is_empty()).then(|| last.join("\n"));
        Err(Outcome::Failed(Failure { cause, message, hints: vec![hint.to_owned()], detail }))
    };
    match &outcome.end {
        process::End::Exited(0) => Ok(()),
        process::End::Exited(code) => failed(
            Cause::ExitStatus,
            format!("the command ended with status {code}"),
            "look at the end of its log",
        ),
        process::End::Signalled(9) => failed(
            Cause::ExitStatus,
            "the command was killed (signal 9), most likely because memory ran out".to_owned(),
            "close other programs or give the command less to do at once",
        ),
        process::End::Signalled(signal) => failed(
            Cause::ExitStatus,
            format!("the command ended by signal {signal}"),
            "look at the end of its log",
        ),
        process::End::TimedOut { limit, .. } => failed(
            Cause::Timeout,
            format!("the command was not done after {} s and was ended", limit.as_secs()),
            "raise `timeout`, or find out what it waits for",
        ),
        process::End::Cancelled { .. } => Err(Outcome::Cancelled),
        process::End::CouldNotStart(error) => failed(
            Cause::NotStarted,
            error.to_string(),
            "check the step's `folder` and that the program is installed",
        ),
    }
}

/// A folder beneath the app's; the configuration allows no other, and neither do we.
fn beneath(root: &Path, folder: &str) -> Result<PathBuf, Failure> {
    let relative = Path::new(folder);
    let inside = relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    if inside {
        Ok(root.join(relative))
    } else {
        Err(failure::internal("a step's folder leaves the app's folder"))
    }
}

/// Records the version that was decided from the work tree.
pub(super) async fn decide_version(world: &World, call: &Call) -> Result<(), Outcome> {
    let fact = Fact::Version { version: world.version.version.clone(), reason: world.version.reason.clone() };
    Ok(call.recorder.observe(&call.step.id, fact).await?)
}

/// Whether this run has built its image and it is still there.
pub(super) async fn image_is_there(world: &World, call: &Call) -> Result<Option<Vec<Fact>>, Outcome> {
    let built = call.recorder.with_state(|s| {
        let facts = s.step(&call.step.id).map(|step| step.facts.clone()).unwrap_or_default();
        facts
            .into_iter()
            .find_map(|f| if let Fact::Artifact { artifact } = f { Some(artifact) } else { None })
    });
    let Some(artifact) = built else { return Ok(None) };
    let engine = world.builder()?.engine();
    let image = engine.image(artifact.digest.as_str()).await.map_err(|e| failure::of_engine(&e))?;
    Ok(image.map(|_| already(format!("{} is built", artifact.digest.short()))))
}

/// Builds the image.
pub(super) async fn image(world: &World, call: &Call, build: &ImageBuild) -> Result<(), Outcome> {
    let tag = format!("seatrial/{}:{}", world.app, tag_of(&world.version.version));
    let order = BuildOrder {
        folder: &world.folder,
        build,
        tag: &tag,
        labels: BTreeMap::new(),
        step: &call.step.id,
        attempt: call.attempt,
        recorder: &call.recorder,
        masker: &world.masker,
        mark: mark(world, call),
        cancel: &call.cancel,
    };
    let artifact = world.builder()?.build(&order).await?;
    Ok(call.recorder.observe(&call.step.id, Fact::Artifact { artifact }).await?)
}

/// A version as an image tag, which has a smaller alphabet.
pub(super) fn tag_of(version: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    version.chars().map(|c| if fits(c) { c } else { '-' }).take(120).collect()
}

/// Records what was built as a release. A run records one at most, so they share their id.
pub(super) async fn record_release(world: &World, call: &Call) -> Result<(), Outcome> {
    let artifacts: Vec<_> = call.recorder.with_state(|s| {
        let facts = s.steps.iter().flat_map(|step| step.facts.iter());
        facts
            .filter_map(|f| if let Fact::Artifact { artifact } = f { Some(artifact.clone()) } else { None })
            .collect()
    });
    if artifacts.is_empty() {
        return Err(hinted(
            Cause::Missing,
            "no artifact was built",
            "this is a defect of Seatrial: please report it",
        )
        .into());
    }
    let release = Release {
        id: ReleaseId(world.run.0),
        app: world.app.clone(),
        version: world.version.version.clone(),
        artifacts,
        commit: world.commit.clone(),
        dirty: world.dirty,
        changes: world.version.changes.clone(),
        pipeline_revision: world.pipeline_revision.clone(),
        built_by: world.run,
        created_at: chrono::Utc::now(),
    };
    Ok(call.recorder.observe(&call.step.id, Fact::Release { release }).await?)
}
