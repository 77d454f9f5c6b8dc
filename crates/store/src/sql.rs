//! How values stand in columns. One wrapper for each kind, so that no table invents its own form.

use chrono::{DateTime, Utc};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, Value, ValueRef};
use serde::Serialize;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use uuid::Uuid;

/// An id, as 16 bytes: sorted by them is sorted by time of creation.
pub(crate) struct Id(pub Uuid);

/// A time, as microseconds since 1970.
pub(crate) struct At(pub DateTime<Utc>);

/// A type whose serialised form is one text: names, digests, plain enums.
pub(crate) struct Word<T>(pub T);

/// Anything else, as JSON.
pub(crate) struct Json<T>(pub T);

/// A time as it will be read back: microseconds are what columns keep.
pub(crate) fn stored(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

fn cannot_write(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

impl ToSql for Id {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Uuid::from_slice(value.as_blob()?).map(Self).map_err(FromSqlError::other)
    }
}

impl ToSql for At {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.timestamp_micros().into())
    }
}

impl FromSql for At {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = value.as_i64()?;
        DateTime::from_timestamp_micros(micros).map(Self).ok_or(FromSqlError::OutOfRange(micros))
    }
}

impl<T: Serialize> ToSql for Word<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match serde_json::to_value(&self.0).map_err(cannot_write)? {
            serde_json::Value::String(word) => Ok(ToSqlOutput::Owned(Value::Text(word))),
            _ => Err(cannot_write(FromSqlError::InvalidType)),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text: StrDeserializer<'_, WordError> = value.as_str()?.into_deserializer();
        T::deserialize(text).map(Self).map_err(FromSqlError::other)
    }
}

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0).map(ToSqlOutput::from).map_err(cannot_write)
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(FromSqlError::other)
    }
}

/// Smallest and largest id that begin with the hexadecimal digits of `part` (dashes are ignored); `None` when
/// it has other characters, none, or too many.
pub(crate) fn id_range(part: &str) -> Option<(Uuid, Uuid)> {
    let digits: String = part.chars().filter(|c| *c != '-').collect();
    if digits.is_empty() || digits.len() > 32 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let low = Uuid::parse_str(&format!("{digits:0<32}")).ok()?;
    let high = Uuid::parse_str(&format!("{digits:f<32}")).ok()?;
    Some((low, high))
}

/// Smallest and largest text that begins with `part`, as long as texts are hexadecimal.
pub(crate) fn tail_range(part: &str) -> (String, String) {
    let low = part.replace('-', "").to_ascii_lowercase();
    let high = format!("{low}g");
    (low, high)
}

/// The last twelve hexadecimal digits of an id: all of them random, so a few of them tell two ids apart,
/// while the first ones only tell when it was made.
pub(crate) fn tail(id: Uuid) -> String {
    let text = id.simple().to_string();
    text[20..].to_owned()
}

/// The short form of an id for people: eight digits. [`crate::Store::find_run`] and
/// [`crate::Store::find_release`] take it, longer or shorter, as well as the beginning of the whole id.
pub fn short_id(id: Uuid) -> String {
    let text = id.simple().to_string();
    text[20..28].to_owned()
}

/// How SQLite goes about a query, for tests.
#[cfg(test)]
pub(crate) fn plan(conn: &rusqlite::Connection, sql: &str) -> String {
    let mut query = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let rows = query.query_map(rusqlite::params_from_iter(vec![1; query.parameter_count()]), |r| r.get(3));
    rows.unwrap().collect::<rusqlite::Result<Vec<String>>>().unwrap().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_an_id_becomes_a_range_and_anything_else_does_not() {
        let (low, high) = id_range("0199-a").unwrap();
        assert_eq!(low.to_string(), "0199a000-0000-0000-0000-000000000000");
        assert_eq!(high.to_string(), "0199afff-ffff-ffff-ffff-ffffffffffff");
        for bad in ["", "-", "xyz", "0199%", &"0".repeat(33), "é"] {
            assert_eq!(id_range(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_short_id_is_the_beginning_of_the_tail() {
        let id = Uuid::parse_str("0199a000-1111-7222-8333-abcdef012345").unwrap();
        assert_eq!(tail(id), "abcdef012345");
        assert_eq!(short_id(id), "abcdef01");
    }
}
