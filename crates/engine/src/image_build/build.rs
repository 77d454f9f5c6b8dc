//! Running the build.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::context::{Prepared, prepare};
use super::error::{BuildError, FailedBuild};
use super::progress::{BuildEvent, BuildProgress};
use super::rawjson::{Piece, RawJson};
use crate::docker::{Endpoint, EngineError};
use crate::process::lines::{LineSplitter, LogLine};
use crate::process::{
    CHANNEL_CHUNKS, Capture, CaptureError, End, Environment, OutputChunk, ProcessSpec, Program, StartError,
    capture, run,
};

/// First buildx with `--progress=rawjson`.
const OLDEST_BUILDX: (u32, u32) = (0, 13);
const OLDEST_BUILDX_TEXT: &str = "0.13";
/// Lines of output that a failure report carries.
const REPORT_LINES: usize = 30;
/// Lines of closing text that are kept.
const TEXT_LINES: usize = 100;

/// Where the Dockerfile comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DockerfileSource {
    /// A file.
    Path(PathBuf),
    /// A text made by us, not written into the folder.
    Text(String),
}

/// An image to build.
#[derive(Debug, Clone)]
pub struct ImageBuildSpec {
    /// Folder whose files the Dockerfile can use.
    pub context: PathBuf,
    /// The Dockerfile.
    pub dockerfile: DockerfileSource,
    /// Stage to stop at.
    pub target: Option<String>,
    /// Build arguments; visible in the image's history, so never secrets.
    pub args: BTreeMap<String, String>,
    /// Labels of the image.
    pub labels: BTreeMap<String, String>,
    /// Tags to give it.
    pub tags: Vec<String>,
    /// Engine to build on.
    pub endpoint: Option<Endpoint>,
    /// A directory of ours for short-lived files.
    pub scratch: PathBuf,
    /// Longest time of the build.
    pub deadline: Option<Duration>,
    /// Names the attempt, so that its processes can be found after a crash.
    pub mark: Option<String>,
}

impl ImageBuildSpec {
    /// A plain build without tags and limits.
    pub fn new(
        context: impl Into<PathBuf>,
        dockerfile: DockerfileSource,
        scratch: impl Into<PathBuf>,
    ) -> Self {
        Self {
            context: context.into(),
            dockerfile,
            target: None,
            args: BTreeMap::new(),
            labels: BTreeMap::new(),
            tags: Vec::new(),
            endpoint: None,
            scratch: scratch.into(),
            deadline: None,
            mark: None,
        }
    }
}

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltImage {
    /// The image's id on the engine, `sha256:…`.
    pub id: String,
    /// Steps in total, without those the builder does by itself.
    pub steps: usize,
    /// Steps whose result was there already.
    pub cached: usize,
}

/// Builds an image and reports progress. A dropped receiver does not stop the build; `cancel` does.
pub async fn build_image(
    spec: &ImageBuildSpec,
    events: mpsc::Sender<BuildEvent>,
    cancel: &CancellationToken,
) -> Result<BuiltImage, BuildError> {
    // The client on this machine builds through what leads to the engine from here.
    let endpoint = match &spec.endpoint {
        Some(endpoint) => Some(endpoint.local().await?),
        None => None,
    };
    let here = ImageBuildSpec { endpoint, ..spec.clone() };
    let scratch = Scratch::new(&spec.scratch)?;
    let prepared = prepare(spec, &scratch.path)?;
    if let Some(notice) = prepared.notice.clone() {
        drop(events.send(BuildEvent::Notice(notice)).await);
    }
    let process = process(&here, &prepared, &scratch);
    let (sender, receiver) = mpsc::channel(CHANNEL_CHUNKS);
    let reading = read(receiver, events);
    let (outcome, seen) = tokio::join!(Box::pin(run(&process, sender, cancel)), reading);
    match outcome.end {
        End::Exited(0) => seen.built(&scratch),
        End::CouldNotStart(error @ StartError::NotFound { .. }) => Err(BuildError::ClientMissing(error)),
        End::TimedOut { limit, .. } => Err(BuildError::DeadlinePassed { after: limit }),
        End::Cancelled { .. } => Err(BuildError::Cancelled),
        _ => Err(seen.why(spec).await),
    }
}

