//! `[ship.jobs]`: what runs once in the new image before visitors get it.

use super::node::Data;
use super::resolved::{JobSpec, StepSpec};
use super::section::{Picker, Section};
use super::steps::is_own;
use crate::model::{Practice, StepId};

/// More jobs in one environment are refused.
const MOST_JOBS: usize = 20;

/// Resolves the jobs of an environment, in the order of the file. `steps` are those of Build and Evaluate, whose names
/// are taken.
pub(crate) fn resolve(
    ship: &Section<'_>,
    steps: [&[StepSpec]; 2],
    picker: &mut Picker<'_, '_>,
) -> Vec<JobSpec> {
    let sections = ship.named("jobs");
    if let Some((_, section)) = sections.get(MOST_JOBS) {
        picker.problems.error(section.at.clone(), format!("more than {MOST_JOBS} jobs"), None);
    }
    sections.iter().filter_map(|(name, section)| job(name, section, steps, picker)).collect()
}

fn job(
    name: &str,
    section: &Section<'_>,
    [build, evaluate]: [&[StepSpec]; 2],
    picker: &mut Picker<'_, '_>,
) -> Option<JobSpec> {
    // A wrong name is reported where it was read.
    let id = StepId::new(name.to_owned()).ok()?;
    // On the second of several hosts a job is called `migrate-2`.
    let same = |step: &StepSpec| match step.id.as_str().strip_prefix(name) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('-').is_some_and(|number| number.parse::<u32>().is_ok()),
        None => false,
    };
    let named = |steps: &[StepSpec]| steps.iter().any(same);
    let owner = match () {
        () if is_own(name) => Some("a step Seatrial has itself".to_owned()),
        () if named(build) => Some("a step of build".to_owned()),
        () if named(evaluate) => Some("a step of evaluate".to_owned()),
        () => None,
    };
    if let Some(owner) = owner {
        let hint = format!("give the job another name, such as `{name}-job`");
        picker.problems.error(section.at.clone(), format!("`{name}` is {owner}"), Some(hint));
    }
    let command = command(section, &format!("the job `{name}`"), picker);
    let usual = if id.as_str() == Practice::Migrate.as_str() { Practice::Migrate } else { Practice::Custom };
    let origin = picker.written_at(&section.at);
    let practice =
        picker.value_or(section, "practice", (Data::Text(usual.as_str().to_owned()), origin)).text();
    Some(JobSpec {
        practice: Practice::from_word(&practice).unwrap_or(usual),
        timeout_ms: picker.value(section, "timeout").millis(),
        memory: memory(section, picker),
        name: id,
        command,
    })
}

/// What a container runs instead of the image's command. `what` it is, for whoever wrote nothing there.
pub(super) fn command(section: &Section<'_>, what: &str, picker: &mut Picker<'_, '_>) -> Vec<String> {
    match picker.written(section, "run") {
        Some(Data::List(words)) if words.is_empty() => {
            let hint = "write what it runs, as a text for the shell or as a list of words".to_owned();
            picker.problems.error(section.place("run"), format!("{what} runs nothing"), Some(hint));
            Vec::new()
        }
        Some(Data::List(words)) => words.into_iter().map(|word| word.data.text()).collect(),
        text => vec!["/bin/sh".to_owned(), "-c".to_owned(), text.map(Data::text).unwrap_or_default()],
    }
}

/// A memory limit of its own.
pub(super) fn memory(section: &Section<'_>, picker: &mut Picker<'_, '_>) -> Option<u64> {
    match picker.written(section, "memory") {
        Some(Data::Bytes(bytes)) => Some(bytes),
        _ => None,
    }
}
