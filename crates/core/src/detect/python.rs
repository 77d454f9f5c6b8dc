//! Python projects.

use super::dockerfile::words;
use super::facts::FolderFacts;
use super::{FoundPort, Project, ProjectKind, has, text};

/// How an app is started.
struct Start {
    /// The framework's name, for people.
    name: Option<&'static str>,
    words: Vec<String>,
    port: u16,
}

/// Recognises a Python project.
pub(crate) fn project(facts: &FolderFacts) -> Option<Project> {
    let file = ["requirements.txt", "pyproject.toml", "Pipfile", "manage.py", "setup.py"]
        .into_iter()
        .find(|name| has(facts, name))
        .or_else(|| ["app.py", "main.py"].into_iter().find(|name| has(facts, name)))?;
    let Some(start) = start(facts) else {
        return Some(Project {
            kind: ProjectKind::Python,
            evidence: file.to_owned(),
            dockerfile: None,
            port: None,
            notes: vec!["no framework and no app.py or main.py was found: add a Dockerfile".to_owned()],
        });
    };
    let evidence = start.name.map_or_else(|| file.to_owned(), |name| format!("{file} ({name})"));
    let port_evidence = match start.name {
        Some(name) => format!("{name}, as started by the generated Dockerfile"),
        None => "set as PORT in the generated Dockerfile".to_owned(),
    };
    Some(Project {
        kind: ProjectKind::Python,
        evidence,
        dockerfile: Some(dockerfile(facts, &start)),
        port: Some(FoundPort { port: start.port, evidence: port_evidence }),
        notes: Vec::new(),
    })
}

/// Whether a requirement of that name is listed.
fn requires(facts: &FolderFacts, package: &str) -> bool {
    let listed = |line: &str| {
        let line = line.trim().trim_start_matches(['"', '\'']).to_ascii_lowercase();
        line.strip_prefix(package)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "-_.".contains(c)))
    };
    let requirements = text(facts, "requirements.txt").into_iter().flat_map(str::lines);
    // Dependencies in pyproject.toml stand one to a line or in one list.
    let project = text(facts, "pyproject.toml").into_iter().flat_map(|t| t.split(['\n', ',', '[']));
    requirements.chain(project).any(listed)
}

fn start(facts: &FolderFacts) -> Option<Start> {
    let module =
        ["app", "main", "server", "wsgi", "asgi"].into_iter().find(|m| has(facts, &format!("{m}.py")));
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let gunicorn = requires(facts, "gunicorn");
    if has(facts, "manage.py") {
        let words = own(&["python", "manage.py", "runserver", "--noreload", "0.0.0.0:8000"]);
        return Some(Start { name: Some("Django"), words, port: 8000 });
    }
    let module = module?;
    let target = format!("{module}:app");
    if requires(facts, "fastapi") || requires(facts, "starlette") {
        let words = own(&["uvicorn", &target, "--host", "0.0.0.0", "--port", "8000"]);
        return Some(Start { name: Some("FastAPI"), words, port: 8000 });
    }
    if requires(facts, "flask") {
        let words = match gunicorn {
            true => own(&["gunicorn", "--bind", "0.0.0.0:8000", &target]),
            false => own(&["flask", "--app", module, "run", "--host", "0.0.0.0", "--port", "8000"]),
        };
        return Some(Start { name: Some("Flask"), words, port: 8000 });
    }
    Some(Start { name: None, words: own(&["python", &format!("{module}.py")]), port: 8000 })
}

fn dockerfile(facts: &FolderFacts, start: &Start) -> String {
    let port = start.port;
    let cmd: Vec<&str> = start.words.iter().map(String::as_str).collect();
    let cmd = words(&cmd);
    let install = if has(facts, "requirements.txt") {
        "# Dependencies first: this layer changes only with them.
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
"
    } else if has(facts, "pyproject.toml") || has(facts, "setup.py") {
        "COPY . .
RUN pip install --no-cache-dir .
"
    } else {
        "COPY . .
"
    };
    format!(
        "FROM python:3-slim
WORKDIR /app
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORT={port}
{install}USER {user}
EXPOSE {port}
CMD {cmd}
",
        user = super::dockerfile::USER
    )
}
