//! What a person does with a server once something is there: promote to it, go in, and tidy it up.

use seatrial_tests::{AppFolder, Home, Host, Load, Request, Testbed, Written, docker};
use std::time::Duration;

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

/// Asks the app on a host to write a line.
fn says(host: &Host, text: &str) {
    let request = Request::get(80, &host.address, &format!("/say?text={text}"));
    let answer = request.at(host.ip()).within(Duration::from_secs(10)).send();
    assert!(answer.as_ref().is_ok_and(|answer| answer.status == 200), "{answer:?}");
}

#[test]
fn output_is_followed_from_afar_and_goes_on_after_a_link_that_was_reset() {
    let (testbed, host, home, app) = scene(3, "speaks");
    home.go(&app, &["deploy", "--env", "prod", "--yes", "--trust"]).expect("live");
    let followed = Written::by(&home, &app, &["output", "--env", "prod", "--follow", "--json"]);
    followed.until("version 1 listens");
    says(&host, "before");
    followed.until("before");
    // Every connection of that user ends at once, as when something on the way is restarted.
    testbed.exec(&host, "pkill -KILL -u deploy sshd || pkill -KILL -f 'sshd: deploy'").expect(0);
    followed.until("\"lost\"");
    says(&host, "meanwhile");
    let after = followed.until("meanwhile");
    let twice = |text: &str| after.iter().filter(|line| line.contains(text)).count();
    assert_eq!(twice("before"), 0, "no line comes twice: {after:#?}");
    says(&host, "after");
    followed.until("after");
    assert_eq!(followed.interrupt(), Some(0));
}

#[test]
fn a_restart_from_afar_fails_no_request_and_a_stop_is_known_to_everybody() {
    let (testbed, host, home, app) = scene(1, "again");
    home.go(&app, &["deploy", "--env", "prod", "--yes", "--trust"]).expect("live");
    let load = Load { address: host.ip(), rate: 100, ..Load::new(80, &host.address) }.start();
    for _ in 0..2 {
        let run = home.go(&app, &["restart", "--env", "prod", "--yes"]).expect("live");
        let (sent, failed) = run.proof();
        assert!(sent > 0 && failed == 0, "{failed} of {sent}: {}", run.report());
    }
    load.finish().expect_no_failure();
    home.go(&app, &["stop", "--env", "prod", "--yes"]).expect("succeeded");

    let mate =
        Home::new().with("SEATRIAL_SSH_CONFIG", testbed.ssh_config().to_string_lossy()).with("USER", "mate");
    let theirs = AppFolder::shared(&mate, &app.name);
    theirs.write("seatrial.toml", app.read("seatrial.toml"));
    mate.run_in(&theirs, &["init"]).expect(0);
    mate.run_in(&theirs, &["drift", "--env", "prod"]).expect(0);
    mate.run_in(&theirs, &["status"]).expect(0).says(&["stopped by tester@"]);
    mate.go(&theirs, &["start", "--env", "prod", "--yes"]).expect("live");
    home.run_in(&app, &["drift", "--env", "prod"]).expect(0);
    let status = home.run_in(&app, &["status", "--env", "prod", "--json"]).expect(0).json;
    assert!(status[0]["environments"][0]["halted"].is_null(), "{status}");
}
