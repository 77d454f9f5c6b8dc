//! Into what is live, with a command and its exit status, and what stands in the way.

use seatrial_tests::{AppFolder, Home};
use std::process::{Command, Stdio};

#[test]
fn a_command_runs_in_what_is_live_and_its_words_input_and_status_are_its_own() {
    let home = Home::new();
    let app = AppFolder::new(&home, "inside");
    home.run_in(&app, &["init", "--write"]);
    home.run_in(&app, &["shell", "--", "true"]).expect(2).says(&["nothing is live"]);
    home.deploy(&app).expect("live");
    let said = home.run_in(&app, &["shell", "--", "echo", "hi"]).expect(0);
    assert_eq!(said.stdout.trim(), "hi");
    assert_eq!(home.run_in(&app, &["shell", "--env", "local", "--", "sh", "-c", "exit 7"]).status, 7);
    let words = home.run_in(&app, &["shell", "--", "printf", "%s|", "a b", "$HOME", "--print"]).expect(0);
    assert_eq!(words.stdout, "a b|$HOME|--print|");
    let fed = home.pipe_in(&app, &["shell", "--", "cat"], "from outside").expect(0);
    assert_eq!(fed.stdout, "from outside");

    let version = ["shell", "--", "grep", "^VERSION", "app.py"];
    assert_eq!(home.run_in(&app, &version).expect(0).stdout.trim(), "VERSION = \"1\"");
    app.set_version(2);
    home.deploy(&app).expect("live");
    assert_eq!(home.run_in(&app, &version).expect(0).stdout.trim(), "VERSION = \"2\"", "the live slot");
    let stopped = home.run_in(&app, &["shell", "--slot", "blue", "--", "true"]).expect(4);
    stopped.says(&["slot blue of `local` does not run", "slot green is live"]);
    assert_eq!(
        home.run_in(&app, &["shell", "--slot", "green", "--", "echo", "hi"]).expect(0).stdout.trim(),
        "hi"
    );
}

#[test]
fn a_shell_needs_a_terminal_and_the_way_in_can_be_printed() {
    let home = Home::new();
    let app = AppFolder::new(&home, "way");
    home.deploy(&app).expect("live");
    home.run_in(&app, &["shell"]).expect(2).says(&["needs a terminal", "-- COMMAND", "--print"]);
    home.run_in(&app, &["shell", "--host", "--", "true"]).expect(2).says(&["this machine"]);
    let printed = home.run_in(&app, &["shell", "--print"]).expect(0).stdout;
    let container = format!("{}{}--local-blue", home.prefix(), app.name);
    assert!(printed.trim().ends_with(&format!("exec -it {container} sh")), "{printed}");
    let printed = home.run_in(&app, &["shell", "--print", "--", "echo", "it's", "a b"]).expect(0).stdout;
    let done = Command::new("sh").args(["-c", &printed]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(
        String::from_utf8_lossy(&done.stdout),
        "it's a b\n",
        "what is printed does the same: {printed}"
    );
    let json = home.run_in(&app, &["shell", "--print", "--json"]).expect(0).json;
    assert_eq!((&json["slot"], &json["container"]), (&"blue".into(), &container.as_str().into()));
}

/// `script` gives a program a terminal of its own.
#[test]
fn on_a_terminal_a_shell_reads_what_is_typed() {
    let home = Home::new();
    let app = AppFolder::new(&home, "typed");
    home.deploy(&app).expect("live");
    let typed = "test -t 0 && echo a-terminal-$((40 + 2))\nexit 5\n";
    let program = home.command();
    let line = format!("{} shell", program.get_program().to_string_lossy());
    let mut script = home.program("script".as_ref());
    script
        .args(["-qec", &line, "/dev/null"])
        .current_dir(&app.path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = script.spawn().unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), typed.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(text.contains("a-terminal-42"), "{text}");
    assert_eq!(done.status.code(), Some(5), "{text}");
}
