//! Reading logs: pages by line number, and the end.

use super::Logs;
use super::chunk::{Lines, Stream};
use crate::error::StoreError;
use crate::sql::{Id, Word};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};
use schemars::JsonSchema;
use seatrial_core::model::{RunId, StepId};
use serde::{Deserialize, Serialize};
use std::thread;
use std::time::{Duration, Instant};

/// How often new lines are looked for while somebody waits.
const POLL: Duration = Duration::from_millis(50);

/// Which lines are meant, and by which count they are numbered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSelection {
    /// The run.
    pub run: RunId,
    /// One of its steps, numbered by itself; `None`: the whole run.
    pub step: Option<StepId>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Its number in the selection, from 1; never changes.
    pub number: u64,
    /// The step it belongs to.
    pub step: StepId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Where it came from.
    pub stream: Stream,
    /// When it came, to the millisecond.
    pub at: DateTime<Utc>,
    /// The line.
    pub text: String,
}

/// Lines of one attempt within its step's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttemptLines {
    /// The attempt, from 1.
    pub attempt: u32,
    /// Number of its first line.
    pub first: u64,
    /// How many it has.
    pub count: u64,
}

/// A chunk as it is stored, numbered by the selection it was read for.
pub(super) struct Row {
    step: StepId,
    attempt: u32,
    pub(super) first: u64,
    pub(super) lines: u64,
    first_at: i64,
    pub(super) body: Vec<u8>,
}

impl LogSelection {
    fn column(&self) -> &'static str {
        if self.step.is_some() { "step_first" } else { "run_first" }
    }

    fn filter(&self) -> &'static str {
        if self.step.is_some() { "run = ?1 AND step = ?2" } else { "run = ?1" }
    }

    fn values(&self) -> Vec<Box<dyn ToSql>> {
        let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(Id(self.run.0))];
        values.extend(self.step.clone().map(|step| Box::new(Word(step)) as Box<dyn ToSql>));
        values
    }

    /// Number of the line after the last.
    pub(super) fn end_sql(&self) -> String {
        let (column, filter) = (self.column(), self.filter());
        format!("SELECT {column} + line_count FROM log_chunk WHERE {filter} ORDER BY {column} DESC LIMIT 1")
    }

    /// Chunks from the one with line `?n` on. The first condition alone would read everything before it.
    pub(super) fn chunks_sql(&self) -> String {
        let (column, filter) = (self.column(), self.filter());
        let from = if self.step.is_some() { "?3" } else { "?2" };
        format!(
            "SELECT step, attempt, {column}, line_count, first_at, body FROM log_chunk WHERE {filter}
            AND {column} >= coalesce((SELECT {column} FROM log_chunk WHERE {filter} AND {column} <= {from}
                ORDER BY {column} DESC LIMIT 1), 1) ORDER BY {column}"
        )
    }
}

pub(super) fn end(conn: &Connection, of: &LogSelection) -> Result<u64, StoreError> {
    let mut query = conn.prepare_cached(&of.end_sql())?;
    Ok(query.query_row(params_from_iter(of.values()), |r| r.get(0)).optional()?.unwrap_or(1))
}

/// Calls `each` with chunks from the one that has line `from` on, until it says to stop.
pub(super) fn chunks(
    conn: &Connection,
    of: &LogSelection,
    from: u64,
    mut each: impl FnMut(Row) -> bool,
) -> Result<(), StoreError> {
    let mut query = conn.prepare_cached(&of.chunks_sql())?;
    let mut values = of.values();
    values.push(Box::new(from));
    let mut rows = query.query(params_from_iter(values))?;
    while let Some(row) = rows.next()? {
        let chunk = Row {
            step: row.get::<_, Word<StepId>>(0)?.0,
            attempt: row.get(1)?,
            first: row.get(2)?,
            lines: row.get(3)?,
            first_at: row.get(4)?,
            body: row.get(5)?,
        };
        if !each(chunk) {
            break;
        }
    }
    Ok(())
}

impl Row {
    pub(super) fn lines(&self) -> impl Iterator<Item = (u64, super::chunk::Packed<'_>)> {
        (self.first..).zip(Lines::new(self.first_at, &self.body))
    }

    fn line(&self, number: u64, packed: &super::chunk::Packed<'_>) -> Line {
        Line {
            number,
            step: self.step.clone(),
            attempt: self.attempt,
            stream: packed.stream,
            at: DateTime::from_timestamp_millis(packed.at_ms).unwrap_or_default(),
            text: packed.text.to_owned(),
        }
    }
}

impl Logs {
    /// How many lines there are.
    pub fn count(&self, of: &LogSelection) -> Result<u64, StoreError> {
        self.readers.read(|conn| Ok(end(conn, of)? - 1))
    }

    /// Lines from number `from` (1: the first) on, at most `limit`.
    pub fn lines(&self, of: &LogSelection, from: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.readers.read(|conn| {
            let mut found = Vec::new();
            if limit == 0 {
                return Ok(found);
            }
            chunks(conn, of, from, |chunk| {
                let wanted = chunk.lines().filter(|(number, _)| *number >= from);
                let left = limit - found.len();
                found.extend(wanted.take(left).map(|(number, packed)| chunk.line(number, &packed)));
                found.len() < limit
            })?;
            Ok(found)
        })
    }

    /// The last lines, at most `limit`, in order.
    pub fn tail(&self, of: &LogSelection, limit: usize) -> Result<Vec<Line>, StoreError> {
        let end = self.count(of)? + 1;
        self.lines(of, end.saturating_sub(limit as u64).max(1), limit)
    }

    /// Attempts of a step with their lines.
    pub fn attempts(&self, run: RunId, step: &StepId) -> Result<Vec<AttemptLines>, StoreError> {
        self.readers.read(|conn| {
            let mut query = conn.prepare_cached(
                "SELECT attempt, min(step_first), sum(line_count) FROM log_chunk WHERE run = ?1 AND step = ?2
                GROUP BY attempt ORDER BY attempt",
            )?;
            let rows = query.query_map(params![Id(run.0), Word(step)], |r| {
                Ok(AttemptLines { attempt: r.get(0)?, first: r.get(1)?, count: r.get(2)? })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Waits until there are more than `known` lines, at most `limit`. Returns how many there are.
    pub fn wait_for_lines(&self, of: &LogSelection, known: u64, limit: Duration) -> Result<u64, StoreError> {
        let until = Instant::now() + limit;
        loop {
            let count = self.count(of)?;
            let left = until.saturating_duration_since(Instant::now());
            if count > known || left.is_zero() {
                return Ok(count);
            }
            thread::sleep(left.min(POLL));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_and_ends_of_logs_are_found_by_index() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(super::super::CREATE).unwrap();
        let run = RunId(uuid::Uuid::nil());
        for step in [None, Some(StepId::new("test").unwrap())] {
            let of = LogSelection { run, step };
            for sql in [of.end_sql(), of.chunks_sql()] {
                let plan = crate::sql::plan(&conn, &sql);
                assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
            }
        }
    }
}
