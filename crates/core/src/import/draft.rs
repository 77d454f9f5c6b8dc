//! A configuration in the making: what was taken over, what was not, and the text.

use crate::model::{AppName, WorkerName};
use crate::spec::edit::text_literal;
use serde_json::Value;
use std::collections::BTreeMap;

/// What another tool's configuration comes to.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) app: Option<AppName>,
    pub(super) dockerfile: Option<String>,
    pub(super) context: Option<String>,
    pub(super) stage: Option<String>,
    pub(super) args: BTreeMap<String, String>,
    pub(super) port: Option<u16>,
    pub(super) health: Option<String>,
    pub(super) memory: Option<String>,
    pub(super) command: Option<Vec<String>>,
    pub(super) ports: Vec<String>,
    pub(super) volumes: Vec<String>,
    pub(super) environment: String,
    /// Where it runs; several are servers.
    pub(super) targets: Vec<String>,
    /// Commands that run beside the app, by name.
    pub(super) workers: BTreeMap<WorkerName, String>,
    pub(super) domains: Vec<String>,
    pub(super) https: bool,
    pub(super) env: BTreeMap<String, String>,
    pub(super) secrets: Vec<String>,
    pub(super) taken: Vec<String>,
    pub(super) left: Vec<String>,
}

/// Words in names of variables whose values belong into the secret store.
const SECRET_WORDS: [&str; 6] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "PRIVATE_KEY"];

impl Draft {
    /// Takes a variable over: as a secret when its name says so, since the file is read by many.
    pub(super) fn variable(&mut self, name: &str, value: Option<&str>) {
        let upper = name.to_ascii_uppercase();
        let plain = |value: &&str| !value.contains("${") && !value.contains("<%");
        if !is_variable(name) {
            self.left.push(format!("the variable `{name}` has a name that no shell takes"));
        } else if SECRET_WORDS.iter().any(|word| upper.contains(word)) {
            self.secrets.push(name.to_owned());
            self.left.push(format!(
                "the value of {name}: it looks like a secret; set it with `seatrial secret set {name}`"
            ));
        } else if let Some(value) = value.filter(plain) {
            self.env.insert(name.to_owned(), value.to_owned());
        } else {
            let what = "it comes from the surroundings there";
            self.left.push(format!("the value of {name}: {what}; set it with `seatrial env set {name}=...`"));
        }
    }

    /// Says what of a table was not taken over.
    pub(super) fn leave(&mut self, table: &Value, keys: &[(&str, &str)], place: &str) {
        for (key, advice) in keys.iter().filter(|(key, _)| table.get(key).is_some_and(|v| !v.is_null())) {
            self.left.push(format!("`{key}` of {place}: {advice}"));
        }
    }

    /// The text, in the order of the reference page.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        if let Some(app) = &self.app {
            out.push_str(&format!("app = {}\n", text_literal(app.as_str())));
        }
        out.push_str(&section("build.image", &self.image()));
        out.push_str(&section("ship", &self.ship()));
        let worker = |(name, command): (&WorkerName, &String)| format!("{name} = {}", text_literal(command));
        out.push_str(&section("ship.workers", &self.workers.iter().map(worker).collect::<Vec<_>>()));
        out.push_str(&section(&format!("env.{}", self.environment), &self.place()));
        out.trim_start().to_owned()
    }

    fn image(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.dockerfile.as_ref().map(|path| format!("dockerfile = {}", text_literal(path))));
        lines.extend(self.context.as_ref().map(|path| format!("context = {}", text_literal(path))));
        lines.extend(self.stage.as_ref().map(|stage| format!("target = {}", text_literal(stage))));
        if !self.args.is_empty() {
            lines.push(format!("args = {}", table(&self.args)));
        }
        lines
    }

    fn ship(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.port.map(|port| format!("port = {port}")));
        lines.extend(self.health.as_ref().map(|path| format!("health = {}", text_literal(path))));
        lines.extend(self.memory.as_ref().map(|size| format!("memory = {}", text_literal(size))));
        lines.extend(self.command.as_ref().map(|words| format!("command = {}", list(words))));
        for (key, values) in [("ports", &self.ports), ("volumes", &self.volumes)] {
            if !values.is_empty() {
                lines.push(format!("{key} = {}", list(values)));
            }
        }
        lines
    }

    fn place(&self) -> Vec<String> {
        let target = match &self.targets[..] {
            [one] => text_literal(one),
            several => list(several),
        };
        let mut lines = vec![format!("target = {target}")];
        if !self.domains.is_empty() {
            lines.push(format!("domains = {}", list(&self.domains)));
        }
        if self.https {
            lines.push("https = true".to_owned());
        }
        if !self.env.is_empty() {
            lines.push(format!("env = {}", table(&self.env)));
        }
        if !self.secrets.is_empty() {
            // Other tools hand secrets over as variables, and the app expects them there.
            let one = |name: &String| format!("{{ name = {}, as_env = true }}", text_literal(name));
            let all: Vec<String> = self.secrets.iter().map(one).collect();
            lines.push(format!("secrets = [{}]", all.join(", ")));
        }
        lines
    }
}

fn section(name: &str, lines: &[String]) -> String {
    if lines.is_empty() { String::new() } else { format!("\n[{name}]\n{}\n", lines.join("\n")) }
}

fn list(values: &[String]) -> String {
    let all: Vec<String> = values.iter().map(|value| text_literal(value)).collect();
    format!("[{}]", all.join(", "))
}

fn table(values: &BTreeMap<String, String>) -> String {
    let all: Vec<String> =
        values.iter().map(|(name, value)| format!("{name} = {}", text_literal(value))).collect();
    format!("{{ {} }}", all.join(", "))
}

fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.len() <= 128
}

/// A plain value as text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Names with values, from a table or from a list of `NAME=value`.
pub(super) fn pairs(value: Option<&Value>) -> Vec<(String, Option<String>)> {
    match value {
        Some(Value::Object(table)) => {
            table.iter().map(|(name, value)| (name.clone(), scalar(value))).collect()
        }
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(pair).collect(),
        _ => Vec::new(),
    }
}

fn pair(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (text.to_owned(), None),
    }
}
