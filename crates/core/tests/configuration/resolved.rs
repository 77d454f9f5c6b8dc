//! What files resolve to.

use super::support::{dockerfile_folder, folder, problems, rendered, resolved};
use seatrial_core::model::{Batch, OnFailure, Phase, Practice, Rollout, Strategy, Target};
use seatrial_core::pipeline::{Cause, Mount, PortBinding, SecretRef, VersionSource};
use seatrial_core::spec::{
    AppSpec, KeepOld, OnNoGo, Origin, VerdictPolicy, explain, initial_file, parse, resolve_without_file,
};

fn environment<'s>(spec: &'s AppSpec, name: &str) -> &'s seatrial_core::spec::EnvironmentSpec {
    spec.environments.iter().find(|e| e.name.as_str() == name).unwrap()
}

fn explained(spec: &AppSpec) -> String {
    explain(spec)
        .iter()
        .map(|line| {
            let origin = match &line.origin {
                Origin::File { file, line, column } => format!("{file}:{line}:{column}"),
                Origin::Detected { evidence } => format!("detected: {evidence}"),
                Origin::Default => "default".to_owned(),
            };
            format!("{} = {}  ({origin})\n", line.path, line.value)
        })
        .collect()
}

#[test]
fn a_folder_with_a_dockerfile_needs_no_file() {
    let (spec, warnings) = resolve_without_file(&dockerfile_folder()).unwrap();
    assert!(warnings.is_empty(), "{}", rendered(&warnings));
    insta::assert_snapshot!("without_a_file", explained(&spec));
}

#[test]
fn three_lines_reach_a_server() {
    let spec = resolved("app = \"guestbook\"\n[env]\nprod = \"ssh://deploy@203.0.113.7\"\n");
    let prod = environment(&spec, "prod");
    assert_eq!(prod.target, "ssh://deploy@203.0.113.7".parse::<Target>().unwrap());
    assert!(prod.production);
    assert_eq!(prod.domains, ["203.0.113.7"], "visitors reach it by the same address");
    let alias = resolved("app = \"guestbook\"\n[env]\nprod = \"ssh://web1\"\n");
    assert!(environment(&alias, "prod").domains.is_empty(), "the name of an SSH entry is known here only");
    assert_eq!(spec.environments.len(), 1);
}

#[test]
fn the_example_of_the_reference_page_resolves_to_what_it_says() {
    let facts = dockerfile_folder();
    let (spec, warnings) = parse(seatrial_core::spec::EXAMPLE.as_bytes(), "seatrial.toml", &facts).unwrap();
    assert!(warnings.is_empty(), "{}", rendered(&warnings));
    insta::assert_snapshot!("the_example", explained(&spec));
}

#[test]
fn environments_keep_the_order_of_the_file_however_they_are_written() {
    let spec = resolved(
        "[env.prod.ship]\nport = 1\n[env.a]\ntarget = \"docker\"\n[env.prod]\ntarget = \"docker\"\n[env.b]\ntarget = \"swarm\"\n",
    );
    let names: Vec<&str> = spec.environments.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["prod", "a", "b"]);
    let spec = resolved("[env]\nz = \"docker\"\na = { target = \"docker\" }\nm.target = \"docker\"\n");
    let names: Vec<&str> = spec.environments.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["z", "a", "m"]);
}

#[test]
fn the_first_local_environment_has_the_short_address() {
    let spec =
        resolved("app = \"shop\"\n[env]\nlive = \"ssh://a\"\nstaging = \"docker\"\ntest = \"docker\"\n");
    assert!(environment(&spec, "live").domains.is_empty());
    assert_eq!(environment(&spec, "staging").domains, ["shop.localhost"]);
    assert_eq!(environment(&spec, "test").domains, ["test.shop.localhost"]);
    assert!(spec.environments.iter().all(|e| !e.production));
}

