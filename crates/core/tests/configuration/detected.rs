//! What folders are taken for.

use super::support::folder;
use seatrial_core::detect::{Detection, Dockerfile, ProjectKind, detect};

fn of(files: &[(&str, &str)]) -> Detection {
    detect(&folder(files))
}

fn generated(found: &Detection) -> &str {
    match &found.dockerfile {
        Dockerfile::Generated { text, .. } => text,
        other => panic!("{other:?}"),
    }
}

fn steps(found: &Detection) -> Vec<(&str, &str, &str)> {
    found.steps.iter().map(|f| (f.step.id.as_str(), f.step.command.as_str(), f.evidence.as_str())).collect()
}

fn port(found: &Detection) -> Option<u16> {
    found.port.as_ref().map(|found| found.port)
}

const COMPOSE: &str = "services:\n  db:\n    image: postgres:15\n  web:\n    build: { context: ., dockerfile: web.Dockerfile }\n    ports: [\"127.0.0.1:80:5000\", 9000]\n";

#[test]
fn a_dockerfile_beats_a_compose_file_beats_a_language() {
    let node = ("package.json", "{\"scripts\":{\"start\":\"node a.js\"}}");
    let compose = ("compose.yaml", COMPOSE);
    let found = of(&[("Dockerfile", "FROM x\nEXPOSE 7"), compose, ("web.Dockerfile", ""), node]);
    assert_eq!(found.kind, ProjectKind::Dockerfile);
    assert!(matches!(&found.dockerfile, Dockerfile::Existing { path, .. } if path == "Dockerfile"));
    assert_eq!(port(&found), Some(7));
    assert_eq!(found.evidence, ["Dockerfile", "compose.yaml (services: db, web)", "package.json"]);
    let found = of(&[compose, ("web.Dockerfile", "FROM x"), node]);
    assert_eq!(found.kind, ProjectKind::Compose);
    assert!(matches!(&found.dockerfile, Dockerfile::Existing { path, .. } if path == "web.Dockerfile"));
    assert_eq!(port(&found), Some(5000));
    assert_eq!(found.notes, ["only the service `web` is shipped; the others of compose.yaml are not"]);
    let found = of(&[node]);
    assert_eq!(found.kind, ProjectKind::Node);
}

#[test]
fn services_of_a_compose_file_are_listed() {
    let found = of(&[("docker-compose.yml", COMPOSE)]);
    let names: Vec<_> =
        found.compose_services.iter().map(|s| (s.name.as_str(), s.image.as_deref())).collect();
    assert_eq!(names, [("db", Some("postgres:15")), ("web", None)]);
    assert_eq!(found.compose_services[1].ports, [5000, 9000]);
    for outside in ["..", "/srv", "https://example.com/x.git", "${DIR}"] {
        let text = format!("services:\n  web:\n    build: {outside}\n");
        let found = of(&[("compose.yaml", &text)]);
        assert_eq!(found.compose_services[0].build, None, "{outside}");
        assert_eq!(found.notes.len(), 1, "{outside}");
    }
}

#[test]
fn t10_a_compose_file_that_blows_up_is_noted_and_nothing_more() {
    let laughs: String =
        (1..30).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))).collect();
    for text in [
        format!("a0: &a0 x\n{laughs}services: *a29\n"),
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(50_000),
        "&a [*a]".to_owned(),
        "services: [".to_owned(),
        "services:\n  web:\n    build: {1: 2}\n  1: {}\n".to_owned(),
    ] {
        let found = of(&[("compose.yaml", &text)]);
        assert_eq!(found.dockerfile, Dockerfile::None);
    }
}

