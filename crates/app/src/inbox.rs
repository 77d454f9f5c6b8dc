//! What happened while nobody looked: runs that are over, and which of them still need a person.

use crate::App;
use crate::api::ApiError;
use crate::api::types::{Inbox, InboxItem, InboxSeen, ListParams};
use crate::views::line;
use chrono::{DateTime, Utc};
use seatrial_core::evaluate::Verdict;
use seatrial_core::model::RunId;
use seatrial_core::run::{RunStatus, Story};
use seatrial_store::{RunQuery, RunRow, Scope, Store, StoreError};
use std::cmp::Reverse;
use std::collections::HashSet;

const SEEN: &str = "inbox.seen";
/// Runs that are looked through for what was not seen; older ones are history.
const LOOKED_THROUGH: u32 = 200;

impl App {
    /// Runs that ended or need a person, newest first.
    pub async fn inbox_list(&self, params: ListParams) -> Result<Inbox, ApiError> {
        self.ask(move |store| inbox(store, params)).await
    }

    /// Marks what was seen; what was seen stays so.
    pub async fn inbox_seen(&self, params: InboxSeen) -> Result<Inbox, ApiError> {
        let until = params.until.min(Utc::now());
        self.ask(move |store| {
            let before = store.setting::<DateTime<Utc>>(SEEN)?;
            if before.is_none_or(|before| before < until) {
                store.set_setting(SEEN, until)?;
            }
            inbox(store, ListParams::default())
        })
        .await
    }
}

fn inbox(store: &Store, params: ListParams) -> Result<Inbox, StoreError> {
    let scope = match (params.app, params.environment) {
        (None, _) => Scope::All,
        (Some(app), None) => Scope::App(app),
        (Some(app), Some(environment)) => Scope::Environment(app, environment),
    };
    let seen = store.setting::<DateTime<Utc>>(SEEN)?;
    let waiting = waiting(store)?;
    let query = RunQuery { scope, status: None, before: params.before, limit: LOOKED_THROUGH };
    let all = store.runs(&query)?.into_iter().filter_map(|run| item(run, seen, &waiting));
    let mut items: Vec<InboxItem> = all.collect();
    items.sort_by_key(|item| Reverse(item.at));
    let unseen = items.iter().filter(|item| !item.seen).count();
    items.truncate(params.limit.unwrap_or(50).min(LOOKED_THROUGH) as usize);
    Ok(Inbox { items, unseen: u32::try_from(unseen).unwrap_or(u32::MAX) })
}

/// Runs a person is still needed for: the last of their environment that went wrong, and what is live undecided.
fn waiting(store: &Store) -> Result<HashSet<RunId>, StoreError> {
    let wrong = |run: &RunRow| matches!(run.progress.status, RunStatus::NeedsAttention | RunStatus::Failed);
    let last = store.last_runs()?.into_iter().filter(wrong).map(|run| run.id);
    let open = |run: &RunRow| run.progress.verdict == Some(Verdict::Inconclusive);
    let live = store.current_deployments()?.into_iter().map(|d| d.run).filter(open).map(|run| run.id);
    Ok(last.chain(live).collect())
}

fn item(run: RunRow, seen: Option<DateTime<Utc>>, waiting: &HashSet<RunId>) -> Option<InboxItem> {
    let at = run.progress.ended_at?;
    let story = Story {
        app: &run.app,
        environment: run.environment.as_ref(),
        kind: run.kind,
        phases: &run.phases,
        version: run.progress.version.as_deref(),
        verdict: run.progress.verdict,
        end: run.progress.end.as_ref()?,
    };
    let (title, text) = (story.title(), story.meaning());
    let waits = waiting.contains(&run.id);
    Some(InboxItem { title, text, at, waits, seen: seen.is_some_and(|seen| at <= seen), run: line(run) })
}
