//! The keys of `seatrial.toml`, version 1. This is the one place where a key, its kind, its default and its
//! documentation stand.

use super::format::Format;
use super::keys::{Default, Key, Kind, Shape, Word};

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

const fn duration(min: u64, max: u64) -> Kind {
    Kind::Form(Format::Duration { min, max })
}

const fn word(word: &'static str, doc: &'static str) -> Word {
    Word { word, doc, later: None }
}

const fn later(word: &'static str, doc: &'static str, instead: &'static str) -> Word {
    Word { word, doc, later: Some(instead) }
}

const fn key(name: &'static str, kind: Kind, default: Default, doc: &'static str) -> Key {
    Key { name, kind, default, doc }
}

static ENV_VALUE: Kind = Kind::OneOf(&[Kind::Text, Kind::Whole { min: i64::MIN, max: i64::MAX }, Kind::Flag]);

/// Plain variables.
const VARIABLES: Kind = Kind::Entries { names: Format::Variable, placeholder: "NAME", kind: &ENV_VALUE };

/// The whole file.
pub(crate) static FILE: Shape = Shape {
    name: "file",
    written: "",
    doc: "The file as a whole. Every part is optional: what is not said is detected or has a default.",
    short: None,
    keys: &[
        key(
            "app",
            Kind::Form(Format::AppName),
            Default::Derived("the folder's name"),
            "The app's name; it stands in host names, images and containers.",
        ),
        key("build", Kind::Table(&BUILD), Default::Nothing, "How a release is made."),
        key("ship", Kind::Table(&SHIP), Default::Nothing, "How releases are shipped, for all environments."),
        key(
            "evaluate",
            Kind::Table(&EVALUATE),
            Default::Nothing,
            "How releases are evaluated, for all environments.",
        ),
        key(
            "env",
            Kind::Entries {
                names: Format::EnvironmentName,
                placeholder: "NAME",
                kind: &Kind::Table(&ENVIRONMENT),
            },
            Default::Derived("one environment `local` on `docker`"),
            "The environments, in promotion order: a release goes from the first to the last.",
        ),
    ],
};

static BUILD: Shape = Shape {
    name: "build",
    written: "[build]",
    doc: "How a release is made from the folder.",
    short: None,
    keys: &[
        key(
            "version",
            Kind::Form(Format::Version),
            Default::Value("\"commits\""),
            "`\"commits\"`: the last version tag, raised by what the commits since then say (Conventional Commits); anything else is taken as it is.",
        ),
        key("image", Kind::Table(&IMAGE), Default::Nothing, "How the image is built."),
        key(
            "steps",
            Kind::Entries { names: Format::StepName, placeholder: "STEP", kind: &Kind::Table(&STEP) },
            Default::Derived("the lint and test commands found in the project"),
            "Commands that have to succeed for a release. When this table is there, it is the whole list: nothing is detected.",
        ),
    ],
};

static IMAGE: Shape = Shape {
    name: "image",
    written: "[build.image]",
    doc: "How the image is built. A plain text names the Dockerfile.",
    short: Some("dockerfile"),
    keys: &[
        key(
            "dockerfile",
            Kind::Form(Format::RelativePath),
            Default::Derived("the one found, or one generated for the kind of project"),
            "Path of the Dockerfile.",
        ),
        key(
            "context",
            Kind::Form(Format::RelativePath),
            Default::Derived("`\".\"`"),
            "Folder sent to the builder.",
        ),
        key("target", Kind::Text, Default::Nothing, "Stage of the Dockerfile to stop at."),
        key(
            "args",
            VARIABLES,
            Default::Nothing,
            "Build arguments. They stand in the image's history: never a secret.",
        ),
        key(
            "timeout",
            duration(SECOND, 24 * HOUR),
            Default::Value("\"20m\""),
            "Longest time of the image build.",
        ),
    ],
};

/// What `practice` can be; the documentation is the catalogue's.
static PRACTICES: &[Word] = &[
    word("lint", "style and error checks"),
    word("dependencies", "dependency resolution"),
    word("vulnerability-check", "known vulnerabilities in dependencies"),
    word("unit-test", "tests of units of code"),
    word("review", "review by a person"),
    word("version", "deciding the version"),
    word("package", "making the artifact"),
    word("distribute", "storing the artifact where it can be fetched"),
    word("integration-test", "integration or functional tests"),
    word("acceptance-test", "acceptance tests"),
    word("performance-test", "performance tests"),
    word("security-assessment", "security assessment"),
    word("feedback", "feedback from users"),
    word("availability", "availability and latency"),
    word("kpi", "key performance indicators"),
    word("communicate", "telling people what was learned"),
    word("custom", "anything else"),
];

