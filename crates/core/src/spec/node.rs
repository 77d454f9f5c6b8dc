//! A value of the file that has passed the checks of its kind, with its place.

use super::keys::Shape;
use crate::model::Target;
use crate::pipeline::{Mount, PortBinding};
use std::ops::Range;

/// A range of bytes in the file.
pub(crate) type Place = Range<usize>;

/// A checked value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    /// Where it stands.
    pub(crate) at: Place,
    /// What it is.
    pub(crate) data: Data,
}

/// What a checked value is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    /// Text, also a word or a name.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A flag.
    Flag(bool),
    /// A length of time in milliseconds.
    Millis(u64),
    /// An amount of memory in bytes.
    Bytes(u64),
    /// A share in parts per million.
    Ppm(u32),
    /// Lowest and highest status.
    Statuses(u16, u16),
    /// A target.
    Target(Target),
    /// A published port.
    Port(PortBinding),
    /// A mount.
    Mount(Mount),
    /// A list.
    List(Vec<Node>),
    /// A table.
    Table(Table),
    /// It did not pass; the problem is recorded.
    Wrong,
}

/// An entry of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// Its key.
    pub(crate) name: String,
    /// Where the key stands.
    pub(crate) key_at: Place,
    /// Its value.
    pub(crate) node: Node,
}

impl Entry {
    /// Where it is first spoken of: `[env.prod.ship]` can stand before `[env.prod]`.
    pub(crate) fn first_place(&self) -> usize {
        let below = self.node.as_table().and_then(|table| table.entries.iter().map(Self::first_place).min());
        self.key_at.start.min(below.unwrap_or(usize::MAX))
    }
}

/// A checked table, in the order of the file.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Its entries.
    pub(crate) entries: Vec<Entry>,
    /// Its description; `None` when a person chooses the keys.
    pub(crate) shape: Option<&'static Shape>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Table {
    /// The entry of that name.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        debug_assert!(
            self.shape.is_none_or(|shape| shape.key(name).is_some()),
            "`{name}` is not described in {:?}",
            self.shape.map(|shape| shape.name)
        );
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.node)
    }

    /// The table of that name.
    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.get(name).and_then(Node::as_table)
    }
}

impl Node {
    /// The text, when it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data { Some(text) } else { None }
    }

    /// The table, when it is one.
    pub(crate) fn as_table(&self) -> Option<&Table> {
        if let Data::Table(table) = &self.data { Some(table) } else { None }
    }

    /// The entries of the list; nothing when it is none.
    pub(crate) fn items(&self) -> &[Node] {
        if let Data::List(items) = &self.data { items } else { &[] }
    }
}
