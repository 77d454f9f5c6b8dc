//! Node projects.

use super::dockerfile::words;
use super::facts::FolderFacts;
use super::{FoundPort, Project, ProjectKind, has, text};
use serde_json::Value;

/// A package manager, told by its lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Installer {
    /// npm.
    Npm,
    /// Yarn.
    Yarn,
    /// pnpm.
    Pnpm,
}

impl Installer {
    /// The one whose lock file is there; npm otherwise.
    pub(crate) fn of(facts: &FolderFacts) -> Self {
        if has(facts, "pnpm-lock.yaml") {
            Self::Pnpm
        } else if has(facts, "yarn.lock") {
            Self::Yarn
        } else {
            Self::Npm
        }
    }

    /// The command that runs a script of `package.json`.
    pub(crate) fn run(self, script: &str) -> String {
        match self {
            Self::Npm => format!("npm run {script}"),
            Self::Yarn => format!("yarn run {script}"),
            Self::Pnpm => format!("pnpm run {script}"),
        }
    }

    /// Files that decide what is installed, and the command that installs exactly that.
    fn install(self, facts: &FolderFacts, production: bool) -> (&'static str, String) {
        match self {
            Self::Npm => {
                let omit = if production { " --omit=dev" } else { "" };
                match has(facts, "package-lock.json") {
                    true => ("package.json package-lock.json", format!("npm ci{omit}")),
                    false => ("package.json", format!("npm install --no-package-lock{omit}")),
                }
            }
            Self::Yarn => {
                let omit = if production { " --production" } else { "" };
                ("package.json yarn.lock", format!("corepack enable && yarn install --frozen-lockfile{omit}"))
            }
            Self::Pnpm => {
                let omit = if production { " --prod" } else { "" };
                (
                    "package.json pnpm-lock.yaml",
                    format!("corepack enable && pnpm install --frozen-lockfile{omit}"),
                )
            }
        }
    }
}

/// The parsed `package.json`.
pub(crate) fn package(facts: &FolderFacts) -> Option<Value> {
    serde_json::from_str(text(facts, "package.json")?).ok()
}

/// A script of `package.json`.
pub(crate) fn script<'p>(package: &'p Value, name: &str) -> Option<&'p str> {
    package.get("scripts")?.get(name)?.as_str().filter(|text| !text.trim().is_empty())
}

fn depends_on(package: &Value, name: &str) -> bool {
    ["dependencies", "devDependencies"]
        .iter()
        .any(|group| package.get(group).and_then(|all| all.get(name)).is_some())
}

/// Frameworks that serve requests: package, name, port it uses unless told otherwise.
const SERVERS: [(&str, &str, u16); 8] = [
    ("next", "Next.js", 3000),
    ("nuxt", "Nuxt", 3000),
    ("@nestjs/core", "NestJS", 3000),
    ("@remix-run/serve", "Remix", 3000),
    ("express", "Express", 3000),
    ("fastify", "Fastify", 3000),
    ("koa", "Koa", 3000),
    ("hono", "Hono", 3000),
];

/// Recognises a Node project.
pub(crate) fn project(facts: &FolderFacts) -> Option<Project> {
    if !has(facts, "package.json") {
        return None;
    }
    let package = package(facts).unwrap_or(Value::Null);
    let server = SERVERS.iter().find(|(name, _, _)| depends_on(&package, name));
    let start = start_words(&package, facts);
    if server.is_none()
        && start.is_none()
        && depends_on(&package, "vite")
        && script(&package, "build").is_some()
    {
        return Some(built_site(facts));
    }
    let (evidence, port) = match server {
        Some((_, name, port)) => (format!("package.json ({name})"), *port),
        None => ("package.json".to_owned(), 3000),
    };
    let port_evidence = match server {
        Some((_, name, _)) => format!("{name}'s usual port, also set as PORT"),
        None => "set as PORT in the generated Dockerfile".to_owned(),
    };
    let notes = match start {
        Some(_) => Vec::new(),
        None => vec!["package.json has no `start` script and there is no server.js or index.js: add one, or a Dockerfile".to_owned()],
    };
    Some(Project {
        kind: ProjectKind::Node,
        evidence,
        dockerfile: start.map(|start| dockerfile(facts, &package, &start, port)),
        port: Some(FoundPort { port, evidence: port_evidence }),
        notes,
    })
}

/// What starts the app. Without a shell or npm in between, it gets SIGTERM itself.
fn start_words(package: &Value, facts: &FolderFacts) -> Option<Vec<String>> {
    if let Some(start) = script(package, "start") {
        let plain =
            start.strip_prefix("node ").filter(|rest| !rest.contains(['&', '|', ';', '$', '"', '\'', '=']));
        return Some(match plain {
            Some(rest) => ["node"].into_iter().chain(rest.split_whitespace()).map(str::to_owned).collect(),
            None => ["npm", "start"].map(str::to_owned).to_vec(),
        });
    }
    let main = package.get("main").and_then(Value::as_str).filter(|main| has(facts, main));
    main.or_else(|| ["server.js", "index.js", "app.js"].into_iter().find(|name| has(facts, name)))
        .map(|file| vec!["node".to_owned(), file.to_owned()])
}

fn dockerfile(facts: &FolderFacts, package: &Value, start: &[String], port: u16) -> String {
    let manager = Installer::of(facts);
    let start: Vec<&str> = start.iter().map(String::as_str).collect();
    let cmd = words(&start);
    let (files, install) = manager.install(facts, true);
    if script(package, "build").is_none() {
        return format!(
            "FROM node:22-slim
WORKDIR /app
ENV NODE_ENV=production PORT={port}
# Dependencies first: this layer changes only with them.
COPY {files} ./
RUN {install}
COPY . .
USER node
EXPOSE {port}
CMD {cmd}
"
        );
    }
    let (_, install_all) = manager.install(facts, false);
    let build = manager.run("build");
    format!(
        "FROM node:22-slim AS build
WORKDIR /app
# Dependencies first: this layer changes only with them.
COPY {files} ./
RUN {install_all}
COPY . .
RUN {build}

FROM node:22-slim
WORKDIR /app
ENV NODE_ENV=production PORT={port}
COPY --from=build /app ./
USER node
EXPOSE {port}
CMD {cmd}
"
    )
}

/// A site that is built once and then only files.
fn built_site(facts: &FolderFacts) -> Project {
    let manager = Installer::of(facts);
    let (files, install) = manager.install(facts, false);
    let build = manager.run("build");
    let serve = super::site::serve("COPY --from=build /app/dist /srv");
    Project {
        kind: ProjectKind::Node,
        evidence: "package.json (Vite)".to_owned(),
        dockerfile: Some(format!(
            "FROM node:22-slim AS build
WORKDIR /app
# Dependencies first: this layer changes only with them.
COPY {files} ./
RUN {install}
COPY . .
RUN {build}

{serve}"
        )),
        port: Some(FoundPort {
            port: super::site::PORT,
            evidence: "set in the generated Dockerfile".to_owned(),
        }),
        notes: Vec::new(),
    }
}
