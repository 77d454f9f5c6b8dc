//! What two plans would do differently, as a person would say it.

use super::{NamedChange, entries};
use crate::pipeline::{Action, ContainerShape};
use crate::plan::Plan;
use std::collections::BTreeMap;

/// Differences between the plans of two runs: work tree, strategy, configuration, checks.
pub fn plans(before: &Plan, after: &Plan) -> Vec<NamedChange> {
    let mut changes = entries(&facts(before), &facts(after));
    changes.extend(configuration(shape(before), shape(after)));
    changes
}

/// Differences between the containers of two deployments: variables, secrets by name, and what else is declared.
pub fn configuration(before: Option<&ContainerShape>, after: Option<&ContainerShape>) -> Vec<NamedChange> {
    match (before, after) {
        (Some(before), Some(after)) => entries(&settings(before), &settings(after)),
        // Without a container on both sides everything would be called new, which says nothing.
        _ => Vec::new(),
    }
}

/// The container a plan launches.
pub fn shape(plan: &Plan) -> Option<&ContainerShape> {
    plan.steps.iter().find_map(|step| match &step.action {
        Action::Launch { shape, .. } => Some(shape),
        _ => None,
    })
}

fn facts(plan: &Plan) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut add = |name: &str, value: Option<String>| {
        facts.extend(value.map(|value| (name.to_owned(), value)));
    };
    add("commit", plan.work_tree.commit.clone());
    add("uncommitted changes", plan.work_tree.commit.as_ref().map(|_| yes_or_no(plan.work_tree.dirty)));
    add("version", plan.version.clone());
    add("target", plan.target.as_ref().map(ToString::to_string));
    let traffic = plan.summary.traffic.as_ref();
    add("strategy", traffic.map(|t| t.strategy.to_string()));
    add("requests are held", traffic.and_then(|t| t.held.clone()));
    add("pipeline", Some(plan.pipeline_revision.short().to_owned()));
    add("checks", Some(plan.summary.checks.join("; ")).filter(|checks| !checks.is_empty()));
    for step in &plan.steps {
        if let Action::Run { command, .. } = &step.action {
            add(&format!("step {}", step.id), Some(command.clone()));
        }
    }
    facts
}

fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

fn settings(shape: &ContainerShape) -> BTreeMap<String, String> {
    let mut settings = variables(shape);
    settings.extend(container(shape));
    settings
}

/// Variables, and secrets by name.
pub(super) fn variables(shape: &ContainerShape) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = shape.env.clone();
    for secret in &shape.secrets {
        let how = if secret.as_env { "as a file and a variable" } else { "as a file" };
        variables.insert(format!("secret {}", secret.name), how.to_owned());
    }
    variables
}

/// What else is declared of a container.
pub(super) fn container(shape: &ContainerShape) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let words = |values: Vec<String>| Some(values.join(", ")).filter(|text| !text.is_empty());
    let mut add = |name: String, value: Option<String>| settings.extend(value.map(|value| (name, value)));
    for mount in &shape.mounts {
        let how = if mount.read_only { " (read-only)" } else { "" };
        add(format!("volume {}", mount.path), Some(format!("{}{how}", mount.source)));
    }
    let ports = shape.ports.iter().map(|p| format!("{}:{}", p.host, p.container)).collect();
    add("published ports".to_owned(), words(ports));
    add("port".to_owned(), Some(shape.port.to_string()));
    add("command".to_owned(), shape.command.as_ref().map(|words| words.join(" ")));
    add("memory".to_owned(), shape.memory.map(|bytes| format!("{} MiB", bytes >> 20)));
    add("time to stop".to_owned(), Some(format!("{} s", shape.stop_grace_ms / 1000)));
    settings
}