static STEP: Shape = Shape {
    name: "step",
    written: "[build.steps.STEP] or [evaluate.steps.STEP]",
    doc: "A command that is run in the app's folder. A plain text is its command. Steps run as soon as what they need is done, side by side where they can.",
    short: Some("run"),
    keys: &[
        key("run", Kind::Form(Format::Command), Default::Required, "Text for `/bin/sh -c`."),
        key(
            "practice",
            Kind::Words(PRACTICES),
            Default::Derived("the step's name when that is a practice, else `\"custom\"`"),
            "The kind of the step; maturity and the lanes of the window go by it.",
        ),
        key(
            "needs",
            Kind::List(&Kind::Form(Format::StepName)),
            Default::Value("[]"),
            "Steps of the same table that have to succeed first. The name of a step with a matrix means all of its copies.",
        ),
        key(
            "timeout",
            duration(SECOND, 24 * HOUR),
            Default::Value("\"10m\""),
            "Longest time of one attempt.",
        ),
        key("retry", Kind::Table(&RETRY), Default::Nothing, "When it is tried again."),
        key("blocking", Kind::Flag, Default::Value("true"), "Whether the run fails when the step fails."),
        key("folder", Kind::Form(Format::RelativePath), Default::Value("\".\""), "Folder it runs in."),
        key("env", VARIABLES, Default::Nothing, "Plain variables for this step."),
        key(
            "secrets",
            Kind::List(&Kind::Form(Format::Variable)),
            Default::Value("[]"),
            "Secrets handed over as variables, by name.",
        ),
        key(
            "matrix",
            Kind::Entries {
                names: Format::Dimension,
                placeholder: "DIMENSION",
                kind: &Kind::List(&ENV_VALUE),
            },
            Default::Nothing,
            "One copy of the step for every combination (at most 50): `lint` with `python = [\"3.11\", \"3.12\"]` becomes `lint-3-11` and `lint-3-12`. A copy sees its values as `${matrix.python}` in `run`, `folder` and `env`, and as the variable `MATRIX_PYTHON`.",
        ),
    ],
};

/// What a retry can be for.
static CAUSES: &[Word] = &[
    word("exit-status", "the command ended with another exit status than 0"),
    word("not-started", "the command could not be started"),
    word("timeout", "the attempt's time was over"),
    word("engine-unreachable", "Docker did not answer"),
    word("image-unavailable", "an image could not be fetched"),
    word("disk-full", "no space was left"),
];

static RETRY: Shape = Shape {
    name: "retry",
    written: "retry",
    doc: "When a step is tried again. A plain number is `times`.",
    short: Some("times"),
    keys: &[
        key(
            "times",
            Kind::Whole { min: 0, max: 20 },
            Default::Value("1"),
            "How often at most, after the first attempt.",
        ),
        key(
            "on",
            Kind::List(&Kind::Words(CAUSES)),
            Default::Derived(
                "causes that can pass by themselves: timeout, engine-unreachable, image-unavailable",
            ),
            "For which causes.",
        ),
        key("wait", duration(0, HOUR), Default::Value("\"2s\""), "Pause before each further attempt."),
    ],
};

/// Ways of directing traffic.
static STRATEGIES: &[Word] = &[
    word("blue-green", "a whole new copy beside the old one, switched at once"),
    word("live", "stop the old, start the new; requests are held meanwhile"),
    later("rolling", "replica by replica", "blue-green"),
    later("canary", "a growing share of visitors", "blue-green"),
    later("ab-test", "a fixed split of visitors", "blue-green"),
    later("feature-flag", "the code is there, a flag turns it on", "blue-green"),
    later("ip-dns-swap", "an address moves to another host", "blue-green"),
];

static KEEP_OLD: &[Word] = &[
    word("stopped", "it is stopped and kept: going back starts it again"),
    word("warm", "it keeps running: going back is instant"),
];