fn process(spec: &ImageBuildSpec, prepared: &Prepared, scratch: &Scratch) -> ProcessSpec {
    let mut argv: Vec<OsString> =
        ["docker", "buildx", "build", "--builder", "default", "--load"].map(Into::into).into();
    // Attestations would give every build another digest.
    argv.extend(["--progress=rawjson", "--provenance=false", "--sbom=false", "--iidfile"].map(Into::into));
    argv.push(scratch.iid().into());
    argv.push("--file".into());
    argv.push(prepared.dockerfile.clone().into());
    for (flag, pairs) in [("--build-arg", &spec.args), ("--label", &spec.labels)] {
        argv.extend(pairs.iter().flat_map(|(key, value)| [flag.into(), format!("{key}={value}").into()]));
    }
    argv.extend(spec.tags.iter().flat_map(|tag| ["--tag".into(), OsString::from(tag)]));
    argv.extend(spec.target.iter().flat_map(|target| ["--target".into(), OsString::from(target)]));
    argv.push(spec.context.clone().into());
    let mut process = ProcessSpec::new(Program::Argv(argv), &spec.context);
    process.env = environment(spec);
    process.timeout = spec.deadline;
    if let Some(mark) = &spec.mark {
        process.mark.clone_from(mark);
    }
    process
}

fn environment(spec: &ImageBuildSpec) -> Environment {
    let mut env = Environment::for_tools();
    env.pass("DOCKER_CONFIG").pass("DOCKER_CERT_PATH").pass("DOCKER_HOST");
    // The engine named here is the one to build on, whatever context the person's client has chosen.
    if let Some(endpoint) = &spec.endpoint {
        env.set("DOCKER_HOST", endpoint.to_string());
    }
    env
}

/// What was seen of a build.
#[derive(Default)]
struct Seen {
    unfinished: String,
    progress: BuildProgress,
    text: Vec<String>,
    reports: bool,
}

async fn read(mut chunks: mpsc::Receiver<OutputChunk>, events: mpsc::Sender<BuildEvent>) -> Seen {
    let (mut seen, mut splitter, mut parser) = (Seen::default(), LineSplitter::new(), RawJson::default());
    let mut lines = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        splitter.push(&chunk, &mut lines);
        seen.take_lines(&mut lines, &mut parser, &events).await;
    }
    splitter.finish(&mut lines);
    seen.take_lines(&mut lines, &mut parser, &events).await;
    if let Some(piece) = parser.finish() {
        seen.take(piece, &events).await;
    }
    for event in seen.progress.finish() {
        drop(events.send(event).await);
    }
    seen
}

impl Seen {
    async fn take_lines(
        &mut self,
        lines: &mut Vec<LogLine>,
        parser: &mut RawJson,
        events: &mpsc::Sender<BuildEvent>,
    ) {
        for line in lines.drain(..) {
            self.unfinished.push_str(&line.text);
            // Very long lines come in pieces; an object must not be cut inside a string.
            if line.continued {
                continue;
            }
            let whole = std::mem::take(&mut self.unfinished);
            if let Some(piece) = parser.push(&whole) {
                self.take(piece, events).await;
            }
        }
    }

    async fn take(&mut self, piece: Piece, events: &mpsc::Sender<BuildEvent>) {
        let changes = match piece {
            Piece::Report(report) => {
                self.reports = true;
                self.progress.apply(report)
            }
            Piece::Text(text) => {
                self.text.push(text.clone());
                self.text.drain(..self.text.len().saturating_sub(TEXT_LINES));
                vec![BuildEvent::Text(text)]
            }
        };
        for event in changes {
            // Nobody listening any more is no reason to stop.
            drop(events.send(event).await);
        }
    }

