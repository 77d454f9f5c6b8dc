//! Configurations for other tools, and what they would become here. Nothing is dropped without a word.

mod compose;
mod draft;
mod kamal;

pub use kamal::KAMAL_FILE;

use crate::detect::facts::FolderFacts;
use crate::detect::{compose as compose_file, yaml};
use crate::spec::{self, Severity};

/// What a configuration for another tool says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The tool: "Compose", "Kamal".
    pub tool: &'static str,
    /// The file that was read.
    pub file: String,
    /// What was taken over, in words.
    pub taken: Vec<String>,
    /// What could not be, with what to do about it.
    pub left: Vec<String>,
    /// Text for `seatrial.toml`; `None`: there is nothing to be made of the file.
    pub text: Option<String>,
}

/// Larger files are not read.
const LARGEST: usize = 1024 * 1024;

/// Reads what another tool's configuration says; Kamal's file, when there is one, names more than a compose file.
pub fn import(facts: &FolderFacts, kamal: Option<&str>) -> Option<Import> {
    let (tool, file, text) = match (kamal, compose_file::file(facts)) {
        (Some(text), _) => ("Kamal", KAMAL_FILE, text),
        (None, Some(file)) => ("Compose", file, facts.texts.get(file)?.as_str()),
        (None, None) => return None,
    };
    let unread = |why: &str| Import {
        tool,
        file: file.to_owned(),
        taken: Vec::new(),
        left: vec![format!("{file} {why}")],
        text: None,
    };
    if text.len() > LARGEST {
        return Some(unread("is larger than 1 MiB and was not read"));
    }
    let Ok(document) = yaml::read(text) else {
        return Some(unread("could not be read as YAML; mend it first, or write seatrial.toml by hand"));
    };
    let mut draft = match tool {
        "Kamal" => kamal::draft(&document),
        _ => compose::draft(&document, facts),
    };
    let text = draft.text();
    for problem in problems(&text, facts) {
        draft.left.push(format!("the text has a problem: {problem}"));
    }
    Some(Import { tool, file: file.to_owned(), taken: draft.taken, left: draft.left, text: Some(text) })
}

fn problems(text: &str, facts: &FolderFacts) -> Vec<String> {
    let Err(problems) = spec::parse(text.as_bytes(), spec::FILE_NAME, facts) else { return Vec::new() };
    let errors = problems.into_iter().filter(|p| p.severity == Severity::Error);
    errors.map(|p| format!("line {}: {}", p.line, p.message)).collect()
}

#[cfg(test)]
mod tests;
