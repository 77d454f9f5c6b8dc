//! Compose files: the one service that is the app, as it would be shipped.

use super::draft::{Draft, pairs, scalar};
use crate::detect::compose::{inside, service_to_build, services};
use crate::detect::facts::FolderFacts;
use crate::model::AppName;
use serde_json::Value;

/// Keys of a service that have no place here, with what to do.
const LEFT: [(&str, &str); 16] = [
    ("env_file", "set its values with `seatrial env set` and `seatrial secret set`"),
    ("depends_on", "start what the app depends on by itself; the app has to wait for it"),
    ("networks", "the app is on a network of its own with the proxy"),
    ("labels", "the proxy is led by `domains`"),
    ("deploy", "one copy runs in each slot; a limit of memory is taken over"),
    ("privileged", "the app runs without more rights"),
    ("cap_add", "the app runs without more rights"),
    ("devices", "devices of the machine are not handed over"),
    ("network_mode", "the app is on a network of its own with the proxy"),
    ("pid", "the app has processes of its own"),
    ("entrypoint", "put it into the Dockerfile"),
    ("user", "put it into the Dockerfile as `USER`"),
    ("working_dir", "put it into the Dockerfile as `WORKDIR`"),
    ("secrets", "set them with `seatrial secret set`; they are files in /run/secrets"),
    ("configs", "copy them in the Dockerfile, or use variables"),
    ("extra_hosts", "use names that are known to everybody"),
];

pub(super) fn draft(document: &Value, facts: &FolderFacts) -> Draft {
    let (found, notes) = services(facts);
    let mut draft = Draft {
        environment: "local".into(),
        targets: vec!["docker".into()],
        left: notes,
        ..Draft::default()
    };
    draft.app = document.get("name").and_then(Value::as_str).map(AppName::nearest);
    let Some(chosen) = service_to_build(&found).or_else(|| found.iter().find(|s| !s.ports.is_empty())) else {
        draft.left.push("no service is built here or has a port: say which one is the app".to_owned());
        return draft;
    };
    let name = chosen.name.clone();
    let service = document.get("services").and_then(|all| all.get(&name)).unwrap_or(&Value::Null);
    draft.taken.push(format!("the service `{name}` as the app"));
    image(&mut draft, service, &name);
    ports(&mut draft, service, &chosen.ports);
    health(&mut draft, service);
    volumes(&mut draft, service);
    limits(&mut draft, service);
    for (variable, value) in pairs(service.get("environment")) {
        draft.variable(&variable, value.as_deref());
    }
    if !draft.env.is_empty() {
        draft.taken.push(format!("{} variables", draft.env.len()));
    }
    draft.leave(service, &LEFT, &format!("the service `{name}`"));
    for other in found.iter().filter(|other| other.name != name) {
        let image = other.image.as_ref().map(|image| format!(" ({image})")).unwrap_or_default();
        draft.left.push(format!(
            "the service `{}`{image}: only one service is shipped; keep starting it with Compose",
            other.name
        ));
    }
    draft
}

fn image(draft: &mut Draft, service: &Value, name: &str) {
    let Some(build) = service.get("build") else {
        let image = service.get("image").and_then(Value::as_str).unwrap_or("its image");
        draft.left.push(format!(
            "`{name}` is not built here: write a Dockerfile with `FROM {image}` as its first line"
        ));
        return;
    };
    let text = |key: &str| build.get(key).and_then(Value::as_str);
    let context = build.as_str().or_else(|| text("context")).unwrap_or(".");
    let Some(context) = inside(context) else {
        draft.left.push("it is built from outside this folder: open that folder instead".to_owned());
        return;
    };
    let dockerfile = text("dockerfile").unwrap_or("Dockerfile");
    let path = if context == "." { dockerfile.to_owned() } else { format!("{context}/{dockerfile}") };
    match inside(&path) {
        Some(path) => draft.dockerfile = Some(path),
        None => draft.left.push(format!("the Dockerfile `{dockerfile}` is outside this folder")),
    }
    if context != "." {
        draft.context = Some(context);
    }
    draft.stage = text("target").map(str::to_owned);
    for (name, value) in pairs(build.get("args")) {
        match value.filter(|value| !value.contains("${")) {
            Some(value) => drop(draft.args.insert(name, value)),
            None => {
                draft.left.push(format!("the build argument {name}: it comes from the surroundings there"))
            }
        }
    }
    draft.taken.push("how its image is built".to_owned());
}

