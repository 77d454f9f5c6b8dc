//! Detection: what kind of app a folder holds, how an image of it is made, which port it listens on and which
//! of its own checks a build should run. Everything found says from what it was concluded.
//!
//! It is careful: a command becomes a step only when the project itself says that it is used, since it will
//! be run on the developer's machine.

pub(crate) mod compose;
mod dockerfile;
pub mod facts;
mod go;
mod node;
mod python;
mod rust;
mod site;
mod steps;
pub(crate) mod yaml;

pub use compose::{ComposeBuild, ComposeService};
pub use dockerfile::exposed_port;

use crate::model::AppName;
use crate::spec::StepSpec;
use facts::FolderFacts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a folder holds. Of several, the one that says most about how to make an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProjectKind {
    /// A Dockerfile.
    Dockerfile,
    /// A compose file.
    Compose,
    /// A Node project.
    Node,
    /// A Python project.
    Python,
    /// A Go module.
    Go,
    /// A Rust package.
    Rust,
    /// Files to be served as they are.
    Static,
    /// Nothing that is recognised.
    Unknown,
}

impl ProjectKind {
    /// The kind for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Dockerfile => "Dockerfile",
            Self::Compose => "compose file",
            Self::Node => "Node project",
            Self::Python => "Python project",
            Self::Go => "Go module",
            Self::Rust => "Rust package",
            Self::Static => "static site",
            Self::Unknown => "nothing recognised",
        }
    }
}

/// How an image can be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum Dockerfile {
    /// From a file in the folder.
    Existing {
        /// Its path, relative to the app's folder.
        path: String,
        /// Folder sent to the builder, relative to the app's folder.
        context: String,
        /// What named it.
        evidence: String,
    },
    /// From one made for the kind of project; it is written to the folder only when asked.
    Generated {
        /// Its content.
        text: String,
        /// From what.
        evidence: String,
    },
    /// Not at all.
    None,
}

/// A port and from what it was concluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundPort {
    /// The port in the container.
    pub port: u16,
    /// From what: "Dockerfile: EXPOSE 8000".
    pub evidence: String,
}

/// A step and from what it was concluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundStep {
    /// The step.
    pub step: StepSpec,
    /// From what: "package.json: scripts.test".
    pub evidence: String,
}

/// What a folder is, as far as its files say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Detection {
    /// A name for the app: the folder's.
    pub app: AppName,
    /// What kind of project it is.
    pub kind: ProjectKind,
    /// How an image can be made.
    pub dockerfile: Dockerfile,
    /// The port it listens on; `None`: nothing says.
    pub port: Option<FoundPort>,
    /// Lint and test commands of the project, as steps of Build.
    pub steps: Vec<FoundStep>,
    /// Services of the compose file, by name.
    pub compose_services: Vec<ComposeService>,
    /// What was recognised, most important first: "Dockerfile", "package.json (Express)".
    pub evidence: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// A recognised project of one language.
struct Project {
    kind: ProjectKind,
    evidence: String,
    dockerfile: Option<String>,
    port: Option<FoundPort>,
    notes: Vec<String>,
}

/// Names of a Dockerfile at the top of the folder, in order of preference.
const DOCKERFILES: [&str; 2] = ["Dockerfile", "Containerfile"];

/// Looks at the facts of a folder. A Dockerfile beats a compose file beats a language.
pub fn detect(facts: &FolderFacts) -> Detection {
    let project = project(facts);
    let (compose_services, mut notes) = compose::services(facts);
    let mut found = Detection {
        app: app_name(&facts.root),
        kind: ProjectKind::Unknown,
        dockerfile: Dockerfile::None,
        port: None,
        steps: steps::found(facts),
        compose_services,
        evidence: Vec::new(),
        notes: Vec::new(),
    };
    let own = DOCKERFILES.iter().find(|name| has(facts, name));
    let file = compose::file(facts);
    if let Some(name) = own {
        found.kind = ProjectKind::Dockerfile;
        found.dockerfile = existing(name, ".", name);
        found.evidence.push((*name).to_owned());
    }
    if let Some(file) = file {
        let services: Vec<&str> = found.compose_services.iter().map(|s| s.name.as_str()).collect();
        found.evidence.push(format!("{file} (services: {})", services.join(", ")));
        if own.is_none() {
            found.kind = ProjectKind::Compose;
            if let Some(service) = compose::service_to_build(&found.compose_services) {
                adopt_service(&mut found.dockerfile, &mut found.port, service, file, facts);
                if found.compose_services.len() > 1 {
                    notes.push(format!(
                        "only the service `{}` is shipped; the others of {file} are not",
                        service.name
                    ));
                }
            }
        }
    }
    if let Some(project) = project {
        adopt_project(&mut found, &mut notes, project);
    }
    if let Dockerfile::Existing { path, .. } = &found.dockerfile
        && let Some(port) = facts.texts.get(path).and_then(|text| exposed_port(text))
    {
        found.port = Some(FoundPort { port, evidence: format!("{path}: EXPOSE {port}") });
    }
    found.notes = notes;
    found
}

fn existing(path: &str, context: &str, evidence: &str) -> Dockerfile {
    Dockerfile::Existing { path: path.to_owned(), context: context.to_owned(), evidence: evidence.to_owned() }
}

fn adopt_service(
    dockerfile: &mut Dockerfile,
    port: &mut Option<FoundPort>,
    service: &ComposeService,
    file: &str,
    facts: &FolderFacts,
) {
    let Some(build) = &service.build else { return };
    let evidence = format!("{file}: service `{}`", service.name);
    if has(facts, &build.dockerfile) {
        *dockerfile = existing(&build.dockerfile, &build.context, &evidence);
    }
    *port =
        service.ports.first().map(|port| FoundPort { port: *port, evidence: format!("{evidence}: ports") });
}

/// What a language says counts where nothing better said it.
fn adopt_project(found: &mut Detection, notes: &mut Vec<String>, project: Project) {
    found.evidence.push(project.evidence.clone());
    if found.kind == ProjectKind::Unknown {
        found.kind = project.kind;
    }
    if found.dockerfile == Dockerfile::None {
        if let Some(text) = project.dockerfile {
            found.dockerfile = Dockerfile::Generated { text, evidence: project.evidence };
        }
        notes.extend(project.notes);
    }
    if found.port.is_none() {
        found.port = project.port;
    }
}

/// The most telling language. A site's generator is often a Node project, and many projects of other languages
/// have an `index.html` somewhere: plain files come last.
fn project(facts: &FolderFacts) -> Option<Project> {
    node::project(facts)
        .or_else(|| python::project(facts))
        .or_else(|| go::project(facts))
        .or_else(|| rust::project(facts))
        .or_else(|| site::project(facts))
}

/// A name from the folder's.
fn app_name(root: &str) -> AppName {
    let last = root.split(['/', '\\']).rfind(|part| !part.is_empty()).unwrap_or("app");
    AppName::nearest(last)
}

/// Whether there is such a file.
fn has(facts: &FolderFacts, path: &str) -> bool {
    facts.files.iter().any(|file| file.path == path) || facts.texts.contains_key(path)
}

/// A well-known file's content.
fn text<'f>(facts: &'f FolderFacts, path: &str) -> Option<&'f str> {
    facts.texts.get(path).map(String::as_str)
}
