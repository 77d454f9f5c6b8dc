//! Building images with BuildKit (`docker buildx`), with structured progress.

mod build;
mod context;
mod error;
mod progress;
mod rawjson;

pub use build::{BuiltImage, DockerfileSource, ImageBuildSpec, build_image};
pub use context::ContextNotice;
pub use error::{BuildError, FailedBuild};
pub use progress::{BuildEvent, BuildProgress, BuildStatus, BuildStep};
pub use rawjson::RawJson;
