//! Picking a value: from the nearest table that has it, else from what was detected, else its default; each
//! time remembering where it came from.

use super::keys::{Default, Key, Kind, Shape};
use super::node::{Data, Entry, Node, Place, Table};
use super::problems::Problems;
use super::read::Reader;
use super::resolved::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// The tables that can say something about one part, the nearest first.
#[derive(Debug, Clone)]
pub(crate) struct Section<'n> {
    /// What its keys are.
    pub(crate) shape: &'static Shape,
    /// The tables.
    pub(crate) layers: Vec<&'n Table>,
    /// Its dotted path, for origins.
    pub(crate) path: String,
    /// Where to point when something about it as a whole is wrong.
    pub(crate) at: Place,
}

impl<'n> Section<'n> {
    /// The part below the key `name`, which has to be described as a table.
    pub(crate) fn below(&self, name: &str) -> Self {
        let entries: Vec<&Entry> = self.layers.iter().filter_map(|table| table.entry(name)).collect();
        Self {
            shape: self
                .shape
                .key(name)
                .map_or(self.shape, |key| table_shape(&key.kind).unwrap_or(self.shape)),
            layers: entries.iter().filter_map(|entry| entry.node.as_table()).collect(),
            path: self.dotted(name),
            at: entries.first().map_or_else(|| self.at.clone(), |entry| entry.key_at.clone()),
        }
    }

    /// The tables below the key `name`, each under the name a person gave it. Of one that is written in several places
    /// the nearest counts; the order is that of the farthest, which the nearer ones add to.
    pub(crate) fn named(&self, name: &str) -> Vec<(&'n str, Self)> {
        let mut sections: Vec<(&str, Self)> = Vec::new();
        let tables: Vec<&Table> = self.layers.iter().rev().filter_map(|table| table.table(name)).collect();
        for entry in tables.iter().flat_map(|table| &table.entries) {
            let Some(table) = entry.node.as_table() else { continue };
            let Some(shape) = table.shape else { continue };
            let path = format!("{}.{}", self.dotted(name), entry.name);
            let section = Self { shape, layers: vec![table], path, at: entry.key_at.clone() };
            match sections.iter_mut().find(|(known, _)| *known == entry.name) {
                Some(known) => known.1 = section,
                None => sections.push((&entry.name, section)),
            }
        }
        sections
    }

    /// The entry in the nearest table that has it.
    pub(crate) fn entry(&self, name: &str) -> Option<&'n Entry> {
        self.layers.iter().find_map(|table| table.entry(name))
    }

    /// Whether a person wrote it.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// The dotted path of a key in it.
    pub(crate) fn dotted(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Where a key stands, or the part as a whole.
    pub(crate) fn place(&self, name: &str) -> Place {
        self.entry(name).map_or_else(|| self.at.clone(), |entry| entry.node.at.clone())
    }
}

fn table_shape(kind: &Kind) -> Option<&'static Shape> {
    match kind {
        Kind::Table(shape) => Some(shape),
        Kind::OneOf(kinds) => kinds.iter().find_map(table_shape),
        _ => None,
    }
}

/// Where every picked value came from, and what was wrong on the way.
pub(crate) struct Picker<'p, 't> {
    /// Where problems go.
    pub(crate) problems: &'p mut Problems<'t>,
    /// Origins by dotted path.
    pub(crate) origins: BTreeMap<String, Origin>,
}

impl Picker<'_, '_> {
    /// The origin of something that stands in the file.
    pub(crate) fn written_at(&self, at: &Place) -> Origin {
        let spot = self.problems.spot(at);
        Origin::File { file: self.problems.file().to_owned(), line: spot.line, column: spot.column }
    }

    /// Remembers where a value came from.
    pub(crate) fn note(&mut self, path: String, origin: Origin) {
        self.origins.insert(path, origin);
    }

    /// The value a person wrote.
    pub(crate) fn written(&mut self, section: &Section<'_>, name: &str) -> Option<Data> {
        let entry = section.entry(name)?;
        let origin = self.written_at(&entry.node.at);
        self.note(section.dotted(name), origin);
        Some(entry.node.data.clone())
    }

    /// The value a person wrote, or the key's default.
    pub(crate) fn value(&mut self, section: &Section<'_>, name: &str) -> Data {
        self.written(section, name).unwrap_or_else(|| {
            self.note(section.dotted(name), Origin::Default);
            section.shape.key(name).and_then(default_of).unwrap_or(Data::Wrong)
        })
    }

    /// The value a person wrote, or one that follows from something else.
    pub(crate) fn value_or(&mut self, section: &Section<'_>, name: &str, derived: (Data, Origin)) -> Data {
        self.written(section, name).unwrap_or_else(|| {
            self.note(section.dotted(name), derived.1);
            derived.0
        })
    }

    /// Plain variables; those of nearer tables win.
    pub(crate) fn variables(&mut self, section: &Section<'_>, name: &str) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for table in section.layers.iter().rev().filter_map(|table| table.table(name)) {
            for entry in &table.entries {
                let origin = self.written_at(&entry.node.at);
                self.note(format!("{}.{}", section.dotted(name), entry.name), origin);
                all.insert(entry.name.clone(), plain(&entry.node.data));
            }
        }
        all
    }
}

/// The default of a key, read the way the file is read.
pub(crate) fn default_of(key: &'static Key) -> Option<Data> {
    let Default::Value(text) = key.default else { return None };
    let mut problems = Problems::new("");
    let mended = BTreeSet::new();
    let value: toml_edit::Value = text.parse().ok()?;
    let node = Reader { problems: &mut problems, mended: &mended }.plain_value(&value, key);
    (!problems.any_error()).then_some(node.data)
}

/// A plain value as the text of a variable.
pub(crate) fn plain(data: &Data) -> String {
    match data {
        Data::Text(text) => text.clone(),
        Data::Whole(number) => number.to_string(),
        Data::Flag(flag) => flag.to_string(),
        _ => String::new(),
    }
}

/// Typed views. What did not pass its check is the type's zero: the result is thrown away anyway.
impl Data {
    /// Text.
    pub(crate) fn text(self) -> String {
        if let Self::Text(text) = self { text } else { String::new() }
    }

    /// Milliseconds.
    pub(crate) fn millis(self) -> u64 {
        if let Self::Millis(millis) = self { millis } else { 0 }
    }

    /// A flag.
    pub(crate) fn flag(self) -> bool {
        self == Self::Flag(true)
    }

    /// A whole number; its bounds are checked by its kind.
    pub(crate) fn whole<N: TryFrom<i64> + std::default::Default>(self) -> N {
        if let Self::Whole(number) = self { N::try_from(number).unwrap_or_default() } else { N::default() }
    }

    /// A range of statuses.
    pub(crate) fn statuses(self) -> (u16, u16) {
        match self {
            Self::Statuses(low, high) => (low, high),
            one @ Self::Whole(_) => {
                let status = one.whole();
                (status, status)
            }
            _ => (0, 0),
        }
    }

    /// The entries of a list.
    pub(crate) fn items(self) -> Vec<Node> {
        if let Self::List(items) = self { items } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::describe::SHAPES;
    use super::*;

    #[test]
    fn every_default_is_a_value_the_file_could_hold() {
        for shape in SHAPES {
            for key in shape.keys.iter().filter(|key| matches!(key.default, Default::Value(_))) {
                assert!(
                    default_of(key).is_some_and(|data| data != Data::Wrong),
                    "{}.{}",
                    shape.name,
                    key.name
                );
            }
        }
    }
}
