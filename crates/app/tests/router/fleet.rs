//! Everything at a glance, and one environment in detail.

use crate::desk::{DOCKERFILE, Desk};
use crate::history::{Told, told};
use seatrial_app::api::Code;
use seatrial_core::run::End;
use serde_json::{Value, json};

const TWO: (&str, &str) = (
    "seatrial.toml",
    "app = \"shop\"\n[env]\nlocal = \"docker\"\nprod = { target = \"docker\", domains = [\"shop.test\"] }\n",
);

async fn desk() -> Desk {
    let desk = Desk::with(&[DOCKERFILE, TWO]);
    desk.open().await;
    desk
}

/// What is needed by the history and the folder; what only an engine can show depends on the machine.
fn kinds(fleet: &Value) -> Vec<&str> {
    let all = fleet["needs"].as_array().unwrap().iter().map(|n| n["kind"].as_str().unwrap());
    all.filter(|kind| !["down", "drift"].contains(kind)).collect()
}

#[tokio::test]
async fn the_fleet_shows_what_is_where_and_what_can_be_promoted() {
    let desk = desk().await;
    Told { ago: 50, ..told("1.0.0") }.write(&desk);
    Told { ago: 40, environment: "prod", ..told("1.0.0-p") }.write(&desk);
    let run = Told { ago: 30, ..told("1.1.0") }.write(&desk);
    let fleet = desk.get("fleet.get", Value::Null).await;
    let app = &fleet["apps"][0];
    assert_eq!(
        (&app["app"], &app["kind"], &app["problem"]),
        (&json!("shop"), &json!("Dockerfile"), &Value::Null)
    );
    let (local, prod) = (&app["environments"][0], &app["environments"][1]);
    assert_eq!((&local["current"]["version"], &local["previous"]), (&json!("1.1.0"), &json!("1.0.0")));
    assert_eq!(local["last"]["run"], json!(run));
    assert_eq!((&local["promotable"], &prod["promotable"]), (&Value::Null, &json!("1.1.0")));
    assert_eq!(prod["urls"][0], "http://shop.test");
    assert_eq!(kinds(&fleet), ["trust"], "nobody has said yes to its commands: {}", fleet["needs"]);
}

#[tokio::test]
async fn a_failed_run_needs_a_person_until_a_good_one_followed() {
    let desk = desk().await;
    let end = End::FailedClean { reason: "test: exit status 1".into() };
    let failed = Told { ago: 50, end, ..told("1.0.0") }.write(&desk);
    let fleet = desk.get("fleet.get", Value::Null).await;
    assert_eq!((kinds(&fleet), &fleet["needs"][0]["run"]), (vec!["failed", "trust"], &json!(failed)));
    assert_eq!(fleet["needs"][0]["text"], "test: exit status 1");
    Told { ago: 40, ..told("1.1.0") }.write(&desk);
    let fleet = desk.get("fleet.get", Value::Null).await;
    assert!(!kinds(&fleet).contains(&"failed"), "{}", fleet["needs"]);
}

#[tokio::test]
async fn a_changed_configuration_and_a_yes_are_seen_without_opening_the_app_again() {
    let desk = desk().await;
    let trust = desk.get("app.get", json!({"app": "shop"})).await["trust"]["digest"].clone();
    assert_eq!(kinds(&desk.get("fleet.get", Value::Null).await), ["trust"]);
    desk.get("trust.grant", json!({"app": "shop", "digest": trust})).await;
    assert_eq!(kinds(&desk.get("fleet.get", Value::Null).await), [] as [&str; 0]);
    desk.write("seatrial.toml", "app = \"shop\"\nnonsense = 1\n");
    let fleet = desk.get("fleet.get", Value::Null).await;
    assert_eq!(kinds(&fleet), ["configuration"]);
    let text = fleet["apps"][0]["problem"].as_str().unwrap();
    assert!(text.starts_with("seatrial.toml:2:"), "{text}");
    Told { ago: 5, ..told("1.0.0") }.write(&desk);
    let fleet = desk.get("fleet.get", Value::Null).await;
    let cell = &fleet["apps"][0]["environments"][0];
    assert_eq!(
        (&cell["environment"], &cell["current"]["version"]),
        (&json!("local"), &json!("1.0.0")),
        "{fleet}"
    );
    std::fs::remove_dir_all(desk.path()).unwrap();
    let fleet = desk.get("fleet.get", Value::Null).await;
    assert!(fleet["apps"][0]["problem"].as_str().unwrap().contains("does not exist"), "{fleet}");
}

#[tokio::test]
async fn an_environment_tells_what_is_declared_and_whether_it_could_be_looked_at() {
    let desk = desk().await;
    Told { ago: 50, ..told("1.0.0") }.write(&desk);
    let now = Told { ago: 30, ..told("1.1.0") }.write(&desk);
    let detail = desk.get("environment.get", json!({"app": "shop"})).await;
    assert_eq!(detail["environment"]["current"]["run"], json!(now));
    let declared: Vec<&str> =
        detail["declared"].as_array().unwrap().iter().map(|v| v["path"].as_str().unwrap()).collect();
    assert!(
        declared.contains(&"env.local.ship.strategy") && declared.iter().all(|p| p.starts_with("env.local."))
    );
    let history = detail["history"].as_array().unwrap();
    let versions: Vec<_> = history.iter().map(|d| d["version"].as_str().unwrap()).collect();
    assert_eq!(versions, ["1.1.0", "1.0.0"]);
    assert_eq!(history[1]["until"], history[0]["live_at"], "one lasted until the other came");
    assert_eq!(history[0]["until"], Value::Null);
    // Whether there is an engine depends on the machine; either it was looked at, or it is said why not.
    assert_ne!(detail["observed"].is_null(), detail["unreachable"].is_null());
    let error = desk.ask("environment.get", json!({"app": "shop", "environment": "moon"})).await.unwrap_err();
    assert_eq!(error.code, Code::NotFound);
}

#[tokio::test]
async fn a_server_that_cannot_be_looked_at_yet_is_said_to_be_one() {
    let desk = Desk::with(&[
        DOCKERFILE,
        ("seatrial.toml", "app = \"shop\"\n[env]\nprod = \"ssh://deploy@example.org\"\n"),
    ]);
    desk.open().await;
    let detail = desk.get("environment.get", json!({"app": "shop"})).await;
    assert_eq!(detail["observed"], Value::Null);
    assert!(detail["unreachable"].as_str().unwrap().contains("ssh://deploy@example.org"));
}
