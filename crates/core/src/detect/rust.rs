//! Rust packages.

use super::dockerfile::USER;
use super::facts::FolderFacts;
use super::{FoundPort, Project, ProjectKind, has, text};

/// The port most Rust web frameworks show in their first example.
const PORT: u16 = 8080;

/// Recognises a Rust package with a program in it.
pub(crate) fn project(facts: &FolderFacts) -> Option<Project> {
    if !has(facts, "Cargo.toml") {
        return None;
    }
    let program = program(facts);
    let notes = match program {
        Some(_) => Vec::new(),
        None => vec!["Cargo.toml has no package with one program: add a Dockerfile".to_owned()],
    };
    Some(Project {
        kind: ProjectKind::Rust,
        evidence: "Cargo.toml".to_owned(),
        dockerfile: program.map(|program| dockerfile(&program)),
        port: Some(FoundPort { port: PORT, evidence: "set as PORT in the generated Dockerfile".to_owned() }),
        notes,
    })
}

/// The parsed `Cargo.toml`.
pub(crate) fn manifest(facts: &FolderFacts) -> Option<toml_edit::DocumentMut> {
    text(facts, "Cargo.toml")?.parse().ok()
}

/// The name of the one program the package makes.
fn program(facts: &FolderFacts) -> Option<String> {
    let manifest = manifest(facts)?;
    let declared = manifest.get("bin").and_then(|bin| bin.as_array_of_tables());
    let name = match declared {
        Some(bins) if bins.len() == 1 => bins.get(0)?.get("name")?.as_str(),
        Some(_) => None,
        None if has(facts, "src/main.rs") => manifest.get("package")?.get("name")?.as_str(),
        None => None,
    }?;
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    (plain && !name.is_empty()).then(|| name.to_owned())
}

fn dockerfile(program: &str) -> String {
    format!(
        "FROM rust:1-slim AS build
WORKDIR /src
COPY . .
# Downloads and compiled dependencies stay in the builder between builds.
RUN --mount=type=cache,target=/usr/local/cargo/registry \\
    --mount=type=cache,target=/src/target \\
    cargo build --release --bin {program} && cp target/release/{program} /app

FROM debian:stable-slim
COPY --from=build /app /app
ENV PORT={PORT}
USER {USER}
EXPOSE {PORT}
ENTRYPOINT [\"/app\"]
"
    )
}
