//! The one error of this program: what went wrong, and what to do about it.

use std::fmt;

/// What a task ends in.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Something a person has to know about: a sentence, optional detail (the end of a tool's output), and next actions.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    detail: Option<String>,
    hints: Vec<String>,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), detail: None, hints: Vec::new() }
    }

    pub(crate) fn io(what: impl fmt::Display, error: &std::io::Error) -> Self {
        Self::new(format!("{what}: {error}"))
    }

    #[must_use]
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "error: {}", self.what)?;
        if let Some(detail) = &self.detail {
            for line in detail.lines() {
                write!(out, "\n  | {line}")?;
            }
        }
        for hint in &self.hints {
            write!(out, "\nhint: {hint}")?;
        }
        Ok(())
    }
}
