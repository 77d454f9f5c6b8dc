//! Copies of the journals that lie on servers: what others did there, and the proof that nothing of it was changed since
//! it was read.

use crate::append::{AppendError, import};
use crate::error::StoreError;
use crate::sql::{At, Id, Json, Word};
use crate::store::Store;
use rusqlite::{Connection, OptionalExtension, params};
use seatrial_core::journal::{Begun, EntryBody, Line, Mark, overtaken};
use seatrial_core::model::{AppName, EnvironmentName, RunId};

pub(crate) const CREATE: &str = "CREATE TABLE server_journal (
    server TEXT NOT NULL,
    app TEXT NOT NULL,
    environment TEXT NOT NULL,
    number INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    hash TEXT NOT NULL,
    line TEXT NOT NULL,
    kind TEXT NOT NULL,
    run BLOB CHECK (length(run) = 16),
    actor TEXT NOT NULL CHECK (json_valid(actor)),
    at INTEGER NOT NULL,
    doing TEXT,
    PRIMARY KEY (server, app, environment, number)
) STRICT";

const BEGUN: &str = "begun";
const ENDED: &str = "ended";
const OTHER: &str = "other";

/// Which journal is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalKey {
    /// The server, as the target names it.
    pub server: String,
    /// The app.
    pub app: AppName,
    /// Its environment.
    pub environment: EnvironmentName,
}

/// Lines of a journal that are new here.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalLines {
    /// The journal.
    pub key: JournalKey,
    /// Whether it begins anew: what was known of it is forgotten, the runs it told of are not.
    pub anew: bool,
    /// The lines, in order.
    pub lines: Vec<Line>,
}

const NEWEST: &str = "SELECT number, bytes, hash FROM server_journal
    WHERE server = ?1 AND app = ?2 AND environment = ?3 ORDER BY number DESC LIMIT 1";

const RUNS: &str = "SELECT run, actor, at, doing, EXISTS (SELECT 1 FROM server_journal AS over
        WHERE over.server = ?1 AND over.app = ?2 AND over.environment = ?3
        AND over.kind = 'ended' AND over.run = own.run)
    FROM server_journal AS own WHERE server = ?1 AND app = ?2 AND environment = ?3 AND kind = 'begun'
    ORDER BY number";

fn insert(conn: &Connection, key: &JournalKey, line: &Line) -> rusqlite::Result<()> {
    let (kind, run, doing) = match &line.entry.body {
        EntryBody::Begun { run, doing, .. } => (BEGUN, Some(*run), Some(doing)),
        EntryBody::Ended { run, .. } => (ENDED, Some(*run), None),
        EntryBody::Unknown => (OTHER, None, None),
    };
    let sql = "INSERT INTO server_journal
        (server, app, environment, number, bytes, hash, line, kind, run, actor, at, doing)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING";
    conn.prepare_cached(sql)?
        .execute(params![
            key.server,
            Word(&key.app),
            Word(&key.environment),
            line.mark.number,
            line.mark.bytes,
            Word(&line.mark.hash),
            line.text,
            kind,
            run.map(|run| Id(run.0)),
            Json(&line.entry.by),
            At(line.entry.at),
            doing,
        ])
        .map(drop)
}

fn runs(conn: &Connection, key: &JournalKey) -> rusqlite::Result<Vec<Begun>> {
    let mut query = conn.prepare_cached(RUNS)?;
    let rows = query.query_map(params![key.server, Word(&key.app), Word(&key.environment)], |row| {
        Ok(Begun {
            run: RunId(row.get::<_, Id>(0)?.0),
            by: row.get::<_, Json<_>>(1)?.0,
            at: row.get::<_, At>(2)?.0,
            doing: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
            ended: row.get(4)?,
        })
    })?;
    rows.collect()
}

impl Store {
    /// How far a journal is known; `None`: nothing of it is.
    pub fn journal_mark(&self, key: &JournalKey) -> Result<Option<Mark>, StoreError> {
        self.read(|conn| {
            let values = params![key.server, Word(&key.app), Word(&key.environment)];
            let mark = conn.prepare_cached(NEWEST)?.query_row(values, |row| {
                Ok(Mark { number: row.get(0)?, bytes: row.get(1)?, hash: row.get::<_, Word<_>>(2)?.0 })
            });
            Ok(mark.optional()?)
        })
    }

    /// Runs that began by the word of a journal, in its order.
    pub fn journal_runs(&self, key: &JournalKey) -> Result<Vec<Begun>, StoreError> {
        self.read(|conn| Ok(runs(conn, key)?))
    }

    /// Keeps lines of a journal and takes up the runs they tell of, all or nothing. Returns the runs that were not
    /// known before.
    pub fn keep_journal(&self, new: JournalLines) -> Result<Vec<RunId>, AppendError> {
        self.write(move |journal| {
            let key = &new.key;
            if new.anew {
                let sql = "DELETE FROM server_journal WHERE server = ?1 AND app = ?2 AND environment = ?3";
                journal.execute(sql, params![key.server, Word(&key.app), Word(&key.environment)])?;
            }
            for line in &new.lines {
                insert(journal, key, line)?;
            }
            let begun = runs(journal, key)?;
            let mut taken_up = Vec::new();
            for line in new.lines {
                let EntryBody::Ended { run, release, events } = line.entry.body else { continue };
                let told = import::Told {
                    run,
                    release: release.map(|release| *release),
                    events,
                    overtaken_by: overtaken(&begun, run).map(|other| other.run),
                };
                if import::take_up(journal, (&key.app, &key.environment), told)? {
                    taken_up.push(run);
                }
            }
            Ok(taken_up)
        })
    }
}
