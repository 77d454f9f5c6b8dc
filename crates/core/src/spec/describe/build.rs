//! The keys of `[build]` and of command steps.

use super::{ENV_VALUE, HOUR, SECOND, VARIABLES, duration, key, word};
use crate::spec::format::Format;
use crate::spec::keys::{Default, Kind, Shape, Word};

pub(super) static BUILD: Shape = Shape {
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
            "on",
            Kind::Form(Format::Host),
            Default::Derived("this machine"),
            "Server whose engine builds the image, for a slow machine or one of another kind than the targets. Commands run here all the same.",
        ),
        key(
            "steps",
            Kind::Entries { names: Format::StepName, placeholder: "STEP", kind: &Kind::Table(&STEP) },
            Default::Derived("the lint and test commands found in the project"),
            "Commands that have to succeed for a release. When this table is there, it is the whole list: nothing is detected.",
        ),
    ],
};

pub(super) static IMAGE: Shape = Shape {
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
pub(super) static PRACTICES: &[Word] = &[
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

pub(super) static STEP: Shape = Shape {
    name: "step",
    written: "[build.steps.STEP] or [evaluate.steps.STEP]",
    doc: "A command that is run in the app's folder. A plain text is its command. Steps run as soon as what they need is done, side by side where they can. Names are unique in build and evaluate together, and differ from those of Seatrial's own steps (`package`, `smoke`, ...).",
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
pub(super) static CAUSES: &[Word] = &[
    word("exit-status", "the command ended with another exit status than 0"),
    word("not-started", "the command could not be started"),
    word("timeout", "the attempt's time was over"),
    word("engine-unreachable", "Docker did not answer"),
    word("image-unavailable", "an image could not be fetched"),
    word("disk-full", "no space was left"),
];

pub(super) static RETRY: Shape = Shape {
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
