//! Nothing of a repository runs before a person said yes to exactly that content.

use seatrial_tests::{AppFolder, Home};

fn with_step(app: &AppFolder, command: &str) {
    app.configure("");
    let text = app.read("seatrial.toml");
    app.write("seatrial.toml", format!("{text}\n[build.steps.lint]\nrun = \"{command}\"\n"));
}

#[test]
fn a_repository_runs_nothing_before_exactly_its_content_is_trusted() {
    let home = Home::new();
    let app = AppFolder::new(&home, "wary");
    with_step(&app, "touch ../ran-1");
    let ran = |number: u32| home.root().join("apps").join(format!("ran-{number}")).exists();

    for words in [&["init"][..], &["plan"], &["status"], &["trust", "--show"], &["plan", "--explain"]] {
        home.run_in(&app, words).expect(0);
    }
    home.run_in(&app, &["build", "--yes"]).expect(4).says(&["has not been trusted yet", "touch ../ran-1"]);
    home.run_in(&app, &["deploy", "--yes"]).expect(4);
    assert!(!ran(1), "`--yes` is no trust");
    assert!(home.containers().is_empty());

    let run = home.go(&app, &["build", "--yes", "--trust"]).expect("succeeded");
    assert!(ran(1), "{}", run.report());
    home.go(&app, &["build", "--yes"]).expect("succeeded");

    with_step(&app, "touch ../ran-2");
    home.run_in(&app, &["build", "--yes"]).expect(4).says(&["changed since it was trusted"]);
    assert!(!ran(2), "changed content is asked about again");
    home.run_in(&app, &["trust", "--show"]).expect(0).says(&["ran-2"]);

    with_step(&app, "touch ../ran-1");
    home.go(&app, &["build", "--yes"]).expect("succeeded");
}

#[test]
fn a_changed_script_that_a_step_names_is_asked_about_again() {
    let home = Home::new();
    let app = AppFolder::new(&home, "scripted");
    app.write("check.sh", "echo fine\n");
    with_step(&app, "sh check.sh");
    home.go(&app, &["build", "--yes", "--trust"]).expect("succeeded");
    app.write("check.sh", "touch ../stolen\n");
    home.run_in(&app, &["build", "--yes"]).expect(4).says(&["changed since it was trusted"]);
    assert!(!home.root().join("apps/stolen").exists());

    app.write("check.sh", "echo fine\n");
    app.write("Dockerfile", app.read("Dockerfile") + "RUN touch /tmp/stolen\n");
    home.run_in(&app, &["build", "--yes"]).expect(4);
}

#[test]
fn production_takes_no_changed_work_tree_and_no_unnamed_yes() {
    let home = Home::new();
    let app = AppFolder::new(&home, "strict");
    let text =
        app.read("seatrial.toml").replace("local = \"docker\"", "local = \"docker\"\nprod = \"docker\"");
    app.write("seatrial.toml", text);
    app.commit("feat: begin");
    app.set_version(2);
    let words = ["deploy", "--env", "prod", "--yes", "--trust", "--confirm", "prod"];
    home.run_in(&app, &words).expect(4).says(&["prod", "commit"]);
    assert!(home.containers().is_empty());
    let run = home.deploy(&app).expect("live");
    assert_eq!(run.state["release"]["dirty"], true, "elsewhere it may, and is marked");

    app.commit("feat: two");
    home.run_in(&app, &["deploy", "--env", "prod", "--yes"]).expect(4).says(&["prod", "--confirm prod"]);
    home.go(&app, &words).expect("live");
    assert_eq!(home.served(&format!("prod.{}", app.host())).as_deref(), Some("2"));
}

#[test]
fn what_a_trusted_step_writes_itself_is_not_asked_about() {
    let home = Home::new();
    let app = AppFolder::new(&home, "reporting");
    with_step(&app, "echo fine >> report.xml");
    app.write(".gitignore", "report.xml\n");
    app.commit("feat: begin");
    home.go(&app, &["build", "--yes", "--trust"]).expect("succeeded");
    home.go(&app, &["build", "--yes"]).expect("succeeded");
}
