//! The inbox, settings and copies of the history.

use crate::desk::Desk;
use crate::history::{Told, told};
use chrono::{Duration, Utc};
use seatrial_app::api::Code;
use seatrial_core::run::End;
use serde_json::{Value, json};

#[tokio::test]
async fn the_inbox_tells_what_happened_and_what_was_not_seen_yet() {
    let desk = Desk::with(&[]);
    Told { ago: 50, ..told("1.0.0") }.write(&desk);
    let end = End::FailedClean { reason: "test: exit status 1".into() };
    let bad = Told { ago: 10, end, ..told("1.1.0") }.write(&desk);
    let inbox = desk.get("inbox.list", Value::Null).await;
    assert_eq!(inbox["unseen"], 2);
    let (first, second) = (&inbox["items"][0], &inbox["items"][1]);
    assert_eq!(first["run"]["run"], json!(bad));
    assert_eq!(first["text"], "Test: exit status 1. Nothing changed for users.");
    assert_eq!((&first["waits"], &second["waits"]), (&json!(true), &json!(false)));
    assert_eq!(second["title"], "shop 1.0.0 is live in local");

    let half = desk.get("inbox.seen", json!({"until": second["at"]})).await;
    assert_eq!((&half["unseen"], &half["items"][1]["seen"]), (&json!(1), &json!(true)));
    let back = desk.get("inbox.seen", json!({"until": Utc::now() - Duration::days(9)})).await;
    assert_eq!(back["unseen"], 1, "what was seen stays so");
    desk.get("inbox.seen", json!({"until": Utc::now() + Duration::days(9)})).await;
    Told { ago: 0, test_ms: 50, ..told("1.2.0") }.write(&desk);
    let inbox = desk.get("inbox.list", json!({"limit": 1})).await;
    assert_eq!((inbox["unseen"].clone(), inbox["items"].as_array().unwrap().len()), (json!(1), 1));
    assert_eq!(inbox["items"][0]["title"], "shop 1.2.0 is live in local");
}

#[tokio::test]
async fn settings_keep_what_is_not_named_and_refuse_answers_nobody_knows() {
    let desk = Desk::with(&[]);
    let first = desk.get("settings.get", Value::Null).await;
    assert_eq!((&first["notify"], &first["backups"]), (&json!(true), &json!([])));
    assert!(first["history_bytes"].as_u64().unwrap() > 0);
    assert!(first["key"].as_str().unwrap().contains("none yet"));
    desk.get("settings.set", json!({"needs": {"who": "team"}})).await;
    let both = desk.get("settings.set", json!({"notify": false})).await;
    assert_eq!((&both["needs"]["who"], &both["notify"]), (&json!("team"), &json!(false)));
    for bad in [json!({"needs": {"who": "nobody"}}), json!({"needs": {"whom": "team"}}), json!({"theme": 1})]
    {
        let error = desk.ask("settings.set", bad.clone()).await.unwrap_err();
        assert_eq!(error.code, Code::Usage, "{bad}");
    }
}

#[tokio::test]
async fn a_history_can_be_put_back_and_the_one_it_replaced_too() {
    let desk = Desk::with(&[]);
    Told { ago: 50, ..told("1.0.0") }.write(&desk);
    let made = desk.get("backup.create", Value::Null).await;
    let copy = made["backups"][0]["name"].clone();
    Told { ago: 10, ..told("1.1.0") }.write(&desk);
    let restored = desk.get("backup.restore", json!({"name": copy})).await;
    assert_eq!(restored["backups"].as_array().unwrap().len(), 2, "the present one was copied first");
    let releases = || async {
        let all = desk.get("release.list", json!({"app": "shop"})).await;
        all.as_array().unwrap().iter().map(|r| r["version"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(releases().await, ["1.0.0"]);
    desk.get("backup.restore", json!({"name": restored["backups"][0]["name"]})).await;
    assert_eq!(releases().await, ["1.1.0", "1.0.0"]);
}

#[tokio::test]
async fn only_a_whole_copy_of_the_list_can_be_put_back() {
    let desk = Desk::with(&[]);
    let made = desk.get("backup.create", Value::Null).await;
    let name = made["backups"][0]["name"].as_str().unwrap();
    for odd in ["", "../seatrial.db", "seatrial.db", "/etc/passwd", "seatrial-20200101-000000.db"] {
        let error = desk.ask("backup.restore", json!({"name": odd})).await.unwrap_err();
        assert_eq!(error.code, Code::NotFound, "{odd}");
    }
    std::fs::write(desk.home().join("backups").join(name), b"no database at all".repeat(500)).unwrap();
    let error = desk.ask("backup.restore", json!({"name": name})).await.unwrap_err();
    assert_eq!((error.code, error.hints[0].contains("nothing was changed")), (Code::Storage, true));
}
