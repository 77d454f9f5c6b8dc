//! Edits of `seatrial.toml` that touch nothing else: the file is spliced, not written anew, so comments, order,
//! spacing and line ends stay byte for byte.

use super::node::Place;
use toml_edit::{Document, Item, Key, TableLike, Value};

/// A value to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A flag.
    Flag(bool),
    /// A list of texts.
    List(Vec<String>),
}

/// Why an edit is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is not TOML; it has to be mended by hand first.
    #[error("the file cannot be edited while it is not TOML; mend it first")]
    NotToml,
    /// The path is empty or has an unquoted part that is no bare key.
    #[error("`{path}` is not a path of keys with dots between them")]
    Path {
        /// The path as given.
        path: String,
    },
    /// A part of the path is a plain value.
    #[error("`{path}` is a plain value, nothing can be set below it")]
    NotATable {
        /// The part that is a plain value.
        path: String,
    },
    /// There is nothing at the path.
    #[error("`{path}` is not in the file")]
    Missing {
        /// The path as given.
        path: String,
    },
    /// Something is there already.
    #[error("`{path}` is already in the file")]
    Exists {
        /// The path as given.
        path: String,
    },
    /// The file is written in a way this edit cannot extend (a list of tables, say).
    #[error("`{path}` is written in a way that cannot be edited here; edit the file by hand")]
    Unsupported {
        /// The path as given.
        path: String,
    },
}

/// A value as TOML text.
impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&text_literal(text)),
            Self::Whole(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| text_literal(item)).collect();
                write!(f, "[{}]", items.join(", "))
            }
        }
    }
}

/// A text as TOML.
pub(crate) fn text_literal(text: &str) -> String {
    Value::from(text).to_string()
}

/// Sets the value at a dotted path (`env.prod.env.LOG`), adding tables on the way where they are missing.
///
/// # Errors
/// When the text is not TOML, the path is none, or a part of it is a plain value.
pub fn set(text: &str, path: &str, value: &Setting) -> Result<String, EditError> {
    let keys = keys(path)?;
    let document = Document::parse(text).map_err(|_| EditError::NotToml)?;
    let mut anchor = Anchor { holder: Holder::Table(document.as_table()), depth: 0 };
    let mut table: &dyn TableLike = document.as_table();
    for (index, key) in keys.iter().enumerate() {
        let Some(item) = table.get(key.get()) else { break };
        if index + 1 == keys.len() {
            return replace(text, item, path, value);
        }
        let named = || keys[..=index].iter().map(Key::get).collect::<Vec<_>>().join(".");
        table = item.as_table_like().ok_or_else(|| EditError::NotATable { path: named() })?;
        anchor.descend(item, index + 1);
    }
    let line = format!("{} = {value}", dotted(&keys[anchor.depth..]));
    let edited = match anchor.holder {
        // Nothing of the path is there yet: a table of its own reads better than dotted keys at the top.
        Holder::Table(root) if anchor.depth == 0 && keys.len() > 1 && !root.contains_key(keys[0].get()) => {
            Some(append_table(text, &keys, value))
        }
        Holder::Table(root) if anchor.depth == 0 => Some(insert_at_root(text, root, &line)),
        Holder::Table(table) => Some(insert_below(text, table, &line)),
        Holder::Inline(inline) => insert_inline(text, inline, &line),
        Holder::Headless => Some(append_table(text, &keys, value)),
    };
    check(edited, path, &keys)
}

/// The innermost place on the way of a path where a line or entry can be added.
struct Anchor<'d> {
    holder: Holder<'d>,
    /// How many keys of the path lead to it.
    depth: usize,
}

