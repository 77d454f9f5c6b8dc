//! The steps of Build.

use super::Inputs;
use crate::model::{Phase, Practice, StepId};
use crate::pipeline::{Action, Retry, Step};
use crate::spec::{BuildSpec, StepSpec};

/// Time for a step that only looks at git or writes a row.
const QUICK_MS: u64 = 30_000;

/// Commands first, then the image (a command may make files that the image takes in), then the release.
pub(super) fn steps(inputs: &Inputs<'_>) -> Vec<Step> {
    let build = &inputs.spec.build;
    let mut steps: Vec<Step> = build.steps.iter().map(command).collect();
    let commands: Vec<StepId> = steps.iter().map(|s| s.id.clone()).collect();
    steps.push(own("version", Practice::Version, "Decide the version", &[], QUICK_MS, version(inputs)));
    steps.push(package(inputs, &commands));
    let both = [StepId::nearest("version"), StepId::nearest("package")];
    let record = Action::RecordRelease;
    steps.push(own("release", Practice::Distribute, "Record the release", &both, QUICK_MS, record));
    steps.retain(|s| !inputs.done_before.contains(&s.id));
    for step in &mut steps {
        step.needs.retain(|n| !inputs.done_before.contains(n));
    }
    steps
}

fn package(inputs: &Inputs<'_>, after: &[StepId]) -> Step {
    let BuildSpec { image, image_timeout_ms, on, .. } = &inputs.spec.build;
    let action = Action::BuildImage { build: image.clone(), on: on.clone() };
    let title = match on {
        Some(host) => format!("Build the image on {}", host.host()),
        None => "Build the image".to_owned(),
    };
    own("package", Practice::Package, &title, after, *image_timeout_ms, action)
}

fn version(inputs: &Inputs<'_>) -> Action {
    Action::DecideVersion { source: inputs.spec.build.version.clone() }
}

/// A step that a person declared.
pub(super) fn command(spec: &StepSpec) -> Step {
    Step {
        id: spec.id.clone(),
        phase: spec.phase,
        practice: spec.practice,
        title: spec.command.lines().next().unwrap_or_default().to_owned(),
        needs: spec.needs.clone(),
        blocking: spec.blocking,
        timeout_ms: spec.timeout_ms,
        retry: spec.retry.clone(),
        action: Action::Run {
            command: spec.command.clone(),
            folder: spec.folder.clone(),
            env: spec.env.clone(),
            secrets: spec.secrets.clone(),
        },
        undo: None,
        host: None,
    }
}

fn own(id: &str, practice: Practice, title: &str, needs: &[StepId], timeout_ms: u64, action: Action) -> Step {
    Step {
        id: StepId::nearest(id),
        phase: Phase::Build,
        practice,
        title: title.to_owned(),
        needs: needs.to_vec(),
        blocking: true,
        timeout_ms,
        retry: Retry { times: 1, on: Vec::new(), wait_ms: 500 },
        action,
        undo: None,
        host: None,
    }
}
