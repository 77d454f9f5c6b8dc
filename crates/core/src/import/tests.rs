//! Files of other tools, and what becomes of them.

use super::*;
use crate::detect::facts::{FileFact, PipelineFile};

fn folder(files: &[(&str, &str)]) -> FolderFacts {
    let fact = |(path, text): &(&str, &str)| FileFact {
        path: (*path).into(),
        size: text.len() as u64,
        executable: false,
    };
    let mut listed: Vec<FileFact> = files.iter().map(fact).collect();
    listed.sort_by(|a, b| a.path.cmp(&b.path));
    FolderFacts {
        root: "/srv/shop".into(),
        files: listed,
        texts: files.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect(),
        pipeline_file: PipelineFile::Absent,
        git: None,
        notes: Vec::new(),
    }
}

const DOCKERFILE: (&str, &str) = ("Dockerfile", "FROM scratch\n");

const COMPOSE: &str = r#"
name: Shop
services:
  web:
    build: { context: ., target: run, args: { MODE: release, WHO: "${USER}" } }
    ports: ["8080:8000", "9000:9000", "127.0.0.1:9001:9001"]
    environment:
      LOG: info
      RETRIES: 3
      DB_PASSWORD: hunter2
      HOME_URL: "${URL}"
    healthcheck: { test: ["CMD", "curl", "-f", "http://localhost:8000/health"] }
    volumes: ["data:/data", "./conf:/etc/app:ro"]
    mem_limit: 256m
    depends_on: [db]
  db: { image: "postgres:15" }
"#;

#[test]
fn a_compose_file_becomes_a_configuration_that_resolves() {
    let import = import(&folder(&[DOCKERFILE, ("compose.yaml", COMPOSE)]), None).unwrap();
    assert_eq!((import.tool, import.file.as_str()), ("Compose", "compose.yaml"));
    insta::assert_snapshot!(import.text.unwrap(), @r#"
    app = "shop"

    [build.image]
    dockerfile = "Dockerfile"
    target = "run"
    args = { MODE = "release" }

    [ship]
    port = 8000
    health = "/health"
    memory = "256m"
    ports = ["9000:9000"]
    volumes = ["data:/data"]

    [env.local]
    target = "docker"
    env = { LOG = "info", RETRIES = "3" }
    secrets = [{ name = "DB_PASSWORD", as_env = true }]
    "#);
    let left = import.left.join("\n");
    for word in ["WHO", "127.0.0.1:9001", "DB_PASSWORD", "HOME_URL", "./conf", "depends_on", "postgres:15"] {
        assert!(left.contains(word), "{word} is dropped without a word:\n{left}");
    }
    assert!(!left.contains("hunter2") && !left.contains("has a problem"), "{left}");
}

#[test]
fn kamals_file_becomes_a_server_with_its_domain_and_secrets() {
    let deploy = r"
service: shop
image: ada/shop
servers: { web: [203.0.113.7, 203.0.113.8], job: { hosts: [203.0.113.9], cmd: bin/jobs --all }, other: [] }
proxy: { ssl: true, host: shop.example.org, app_port: 3000, healthcheck: { path: /up } }
registry: { username: ada }
env: { clear: { LOG: info }, secret: [RAILS_MASTER_KEY] }
ssh: { user: deploy }
builder: { arch: amd64, dockerfile: ../Dockerfile }
volumes: ['storage:/rails/storage']
accessories: { db: { image: 'mysql:8' } }
";
    let import = import(&folder(&[DOCKERFILE, ("compose.yaml", COMPOSE)]), Some(deploy)).unwrap();
    assert_eq!(import.tool, "Kamal");
    insta::assert_snapshot!(import.text.unwrap(), @r#"
    app = "shop"

    [ship]
    port = 3000
    health = "/up"
    volumes = ["storage:/rails/storage"]

    [ship.workers]
    job = "bin/jobs --all"

    [env.prod]
    target = "ssh://deploy@203.0.113.7"
    domains = ["shop.example.org"]
    https = true
    env = { LOG = "info" }
    secrets = [{ name = "RAILS_MASTER_KEY", as_env = true }]
    "#);
    let left = import.left.join("\n");
    for word in [
        "203.0.113.8",
        "role `job` (203.0.113.9)",
        "`other`",
        "registry",
        "accessories",
        "RAILS_MASTER_KEY",
        "../Dockerfile",
    ] {
        assert!(left.contains(word), "{word} is dropped without a word:\n{left}");
    }
}

#[test]
fn kamals_servers_and_its_role_with_a_command_become_an_environment_on_all_of_them() {
    let deploy = r"
service: shop
image: ada/shop
servers: { web: [203.0.113.7, 203.0.113.8], Job_Queue: { hosts: [203.0.113.8], cmd: bin/jobs } }
proxy: { host: shop.example.org, app_port: 3000 }
";
    let import = import(&folder(&[DOCKERFILE]), Some(deploy)).unwrap();
    insta::assert_snapshot!(import.text.unwrap(), @r#"
    app = "shop"

    [ship]
    port = 3000
    health = "/up"

    [ship.workers]
    job-queue = "bin/jobs"

    [env.prod]
    target = ["ssh://root@203.0.113.7", "ssh://root@203.0.113.8"]
    domains = ["shop.example.org"]
    "#);
    let left = import.left.join("\n");
    assert!(!left.contains("203.0.113") && !left.contains("has a problem"), "{left}");
}

#[test]
fn a_folder_without_another_tools_file_has_nothing_to_import() {
    assert_eq!(import(&folder(&[DOCKERFILE]), None), None);
}

#[test]
fn t10_a_file_that_blows_up_or_is_nonsense_is_told_and_nothing_else() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
        d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    for text in [bomb, "{", "\u{0}", &"[".repeat(10_000), &"x".repeat(LARGEST + 1)] {
        let import = import(&folder(&[DOCKERFILE]), Some(text)).unwrap();
        assert_eq!((import.text, import.left.len()), (None, 1));
    }
    for text in [
        "",
        "1",
        "[]",
        "services: 3",
        "services: { a: 1, b: [] }",
        "servers: { web: { hosts: 3 } }",
        "proxy: []",
    ] {
        assert!(import(&folder(&[DOCKERFILE]), Some(text)).is_some(), "{text}");
        let compose = folder(&[DOCKERFILE, ("compose.yaml", text)]);
        assert!(import(&compose, None).is_some(), "{text}");
    }
}
