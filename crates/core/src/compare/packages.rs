//! Packages of lock files and lists, as far as their text says.
//!
//! Lock files are read line by line or as JSON of bounded depth; what is no lock file after all has no packages.

use super::{NamedChange, entries};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names of files that list packages with their versions. `requirements*.txt` belong to them too.
pub const LOCK_FILES: [&str; 8] = [
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "poetry.lock",
    "uv.lock",
    "go.mod",
    "Gemfile.lock",
    "composer.lock",
];

/// A file that lists packages, at two commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockFile {
    /// Its path.
    pub path: String,
    /// Its text before; `None`: it was not there.
    pub before: Option<String>,
    /// Its text after.
    pub after: Option<String>,
}

impl LockFile {
    /// Whether a path is one of a file that lists packages.
    pub fn is_one(path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        LOCK_FILES.contains(&name) || is_requirements(name)
    }
}

fn is_requirements(name: &str) -> bool {
    name.starts_with("requirements") && name.ends_with(".txt")
}

/// Packages that are not the same at both commits: "npm express", "cargo serde (tools/Cargo.lock)".
pub fn packages(files: &[LockFile]) -> Vec<NamedChange> {
    let mut changes = Vec::new();
    for file in files {
        let read =
            |text: &Option<String>| text.as_deref().map(|text| listed(&file.path, text)).unwrap_or_default();
        let (kind, before, after) = (kind(&file.path), read(&file.before), read(&file.after));
        for change in entries(&before, &after) {
            let place = if file.path.contains('/') { format!(" ({})", file.path) } else { String::new() };
            changes.push(NamedChange { name: format!("{kind} {}{place}", change.name), ..change });
        }
    }
    changes.sort_by(|a, b| a.name.cmp(&b.name));
    changes.dedup();
    changes
}

/// The word of the ecosystem.
fn kind(path: &str) -> &'static str {
    match path.rsplit('/').next().unwrap_or(path) {
        "Cargo.lock" => "cargo",
        "package-lock.json" | "npm-shrinkwrap.json" => "npm",
        "go.mod" => "go",
        "Gemfile.lock" => "gem",
        "composer.lock" => "composer",
        _ => "pip",
    }
}

/// Packages with their versions; of one that is there several times all versions.
fn listed(path: &str, text: &str) -> BTreeMap<String, String> {
    let found = match kind(path) {
        "cargo" => toml_packages(text),
        "npm" => npm(text),
        "go" => go(text),
        "gem" => gems(text),
        "composer" => composer(text),
        _ if is_requirements(path.rsplit('/').next().unwrap_or(path)) => requirements(text),
        _ => toml_packages(text),
    };
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version) in found {
        all.entry(name).or_default().insert(version);
    }
    let words = |versions: BTreeSet<String>| versions.into_iter().collect::<Vec<_>>().join(", ");
    all.into_iter().map(|(name, versions)| (name, words(versions))).collect()
}

type Found = Vec<(String, String)>;

/// `[[package]]` tables, as Cargo, Poetry and uv write them: one key a line.
fn toml_packages(text: &str) -> Found {
    let mut found = Vec::new();
    let mut name: Option<&str> = None;
    for line in text.lines() {
        let value = |key: &str| line.strip_prefix(key)?.strip_prefix(" = \"")?.split('"').next();
        if line.starts_with('[') {
            name = None;
        } else if let Some(text) = value("name") {
            name = Some(text);
        } else if let (Some(version), Some(name)) = (value("version"), name) {
            found.push((name.to_owned(), version.to_owned()));
        }
    }
    found
}

fn npm(text: &str) -> Found {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let version = |entry: &Value| entry.get("version").and_then(Value::as_str).map(str::to_owned);
    let table = |key: &str| document.get(key).and_then(Value::as_object);
    if let Some(packages) = table("packages") {
        let name = |path: &str| path.rsplit_once("node_modules/").map(|(_, name)| name.to_owned());
        return packages.iter().filter_map(|(path, entry)| Some((name(path)?, version(entry)?))).collect();
    }
    let old = table("dependencies").into_iter().flatten();
    old.filter_map(|(name, entry)| Some((name.clone(), version(entry)?))).collect()
}

fn go(text: &str) -> Found {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        match line {
            "require (" => inside = true,
            ")" => inside = false,
            _ => {
                let entry = line.strip_prefix("require ").or(inside.then_some(line));
                if let Some((module, version)) = entry.and_then(|entry| entry.split_once(' ')) {
                    found.push((module.to_owned(), version.trim().to_owned()));
                }
            }
        }
    }
    found
}

