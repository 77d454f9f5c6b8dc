//! `[evaluate]` and `[env.NAME.evaluate]`.

use super::format::show_duration;
use super::node::{Data, Node, Table};
use super::resolved::{EvaluateSpec, OnNoGo, Origin, StepSpec, VerdictPolicy};
use super::section::{Picker, Section};
use super::steps::Steps;
use crate::model::Phase;
use crate::pipeline::{Availability, HealthCheck, HttpExpectation};

/// Longest answer of the request to the health path that stands for a smoke step nobody declared.
const SMOKE_WITHIN_MS: u64 = 2000;

/// What resolving Evaluate needs to know from outside its tables.
pub(crate) struct EvaluateContext<'s> {
    /// The environment's health check.
    pub(crate) health: &'s HealthCheck,
    /// Whether a person said where the app's health is asked.
    pub(crate) health_declared: bool,
    /// The steps of Build.
    pub(crate) build_steps: &'s [StepSpec],
}

/// Resolves how an environment is evaluated.
pub(crate) fn resolve(
    section: &Section<'_>,
    context: &EvaluateContext<'_>,
    picker: &mut Picker<'_, '_>,
) -> EvaluateSpec {
    let tables: Vec<&Table> = section.layers.iter().rev().filter_map(|table| table.table("steps")).collect();
    let steps = Steps::of(Phase::Evaluate, &section.path, &tables, picker);
    EvaluateSpec {
        smoke: smoke(section, context, picker),
        availability: availability(section, context, picker),
        steps: steps.resolve(context.build_steps, picker),
        verdict: match picker.value(section, "verdict").text().as_str() {
            "person" => VerdictPolicy::Person,
            _ => VerdictPolicy::Policy,
        },
        on_no_go: match picker.value(section, "on_no_go").text().as_str() {
            "rollback" => OnNoGo::Rollback,
            _ => OnNoGo::Keep,
        },
    }
}

fn smoke(
    section: &Section<'_>,
    context: &EvaluateContext<'_>,
    picker: &mut Picker<'_, '_>,
) -> Vec<HttpExpectation> {
    if let Some(list) = picker.written(section, "smoke") {
        return list.items().iter().filter_map(|node| expectation(node, picker)).collect();
    }
    picker.note(section.dotted("smoke"), Origin::Default);
    if !context.health_declared {
        return Vec::new();
    }
    let (low, high) = context.health.status;
    vec![HttpExpectation {
        path: context.health.path.clone(),
        status: if (low..=high).contains(&200) { 200 } else { low },
        contains: None,
        within_ms: SMOKE_WITHIN_MS,
    }]
}

fn expectation(node: &Node, picker: &mut Picker<'_, '_>) -> Option<HttpExpectation> {
    let table = node.as_table()?;
    let shape = table.shape?;
    // Origins are kept for the list as a whole: an entry has no name of its own.
    let section = Section { shape, layers: vec![table], path: String::new(), at: node.at.clone() };
    let mut own = Picker { problems: &mut *picker.problems, origins: std::collections::BTreeMap::new() };
    Some(HttpExpectation {
        path: own.written(&section, "path").unwrap_or(Data::Wrong).text(),
        status: own.value(&section, "status").whole(),
        contains: own.written(&section, "contains").map(Data::text),
        within_ms: own.value(&section, "within").millis(),
    })
}

fn availability(
    section: &Section<'_>,
    context: &EvaluateContext<'_>,
    picker: &mut Picker<'_, '_>,
) -> Option<Availability> {
    if section.entry("availability").is_some_and(|entry| entry.node.data == Data::Flag(false)) {
        picker.written(section, "availability");
        return None;
    }
    let limits_section = section.below("availability");
    let path = (Data::Text(context.health.path.clone()), Origin::Default);
    let limits = read_limits(&limits_section, path, picker);
    warn_of_too_few(&limits, &limits_section, picker);
    Some(limits)
}

/// Too short a watch can never lead to an answer.
fn warn_of_too_few(limits: &Availability, section: &Section<'_>, picker: &mut Picker<'_, '_>) {
    let requests = limits.for_ms.saturating_mul(u64::from(limits.rate)) / 1000;
    // A zero did not pass its own check, which is reported.
    if requests >= u64::from(limits.min_requests) || limits.for_ms == 0 || limits.rate == 0 {
        return;
    }
    let message = format!(
        "{} at {} a second makes {requests} requests, and `min_requests` is {}: the verdict can only be inconclusive",
        show_duration(limits.for_ms),
        limits.rate,
        limits.min_requests
    );
    picker.problems.warning(section.at.clone(), message, Some("watch longer, or ask for fewer".to_owned()));
}

fn read_limits(limits: &Section<'_>, path: (Data, Origin), picker: &mut Picker<'_, '_>) -> Availability {
    Availability {
        path: picker.value_or(limits, "path", path).text(),
        for_ms: picker.value(limits, "for").millis(),
        rate: picker.value(limits, "rate").whole(),
        max_failed_ppm: match picker.value(limits, "max_failed") {
            Data::Ppm(ppm) => ppm,
            _ => 0,
        },
        max_p95_ms: picker.value(limits, "max_p95").millis(),
        min_requests: picker.value(limits, "min_requests").whole(),
    }
}
