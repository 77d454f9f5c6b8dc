//! `seatrial serve` in a real browser: from a folder to a proven release and back.

use seatrial_tests::{AppFolder, Browser, Element, Home, Request, Server};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

/// Confirms the plan that is shown and waits until its run is over, well.
fn ship(page: &mut Browser) {
    page.click(Element("plan-confirm"));
    let status = Element("run-status").query();
    page.wait_for(&format!("{status}?.dataset.status === 'succeeded'"), LONG);
}

#[test]
fn the_sample_is_shipped_proven_and_rolled_back_in_the_browser() {
    let home = Home::new();
    let server = Server::start(&home, &["--allow-changes"]);
    let mut page = Browser::start();
    page.open(&server.url);
    page.wait_for(&Element("ready").query(), LONG);
    assert!(
        !page.evaluate("location.href").to_string().contains(&server.token),
        "the address forgets the token"
    );

    page.click(Element("try-sample"));
    page.click(Element("trust-grant"));
    page.click(Element("verb-ship"));
    ship(&mut page);
    page.wait_for(&format!("{}.innerText.includes('0 of ')", Element("run-proof").query()), LONG);
    page.wait_for(&format!("{}.dataset.verdict === 'go'", Element("verdict").query()), LONG);
    let greeting = |home: &Home| home.get("sample.localhost", "/").unwrap().body;
    assert!(greeting(&home).contains("version 1"));

    let source = home.data().join("sample/app.py");
    let text = std::fs::read_to_string(&source).unwrap().replace("VERSION = \"1\"", "VERSION = \"2\"");
    std::fs::write(&source, text).unwrap();
    page.click(Element("verb-ship"));
    ship(&mut page);
    assert!(greeting(&home).contains("version 2"));
    page.click(Element("verb-rollback"));
    ship(&mut page);
    assert!(greeting(&home).contains("version 1"));
}

#[test]
fn a_run_of_the_terminal_appears_in_the_open_page() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let mut page = Browser::start();
    page.open(&server.url);
    page.wait_for(&Element("ready").query(), LONG);
    let app = AppFolder::new(&home, "seen");
    let run = home.deploy(&app).expect("live");
    let version = run.state["version"].as_str().unwrap().to_owned();
    page.wait_for(&format!("document.body.innerText.includes('{}')", app.name), LONG);
    page.evaluate(&format!("location.hash = '#/run/{}'", run.id()));
    page.wait_for(&format!("document.body.innerText.includes('{version}')"), LONG);

    page.evaluate(&format!("location.hash = '#/app/{}'", app.name));
    page.wait_for(&Element("verb-ship").query(), LONG);
    let refused = server.call("app.open", &serde_json::json!({ "folder": app.path }));
    assert_eq!(refused.status, 403, "without --allow-changes nothing is changed: {}", refused.body);
}

#[test]
fn every_place_shows_what_really_happened() {
    let home = Home::new();
    let app = AppFolder::new(&home, "shown");
    app.commit("feat: first");
    let first = home.deploy(&app).expect("live");
    app.set_version(2);
    app.commit("feat: second");
    let second = home.deploy(&app).expect("live");
    let version = |run: &seatrial_tests::Run| run.state["version"].as_str().unwrap().to_owned();
    let (old, new) = (version(&first), version(&second));
    let server = Server::start(&home, &[]);
    let mut page = Browser::start();
    page.open(&server.url);
    page.wait_for(&Element("ready").query(), LONG);
    let (name, run) = (&app.name, second.id());
    let places = [
        ("#/".to_owned(), vec![name.as_str(), &new]),
        ("#/apps".to_owned(), vec![name]),
        (format!("#/app/{name}"), vec!["local", &new, "Pipeline"]),
        (format!("#/app/{name}/pipeline"), vec!["No problems", "Decide the version"]),
        ("#/releases".to_owned(), vec![&old, &new]),
        (format!("#/app/{name}/release/{new}"), vec!["feat: second", "requests failed", &old]),
        (format!("#/app/{name}/compare?from={old}&to={new}"), vec!["feat: second", "app.py"]),
        ("#/environments".to_owned(), vec!["local"]),
        (format!("#/app/{name}/environment/local"), vec!["200 in", "Slot blue", "Slot green"]),
        ("#/runs".to_owned(), vec![&old, &new]),
        (format!("#/run/{run}"), vec!["Build the image", "none lost", "exporting to image"]),
        (format!("#/run/{run}/compare"), vec![&old, &new, "Build the image"]),
        (format!("#/app/{name}/plan?env=local&kind=rollback"), vec![&old, "Slot"]),
        ("#/inbox".to_owned(), vec![&new]),
        ("#/settings".to_owned(), vec!["seatrial-"]),
        ("#/help".to_owned(), vec!["seatrial deploy"]),
    ];
    for (place, texts) in places {
        page.evaluate(&format!("location.hash = {place:?}"));
        for text in texts {
            let shown = format!("document.querySelector('main').innerText.includes({text:?})");
            page.wait_for(&shown, LONG);
        }
        assert_eq!(page.evaluate("document.querySelectorAll('[role=alert]').length"), 0, "{place}");
    }
}

#[test]
fn a_foreign_page_gets_nothing() {
    let home = Home::new();
    let server = Server::start(&home, &["--allow-changes"]);
    let host = format!("127.0.0.1:{}", server.port);
    let call = |host: &str| {
        Request::get(server.port, host, "/api/app.list").post("{}").header("Content-Type", "application/json")
    };
    assert_eq!(call(&host).send().unwrap().status, 401, "no token");
    let token = format!("Bearer {}", server.token);
    assert_eq!(call(&host).header("Authorization", &token).send().unwrap().status, 200);
    let foreign = call(&host).header("Authorization", &token).header("Origin", "http://evil.example");
    assert_eq!(foreign.send().unwrap().status, 403);
    assert_eq!(
        call("evil.example").header("Authorization", &token).send().unwrap().status,
        403,
        "a rebound name"
    );

    // The same from a page of another origin in a real browser.
    let other = Server::start(&home, &[]);
    let mut page = Browser::start();
    page.open(&format!("http://127.0.0.1:{}/", other.port));
    page.wait_for("document.readyState === 'complete'", LONG);
    let script = format!(
        "fetch('http://{host}/api/app.list', {{ method: 'POST', body: '{{}}', headers: {{ 'Content-Type': \
         'application/json', Authorization: '{token}' }} }}).then((answer) => answer.status, () => 'refused')"
    );
    assert_eq!(page.evaluate(&script), "refused");

    let mut stranger = Browser::start();
    stranger.open(&format!("http://{host}/"));
    stranger.wait_for("document.readyState === 'complete'", LONG);
    let script = "fetch('/api/app.list', { method: 'POST', body: '{}', headers: { 'Content-Type': \
                  'application/json' } }).then((answer) => answer.status)";
    assert_eq!(stranger.evaluate(script), 401, "a tab without the token");
}
