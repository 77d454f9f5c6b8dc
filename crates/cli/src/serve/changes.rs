//! `GET /api/changes`: what changed, as a stream of server-sent events.

use super::api::{Calls, Page};
use super::reply::Refusal;
use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use seatrial_app::api::types::{Changes, ChangesParams};
use seatrial_app::api::{ApiError, Code};
use serde::Deserialize;
use std::convert::Infallible;
use std::time::Duration;

/// How long one question to the change feed waits.
const WAIT_MS: u64 = 15_000;
/// How long changes are gathered into one event after the first.
const BATCH: Duration = Duration::from_millis(75);
/// Pause after the change feed could not be asked.
const PAUSE: Duration = Duration::from_secs(1);
/// A comment this often tells a quiet stream from a dead one.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where to begin.
#[derive(Debug, Deserialize)]
pub(crate) struct From {
    /// The cursor of the last event seen; without one the stream begins now.
    #[serde(default)]
    cursor: Option<u64>,
}

/// The stream. Its first event carries the present cursor, or everything since the one that was sent.
pub(crate) async fn stream<C: Calls>(
    State(page): State<Page<C>>,
    query: Result<Query<From>, axum::extract::rejection::QueryRejection>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let Query(from) = query
        .map_err(|_| ApiError::new(Code::Usage, "`cursor` is the number of the last event that was seen"))?;
    let first = page.calls.changes(ChangesParams { cursor: from.cursor, wait_ms: 0 }).await?;
    let feed = Feed { calls: page.calls, cursor: first.cursor, first: Some(first) };
    let events = stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await;
        Some((Ok(event), feed))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

struct Feed<C> {
    calls: C,
    cursor: u64,
    first: Option<Changes>,
}

impl<C: Calls> Feed<C> {
    async fn next(&mut self) -> Event {
        if let Some(first) = self.first.take() {
            return event(&first);
        }
        loop {
            match self.batch().await {
                Ok(changes) if changes.runs.is_empty() && changes.cursor == self.cursor => {}
                Ok(changes) => {
                    self.cursor = changes.cursor;
                    return event(&changes);
                }
                Err(error) => {
                    tokio::time::sleep(PAUSE).await;
                    return failed(&error);
                }
            }
        }
    }

    /// The next change with those that come right after it.
    async fn batch(&self) -> Result<Changes, ApiError> {
        let ask = |cursor, wait_ms| ChangesParams { cursor: Some(cursor), wait_ms };
        let mut changes = self.calls.changes(ask(self.cursor, WAIT_MS)).await?;
        if changes.runs.is_empty() {
            return Ok(changes);
        }
        tokio::time::sleep(BATCH).await;
        let more = self.calls.changes(ask(changes.cursor, 0)).await?;
        changes.cursor = more.cursor;
        let new = |run: &_| !changes.runs.contains(run);
        let runs: Vec<_> = more.runs.into_iter().filter(new).collect();
        changes.runs.extend(runs);
        let new = |topic: &_| !changes.topics.contains(topic);
        let topics: Vec<_> = more.topics.into_iter().filter(new).collect();
        changes.topics.extend(topics);
        Ok(changes)
    }
}

fn event(changes: &Changes) -> Event {
    let event = Event::default().event("changes").id(changes.cursor.to_string());
    event.json_data(changes).unwrap_or_else(|_| Event::default().comment("no JSON form"))
}

fn failed(error: &ApiError) -> Event {
    let event = Event::default().event("error");
    event.json_data(error).unwrap_or_else(|_| Event::default().comment("no JSON form"))
}
