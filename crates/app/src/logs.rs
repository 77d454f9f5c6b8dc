//! Reading and searching the logs of runs.

use crate::App;
use crate::api::types::{LogHits, LogLine, LogPage, LogParams, LogSearch};
use crate::api::{ApiError, Code};
use seatrial_store::{LogSelection, StoreError, Stream};

/// Longest text that is looked for.
const LONGEST_TEXT: usize = 1_000;
/// Most lines of one answer.
const MOST: u32 = 10_000;

impl App {
    /// Lines of a run's log.
    pub async fn log_lines(&self, params: LogParams) -> Result<LogPage, ApiError> {
        let of = LogSelection { run: params.run, step: params.step };
        let (from, limit) = (params.from, params.limit.unwrap_or(1_000).min(MOST) as usize);
        self.ask(move |store| {
            let total = store.logs().count(&of)?;
            // The store counts from 1.
            let lines = store.logs().lines(&of, from.saturating_add(1), limit)?;
            let next = lines.last().map_or(from, |l| l.number);
            let lines = lines.into_iter().map(|l| LogLine {
                step: l.step,
                line: l.number - 1,
                at: l.at,
                stream: stream(l.stream).to_owned(),
                text: l.text,
            });
            Ok::<_, StoreError>(LogPage { lines: lines.collect(), total, next })
        })
        .await
    }

    /// Lines of a run's log that have a text.
    pub async fn log_search(&self, params: LogSearch) -> Result<LogHits, ApiError> {
        if params.text.is_empty() || params.text.len() > LONGEST_TEXT {
            let message = format!("a search needs a text of 1 to {LONGEST_TEXT} bytes");
            return Err(ApiError::new(Code::Usage, message).hint("write a word that the lines have"));
        }
        let run = params.run;
        if self.ask(move |store| store.run(run)).await?.is_none() {
            return Err(ApiError::new(Code::NotFound, format!("there is no run {run}"))
                .hint("`seatrial history` lists them"));
        }
        let of = LogSelection { run, step: params.step };
        let (text, from) = (params.text, params.from.saturating_add(1));
        let limit = params.limit.unwrap_or(MOST).min(MOST) as usize;
        self.ask(move |store| {
            let hits = store.logs().search(&of, &text, from, limit)?;
            let lines = hits.lines.into_iter().map(|number| number - 1).collect();
            Ok::<_, StoreError>(LogHits { lines, next: hits.next.map(|number| number - 1) })
        })
        .await
    }
}

fn stream(stream: Stream) -> &'static str {
    match stream {
        Stream::Out => "out",
        Stream::Err => "err",
        Stream::System => "system",
    }
}