#[test]
fn generated_dockerfiles_are_what_a_person_would_write() {
    let node = "{\"scripts\":{\"start\":\"node server.js\"},\"dependencies\":{\"express\":\"5\"}}";
    let built = "{\"scripts\":{\"start\":\"next start\",\"build\":\"next build\"},\"dependencies\":{\"next\":\"15\"}}";
    let site = "{\"scripts\":{\"build\":\"vite build\"},\"devDependencies\":{\"vite\":\"7\"}}";
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("node", &[("package.json", node), ("package-lock.json", "")]),
        ("node_with_build", &[("package.json", built), ("pnpm-lock.yaml", "")]),
        ("node_site", &[("package.json", site)]),
        ("python_flask", &[("requirements.txt", "Flask==3.0\ngunicorn\n"), ("app.py", "")]),
        (
            "python_fastapi",
            &[("pyproject.toml", "[project]\ndependencies = [\"fastapi>=0.1\"]\n"), ("main.py", "")],
        ),
        ("python_plain", &[("main.py", "")]),
        ("go", &[("go.mod", "module x"), ("go.sum", ""), ("cmd/server/main.go", "")]),
        ("rust", &[("Cargo.toml", "[package]\nname = \"web\"\n"), ("src/main.rs", "")]),
        ("static", &[("public/index.html", "")]),
    ];
    for (name, files) in cases {
        let found = of(files);
        let text = generated(&found);
        assert!(!text.contains("# syntax"), "needs the network");
        assert!(text.contains("\nUSER "), "{name} runs as root");
        assert_eq!(seatrial_core::detect::exposed_port(text), port(&found), "{name}");
        insta::assert_snapshot!(format!("dockerfile_{name}"), text);
    }
}

#[test]
fn a_project_without_an_entry_point_gets_no_dockerfile_and_a_note() {
    for files in [
        &[("package.json", "{}")][..],
        &[("package.json", "{ broken")],
        &[("requirements.txt", "requests")],
        &[("go.mod", ""), ("cmd/a/main.go", ""), ("cmd/b/main.go", "")],
        &[("Cargo.toml", "[workspace]\n")],
        &[("Cargo.toml", "[package]\nname = \"x\"\n[[bin]]\nname = \"a\"\n[[bin]]\nname = \"b\"\n")],
    ] {
        let found = of(files);
        assert_eq!((&found.dockerfile, found.notes.len()), (&Dockerfile::None, 1), "{files:?}");
    }
    let nothing = of(&[("README.md", "")]);
    assert_eq!((nothing.kind, nothing.app.as_str()), (ProjectKind::Unknown, "guestbook"));
}

#[test]
fn a_command_becomes_a_step_only_when_the_project_says_that_it_is_used() {
    let scripts = "{\"scripts\":{\"lint\":\"eslint .\",\"test\":\"vitest\"}}";
    let found = of(&[("package.json", scripts), ("yarn.lock", "")]);
    assert_eq!(
        steps(&found),
        [
            ("lint", "yarn run lint", "package.json: scripts.lint"),
            ("unit-test", "yarn run test", "package.json: scripts.test")
        ]
    );
    let npm_init = "{\"scripts\":{\"test\":\"echo \\\"Error: no test specified\\\" && exit 1\"}}";
    assert!(steps(&of(&[("package.json", npm_init)])).is_empty());
    let found = of(&[("pyproject.toml", "[tool.ruff]\n[tool.pytest.ini_options]\n")]);
    assert_eq!(
        steps(&found),
        [
            ("lint", "ruff check .", "pyproject.toml: tool.ruff"),
            ("unit-test", "pytest", "pyproject.toml: tool.pytest")
        ]
    );
    assert!(
        steps(&of(&[("pyproject.toml", "[project]\nname = \"ruff\"\n"), ("tests/test_a.py", "")])).is_empty()
    );
    let found = of(&[("setup.cfg", "[flake8]\n[tool:pytest]\n")]);
    assert_eq!(steps(&found)[0].1, "flake8");
    let found = of(&[("Cargo.toml", "[package]\nname = \"x\"\n"), ("tests/a.rs", "")]);
    assert_eq!(steps(&found), [("unit-test", "cargo test", "tests/a.rs")]);
    let found = of(&[("Cargo.toml", "[lints.clippy]\nall = \"warn\"\n")]);
    assert_eq!(steps(&found)[0].1, "cargo clippy --all-targets -- -D warnings");
    let found = of(&[
        ("Makefile", "lint = x\ntest: build\n\tgo test\n.PHONY: lint\n"),
        ("go.mod", ""),
        ("a_test.go", ""),
    ]);
    assert_eq!(
        steps(&found),
        [("lint", "go vet ./...", "go.mod"), ("unit-test", "make test", "Makefile: test")]
    );
    let found = of(&[("justfile", "lint:\n  x\ntest := 'no'\n")]);
    assert_eq!(steps(&found), [("lint", "just lint", "justfile: lint")]);
}
