//! The reference page of `seatrial.toml`, in Markdown.

use super::describe::SHAPES;
use super::keys::{Default, Key, Kind, Shape, one_of};

/// A file that uses most of what there is; it stands at the top of the reference page and is read in a test.
pub const EXAMPLE: &str = r#"app = "guestbook"

[build]
version = "commits"
image = { dockerfile = "Dockerfile", args = { MODE = "release" } }

[build.steps.lint]
run = "ruff check ."

[build.steps.unit-test]
run = "python${matrix.python} -m pytest"
needs = ["lint"]
timeout = "5m"
retry = { times = 2, on = ["timeout"], wait = "2s" }
matrix = { python = ["3.11", "3.12"] }

[ship]
strategy = "blue-green"
port = 8000
health = { path = "/health", deadline = "60s" }
memory = "256MiB"

[ship.jobs]
migrate = "python manage.py migrate"

[ship.workers]
mails = { run = "python manage.py send_mails", memory = "128MiB" }
clock = { run = "python manage.py clock", once = true }

[evaluate]
smoke = [
  { path = "/", contains = "Guestbook", within = "2s" },
  { path = "/nothing-here", status = 404 },
]
availability = { for = "5s", rate = 20, max_failed = "0.1%", max_p95 = "500ms" }
on_no_go = "rollback"

[evaluate.steps.integration-test]
run = "tests/against.sh \"$SEATRIAL_URL\""

# Promotion order: a release goes from the first environment to the last.
[env.staging]
target = "docker"

[env.prod]
target = "docker"
domains = ["guestbook-prod.localhost"]
env = { LOG = "info" }
secrets = ["DATABASE_URL", { name = "API_KEY", as_env = true }]
ship.keep_old = "warm"
evaluate.verdict = "person"
"#;

const INTRODUCTION: &str = "# `seatrial.toml`, version 1

This page is written from the same description the program reads the file by.

No file is needed: a folder with a Dockerfile, a compose file or a recognised project is an app. Three lines
reach a server:

```toml
app = \"guestbook\"
[env]
prod = \"ssh://deploy@203.0.113.7\"
```

A longer one:
";

const RULES: &str = "Rules that hold everywhere:

- What is not said is detected from the folder or has a default. `seatrial plan --explain` prints every value
  with its origin.
- A key that is not known is an error, with a suggestion. All problems are reported at once, with line and column.
- The file is UTF-8 and at most 1 MiB. Paths are relative to the app's folder and cannot leave it.
- A duration is a whole number with `ms`, `s`, `m` or `h`: `\"250ms\"`, `\"30s\"`, `\"1m30s\"`, `\"1h\"`.
- A size is a whole number with `KiB`, `MiB` or `GiB` (also `k`, `m`, `g`), or with `kB`, `MB` or `GB` for
  thousands: `\"256MiB\"`.
- Where a table has one key that matters most, a plain value stands for it: `health = \"/health\"` is
  `health = { path = \"/health\" }`.
- A setting in `[env.NAME.ship]` or `[env.NAME.evaluate]` wins over the same one in `[ship]` or `[evaluate]`,
  key by key; lists are replaced as a whole.
";

/// The page.
pub fn reference_markdown() -> String {
    let mut page = format!("{INTRODUCTION}\n```toml\n{EXAMPLE}```\n\n{RULES}");
    for shape in SHAPES {
        page.push_str(&section(shape));
    }
    page
}

fn section(shape: &Shape) -> String {
    let title = match shape.written {
        "" => "The file".to_owned(),
        written => written.split(" or ").map(|part| format!("`{part}`")).collect::<Vec<_>>().join(" or "),
    };
    let mut out = format!(
        "\n## {title}\n\n{}\n\n| key | value | without it | meaning |\n|---|---|---|---|\n",
        shape.doc
    );
    for key in shape.keys {
        out.push_str(&row(key));
    }
    let words: Vec<&Key> = shape.keys.iter().filter(|key| words_of(&key.kind).is_some()).collect();
    for key in words {
        out.push_str(&format!("\n`{}` can be:\n\n", key.name));
        for word in words_of(&key.kind).unwrap_or_default() {
            let later = if word.later.is_some() { " (comes in a later version)" } else { "" };
            out.push_str(&format!("- `{}`: {}{later}\n", word.word, word.doc));
        }
    }
    out
}

fn words_of(kind: &Kind) -> Option<&'static [super::keys::Word]> {
    match kind {
        Kind::Words(words) => Some(words),
        Kind::List(kind) => words_of(kind),
        _ => None,
    }
}

fn row(key: &Key) -> String {
    let default = match key.default {
        Default::Value(text) => format!("`{text}`"),
        Default::Derived(words) => words.to_owned(),
        Default::Nothing => "–".to_owned(),
        Default::Required => "**required**".to_owned(),
    };
    format!("| `{}` | {} | {} | {} |\n", key.name, cell(&described(&key.kind)), cell(&default), cell(key.doc))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A kind in words, shorter than in error messages.
fn described(kind: &Kind) -> String {
    match kind {
        Kind::Words(_) => "a word, see below".to_owned(),
        Kind::List(kind) => format!("list: {}", described(kind)),
        Kind::Entries { placeholder, kind, .. } => format!("table: `{placeholder}` = {}", described(kind)),
        Kind::Table(shape) => match shape.short_key() {
            Some(key) => format!("table `{}`, or {}", shape.name, described(&key.kind)),
            None => format!("table `{}`", shape.name),
        },
        Kind::OneOf(kinds) => one_of(&kinds.iter().map(described).collect::<Vec<_>>()),
        Kind::Whole { min: i64::MIN, .. } => "a whole number".to_owned(),
        kind => kind.expected(),
    }
}
