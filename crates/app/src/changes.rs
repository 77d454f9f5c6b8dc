//! The change feed: everybody follows the same way.

use crate::App;
use crate::api::ApiError;
use crate::api::types::{Changes, ChangesParams};
use seatrial_store::{Changed, Cursor, Store, StoreError, Topic};
use std::collections::BTreeSet;
use std::time::Duration;

/// Longest wait of one call.
const LONGEST: Duration = Duration::from_secs(30);
/// Changes looked at per answer.
const MOST: u32 = 10_000;

impl App {
    /// Waits until something changes, and says what did.
    pub async fn changes_wait(&self, params: ChangesParams) -> Result<Changes, ApiError> {
        self.supervise_now_and_then().await;
        let wait = Duration::from_millis(params.wait_ms).min(LONGEST);
        self.ask(move |store| changes(store, params.cursor, wait)).await
    }
}

fn changes(store: &Store, cursor: Option<u64>, wait: Duration) -> Result<Changes, StoreError> {
    let Some(cursor) = cursor else {
        return Ok(Changes { cursor: number(store.cursor()?), runs: Vec::new(), topics: Vec::new() });
    };
    let cursor = Cursor(i64::try_from(cursor).unwrap_or(i64::MAX));
    store.wait_for_change(cursor, wait)?;
    let (changes, next) = store.changes_since(cursor, MOST)?;
    let (mut runs, mut topics) = (BTreeSet::new(), BTreeSet::new());
    for change in changes {
        match change.what {
            Changed::Run { run, .. } => drop(runs.insert(run)),
            Changed::Topic(topic) => drop(topics.insert(word(topic).to_owned())),
        }
    }
    let (runs, topics) = (runs.into_iter().collect(), topics.into_iter().collect());
    Ok(Changes { cursor: number(next), runs, topics })
}

fn word(topic: Topic) -> &'static str {
    match topic {
        Topic::Apps => "apps",
        Topic::EnvValues => "env-values",
        Topic::Secrets => "secrets",
        Topic::Trust => "trust",
        Topic::Settings => "settings",
        Topic::Leases => "leases",
    }
}

fn number(cursor: Cursor) -> u64 {
    u64::try_from(cursor.0).unwrap_or(0)
}
