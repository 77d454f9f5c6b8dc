//! What steps print is kept whole, whatever it is.

use seatrial_tests::{AppFolder, Home};

fn building(home: &Home, name: &str, command: &str) -> AppFolder {
    let app = AppFolder::new(home, name);
    let step = format!("\n[build.steps.lint]\nrun = '''{command}'''\n");
    app.write("seatrial.toml", app.read("seatrial.toml") + &step);
    app
}

fn printed(home: &Home, app: &AppFolder, end: &str) -> String {
    let run = home.go(app, &["build", "--yes", "--trust"]).expect(end);
    home.run_in(app, &["logs", run.id(), "--step", "lint"]).expect(0).stdout
}

#[test]
fn no_line_of_a_flood_is_lost_or_out_of_order() {
    let home = Home::new();
    let app = building(&home, "flood", "seq -f 'line %.0f of many' 200000");
    let text = printed(&home, &app, "succeeded");
    let numbers =
        text.lines().filter_map(|line| line.split_once("line ")?.1.split(' ').next()?.parse::<u32>().ok());
    let expected: Vec<u32> = (1..=200_000).collect();
    assert!(numbers.eq(expected), "{} lines", text.lines().count());
}

#[test]
fn a_line_of_ten_megabytes_is_kept_without_harm() {
    let home = Home::new();
    let app =
        building(&home, "wide", "echo before; head -c 10485760 /dev/zero | tr '\\0' x; echo; echo after");
    let text = printed(&home, &app, "succeeded");
    assert!(text.contains("before") && text.contains("after"));
    let kept = text.chars().filter(|letter| *letter == 'x').count();
    assert!(kept >= 10_485_760, "{kept} of 10485760 letters were kept");
}

#[test]
fn bytes_that_are_no_text_neither_stop_a_run_nor_reach_the_terminal() {
    let home = Home::new();
    let command = "printf 'a\\000b\\377c\\033]0;title\\007d\\033[2Je\\n'; head -c 200000 /dev/urandom; echo; echo after";
    let app = building(&home, "binary", command);
    let text = printed(&home, &app, "succeeded");
    assert!(text.contains("after"));
    let dangerous =
        text.chars().find(|letter| letter.is_control() && !matches!(letter, '\n' | '\t' | '\u{1b}'));
    assert_eq!(dangerous, None);
    assert!(!text.contains("\u{1b}]0") && !text.contains("\u{1b}[2J"), "no sequences beyond colours");
}

#[test]
fn both_streams_and_the_end_of_a_failed_step_are_there() {
    let home = Home::new();
    let app = building(&home, "failing", "echo to-out; echo to-err >&2; printf unfinished; exit 7");
    let run = home.go(&app, &["build", "--yes", "--trust"]).expect("failed_clean");
    assert!(run.reason().contains("status 7"), "{}", run.report());
    let text = home.run_in(&app, &["logs", run.id()]).expect(0).stdout;
    for word in ["to-out", "to-err", "unfinished"] {
        assert!(text.contains(word), "{text}");
    }
    let json = home.run_in(&app, &["logs", run.id(), "--json"]).expect(0).json;
    let lines = json["lines"].as_array().expect("lines");
    let stream =
        |word: &str| lines.iter().find(|line| line["text"] == word).map(|line| line["stream"].clone());
    assert_eq!((stream("to-out"), stream("to-err")), (Some("out".into()), Some("err".into())));
}
