//! The keys of `[evaluate]`.

use super::build::STEP;
use super::{HOUR, MINUTE, duration, key, word};
use crate::spec::format::Format;
use crate::spec::keys::{Default, Kind, Shape, Word};

pub(super) static VERDICTS: &[Word] =
    &[word("policy", "the findings decide"), word("person", "a person decides; until then it is open")];

pub(super) static NO_GO: &[Word] = &[
    word("keep", "the release stays live; a person decides"),
    word("rollback", "the previous release is put back"),
];

pub(super) static EVALUATE: Shape = Shape {
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

pub(super) static SMOKE: Shape = Shape {
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

pub(super) static AVAILABILITY: Shape = Shape {
    name: "availability",
    written: "availability",
    doc: "Limits of the availability and latency probe.",
    short: None,
    keys: &[
        key("path", Kind::Form(Format::UrlPath), Default::Derived("the health path"), "Path asked for."),
        key("for", duration(100, 24 * HOUR), Default::Value("\"300ms\""), "How long it watches."),
        key("rate", Kind::Whole { min: 1, max: 1000 }, Default::Value("50"), "Requests per second."),
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
