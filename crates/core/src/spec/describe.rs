//! The keys of `seatrial.toml`, version 1. This is the one place where a key, its kind, its default and its
//! documentation stand.

mod build;
mod evaluate;
mod ship;

use super::format::Format;
use super::keys::{Default, Key, Kind, Shape, Word};
use build::{BUILD, IMAGE, RETRY, STEP};
use evaluate::{AVAILABILITY, EVALUATE, SMOKE};
use ship::{HEALTH, JOB, SHIP, WORKER};

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

static ENVIRONMENT: Shape = Shape {
    name: "environment",
    written: "[env.NAME]",
    doc: "An environment. A plain text is its target: `prod = \"ssh://deploy@203.0.113.7\"` under `[env]`.",
    short: Some("target"),
    keys: &[
        key(
            "target",
            Kind::OneOf(&[Kind::Form(Format::Target), Kind::List(&Kind::Form(Format::Host))]),
            Default::Required,
            "Where it runs: the Docker of this machine, a host reached over SSH, a list of such hosts, or a swarm.",
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
        key(
            "https",
            Kind::Flag,
            Default::Value("false"),
            "Whether HTTPS is served: public names get certificates by ACME and plain HTTP leads to HTTPS, names under `localhost` get one of the proxy's own.",
        ),
        key(
            "acme",
            Kind::Table(&ACME),
            Default::Nothing,
            "Where certificates come from; a plain text is the directory.",
        ),
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

static ACME: Shape = Shape {
    name: "acme",
    written: "acme",
    doc: "An authority for certificates, by ACME (RFC 8555). Without it the proxy asks the usual public ones.",
    short: Some("directory"),
    keys: &[
        key("directory", Kind::Form(Format::HttpsUrl), Default::Nothing, "URL of its directory."),
        key(
            "root",
            Kind::Text,
            Default::Nothing,
            "Its own certificate in PEM, when it is not one that everybody knows.",
        ),
        key("email", Kind::Text, Default::Nothing, "Whom it may write to."),
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
    &JOB,
    &WORKER,
    &EVALUATE,
    &SMOKE,
    &AVAILABILITY,
    &ENVIRONMENT,
    &ACME,
    &SECRET,
];

#[cfg(test)]
mod tests {
    use super::build::{CAUSES, PRACTICES};
    use super::ship::STRATEGIES;
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
