//! Every resolved value with where it came from, for `plan --explain`.

use super::format::{show_duration, show_share, show_size, show_statuses};
use super::resolved::{
    AppSpec, EnvironmentSpec, EvaluateSpec, KeepOld, OnNoGo, Origin, ShipSpec, StepSpec, VerdictPolicy,
};
use crate::model::{Batch, OnFailure, Rollout, Target};
use crate::pipeline::{HttpExpectation, Mount, PortBinding, SecretRef, VersionSource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A resolved value, as it would be written, and its origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// Dotted path: `env.prod.ship.port`.
    pub path: String,
    /// The value as text.
    pub value: String,
    /// Where it came from.
    pub origin: Origin,
}

/// Every resolved value of `spec`, in the order of the file's parts.
pub fn explain(spec: &AppSpec) -> Vec<Explained> {
    let mut list = List { origins: &spec.origins, found: Vec::new() };
    list.add("app", &spec.app);
    let version = match &spec.build.version {
        VersionSource::Commits => "commits",
        VersionSource::Fixed { version } => version,
    };
    list.add("build.version", version);
    let image = &spec.build.image;
    list.add("build.image.dockerfile", &image.dockerfile);
    list.add("build.image.context", &image.context);
    if let Some(target) = &image.target {
        list.add("build.image.target", target);
    }
    list.variables("build.image.args", &image.args);
    list.add("build.image.timeout", show_duration(spec.build.image_timeout_ms));
    if let Some(host) = &spec.build.on {
        list.add("build.on", host);
    }
    list.steps("build", &spec.build.steps);
    for environment in &spec.environments {
        list.environment(environment);
    }
    list.found
}

struct List<'s> {
    origins: &'s BTreeMap<String, Origin>,
    found: Vec<Explained>,
}