/// What an [`Anchor`] is.
enum Holder<'d> {
    /// The file itself, or a table with a header.
    Table(&'d toml_edit::Table),
    /// A table in braces.
    Inline(&'d toml_edit::InlineTable),
    /// A table that only headers below it speak of.
    Headless,
}

impl<'d> Anchor<'d> {
    /// A table written with dotted keys is no place of its own: what is added to it stands beside it.
    fn descend(&mut self, item: &'d Item, depth: usize) {
        let holder = match item {
            Item::Table(table) if table.is_dotted() => return,
            Item::Table(table) if !table.is_implicit() => Holder::Table(table),
            Item::Value(Value::InlineTable(table)) if table.is_dotted() => return,
            Item::Value(Value::InlineTable(table)) => Holder::Inline(table),
            _ => Holder::Headless,
        };
        *self = Self { holder, depth };
    }
}

/// Removes the value at a dotted path, with the rest of its line.
///
/// # Errors
/// When the text is not TOML or has no plain value there.
pub fn remove(text: &str, path: &str) -> Result<String, EditError> {
    let keys = keys(path)?;
    let document = Document::parse(text).map_err(|_| EditError::NotToml)?;
    let missing = || EditError::Missing { path: path.to_owned() };
    let unsupported = || EditError::Unsupported { path: path.to_owned() };
    let mut table: &dyn TableLike = document.as_table();
    let mut inline: Option<&toml_edit::InlineTable> = None;
    let (last, above) = keys.split_last().ok_or_else(missing)?;
    for key in above {
        let item = table.get(key.get()).ok_or_else(missing)?;
        inline = item.as_inline_table().filter(|t| !t.is_dotted()).or(inline);
        table = item.as_table_like().ok_or_else(missing)?;
    }
    let item = table.get(last.get()).ok_or_else(missing)?;
    let at = item.as_value().and_then(Value::span).ok_or_else(unsupported)?;
    let key_at = table.get_key_value(last.get()).and_then(|(key, _)| key.span()).ok_or_else(unsupported)?;
    let edited = match inline {
        Some(inline) => remove_inline(text, inline, last.get()),
        None => {
            let start = line_start(text, key_at.start);
            let end = line_end(text, at.end);
            Some(format!("{}{}", &text[..start], &text[end..]))
        }
    };
    let edited =
        edited.filter(|edited| Document::parse(edited.as_str()).is_ok_and(|d| !reaches(d.as_table(), &keys)));
    edited.ok_or_else(unsupported)
}

/// Adds an environment after those that are there.
///
/// # Errors
/// When the text is not TOML or has an environment of that name.
pub fn add_environment(text: &str, name: &str, target: &str) -> Result<String, EditError> {
    let path = format!("env.{name}");
    let keys = keys(&path)?;
    let document = Document::parse(text).map_err(|_| EditError::NotToml)?;
    let env = document.as_table().get("env");
    if env.and_then(Item::as_table_like).is_some_and(|table| table.contains_key(name)) {
        return Err(EditError::Exists { path });
    }
    let target = Setting::Text(target.to_owned());
    let has_tables =
        env.and_then(Item::as_table).is_some_and(|table| table.iter().any(|(_, item)| item.is_table()));
    if has_tables {
        // A short form would have to stand before these tables, and so come before them in promotion order.
        let mut below = keys;
        below.push(Key::new("target"));
        return check(Some(append_table(text, &below, &target)), &path, &below);
    }
    set(text, &path, &target)
}

fn keys(path: &str) -> Result<Vec<Key>, EditError> {
    Key::parse(path)
        .ok()
        .filter(|keys| !keys.is_empty())
        .ok_or_else(|| EditError::Path { path: path.to_owned() })
}

fn dotted(keys: &[Key]) -> String {
    keys.iter().map(|key| Key::new(key.get()).to_string()).collect::<Vec<_>>().join(".")
}

/// The line end the file uses.
fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn replace(text: &str, item: &Item, path: &str, value: &Setting) -> Result<String, EditError> {
    let at: Option<Place> = match item {
        Item::Value(Value::InlineTable(table)) if table.is_dotted() => None,
        Item::Value(value) => value.span(),
        _ => None,
    };
    let at = at.ok_or_else(|| EditError::Unsupported { path: path.to_owned() })?;
    Ok(format!("{}{value}{}", &text[..at.start], &text[at.end..]))
}

/// Where the last line of a table's own values ends; that of its header when it has none.
fn own_end(text: &str, table: &toml_edit::Table, header_end: Option<usize>) -> usize {
    fn last_value(item: &Item) -> Option<usize> {
        match item {
            Item::Value(value) => value.span().map(|span| span.end).into_iter().chain(inner(value)).max(),
            Item::Table(table) if table.is_dotted() => {
                table.iter().filter_map(|(_, item)| last_value(item)).max()
            }
            _ => None,
        }
    }
    fn inner(value: &Value) -> Option<usize> {
        let table = value.as_inline_table().filter(|table| table.is_dotted())?;
        table.iter().filter_map(|(_, value)| value.span().map(|span| span.end)).max()
    }
    let last = table.iter().filter_map(|(_, item)| last_value(item)).max();
    last.max(header_end).map_or(0, |end| line_end(text, end))
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// After the newline of the line `at` is in, or the end of the text.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

fn insert_line(text: &str, at: usize, line: &str) -> String {
    let newline = newline(text);
    let (before, after) = text.split_at(at);
    let open = if ["", "\u{feff}"].contains(&before) || before.ends_with('\n') { "" } else { newline };
    format!("{before}{open}{line}{newline}{after}")
}

/// After the table's own values, or its header.
fn insert_below(text: &str, table: &toml_edit::Table, line: &str) -> String {
    let header_end = table.span().map(|span| span.end);
    insert_line(text, own_end(text, table, header_end), line)
}

/// After the values that stand in no table; before all tables when there are none.
fn insert_at_root(text: &str, root: &toml_edit::Table, line: &str) -> String {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    insert_line(text, own_end(text, root, None).max(mark), line)
}

/// A new table with one value, at the end of the file.
fn append_table(text: &str, keys: &[Key], value: &Setting) -> String {
    let newline = newline(text);
    let Some((last, above)) = keys.split_last() else { return text.to_owned() };
    let gap = match (text.is_empty(), text.ends_with('\n')) {
        (true, _) => String::new(),
        (false, true) => newline.to_owned(),
        (false, false) => newline.repeat(2),
    };
    let header = format!("[{}]", dotted(above));
    let line = format!("{} = {value}", dotted(std::slice::from_ref(last)));
    format!("{text}{gap}{header}{newline}{line}{newline}")
}

/// After the last entry of `{ ... }`.
fn insert_inline(text: &str, inline: &toml_edit::InlineTable, line: &str) -> Option<String> {
    let at = inline.span()?;
    if inline.is_empty() {
        return Some(format!("{}{{ {line} }}{}", &text[..at.start], &text[at.end..]));
    }
    let last = inline.iter().filter_map(|(_, value)| value_end(value)).max()?;
    Some(format!("{}, {line}{}", &text[..last], &text[last..]))
}

/// Where a value ends, also when it is written with dotted keys.
fn value_end(value: &Value) -> Option<usize> {
    match value.as_inline_table().filter(|table| table.is_dotted()) {
        Some(table) => table.iter().filter_map(|(_, value)| value_end(value)).max(),
        None => value.span().map(|span| span.end),
    }
}

/// Out of `{ a = 1, b = 2 }`: the entry with the comma that belongs to it.
fn remove_inline(text: &str, inline: &toml_edit::InlineTable, name: &str) -> Option<String> {
    let entries: Vec<(&str, &Value)> = inline.iter().collect();
    let index = entries.iter().position(|(key, _)| *key == name)?;
    let key_start = |index: usize| {
        let (name, _) = entries.get(index)?;
        inline.get_key_value(name).and_then(|(key, _)| key.span()).map(|span| span.start)
    };
    let (start, end) = if let Some(next) = key_start(index + 1) {
        (key_start(index)?, next)
    } else if index > 0 {
        (value_end(entries.get(index - 1)?.1)?, value_end(entries.get(index)?.1)?)
    } else {
        (key_start(index)?, value_end(entries.get(index)?.1)?)
    };
    Some(format!("{}{}", &text[..start], &text[end..]))
}

/// Whether there is a value at the end of the path.
fn reaches(root: &toml_edit::Table, keys: &[Key]) -> bool {
    let mut table: &dyn TableLike = root;
    for (index, key) in keys.iter().enumerate() {
        match table.get(key.get()) {
            Some(_) if index + 1 == keys.len() => return true,
            Some(item) => match item.as_table_like() {
                Some(below) => table = below,
                None => return false,
            },
            None => return false,
        }
    }
    false
}

/// An edit counts only when the result is TOML that holds the value.
fn check(edited: Option<String>, path: &str, keys: &[Key]) -> Result<String, EditError> {
    edited
        .filter(|edited| {
            Document::parse(edited.as_str()).is_ok_and(|document| reaches(document.as_table(), keys))
        })
        .ok_or_else(|| EditError::Unsupported { path: path.to_owned() })
}
