//! What a commit message says about the size of a change.

/// The size of a change, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A fix, or anything that is not more.
    Fix,
    /// Something new that breaks nothing.
    Feature,
    /// Something that worked before works differently or not at all.
    Breaking,
}

impl Change {
    /// Reads a commit's message by Conventional Commits 1.0.0.
    pub fn of(subject: &str, body: &str) -> Self {
        let header = subject.split_once(':').and_then(|(start, _)| Header::read(start));
        let footer = body.lines().any(|line| {
            line.starts_with("BREAKING CHANGE: ")
                || line.starts_with("BREAKING-CHANGE: ")
                || line.starts_with("BREAKING CHANGE #")
        });
        match header {
            Some(header) if header.breaking || footer => Self::Breaking,
            None if footer => Self::Breaking,
            // "The units of information [...] MUST NOT be treated as case sensitive", except BREAKING CHANGE.
            Some(header) if header.kind.eq_ignore_ascii_case("feat") => Self::Feature,
            _ => Self::Fix,
        }
    }
}

/// What stands before the colon: `feat(parser)!`.
struct Header<'s> {
    kind: &'s str,
    breaking: bool,
}

impl<'s> Header<'s> {
    fn read(start: &'s str) -> Option<Self> {
        let (start, breaking) = match start.strip_suffix('!') {
            Some(start) => (start, true),
            None => (start, false),
        };
        let kind = match start.split_once('(') {
            Some((kind, scope)) => {
                let scope = scope.strip_suffix(')')?;
                if scope.is_empty() || scope.contains(['(', ')']) {
                    return None;
                }
                kind
            }
            None => start,
        };
        let word = !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        word.then_some(Self { kind, breaking })
    }
}
