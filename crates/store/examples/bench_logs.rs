//! How fast log lines are kept, and whether all are: `cargo run --release -p seatrial-store --example bench_logs
//! [lines]`. Meanwhile another thread adds journal entries, to see that a flood does not delay them.
#![expect(clippy::print_stdout, reason = "the result is for a person to read")]

use chrono::Utc;
use seatrial_core::model::{RunId, StepId};
use seatrial_store::{LogSelection, OpenOptions, Store, Stream};
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let lines: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |n| n.parse())?;
    let dir = tempfile::tempdir()?;
    let (store, _) = Store::open(dir.path(), &OpenOptions::new(Utc::now()))?;
    let quiet = journal_times(&store, Duration::from_secs(1), &AtomicBool::new(false))?;
    let run = RunId(uuid::Uuid::now_v7());
    let log = store.logs().writer(run, StepId::new("build")?, 1);
    let done = AtomicBool::new(false);
    let (flood, taken) = std::thread::scope(|scope| {
        let flood =
            scope.spawn(|| journal_times(&store, Duration::from_secs(600), &done).map_err(|e| e.to_string()));
        let since = Instant::now();
        let mut failed = None;
        for n in 0..lines {
            let text = format!("{n} Compiling something v1.2.3 with a line of an ordinary length (80 or so)");
            if let Err(error) = log.push_text(Stream::Out, n.cast_signed(), &text) {
                failed = Some(error);
            }
        }
        let last = log.flush();
        let taken = since.elapsed();
        done.store(true, Ordering::Relaxed);
        (flood.join(), failed.map_or(last, Err).map(|()| taken))
    });
    let (flood, taken) = (flood.map_err(|_| "the journal's thread ended")??, taken?);
    let of = LogSelection { run, step: None };
    let kept = store.logs().count(&of)?;
    println!(
        "{kept} of {lines} lines kept in {taken:.2?}: {:.0} lines/s",
        lines as f64 / taken.as_secs_f64()
    );
    for (name, from) in [("first", 1), ("middle", lines / 2), ("last", lines.saturating_sub(100))] {
        let since = Instant::now();
        let page = store.logs().lines(&of, from, 100)?;
        println!("{name} page of {} lines: {:.2?}", page.len(), since.elapsed());
    }
    for (name, text) in
        [("without a hit", "no such words"), ("with hits", "9999 compiling"), ("in every line", "v1.2.3")]
    {
        let since = Instant::now();
        let found = store.logs().search(&of, text, 1, 10_000)?;
        println!(
            "search {name}: {:.2?}, {} lines up to {:?}",
            since.elapsed(),
            found.lines.len(),
            found.next
        );
    }
    println!("journal entry, longest and median: quiet {quiet:?}, under the flood {flood:?}");
    if kept == lines { Ok(()) } else { Err("lines were lost".into()) }
}

/// Longest and median time of journal entries until the time is over or it is `done`.
fn journal_times(
    store: &Store,
    limit: Duration,
    done: &AtomicBool,
) -> Result<(Duration, Duration), Box<dyn Error>> {
    let (begin, mut times) = (Instant::now(), Vec::new());
    while begin.elapsed() < limit && !done.load(Ordering::Relaxed) {
        let since = Instant::now();
        store.set_setting("bench", times.len())?;
        times.push(since.elapsed());
        std::thread::sleep(Duration::from_millis(5));
    }
    times.sort_unstable();
    let longest = times.last().copied().unwrap_or_default();
    Ok((longest, times.get(times.len() / 2).copied().unwrap_or_default()))
}