#[test]
fn an_environment_overrides_key_by_key() {
    let spec = resolved(
        r#"
[ship]
drain = "1s"
health = { path = "/health", deadline = "5s" }
ports = ["1:1"]
[evaluate]
availability = { rate = 7, for = "9s" }
verdict = "person"
[env.a]
target = "docker"
ship.health.deadline = "7s"
ship.ports = []
evaluate.availability.rate = 8
[env.b]
target = "docker"
evaluate.availability = false
ship.strategy = "live"
"#,
    );
    let (a, b) = (environment(&spec, "a"), environment(&spec, "b"));
    assert_eq!((a.ship.drain_ms, a.ship.health.deadline_ms, b.ship.health.deadline_ms), (1000, 7000, 5000));
    assert_eq!(a.ship.health.path, "/health");
    assert!(a.ship.ports.is_empty());
    assert_eq!(b.ship.ports, [PortBinding { host: 1, container: 1 }]);
    let limits = a.evaluate.availability.as_ref().unwrap();
    assert_eq!((limits.rate, limits.for_ms, limits.path.as_str()), (8, 9000, "/health"));
    assert_eq!(b.evaluate.availability, None);
    assert_eq!(b.evaluate.verdict, VerdictPolicy::Person);
    assert_eq!((a.ship.strategy, b.ship.strategy), (Strategy::BlueGreen, Strategy::Live));
    let line = |path: &str| match &spec.origins[path] {
        Origin::File { line, .. } => *line,
        other => panic!("{other:?}"),
    };
    assert_eq!(line("env.a.ship.health.deadline"), 11);
    assert_eq!(line("env.a.ship.health.path"), 4);
    assert_eq!(spec.origins["env.a.ship.health.request"], Origin::Default);
}

#[test]
fn everything_that_can_be_said_is_taken() {
    let spec = resolved(
        r#"
app = "guestbook"
[build]
version = "1.2.3"
image = { dockerfile = "./Dockerfile", context = "web/", target = "final", args = { A = "1", N = 2 }, timeout = "3m" }
[build.steps.check]
run = "make check"
practice = "lint"
timeout = "90s"
retry = { times = 3, on = ["exit-status", "timeout"], wait = "500ms" }
blocking = false
folder = "web"
env = { A = "x", FLAG = true }
secrets = ["NPM_TOKEN"]
[ship]
command = ["serve", "--all"]
memory = "256MiB"
keep_old = "warm"
keep_releases = 2
stop_grace = "3s"
volumes = ["data:/data", "/srv/x:/x:ro"]
health = { path = "/up", status = 204, request = "1s", successes = 3 }
[evaluate]
smoke = [{ path = "/", status = 302 }, "/up"]
on_no_go = "rollback"
[env.prod]
target = "docker"
production = false
https = true
domains = ["Shop.Example"]
env = { LOG = "info", WORKERS = 4 }
secrets = ["DATABASE_URL", { name = "API_KEY", as_env = true }]
"#,
    );
    assert_eq!(spec.build.version, VersionSource::Fixed { version: "1.2.3".into() });
    let image = &spec.build.image;
    assert_eq!((image.dockerfile.as_str(), image.context.as_str()), ("Dockerfile", "web"));
    assert_eq!((image.target.as_deref(), image.args["N"].as_str()), (Some("final"), "2"));
    assert_eq!(spec.build.image_timeout_ms, 180_000);
    let step = &spec.build.steps[0];
    assert_eq!((step.id.as_str(), step.practice, step.phase), ("check", Practice::Lint, Phase::Build));
    assert_eq!((step.timeout_ms, step.blocking, step.folder.as_str()), (90_000, false, "web"));
    assert_eq!(step.retry.on, [Cause::ExitStatus, Cause::Timeout]);
    assert_eq!((step.retry.times, step.retry.wait_ms), (3, 500));
    assert_eq!((step.env["FLAG"].as_str(), step.secrets[0].as_str()), ("true", "NPM_TOKEN"));
    let prod = environment(&spec, "prod");
    assert!(prod.https && !prod.production);
    assert_eq!(prod.domains, ["shop.example"]);
    assert_eq!(prod.env["WORKERS"], "4");
    assert_eq!(prod.secrets[1], SecretRef { name: "API_KEY".into(), as_env: true, version: None });
    let ship = &prod.ship;
    assert_eq!(ship.command.as_deref().unwrap(), ["serve", "--all"]);
    assert_eq!((ship.memory, ship.keep_old, ship.keep_releases), (Some(256 << 20), KeepOld::Warm, 2));
    assert_eq!(ship.mounts[1], Mount { source: "/srv/x".into(), path: "/x".into(), read_only: true });
    assert_eq!((ship.health.status, ship.health.successes), ((204, 204), 3));
    assert_eq!((ship.port, ship.stop_grace_ms), (8000, 3000));
    let smoke: Vec<_> = prod.evaluate.smoke.iter().map(|s| (s.path.as_str(), s.status)).collect();
    assert_eq!(smoke, [("/", 302), ("/up", 200)]);
    assert_eq!(prod.evaluate.on_no_go, OnNoGo::Rollback);
}

