//! No query reads a whole table, however long the history becomes.

use super::*;
use crate::migrate::MIGRATIONS;
use crate::sql::plan;
use run::{RunQuery, Scope};
use rusqlite::Connection;
use seatrial_core::model::{AppName, EnvironmentName, RunId};
use seatrial_core::run::RunStatus;

fn database() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    for statements in MIGRATIONS.iter().flat_map(|m| m.iter()) {
        conn.execute_batch(statements).unwrap();
    }
    conn
}

fn assert_indexed(conn: &Connection, sql: &str, scanned: &[&str]) {
    for line in plan(conn, sql).lines() {
        let allowed = scanned.iter().any(|table| line == format!("SCAN {table}"));
        assert!(allowed || !line.contains("SCAN") || line == "SCAN CONSTANT ROW", "{sql}\n{line}");
        assert!(!line.contains("TEMP B-TREE"), "{sql}\n{line}");
    }
}

#[test]
fn every_page_of_runs_and_of_the_history_is_found_by_index() {
    let conn = database();
    let (app, environment) = (AppName::new("a").unwrap(), EnvironmentName::new("e").unwrap());
    let scopes = [Scope::All, Scope::App(app.clone()), Scope::Environment(app, environment)];
    for scope in scopes {
        for status in [None, Some(RunStatus::Failed)] {
            for before in [None, Some(RunId(uuid::Uuid::max()))] {
                let query = RunQuery { scope: scope.clone(), status, before, limit: 50 };
                let (filter, _) = run::page_sql(&query);
                // With nothing asked for, the newest are read from the end of the index of ids.
                let plan = plan(&conn, &format!("SELECT * FROM run WHERE {filter}"));
                let free = scope == Scope::All && status.is_none() && before.is_none();
                let by_index = if free { "SCAN run USING INDEX" } else { "SEARCH run USING INDEX" };
                assert!(plan.starts_with(by_index), "{filter}\n{plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{filter}\n{plan}");
                let join = "SELECT * FROM run LEFT JOIN deployment ON deployment.run = run.number";
                let joined = super::super::sql::plan(&conn, &format!("{join} WHERE {filter}"));
                assert!(joined.contains("SEARCH deployment USING INTEGER PRIMARY KEY"), "{joined}");
                assert!(!joined.contains("TEMP B-TREE"), "{joined}");
            }
        }
    }
}

#[test]
fn every_other_question_is_answered_by_index() {
    let conn = database();
    // Topics and places are few: as many as kinds of things, and as environments.
    for (sql, scanned) in [
        (event::OF_RUN.to_owned(), &[][..]),
        (halt::ONE.to_owned(), &[]),
        (topic::NEWEST.to_owned(), &["topic"]),
        (topic::EVENTS_AFTER.to_owned(), &[]),
        (format!("SELECT * FROM run WHERE {}", run::BY_PART), &[]),
        (format!("SELECT * FROM release WHERE {}", run::BY_PART), &[]),
        (format!("SELECT * {}", release::OF_APP), &[]),
        (deployment::NEWEST_LIVE.to_owned(), &[]),
        (format!("SELECT * {}", deployment::CURRENT), &["place"]),
        (format!("SELECT * {}", deployment::LIVE_BEFORE), &[]),
        (format!("SELECT * {}", deployment::ANOTHER_BEFORE), &[]),
        (deployment::ROLLED_BACK_TO.to_owned(), &[]),
        (deployment::CURRENT_ORDER.to_owned(), &[]),
    ] {
        assert_indexed(&conn, &sql, scanned);
    }
    // The unfinished ones are few and sorted after they are found.
    let last = plan(&conn, run::LAST_OVER);
    assert!(last.contains("COVERING INDEX") && !last.contains("TEMP B-TREE"), "{last}");
    let unfinished = plan(&conn, &format!("SELECT * {}", run::UNFINISHED));
    assert!(unfinished.starts_with("SEARCH run USING INDEX run_status"), "{unfinished}");
}