    fn built(&self, scratch: &Scratch) -> Result<BuiltImage, BuildError> {
        let id = fs::read_to_string(scratch.iid()).unwrap_or_default().trim().to_owned();
        if id.is_empty() {
            return Err(BuildError::NoDigest);
        }
        let of_dockerfile = |name: &str| name.starts_with('[') && !name.starts_with("[internal]");
        let own = self.progress.steps().filter(|step| of_dockerfile(&step.name));
        let (steps, cached) =
            own.fold((0, 0), |(all, cached), step| (all + 1, cached + usize::from(step.cached)));
        Ok(BuiltImage { id, steps, cached })
    }

    /// Looks for the cause: the tools when nothing was built at all, then the engine, then the build itself.
    async fn why(&self, spec: &ImageBuildSpec) -> BuildError {
        if !self.reports
            && let Some(error) = buildx_problem(spec).await
        {
            return error;
        }
        if let Some(error) = engine_problem(spec).await {
            return error.into();
        }
        let mut failed = FailedBuild::read(&self.text);
        if let Some(step) = self.progress.steps().find(|step| step.error.is_some()) {
            failed.output = self.progress.last_lines(step.index, REPORT_LINES);
            failed.step = Some(step.name.clone());
            failed.report = step.error.clone().unwrap_or(failed.report);
        }
        BuildError::Failed(Box::new(failed))
    }
}

async fn engine_problem(spec: &ImageBuildSpec) -> Option<EngineError> {
    let endpoint = match &spec.endpoint {
        Some(endpoint) => Ok(endpoint.clone()),
        None => Endpoint::from_environment(),
    };
    match endpoint {
        Ok(endpoint) => endpoint.check().await.err(),
        Err(error) => Some(error),
    }
}

async fn buildx_problem(spec: &ImageBuildSpec) -> Option<BuildError> {
    let mut question = Capture::new(["docker", "buildx", "version"], &spec.context);
    question.env = environment(spec);
    match capture(question).await {
        Ok(answer) if answer.is_success() => {
            let found = answer.text();
            match buildx_version(&found) {
                Some(version) if version >= OLDEST_BUILDX => None,
                _ => Some(BuildError::BuildxTooOld { found, needed: OLDEST_BUILDX_TEXT }),
            }
        }
        Ok(_) => Some(BuildError::BuildxMissing),
        Err(CaptureError::Start(error @ StartError::NotFound { .. })) => {
            Some(BuildError::ClientMissing(error))
        }
        Err(_) => None,
    }
}

/// `github.com/docker/buildx v0.13.1 0.13.1+ds1-3` → (0, 13).
fn buildx_version(text: &str) -> Option<(u32, u32)> {
    text.split_whitespace().skip(1).find_map(|word| {
        let mut numbers = word.trim_start_matches('v').split(['.', '+', '-']).map(str::parse::<u32>);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    })
}

/// A directory that is removed when the build is over.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn new(parent: &Path) -> Result<Self, BuildError> {
        let path = parent.join(format!("build-{}", uuid::Uuid::now_v7()));
        match fs::create_dir_all(&path) {
            Ok(()) => Ok(Self { path }),
            Err(source) => Err(BuildError::File { path, source }),
        }
    }

    fn iid(&self) -> PathBuf {
        self.path.join("image-id")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed lies in a directory of ours and disturbs nobody.
        drop(fs::remove_dir_all(&self.path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buildx_versions_of_upstream_and_of_distributions_are_read() {
        assert_eq!(buildx_version("github.com/docker/buildx v0.24.0 d0e5e86"), Some((0, 24)));
        assert_eq!(buildx_version("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3"), Some((0, 13)));
        assert_eq!(buildx_version("nonsense"), None);
    }
}
