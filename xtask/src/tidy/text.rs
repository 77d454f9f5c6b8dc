//! Plain text that must not be committed, and files that grew too long.

use super::OWN_FOLDER;
use super::source::{Finding, Source, has_word};

const LONGEST_FILE: usize = 700;
/// Files that may be longer, each with its reason.
const LONG_FILES: [(&str, &str); 1] = [("ui/src/lib/api/generated.ts", "generated")];
const PROMISES: [&str; 2] = ["TODO", "FIXME"];
const HOSTS: [&str; 5] = [
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "index.crates.io",
    "files.pythonhosted.org",
    "artifactory",
];
const HOME_FOLDERS: [&str; 4] = ["/root/", "/work/", "/Users/", "/home/"];
/// People who exist only in examples.
const NOBODY: [&str; 5] = ["me", "you", "user", "dev", "ada"];

pub(crate) fn check(files: &[Source]) -> Vec<Finding> {
    let checked = files.iter().filter(|file| !file.path.starts_with(OWN_FOLDER));
    checked
        .flat_map(|file| {
            let lines = file.text.lines().enumerate();
            lines.filter_map(|(index, line)| Some(file.finding(index + 1, objection(line)?)))
        })
        .collect()
}

fn objection(line: &str) -> Option<String> {
    if let Some(word) = PROMISES.iter().find(|word| has_word(line, word)) {
        return Some(format!("`{word}` promises later work; do it, or write an issue"));
    }
    if let Some(host) = HOSTS.iter().find(|host| line.contains(*host)) {
        return Some(format!(
            "names the package registry host `{host}`; the machine's own configuration decides that"
        ));
    }
    let folder = HOME_FOLDERS.iter().find(|folder| names_folder(line, folder))?;
    Some(format!("names `{folder}…`, a folder of some machine; use a relative path"))
}

/// Whether an absolute path starts with this folder and goes on into it.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let rest = &line[start + folder.len()..];
        let name = rest.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
        let starts_path = !before.is_some_and(|it| it.is_alphanumeric() || "_.-}/)*~".contains(it));
        starts_path && !name.is_empty() && !NOBODY.contains(&name)
    })
}

pub(crate) fn check_size(files: &[Source]) -> Vec<Finding> {
    let code = files.iter().filter(|file| matches!(file.extension(), "rs" | "ts" | "svelte" | "css"));
    let long = code.filter(|file| !LONG_FILES.iter().any(|(path, _)| *path == file.path));
    let measured = long.map(|file| (file, file.text.lines().count()));
    let too_long = measured.filter(|(_, lines)| *lines > LONGEST_FILE);
    too_long
        .map(|(file, lines)| {
            file.finding(lines, format!("{lines} lines, {LONGEST_FILE} are the limit; split it by concept"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Source, check, check_size};

    fn objects_to(line: &str) -> bool {
        !check(&[Source::new("docs/guide.md", line)]).is_empty()
    }

    #[test]
    fn promises_of_later_work_are_found_as_whole_words() {
        assert!(objects_to("// TODO: later"));
        assert!(objects_to("FIXME"));
        assert!(!objects_to("a todo list app, TODOS"));
    }

    #[test]
    fn folders_of_some_machine_and_registry_hosts_are_found() {
        assert!(objects_to("see /work/main/README.md"));
        assert!(objects_to("path = \"/home/anna/project\""));
        assert!(objects_to("resolved: https://registry.npmjs.org/a.tgz"));
        assert!(!objects_to("docker run -v ./root/x:/data and https://example.org/work/x"));
        assert!(!objects_to("HOME=/root"));
        assert!(!objects_to("/home/me/.local/share"));
    }

    #[test]
    fn a_file_over_the_limit_is_found_unless_it_is_listed() {
        let long = "x\n".repeat(701);
        assert_eq!(check_size(&[Source::new("crates/core/src/plan.rs", &long)]).len(), 1);
        assert_eq!(check_size(&[Source::new("ui/src/lib/api/generated.ts", &long)]).len(), 0);
        assert_eq!(check_size(&[Source::new("crates/core/src/plan.rs", &"x\n".repeat(700))]).len(), 0);
    }
}
