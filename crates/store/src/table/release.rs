//! What Build made. A release never changes.

use super::run::{BY_PART, Found};
use crate::append::AppendError;
use crate::error::StoreError;
use crate::sql::{Id, Json, Word, id_range, short_id, tail, tail_range};
use crate::store::Store;
use rusqlite::{Connection, OptionalExtension, Row, params};
use seatrial_core::model::{AppName, Release, ReleaseId};

pub(crate) const CREATE: &str = "CREATE TABLE release (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    tail TEXT NOT NULL,
    app TEXT NOT NULL,
    version TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (app, version)
) STRICT;
CREATE INDEX release_app ON release (app, id);
CREATE INDEX release_tail ON release (tail);";

fn read(row: &Row<'_>) -> rusqlite::Result<Release> {
    Ok(row.get::<_, Json<Release>>(0)?.0)
}

/// Records a release. Doing so again changes nothing, as long as it is the same one.
pub(crate) fn record(conn: &Connection, release: &Release) -> Result<(), AppendError> {
    let sql = "INSERT INTO release (id, tail, app, version, body) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT DO NOTHING";
    let id = release.id.0;
    let values = params![Id(id), tail(id), Word(&release.app), release.version, Json(release)];
    if conn.prepare_cached(sql)?.execute(values)? == 1 || by_id(conn, release.id)?.as_ref() == Some(release) {
        return Ok(());
    }
    Err(AppendError::VersionTaken { app: release.app.clone(), version: release.version.clone() })
}

/// Records a release that somebody else made, and returns it as it is known here: two people can give different things
/// the same version, so the later one to be known gets the beginning of its id as well.
pub(crate) fn take_up(conn: &Connection, made: Release) -> Result<Release, AppendError> {
    if let Some(known) = by_id(conn, made.id)? {
        return Ok(known);
    }
    match record(conn, &made) {
        Err(AppendError::VersionTaken { .. }) => {
            let version = format!("{}+{}", made.version, short_id(made.id.0));
            let renamed = Release { version, ..made };
            record(conn, &renamed).map(|()| renamed)
        }
        outcome => outcome.map(|()| made),
    }
}

fn by_id(conn: &Connection, id: ReleaseId) -> rusqlite::Result<Option<Release>> {
    conn.prepare_cached("SELECT body FROM release WHERE id = ?1")?.query_row([Id(id.0)], read).optional()
}

/// The version of a release.
pub(crate) fn version_of(conn: &Connection, id: ReleaseId) -> rusqlite::Result<Option<String>> {
    conn.prepare_cached("SELECT version FROM release WHERE id = ?1")?
        .query_row([Id(id.0)], |r| r.get(0))
        .optional()
}

pub(crate) const OF_APP: &str = "FROM release WHERE app = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";

impl Store {
    /// Releases of an app, newest first; only those older than `before`, the last of the page before.
    pub fn releases(
        &self,
        app: &AppName,
        before: Option<ReleaseId>,
        limit: u32,
    ) -> Result<Vec<Release>, StoreError> {
        let before = before.map_or(uuid::Uuid::max(), |id| id.0);
        self.read(|conn| {
            let mut query = conn.prepare_cached(&format!("SELECT body {OF_APP}"))?;
            let rows = query.query_map(params![Word(app), Id(before), limit], read)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// One release.
    pub fn release(&self, id: ReleaseId) -> Result<Option<Release>, StoreError> {
        self.read(|conn| Ok(by_id(conn, id)?))
    }

    /// The release of an app that has this version.
    pub fn release_by_version(&self, app: &AppName, version: &str) -> Result<Option<Release>, StoreError> {
        self.read(|conn| {
            let mut query =
                conn.prepare_cached("SELECT body FROM release WHERE app = ?1 AND version = ?2")?;
            Ok(query.query_row(params![Word(app), version], read).optional()?)
        })
    }

    /// The release whose id, or short id, begins with `part`.
    pub fn find_release(&self, part: &str) -> Result<Found<Release>, StoreError> {
        let Some((low, high)) = id_range(part) else { return Ok(Found::Nothing) };
        let (tail_low, tail_high) = tail_range(part);
        self.read(|conn| {
            let sql = format!("SELECT body FROM release WHERE {BY_PART} LIMIT 2");
            let mut query = conn.prepare_cached(&sql)?;
            let rows = query.query_map(params![Id(low), Id(high), tail_low, tail_high], read)?;
            Ok(Found::of(rows.collect::<rusqlite::Result<_>>()?))
        })
    }
}