static SHIP: Shape = Shape {
    name: "ship",
    written: "[ship] or [env.NAME.ship]",
    doc: "How a release is shipped. `[ship]` holds for all environments; `[env.NAME.ship]` says what is different in one, key by key.",
    short: None,
    keys: &[
        key(
            "strategy",
            Kind::Words(STRATEGIES),
            Default::Value("\"blue-green\""),
            "How traffic is directed to the new release.",
        ),
        key(
            "port",
            Kind::Whole { min: 1, max: 65_535 },
            Default::Derived("the image's EXPOSE, or what the framework uses, or 8080"),
            "The port the app listens on in its container.",
        ),
        key("health", Kind::Table(&HEALTH), Default::Nothing, "When a new version counts as healthy."),
        key(
            "drain",
            duration(0, HOUR),
            Default::Value("\"10s\""),
            "How long requests in flight may take to end before the old version is stopped.",
        ),
        key("stop_grace", duration(0, HOUR), Default::Value("\"10s\""), "Time between SIGTERM and SIGKILL."),
        key(
            "keep_old",
            Kind::Words(KEEP_OLD),
            Default::Value("\"stopped\""),
            "What happens to the old version after a switch.",
        ),
        key(
            "keep_releases",
            Kind::Whole { min: 1, max: 100 },
            Default::Value("5"),
            "How many releases' images stay on the target.",
        ),
        key(
            "memory",
            Kind::Form(Format::Size),
            Default::Nothing,
            "Memory limit of a container; without it there is none.",
        ),
        key(
            "command",
            Kind::List(&Kind::Text),
            Default::Nothing,
            "Command instead of the image's own, as a list of words.",
        ),
        key(
            "ports",
            Kind::List(&Kind::Form(Format::PortPair)),
            Default::Value("[]"),
            "Ports published on the target itself, past the proxy. Only one copy can hold such a port, so the old version stops first.",
        ),
        key(
            "volumes",
            Kind::List(&Kind::Form(Format::Mount)),
            Default::Value("[]"),
            "Volumes and folders of the target. Only one copy may write to them, so the old version stops first.",
        ),
    ],
};

static HEALTH: Shape = Shape {
    name: "health",
    written: "health",
    doc: "When a new version counts as healthy, asked from outside the container. A plain text is the path.",
    short: Some("path"),
    keys: &[
        key("path", Kind::Form(Format::UrlPath), Default::Value("\"/\""), "Path asked for."),
        key(
            "status",
            Kind::OneOf(&[Kind::Form(Format::Statuses), Kind::Whole { min: 100, max: 599 }]),
            Default::Value("\"200-399\""),
            "Status or range of statuses that counts as healthy.",
        ),
        key(
            "deadline",
            duration(SECOND, HOUR),
            Default::Value("\"60s\""),
            "Time until it has to be healthy.",
        ),
        key("request", duration(10, 10 * MINUTE), Default::Value("\"2s\""), "Longest time of one request."),
        key(
            "successes",
            Kind::Whole { min: 1, max: 100 },
            Default::Value("1"),
            "Answers in a row that are needed.",
        ),
    ],
};

static VERDICTS: &[Word] =
    &[word("policy", "the findings decide"), word("person", "a person decides; until then it is open")];

static NO_GO: &[Word] = &[
    word("keep", "the release stays live; a person decides"),
    word("rollback", "the previous release is put back"),
];

static EVALUATE: Shape = Shape {
    name: "evaluate",
    written: "[evaluate] or [env.NAME.evaluate]",
    doc: "How a release is evaluated once it is live. `[evaluate]` holds for all environments; `[env.NAME.evaluate]` says what is different in one. Steps there are added to those of `[evaluate]`, or replace those of the same name.",
    short: None,
    keys: &[
        key(
            "smoke",
            Kind::List(&Kind::Table(&SMOKE)),
            Default::Derived("one request to the health path, when that is declared"),
            "Requests through the public path, with what is expected of the answer.",
        ),
        key(
            "availability",
            Kind::OneOf(&[Kind::Flag, Kind::Table(&AVAILABILITY)]),
            Default::Derived("`true`: watched with the defaults of the table"),
            "Availability and latency right after Ship; `false`: not watched.",
        ),
        key("verdict", Kind::Words(VERDICTS), Default::Value("\"policy\""), "Who decides about the release."),
        key("on_no_go", Kind::Words(NO_GO), Default::Value("\"keep\""), "What a no-go leads to."),
        key(
            "steps",
            Kind::Entries { names: Format::StepName, placeholder: "STEP", kind: &Kind::Table(&STEP) },
            Default::Nothing,
            "Commands that gather evidence, such as integration tests. They find the app's address in `SEATRIAL_URL`.",
        ),
    ],
};

static SMOKE: Shape = Shape {
    name: "smoke",
    written: "smoke",
    doc: "One request through the public path. A plain text is the path.",
    short: Some("path"),
    keys: &[
        key("path", Kind::Form(Format::UrlPath), Default::Required, "Path asked for."),
        key("status", Kind::Whole { min: 100, max: 599 }, Default::Value("200"), "Expected status."),
        key("contains", Kind::Text, Default::Nothing, "Text the body has to contain."),
        key("within", duration(1, 10 * MINUTE), Default::Value("\"2s\""), "Longest time of the answer."),
    ],
};

