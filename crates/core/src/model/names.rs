//! Names people give to things. They end up in container names, host names and file paths, so the
//! alphabet is that of a DNS label.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or nothing but white space.
    #[error("a name cannot be empty")]
    Empty,
    /// Longer than the limit in characters.
    #[error("`{name}` has {length} characters; at most {limit} are possible")]
    TooLong {
        /// The text as given.
        name: String,
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A character outside `a-z`, `0-9` and `-`, a dash at an end, or two in a row.
    #[error("`{name}` can only use a-z, 0-9 and single dashes between them; try `{suggestion}`")]
    Alphabet {
        /// The text as given.
        name: String,
        /// The nearest text that is a name.
        suggestion: String,
    },
}

fn check(text: &str, limit: usize) -> Result<(), NameError> {
    if text.trim().is_empty() {
        return Err(NameError::Empty);
    }
    if text.len() > limit {
        return Err(NameError::TooLong { name: text.to_owned(), length: text.len(), limit });
    }
    let inner = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !inner || text.starts_with('-') || text.ends_with('-') || text.contains("--") {
        return Err(NameError::Alphabet { name: text.to_owned(), suggestion: nearest(text, limit) });
    }
    Ok(())
}

/// The nearest text to `text` that is a name: lower case, dashes for everything else.
fn nearest(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(limit);
    let out = out.trim_matches('-').to_owned();
    if out.is_empty() { "app".to_owned() } else { out }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $limit:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks `text` and takes it as a name.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                check(&text, $limit)?;
                Ok(Self(text))
            }

            /// The nearest name to any text, for proposals (a folder's name, say).
            pub fn nearest(text: &str) -> Self {
                Self(nearest(text, $limit))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }
    };
}

name!(
    /// An app's name; unique in a Seatrial home.
    AppName,
    30
);
name!(
    /// An environment's name; unique in its app.
    EnvironmentName,
    20
);
name!(
    /// A step's name; unique in its run.
    StepId,
    60
);
name!(
    /// The name of a process of an app that runs beside the one visitors reach; unique in its environment.
    WorkerName,
    30
);

/// One of the two places a release can occupy in an environment. Releases alternate between them,
/// with every strategy, so that the release before is kept in the other one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Slot {
    /// The first slot.
    Blue,
    /// The second slot.
    Green,
}

impl Slot {
    /// The slot that is not this one.
    pub fn other(self) -> Self {
        match self {
            Self::Blue => Self::Green,
            Self::Green => Self::Blue,
        }
    }

    /// The slot's name as it stands in container names and proxy files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_dns_label_and_the_error_offers_one() {
        assert_eq!(AppName::new("guest-book2").unwrap().as_str(), "guest-book2");
        assert_eq!(AppName::new("").unwrap_err(), NameError::Empty);
        let error = AppName::new("My App!").unwrap_err();
        assert_eq!(error, NameError::Alphabet { name: "My App!".into(), suggestion: "my-app".into() });
        assert!(matches!(
            AppName::new("a".repeat(31)),
            Err(NameError::TooLong { length: 31, limit: 30, .. })
        ));
    }

    #[test]
    fn any_folder_name_has_a_nearest_name() {
        for text in ["", "---", "Ünïcode Ørg", "a b", &"x-".repeat(40)] {
            let name = AppName::nearest(text);
            assert_eq!(AppName::new(name.as_str()).unwrap(), name, "{text}");
        }
    }
}
