//! What a person reads when a `seatrial.toml` is wrong.

use super::support::{dockerfile_folder, problems, rendered};

/// A name, and a file with something wrong in it.
const CASES: &[(&str, &str)] = &[
    (
        "jobs_have_a_name_of_their_own_and_something_to_run",
        r#"
app = "guestbook"
[build.steps]
check-2 = "true"
[evaluate.steps]
look = "true"
[ship.jobs]
migrate = { run = "./migrate", timeout = "soon", when = "later" }
launch = "./x"
check = "./x"
look = ["./x"]
Seed = "./seed"
[ship.jobs.empty]
run = []
practice = "lint"
[env.prod]
target = "docker"
ship.jobs.nothing = {}
"#,
    ),
    (
        "workers_have_a_name_and_something_to_run",
        r#"
app = "guestbook"
[ship.workers]
mails = { run = "./mails", steady = "0s", count = 2 }
Index = "./index"
a-name-that-is-much-too-long-for-a-container = "./x"
[ship.workers.empty]
run = []
[env.prod]
target = "docker"
ship.workers.nothing = {}
"#,
    ),
    (
        "what_cannot_be_on_several_hosts_is_refused_where_it_stands",
        r#"
app = "guestbook"
[ship]
batch = 0
on_failure = "ignore"
volumes = ["data:/data"]
[env.staging]
target = ["ssh://deploy@a", "docker", "a b"]
[env.twice]
target = ["ssh://deploy@a", "ssh://other@a"]
domains = ["twice.example.org"]
[env.text]
target = "ssh://deploy@a, ssh://deploy@b"
[env.none]
target = []
[env.prod]
target = ["ssh://deploy@a", "ssh://deploy@b"]
https = true
[env.prod.ship]
strategy = "live"
ports = ["5432"]
"#,
    ),
    (
        "unknown_keys_are_answered_with_a_suggestion",
        r#"
app = "guestbook"
envs = 1
[build]
stps = {}
colour = "red"
[ship]
helth = "/health"
healthy = true
[env.prod]
target = "docker"
domain = ["a.example"]
[build.steps.lint]
run = "x"
time_out = "5m"
"#,
    ),
    (
        "keys_that_stand_twice_do_not_hide_other_problems",
        r#"
app = "guestbook"
app = "other"
[ship]
port = "8000"
drain = "soon"
[ship]
port = 1
[env]
prod = "docker"
prod = "docker"
"#,
    ),
    (
        "wrong_types_say_what_is_expected_and_what_is_there",
        r#"
app = 3
build = "x"
[ship]
port = "8000"
drain = 10
memory = 256
command = "run me"
ports = [5432]
keep_releases = 0
strategy = true
health = { path = 1, status = 2000, successes = 1.5 }
[evaluate]
smoke = "/"
availability = "yes"
[env]
staging = 1
[env.prod]
target = "docker"
production = "true"
https = "yes"
env = { A = ["x"], B = 1979-05-27 }
secrets = "KEY"
"#,
    ),
    (
        "names_outside_the_alphabet_are_answered_with_one_inside",
        r#"
app = "Guest Book!"
[build.steps."Unit Test"]
run = "x"
[env.Prod_1]
target = "docker"
env = { "MY-VAR" = "x", "1A" = "y" }
secrets = ["API-KEY"]
[env.this-name-is-much-too-long-for-an-environment]
target = "docker"
"#,
    ),
    (
        "unknown_words_are_answered_with_a_suggestion",
        r#"
[build.steps.check]
run = "x"
practice = "lnt"
retry = { times = 2, on = ["time-out", "everything"] }
[ship]
strategy = "bluegreen"
keep_old = "yes"
[evaluate]
verdict = "Person"
[env]
a = "dokcer"
b = "deploy@203.0.113.7"
c = "ssh://-oProxyCommand=x"
d = "kubernetes"
"#,
    ),
    (
        "strategies_that_come_later_say_what_to_use_now",
        r#"
[ship]
strategy = "canary"
[env.prod]
target = "docker"
ship.strategy = "rolling"
"#,
    ),
    (
        "circles_in_needs_are_named",
        r#"
[build.steps]
a = { run = "x", needs = ["b"] }
b = { run = "x", needs = ["c"] }
c = { run = "x", needs = ["a"] }
d = { run = "x", needs = ["d"] }
e = { run = "x", needs = ["a"] }
"#,
    ),
    (
        "needs_of_unknown_steps_are_answered_with_a_suggestion",
        r#"
[build.steps.lint]
run = "x"
[build.steps.unit-test]
run = "x"
needs = ["lnt", "package-everything"]
[evaluate.steps.integration-test]
run = "x"
needs = ["unit-test"]
"#,
    ),
    (
        "one_domain_leads_to_one_environment",
        r#"
[env.staging]
target = "docker"
domains = ["shop.example", "SHOP.example"]
[env.prod]
target = "ssh://web1"
domains = ["www.shop.example", "shop.example"]
[env.local]
target = "docker"
domains = ["https://shop.example/x", "*.shop.example", "a_b"]
"#,
    ),
    (
        "a_default_domain_can_be_taken_too",
        r#"
app = "guestbook"
[env.a]
target = "docker"
[env.b]
target = "docker"
domains = ["guestbook.localhost"]
"#,
    ),
    (
        "paths_stay_in_the_folder",
        r#"
[build]
image = { dockerfile = "../Dockerfile", context = "/srv" }
[build.steps.lint]
run = "x"
folder = "a/../../b"
"#,
    ),
    (
        "texts_with_a_form_say_how_they_are_written",
        r#"
[build]
version = "1.0+linux"
[ship]
drain = "10"
stop_grace = "48h"
memory = "lots"
ports = ["127.0.0.1:80:80"]
volumes = ["./data:/data", "data:data", "data:/data:rx"]
health = { path = "health", status = "ok" }
[evaluate]
smoke = [{ status = 200 }, { path = "/a b" }]
availability = { max_failed = 0.1, rate = 0 }
"#,
    ),
    (
        "the_same_thing_twice_is_refused",
        r#"
[ship]
ports = ["80:80", "80:81"]
volumes = ["a:/data", "b:/data"]
[env.prod]
target = "docker"
domains = ["a.example", "a.example"]
secrets = ["KEY", { name = "KEY" }, { name = "OTHER", as_env = true }]
env = { OTHER = "x" }
[build.steps.check]
run = "x"
[evaluate.steps.check]
run = "x"
"#,
    ),
    (
        "a_practice_belongs_to_its_phase",
        r#"
[build.steps.integration-test]
run = "x"
[build.steps.launch]
run = "x"
[build.steps.mine]
run = "x"
practice = "kpi"
[evaluate.steps.lint]
run = "x"
"#,
    ),
    (
        "a_matrix_is_bounded_and_its_expressions_are_closed",
        r#"
[build.steps.big]
run = "x"
matrix = { a = [1, 2, 3, 4, 5, 6, 7, 8], b = [1, 2, 3, 4, 5, 6, 7] }
[build.steps.none]
run = "x"
matrix = { a = [] }
[build.steps.unknown]
run = "${matrix.c} ${matrix.a}"
matrix = { a = [1] }
[build.steps.open]
run = "${matrix.a"
matrix = { a = [1] }
[build.steps.without]
run = "echo ${matrix.python} $HOME ${HOME}"
[build.steps.same]
run = "x"
matrix = { a = ["1.0", "1-0"] }
[build.steps.leaves]
run = "x"
folder = "a/${matrix.to}"
matrix = { to = ["../../x"] }
"#,
    ),
    (
        "a_step_cannot_be_called_like_one_of_seatrials_own",
        r#"
[build.steps]
package = "tar c ."
release = "x"
[evaluate.steps.smoke]
run = "x"
"#,
    ),
    (
        "what_is_missing_is_named",
        r#"
[build.steps.lint]
needs = []
[build.steps.empty]
run = " "
[env.prod]
production = true
"#,
    ),
    (
        "syntax_errors_are_reported_line_by_line",
        r#"
app = guestbook
[build
version = "commits"
[env]
prod = "docker
staging = 
"#,
    ),
    (
        "values_toml_cannot_hold_do_not_hide_other_problems",
        r#"
[ship]
port = 99999999999999999999
keep_releases = "x"
"#,
    ),
    (
        "warnings_for_what_is_likely_not_meant",
        r#"
app = "guestbook"
[build]
image = "Dockerfil"
[build.steps.unit-tests]
run = "x"
[evaluate]
availability = { for = "2s", rate = 1, min_requests = 50 }
[ship]
ports = ["5432:5432"]
[env.a]
target = "docker"
domains = []
env = { DB_PASSWORD = "hunter2", DB_PASSWORD_FILE = "/run/secrets/x", TOKEN = "" }
[env.b]
target = "docker"
"#,
    ),
];

#[test]
fn problems_say_what_where_and_what_to_do() {
    for (name, text) in CASES {
        insta::with_settings!({ description => *text, omit_expression => true }, {
            insta::assert_snapshot!(*name, problems(text));
        });
    }
}

#[test]
fn t10_a_file_of_two_mebibytes_is_refused_before_it_is_read() {
    let text = format!("app = \"guestbook\"\n{}", "# padding\n".repeat(220_000));
    assert!(text.len() > 2 << 20);
    let shown = problems(&text);
    assert!(
        shown.starts_with("seatrial.toml:1:1: error: the file has 2200018 bytes; at most 1048576"),
        "{shown}"
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_pointed_at() {
    let facts = dockerfile_folder();
    let problems =
        seatrial_core::spec::parse(b"app = \"a\"\n# caf\xe9\n", "seatrial.toml", &facts).unwrap_err();
    assert_eq!(
        rendered(&problems),
        "seatrial.toml:2:6: error: this byte is not UTF-8 text\n  hint: save the file as UTF-8\n"
    );
}

#[test]
fn t10_deep_nesting_is_refused() {
    for text in [
        format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("a = {}1{}", "{ a = ".repeat(50_000), "}".repeat(50_000)),
        format!("[a{}]", ".a".repeat(100_000)),
        format!("a{} = 1", ".a".repeat(100_000)),
    ] {
        let shown = problems(&text);
        assert!(shown.contains("error"), "{}", &shown[..200.min(shown.len())]);
        assert!(shown.len() < 100_000);
    }
}

#[test]
fn t10_a_file_full_of_mistakes_is_answered_soon_and_briefly() {
    let start = std::time::Instant::now();
    for text in [
        "x=1\nx=1\n".repeat(60_000),
        (0..60_000).map(|n| format!("key{n} = 1\n")).collect::<String>(),
        format!("env = {{ {} }}", (0..60_000).map(|n| format!("e{n} = 1")).collect::<Vec<_>>().join(", ")),
        format!(
            "[env.a]\ntarget = \"docker\"\nenv = {{ {} }}",
            (0..60_000).map(|n| format!("E{n} = 1")).collect::<Vec<_>>().join(", ")
        ),
        (0..15_000).map(|n| format!("[build.steps.s{n}]\nrun = \"x\"\nneeds = [\"s{}\"]\n", n + 1)).collect(),
        format!("{} = 1", "k".repeat(1_000_000)),
    ] {
        let shown = problems(&text);
        assert!(shown.len() < 200_000, "{}", shown.len());
    }
    let took = start.elapsed();
    assert!(took < std::time::Duration::from_secs(60), "{took:?}");
}