static AVAILABILITY: Shape = Shape {
    name: "availability",
    written: "availability",
    doc: "Limits of the availability and latency probe.",
    short: None,
    keys: &[
        key("path", Kind::Form(Format::UrlPath), Default::Derived("the health path"), "Path asked for."),
        key("for", duration(100, 24 * HOUR), Default::Value("\"2s\""), "How long it watches."),
        key("rate", Kind::Whole { min: 1, max: 1000 }, Default::Value("20"), "Requests per second."),
        key(
            "max_failed",
            Kind::Form(Format::Share),
            Default::Value("\"0%\""),
            "Largest share of failed requests.",
        ),
        key(
            "max_p95",
            duration(1, 10 * MINUTE),
            Default::Value("\"2s\""),
            "Largest 95th percentile of the latency.",
        ),
        key(
            "min_requests",
            Kind::Whole { min: 1, max: 1_000_000 },
            Default::Value("10"),
            "Fewest requests that allow an answer; below, the verdict is inconclusive.",
        ),
    ],
};

static ENVIRONMENT: Shape = Shape {
    name: "environment",
    written: "[env.NAME]",
    doc: "An environment. A plain text is its target: `prod = \"ssh://deploy@203.0.113.7\"` under `[env]`.",
    short: Some("target"),
    keys: &[
        key(
            "target",
            Kind::Form(Format::Target),
            Default::Required,
            "Where it runs: the Docker of this machine, a host reached over SSH, or a swarm.",
        ),
        key(
            "production",
            Kind::Flag,
            Default::Derived("`true` for the names `prod` and `production`"),
            "Whether people depend on it: production takes no release from a changed work tree.",
        ),
        key(
            "domains",
            Kind::List(&Kind::Form(Format::Domain)),
            Default::Derived(
                "on `docker`: `APP.localhost` for the first environment, `NAME.APP.localhost` for others",
            ),
            "Host names that lead to it.",
        ),
        key("https", Kind::Flag, Default::Value("false"), "Whether HTTPS is served too."),
        key("env", VARIABLES, Default::Nothing, "Plain configuration, handed over as variables."),
        key(
            "secrets",
            Kind::List(&Kind::Table(&SECRET)),
            Default::Value("[]"),
            "Secrets by name. They are files in `/run/secrets`; their values are never in this file (`seatrial secret set`).",
        ),
        key("ship", Kind::Table(&SHIP), Default::Nothing, "What is different from `[ship]` here."),
        key(
            "evaluate",
            Kind::Table(&EVALUATE),
            Default::Nothing,
            "What is different from `[evaluate]` here.",
        ),
    ],
};

static SECRET: Shape = Shape {
    name: "secret",
    written: "secrets",
    doc: "A secret by name. A plain text is the name.",
    short: Some("name"),
    keys: &[
        key(
            "name",
            Kind::Form(Format::Variable),
            Default::Required,
            "Its name, and its file in `/run/secrets`.",
        ),
        key(
            "as_env",
            Kind::Flag,
            Default::Value("false"),
            "Whether it is a variable too. `docker inspect` shows it then.",
        ),
    ],
};

/// The table of an environment.
pub(crate) fn environment() -> &'static Shape {
    &ENVIRONMENT
}

/// All tables, in the order of documentation.
pub(crate) static SHAPES: &[&Shape] = &[
    &FILE,
    &BUILD,
    &IMAGE,
    &STEP,
    &RETRY,
    &SHIP,
    &HEALTH,
    &EVALUATE,
    &SMOKE,
    &AVAILABILITY,
    &ENVIRONMENT,
    &SECRET,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Phase, Practice, Strategy};
    use crate::pipeline::Cause;

    #[test]
    fn the_words_of_the_file_are_the_words_of_the_model() {
        for word in PRACTICES {
            let practice = Practice::from_word(word.word).unwrap();
            assert_ne!(practice.phase(), Some(Phase::Ship), "{}", word.word);
        }
        assert_eq!(PRACTICES.len(), 17);
        assert_eq!(STRATEGIES.len(), Strategy::ALL.len());
        for strategy in Strategy::ALL {
            assert!(STRATEGIES.iter().any(|w| w.word == strategy.as_str()));
        }
        for word in CAUSES {
            let cause: Result<Cause, _> = serde_json::from_value(word.word.into());
            assert!(cause.is_ok(), "{}", word.word);
        }
    }

    #[test]
    fn every_short_form_names_a_key_and_every_table_is_listed() {
        fn tables(kind: &Kind, found: &mut Vec<&'static str>) {
            match kind {
                Kind::Table(shape) => found.push(shape.name),
                Kind::List(kind) | Kind::Entries { kind, .. } => tables(kind, found),
                Kind::OneOf(kinds) => kinds.iter().for_each(|kind| tables(kind, found)),
                _ => {}
            }
        }
        for shape in SHAPES {
            assert_eq!(shape.short.is_some(), shape.short_key().is_some(), "{}", shape.name);
            let mut found = Vec::new();
            shape.keys.iter().for_each(|key| tables(&key.kind, &mut found));
            for name in found {
                assert!(SHAPES.iter().any(|s| s.name == name), "{name}");
            }
        }
    }
}
