//! From checked tables to the resolved configuration.

use super::describe::FILE;
use super::environments::{self, EnvironmentContext};
use super::node::{Data, Table};
use super::problems::{Problems, Spot};
use super::resolved::{AppSpec, BuildSpec, Origin};
use super::section::{Picker, Section};
use super::ship::ShipContext;
use super::steps::Steps;
use crate::detect::facts::FolderFacts;
use crate::detect::{Detection, Dockerfile, exposed_port};
use crate::model::{AppName, Digest, Phase, Target};
use crate::pipeline::{ImageBuild, VersionSource};
use std::collections::BTreeMap;

/// The port when nothing says another.
const DEFAULT_PORT: u16 = 8080;

/// What resolving knows besides the file.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'f> {
    /// What was seen in the folder.
    pub(crate) facts: &'f FolderFacts,
    /// What follows from it.
    pub(crate) detection: &'f Detection,
}

/// Resolves everything. `None` when there are errors; they are in `problems` then.
pub(crate) fn resolve(
    root: &Table,
    around: Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Option<AppSpec> {
    let mut picker = Picker { problems, origins: BTreeMap::new() };
    let file = Section { shape: &FILE, layers: vec![root], path: String::new(), at: 0..0 };
    let app = app(&file, around, &mut picker);
    let build = build(&file.below("build"), around, &mut picker);
    let port = port(&build.image, around);
    let context = EnvironmentContext { app: &app, ship: ShipContext { port }, build_steps: &build.steps };
    let environments = environments::resolve(&file, &context, &mut picker);
    let origins = picker.origins;
    if problems.any_error() {
        return None;
    }
    let revision = revision(&app, &build, &environments)?;
    Some(AppSpec { app, build, environments, origins, revision })
}

fn app(file: &Section<'_>, around: Surroundings<'_>, picker: &mut Picker<'_, '_>) -> AppName {
    let proposal = around.detection.app.clone();
    let origin = Origin::Detected { evidence: "the folder's name".to_owned() };
    let name = picker.value_or(file, "app", (Data::Text(proposal.to_string()), origin)).text();
    AppName::new(name).unwrap_or(proposal)
}

fn build(section: &Section<'_>, around: Surroundings<'_>, picker: &mut Picker<'_, '_>) -> BuildSpec {
    let version = match picker.value(section, "version").text() {
        word if word == "commits" => VersionSource::Commits,
        version => VersionSource::Fixed { version },
    };
    let image_section = section.below("image");
    let image = image(&image_section, around, picker);
    let image_timeout_ms = picker.value(&image_section, "timeout").millis();
    let on = match picker.written(section, "on") {
        Some(Data::Target(Target::Ssh(host))) => Some(host),
        _ => None,
    };
    let steps = match section.has("steps") {
        true => {
            let tables: Vec<&Table> =
                section.layers.iter().rev().filter_map(|table| table.table("steps")).collect();
            Steps::of(Phase::Build, &section.path, &tables, picker).resolve(&[], picker)
        }
        false => around
            .detection
            .steps
            .iter()
            .map(|found| {
                let path = format!("{}.steps.{}", section.path, found.step.id);
                picker.note(path, Origin::Detected { evidence: found.evidence.clone() });
                found.step.clone()
            })
            .collect(),
    };
    BuildSpec { steps, image, image_timeout_ms, on, version }
}

fn image(section: &Section<'_>, around: Surroundings<'_>, picker: &mut Picker<'_, '_>) -> ImageBuild {
    let declared_context = picker.written(section, "context").map(Data::text);
    let mut generated = None;
    let mut context = ".".to_owned();
    let beside_context = declared_context
        .as_deref()
        .map(|folder| join(folder, "Dockerfile"))
        .filter(|path| has_file(around.facts, path));
    let dockerfile = if let Some(path) = picker.written(section, "dockerfile").map(Data::text) {
        warn_of_missing(&path, section, around, picker);
        path
    } else if let Some(path) = beside_context {
        picker.note(section.dotted("dockerfile"), Origin::Detected { evidence: path.clone() });
        path
    } else {
        match &around.detection.dockerfile {
            Dockerfile::Existing { path, context: found, evidence } => {
                context.clone_from(found);
                picker.note(section.dotted("dockerfile"), Origin::Detected { evidence: evidence.clone() });
                path.clone()
            }
            Dockerfile::Generated { text, evidence } => {
                generated = Some(text.clone());
                picker.note(
                    section.dotted("dockerfile"),
                    Origin::Detected { evidence: format!("generated, from {evidence}") },
                );
                "Dockerfile".to_owned()
            }
            Dockerfile::None => {
                nothing_to_build(around, picker);
                "Dockerfile".to_owned()
            }
        }
    };
    if declared_context.is_none() {
        let origin = match context.as_str() {
            "." => Origin::Default,
            _ => Origin::Detected { evidence: dockerfile.clone() },
        };
        picker.note(section.dotted("context"), origin);
    }
    ImageBuild {
        context: declared_context.unwrap_or(context),
        dockerfile,
        generated,
        target: picker.written(section, "target").map(Data::text),
        args: picker.variables(section, "args"),
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}

fn has_file(facts: &FolderFacts, path: &str) -> bool {
    facts.files.iter().any(|file| file.path == path)
}

/// Only a warning: the list of files may be cut, and a step may make the file.
fn warn_of_missing(path: &str, section: &Section<'_>, around: Surroundings<'_>, picker: &mut Picker<'_, '_>) {
    if path.is_empty() || around.facts.files.is_empty() || has_file(around.facts, path) {
        return;
    }
    let names: Vec<&str> = around.facts.files.iter().map(|file| file.path.as_str()).collect();
    let near = super::read::nearest(path, &names).map(|near| format!("did you mean \"{near}\"?"));
    picker.problems.warning(
        section.place("dockerfile"),
        format!("`{path}` is not in the folder"),
        near.or_else(|| Some("create it, or name another Dockerfile".to_owned())),
    );
}

fn nothing_to_build(around: Surroundings<'_>, picker: &mut Picker<'_, '_>) {
    let services: Vec<&str> =
        around.detection.compose_services.iter().map(|service| service.name.as_str()).collect();
    let hint = if services.is_empty() {
        "add a Dockerfile, or name one: `[build]` `image = \"path/to/Dockerfile\"`".to_owned()
    } else {
        format!(
            "no service of the compose file ({}) is built from this folder; name a Dockerfile: `[build]` `image = \"path/to/Dockerfile\"`",
            services.join(", ")
        )
    };
    picker.problems.error_at(
        Spot::START,
        "nothing in this folder says how to make an image of it".to_owned(),
        Some(hint),
    );
}

/// The port of the Dockerfile that is used, else of the project, else the default.
fn port(image: &ImageBuild, around: Surroundings<'_>) -> (u16, Origin) {
    let used =
        image.generated.as_deref().or_else(|| around.facts.texts.get(&image.dockerfile).map(String::as_str));
    if let Some(port) = used.and_then(exposed_port) {
        let evidence = match image.generated {
            Some(_) => around
                .detection
                .port
                .as_ref()
                .map_or_else(|| "the generated Dockerfile".to_owned(), |found| found.evidence.clone()),
            None => format!("{}: EXPOSE {port}", image.dockerfile),
        };
        return (port, Origin::Detected { evidence });
    }
    if let Some(found) = &around.detection.port {
        return (found.port, Origin::Detected { evidence: found.evidence.clone() });
    }
    (DEFAULT_PORT, Origin::Default)
}

/// The digest of the values alone, whatever order the code keeps its fields in.
fn revision(
    app: &AppName,
    build: &BuildSpec,
    environments: &[super::resolved::EnvironmentSpec],
) -> Option<Digest> {
    let value = serde_json::to_value((app, build, environments)).ok()?;
    let mut text = String::new();
    canonical(&value, &mut text);
    Some(Digest::of(text.as_bytes()))
}

/// JSON without white space and with sorted keys.
fn canonical(value: &serde_json::Value, out: &mut String) {
    use serde_json::Value;
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                canonical(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                canonical(item, out);
            }
            out.push(']');
        }
        plain => out.push_str(&plain.to_string()),
    }
}
