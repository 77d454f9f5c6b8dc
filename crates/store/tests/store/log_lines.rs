use crate::scene::*;
use chrono::Duration;
use seatrial_store::{Line, LogLine, LogSelection, LogWriter, Store, Stream};
use std::thread;
use tempfile::tempdir;

fn line(text: impl Into<String>) -> LogLine {
    LogLine { stream: Stream::Out, at: now(), text: text.into() }
}

fn writer(store: &Store, name: &str, attempt: u32) -> LogWriter {
    store.logs().writer(run_id(1), step(name), attempt)
}

fn of_step(name: &str) -> LogSelection {
    LogSelection { run: run_id(1), step: Some(step(name)) }
}

fn whole() -> LogSelection {
    LogSelection { run: run_id(1), step: None }
}

fn texts(lines: Vec<Line>) -> Vec<String> {
    lines.into_iter().map(|l| l.text).collect()
}

#[test]
fn a_flushed_line_is_there_as_it_was_said() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let log = writer(&store, "build", 1);
    let at = now() + Duration::milliseconds(5);
    log.push(&LogLine { stream: Stream::Err, at, text: "päng\u{1b}[31m \0 !".into() }).unwrap();
    log.flush().unwrap();
    let found = store.logs().lines(&of_step("build"), 1, 10).unwrap();
    let said = Line {
        number: 1,
        step: step("build"),
        attempt: 1,
        stream: Stream::Err,
        at: chrono::DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap(),
        text: "päng\u{1b}[31m \0 !".into(),
    };
    assert_eq!(found, [said]);
}

#[test]
fn lines_that_nobody_flushes_are_kept_within_moments_and_when_the_store_closes() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let log = writer(&store, "build", 1);
    log.push(&line("one")).unwrap();
    let count = store.logs().wait_for_lines(&whole(), 0, std::time::Duration::from_secs(20)).unwrap();
    assert_eq!(count, 1);
    log.push(&line("two")).unwrap();
    drop(log);
    let log = writer(&store, "build", 1);
    log.push(&line("three")).unwrap();
    drop(store);
    assert_eq!(log.push(&line("too late")).unwrap_err().lines, 1, "a line that is not kept is an error");
    log.flush().unwrap();
    let store = open(dir.path());
    assert_eq!(texts(store.logs().tail(&whole(), 10).unwrap()), ["one", "two", "three"]);
}

#[test]
fn a_million_lines_of_two_steps_are_all_there_at_their_numbers() {
    const EACH: u64 = 500_000;
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    thread::scope(|scope| {
        for name in ["build", "test"] {
            let log = writer(&store, name, 1);
            scope.spawn(move || {
                for n in 1..=EACH {
                    log.push(&line(format!("{name} line {n}"))).unwrap();
                }
                log.flush().unwrap();
            });
        }
    });
    let logs = store.logs();
    assert_eq!(logs.count(&whole()).unwrap(), 2 * EACH);
    for name in ["build", "test"] {
        assert_eq!(logs.count(&of_step(name)).unwrap(), EACH);
        let (mut next, mut seen) = (1, 0);
        while next <= EACH {
            for found in logs.lines(&of_step(name), next, 50_000).unwrap() {
                seen += 1;
                assert_eq!((found.number, found.text), (seen, format!("{name} line {seen}")));
            }
            next = seen + 1;
        }
    }
    let deep = logs.lines(&of_step("test"), 321_987, 2).unwrap();
    assert_eq!(texts(deep), ["test line 321987", "test line 321988"]);
    let run_wide = logs.lines(&whole(), 2 * EACH - 1, 10).unwrap();
    assert_eq!(run_wide.iter().map(|l| l.number).collect::<Vec<_>>(), [2 * EACH - 1, 2 * EACH]);
}

#[test]
fn attempts_share_the_count_of_their_step() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    for attempt in [1, 2] {
        let log = writer(&store, "build", attempt);
        log.push(&line(format!("a{attempt}"))).unwrap();
        log.push(&line(format!("b{attempt}"))).unwrap();
        log.flush().unwrap();
    }
    let attempts = store.logs().attempts(run_id(1), &step("build")).unwrap();
    let shape: Vec<_> = attempts.iter().map(|a| (a.attempt, a.first, a.count)).collect();
    assert_eq!(shape, [(1, 1, 2), (2, 3, 2)]);
    assert_eq!(texts(store.logs().lines(&of_step("build"), 2, 2).unwrap()), ["b1", "a2"]);
}

#[test]
fn one_line_of_ten_megabytes_and_empty_lines_are_lines_like_others() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let log = writer(&store, "build", 1);
    let long = "x".repeat(10 * 1024 * 1024);
    for text in ["", &long, ""] {
        log.push(&line(text)).unwrap();
    }
    log.flush().unwrap();
    assert_eq!(texts(store.logs().lines(&whole(), 1, 5).unwrap()), ["", &long, ""]);
    assert_eq!(texts(store.logs().tail(&whole(), 1).unwrap()), [""]);
    assert_eq!(store.logs().lines(&whole(), 4, 5).unwrap(), []);
    assert_eq!(store.logs().lines(&whole(), 1, 0).unwrap(), []);
}

#[test]
fn a_search_answers_in_pages_and_says_where_to_go_on() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let log = writer(&store, "build", 1);
    for n in 1..=3000 {
        let word = if n % 1000 == 0 { "ERROR" } else { "fine" };
        log.push(&line(format!("{n} {word}"))).unwrap();
    }
    log.flush().unwrap();
    let first = store.logs().search(&whole(), "error", 1, 2).unwrap();
    assert_eq!((first.lines, first.next), (vec![1000, 2000], Some(3000)));
    let rest = store.logs().search(&whole(), "error", 3000, 2).unwrap();
    assert_eq!((rest.lines, rest.next), (vec![3000], None));
    assert_eq!(store.logs().search(&whole(), "", 1, 2).unwrap(), Default::default());
}

#[test]
fn a_search_finds_what_a_person_reads_whatever_its_case_and_colours() {
    let dir = tempdir().unwrap();
    let store = open(dir.path());
    let log = writer(&store, "build", 1);
    for text in ["\u{1b}[31mer\u{1b}[0mror", "ÄRGER", "er", "ror", "error: none", "TERROR"] {
        log.push(&line(text)).unwrap();
    }
    log.flush().unwrap();
    let found = |text: &str| store.logs().search(&whole(), text, 1, 10).unwrap().lines;
    assert_eq!(found("Error"), [1, 5, 6]);
    assert_eq!(found("ärger"), [2]);
    assert_eq!(found("31m"), [] as [u64; 0], "colours are no text");
}