#[test]
fn a_matrix_makes_a_copy_for_every_combination_and_needs_mean_all_of_them() {
    let spec = resolved(
        r#"
[build.steps.lint]
run = "x"
matrix = { python = ["3.11", "3.12"], os = ["a", "b"] }
[build.steps.unit-test]
run = "py${matrix.python} ${HOME}"
env = { V = "v${matrix.python}" }
folder = "p/${matrix.python}"
needs = ["lint"]
matrix = { python = ["3.11", "3.12"] }
[build.steps.last]
run = "x"
needs = ["unit-test-3-12", "lint-3-11-b"]
"#,
    );
    let ids: Vec<&str> = spec.build.steps.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "lint-3-11-a",
            "lint-3-11-b",
            "lint-3-12-a",
            "lint-3-12-b",
            "unit-test-3-11",
            "unit-test-3-12",
            "last"
        ]
    );
    let test = &spec.build.steps[5];
    assert_eq!((test.practice, test.needs.len()), (Practice::UnitTest, 4));
    assert_eq!((test.command.as_str(), test.folder.as_str()), ("py3.12 ${HOME}", "p/3.12"));
    assert_eq!((test.env["V"].as_str(), test.env["MATRIX_PYTHON"].as_str()), ("v3.12", "3.12"));
    let last: Vec<&str> = spec.build.steps[6].needs.iter().map(|n| n.as_str()).collect();
    assert_eq!(last, ["unit-test-3-12", "lint-3-11-b"]);
}

#[test]
fn evaluate_steps_of_an_environment_add_to_or_replace_the_common_ones() {
    let spec = resolved(
        r#"
[evaluate.steps]
integration-test = "common"
kpi = { run = "kpi", needs = ["integration-test"] }
[env.a]
target = "docker"
evaluate.steps.integration-test = "own"
evaluate.steps.extra = { run = "extra", needs = ["kpi"] }
[env.b]
target = "docker"
"#,
    );
    let commands = |name: &str| -> Vec<String> {
        environment(&spec, name).evaluate.steps.iter().map(|s| s.command.clone()).collect()
    };
    assert_eq!(commands("a"), ["own", "kpi", "extra"]);
    assert_eq!(commands("b"), ["common", "kpi"]);
}

#[test]
fn a_smoke_request_is_only_assumed_where_the_health_path_is_said() {
    let smoke = |text: &str| resolved(text).environments[0].evaluate.smoke.clone();
    assert!(smoke("").is_empty());
    let one = smoke("ship.health = \"/up\"");
    assert_eq!((one.len(), one[0].path.as_str(), one[0].status), (1, "/up", 200));
    assert_eq!(smoke("ship.health = { path = \"/up\", status = \"204\" }")[0].status, 204);
    assert!(smoke("ship.health = \"/up\"\nevaluate.smoke = []").is_empty());
}

#[test]
fn declared_steps_are_the_whole_list_and_detection_fills_only_a_missing_one() {
    let facts = folder(&[("Dockerfile", "FROM x\nEXPOSE 1"), ("go.mod", "module x"), ("a_test.go", "")]);
    let steps = |text: &str| -> Vec<String> {
        let (spec, _) = parse(text.as_bytes(), "seatrial.toml", &facts).unwrap();
        spec.build.steps.iter().map(|s| s.command.clone()).collect()
    };
    assert_eq!(steps(""), ["go vet ./...", "go test ./..."]);
    assert_eq!(steps("[build.steps]\nlint = \"x\""), ["x"]);
    assert!(steps("[build.steps]").is_empty());
}