impl List<'_> {
    #[expect(clippy::needless_pass_by_value, reason = "references and values read alike at the many calls")]
    fn add(&mut self, path: impl Into<String>, value: impl ToString) {
        let path = path.into();
        let origin = self.origin(&path);
        self.found.push(Explained { path, value: value.to_string(), origin });
    }

    /// The origin of a path, or of the nearest part that holds it.
    fn origin(&self, path: &str) -> Origin {
        let mut at = path;
        loop {
            if let Some(origin) = self.origins.get(at) {
                return origin.clone();
            }
            match at.rsplit_once('.') {
                Some((above, _)) => at = above,
                None => return Origin::Default,
            }
        }
    }

    fn variables(&mut self, path: &str, all: &BTreeMap<String, String>) {
        for (name, value) in all {
            self.add(format!("{path}.{name}"), value);
        }
    }

    fn steps(&mut self, path: &str, steps: &[StepSpec]) {
        for step in steps {
            let declared = self.declared(path, step);
            let shown = format!("{path}.steps.{}", step.id);
            let mut add = |key: &str, value: String| {
                let origin = self.origin(&format!("{declared}.{key}"));
                self.found.push(Explained { path: format!("{shown}.{key}"), value, origin });
            };
            add("run", step.command.clone());
            add("practice", step.practice.to_string());
            if !step.needs.is_empty() {
                add("needs", list(&step.needs));
            }
            add("timeout", show_duration(step.timeout_ms));
            let retry = match step.retry.times {
                0 => "never".to_owned(),
                times => format!("{times} times, {} apart", show_duration(step.retry.wait_ms)),
            };
            add("retry", retry);
            add("blocking", step.blocking.to_string());
            add("folder", step.folder.clone());
            for (name, value) in &step.env {
                let key =
                    if name.starts_with("MATRIX_") { "matrix".to_owned() } else { format!("env.{name}") };
                let origin = self.origin(&format!("{declared}.{key}"));
                self.found.push(Explained {
                    path: format!("{shown}.env.{name}"),
                    value: value.clone(),
                    origin,
                });
            }
            if !step.secrets.is_empty() {
                let origin = self.origin(&format!("{declared}.secrets"));
                self.found.push(Explained {
                    path: format!("{shown}.secrets"),
                    value: list(&step.secrets),
                    origin,
                });
            }
        }
    }

    /// The path a step was declared at: a copy made by a matrix goes by its step's name.
    fn declared(&self, path: &str, step: &StepSpec) -> String {
        let mut name = step.id.as_str();
        loop {
            let own = format!("{path}.steps.{name}");
            if self.origins.contains_key(&own) || self.origins.contains_key(&format!("{own}.run")) {
                return own;
            }
            match name.rsplit_once('-') {
                Some((shorter, _)) => name = shorter,
                None => return own,
            }
        }
    }

    fn environment(&mut self, environment: &EnvironmentSpec) {
        let path = format!("env.{}", environment.name);
        self.add(format!("{path}.target"), &environment.target);
        self.add(format!("{path}.production"), environment.production);
        self.add(format!("{path}.domains"), list(&environment.domains));
        self.add(format!("{path}.https"), environment.https);
        if let Some(acme) = &environment.acme {
            for (name, value) in [("directory", &acme.directory), ("email", &acme.email)] {
                if let Some(value) = value {
                    self.add(format!("{path}.acme.{name}"), value);
                }
            }
        }
        self.variables(&format!("{path}.env"), &environment.env);
        self.add(format!("{path}.secrets"), list(environment.secrets.iter().map(secret)));
        self.ship(&format!("{path}.ship"), &environment.ship);
        if let Target::Hosts(_) = environment.target {
            self.rollout(&format!("{path}.ship"), environment.ship.rollout);
        }
        self.evaluate(&format!("{path}.evaluate"), &environment.evaluate);
    }

    fn ship(&mut self, path: &str, ship: &ShipSpec) {
        self.add(format!("{path}.strategy"), ship.strategy);
        self.add(format!("{path}.port"), ship.port);
        let health = &ship.health;
        self.add(format!("{path}.health.path"), &health.path);
        self.add(format!("{path}.health.status"), show_statuses(health.status));
        self.add(format!("{path}.health.deadline"), show_duration(health.deadline_ms));
        self.add(format!("{path}.health.request"), show_duration(health.request_ms));
        self.add(format!("{path}.health.successes"), health.successes);
        self.add(format!("{path}.drain"), show_duration(ship.drain_ms));
        self.add(format!("{path}.stop_grace"), show_duration(ship.stop_grace_ms));
        let keep_old = match ship.keep_old {
            KeepOld::Stopped => "stopped",
            KeepOld::Warm => "warm",
        };
        self.add(format!("{path}.keep_old"), keep_old);
        self.add(format!("{path}.keep_releases"), ship.keep_releases);
        if let Some(memory) = ship.memory {
            self.add(format!("{path}.memory"), show_size(memory));
        }
        if let Some(command) = &ship.command {
            self.add(format!("{path}.command"), list(command));
        }
        self.add(format!("{path}.ports"), list(ship.ports.iter().map(port)));
        self.add(format!("{path}.volumes"), list(ship.mounts.iter().map(mount)));
        for job in &ship.jobs {
            let path = format!("{path}.jobs.{}", job.name);
            self.add(format!("{path}.run"), job.words());
            self.add(format!("{path}.practice"), job.practice);
            self.add(format!("{path}.timeout"), show_duration(job.timeout_ms));
            if let Some(memory) = job.memory {
                self.add(format!("{path}.memory"), show_size(memory));
            }
        }
        for worker in &ship.workers {
            let path = format!("{path}.workers.{}", worker.name);
            self.add(format!("{path}.run"), worker.words());
            self.add(format!("{path}.steady"), show_duration(worker.steady_ms));
            self.add(format!("{path}.once"), worker.once);
            if let Some(memory) = worker.memory {
                self.add(format!("{path}.memory"), show_size(memory));
            }
        }
    }

    /// Only said where there are several hosts.
    fn rollout(&mut self, path: &str, rollout: Rollout) {
        let batch = match rollout.batch {
            Batch::Hosts(hosts) => hosts.to_string(),
            Batch::Ppm(share) => show_share(share),
        };
        self.add(format!("{path}.batch"), batch);
        let on_failure = match rollout.on_failure {
            OnFailure::Revert => "revert",
            OnFailure::Hold => "hold",
        };
        self.add(format!("{path}.on_failure"), on_failure);
    }

    fn evaluate(&mut self, path: &str, evaluate: &EvaluateSpec) {
        self.add(format!("{path}.smoke"), list(evaluate.smoke.iter().map(expectation)));
        match &evaluate.availability {
            None => self.add(format!("{path}.availability"), false),
            Some(limits) => {
                let path = format!("{path}.availability");
                self.add(format!("{path}.path"), &limits.path);
                self.add(format!("{path}.for"), show_duration(limits.for_ms));
                self.add(format!("{path}.rate"), limits.rate);
                self.add(format!("{path}.max_failed"), show_share(limits.max_failed_ppm));
                self.add(format!("{path}.max_p95"), show_duration(limits.max_p95_ms));
                self.add(format!("{path}.min_requests"), limits.min_requests);
            }
        }
        let verdict = match evaluate.verdict {
            VerdictPolicy::Policy => "policy",
            VerdictPolicy::Person => "person",
        };
        self.add(format!("{path}.verdict"), verdict);
        let on_no_go = match evaluate.on_no_go {
            OnNoGo::Keep => "keep",
            OnNoGo::Rollback => "rollback",
        };
        self.add(format!("{path}.on_no_go"), on_no_go);
        self.steps(path, &evaluate.steps);
    }
}

fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}

fn secret(secret: &SecretRef) -> String {
    if secret.as_env { format!("{} (also a variable)", secret.name) } else { secret.name.clone() }
}

fn port(port: &PortBinding) -> String {
    format!("{}:{}", port.host, port.container)
}

fn mount(mount: &Mount) -> String {
    format!("{}:{}{}", mount.source, mount.path, if mount.read_only { ":ro" } else { "" })
}

fn expectation(expected: &HttpExpectation) -> String {
    let within = show_duration(expected.within_ms);
    match &expected.contains {
        Some(text) => format!("{} -> {} with {text:?} within {within}", expected.path, expected.status),
        None => format!("{} -> {} within {within}", expected.path, expected.status),
    }
}
