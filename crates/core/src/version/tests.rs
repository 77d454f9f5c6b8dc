use super::*;

fn commit(message: &str) -> CommitFact {
    let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
    CommitFact {
        id: "c".repeat(40),
        subject: subject.to_owned(),
        body: body.trim_start().to_owned(),
        authored_at: DateTime::UNIX_EPOCH,
    }
}

fn tag(name: &str) -> VersionTag {
    VersionTag { name: name.to_owned(), commit: "t".repeat(40) }
}

fn decide(tag: Option<&VersionTag>, messages: &[&str], changes: Option<&str>) -> VersionDecision {
    let commits: Vec<CommitFact> = messages.iter().map(|m| commit(m)).collect();
    let head = "c".repeat(40);
    next(VersionFacts {
        commit: Some(&head),
        last_tag: tag,
        commits: &commits,
        changes,
        now: DateTime::UNIX_EPOCH,
    })
}

#[test]
fn commits_since_the_tag_raise_the_version() {
    for (last, messages, expected) in [
        ("v1.4.2", &["fix: a"][..], "1.4.3"),
        ("v1.4.2", &["perf: a"], "1.4.3"),
        ("v1.4.2", &["docs: a", "Change something"], "1.4.3"),
        ("v1.4.2", &["fix: a", "feat: b", "fix: c"], "1.5.0"),
        ("v1.4.2", &["feat(api): b"], "1.5.0"),
        ("v1.4.2", &["Feat: b"], "1.5.0"),
        ("v1.4.2", &["fix!: b"], "2.0.0"),
        ("v1.4.2", &["refactor(api)!: b", "feat: c"], "2.0.0"),
        ("v1.4.2", &["fix: a\n\nBREAKING CHANGE: b"], "2.0.0"),
        ("v1.4.2", &["fix: a\n\nBREAKING-CHANGE: b"], "2.0.0"),
        ("v1.4.2", &["fix: a\n\nthis is no BREAKING CHANGE: b"], "1.4.3"),
        ("v1.4.2", &["feature: b"], "1.4.3"),
        ("v1.4.2", &["feat b"], "1.4.3"),
        ("v1.4.2", &["feat(): b"], "1.4.3"),
        ("v1.4.2", &["Merge feat: b"], "1.4.3"),
        ("v0.3.1", &["feat!: b"], "0.4.0"),
        ("v0.3.1", &["feat: b"], "0.3.2"),
        ("v0.3.1", &["fix: b"], "0.3.2"),
        ("1.4", &["fix: b"], "1.4.1"),
        ("v2.0.0-rc.1", &["fix: b"], "2.0.0"),
        ("v2.0.0-dev.1", &["fix: b"], "2.0.0"),
        ("services/web-v2.0.0", &["fix: b"], "2.0.1"),
        ("v2.0.0-rc.1", &["feat!: b"], "2.0.0"),
        ("v2.1.0-rc.1", &["feat!: b"], "3.0.0"),
        ("v2.1.1-rc.1", &["feat: b"], "2.2.0"),
    ] {
        assert_eq!(decide(Some(&tag(last)), messages, None).version, expected, "{last} {messages:?}");
    }
}

#[test]
fn the_reason_names_the_commit_that_decided() {
    let decision = decide(Some(&tag("v1.0.0")), &["fix: a", "feat: the list", "feat: older"], None);
    assert_eq!(decision.reason, "a feature since v1.0.0: \"feat: the list\"");
}

#[test]
fn a_tagged_commit_has_its_tags_version() {
    assert_eq!(decide(Some(&tag("v1.2.3")), &[], None).version, "1.2.3");
    let here = VersionTag { name: "v1.2.3-rc.1".into(), commit: "c".repeat(40) };
    assert_eq!(decide(Some(&here), &[], None).version, "1.2.3-rc.1");
}

#[test]
fn a_repository_without_version_tags_starts_at_0_1_0() {
    assert_eq!(decide(None, &["feat!: a"], None).version, "0.1.0");
    assert_eq!(decide(Some(&tag("latest")), &["feat!: a"], None).version, "0.1.0");
}

#[test]
fn a_changed_work_tree_is_marked_and_sorts_after_the_tag_it_started_from() {
    let changes = Some("sha256:0123456789abcdef");
    assert_eq!(decide(Some(&tag("v1.2.3")), &[], changes).version, "1.2.4-dirty.01234567");
    assert_eq!(decide(Some(&tag("v1.2.3")), &["feat: a"], changes).version, "1.3.0-dirty.01234567");
    assert_eq!(decide(Some(&tag("v1.2.3-rc.1")), &[], changes).version, "1.2.3-dirty.01234567");
    assert_eq!(decide(None, &["feat: a"], changes).version, "0.1.0-dirty.01234567");
}

#[test]
fn without_a_commit_the_version_is_the_time() {
    let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let decision = next(VersionFacts::of(None, "", now));
    assert_eq!(decision.version, "0.0.0-20231114-221320");
}

#[test]
fn every_version_can_be_an_images_tag() {
    for last in ["v1.2.3+build.5", "v1.2.3-rc.1+x", "web/v0.1.0", "app-v3.4.5"] {
        for changes in [None, Some("sha256:ab+c/d")] {
            let version = decide(Some(&tag(last)), &["fix: a"], changes).version;
            assert!(version.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{version}");
            assert!(!version.starts_with("0.1.0") || last.contains("0.1.0"), "{last} {version}");
        }
    }
}

#[test]
fn what_is_no_version_is_no_number() {
    for text in ["", "v", "latest", "1", "1.x", "v1.2.3.4", "1..2", "v1.2.3-ä", "vvv", "é", "rev1.2.3"] {
        assert_eq!(Number::parse(text), None, "{text}");
    }
}
