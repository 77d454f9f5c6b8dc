//! Names that say nothing: a type is named for what it is, not for "managing" or "helping".

use super::OWN_FOLDER;
use super::source::{Finding, Source};

const EMPTY_SUFFIXES: [&str; 6] = ["Manager", "Service", "Helper", "Util", "Utils", "Handler"];
/// What others call their own things, and so do we.
const FOREIGN_WORDS: [&str; 2] = ["ComposeService", "PackageManager"];
const EMPTY_FILES: [&str; 6] = ["util", "utils", "helper", "helpers", "misc", "common"];
const DECLARES: [&str; 6] = ["struct", "enum", "trait", "type", "class", "interface"];

pub(crate) fn check(files: &[Source]) -> Vec<Finding> {
    let code = files.iter().filter(|file| matches!(file.extension(), "rs" | "ts" | "svelte"));
    let code = code.filter(|file| !file.path.starts_with(OWN_FOLDER));
    code.flat_map(|file| types(file).into_iter().chain(file_name(file))).collect()
}

fn types(file: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for (line, text) in file.code_lines() {
        let words: Vec<&str> =
            text.split(|character: char| !character.is_alphanumeric() && character != '_').collect();
        for pair in words.windows(2) {
            let suffix = EMPTY_SUFFIXES.iter().find(|suffix| pair[1].ends_with(*suffix));
            let declares = DECLARES.contains(&pair[0]) && !FOREIGN_WORDS.contains(&pair[1]);
            if let (true, Some(suffix)) = (declares, suffix) {
                let message = format!("`{}` ends in `{suffix}`; name what it is or does", pair[1]);
                found.push(file.finding(line, message));
            }
        }
    }
    found
}

fn file_name(file: &Source) -> Option<Finding> {
    let name = file.path.rsplit('/').next()?;
    let stem = name.split('.').next()?;
    // `tests/common/mod.rs` is Cargo's own convention and carries another name.
    let message = || format!("`{stem}` says nothing about what the file holds; name its one concept");
    EMPTY_FILES.contains(&stem).then(|| file.finding(1, message()))
}

#[cfg(test)]
mod tests {
    use super::{Source, check};

    #[test]
    fn empty_suffixes_are_found_in_rust_and_typescript() {
        for bad in [
            "pub struct RunManager {",
            "trait ShipService: Send {",
            "class LogHelper {",
            "type EventHandler = () => void;",
        ] {
            assert_eq!(check(&[Source::new("crates/app/src/run.rs", bad)]).len(), 1, "{bad}");
        }
        assert_eq!(check(&[Source::new("ui/src/lib/a.ts", "export interface RunUtil {}")]).len(), 1);
    }

    #[test]
    fn uses_of_foreign_names_and_comments_are_no_declarations() {
        for good in [
            "use tauri::Manager;",
            "// struct RunManager",
            "struct Managed;",
            "let service = 1;",
            "enum PackageManager {",
        ] {
            assert_eq!(check(&[Source::new("src-tauri/src/main.rs", good)]).len(), 0, "{good}");
        }
    }

    #[test]
    fn files_without_a_concept_are_found() {
        assert_eq!(check(&[Source::new("ui/src/lib/utils.ts", "")]).len(), 1);
        assert_eq!(check(&[Source::new("crates/core/src/plan.rs", "")]).len(), 0);
    }
}
