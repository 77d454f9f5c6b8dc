//! `[env]`: the environments, in the order of the file, and what two of them cannot share.

use super::evaluating::{self, EvaluateContext};
use super::hosts;
use super::jobs;
use super::node::{Data, Entry, Place, Table};
use super::resolved::{EnvironmentSpec, Origin, StepSpec};
use super::section::{Picker, Section};
use super::ship::{self, ShipContext};
use super::workers;
use crate::model::{AppName, EnvironmentName, Target};
use crate::pipeline::{Acme, SecretRef};
use std::collections::{BTreeMap, BTreeSet};

/// More environments are refused.
const MOST_ENVIRONMENTS: usize = 50;

/// What resolving environments needs to know from outside `[env]`.
pub(crate) struct EnvironmentContext<'c> {
    /// The app.
    pub(crate) app: &'c AppName,
    /// For Ship.
    pub(crate) ship: ShipContext,
    /// The steps of Build.
    pub(crate) build_steps: &'c [StepSpec],
}

/// Resolves all environments; without any, one on the local engine.
pub(crate) fn resolve(
    file: &Section<'_>,
    context: &EnvironmentContext<'_>,
    picker: &mut Picker<'_, '_>,
) -> Vec<EnvironmentSpec> {
    let env = file.below("env");
    let entries: Vec<&Entry> = env.layers.iter().flat_map(|table| &table.entries).collect();
    if entries.is_empty() {
        return vec![local(file, context, picker)];
    }
    if let Some(extra) = entries.get(MOST_ENVIRONMENTS) {
        let message = format!("more than {MOST_ENVIRONMENTS} environments");
        picker.problems.error(extra.key_at.clone(), message, None);
    }
    let mut first_docker = true;
    let mut seen = Shared::default();
    let mut environments = Vec::new();
    for entry in entries.into_iter().take(MOST_ENVIRONMENTS) {
        let Some(table) = entry.node.as_table() else { continue };
        let Ok(name) = EnvironmentName::new(entry.name.clone()) else { continue };
        let place = Where { file, table: Some(table), at: entry.key_at.clone() };
        let environment = one(name, &place, context, &mut first_docker, picker);
        seen.refuse_shared(&environment, &place.section(), picker);
        environments.push(environment);
    }
    environments
}

/// Where an environment is declared, if it is.
struct Where<'n, 'f> {
    file: &'f Section<'n>,
    table: Option<&'n Table>,
    at: Place,
}

impl<'n> Where<'n, '_> {
    fn section(&self) -> Section<'n> {
        let shape = super::describe::environment();
        Section { shape, layers: self.table.into_iter().collect(), path: String::new(), at: self.at.clone() }
    }

    /// The part of the environment, above the same part of the file.
    fn layered(&self, own: &Section<'n>, name: &str) -> Section<'n> {
        let mut section = own.below(name);
        section.layers.extend(self.file.below(name).layers);
        section
    }
}

fn local(
    file: &Section<'_>,
    context: &EnvironmentContext<'_>,
    picker: &mut Picker<'_, '_>,
) -> EnvironmentSpec {
    let place = Where { file, table: None, at: 0..0 };
    one(EnvironmentName::nearest("local"), &place, context, &mut true, picker)
}

fn one(
    name: EnvironmentName,
    place: &Where<'_, '_>,
    context: &EnvironmentContext<'_>,
    first_docker: &mut bool,
    picker: &mut Picker<'_, '_>,
) -> EnvironmentSpec {
    let section = Section { path: format!("env.{name}"), ..place.section() };
    let target = target(&section, picker);
    let usual = matches!(name.as_str(), "prod" | "production");
    let production = picker.value_or(&section, "production", (Data::Flag(usual), Origin::Default)).flag();
    let domains = domains(&section, &name, context.app, (&target, first_docker), picker);
    let env = picker.variables(&section, "env");
    let secrets = secrets(&section, picker);
    warn_of_values(&section, &env, &secrets, picker);
    let ship_section = place.layered(&section, "ship");
    let health_declared = ship_section.below("health").has("path");
    let mut ship = ship::resolve(&ship_section, &context.ship, picker);
    if let Target::Hosts(_) = target {
        ship.rollout = ship::rollout(&ship_section, picker);
    }
    let evaluate_context =
        EvaluateContext { health: &ship.health, health_declared, build_steps: context.build_steps };
    let evaluate = evaluating::resolve(&place.layered(&section, "evaluate"), &evaluate_context, picker);
    ship.jobs = jobs::resolve(&ship_section, [context.build_steps, &evaluate.steps], picker);
    ship.workers = workers::resolve(&ship_section, picker);
    let https = picker.value(&section, "https").flag();
    let acme = acme(&section, picker);
    let environment =
        EnvironmentSpec { name, target, production, domains, https, acme, env, secrets, ship, evaluate };
    hosts::refuse_what_needs_one(&environment, (&section, &ship_section), picker);
    environment
}

/// Where certificates come from, when the file says so.
fn acme(section: &Section<'_>, picker: &mut Picker<'_, '_>) -> Option<Acme> {
    let part = section.below("acme");
    let mut written = |name| picker.written(&part, name).map(Data::text);
    let acme = Acme { directory: written("directory"), root: written("root"), email: written("email") };
    let said = acme.directory.is_some() || acme.root.is_some() || acme.email.is_some();
    said.then_some(acme)
}

/// The target has no default for a declared environment: shipping to the wrong place is worse than one more line.
fn target(section: &Section<'_>, picker: &mut Picker<'_, '_>) -> Target {
    match picker.written(section, "target") {
        Some(Data::Target(target)) => target,
        Some(Data::List(nodes)) => hosts::listed(&nodes, &section.place("target"), picker),
        Some(_) => Target::Docker,
        None => {
            picker.note(section.dotted("target"), Origin::Default);
            Target::Docker
        }
    }
}

