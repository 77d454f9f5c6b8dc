use super::*;
use crate::model::{AppName, EnvironmentName, Phase, RunId};
use crate::run::{End, Event, EventBody, Progress, RunKind, RunRequest};
use proptest::prelude::*;
use uuid::Uuid;

fn ada() -> Actor {
    Actor { user: "ada".into(), machine: "laptop".into() }
}

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_796_000_000_123_456).unwrap()
}

fn run(number: u128) -> RunId {
    RunId(Uuid::from_u128(number))
}

fn begun(number: u128) -> EntryBody {
    let request = RunRequest {
        kind: RunKind::Deploy,
        app: AppName::new("shop").unwrap(),
        environment: Some(EnvironmentName::new("prod").unwrap()),
        phases: vec![Phase::Ship],
        release: None,
        retry_of: None,
        without: Vec::new(),
    };
    EntryBody::Begun { run: run(number), request: Box::new(request), doing: format!("deploy {number}") }
}

fn over(number: u128) -> EntryBody {
    let event = |seq, body| Event { run: run(number), seq, at: at(), body };
    let progress = Progress { text: "x".into(), done: 1, total: 2 };
    let step = "build".parse().unwrap();
    let events = vec![
        event(1, EventBody::WaitEnded),
        event(2, EventBody::StepProgress { step, progress }),
        event(3, EventBody::Ended { end: End::Live }),
    ];
    EntryBody::ended(run(number), None, events)
}

fn three() -> (String, Mark) {
    write(&Mark::start(), at(), &ada(), vec![begun(1), over(1), begun(2)])
}

#[test]
fn what_is_written_is_read_again() {
    let (text, mark) = three();
    let lines = read(&Mark::start(), &text).unwrap();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2].mark, mark);
    assert_eq!(mark.bytes, text.len() as u64);
    assert_eq!(lines[0].entry.body, begun(1));
    assert_eq!(lines[1].entry.by, ada());
    assert_eq!(mark.to_string().parse(), Ok(mark));
}

#[test]
fn reading_goes_on_where_it_ended() {
    let (text, _) = three();
    let all = read(&Mark::start(), &text).unwrap();
    let known = &all[0].mark;
    let rest = &text[usize::try_from(known.bytes).unwrap()..];
    assert_eq!(read(known, rest).unwrap(), all[1..]);
    assert_eq!(read(known, &rest[..rest.len() - 1]).unwrap(), all[1..2], "a torn line is not read");
}

#[test]
fn an_end_leaves_progress_out_and_numbers_the_rest_anew() {
    let EntryBody::Ended { events, .. } = over(7) else { panic!("not an end") };
    let numbers: Vec<u32> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, [1, 2]);
    assert!(matches!(events[1].body, EventBody::Ended { .. }));
}

#[test]
fn an_entry_of_a_kind_to_come_is_passed_over() {
    let entry = Entry { number: 1, previous: Mark::start().hash, at: at(), by: ada(), body: begun(1) };
    let mut value = serde_json::to_value(entry).unwrap();
    value["entry"] = "noted".into();
    let lines = read(&Mark::start(), &format!("{value}\n")).unwrap();
    assert_eq!(lines[0].entry.body, EntryBody::Unknown);
}

#[test]
fn d16_a_line_that_was_changed_taken_out_or_put_in_is_noticed() {
    let (text, _) = three();
    let lines: Vec<&str> = text.lines().collect();
    let changed = text.replacen("laptop", "another", 1);
    assert_eq!(read(&Mark::start(), &changed), Err(Broken::Chain { number: 2 }));
    let without = format!("{}\n{}\n", lines[0], lines[2]);
    assert_eq!(read(&Mark::start(), &without), Err(Broken::Chain { number: 2 }));
    let twice = format!("{}\n{}\n", lines[0], lines[0]);
    assert_eq!(read(&Mark::start(), &twice), Err(Broken::Chain { number: 2 }));
    assert_eq!(read(&Mark::start(), "{}\n"), Err(Broken::Unreadable { number: 1 }));
}

#[test]
fn who_began_after_a_run_has_overtaken_it() {
    let entries = |bodies| {
        let (text, _) = write(&Mark::start(), at(), &ada(), bodies);
        let lines = read(&Mark::start(), &text).unwrap();
        runs_begun(lines.iter().map(|line| &line.entry))
    };
    let all = entries(vec![begun(1), over(1), begun(2), begun(2), begun(3)]);
    assert_eq!(all.iter().map(|one| one.ended).collect::<Vec<_>>(), [true, false, false, false]);
    assert_eq!(overtaken(&all, run(2)).map(|one| one.run), Some(run(3)));
    assert_eq!(overtaken(&all, run(1)).map(|one| one.run), Some(run(2)));
    assert_eq!(overtaken(&all, run(3)), None);
    assert_eq!(overtaken(&all, run(4)), None);
}

proptest! {
    #[test]
    fn d16_no_byte_of_an_entry_that_others_follow_can_be_changed(place in 0_usize..400, byte in 32_u8..127) {
        let (text, _) = three();
        let mut bytes = text.clone().into_bytes();
        let place = place % text.find('\n').unwrap();
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assert!(read(&Mark::start(), &changed).is_err());
    }
}
