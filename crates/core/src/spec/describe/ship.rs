//! The keys of `[ship]`.

use super::{HOUR, MINUTE, SECOND, duration, key, later, word};
use crate::spec::format::Format;
use crate::spec::keys::{Default, Key, Kind, Shape, Word};

/// Ways of directing traffic.
pub(super) static STRATEGIES: &[Word] = &[
    word("blue-green", "a whole new copy beside the old one, switched at once"),
    word("live", "stop the old, start the new; requests are held meanwhile"),
    later("rolling", "replica by replica", "blue-green"),
    later("canary", "a growing share of visitors", "blue-green"),
    later("ab-test", "a fixed split of visitors", "blue-green"),
    later("feature-flag", "the code is there, a flag turns it on", "blue-green"),
    later("ip-dns-swap", "an address moves to another host", "blue-green"),
];

pub(super) static KEEP_OLD: &[Word] = &[
    word("stopped", "it is stopped and kept: going back starts it again"),
    word("warm", "it keeps running: going back is instant"),
];

pub(super) static ON_FAILURE: &[Word] = &[
    word("revert", "hosts that were switched go back, the last one first"),
    word("hold", "everything stays as it is, and a person decides"),
];

/// More hosts than this are not switched at a time.
const MOST_AT_A_TIME: i64 = 100;

pub(super) static SHIP: Shape = Shape {
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
            "batch",
            Kind::OneOf(&[Kind::Whole { min: 1, max: MOST_AT_A_TIME }, Kind::Form(Format::Share)]),
            Default::Value("1"),
            "With several hosts: how many are switched at a time, as a number or a share such as \"25%\".",
        ),
        key(
            "on_failure",
            Kind::Words(ON_FAILURE),
            Default::Value("\"revert\""),
            "With several hosts: what happens to those that were switched when a later one fails.",
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
        key(
            "jobs",
            Kind::Entries { names: Format::StepName, placeholder: "JOB", kind: &Kind::Table(&JOB) },
            Default::Nothing,
            "What runs once, in order, before a new version starts: a migration, say. With several hosts it runs on the first one that changes. A rollback runs none.",
        ),
        key(
            "workers",
            Kind::Entries { names: Format::WorkerName, placeholder: "WORKER", kind: &Kind::Table(&WORKER) },
            Default::Nothing,
            "What runs beside the process that visitors reach, of the same version: what takes work from a queue, say. With several hosts they run on each.",
        ),
    ],
};

/// What a container of the app's image runs instead of its own command.
const RUN: Key = key(
    "run",
    Kind::OneOf(&[Kind::Form(Format::Command), Kind::List(&Kind::Text)]),
    Default::Required,
    "Text for `/bin/sh -c` in the image, or a list of words for an image without a shell.",
);

const MEMORY: Key = key(
    "memory",
    Kind::Form(Format::Size),
    Default::Derived("that of `[ship]`"),
    "Memory limit of its container.",
);

/// What a job can be.
pub(super) static JOB_PRACTICES: &[Word] = &[
    word("migrate", "changing data schemas"),
    word("provision", "creating what the environment needs"),
    word("configure", "putting configuration in place"),
    word("custom", "anything else"),
];

pub(super) static JOB: Shape = Shape {
    name: "job",
    written: "[ship.jobs.JOB] or [env.NAME.ship.jobs.JOB]",
    doc: "What runs once in a container of its own, made from the new image with the environment's variables, secrets and volumes. A plain text is its command. It has to end with status 0, or the new version is not started. Names differ from those of all steps.",
    short: Some("run"),
    keys: &[
        RUN,
        key(
            "practice",
            Kind::Words(JOB_PRACTICES),
            Default::Derived("`\"migrate\"` for a job of that name, else `\"custom\"`"),
            "The kind of the job; maturity and the lanes of the window go by it.",
        ),
        key(
            "timeout",
            duration(SECOND, 24 * HOUR),
            Default::Value("\"10m\""),
            "Longest time; then it is stopped.",
        ),
        MEMORY,
    ],
};

pub(super) static WORKER: Shape = Shape {
    name: "worker",
    written: "[ship.workers.WORKER] or [env.NAME.ship.workers.WORKER]",
    doc: "A process that gets no visitors. It runs in a container of its own, made from the same image with the environment's variables, secrets and volumes, and is started, stopped and put back together with its version. A plain text is its command. It is started once the new version is healthy, and has to stay up before visitors get that.",
    short: Some("run"),
    keys: &[
        RUN,
        key(
            "steady",
            duration(SECOND, 10 * MINUTE),
            Default::Value("\"5s\""),
            "How long it has to stay up before it counts as started.",
        ),
        MEMORY,
        key(
            "once",
            Kind::Flag,
            Default::Value("false"),
            "With several servers: it runs on the first of them alone. For what must not run twice, such as a scheduler.",
        ),
    ],
};

pub(super) static HEALTH: Shape = Shape {
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
