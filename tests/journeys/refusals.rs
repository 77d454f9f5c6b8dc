//! Input and circumstances that cannot work: said at once, with a place and a way out, and nothing is changed.
#![expect(clippy::unwrap_used, reason = "helpers of tests: what does not hold ends the test")]

use seatrial_tests::{AppFolder, Home};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_mistake_of_a_configuration_is_shown_at_once_with_its_place() {
    let home = Home::new();
    let app = AppFolder::new(&home, "wrong");
    let text = "app = \"wrong\"\nshipp = 1\n\n[ship]\nport = \"eighty\"\nstrategy = \"blue-gren\"\n\n\
                [build.steps.lint]\nrun = \"true\"\nneeds = [\"unit-test\"]\n\n\
                [build.steps.unit-test]\nrun = \"true\"\nneeds = [\"lint\"]\n\n\
                [env]\none = { target = \"docker\", domains = [\"same.localhost\"] }\n\
                two = { target = \"docker\", domains = [\"same.localhost\"] }\n";
    app.write("seatrial.toml", text);
    for words in [&["plan"][..], &["deploy", "--yes", "--trust"]] {
        let output = home.run_in(&app, words).expect(2);
        output.says(&[
            "seatrial.toml:2:1",
            "seatrial.toml:5:8",
            "seatrial.toml:6:12",
            "blue-green",
            "same.localhost",
        ]);
        output.says(&["lint", "unit-test", "seatrial.toml:10:"]);
    }
    let output = home.run_in(&app, &["plan", "--json"]).expect(2);
    assert_eq!(output.json["error"]["code"], "configuration", "{}", output.stdout);
    assert!(
        output.json["error"]["problems"].as_array().is_some_and(|problems| problems.len() >= 5),
        "{}",
        output.stdout
    );
    assert!(home.containers().is_empty());
}

#[test]
fn a_file_that_is_no_configuration_is_refused_politely() {
    let home = Home::new();
    let app = AppFolder::new(&home, "odd");
    app.write("seatrial.toml", vec![b'#'; 2 << 20]);
    home.run_in(&app, &["plan"]).expect(2).says(&["seatrial.toml", "2097152"]);
    app.write("seatrial.toml", b"app = \"odd\"\n# caf\xe9\n".as_slice());
    home.run_in(&app, &["plan"]).expect(2).says(&["seatrial.toml:2:", "UTF-8"]);
    app.write("seatrial.toml", "app = \"odd\"\napp = \"odder\"\n");
    home.run_in(&app, &["plan"]).expect(2).says(&["seatrial.toml:2:1"]);
}

#[test]
fn a_folder_that_vanished_is_named() {
    let home = Home::new();
    let app = AppFolder::new(&home, "gone");
    home.run_in(&app, &["init"]).expect(0);
    home.run_in(&app, &["plan"]).expect(0);
    fs::remove_dir_all(&app.path).unwrap();
    let path = app.path.display().to_string();
    home.run(["plan", "--app", &app.name]).expect(2).says(&[&path]);
    home.run(["deploy", "--yes", "--trust", "--app", &app.name]).expect(2).says(&[&path]);
    home.run(["status", "--all"]).expect(0).says(&[&app.name]);
}

#[test]
fn a_port_in_use_is_named_with_its_owner_and_another_is_offered() {
    let home = Home::new();
    let app = AppFolder::new(&home, "ported");
    let taken = TcpListener::bind(("0.0.0.0", home.http)).unwrap();
    let output = home.run_in(&app, &["deploy", "--yes", "--trust"]);
    assert_ne!(output.status, 0);
    output.says(&[&format!("port {}", home.http), "seatrial proxy --http"]);
    let this = std::env::current_exe().unwrap();
    // The kernel keeps fifteen characters of a program's name.
    let name: String = this.file_name().unwrap().to_string_lossy().chars().take(15).collect();
    output.says(&[&name]);
    drop(taken);

    let own = TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let port = own.local_addr().unwrap().port();
    app.configure(&format!("ports = [\"{port}:8000\"]\n"));
    home.run_in(&app, &["deploy", "--yes", "--trust"]).says(&[&format!("port {port}"), &name]);
    assert!(home.containers().is_empty());
    drop(own);
    home.deploy(&app).expect("live");
    app.set_version(2);
    home.deploy(&app).expect("live");
}

#[test]
fn without_git_there_is_a_version_and_nothing_is_missing() {
    let home = Home::new();
    let path = path_without_git(home.root());
    let home = home.with("PATH", path);
    let app = AppFolder::new(&home, "gitless");
    let run = home.deploy(&app).expect("live");
    assert!(run.state["version"].is_string(), "{}", run.report());
    home.run(["doctor"]).says(&["git"]);
}

/// A folder with what a deployment needs except git.
fn path_without_git(root: &Path) -> String {
    let folder = root.join("no-git");
    fs::create_dir_all(&folder).unwrap();
    for tool in ["docker", "sh", "cat", "echo"] {
        let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap().stdout;
        let found = String::from_utf8(found).unwrap();
        drop(std::os::unix::fs::symlink(found.trim(), folder.join(tool)));
    }
    folder.display().to_string()
}

#[test]
fn a_history_of_a_newer_program_is_left_alone() {
    let home = Home::new();
    let file = fs::read_dir(home.data()).unwrap().flatten().map(|entry| entry.path());
    let is_journal = |path: &PathBuf| {
        path.extension().is_some_and(|kind| kind == "db" || kind == "sqlite" || kind == "sqlite3")
    };
    let files: Vec<_> = file.filter(is_journal).collect();
    assert!(!files.is_empty(), "{:?}", fs::read_dir(home.data()).unwrap().flatten().collect::<Vec<_>>());
    for file in files {
        let before = fs::read(&file).unwrap();
        let mut newer = before.clone();
        // The version of the schema stands in the header of an SQLite file.
        newer[60..64].copy_from_slice(&9999_u32.to_be_bytes());
        fs::write(&file, &newer).unwrap();
        home.run(["status", "--all"]).expect(1).says(&["schema 9999", "pdate it"]);
        assert_eq!(fs::read(&file).unwrap(), newer, "it was not touched");
        fs::write(&file, before).unwrap();
        home.run(["status", "--all"]).expect(0);
    }
}

#[test]
fn a_full_disk_is_said_and_nothing_is_lost() {
    let dir = tempfile::Builder::new().prefix("seatrial-journey-").tempdir().unwrap();
    let home = Home::at(dir);
    // Declared after the home, so that it is gone when the home is taken away.
    let _small = SmallDisk::mount(&home.data());
    let (http, https) = (home.http.to_string(), home.https.to_string());
    home.run(["proxy", "--http", &http, "--https", &https]).expect(0);
    let app = AppFolder::new(&home, "full");
    home.deploy(&app).expect("live");
    drop(fs::write(home.data().join("ballast"), vec![1; 64 << 20]));
    app.set_version(2);
    let output = home.run_in(&app, &["deploy", "--yes", "--trust"]);
    assert_ne!(output.status, 0, "{}", output.text());
    output.says(&["space"]);
    assert_eq!(home.served(&app.host()).as_deref(), Some("1"));
    fs::remove_file(home.data().join("ballast")).unwrap();
    home.run_in(&app, &["history"]).expect(0);
    home.deploy(&app).expect("live");
    assert_eq!(home.served(&app.host()).as_deref(), Some("2"));
}

/// A file system in memory with room for little.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(path: &Path) -> Self {
        fs::create_dir_all(path).unwrap();
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(path)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Self(path.to_owned())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}