fn domains(
    section: &Section<'_>,
    name: &EnvironmentName,
    app: &AppName,
    (target, first_docker): (&Target, &mut bool),
    picker: &mut Picker<'_, '_>,
) -> Vec<String> {
    let local = *target == Target::Docker;
    let first = local && std::mem::take(first_docker);
    if let Some(list) = picker.written(section, "domains") {
        let wrong = list == Data::Wrong;
        let nodes = list.items();
        if nodes.is_empty() && !wrong {
            let hint = Some("leave `domains` out for the default".to_owned());
            let message = format!("no host name leads to `{name}`");
            picker.problems.warning(section.place("domains"), message, hint);
        }
        return nodes.into_iter().map(|node| node.data.text()).filter(|domain| !domain.is_empty()).collect();
    }
    picker.note(section.dotted("domains"), Origin::Default);
    match (local, first) {
        (false, _) => own_name(target).into_iter().collect(),
        (true, true) => vec![format!("{app}.localhost")],
        (true, false) => vec![format!("{name}.{app}.localhost")],
    }
}

/// The name or address of a host under which visitors reach it, too. The name of an entry in the SSH configuration is
/// known to nobody else.
fn own_name(target: &Target) -> Option<String> {
    match target {
        Target::Ssh(host) if host.host().contains('.') => Some(host.host().to_ascii_lowercase()),
        _ => None,
    }
}

fn secrets(section: &Section<'_>, picker: &mut Picker<'_, '_>) -> Vec<SecretRef> {
    let mut secrets: Vec<SecretRef> = Vec::new();
    for node in picker.value(section, "secrets").items() {
        let Some(table) = node.as_table() else { continue };
        let Some(name) = table.get("name").and_then(|name| name.as_text()) else { continue };
        if secrets.iter().any(|secret| secret.name == name) {
            let hint = Some("keep one of the two".to_owned());
            picker.problems.error(node.at.clone(), format!("the secret `{name}` is listed twice"), hint);
        }
        let as_env = table.get("as_env").is_some_and(|flag| flag.data == Data::Flag(true));
        secrets.push(SecretRef { name: name.to_owned(), as_env, version: None });
    }
    secrets
}

/// Words in a variable's name that say its value is nobody's business.
const SECRET_WORDS: [&str; 6] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "PRIVATE_KEY"];

fn warn_of_values(
    section: &Section<'_>,
    env: &BTreeMap<String, String>,
    secrets: &[SecretRef],
    picker: &mut Picker<'_, '_>,
) {
    let Some(table) = section.layers.iter().find_map(|table| table.table("env")) else { return };
    for entry in &table.entries {
        let name = entry.name.as_str();
        if secrets.iter().any(|secret| secret.as_env && secret.name == name) {
            let message = format!("`{name}` is a plain variable and a secret with `as_env`");
            let hint = Some("keep one of the two".to_owned());
            picker.problems.error(entry.key_at.clone(), message, hint);
        }
        let upper = name.to_uppercase();
        let points_to_file = upper.ends_with("_FILE") || upper.ends_with("_PATH");
        let value = env.get(name).map_or("", String::as_str);
        if !value.is_empty() && !points_to_file && SECRET_WORDS.iter().any(|word| upper.contains(word)) {
            let message =
                format!("`{name}` looks like a secret, and everybody who has this file can read it");
            let hint = format!("list it in `secrets` and run `seatrial secret set {name}`");
            picker.problems.warning(entry.key_at.clone(), message, Some(hint));
        }
    }
}

/// What earlier environments use that a later one cannot have too.
#[derive(Default)]
struct Shared {
    domains: BTreeMap<String, EnvironmentName>,
    ports: BTreeMap<(Target, u16), EnvironmentName>,
}

impl Shared {
    fn refuse_shared(
        &mut self,
        environment: &EnvironmentSpec,
        section: &Section<'_>,
        picker: &mut Picker<'_, '_>,
    ) {
        let mut own = BTreeSet::new();
        for (index, domain) in environment.domains.iter().enumerate() {
            let items = section.entry("domains").map_or(&[][..], |entry| entry.node.items());
            let item = items.iter().filter(|node| node.data != Data::Wrong).nth(index);
            let at = item.map_or_else(|| section.at.clone(), |node| node.at.clone());
            if !own.insert(domain) {
                let hint = Some("keep one of the two".to_owned());
                picker.problems.error(at, format!("`{domain}` is listed twice"), hint);
                continue;
            }
            if let Some(other) = self.domains.get(domain) {
                let message = format!(
                    "`{domain}` leads to `{other}` already; `{}` needs one of its own",
                    environment.name
                );
                let hint = Some(format!("set `domains` of `{}` to another host name", environment.name));
                picker.problems.error(at, message, hint);
            } else {
                self.domains.insert(domain.clone(), environment.name.clone());
            }
        }
        for port in &environment.ship.ports {
            let key = (environment.target.clone(), port.host);
            if self.ports.get(&key) == Some(&environment.name) {
                continue;
            }
            if let Some(other) = self.ports.get(&key) {
                let message = format!(
                    "port {} on {} is published by `{other}` and by `{}`; only one of them can run",
                    port.host, environment.target, environment.name
                );
                let hint = Some(format!("set `[env.{}.ship]` `ports`", environment.name));
                picker.problems.warning(section.at.clone(), message, hint);
            } else {
                self.ports.insert(key, environment.name.clone());
            }
        }
    }
}
