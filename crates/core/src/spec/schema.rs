//! The JSON Schema of `seatrial.toml`, for editors.

use super::describe::{FILE, SHAPES};
use super::keys::{Default, Key, Kind, Shape};
use serde_json::{Map, Value, json};

/// The schema, draft 2020-12. It says what the description of the keys says; what depends on several values
/// (circles, shared domains) only the reader checks.
pub fn schema() -> Value {
    let definitions: Map<String, Value> = SHAPES
        .iter()
        .filter(|shape| shape.name != FILE.name)
        .map(|shape| (shape.name.to_owned(), table(shape)))
        .collect();
    let mut root = table(&FILE);
    if let Value::Object(root) = &mut root {
        root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".to_owned(), json!("seatrial.toml, version 1"));
        root.insert("$defs".to_owned(), Value::Object(definitions));
    }
    sorted(root)
}

/// The same with sorted keys, whichever order `serde_json` was built to keep.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        plain => plain,
    }
}

fn table(shape: &Shape) -> Value {
    let properties: Map<String, Value> =
        shape.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = shape
        .keys
        .iter()
        .filter(|key| matches!(key.default, Default::Required))
        .map(|key| key.name)
        .collect();
    let mut out = json!({
        "type": "object",
        "description": shape.doc,
        "properties": properties,
        "additionalProperties": false,
    });
    if !required.is_empty() {
        out["required"] = json!(required);
    }
    out
}

fn property(key: &Key) -> Value {
    let mut out = value(&key.kind);
    if let Value::Object(map) = &mut out {
        map.insert("description".to_owned(), json!(key.doc));
        if let Default::Value(text) = key.default
            && let Some(default) = as_json(text)
        {
            map.insert("default".to_owned(), default);
        }
    }
    out
}

/// A default as JSON: the TOML that defaults are written in is JSON as well.
fn as_json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

fn value(kind: &Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Form(format) => match format.pattern() {
            Some(pattern) => json!({ "type": "string", "pattern": pattern }),
            None => json!({ "type": "string", "minLength": 1 }),
        },
        Kind::Words(words) => {
            let usable = words.iter().filter(|word| word.later.is_none());
            let choices: Vec<Value> =
                usable.map(|word| json!({ "const": word.word, "description": word.doc })).collect();
            json!({ "oneOf": choices })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Whole { min: i64::MIN, .. } => json!({ "type": "integer" }),
        Kind::Whole { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::List(kind) => json!({ "type": "array", "items": value(kind) }),
        Kind::Entries { names, kind, .. } => json!({
            "type": "object",
            "propertyNames": { "pattern": names.pattern() },
            "additionalProperties": value(kind),
        }),
        Kind::Table(shape) => {
            let table = json!({ "$ref": format!("#/$defs/{}", shape.name) });
            match shape.short_key() {
                Some(key) => json!({ "anyOf": [table, value(&key.kind)] }),
                None => json!({ "allOf": [table] }),
            }
        }
        Kind::OneOf(kinds) => json!({ "anyOf": kinds.iter().map(value).collect::<Vec<_>>() }),
    }
}
