//! The pipeline as text and as a graph, and configurations of other tools.

use crate::desk::{DOCKERFILE, Desk};
use seatrial_app::api::Code;
use serde_json::{Value, json};

const FILE: &str = "app = \"shop\"\n\n[build.steps]\nlint = \"make lint\"\n\n[build.steps.unit-test]\nrun = \"make test\"\nneeds = [\"lint\"]\n\n[env]\nlocal = \"docker\"\nprod = \"docker\"\n";

fn step<'v>(view: &'v Value, id: &str) -> &'v Value {
    view["steps"].as_array().unwrap().iter().find(|s| s["id"] == id).unwrap()
}

#[tokio::test]
async fn the_graph_says_where_each_step_stands_in_the_text() {
    let desk = Desk::with(&[DOCKERFILE, ("seatrial.toml", FILE)]);
    desk.open().await;
    let view = desk.get("pipeline.get", json!({"app": "shop"})).await;
    assert_eq!((&view["text"], &view["problems"]), (&json!(FILE), &json!([])));
    let test = step(&view, "unit-test");
    assert_eq!((&test["phase"], &test["needs"]), (&json!("build"), &json!(["lint"])));
    assert_eq!((&test["line"], &test["origin"]), (&json!(7), &json!("seatrial.toml:7")));
    assert_eq!(step(&view, "lint")["line"], 4);
    assert_eq!(step(&view, "release")["origin"], "always");
    let phases: Vec<&str> =
        view["steps"].as_array().unwrap().iter().map(|s| s["phase"].as_str().unwrap()).collect();
    assert!(
        phases.is_sorted_by_key(|p| ["build", "ship", "evaluate"].iter().position(|q| q == p)),
        "{phases:?}"
    );
    assert!(!phases.is_empty() && step(&view, "switch")["phase"] == "ship");
    let lines: Vec<_> =
        view["environments"].as_array().unwrap().iter().map(|e| (&e["name"], &e["line"])).collect();
    assert_eq!(lines, [(&json!("local"), &json!(11)), (&json!("prod"), &json!(12))]);
}

#[tokio::test]
async fn a_text_is_read_in_place_of_the_file_which_stays() {
    let desk = Desk::with(&[DOCKERFILE, ("seatrial.toml", FILE)]);
    desk.open().await;
    let text = format!("{FILE}nonsense = \n");
    let view = desk.get("pipeline.get", json!({"app": "shop", "text": text})).await;
    assert_eq!((&view["text"], &view["steps"]), (&json!(text), &json!([])));
    assert_eq!(view["problems"][0]["line"], 13);
    let error = desk
        .ask("pipeline.save", json!({"app": "shop", "text": text, "over": view["saved"]}))
        .await
        .unwrap_err();
    assert_eq!((error.code, error.problems[0].line), (Code::Configuration, 13));
    assert_eq!(std::fs::read_to_string(desk.path().join("seatrial.toml")).unwrap(), FILE);
}

#[tokio::test]
async fn saving_never_overwrites_what_somebody_else_wrote_meanwhile() {
    let desk = Desk::with(&[DOCKERFILE, ("seatrial.toml", FILE)]);
    desk.open().await;
    let read = desk.get("pipeline.get", json!({"app": "shop"})).await["saved"].clone();
    let mine = FILE.replace("make lint", "make check");
    let saved = desk.get("pipeline.save", json!({"app": "shop", "text": mine, "over": read})).await;
    assert_eq!(std::fs::read_to_string(desk.path().join("seatrial.toml")).unwrap(), mine);
    assert_ne!(saved["saved"], read);
    let again = json!({"app": "shop", "text": FILE, "over": read});
    assert_eq!(desk.ask("pipeline.save", again).await.unwrap_err().code, Code::Conflict);
    let new = json!({"app": "shop", "text": FILE});
    assert_eq!(desk.ask("pipeline.save", new).await.unwrap_err().code, Code::Conflict, "there is a file");
    assert_eq!(std::fs::read_to_string(desk.path().join("seatrial.toml")).unwrap(), mine);
    let other = json!({"app": "shop", "text": mine.replace("shop", "store"), "over": saved["saved"]});
    assert_eq!(desk.ask("pipeline.save", other).await.unwrap_err().code, Code::Refused);
}

#[tokio::test]
async fn an_app_without_a_file_gets_the_text_that_says_the_same_and_can_save_it() {
    let desk = Desk::with(&[DOCKERFILE]);
    let app = desk.open().await["app"].clone();
    let view = desk.get("pipeline.get", json!({"app": app})).await;
    assert_eq!((&view["saved"], &view["problems"]), (&Value::Null, &json!([])));
    let text = view["text"].as_str().unwrap();
    assert!(text.contains("port = 8000"), "{text}");
    desk.get("pipeline.save", json!({"app": app, "text": text})).await;
    assert_eq!(desk.get("app.get", json!({"app": app})).await["file"], "seatrial.toml");
}

#[cfg(unix)]
#[tokio::test]
async fn t8_a_link_out_of_the_folder_is_neither_read_nor_written_through() {
    let (desk, outside) = (Desk::with(&[DOCKERFILE]), tempfile::tempdir().unwrap());
    let app = desk.open().await["app"].clone();
    let text = desk.get("pipeline.get", json!({"app": app})).await["text"].clone();
    let target = outside.path().join("target");
    std::fs::write(&target, "mine").unwrap();
    std::os::unix::fs::symlink(&target, desk.path().join("seatrial.toml")).unwrap();
    let view = desk.get("pipeline.get", json!({"app": app})).await;
    assert!(!view["text"].as_str().unwrap().contains("mine"));
    assert!(desk.ask("pipeline.save", json!({"app": app, "text": text})).await.is_err());
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "mine");
}

#[tokio::test]
async fn another_tools_file_is_shown_as_what_it_would_become() {
    let compose = "services:\n  web:\n    build: .\n    ports: [\"80:8000\"]\n  db: { image: postgres }\n";
    let desk = Desk::with(&[DOCKERFILE, ("compose.yaml", compose)]);
    let view = desk.get("import.preview", json!({"folder": desk.path()})).await;
    assert_eq!((&view["tool"], &view["file"]), (&json!("Compose"), &json!("compose.yaml")));
    assert!(view["text"].as_str().unwrap().contains("port = 8000"));
    assert!(view["left"][0].as_str().unwrap().contains("postgres"), "{}", view["left"]);
    desk.write("config/deploy.yml", "service: shop\nservers: [203.0.113.7]\n");
    let view = desk.get("import.preview", json!({"folder": desk.path()})).await;
    assert_eq!(view["tool"], "Kamal");
    let none = Desk::with(&[DOCKERFILE]);
    let view = none.get("import.preview", json!({"folder": none.path()})).await;
    assert_eq!(view, json!({"tool": null, "file": null, "taken": [], "left": [], "text": null}));
    let error = none.ask("import.preview", json!({"folder": none.path().join("gone")})).await.unwrap_err();
    assert_eq!(error.code, Code::NotFound);
}
