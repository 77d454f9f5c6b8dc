//! `[ship]` and `[env.NAME.ship]`.

use super::node::{Data, Place};
use super::problems::Spot;
use super::resolved::{KeepOld, Origin, ShipSpec};
use super::section::{Picker, Section};
use crate::model::{Batch, OnFailure, Rollout, Strategy};
use crate::pipeline::{HealthCheck, Mount, PortBinding};
use std::collections::BTreeSet;

/// What resolving Ship needs to know from outside its tables.
pub(crate) struct ShipContext {
    /// The port that was detected, or the default, with its origin.
    pub(crate) port: (u16, Origin),
}

/// Resolves how an environment is shipped to.
pub(crate) fn resolve(section: &Section<'_>, context: &ShipContext, picker: &mut Picker<'_, '_>) -> ShipSpec {
    warn_of_assumed_port(section, context, picker);
    let port = (Data::Whole(context.port.0.into()), context.port.1.clone());
    ShipSpec {
        strategy: strategy(&picker.value(section, "strategy").text()),
        port: picker.value_or(section, "port", port).whole(),
        ports: ports(section, picker),
        mounts: mounts(section, picker),
        command: command(section, picker),
        memory: picker.written(section, "memory").and_then(|data| match data {
            Data::Bytes(bytes) => Some(bytes),
            _ => None,
        }),
        health: health(&section.below("health"), picker),
        drain_ms: picker.value(section, "drain").millis(),
        stop_grace_ms: picker.value(section, "stop_grace").millis(),
        keep_old: match picker.value(section, "keep_old").text().as_str() {
            "warm" => KeepOld::Warm,
            _ => KeepOld::Stopped,
        },
        keep_releases: picker.value(section, "keep_releases").whole(),
        rollout: Rollout::default(),
        jobs: Vec::new(),
        workers: Vec::new(),
    }
}

fn warn_of_assumed_port(section: &Section<'_>, context: &ShipContext, picker: &mut Picker<'_, '_>) {
    let (port, origin) = &context.port;
    if section.has("port") || *origin != Origin::Default || picker.problems.any_error() {
        return;
    }
    let message = format!("nothing says which port the app listens on; {port} is assumed");
    let hint = "write `[ship]` `port = ...`, or EXPOSE it in the Dockerfile".to_owned();
    picker.problems.warning_at(Spot::START, message, Some(hint));
}

fn strategy(word: &str) -> Strategy {
    Strategy::ALL.into_iter().find(|s| s.as_str() == word).unwrap_or(Strategy::BlueGreen)
}

/// How it reaches several hosts; where there is one, nothing is said about that.
pub(super) fn rollout(section: &Section<'_>, picker: &mut Picker<'_, '_>) -> Rollout {
    Rollout {
        batch: match picker.value(section, "batch") {
            Data::Ppm(share) => Batch::Ppm(share),
            number => Batch::Hosts(number.whole()),
        },
        on_failure: match picker.value(section, "on_failure").text().as_str() {
            "hold" => OnFailure::Hold,
            _ => OnFailure::Revert,
        },
    }
}

fn health(section: &Section<'_>, picker: &mut Picker<'_, '_>) -> HealthCheck {
    HealthCheck {
        path: picker.value(section, "path").text(),
        status: picker.value(section, "status").statuses(),
        deadline_ms: picker.value(section, "deadline").millis(),
        request_ms: picker.value(section, "request").millis(),
        successes: picker.value(section, "successes").whole(),
    }
}

fn command(section: &Section<'_>, picker: &mut Picker<'_, '_>) -> Option<Vec<String>> {
    let Data::List(words) = picker.written(section, "command")? else { return None };
    let words: Vec<String> = words.into_iter().map(|node| node.data.text()).collect();
    if words.is_empty() {
        let hint = Some("leave `command` out for the image's own".to_owned());
        picker.problems.error(section.place("command"), "`command` is an empty list".to_owned(), hint);
        return None;
    }
    Some(words)
}

fn ports(section: &Section<'_>, picker: &mut Picker<'_, '_>) -> Vec<PortBinding> {
    let mut seen = BTreeSet::new();
    let mut ports = Vec::new();
    for node in picker.value(section, "ports").items() {
        let Data::Port(port) = node.data else { continue };
        if !seen.insert(port.host) {
            twice(node.at, &format!("port {} on the target", port.host), picker);
        }
        ports.push(port);
    }
    ports
}

fn mounts(section: &Section<'_>, picker: &mut Picker<'_, '_>) -> Vec<Mount> {
    let mut seen = BTreeSet::new();
    let mut mounts = Vec::new();
    for node in picker.value(section, "volumes").items() {
        let Data::Mount(mount) = node.data else { continue };
        if !seen.insert(mount.path.clone()) {
            twice(node.at, &format!("`{}` in the container", mount.path), picker);
        }
        mounts.push(mount);
    }
    mounts
}

fn twice(at: Place, what: &str, picker: &mut Picker<'_, '_>) {
    picker.problems.error(at, format!("{what} is used twice"), Some("keep one of the two".to_owned()));
}
