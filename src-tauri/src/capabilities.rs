//! What the page may do, written down twice on purpose: whoever widens it has to say so here too.

use serde_json::{Value, json};
use std::path::Path;

fn read(file: &str) -> Value {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_page_may_call_these_commands_and_listen_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "one file says everything");
    let capability = read("capabilities/main.json");
    let permissions = json!([
        "core:event:allow-listen",
        "core:event:allow-unlisten",
        "allow-rpc",
        "allow-pick-folder",
        "allow-open-address",
        "allow-painted",
        "allow-take-wishes"
    ]);
    assert_eq!(capability["permissions"], permissions);
    assert_eq!(capability["windows"], json!(["main"]));
    assert!(capability.get("remote").is_none(), "no page from elsewhere may call anything");
}

#[test]
fn the_page_loads_nothing_from_elsewhere_and_runs_no_text_as_code() {
    let security = read("tauri.conf.json")["app"]["security"].take();
    let policy = security["csp"].as_object().unwrap();
    let words: Vec<&str> = policy.values().flat_map(|sources| sources.as_str().unwrap().split(' ')).collect();
    for word in words {
        assert!(["'none'", "'self'", "ipc:", "http://ipc.localhost"].contains(&word), "{word}");
    }
    assert!(security.get("dangerousDisableAssetCspModification").is_none());
}
