//! Kamal's `config/deploy.yml`.

use super::draft::{Draft, pairs, scalar};
use crate::detect::compose::inside;
use crate::model::{AppName, WorkerName};
use serde_json::Value;

/// Where Kamal's configuration is.
pub const KAMAL_FILE: &str = "config/deploy.yml";

/// Keys that have no place here, with what to do.
const LEFT: [(&str, &str); 10] = [
    ("registry", "no registry is needed"),
    ("accessories", "keep starting them as before; only the app is shipped"),
    ("hooks_path", "write commands as steps of `[build.steps]` and `[evaluate.steps]`"),
    ("asset_path", "both versions serve their own assets"),
    ("boot", "the proxy switches at once, when the new version is healthy"),
    ("logging", "logs are kept up to 10 MB, three times"),
    ("sshkit", "connections are made as needed"),
    ("retain_containers", "see `keep_releases`"),
    ("aliases", "use aliases of your shell"),
    ("minimum_version", "it is about Kamal itself"),
];

pub(super) fn draft(document: &Value) -> Draft {
    let mut draft = Draft { environment: "prod".into(), targets: vec!["docker".into()], ..Draft::default() };
    let text = |key: &str| document.get(key).and_then(Value::as_str);
    draft.app = text("service").map(AppName::nearest);
    if let Some(app) = &draft.app {
        draft.taken.push(format!("the service as the app `{app}`"));
    }
    proxy(&mut draft, document.get("proxy").unwrap_or(&Value::Null));
    builder(&mut draft, document.get("builder").unwrap_or(&Value::Null));
    variables(&mut draft, document.get("env"));
    for volume in document.get("volumes").and_then(Value::as_array).into_iter().flatten().filter_map(scalar) {
        draft.taken.push(format!("the volume {volume}"));
        draft.volumes.push(volume);
    }
    servers(&mut draft, document);
    workers(&mut draft, document.get("servers").unwrap_or(&Value::Null));
    draft.leave(document, &LEFT, KAMAL_FILE);
    draft
}

/// Hosts of the web role, or a plain list of hosts.
fn servers(draft: &mut Draft, document: &Value) {
    let servers = document.get("servers").unwrap_or(&Value::Null);
    let web = servers.get("web").unwrap_or(servers);
    let hosts = web.get("hosts").unwrap_or(web).as_array();
    let hosts: Vec<&str> = hosts.into_iter().flatten().filter_map(host).collect();
    let user = document.pointer("/ssh/user").and_then(Value::as_str).unwrap_or("root");
    let port =
        document.pointer("/ssh/port").and_then(Value::as_u64).map(|p| format!(":{p}")).unwrap_or_default();
    let named = hosts.iter().map(|host| format!("ssh://{user}@{host}{port}"));
    let (mut named, unread): (Vec<String>, Vec<String>) =
        named.partition(|target| target.parse::<crate::model::Target>().is_ok());
    if named.is_empty() {
        draft.left.push("the servers: none could be read; say where it runs under `target`".to_owned());
        return;
    }
    if !unread.is_empty() {
        draft.left.push(format!("the servers {}: they could not be read", unread.join(", ")));
    }
    // What an environment on several servers cannot have yet.
    let alone = match () {
        () if draft.https => Some("`https`"),
        () if draft.volumes.iter().any(|volume| !volume.ends_with(":ro")) => {
            Some("volumes that are written to")
        }
        () => None,
    };
    if let Some(alone) = alone.filter(|_| named.len() > 1) {
        let others = named.split_off(1);
        draft.left.push(format!(
            "the servers {}: an environment on several servers cannot have {alone} yet; make an environment of each",
            others.join(", ")
        ));
    }
    draft.taken.push(match &named[..] {
        [one] => format!("the server {one}"),
        several => format!("the servers {}", several.join(", ")),
    });
    draft.targets = named;
}

/// Roles with a command of their own run beside the app.
fn workers(draft: &mut Draft, servers: &Value) {
    for (role, of_role) in servers.as_object().into_iter().flatten().filter(|(role, _)| *role != "web") {
        let Some(command) = of_role.get("cmd").and_then(Value::as_str) else {
            draft.left.push(format!("the role `{role}`: it has no command of its own"));
            continue;
        };
        let hosts: Vec<&str> =
            of_role.get("hosts").and_then(Value::as_array).into_iter().flatten().filter_map(host).collect();
        let name = WorkerName::nearest(role);
        draft.taken.push(format!("the role `{role}` as the worker `{name}`"));
        if hosts.iter().any(|host| !draft.targets.iter().any(|target| target.contains(host))) {
            draft.left.push(format!(
                "the servers of the role `{role}` ({}): a worker runs on those of its environment",
                hosts.join(", ")
            ));
        }
        draft.workers.insert(name, command.to_owned());
    }
}

/// A host, also one with tags.
fn host(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.as_object()?.keys().next().map(String::as_str))
}

fn proxy(draft: &mut Draft, proxy: &Value) {
    let hosts = proxy.get("hosts").and_then(Value::as_array).into_iter().flatten().filter_map(scalar);
    draft.domains = proxy.get("host").and_then(scalar).into_iter().chain(hosts).collect();
    draft.https = proxy.get("ssl").and_then(Value::as_bool).unwrap_or(false);
    // Kamal's proxy asks port 80 when nothing is said.
    draft.port =
        proxy.get("app_port").and_then(Value::as_u64).and_then(|p| u16::try_from(p).ok()).or(Some(80));
    draft.health =
        Some(proxy.pointer("/healthcheck/path").and_then(scalar).unwrap_or_else(|| "/up".to_owned()));
    if !draft.domains.is_empty() {
        draft.taken.push(format!("the domains {}", draft.domains.join(", ")));
    }
    draft.taken.push("port and health check of the proxy".to_owned());
}

fn builder(draft: &mut Draft, builder: &Value) {
    let text = |key: &str| builder.get(key).and_then(Value::as_str);
    for (key, place) in [("dockerfile", &mut draft.dockerfile), ("context", &mut draft.context)] {
        let Some(given) = text(key) else { continue };
        match inside(given) {
            Some(path) => *place = Some(path),
            None => draft.left.push(format!("`{key}` {given}: it is outside this folder")),
        }
    }
    draft.stage = text("target").map(str::to_owned);
    draft.args =
        pairs(builder.get("args")).into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let left = [
        ("secrets", "build arguments are no place for secrets"),
        ("remote", "images are built on this machine"),
        ("cache", "the builder's own cache is used"),
    ];
    draft.leave(builder, &left, "the builder");
}

/// `env` is a table of plain values, or has `clear` and `secret`.
fn variables(draft: &mut Draft, env: Option<&Value>) {
    let Some(env) = env else { return };
    let apart = env.get("clear").is_some() || env.get("secret").is_some();
    for (name, value) in pairs(if apart { env.get("clear") } else { Some(env) }) {
        draft.variable(&name, value.as_deref());
    }
    let secrets = env.get("secret").and_then(Value::as_array).into_iter().flatten().filter_map(scalar);
    for secret in secrets {
        // `NAME:OTHER` hands the secret OTHER over as NAME.
        let name = secret.split(':').next().unwrap_or_default();
        draft.left.push(format!("the value of {name}: set it with `seatrial secret set {name}`"));
        draft.secrets.push(name.to_owned());
    }
    if !draft.env.is_empty() {
        draft.taken.push(format!("{} variables", draft.env.len()));
    }
}
