//! Problems in a configuration, shown like a compiler's.

use super::text::{count, visible, visible_line};
use super::{Mark, Paint};
use seatrial_core::spec::{Problem, Severity};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

/// No configuration that is worth quoting is larger.
const LARGEST_FILE: u64 = 1 << 20;

/// All problems, with the lines they are about where those can be read.
pub(crate) fn all(problems: &[Problem], folder: Option<&Path>, paint: Paint) -> String {
    let mut out = String::new();
    for problem in problems {
        let source = folder.and_then(|folder| source_line(folder, problem));
        out.push_str(&one(problem, source.as_deref(), paint));
        out.push('\n');
    }
    out.push_str(&summary(problems));
    out
}

fn summary(problems: &[Problem]) -> String {
    let of = |severity| problems.iter().filter(|p| p.severity == severity).count() as u64;
    let mut parts = Vec::new();
    for (number, one, many) in
        [(of(Severity::Error), "error", "errors"), (of(Severity::Warning), "warning", "warnings")]
    {
        if number > 0 {
            parts.push(count(number, one, many));
        }
    }
    format!("{}\n", parts.join(", "))
}

fn one(problem: &Problem, source: Option<&str>, paint: Paint) -> String {
    let (mark, word) = match problem.severity {
        Severity::Error => (Mark::Failed, "error"),
        Severity::Warning => (Mark::Look, "warning"),
    };
    let Problem { file, line, column, message, hint, .. } = problem;
    let margin = " ".repeat(line.to_string().len());
    let mut out = String::new();
    let message = visible(message);
    let _ = writeln!(out, "{}: {}", paint.tint(mark, word), paint.bold(&message));
    let _ = writeln!(out, "{margin}{} {}:{line}:{column}", paint.dim("-->"), visible_line(file));
    let bar = paint.dim("|");
    if let Some(source) = source {
        let (quoted, caret) = quote(source, *column);
        let _ = writeln!(out, "{margin} {bar}");
        let _ = writeln!(out, "{} {bar} {quoted}", paint.dim(&line.to_string()));
        let _ = writeln!(out, "{margin} {bar} {}", paint.tint(mark, &caret).trim_end());
    }
    if let Some(hint) = hint {
        let _ = writeln!(out, "{margin} {} hint: {}", paint.dim("="), visible(hint));
    }
    out
}

/// The line as it is shown, and a line with carets under the word the column points at.
fn quote(source: &str, column: u32) -> (String, String) {
    let start = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let before: String = source.chars().take(start).collect();
    let from: String = source.chars().skip(start).collect();
    let is_word = |c: &char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let word: String = from.chars().take_while(is_word).collect();
    let carets = super::text::width(&visible_line(&word)).max(1);
    let pad = super::text::width(&visible_line(&before));
    (visible_line(source), format!("{}{}", " ".repeat(pad), "^".repeat(carets)))
}

/// The line a problem is about. Nothing outside the folder is read, whatever the name says.
fn source_line(folder: &Path, problem: &Problem) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let path = folder.join(&problem.file).canonicalize().ok()?;
    if !path.starts_with(&folder) {
        return None;
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(LARGEST_FILE).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let index = usize::try_from(problem.line).ok()?.checked_sub(1)?;
    text.lines().nth(index).map(|line| line.chars().take(160).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(severity: Severity, line: u32, column: u32, message: &str, hint: Option<&str>) -> Problem {
        let file = "seatrial.toml".to_owned();
        Problem { severity, file, line, column, message: message.into(), hint: hint.map(Into::into) }
    }

    #[test]
    fn problems_are_shown_all_at_once_with_their_lines_and_hints() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("seatrial.toml"), "app = \"x\"\n\n[ship]\n\ttimout = 5 # ü\n")
            .unwrap();
        let problems = [
            problem(Severity::Error, 4, 2, "unknown key `timout`", Some("did you mean `timeout`?")),
            problem(Severity::Warning, 40, 1, "past the end", None),
        ];
        insta::assert_snapshot!(all(&problems, Some(folder.path()), Paint::PLAIN), @r"
        error: unknown key `timout`
         --> seatrial.toml:4:2
          |
        4 |  timout = 5 # ü
          |  ^^^^^^
          = hint: did you mean `timeout`?

        warning: past the end
          --> seatrial.toml:40:1

        1 error, 1 warning
        ");
    }

    #[test]
    fn a_file_outside_the_folder_is_never_quoted() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("app");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(root.path().join("private"), "secret\n").unwrap();
        let mut outside = problem(Severity::Error, 1, 1, "m", None);
        outside.file = "../private".to_owned();
        assert_eq!(source_line(&folder, &outside), None);
    }
}