#[test]
fn the_revision_follows_the_values_and_not_how_they_are_written() {
    let revision = |text: &str| resolved(text).revision;
    let one = revision("app = \"a\"\nship.health = \"/up\"\n");
    let same = "# a comment\napp = 'a'\n[ship]\nhealth = { path = '/up', status = '200-399' }\n[env]\n";
    assert_eq!(one, revision(same));
    assert_ne!(one, revision("app = \"a\"\nship.health = \"/down\"\n"));
}

#[test]
fn a_folder_that_is_no_app_says_what_to_do() {
    let problems = resolve_without_file(&folder(&[("notes.txt", "")])).unwrap_err();
    insta::assert_snapshot!("nothing_to_build", rendered(&problems));
    let compose = folder(&[("compose.yaml", "services:\n  db:\n    image: postgres\n")]);
    let problems = resolve_without_file(&compose).unwrap_err();
    insta::assert_snapshot!("nothing_to_build_in_compose", rendered(&problems));
}

#[test]
fn a_port_nobody_knows_is_assumed_and_said() {
    let facts = folder(&[("Dockerfile", "FROM scratch\n")]);
    let (spec, warnings) = parse(b"", "seatrial.toml", &facts).unwrap();
    assert_eq!(spec.environments[0].ship.port, 8080);
    assert!(rendered(&warnings).contains("nothing says which port the app listens on"));
    let (_, warnings) = parse(b"ship.port = 9000", "seatrial.toml", &facts).unwrap();
    assert!(warnings.is_empty());
}

#[test]
fn several_hosts_are_a_list_and_a_list_of_one_is_that_host() {
    let spec = resolved(
        r#"
app = "guestbook"
[ship]
port = 8000
batch = "50%"
[env]
one = ["ssh://deploy@a"]
[env.prod]
target = ["ssh://deploy@b", "ssh://deploy@a"]
domains = ["guestbook.example.org"]
[env.prod.ship]
on_failure = "hold"
"#,
    );
    let targets: Vec<String> = spec.environments.iter().map(|e| e.target.to_string()).collect();
    assert_eq!(targets, ["ssh://deploy@a", "ssh://deploy@b, ssh://deploy@a"]);
    let rollout = spec.environments[1].ship.rollout;
    assert_eq!(rollout, Rollout { batch: Batch::Ppm(500_000), on_failure: OnFailure::Hold });
    let shown = explain(&spec);
    let said = |path: &str| shown.iter().find(|e| e.path == path).map(|e| e.value.clone());
    assert_eq!(said("env.prod.ship.batch").as_deref(), Some("50%"));
    assert_eq!(said("env.prod.ship.on_failure").as_deref(), Some("hold"));
    assert_eq!(said("env.one.ship.batch"), None, "one host has no batches");
}

#[test]
fn every_value_has_an_origin_and_every_origin_a_value() {
    let spec = resolved(seatrial_core::spec::EXAMPLE);
    let paths: Vec<String> = explain(&spec).into_iter().map(|e| e.path).collect();
    for path in spec.origins.keys() {
        // The step with a matrix shows in the copies it makes.
        let copy = path.replacen("build.steps.unit-test.", "build.steps.unit-test-3-11.", 1);
        let shown = paths.iter().any(|p| *p == copy || copy.starts_with(&format!("{p}.")));
        // Needs and secrets show only where there are some; a matrix as the variables it makes.
        let quiet = ["needs", "secrets", "matrix"].iter().any(|end| path.ends_with(end));
        assert!(shown || quiet, "{path} is resolved and not explained");
    }
    let origin = |path: &str| explain(&spec).into_iter().find(|e| e.path == path).unwrap().origin;
    assert_eq!(origin("build.steps.unit-test-3-11.run"), spec.origins["build.steps.unit-test.run"]);
    assert!(matches!(origin("build.steps.unit-test-3-12.env.MATRIX_PYTHON"), Origin::File { line: 15, .. }));
}

