//! `[ship.workers]`: what runs beside the process that visitors reach.

use super::jobs;
use super::resolved::WorkerSpec;
use super::section::{Picker, Section};
use crate::model::WorkerName;

/// More workers in one environment are refused.
const MOST_WORKERS: usize = 20;

/// Resolves the workers of an environment, in the order of the file.
pub(crate) fn resolve(ship: &Section<'_>, picker: &mut Picker<'_, '_>) -> Vec<WorkerSpec> {
    let sections = ship.named("workers");
    if let Some((_, section)) = sections.get(MOST_WORKERS) {
        picker.problems.error(section.at.clone(), format!("more than {MOST_WORKERS} workers"), None);
    }
    sections.iter().filter_map(|(name, section)| worker(name, section, picker)).collect()
}

fn worker(name: &str, section: &Section<'_>, picker: &mut Picker<'_, '_>) -> Option<WorkerSpec> {
    Some(WorkerSpec {
        command: jobs::command(section, &format!("the worker `{name}`"), picker),
        steady_ms: picker.value(section, "steady").millis(),
        memory: jobs::memory(section, picker),
        once: picker.value(section, "once").flag(),
        // A wrong name is reported where it was read.
        name: WorkerName::new(name.to_owned()).ok()?,
    })
}
