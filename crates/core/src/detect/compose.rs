//! Compose files: which services there are and which of them is built from this folder.

use super::facts::FolderFacts;
use super::{text, yaml};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A service of a compose file, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComposeService {
    /// Its name.
    pub name: String,
    /// Its image, when one is named.
    pub image: Option<String>,
    /// How it is built, when it is.
    pub build: Option<ComposeBuild>,
    /// Published ports, as they are in the container.
    pub ports: Vec<u16>,
}

/// How a service is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComposeBuild {
    /// Folder sent to the builder, relative to the app's folder.
    pub context: String,
    /// Path of the Dockerfile, relative to the app's folder.
    pub dockerfile: String,
}

/// Names of compose files, in Compose's own order of preference.
const FILES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
/// Larger files are not looked into.
const LARGEST: usize = 1024 * 1024;
/// Names that services for the app itself usually have.
const USUAL: [&str; 6] = ["app", "web", "server", "api", "site", "backend"];

/// The compose file, when there is one.
pub(crate) fn file(facts: &FolderFacts) -> Option<&'static str> {
    FILES.into_iter().find(|name| super::has(facts, name))
}

/// The services, by name, and what a person should know about the reading.
pub(crate) fn services(facts: &FolderFacts) -> (Vec<ComposeService>, Vec<String>) {
    let Some((name, text)) = file(facts).and_then(|name| Some((name, text(facts, name)?))) else {
        return (Vec::new(), Vec::new());
    };
    if text.len() > LARGEST {
        return (Vec::new(), vec![format!("{name} is larger than 1 MiB and was not read")]);
    }
    let document: Value = match yaml::read(text) {
        Ok(document) => document,
        Err(yaml::NotYaml) => return (Vec::new(), vec![format!("{name} could not be read as YAML")]),
    };
    let mut notes = Vec::new();
    let mut found = Vec::new();
    for (service, value) in document.get("services").and_then(Value::as_object).into_iter().flatten() {
        found.push(ComposeService {
            name: service.clone(),
            image: value.get("image").and_then(Value::as_str).map(str::to_owned),
            build: value.get("build").and_then(|value| build(service, value, &mut notes)),
            ports: value
                .get("ports")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(port)
                .collect(),
        });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    (found, notes)
}

fn build(service: &str, value: &Value, notes: &mut Vec<String>) -> Option<ComposeBuild> {
    let context = value.as_str().or_else(|| value.get("context").and_then(Value::as_str)).unwrap_or(".");
    let dockerfile = value.get("dockerfile").and_then(Value::as_str).unwrap_or("Dockerfile");
    let inside = inside(context).and_then(|context| {
        let path = if context == "." { dockerfile.to_owned() } else { format!("{context}/{dockerfile}") };
        Some(ComposeBuild { dockerfile: inside(&path)?, context })
    });
    if inside.is_none() {
        notes.push(format!("the service `{service}` is built from outside this folder"));
    }
    inside
}

/// The path when it stays in the folder, in its shortest form.
pub(crate) fn inside(path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains("://") || path.contains('$') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// The port in the container: of `"8000:80"`, `"127.0.0.1:8000:80/tcp"`, `80` or `{ target: 80 }`.
fn port(value: &Value) -> Option<u16> {
    let number = |n: u64| u16::try_from(n).ok().filter(|port| *port > 0);
    match value {
        Value::Number(n) => n.as_u64().and_then(number),
        Value::Object(map) => map.get("target").and_then(port),
        Value::String(text) => {
            let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
            if protocol != "tcp" {
                return None;
            }
            port.rsplit(':').next()?.parse().ok().and_then(number)
        }
        _ => None,
    }
}

/// The service that is most likely the app itself: built here, with a published port, with a usual name.
pub(crate) fn service_to_build(services: &[ComposeService]) -> Option<&ComposeService> {
    let usual =
        |service: &ComposeService| USUAL.iter().position(|name| *name == service.name).unwrap_or(USUAL.len());
    services
        .iter()
        .filter(|service| service.build.is_some())
        .min_by_key(|service| (service.ports.is_empty(), usual(service), service.name.clone()))
}
