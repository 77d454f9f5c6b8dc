//! What other people and programs do to a deployment, and apps that are not quite ordinary.
#![expect(clippy::expect_used, reason = "helpers of tests: what does not hold ends the test")]

use seatrial_tests::{AppFolder, Home, docker};
use std::fs;
use std::time::Duration;

/// The container of a slot.
fn slot(home: &Home, app: &AppFolder, color: &str) -> String {
    format!("{}{}--local-{color}", home.prefix(), app.name)
}

#[test]
fn what_somebody_removed_by_hand_is_put_right_by_the_next_deployment() {
    let home = Home::new();
    let app = AppFolder::new(&home, "meddled");
    home.deploy(&app).expect("live");
    let live = |run: &seatrial_tests::Run| run.state["live"].as_str().map(str::to_owned).unwrap_or_default();
    app.set_version(2);
    let color = live(&home.deploy(&app).expect("live"));

    docker(&["rm", "-f", &slot(&home, &app, &color)]).expect("the live container is gone");
    assert_eq!(home.served(&app.host()), None);
    app.set_version(3);
    let color = live(&home.deploy(&app).expect("live"));
    assert_eq!(home.served(&app.host()).as_deref(), Some("3"), "without its live container");

    docker(&["stop", "-t", "1", &slot(&home, &app, &color)]).expect("the live container is stopped");
    app.set_version(4);
    home.deploy(&app).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("4"), "with its live container stopped");

    docker(&["rm", "-f", &format!("{}proxy", home.prefix())]).expect("the proxy is gone");
    app.set_version(5);
    home.deploy(&app).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("5"), "without the proxy");

    docker(&["rm", "-f", &slot(&home, &app, "blue"), &slot(&home, &app, "green")]).expect("both are gone");
    home.go(&app, &["rollback", "--yes"]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("4"), "back, from the image alone");
}

#[test]
fn a_release_whose_image_is_gone_is_refused_by_name() {
    let home = Home::new();
    let app = AppFolder::new(&home, "imageless");
    let first = home.deploy(&app).expect("live");
    app.set_version(2);
    home.deploy(&app).expect("live");
    let image = first.state["release"]["artifacts"][0]["digest"].as_str().unwrap().to_owned();
    let old = home
        .containers()
        .into_iter()
        .find(|name| docker(&["inspect", "-f", "{{.Image}}", name]) == Some(image.clone()));
    docker(&["rm", "-f", &old.expect("the old slot")]).expect("the old slot is gone");
    docker(&["image", "rm", "-f", &image]).expect("the image is gone");
    let version = first.state["version"].as_str().unwrap();
    home.run_in(&app, &["rollback", "--yes"]).expect(2).says(&[version, "image"]);
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));
}

#[test]
fn one_release_goes_from_environment_to_environment_unchanged() {
    let home = Home::new();
    let app = AppFolder::new(&home, "promoted");
    let text =
        app.read("seatrial.toml").replace("local = \"docker\"", "test = \"docker\"\nstage = \"docker\"");
    app.write("seatrial.toml", text);
    let built = home.deploy(&app).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
    app.set_version(2);
    let shipped = home.go(&app, &["ship", "--env", "stage", "--yes"]).expect("live");
    assert_eq!(
        home.served(&format!("stage.{}", app.host())).as_deref(),
        Some("1"),
        "what was built, not what is there now"
    );
    assert_eq!(shipped.state["request"]["release"], built.state["release"]["id"]);
    home.run_in(&app, &["status"]).expect(0).says(&["test", "stage"]);
}

