//! What nothing needs any more goes after a yes, and only that.

#![expect(clippy::expect_used, reason = "helpers of tests: what does not hold ends the test")]

use seatrial_tests::{AppFolder, Home, docker};
use serde_json::Value;

fn image(home: &Home, app: &AppFolder, slot: &str) -> String {
    let container = format!("{}{}--local-{slot}", home.prefix(), app.name);
    docker(&["inspect", "-f", "{{.Image}}", &container]).expect("a container with an image")
}

fn is_there(image: &str) -> bool {
    docker(&["image", "inspect", "-f", "{{.Id}}", image]).is_some()
}

fn names(shown: &Value) -> Vec<String> {
    let items = shown["items"].as_array().expect("items");
    items.iter().map(|item| item["name"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Deploys versions 1 to `last` and returns the image of each.
fn versions(home: &Home, app: &AppFolder, last: usize) -> Vec<String> {
    let mut images = Vec::new();
    for n in 1..=last {
        app.set_version(n);
        home.deploy(app).expect("live");
        images.push(image(home, app, if n % 2 == 1 { "blue" } else { "green" }));
    }
    images
}

#[test]
fn old_images_go_after_a_yes_and_what_is_live_or_can_come_back_stays() {
    let home = Home::new();
    let app = AppFolder::new(&home, "pruned");
    app.configure("keep_releases = 5\nvolumes = [\"data:/data\"]\n");
    let images = versions(&home, &app, 5);
    docker(&["tag", &images[1], &format!("mine-{}:1", home.instance())]).expect("a name of our own");
    let volume = format!("{}{}--local-data", home.prefix(), app.name);
    app.configure("keep_releases = 1\nvolumes = [\"data:/data\"]\n");

    let shown = home.run_in(&app, &["prune", "--json"]).expect(0).json;
    assert_eq!(names(&shown).len(), 2, "1 and 3; somebody named 2, 4 can come back, 5 is live: {shown}");
    assert!(shown["items"].as_array().is_some_and(|all| all.iter().all(|i| i["size"].as_u64() > Some(0))));
    home.run_in(&app, &["prune"]).expect(0).says(&["No longer needed", "nothing was removed", "--yes"]);
    assert!(images.iter().all(|image| is_there(image)), "a look removes nothing");

    home.run_in(&app, &["prune", "--yes"]).expect(0).says(&["2 things removed"]);
    let left: Vec<bool> = images.iter().map(|image| is_there(image)).collect();
    assert_eq!(left, [false, true, false, true, true]);
    assert!(docker(&["volume", "inspect", &volume]).is_some(), "a volume is never removed");
    assert_eq!(home.served(&app.host()).as_deref(), Some("5"));
    home.go(&app, &["rollback", "--yes"]).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("4"), "the way back is still there");
    home.run_in(&app, &["prune", "--yes"]).expect(0);
    assert!(is_there(&images[4]), "5 is the newest");
    drop(docker(&["image", "rm", &format!("mine-{}:1", home.instance())]));
}

#[test]
fn nothing_goes_while_a_run_is_not_over_and_never_what_is_live_whatever_was_done_by_hand() {
    let home = Home::new();
    let app = AppFolder::new(&home, "careful");
    app.configure("keep_releases = 5\n");
    let images = versions(&home, &app, 4);
    app.configure("keep_releases = 1\n");
    let live = format!("{}{}--local-green", home.prefix(), app.name);
    app.set_version(5);
    home.run_in(&app, &["env", "set", "START_DELAY=3"]).expect(0);
    let run = home.start(&app, &["deploy", "--yes", "--trust"]);
    home.run_in(&app, &["prune", "--yes"]).expect(4).says(&["not over"]);
    home.run_in(&app, &["cancel", &run]).expect(0);
    assert_eq!(home.served(&app.host()).as_deref(), Some("4"));

    let proxy = format!("{}proxy", home.prefix());
    docker(&["rm", "-f", &live]).expect("the live container goes by hand");
    home.run_in(&app, &["prune", "--yes"]);
    assert!(is_there(&images[3]) && is_there(&images[2]), "what is live and its way back are never removed");
    docker(&["rm", "-f", &proxy]).expect("the proxy goes by hand");
    home.run_in(&app, &["prune", "--yes"]);
    assert!(is_there(&images[3]) && is_there(&images[2]));
}