/// Lines with exactly four spaces are what was chosen; deeper ones are what it asks for.
fn gems(text: &str) -> Found {
    let entry = |line: &str| {
        let line = line.strip_prefix("    ").filter(|rest| !rest.starts_with(' '))?;
        let (name, version) = line.split_once(" (")?;
        Some((name.to_owned(), version.strip_suffix(')')?.to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

fn composer(text: &str) -> Found {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let word = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let lists = ["packages", "packages-dev"].into_iter().filter_map(|key| document.get(key)?.as_array());
    lists.flatten().filter_map(|entry| Some((word(entry, "name")?, word(entry, "version")?))).collect()
}

/// Names with what stands behind them: `==2.1`, `>=2,<3`; without anything: any version.
fn requirements(text: &str) -> Found {
    let entry = |line: &str| {
        let line = line.split(" #").next()?.split(';').next()?.trim().trim_end_matches('\\').trim();
        let named = line.starts_with(|c: char| c.is_ascii_alphanumeric());
        let end =
            line.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(line.len());
        let (name, version) = line.split_at(end);
        let version = version.rsplit_once(']').map_or(version, |(_, after)| after).trim();
        let version = version.strip_prefix("==").unwrap_or(version).trim();
        let version = if version.is_empty() { "any" } else { version };
        named.then(|| (name.to_ascii_lowercase().replace(['_', '.'], "-"), version.to_owned()))
    };
    text.lines().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(path: &str, before: &str, after: &str) -> Vec<String> {
        let file = LockFile { path: path.into(), before: Some(before.into()), after: Some(after.into()) };
        let side = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        packages(&[file])
            .into_iter()
            .map(|c| format!("{} {} -> {}", c.name, side(c.before), side(c.after)))
            .collect()
    }

    #[test]
    fn each_kind_of_lock_file_tells_its_packages_apart() {
        let cargo = |version: &str| {
            format!("version = 4\n\n[[package]]\nname = \"serde\"\nversion = \"{version}\"\n")
        };
        assert_eq!(words("Cargo.lock", &cargo("1.0.1"), &cargo("1.0.2")), ["cargo serde 1.0.1 -> 1.0.2"]);
        let npm = |version: &str| {
            format!(
                r#"{{"packages":{{"":{{"version":"9"}},"node_modules/express":{{"version":"{version}"}}}}}}"#
            )
        };
        assert_eq!(
            words("package-lock.json", &npm("4.18.0"), &npm("4.19.2")),
            ["npm express 4.18.0 -> 4.19.2"]
        );
        let old = r#"{"dependencies":{"left-pad":{"version":"1.0.0"}}}"#;
        assert_eq!(words("package-lock.json", old, "{}"), ["npm left-pad 1.0.0 -> -"]);
        let (before, after) =
            ("Flask==2.0\nredis>=4 # cache\n", "flask==3.0\n-r other.txt\nredis>=4\nuvicorn[standard]\n");
        assert_eq!(
            words("requirements-dev.txt", before, after),
            ["pip flask 2.0 -> 3.0", "pip uvicorn - -> any"]
        );
        let (before, after) =
            ("module x\nrequire a.b/c v1.0.0\n", "require (\n\ta.b/c v1.1.0 // indirect\n)\n");
        assert_eq!(words("go.mod", before, after), ["go a.b/c v1.0.0 -> v1.1.0"]);
        let gems = |version: &str| format!("GEM\n  specs:\n    rack ({version})\n      other (>= 1)\n");
        assert_eq!(words("web/Gemfile.lock", &gems("2"), &gems("3")), ["gem rack (web/Gemfile.lock) 2 -> 3"]);
        let poetry = "[[package]]\nname = \"jinja2\"\nversion = \"3.1\"\n";
        assert_eq!(words("poetry.lock", "", poetry), ["pip jinja2 - -> 3.1"]);
    }

    #[test]
    fn a_package_that_is_there_in_two_versions_shows_both() {
        let one = "[[package]]\nname = \"a\"\nversion = \"1\"\n";
        let two = format!("{one}[[package]]\nname = \"a\"\nversion = \"2\"\n");
        assert_eq!(words("Cargo.lock", one, &two), ["cargo a 1 -> 1, 2"]);
    }

    #[test]
    fn a_text_that_is_no_lock_file_has_no_packages() {
        let deep = "[".repeat(100_000);
        for path in LOCK_FILES.into_iter().chain(["requirements.txt"]) {
            assert!(LockFile::is_one(path));
            assert_eq!(words(path, "\u{0}<html>", &deep), [] as [&str; 0], "{path}");
        }
        assert!(!LockFile::is_one("locks/Cargo.toml"));
    }
}