#[test]
fn a_folder_with_an_odd_name_is_an_app_like_any_other() {
    let home = Home::new();
    let app = AppFolder::new(&home, "plain");
    let odd = app.path.with_file_name("Ünsere schöne App (neu)");
    fs::rename(&app.path, &odd).unwrap();
    fs::create_dir(odd.join("deep")).unwrap();
    let run = home.go(odd.join("deep"), &["deploy", "--yes", "--trust"]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"), "{}", run.report());

    let link = odd.with_file_name("link");
    std::os::unix::fs::symlink(&odd, &link).unwrap();
    fs::write(
        odd.join("app.py"),
        fs::read_to_string(odd.join("app.py")).unwrap().replace("VERSION = \"1\"", "VERSION = \"2\""),
    )
    .unwrap();
    home.go(&link, &["deploy", "--yes", "--trust"]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"), "by another way to the same folder");
    let apps = home.run(["status", "--all", "--json"]).expect(0).json;
    let text = apps.to_string();
    assert_eq!(text.matches(&format!("\"app\":\"{}\"", app.name)).count().min(2), 1, "one app: {text}");
}

#[test]
fn events_flow_through_the_proxy_as_they_come() {
    let home = Home::new();
    let app = AppFolder::new(&home, "stream");
    home.deploy(&app).expect("live");
    let first = first_event(home.http, &app.host());
    assert!(first.starts_with("data: 1 "), "{first}");
}

/// The first event of an endless answer.
fn first_event(port: u16, host: &str) -> String {
    use std::io::{BufRead, BufReader, Write};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("the proxy");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a limit");
    write!(stream, "GET /events HTTP/1.1\r\nHost: {host}\r\n\r\n").expect("a request");
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.find(|line| line.starts_with("data:")).expect("an event within 5 s")
}

#[test]
fn a_new_setting_is_a_new_deployment_and_nothing_new_is_none() {
    let home = Home::new();
    let app = AppFolder::new(&home, "settings");
    home.deploy(&app).expect("live");
    home.run_in(&app, &["env", "set", "COLOR=green", "MOTTO=a=b c"]).expect(0);
    assert_eq!(
        home.get(&app.host(), "/env?name=COLOR").unwrap().body.trim(),
        "(unset)",
        "only the next deployment"
    );
    home.deploy(&app).expect("live");
    assert_eq!(home.get(&app.host(), "/env?name=MOTTO").unwrap().body.trim(), "a=b c");
    home.run_in(&app, &["env", "unset", "COLOR"]).expect(0);
    home.go(&app, &["ship", "--yes"]).expect("live");
    assert_eq!(
        home.get(&app.host(), "/env?name=COLOR").unwrap().body.trim(),
        "(unset)",
        "shipping again takes it away"
    );
    assert_eq!(home.get(&app.host(), "/env?name=MOTTO").unwrap().body.trim(), "a=b c");
}

#[test]
fn https_is_served_where_it_is_asked_for() {
    let home = Home::new();
    let app = AppFolder::new(&home, "sealed");
    let text = app.read("seatrial.toml").replace("[env]\nlocal = \"docker\"\n", "");
    app.write("seatrial.toml", format!("{text}\n[env.local]\ntarget = \"docker\"\nhttps = true\n"));
    let run = home.deploy(&app).expect("live");
    assert_eq!(run.state["verdict"], "go", "{}", run.report());
    let address = format!("{}:{}:127.0.0.1", app.host(), home.https);
    let url = format!("https://{}:{}/version", app.host(), home.https);
    // Whoever trusts the proxy's own authority trusts the app.
    let authority = home.root().join("authority.crt");
    let inside = format!("{}proxy:/data/caddy/pki/authorities/local/root.crt", home.prefix());
    docker(&["cp", &inside, &authority.display().to_string()]).unwrap();
    let curl = || {
        let mut curl = std::process::Command::new("curl");
        curl.args(["--silent", "--show-error", "--resolve", &address, &url]);
        curl
    };
    let asked = curl().arg("--cacert").arg(&authority).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&asked.stdout).trim(), "1", "{asked:?}");
    assert!(!curl().output().unwrap().status.success(), "a stranger does not trust it");
    app.set_version(2);
    home.deploy(&app).expect("live");
}
