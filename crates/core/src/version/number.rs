//! Version numbers, as far as tags need them.

use super::Change;
use std::fmt;

/// A version by Semantic Versioning 2.0.0, without build metadata: an image's tag has no place for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// First number.
    pub major: u64,
    /// Second number.
    pub minor: u64,
    /// Third number.
    pub patch: u64,
    /// What stands after a dash; empty for a proper release.
    pub pre_release: String,
}

impl Number {
    /// Reads `v1.2.3`, `1.2.3-rc.1` or `web-v1.2`: a missing number is 0, a word with a dash or slash in front is
    /// dropped.
    pub fn parse(tag: &str) -> Option<Self> {
        let text = without_prefix(tag)?;
        let text = text.split_once('+').map_or(text, |(before, _)| before);
        let (numbers, pre_release) = text.split_once('-').unwrap_or((text, ""));
        let mut parts = numbers.split('.');
        let mut number = |required: bool| match parts.next() {
            Some(part) if !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()) => part.parse().ok(),
            None if !required => Some(0),
            _ => None,
        };
        let (major, minor, patch) = (number(true)?, number(true)?, number(false)?);
        let fine = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
        let rest = parts.next().is_some() || !pre_release.chars().all(fine);
        (!rest).then(|| Self { major, minor, patch, pre_release: pre_release.to_owned() })
    }

    /// The version after a change. A pre-release leads to the release it was before, unless the change asks for more.
    pub fn raised(&self, change: Change) -> Self {
        let was_pre_release = !self.pre_release.is_empty();
        let change = match change {
            // Before 1.0.0 nothing is promised.
            Change::Breaking if self.major == 0 => Change::Feature,
            Change::Feature if self.major == 0 => Change::Fix,
            change => change,
        };
        let of = |major, minor, patch| Self { major, minor, patch, pre_release: String::new() };
        let up = |n: u64| n.saturating_add(1);
        match change {
            Change::Breaking if was_pre_release && self.minor == 0 && self.patch == 0 => of(self.major, 0, 0),
            Change::Breaking => of(up(self.major), 0, 0),
            Change::Feature if was_pre_release && self.patch == 0 => of(self.major, self.minor, 0),
            Change::Feature => of(self.major, up(self.minor), 0),
            Change::Fix if was_pre_release => of(self.major, self.minor, self.patch),
            Change::Fix => of(self.major, self.minor, up(self.patch)),
        }
    }
}

/// From where the number starts: at the first digit of the last path segment, when nothing, a `v`, or a word with
/// a dash stands before it.
fn without_prefix(tag: &str) -> Option<&str> {
    let segment = tag.rsplit('/').next()?;
    let (before, number) = segment.split_at(segment.find(|c: char| c.is_ascii_digit())?);
    let before = before.strip_suffix('v').unwrap_or(before);
    (before.is_empty() || before.ends_with('-')).then_some(number)
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if self.pre_release.is_empty() { Ok(()) } else { write!(f, "-{}", self.pre_release) }
    }
}
