//! How a key of `seatrial.toml` is described. One description drives the reader (unknown keys, wrong types,
//! defaults), the JSON Schema for editors and the reference page, so that they cannot drift apart.

use super::format::Format;

/// A word of a closed set.
#[derive(Debug)]
pub(crate) struct Word {
    /// As it is written.
    pub(crate) word: &'static str,
    /// What it means, in a few words.
    pub(crate) doc: &'static str,
    /// `Some`: it is known but not available in this version; what to do instead.
    pub(crate) later: Option<&'static str>,
}

/// What a key's value looks like.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A text of a certain form.
    Form(Format),
    /// A word of a closed set.
    Words(&'static [Word]),
    /// `true` or `false`.
    Flag,
    /// A whole number within bounds, both included.
    Whole {
        /// Lowest.
        min: i64,
        /// Highest.
        max: i64,
    },
    /// A list of values of one kind.
    List(&'static Kind),
    /// A table with keys a person chooses.
    Entries {
        /// What the keys have to look like.
        names: Format,
        /// What stands for a key in documentation: `NAME`.
        placeholder: &'static str,
        /// The kind of every value.
        kind: &'static Kind,
    },
    /// A table with known keys.
    Table(&'static Shape),
    /// The first kind whose TOML type fits.
    OneOf(&'static [Kind]),
}

/// What happens when a key is not there.
#[derive(Debug)]
pub(crate) enum Default {
    /// This value, as it would be written in the file.
    Value(&'static str),
    /// A value that depends on something else, said in words.
    Derived(&'static str),
    /// Nothing: the key is optional.
    Nothing,
    /// It is an error.
    Required,
}

/// A key of a table.
#[derive(Debug)]
pub(crate) struct Key {
    /// As it is written.
    pub(crate) name: &'static str,
    /// What its value looks like.
    pub(crate) kind: Kind,
    /// What happens without it.
    pub(crate) default: Default,
    /// What it is, in one sentence.
    pub(crate) doc: &'static str,
}

/// A table with known keys.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Name in the schema's `$defs`.
    pub(crate) name: &'static str,
    /// How the table is written: `[env.NAME.ship]`.
    pub(crate) written: &'static str,
    /// What it is about.
    pub(crate) doc: &'static str,
    /// A plain value may stand for a table with only this key.
    pub(crate) short: Option<&'static str>,
    /// Its keys, in the order of documentation.
    pub(crate) keys: &'static [Key],
}

impl Shape {
    /// The key of that name.
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The key a plain value stands for, when there is one.
    pub(crate) fn short_key(&self) -> Option<&'static Key> {
        self.short.and_then(|name| self.key(name))
    }
}

impl Kind {
    /// What is expected, for error messages: "a whole number from 1 to 65535".
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Form(format) => format.expected().to_owned(),
            Self::Words(words) => {
                let words: Vec<_> =
                    words.iter().filter(|w| w.later.is_none()).map(|w| format!("\"{}\"", w.word)).collect();
                one_of(&words)
            }
            Self::Flag => "true or false".to_owned(),
            Self::Whole { min: i64::MIN, .. } => "a whole number".to_owned(),
            Self::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Self::List(Kind::Text) => "a list of texts".to_owned(),
            Self::List(kind) => format!("a list, each entry {}", kind.expected()),
            Self::Entries { .. } => "a table".to_owned(),
            Self::Table(shape) => match shape.short_key() {
                Some(key) => format!("a table or {}", key.kind.expected()),
                None => "a table".to_owned(),
            },
            Self::OneOf(kinds) => one_of(&kinds.iter().map(Self::expected).collect::<Vec<_>>()),
        }
    }
}

/// "a, b or c".
pub(crate) fn one_of(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [start @ .., last] => format!("{} or {last}", start.join(", ")),
    }
}