#[test]
fn the_initial_file_says_what_was_found_and_changes_nothing() {
    for (name, facts) in [
        ("initial_dockerfile", dockerfile_folder()),
        (
            "initial_node",
            folder(&[
                (
                    "package.json",
                    r#"{"scripts":{"start":"node server.js","lint":"eslint .","test":"node --test"},"dependencies":{"express":"5"}}"#,
                ),
                ("server.js", ""),
            ]),
        ),
        (
            "initial_compose",
            folder(&[
                (
                    "compose.yaml",
                    "services:\n  web:\n    build: ./web\n    ports: ['80:5000']\n  db:\n    image: postgres\n",
                ),
                ("web/Dockerfile", "FROM x"),
            ]),
        ),
    ] {
        let (spec, _) = resolve_without_file(&facts).unwrap();
        let file = initial_file(&spec);
        insta::assert_snapshot!(name, file);
        let (again, warnings) = parse(file.as_bytes(), "seatrial.toml", &facts).unwrap();
        assert!(warnings.is_empty(), "{}", rendered(&warnings));
        assert_eq!(again.revision, spec.revision, "{file}");
    }
}

#[test]
fn a_file_with_windows_line_ends_and_a_byte_order_mark_is_read() {
    assert_eq!(problems("\u{feff}app = \"a\"\r\n[ship]\r\nport = 1\r\n"), "");
}

#[test]
fn jobs_of_an_environment_replace_those_of_the_file_by_name_and_come_in_its_order() {
    let text = r#"
        [ship.jobs]
        migrate = "./migrate"
        seed = { run = ["/seed", "--all"], memory = "1GiB", practice = "provision" }
        [env.staging]
        target = "docker"
        [env.prod]
        target = "docker"
        [env.prod.ship.jobs]
        after-all = "./tidy"
        migrate = { run = "./migrate --careful", timeout = "1h" }
    "#;
    let spec = resolved(text);
    let jobs = |place: usize| {
        let jobs = spec.environments[place].ship.jobs.iter();
        jobs.map(|j| (j.name.to_string(), j.command.join(" "), j.timeout_ms / 1000, j.practice))
            .collect::<Vec<_>>()
    };
    let job = |name: &str, command: &str, seconds: u64, practice| {
        (name.to_owned(), command.to_owned(), seconds, practice)
    };
    let seed = job("seed", "/seed --all", 600, Practice::Provision);
    assert_eq!(jobs(0), [job("migrate", "/bin/sh -c ./migrate", 600, Practice::Migrate), seed.clone()]);
    let careful = job("migrate", "/bin/sh -c ./migrate --careful", 3600, Practice::Migrate);
    assert_eq!(jobs(1), [careful, seed, job("after-all", "/bin/sh -c ./tidy", 600, Practice::Custom)]);
    assert_eq!(spec.environments[0].ship.jobs[1].memory, Some(1 << 30));
    let origin = &spec.origins["env.prod.ship.jobs.migrate.run"];
    assert!(matches!(origin, Origin::File { line: 11, .. }), "{origin:?}");
}

#[test]
fn workers_of_an_environment_replace_those_of_the_file_by_name_and_come_in_its_order() {
    let text = r#"
        [ship.workers]
        mails = "./mails"
        index = { run = ["/index", "--follow"], memory = "1GiB" }
        [env.staging]
        target = "docker"
        [env.prod]
        target = "docker"
        [env.prod.ship.workers]
        orders = "./orders"
        mails = { run = "./mails --fast", steady = "1m" }
    "#;
    let spec = resolved(text);
    let workers = |place: usize| {
        let workers = spec.environments[place].ship.workers.iter();
        workers.map(|w| (w.name.to_string(), w.words(), w.steady_ms / 1000)).collect::<Vec<_>>()
    };
    let worker = |name: &str, words: &str, seconds: u64| (name.to_owned(), words.to_owned(), seconds);
    let index = worker("index", "/index --follow", 5);
    assert_eq!(workers(0), [worker("mails", "./mails", 5), index.clone()]);
    assert_eq!(workers(1), [worker("mails", "./mails --fast", 60), index, worker("orders", "./orders", 5)]);
    assert_eq!(spec.environments[0].ship.workers[1].memory, Some(1 << 30));
    let origin = &spec.origins["env.prod.ship.workers.mails.run"];
    assert!(matches!(origin, Origin::File { line: 11, .. }), "{origin:?}");
}
