//! The image builder of a Docker target: BuildKit through `docker buildx`, its progress and output in the run.

use super::failure::{self, hinted};
use super::world::{BuildOrder, ImageBuilder};
use crate::docker::{ContainerHost, Endpoint, Stream as DockerStream};
use crate::image_build::{BuildError, BuildEvent, DockerfileSource, ImageBuildSpec, build_image};
use crate::run::{JournalError, Outcome, OutputLine, Stream};
use async_trait::async_trait;
use seatrial_core::model::{Artifact, ArtifactKind};
use seatrial_core::pipeline::Cause;
use seatrial_core::run::{Failure, Progress};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Events that may wait for the journal.
const WAITING: usize = 256;
/// A person's limit is the plan's; this one only ends what the plan's could not.
const LONGEST: Duration = Duration::from_secs(6 * 3600);

/// Builds on one engine.
pub struct Buildx {
    /// The engine.
    pub host: Arc<dyn ContainerHost>,
    /// Its address.
    pub endpoint: Endpoint,
    /// A folder of ours for short-lived files.
    pub scratch: PathBuf,
}

#[async_trait]
impl ImageBuilder for Buildx {
    async fn build(&self, order: &BuildOrder<'_>) -> Result<Artifact, Outcome> {
        let build = order.build;
        let dockerfile = match &build.generated {
            Some(text) => DockerfileSource::Text(text.clone()),
            None => DockerfileSource::Path(order.folder.join(&build.dockerfile)),
        };
        let mut spec = ImageBuildSpec::new(order.folder.join(&build.context), dockerfile, &self.scratch);
        spec.target.clone_from(&build.target);
        spec.args.clone_from(&build.args);
        spec.labels.clone_from(&order.labels);
        spec.tags = vec![order.tag.to_owned()];
        spec.endpoint = Some(self.endpoint.clone());
        spec.deadline = Some(LONGEST);
        if order.attempt > 1 {
            crate::process::end_marked(&order.mark);
        }
        spec.mark = Some(order.mark.clone());
        let (sender, receiver) = mpsc::channel(WAITING);
        let (built, kept) = tokio::join!(build_image(&spec, sender, order.cancel), keep(receiver, order));
        kept?;
        let built = built.map_err(|error| of_build(&error))?;
        let image = self.host.image(&built.id).await.map_err(|e| failure::of_engine(&e))?;
        let size = image.map(|i| i.size);
        let digest = built.id.parse();
        let digest = digest.map_err(|_| failure::internal("the builder's image id is not a digest"))?;
        let text = format!("{} of {} steps were there already", built.cached, built.steps);
        order.recorder.remark(order.step, order.attempt, text).await?;
        Ok(Artifact { kind: ArtifactKind::Image, digest, reference: order.tag.to_owned(), size })
    }

    fn engine(&self) -> &dyn ContainerHost {
        self.host.as_ref()
    }
}

/// Keeps what the builder tells: steps as progress and as lines, output as lines.
async fn keep(mut events: mpsc::Receiver<BuildEvent>, order: &BuildOrder<'_>) -> Result<(), JournalError> {
    let (mut names, mut done) = (Vec::<String>::new(), 0_u64);
    while let Some(event) = events.recv().await {
        match event {
            BuildEvent::Step(step) => {
                let new = step.index >= names.len();
                if new {
                    names.resize(step.index + 1, String::new());
                }
                names[step.index].clone_from(&step.name);
                if step.completed.is_some() {
                    done += 1;
                }
                let total = names.len() as u64;
                let progress = Progress { text: step.name.clone(), done, total };
                order.recorder.progress(order.step, progress).await?;
                let word = match (&step.error, step.cached, step.completed) {
                    (Some(_), ..) => Some("failed"),
                    (None, true, _) => Some("there already"),
                    (None, false, Some(_)) => Some("done"),
                    (None, false, None) => None,
                };
                if let Some(word) = word {
                    order
                        .recorder
                        .remark(order.step, order.attempt, format!("{}: {word}", step.name))
                        .await?;
                }
            }
            BuildEvent::Status(status) => {
                let progress =
                    Progress { text: status.what, done: status.current, total: status.total.unwrap_or(0) };
                order.recorder.progress(order.step, progress).await?;
            }
            BuildEvent::Line { stream, text, .. } => {
                let stream = match stream {
                    DockerStream::Out => Stream::Out,
                    DockerStream::Err => Stream::Err,
                };
                let line = OutputLine { at: chrono::Utc::now(), stream, text: order.masker.mask(&text) };
                order.recorder.output(order.step, order.attempt, vec![line]).await?;
            }
            BuildEvent::Text(text) => order.recorder.remark(order.step, order.attempt, text).await?,
            BuildEvent::Notice(notice) => {
                let text = format!("not sent to the builder: {}", notice.left_out.join(", "));
                order.recorder.remark(order.step, order.attempt, text).await?;
            }
        }
    }
    Ok(())
}

fn of_build(error: &BuildError) -> Outcome {
    let message = failure::chain(error);
    Outcome::Failed(match error {
        BuildError::Cancelled => return Outcome::Cancelled,
        BuildError::Engine(error) => failure::of_engine(error),
        BuildError::ClientMissing(_) | BuildError::BuildxMissing | BuildError::BuildxTooOld { .. } => {
            hinted(Cause::NotStarted, message, "`seatrial doctor` shows what this machine has")
        }
        BuildError::NoContext { .. } | BuildError::NoDockerfile { .. } => {
            hinted(Cause::Missing, message, "correct `image` under [build] in seatrial.toml")
        }
        BuildError::Failed(failed) => {
            let detail: Vec<String> = failed.excerpt.iter().chain(&failed.output).cloned().collect();
            let hints = vec!["correct the Dockerfile; nothing that is live was touched".to_owned()];
            Failure { cause: Cause::BuildFailed, message, hints, detail: Some(detail.join("\n")) }
        }
        BuildError::DeadlinePassed { .. } => {
            hinted(Cause::Timeout, message, "raise `timeout` of `image` under [build]")
        }
        BuildError::NoDigest => failure::internal("the builder did not say what it made"),
        BuildError::File { .. } => {
            hinted(Cause::DiskFull, message, "check the space and rights of this disk")
        }
    })
}
