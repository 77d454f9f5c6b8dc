//! Secrets reach the app and nobody else.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests: what does not hold ends the test"
)]

use seatrial_tests::{AppFolder, Home, Run, docker};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const CANARY: &str = "S1-canary/pa55+w0rd==and?more";

/// The canary as it may stand somewhere: raw, in base64 and in hexadecimal digits.
fn forms() -> Vec<Vec<u8>> {
    let encoded = |words: &str| {
        let script = format!("printf %s '{CANARY}' | {words}");
        let done = Command::new("sh").args(["-c", &script]).output().unwrap();
        String::from_utf8(done.stdout).unwrap().trim().trim_end_matches('=').as_bytes().to_vec()
    };
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    vec![CANARY.as_bytes().to_vec(), encoded("base64 -w0"), hex.to_uppercase().into_bytes(), hex.into_bytes()]
}

#[track_caller]
fn expect_absent(place: &str, content: &[u8]) {
    for form in forms() {
        let found = content.windows(form.len()).position(|window| window == form);
        assert!(found.is_none(), "{place} has the secret as {}", String::from_utf8_lossy(&form));
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

/// Looks at every command line on the machine until it is told to stop.
fn watch_command_lines(stop: &Arc<AtomicBool>) -> std::thread::JoinHandle<Vec<String>> {
    let stop = Arc::clone(stop);
    let forms = forms();
    std::thread::spawn(move || {
        let mut found = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
                let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
                if forms.iter().any(|form| line.windows(form.len()).any(|window| window == *form)) {
                    found.push(String::from_utf8_lossy(&line).replace('\0', " "));
                }
            }
        }
        found
    })
}

fn live_container(home: &Home, app: &AppFolder, run: &Run) -> String {
    let slot = run.state["live"].as_str().expect("a live slot");
    format!("{}{}--local-{slot}", home.prefix(), app.name)
}

#[test]
fn a_secret_reaches_the_app_as_a_private_file_and_stands_nowhere_else() {
    let home = Home::new();
    let app = AppFolder::new(&home, "vault");
    app.write("Dockerfile", app.read("Dockerfile").replace("EXPOSE", "USER 10001\nEXPOSE"));
    // What a careless step would do: say it in every way, once in two halves.
    let leak = "echo \\\"$S1\\\"; printf %s \\\"$S1\\\" | base64 -w0; echo; printf %s \\\"$S1\\\" | od -An -tx1 | tr -d ' \\\\n'; \
                echo; printf '%s' \\\"$S1\\\" | head -c 9; sleep 0.3; printf '%s\\\\n' \\\"$S1\\\" | tail -c +10";
    let text = app.read("seatrial.toml").replace("[env]\nlocal = \"docker\"\n", "");
    app.write(
        "seatrial.toml",
        format!(
            "{text}\n[build.steps.lint]\nrun = \"{leak}\"\nsecrets = [\"S1\"]\n\n\
             [env.local]\ntarget = \"docker\"\nsecrets = [\"S1\"]\n"
        ),
    );

    let missing = home.deploy(&app);
    assert_eq!(missing.end(), "failed_clean", "{}", missing.report());
    let said = home.run_in(&app, &["follow", missing.id()]);
    said.says(&["S1 has no value", "seatrial secret set S1"]);

    let stop = Arc::new(AtomicBool::new(false));
    let watcher = watch_command_lines(&stop);
    home.pipe_in(&app, &["secret", "set", "S1"], &format!("{CANARY}\n")).expect(0);
    let run = home.deploy(&app).expect("live");
    let listed = home.run_in(&app, &["secret", "list", "--json"]).expect(0);
    let log = home.run_in(&app, &["logs", run.id()]).expect(0);
    let pages: Vec<String> =
        [&["status"][..], &["history"], &["env"], &["plan"], &["plan", "--explain"], &["doctor"]]
            .iter()
            .map(|words| home.run_in(&app, words).text())
            .collect();
    stop.store(true, Ordering::SeqCst);
    assert_eq!(watcher.join().unwrap(), Vec::<String>::new(), "no command line has it");

    let facts = home.get(&app.host(), "/secret?name=S1").unwrap().body;
    let digest = String::from_utf8(
        Command::new("sh")
            .args(["-c", &format!("printf %s '{CANARY}' | sha256sum")])
            .output()
            .unwrap()
            .stdout,
    );
    assert!(facts.starts_with(digest.unwrap().split(' ').next().unwrap()), "the app reads it: {facts}");
    assert_eq!(home.get(&app.host(), "/env?name=S1").unwrap().body.trim(), "(unset)");

    assert!(log.stdout.contains("lint"), "the step's output is there: {}", log.stdout);
    expect_absent("the log", log.text().as_bytes());
    expect_absent("the list of secrets", listed.text().as_bytes());
    expect_absent("the run", run.state.to_string().as_bytes());
    pages.iter().for_each(|page| expect_absent("a page", page.as_bytes()));
    let container = live_container(&home, &app, &run);
    for words in [["inspect", container.as_str()], ["logs", container.as_str()]] {
        expect_absent("docker", docker(&words).expect("docker answers").as_bytes());
    }
    let image = run.state["release"]["artifacts"][0]["digest"].as_str().unwrap().to_owned();
    expect_absent("the image", docker(&["history", "--no-trunc", &image]).unwrap().as_bytes());
    expect_absent("the image", docker(&["image", "inspect", &image]).unwrap().as_bytes());
    let mut kept = Vec::new();
    files(home.root(), &mut kept);
    assert!(kept.len() > 5, "{kept:?}");
    for file in kept {
        expect_absent(&file.display().to_string(), &std::fs::read(&file).unwrap_or_default());
    }
}

#[test]
fn a_secret_is_a_variable_only_where_that_is_asked_for() {
    let home = Home::new();
    let app = AppFolder::new(&home, "variable");
    let text = app.read("seatrial.toml").replace("[env]\nlocal = \"docker\"\n", "");
    let secret = "secrets = [{ name = \"TOKEN\", as_env = true }]";
    app.write("seatrial.toml", format!("{text}\n[env.local]\ntarget = \"docker\"\n{secret}\n"));
    home.pipe_in(&app, &["secret", "set", "TOKEN"], "of-variable").expect(0);
    let run = home.deploy(&app).expect("live");
    assert_eq!(home.get(&app.host(), "/env?name=TOKEN").unwrap().body.trim(), "of-variable");
    assert!(!run.state.to_string().contains("of-variable"));
    home.run_in(&app, &["plan"]).says(&["TOKEN"]);

    home.run_in(&app, &["secret", "unset", "TOKEN"]).expect(0);
    app.set_version(2);
    let refused = home.deploy(&app).expect("failed_clean");
    assert!(refused.reason().contains("TOKEN"), "{}", refused.report());
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
}
