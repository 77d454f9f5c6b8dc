//! Checks a TOML item against the description of its key. Every problem is recorded; what comes out can be used
//! without further checks of form.

use super::keys::{Default, Key, Kind, Shape, Word, one_of};
use super::node::{Data, Entry, Node, Place, Table};
use super::problems::Problems;
use std::collections::BTreeSet;
use toml_edit::{Item, TableLike, Value};

/// So similar a word is offered instead of an unknown one.
const SIMILAR: f64 = 0.75;

/// Checks items of one document.
pub(crate) struct Reader<'p, 't> {
    /// Where problems go.
    pub(crate) problems: &'p mut Problems<'t>,
    /// Places that are reported already.
    pub(crate) mended: &'p BTreeSet<usize>,
}

/// A value of TOML, be it written as a table, an inline table or a plain value.
#[derive(Clone, Copy)]
enum Raw<'d> {
    Table(&'d dyn TableLike),
    Tables(&'d toml_edit::ArrayOfTables),
    Value(&'d Value),
}

impl<'d> Raw<'d> {
    fn of(item: &'d Item) -> Option<Self> {
        match item {
            Item::None => None,
            Item::Table(table) => Some(Self::Table(table)),
            Item::ArrayOfTables(tables) => Some(Self::Tables(tables)),
            Item::Value(value) => Some(Self::of_value(value)),
        }
    }

    fn of_value(value: &'d Value) -> Self {
        match value {
            Value::InlineTable(table) => Self::Table(table),
            value => Self::Value(value),
        }
    }

    /// What it is, in words.
    fn name(self) -> &'static str {
        match self {
            Self::Table(_) => "a table",
            Self::Tables(_) | Self::Value(Value::Array(_)) => "a list",
            Self::Value(Value::String(_)) => "a text",
            Self::Value(Value::Integer(_)) => "a whole number",
            Self::Value(Value::Float(_)) => "a number with a fraction",
            Self::Value(Value::Boolean(_)) => "true or false",
            Self::Value(Value::Datetime(_)) => "a date",
            Self::Value(Value::InlineTable(_)) => "a table",
        }
    }
}

impl Reader<'_, '_> {
    /// Checks a whole table against its shape.
    pub(crate) fn table(&mut self, table: &dyn TableLike, at: &Place, shape: &'static Shape) -> Table {
        let mut entries = Vec::new();
        for (name, item) in table.iter() {
            let key_at = key_place(table, name, at);
            if self.mended.contains(&key_at.start) {
                continue;
            }
            let Some(raw) = Raw::of(item) else { continue };
            match shape.key(name) {
                Some(key) => {
                    let at = item.span().unwrap_or_else(|| key_at.clone());
                    let node = self.value(raw, &at, &key.kind, name);
                    entries.push(Entry { name: name.to_owned(), key_at, node });
                }
                None => self.unknown_key(name, key_at, shape),
            }
        }
        for key in shape.keys {
            if matches!(key.default, Default::Required) && !table.contains_key(key.name) {
                self.problems.error(
                    at.clone(),
                    format!("`{}` is missing", key.name),
                    Some(format!("add `{} = ...`: {}", key.name, key.kind.expected())),
                );
            }
        }
        entries.sort_by_key(Entry::first_place);
        Table { entries, shape: Some(shape) }
    }

    fn unknown_key(&mut self, name: &str, at: Place, shape: &'static Shape) {
        let known: Vec<&str> = shape.keys.iter().map(|key| key.name).collect();
        let hint = match nearest(name, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        let place = if shape.written.is_empty() { "here".to_owned() } else { format!("of `{}`", shape.name) };
        self.problems.error(at, format!("`{name}` is not a key {place}"), Some(hint));
    }

    /// Checks a value that stands by itself.
    pub(crate) fn plain_value(&mut self, value: &Value, key: &'static Key) -> Node {
        self.value(Raw::of_value(value), &(0..0), &key.kind, key.name)
    }

    fn value(&mut self, raw: Raw<'_>, at: &Place, kind: &'static Kind, name: &str) -> Node {
        if self.mended.contains(&at.start) {
            return Node { at: at.clone(), data: Data::Wrong };
        }
        let data = match (kind, raw) {
            (Kind::OneOf(kinds), raw) => match kinds.iter().find(|kind| fits(kind, raw)) {
                Some(kind) => return self.value(raw, at, kind, name),
                None => self.wrong_type(raw, at, kind, name),
            },
            (Kind::Table(shape), Raw::Table(table)) => Data::Table(self.table(table, at, shape)),
            (Kind::Table(shape), raw) => match shape.short_key().filter(|key| fits(&key.kind, raw)) {
                Some(key) => Data::Table(self.short_form(raw, at, (shape, key), name)),
                None => self.wrong_type(raw, at, kind, name),
            },
            (Kind::Entries { names, kind, .. }, Raw::Table(table)) => {
                Data::Table(self.entries(table, at, *names, kind))
            }
            (Kind::List(kind), Raw::Tables(tables)) => Data::List(
                tables
                    .iter()
                    .map(|table| {
                        let at = table.span().unwrap_or_else(|| at.clone());
                        self.value(Raw::Table(table), &at, kind, name)
                    })
                    .collect(),
            ),
            (Kind::List(kind), Raw::Value(Value::Array(array))) => Data::List(
                array
                    .iter()
                    .map(|value| {
                        let at = value.span().unwrap_or_else(|| at.clone());
                        self.value(Raw::of_value(value), &at, kind, name)
                    })
                    .collect(),
            ),
            (Kind::Text, Raw::Value(Value::String(text))) => Data::Text(text.value().clone()),
            (Kind::Form(format), Raw::Value(Value::String(text))) => match format.read(text.value()) {
                Ok(data) => data,
                Err(error) => {
                    self.problems.error(at.clone(), error.about(name), error.hint);
                    Data::Wrong
                }
            },
            (Kind::Words(words), Raw::Value(Value::String(text))) => self.word(text.value(), at, words, name),
            (Kind::Flag, Raw::Value(Value::Boolean(flag))) => Data::Flag(*flag.value()),
            (Kind::Whole { min, max }, Raw::Value(Value::Integer(number))) => {
                self.whole(*number.value(), (*min, *max), at, name)
            }
            (kind, raw) => self.wrong_type(raw, at, kind, name),
        };
        Node { at: at.clone(), data }
    }

    /// A plain value that stands for a table with one key. Messages name the key that was written.
    fn short_form(
        &mut self,
        raw: Raw<'_>,
        at: &Place,
        (shape, key): (&'static Shape, &'static Key),
        name: &str,
    ) -> Table {
        let node = self.value(raw, at, &key.kind, name);
        let entry = Entry { name: key.name.to_owned(), key_at: at.clone(), node };
        Table { entries: vec![entry], shape: Some(shape) }
    }

    fn entries(
        &mut self,
        table: &dyn TableLike,
        at: &Place,
        names: super::format::Format,
        kind: &'static Kind,
    ) -> Table {
        let mut entries = Vec::new();
        for (name, item) in table.iter() {
            let key_at = key_place(table, name, at);
            let Some(raw) = Raw::of(item).filter(|_| !self.mended.contains(&key_at.start)) else { continue };
            if let Err(error) = names.read(name) {
                self.problems.error(
                    key_at.clone(),
                    format!("the name `{name}` {}", error.message),
                    error.hint,
                );
            }
            let at = item.span().unwrap_or_else(|| key_at.clone());
            let node = self.value(raw, &at, kind, name);
            entries.push(Entry { name: name.to_owned(), key_at, node });
        }
        entries.sort_by_key(Entry::first_place);
        Table { entries, shape: None }
    }

    fn word(&mut self, text: &str, at: &Place, words: &'static [Word], name: &str) -> Data {
        match words.iter().find(|word| word.word == text) {
            Some(Word { later: None, .. }) => Data::Text(text.to_owned()),
            Some(Word { later: Some(instead), .. }) => {
                self.problems.error(
                    at.clone(),
                    format!("`{text}` comes in a later version of Seatrial"),
                    Some(format!("use `{name} = \"{instead}\"` until then")),
                );
                Data::Wrong
            }
            None => {
                let known: Vec<&str> = words.iter().map(|word| word.word).collect();
                let hint = match nearest(text, &known) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => {
                        let usable = words.iter().filter(|w| w.later.is_none());
                        let quoted: Vec<String> = usable.map(|w| format!("\"{}\"", w.word)).collect();
                        format!("write {}", one_of(&quoted))
                    }
                };
                self.problems.error(at.clone(), format!("`{name}` cannot be \"{text}\""), Some(hint));
                Data::Wrong
            }
        }
    }

    fn whole(&mut self, number: i64, (min, max): (i64, i64), at: &Place, name: &str) -> Data {
        if (min..=max).contains(&number) {
            return Data::Whole(number);
        }
        let expected = Kind::Whole { min, max }.expected();
        self.problems.error(at.clone(), format!("`{name}` has to be {expected}, this is {number}"), None);
        Data::Wrong
    }

    fn wrong_type(&mut self, raw: Raw<'_>, at: &Place, kind: &Kind, name: &str) -> Data {
        let hint = match (kind, raw) {
            (Kind::Whole { .. }, Raw::Value(Value::String(text))) if text.value().parse::<i64>().is_ok() => {
                Some(format!("write it without quotes: `{name} = {}`", text.value()))
            }
            (Kind::Flag, Raw::Value(Value::String(text)))
                if ["true", "false"].contains(&text.value().as_str()) =>
            {
                Some(format!("write it without quotes: `{name} = {}`", text.value()))
            }
            (Kind::Form(super::format::Format::Duration { .. }), Raw::Value(Value::Integer(n))) => {
                Some(format!("add a unit: `{name} = \"{}s\"`", n.value()))
            }
            (Kind::Form(super::format::Format::Share), Raw::Value(Value::Integer(n))) => {
                Some(format!("write it in percent: `{name} = \"{}%\"`", n.value()))
            }
            (Kind::Form(super::format::Format::Share), Raw::Value(Value::Float(n))) => {
                Some(format!("write it in percent: `{name} = \"{}%\"`", n.value()))
            }
            (Kind::List(_), Raw::Value(Value::String(text))) => {
                Some(format!("write it as a list: `{name} = [\"{}\"]`", text.value()))
            }
            _ => None,
        };
        let message = format!("`{name}` has to be {}, this is {}", kind.expected(), raw.name());
        self.problems.error(at.clone(), message, hint);
        Data::Wrong
    }
}

/// Whether a value's TOML type is one the kind is written in.
fn fits(kind: &Kind, raw: Raw<'_>) -> bool {
    match (kind, raw) {
        (Kind::OneOf(kinds), raw) => kinds.iter().any(|kind| fits(kind, raw)),
        (Kind::Table(_) | Kind::Entries { .. }, Raw::Table(_)) => true,
        (Kind::Table(shape), raw) => shape.short_key().is_some_and(|key| fits(&key.kind, raw)),
        (Kind::List(_), Raw::Tables(_) | Raw::Value(Value::Array(_))) => true,
        (Kind::Text | Kind::Form(_) | Kind::Words(_), Raw::Value(Value::String(_))) => true,
        (Kind::Flag, Raw::Value(Value::Boolean(_))) => true,
        (Kind::Whole { .. }, Raw::Value(Value::Integer(_))) => true,
        _ => false,
    }
}

fn key_place(table: &dyn TableLike, name: &str, around: &Place) -> Place {
    table.get_key_value(name).and_then(|(key, _)| key.span()).unwrap_or_else(|| around.clone())
}

/// The most similar of some words, when one is similar enough.
pub(crate) fn nearest<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    if word.len() > 60 {
        return None;
    }
    let word = word.to_lowercase().replace('_', "-");
    known
        .iter()
        .map(|k| {
            let k_plain = k.replace('_', "-");
            let score = strsim::jaro_winkler(&word, &k_plain)
                .max(if strsim::damerau_levenshtein(&word, &k_plain) <= 1 { 0.9 } else { 0.0 });
            (score, *k)
        })
        .filter(|(score, _)| *score >= SIMILAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}
