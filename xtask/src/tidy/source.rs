//! The files that are checked.

use crate::failure::Outcome;
use crate::shell::call;
use std::path::Path;

/// One text file of the checkout.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Something a rule objects to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// `path:line`, or only a path.
    pub(crate) place: String,
    /// What is wrong and what to do.
    pub(crate) message: String,
}

impl Source {
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(crate) fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    pub(crate) fn finding(&self, line: usize, message: String) -> Finding {
        Finding { place: format!("{}:{line}", self.path), message }
    }

    /// Lines with their numbers from 1, without those that are only a comment.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Tracked files and new ones that are not ignored; what is not text is left out.
pub(crate) fn list(root: &Path) -> Outcome<Vec<Source>> {
    let words = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let listed = call("git").args(words).dir(root).limit(60).output()?;
    let paths = listed.split('\0').filter(|path| !path.is_empty());
    let read = |path: &str| {
        let text = std::fs::read_to_string(root.join(path)).ok()?;
        Some(Source { path: path.to_owned(), text })
    };
    Ok(paths.filter_map(read).collect())
}

/// Whether `needle` stands in `line` as a whole: not as part of a longer identifier or path.
pub(crate) fn has_word(line: &str, needle: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(needle).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + needle.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}
