//! Files that are written from the description of the keys. `SEATRIAL_WRITE_GENERATED=1 cargo test` renews them.

use seatrial_core::spec::{reference_markdown, schema};
use std::path::PathBuf;

fn check(name: &str, content: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference").join(name);
    if std::env::var_os("SEATRIAL_WRITE_GENERATED").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == content,
        "docs/reference/{name} is not what the description of the keys says; \
         run `SEATRIAL_WRITE_GENERATED=1 cargo test -p seatrial-core --test configuration` and commit it"
    );
}

#[test]
fn the_committed_schema_is_current() {
    check("seatrial.schema.json", &(serde_json::to_string_pretty(&schema()).unwrap() + "\n"));
}

#[test]
fn the_committed_reference_page_is_current() {
    check("seatrial-toml.md", &reference_markdown());
}

#[test]
fn every_reference_in_the_schema_leads_somewhere() {
    fn references(value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => {
                if let Some(serde_json::Value::String(to)) = map.get("$ref") {
                    found.push(to.clone());
                }
                map.values().for_each(|v| references(v, found));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|v| references(v, found)),
            _ => {}
        }
    }
    let schema = schema();
    let mut found = Vec::new();
    references(&schema, &mut found);
    assert!(found.len() > 10);
    for to in found {
        assert!(schema.pointer(to.trim_start_matches('#')).is_some(), "{to}");
    }
}
