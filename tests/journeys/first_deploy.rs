//! From nothing to a proven release, to the next one, and back.

use seatrial_tests::{AppFolder, Home};

#[test]
fn the_sample_goes_from_init_to_green_with_proof() {
    let home = Home::new();
    let folder = home.root().join("sample");
    home.run(["init", "--sample", folder.to_str().unwrap()]).expect(0).says(&["seatrial deploy"]);
    let refused = home.run_in(&folder, &["deploy", "--yes"]).expect(4);
    refused.says(&["has not been trusted yet", "--trust"]);
    assert!(home.containers().is_empty(), "nothing runs before trust");

    let run = home.deploy(&folder).expect("live");
    assert_eq!(run.status, 0);
    assert_eq!(run.state["verdict"], "go", "{}", run.report());
    let (sent, failed) = run.proof();
    assert!(sent > 0 && failed == 0, "{sent} sent, {failed} failed");
    let page = home.get("sample.localhost", "/").unwrap();
    assert!(page.status == 200 && page.body.contains("Hello from your first deployment"), "{page:?}");

    let status = home.run_in(&folder, &["status"]).expect(0);
    status.says(&["sample", run.state["version"].as_str().unwrap()]);
    home.run_in(&folder, &["history"]).expect(0).says(&["Done", "go", "0 of "]);
}

#[test]
fn one_changed_line_becomes_a_new_release_and_a_rollback_brings_the_old_one_back() {
    let home = Home::new();
    let app = AppFolder::new(&home, "notes");
    app.commit("feat: begin");
    let first = home.deploy(&app).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));

    app.set_version(2);
    app.commit("fix: one line");
    let second = home.deploy(&app).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));
    assert_ne!(first.state["version"], second.state["version"]);
    assert_eq!(second.proof().1, 0, "{}", second.report());

    let plan = home.run_in(&app, &["rollback", "--plan"]).expect(0);
    plan.says(&[first.state["version"].as_str().unwrap()]);
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"), "a preview changes nothing");

    let back = home.go(&app, &["rollback", "--yes"]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
    assert_eq!(back.proof().1, 0, "{}", back.report());
    assert_eq!(
        back.state["request"]["release"], first.state["release"]["id"],
        "the same release, not a new build"
    );

    home.run_in(&app, &["rollback", "--yes"]).expect(4).says(&["nothing to go back to"]);
    let second = second.state["version"].as_str().unwrap();
    home.go(&app, &["rollback", "--yes", "--to", second]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"), "a named release, also a later one");
    let shipped = home.go(&app, &["ship", "--yes", "--release", first.state["version"].as_str().unwrap()]);
    shipped.expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"), "a named release can be shipped");
}

#[test]
fn an_app_without_configuration_and_git_is_found_and_deployed() {
    let home = Home::new();
    let app = AppFolder::new(&home, "plain");
    std::fs::remove_file(app.path.join("seatrial.toml")).unwrap();
    home.run_in(&app, &["init"]).expect(0).says(&["Dockerfile"]);
    let run = home.deploy(&app).expect("live");
    assert_eq!(run.state["release"]["commit"], serde_json::Value::Null);
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
    let again = home.run_in(&app, &["ship", "--yes", "--json"]);
    assert_eq!(again.status, 0, "{}", again.text());
    assert!(again.json["steps"].as_array().is_some_and(Vec::is_empty), "nothing to do: {}", again.text());
}

#[test]
fn a_person_can_overrule_the_verdict_with_a_note() {
    let home = Home::new();
    let app = AppFolder::new(&home, "judged");
    app.configure("");
    let text = app.read("seatrial.toml").replace("contains = \"v\"", "contains = \"never there\"");
    app.write("seatrial.toml", text);
    let run = home.deploy(&app);
    assert_eq!(run.state["verdict"], "no_go", "{}", run.report());
    assert_eq!(run.status, 1);
    assert_eq!(
        home.served(&app.host()).as_deref(),
        Some("1"),
        "a no-go keeps what is live unless told otherwise"
    );
    let words =
        ["evaluate", "--verdict", "go", "--note", "the text was renamed", "--run", run.id(), "--json"];
    let judged = home.run_in(&app, &words).expect(0);
    assert_eq!(
        (judged.json["verdict"].as_str(), judged.json["note"].as_str()),
        (Some("go"), Some("the text was renamed"))
    );
}

#[test]
fn a_no_go_takes_the_release_back_where_the_configuration_says_so() {
    let home = Home::new();
    let app = AppFolder::new(&home, "guarded");
    home.deploy(&app).expect("live");
    app.set_version(2);
    let text = app.read("seatrial.toml").replace("contains = \"v\"", "contains = \"v1\"");
    app.write("seatrial.toml", text.replace("[evaluate]\n", "[evaluate]\non_no_go = \"rollback\"\n"));
    let run = home.deploy(&app).expect("rolled_back");
    assert_eq!(run.status, 1);
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
}