/// The first port is the one the proxy leads to; others are published past it.
fn ports(draft: &mut Draft, service: &Value, inside: &[u16]) {
    let Some(first) = inside.first() else { return };
    draft.port = Some(*first);
    draft.taken.push(format!("port {first}, reached through the proxy instead of a port of this machine"));
    for published in service.get("ports").and_then(Value::as_array).into_iter().flatten().skip(1) {
        let words = scalar(published).unwrap_or_default();
        let plain: Vec<&str> = words.split(':').collect();
        match plain.as_slice() {
            [host, container] if [host, container].iter().all(|p| p.parse::<u16>().is_ok()) => {
                draft.taken.push(format!("port {words}, published past the proxy"));
                draft.ports.push(words);
            }
            _ => draft
                .left
                .push(format!("the port `{published}`: write it under `ports` as \"host:container\"")),
        }
    }
}

/// A check that asks a URL of the container itself.
fn health(draft: &mut Draft, service: &Value) {
    let Some(test) = service.get("healthcheck").and_then(|check| check.get("test")) else { return };
    let words = match test {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        other => scalar(other).unwrap_or_default(),
    };
    let url = words
        .split(|c: char| c.is_whitespace() || "\"'".contains(c))
        .find_map(|word| word.strip_prefix("http://"));
    let path =
        url.map(|url| url.split_once('/').map_or_else(|| "/".to_owned(), |(_, path)| format!("/{path}")));
    match path.filter(|path| path.bytes().all(|b| b.is_ascii_graphic())) {
        Some(path) => {
            draft.taken.push(format!("the health check, asked from outside: {path}"));
            draft.health = Some(path);
        }
        None => draft
            .left
            .push(format!("the health check `{words}`: a version is asked over HTTP here, see `health`")),
    }
}

fn volumes(draft: &mut Draft, service: &Value) {
    for volume in service.get("volumes").and_then(Value::as_array).into_iter().flatten() {
        let words = match volume {
            Value::Object(table) => {
                let part = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default();
                format!("{}:{}", part("source"), part("target"))
            }
            other => scalar(other).unwrap_or_default(),
        };
        let mut parts = words.split(':');
        let source = parts.next().unwrap_or_default();
        let named = source.starts_with(|c: char| c.is_ascii_alphanumeric()) && !source.contains('/');
        let fits =
            (named || source.starts_with('/')) && parts.next().is_some_and(|path| path.starts_with('/'));
        if fits && !source.contains('$') {
            draft.taken.push(format!("the volume {words}"));
            draft.volumes.push(words);
        } else {
            draft
                .left
                .push(format!("the folder `{words}`: copy it in the Dockerfile, or name an absolute path"));
        }
    }
}

fn limits(draft: &mut Draft, service: &Value) {
    let limit = service.get("mem_limit").or_else(|| service.pointer("/deploy/resources/limits/memory"));
    if let Some(size) = limit.and_then(scalar) {
        draft.taken.push(format!("the limit of memory, {size}"));
        draft.memory = Some(size);
    }
    let command = service.get("command");
    draft.command = match command {
        Some(Value::Array(words)) => Some(words.iter().filter_map(scalar).collect()),
        Some(Value::String(text)) if !text.contains(['"', '\'', '$', '\\']) => {
            Some(text.split_whitespace().map(str::to_owned).collect())
        }
        Some(_) => {
            draft.left.push("the command: write it under `command` as a list of words".to_owned());
            None
        }
        None => None,
    };
}
