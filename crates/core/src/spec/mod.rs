//! `seatrial.toml`, version 1: from text (or from nothing, by detection) to a resolved [`AppSpec`] in which
//! every value knows where it came from.
//!
//! The way of a value: `describe` says which keys there are; `document` reads TOML and `read` checks it against
//! the description; `resolving` and the modules below it pick values from the tables that may say something, from
//! what was detected, or from the default. `schema` and `reference` are written from the same description.

mod describe;
mod document;
pub mod edit;
mod environments;
mod evaluating;
mod explain;
mod format;
mod hosts;
mod initial;
mod jobs;
mod keys;
mod matrix;
mod node;
mod problems;
mod read;
mod reference;
mod resolved;
mod resolving;
mod schema;
mod section;
mod ship;
mod steps;
mod workers;

pub use document::LARGEST_FILE;
pub use explain::{Explained, explain};
pub use format::duration;
pub use initial::initial_file;
pub use reference::{EXAMPLE, reference_markdown};
pub use resolved::{
    AppSpec, BuildSpec, EnvironmentSpec, EvaluateSpec, JobSpec, KeepOld, OnNoGo, Origin, Problem, Severity,
    ShipSpec, StepSpec, VerdictPolicy, WorkerSpec,
};
pub use schema::schema;
pub use steps::OWN_STEPS;

use crate::detect::detect;
use crate::detect::facts::FolderFacts;
use node::Table;
use problems::Problems;
use resolving::Surroundings;

/// The name of the file.
pub const FILE_NAME: &str = "seatrial.toml";

/// Reads and resolves a `seatrial.toml`. `file` is its path relative to the app's folder, for messages.
///
/// # Errors
/// Everything that is wrong, in the order of the file; warnings stand among the errors.
pub fn parse(text: &[u8], file: &str, facts: &FolderFacts) -> Result<(AppSpec, Vec<Problem>), Vec<Problem>> {
    let mut problems = Problems::new(file);
    let Some(text) = document::text(text, &mut problems) else { return Err(problems.into_sorted()) };
    problems.in_text(text);
    let Some(read) = document::read(text, &mut problems) else { return Err(problems.into_sorted()) };
    let mut reader = read::Reader { problems: &mut problems, mended: &read.mended };
    let root = reader.table(read.document.as_table(), &(0..0), &describe::FILE);
    finish(&root, facts, problems)
}

/// Resolves an app without a `seatrial.toml`: everything is detected or has its default.
///
/// # Errors
/// When nothing in the folder says how to make an image of it.
pub fn resolve_without_file(facts: &FolderFacts) -> Result<(AppSpec, Vec<Problem>), Vec<Problem>> {
    let root = Table { entries: Vec::new(), shape: Some(&describe::FILE) };
    finish(&root, facts, Problems::new(FILE_NAME))
}

fn finish(
    root: &Table,
    facts: &FolderFacts,
    mut problems: Problems<'_>,
) -> Result<(AppSpec, Vec<Problem>), Vec<Problem>> {
    let detection = detect(facts);
    let around = Surroundings { facts, detection: &detection };
    match resolving::resolve(root, around, &mut problems) {
        Some(spec) => Ok((spec, problems.into_sorted())),
        None => Err(problems.into_sorted()),
    }
}
