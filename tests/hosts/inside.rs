//! What a person does with a server once something is there: promote to it, go in, and tidy it up.

use seatrial_tests::{AppFolder, Home, Host, Testbed, docker};

/// A home that reaches the hosts, a host with nothing on it, and an app that goes from here to there.
fn scene(number: u8, name: &str) -> (Testbed, Host, Home, AppFolder) {
    let testbed = Testbed::find();
    let host = testbed.host(number);
    testbed.clear(&host);
    let home = Home::new().with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy());
    let app = AppFolder::new(&home, name);
    let place = format!("\n[env.prod]\ntarget = \"ssh://deploy@{}\"\nproduction = false\n", host.address);
    app.write("seatrial.toml", app.read("seatrial.toml") + &place);
    (testbed, host, home, app)
}

fn image(testbed: &Testbed, host: &Host, container: &str) -> String {
    let asked = format!("docker inspect -f '{{{{.Image}}}}' {container}");
    testbed.exec(host, &asked).expect(0).stdout.trim().to_owned()
}

#[test]
fn what_was_tried_here_is_promoted_there_and_a_person_can_go_in() {
    let (testbed, host, home, app) = scene(1, "goes");
    home.deploy(&app).expect("live");
    let shown = home.run_in(&app, &["promote", "--to", "prod", "--plan"]).expect(0);
    shown.says(&["Infrastructure", "docker", &format!("ssh://deploy@{}", host.address)]);
    home.go(&app, &["promote", "--to", "prod", "--yes"]).expect("live");
    let there = format!("seatrial-{}--prod-blue", app.name);
    let here = format!("{}{}--local-blue", home.prefix(), app.name);
    let tried = docker(&["inspect", "-f", "{{.Image}}", &here]).expect("a container here");
    assert_eq!(image(&testbed, &host, &there), tried, "the very image that was tried");

    let inside = |words: &[&str]| {
        let words: Vec<&str> = ["shell", "--env", "prod"].iter().chain(words).copied().collect();
        home.run_in(&app, &words)
    };
    let said = inside(&["--", "printf", "%s|", "a b", "it's", "$HOME", "back\\slash"]).expect(0);
    assert_eq!(said.stdout, "a b|it's|$HOME|back\\slash|");
    assert_eq!(inside(&["--", "sh", "-c", "exit 7"]).status, 7);
    assert_eq!(inside(&["--host", "--", "hostname"]).expect(0).stdout.trim(), host.name);
    inside(&["--print"]).expect(0).says(&["ssh", "-t", "StrictHostKeyChecking=yes", &there]);
}

#[test]
fn old_images_on_a_server_go_and_what_is_live_there_stays() {
    let (testbed, host, home, app) = scene(2, "tidies");
    let keep = |n: u8| {
        let text = app.read("seatrial.toml");
        let lines = text.lines().filter(|line| !line.starts_with("keep_releases"));
        let text: String = lines.map(|line| format!("{line}\n")).collect();
        app.write("seatrial.toml", text.replace("[ship]\n", &format!("[ship]\nkeep_releases = {n}\n")));
    };
    keep(5);
    let mut images = Vec::new();
    for n in 1..=4 {
        app.set_version(n);
        home.go(&app, &["deploy", "--env", "prod", "--yes", "--trust"]).expect("live");
        let slot = if n % 2 == 1 { "blue" } else { "green" };
        images.push(image(&testbed, &host, &format!("seatrial-{}--prod-{slot}", app.name)));
    }
    keep(1);
    home.run_in(&app, &["prune", "--env", "prod"]).expect(0).says(&["2 things", "nothing was removed"]);
    home.run_in(&app, &["prune", "--env", "prod", "--yes"]).expect(0).says(&["2 things removed"]);
    let left = testbed.exec(&host, "docker images -q --no-trunc").expect(0).stdout;
    let left: Vec<bool> = images.iter().map(|image| left.contains(image.as_str())).collect();
    assert_eq!(left, [false, false, true, true]);
    home.go(&app, &["rollback", "--env", "prod", "--yes"]).expect("live");
}
