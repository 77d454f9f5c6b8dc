//! What build, ship and evaluate consist of for an app: typed steps in a graph.

mod action;
mod step;

pub use action::{
    Acme, Action, ArtifactRef, Availability, ContainerShape, HealthCheck, HttpExpectation, ImageBuild, Mount,
    Place, PortBinding, Route, SecretRef, VersionSource, WorkerShape,
};
pub use step::{Cause, Retry, Step};
