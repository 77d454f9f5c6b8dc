//! Runs: their time lines, comparisons and logs.

use crate::desk::Desk;
use crate::history::{Told, told};
use seatrial_app::api::Code;
use seatrial_core::model::{RunId, StepId};
use seatrial_core::run::End;
use seatrial_store::Stream;
use serde_json::json;

fn failed() -> End {
    End::FailedClean { reason: "test: exit status 1".into() }
}

#[tokio::test]
async fn a_run_is_shown_beside_what_was_usual_before_it() {
    let desk = Desk::with(&[]);
    Told { test_ms: 3_000, ago: 50, ..told("1.0.0") }.write(&desk);
    let good = Told { test_ms: 1_000, ago: 40, ..told("1.1.0") }.write(&desk);
    Told { test_ms: 9_000, ago: 30, end: failed(), ..told("1.2.0") }.write(&desk);
    let run = Told { test_ms: 2_500, ago: 20, ..told("1.3.0") }.write(&desk);
    let line = desk.get("run.timeline", json!({"run": run})).await;
    assert_eq!(line["usual"]["runs"], 2, "the failed one does not count: {line}");
    assert_eq!(line["last_good"], json!(good));
    let test = &line["rows"][0];
    assert_eq!((test["step"].clone(), test["usual_ms"].clone()), (json!("test"), json!(2_000)));
    assert_eq!(test["end_ms"].as_u64().unwrap() - test["begin_ms"].as_u64().unwrap(), 2_500);
    assert_eq!(test["critical"], true);
    assert_eq!(line["over"], true);
}

#[tokio::test]
async fn a_failed_run_is_compared_with_the_last_good_one() {
    let desk = Desk::with(&[]);
    let lone = Told { ago: 60, ..told("0.9.0") }.write(&desk);
    let good = Told { ago: 50, commit: Some("aaa".into()), ..told("1.0.0") }.write(&desk);
    let env = &[("LOG", "debug"), ("EXTRA", "1")];
    let bad = Told { commit: Some("bbb".into()), env, end: failed(), ago: 10, ..told("1.1.0") }.write(&desk);
    let both = desk.get("run.compare", json!({"run": bad})).await;
    assert_eq!(both["with"]["run"], json!(good));
    let names: Vec<&str> =
        both["differences"].as_array().unwrap().iter().map(|d| d["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["commit", "EXTRA", "LOG"]);
    assert_eq!(both["differences"][2], json!({"name": "LOG", "before": "info", "after": "debug"}));
    let steps = both["steps"].as_array().unwrap();
    assert_eq!((&steps[0]["status"], &steps[0]["with_status"]), (&json!("failed"), &json!("succeeded")));
    assert_eq!(steps[3]["duration_ms"], json!(null), "it never came so far");
    let named = desk.get("run.compare", json!({"run": bad, "with": lone})).await;
    assert_eq!(named["with"]["run"], json!(lone));
    let error = desk.ask("run.compare", json!({"run": lone})).await.unwrap_err();
    assert_eq!(error.code, Code::NotFound, "there is nothing before the first");
}

#[tokio::test]
async fn runs_are_looked_for_by_state_person_and_text_in_pages() {
    let desk = Desk::with(&[]);
    let old = Told { ago: 30, ..told("1.0.0") }.write(&desk);
    let bad = Told { ago: 20, end: failed(), ..told("1.1.0") }.write(&desk);
    let new = Told { ago: 10, ..told("1.2.0") }.write(&desk);
    let ids = |runs: serde_json::Value| -> Vec<serde_json::Value> {
        runs.as_array().unwrap().iter().map(|line| line["run"].clone()).collect()
    };
    assert_eq!(ids(desk.get("run.find", json!({})).await), [json!(new), json!(bad), json!(old)]);
    assert_eq!(ids(desk.get("run.find", json!({"statuses": ["failed"]})).await), [json!(bad)]);
    assert_eq!(ids(desk.get("run.find", json!({"text": " 1.0.0 "})).await), [json!(old)]);
    assert_eq!(ids(desk.get("run.find", json!({"text": "EXIT STATUS"})).await), [json!(bad)]);
    assert!(ids(desk.get("run.find", json!({"user": "nobody"})).await).is_empty());
    assert_eq!(ids(desk.get("run.find", json!({"limit": 1, "before": new})).await), [json!(bad)]);
}

#[tokio::test]
async fn lines_of_a_log_are_found_by_the_numbers_pages_have() {
    let desk = Desk::with(&[]);
    let run = told("1.0.0").write(&desk);
    let store = desk.store();
    let log = store.logs().writer(run, StepId::new("test").unwrap(), 1);
    for text in ["fine", "\u{1b}[31mError:\u{1b}[0m one", "fine", "an ERROR"] {
        log.push_text(Stream::Out, 0, text).unwrap();
    }
    log.flush().unwrap();
    let find = |more: serde_json::Value| {
        let mut params = json!({"run": run, "text": "error"});
        params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        params
    };
    let hits = desk.get("log.search", find(json!({}))).await;
    assert_eq!(hits, json!({"lines": [1, 3], "next": null}));
    let page = desk.get("log.lines", json!({"run": run, "from": 3})).await;
    assert_eq!(page["lines"][0]["text"], "an ERROR");
    let first = desk.get("log.search", find(json!({"limit": 1, "step": "test"}))).await;
    assert_eq!(first, json!({"lines": [1], "next": 3}));
    let rest = desk.get("log.search", find(json!({"from": 3}))).await;
    assert_eq!(rest["lines"], json!([3]));
    let empty = desk.ask("log.search", json!({"run": run, "text": ""})).await.unwrap_err();
    assert_eq!(empty.code, Code::Usage);
}

#[tokio::test]
async fn a_run_that_does_not_exist_has_no_time_line_and_says_so() {
    let desk = Desk::with(&[]);
    let nobody = RunId(uuid::Uuid::nil());
    for command in ["run.timeline", "run.compare", "log.search"] {
        let params = match command {
            "log.search" => json!({"run": nobody, "text": "x"}),
            _ => json!({"run": nobody}),
        };
        let error = desk.ask(command, params).await.unwrap_err();
        assert_eq!(error.code, Code::NotFound, "{command}");
        assert!(!error.hints.is_empty(), "{command}");
    }
}
