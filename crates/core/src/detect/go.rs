//! Go modules.

use super::facts::FolderFacts;
use super::{FoundPort, Project, ProjectKind, has};

/// The port Go programs most often use; the standard library has none of its own.
const PORT: u16 = 8080;

/// Recognises a Go module with a program in it.
pub(crate) fn project(facts: &FolderFacts) -> Option<Project> {
    if !has(facts, "go.mod") {
        return None;
    }
    let main = main_package(facts);
    let notes = match main {
        Some(_) => Vec::new(),
        None => vec!["there is no main.go and not exactly one program in cmd/: add a Dockerfile".to_owned()],
    };
    Some(Project {
        kind: ProjectKind::Go,
        evidence: "go.mod".to_owned(),
        dockerfile: main.map(|main| dockerfile(facts, &main)),
        port: Some(FoundPort { port: PORT, evidence: "set as PORT in the generated Dockerfile".to_owned() }),
        notes,
    })
}

fn main_package(facts: &FolderFacts) -> Option<String> {
    if has(facts, "main.go") {
        return Some(".".to_owned());
    }
    let mut programs = facts.files.iter().filter_map(|file| {
        let name = file.path.strip_prefix("cmd/")?.strip_suffix("/main.go")?;
        (!name.contains('/')).then(|| format!("./cmd/{name}"))
    });
    programs.next().filter(|_| programs.next().is_none())
}

fn dockerfile(facts: &FolderFacts, main: &str) -> String {
    let modules = if has(facts, "go.sum") { "go.mod go.sum" } else { "go.mod" };
    format!(
        "FROM golang:1 AS build
WORKDIR /src
# Modules first: this layer changes only with them.
COPY {modules} ./
RUN go mod download
COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build CGO_ENABLED=0 go build -trimpath -o /app {main}

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /app /app
ENV PORT={PORT}
USER nonroot
EXPOSE {PORT}
ENTRYPOINT [\"/app\"]
"
    )
}
