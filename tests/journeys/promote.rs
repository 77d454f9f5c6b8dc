//! From one environment to the next: the same image, by digest, without building.

use seatrial_tests::{AppFolder, Home, docker};

/// An app with two environments, `local` and `prod`.
fn two_places(home: &Home, name: &str) -> AppFolder {
    let app = AppFolder::new(home, name);
    let text = app.read("seatrial.toml");
    let places = format!(
        "[env.local]\ntarget = \"docker\"\nenv = {{ MODE = \"trial\", SAME = \"1\" }}\n\n\
         [env.prod]\ntarget = \"docker\"\nproduction = true\ndomains = [\"prod-{}\"]\n\
         env = {{ SAME = \"1\", SHOWN = \"all\" }}\n",
        app.host()
    );
    app.write("seatrial.toml", text.replace("[env]\nlocal = \"docker\"\n", &places));
    app
}

fn image_of(home: &Home, app: &AppFolder, place: &str, slot: &str) -> Option<String> {
    let container = format!("{}{}--{place}-{slot}", home.prefix(), app.name);
    docker(&["inspect", "-f", "{{.Image}}", &container])
}

#[test]
fn a_release_goes_to_the_next_environment_as_it_is_after_the_difference_was_shown() {
    let home = Home::new();
    let app = two_places(&home, "goes");
    let prod = format!("prod-{}", app.host());
    home.run_in(&app, &["promote", "--to", "prod", "--yes"]).expect(4).says(&["nothing is live in `local`"]);
    app.commit("feat: begin");
    let first = home.deploy(&app).expect("live");
    let version = first.state["version"].as_str().unwrap();
    // What was built is promoted, whatever the folder holds by now.
    app.set_version("unbuilt");

    let shown = home.run_in(&app, &["promote", "--to", "prod", "--plan"]).expect(0);
    shown.says(&[
        &format!("Promote {version}"),
        "nothing",
        "MODE",
        "trial",
        "SHOWN",
        "production",
        "domains",
    ]);
    assert!(!shown.stdout.contains("SAME"), "what is the same is no difference:\n{}", shown.stdout);
    assert!(!shown.stdout.contains("Build the image"), "nothing is built:\n{}", shown.stdout);
    assert_eq!(image_of(&home, &app, "prod", "blue"), None, "a preview changes nothing");
    home.run_in(&app, &["promote", "--to", "prod", "--yes"]).expect(4).says(&["--confirm prod"]);
    assert_eq!(image_of(&home, &app, "prod", "blue"), None, "production is confirmed by its name");

    let run = home.go(&app, &["promote", "--to", "prod", "--yes", "--confirm", "prod"]).expect("live");
    assert_eq!(run.state["request"]["release"], first.state["release"]["id"], "the same release");
    assert!(run.steps().all(|(id, _)| id != "package"), "nothing is built: {}", run.report());
    assert_eq!(home.served(&prod).as_deref(), Some("1"));
    let there = image_of(&home, &app, "prod", "blue");
    assert!(there.is_some() && there == image_of(&home, &app, "local", "blue"), "the same image: {there:?}");

    let again = home.run_in(&app, &["promote", "--to", "prod", "--yes", "--confirm", "prod"]).expect(4);
    again.says(&["nothing to do"]);
}

#[test]
fn what_lies_between_two_releases_is_shown_and_an_older_one_can_be_named() {
    let home = Home::new();
    let app = two_places(&home, "between");
    let prod = format!("prod-{}", app.host());
    let promote = |more: &[&str]| {
        let words: Vec<&str> =
            ["promote", "--to", "prod", "--confirm", "prod"].iter().chain(more).copied().collect();
        home.run_in(&app, &words)
    };
    app.commit("feat: begin");
    let first = home.deploy(&app).expect("live").state["version"].as_str().unwrap().to_owned();
    promote(&["--yes"]).expect(0);
    app.set_version(2);
    app.commit("fix: one line of two");
    let second = home.deploy(&app).expect("live").state["version"].as_str().unwrap().to_owned();
    promote(&["--plan"]).expect(0).says(&[&first, &second, "Coming: 1 commit", "fix: one line of two"]);
    let shown = promote(&["--plan", "--json"]).expect(0).json;
    assert_eq!(shown["comparison"]["same_image"], false, "{shown}");
    assert_eq!((&shown["from"], &shown["to"]), (&"local".into(), &"prod".into()));
    assert_eq!(shown["plan"]["version"], *second);
    promote(&["--yes"]).expect(0);
    assert_eq!(home.served(&prod).as_deref(), Some("2"));
    promote(&[&first, "--yes"]).expect(0);
    assert_eq!(home.served(&prod).as_deref(), Some("1"), "an older release that was live there");
}

#[test]
fn a_no_go_stays_where_it_is() {
    let home = Home::new();
    let app = two_places(&home, "stays");
    let text = app.read("seatrial.toml").replace("contains = \"v\"", "contains = \"never there\"");
    app.write("seatrial.toml", text);
    assert_eq!(home.deploy(&app).state["verdict"], "no_go");
    let refused = home.run_in(&app, &["promote", "--to", "prod", "--yes", "--confirm", "prod"]).expect(4);
    refused.says(&["no-go in `local`", "evaluate --verdict go"]);
    assert_eq!(image_of(&home, &app, "prod", "blue"), None);
}
