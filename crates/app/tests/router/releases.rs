//! A release's passport, and two releases beside each other.

use crate::desk::{DOCKERFILE, Desk};
use crate::history::{Told, told};
use seatrial_app::api::Code;
use serde_json::{Value, json};
use std::process::Command;

fn git(desk: &Desk, arguments: &[&str]) -> String {
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false"];
    let done = Command::new("git").args(who).args(arguments).current_dir(desk.path()).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

fn commit(desk: &Desk, message: &str) -> String {
    git(desk, &["add", "-A"]);
    git(desk, &["commit", "-q", "-m", message]);
    git(desk, &["rev-parse", "HEAD"])
}

fn lock(version: &str) -> String {
    format!("[[package]]\nname = \"serde\"\nversion = \"{version}\"\n")
}

/// Two releases with a commit between them that changes code, packages and the pipeline.
async fn two_releases() -> Desk {
    let desk =
        Desk::with(&[DOCKERFILE, ("seatrial.toml", "app = \"shop\"\n"), ("Cargo.lock", &lock("1.0.1"))]);
    git(&desk, &["init", "-q"]);
    let first = commit(&desk, "Begin");
    Told { ago: 50, commit: Some(first), ..told("1.0.0") }.write(&desk);
    desk.write("Cargo.lock", &lock("1.0.2"));
    desk.write("seatrial.toml", "app = \"shop\"\n[ship]\nport = 8000\n");
    let second = commit(&desk, "feat: Say hello");
    let env = &[("LOG", "debug")];
    Told { ago: 30, commit: Some(second), env, ..told("1.1.0") }.write(&desk);
    desk.open().await;
    desk
}

#[tokio::test]
async fn a_passport_has_the_commits_the_deployments_and_the_decisions() {
    let desk = two_releases().await;
    let passport = desk.get("release.get", json!({"app": "shop", "release": "1.1.0"})).await;
    assert_eq!((&passport["before"], &passport["size"]), (&json!("1.0.0"), &json!(1000)));
    let subjects: Vec<_> = passport["commits"].as_array().unwrap().iter().map(|c| &c["subject"]).collect();
    assert_eq!(subjects, ["feat: Say hello"]);
    assert_eq!(passport["commits"][0]["author"], "Ada");
    assert_eq!(passport["deployments"][0]["environment"], "local");
    assert_eq!(passport["built_by"]["run"], passport["deployments"][0]["run"]);
    assert_eq!(passport["evidence"][0]["finding"]["subject"], "smoke");
    assert_eq!(passport["decisions"][0]["verdict"], "go");
    assert_eq!(passport["release"]["live_in"], json!(["local"]));
    let first = desk.get("release.get", json!({"app": "shop", "release": "1.0.0"})).await;
    assert_eq!((&first["before"], &first["commits"][0]["id"]), (&Value::Null, &Value::Null));
    assert_eq!(
        first["commits"][0]["subject"], "Make 1.0.0",
        "what was recorded, since there is no release before"
    );
    assert_eq!(first["deployments"][0]["until"], passport["deployments"][0]["live_at"]);
}

#[tokio::test]
async fn two_releases_differ_in_commits_files_packages_configuration_and_pipeline() {
    let desk = two_releases().await;
    let ask = json!({"app": "shop", "from": "1.0.0", "to": "1.1.0"});
    let both = desk.get("release.compare", ask).await;
    assert_eq!(both["commits"][0]["subject"], "feat: Say hello");
    assert_eq!(both["lost"], json!([]));
    let files: Vec<_> = both["files"].as_array().unwrap().iter().map(|f| &f["path"]).collect();
    assert_eq!(files, ["Cargo.lock", "seatrial.toml"]);
    assert_eq!(both["packages"], json!([{"name": "cargo serde", "before": "1.0.1", "after": "1.0.2"}]));
    assert_eq!(both["configuration"], json!([{"name": "LOG", "before": "info", "after": "debug"}]));
    assert!(both["pipeline"].as_str().unwrap().contains("+port = 8000"), "{}", both["pipeline"]);
    assert_eq!(both["same_image"], false);
    let back = desk.get("release.compare", json!({"app": "shop", "from": "1.1.0", "to": "1.0.0"})).await;
    assert_eq!((&back["commits"], &back["lost"][0]["subject"]), (&json!([]), &json!("feat: Say hello")));
}

#[tokio::test]
async fn without_git_a_comparison_says_what_the_history_knows() {
    let desk = Desk::with(&[DOCKERFILE, ("seatrial.toml", "app = \"shop\"\n")]);
    desk.open().await;
    Told { ago: 50, commit: Some("c0ffee1c0ffee1".into()), ..told("1.0.0") }.write(&desk);
    let second = Told { ago: 40, commit: Some("c0ffee2c0ffee2".into()), ..told("1.1.0") };
    second.write(&desk);
    let both = desk.get("release.compare", json!({"app": "shop", "from": "1.0.0", "to": "1.1.0"})).await;
    for unknown in ["commits", "files", "packages", "pipeline"] {
        assert_eq!(both[unknown], Value::Null, "{unknown}");
    }
    let passport = desk.get("release.get", json!({"app": "shop", "release": "1.1.0"})).await;
    assert_eq!(
        passport["commits"],
        json!([{"id": null, "subject": "Make 1.1.0", "author": null, "at": null}])
    );
    let error = desk.ask("release.get", json!({"app": "shop", "release": "9.9.9"})).await.unwrap_err();
    assert_eq!((error.code, error.hints.len()), (Code::NotFound, 1));
}
