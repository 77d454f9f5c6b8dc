//! Real folders and real repositories.

use super::*;
use seatrial_core::detect::facts::{FolderNote, GitFacts, PipelineFile};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

const DEADLINE: Duration = Duration::from_secs(30);

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let file = self.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
        self
    }

    fn git(&self, arguments: &[&str]) -> &Self {
        let done = Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"])
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        self
    }

    fn commit(&self, message: &str) -> &Self {
        self.git(&["add", "-A"]).git(&["commit", "-q", "--allow-empty", "-m", message])
    }

    async fn facts(&self) -> FolderFacts {
        observe(self.path(), DEADLINE).await.unwrap()
    }

    async fn git_facts(&self) -> GitFacts {
        let facts = self.facts().await;
        facts.git.unwrap_or_else(|| panic!("{:?}", facts.notes))
    }
}

fn paths(facts: &FolderFacts) -> Vec<&str> {
    facts.files.iter().map(|file| file.path.as_str()).collect()
}

#[tokio::test]
async fn files_are_listed_and_well_known_ones_read() {
    let folder = Folder::new();
    folder.file("Dockerfile", "FROM scratch\n").file("src/a.txt", "12345").file("web/package.json", "{}");
    folder.file("node_modules/x/package.json", "{}").file("a/b/c/d/e/deep", "").file("a/b/c/edge", "");
    folder.file("run.sh", "#!/bin/sh\n");
    fs::set_permissions(folder.path().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    let facts = folder.facts().await;
    assert_eq!(paths(&facts), ["Dockerfile", "a/b/c/edge", "run.sh", "src/a.txt", "web/package.json"]);
    assert_eq!(facts.texts.keys().collect::<Vec<_>>(), ["Dockerfile", "web/package.json"]);
    assert_eq!(facts.files.iter().filter(|f| f.executable).count(), 1);
    assert_eq!(facts.files[3].size, 5);
    assert_eq!((facts.pipeline_file, facts.git, facts.notes.len()), (PipelineFile::Absent, None, 0));
}

#[tokio::test]
async fn a_folder_that_is_gone_or_no_folder_is_said() {
    let folder = Folder::new();
    folder.file("file", "");
    let gone = observe(&folder.path().join("gone"), DEADLINE).await;
    assert!(matches!(gone, Err(RepoError::FolderGone { .. })));
    let file = observe(&folder.path().join("file"), DEADLINE).await;
    assert!(matches!(file, Err(RepoError::NotAFolder { .. })), "{file:?}");
}

#[tokio::test]
async fn t8_no_link_leads_out_of_the_folder() {
    let (folder, outside) = (Folder::new(), Folder::new());
    outside.file("secret", "canary").file("inner/Dockerfile", "canary");
    symlink(outside.path().join("secret"), folder.path().join("Dockerfile")).unwrap();
    symlink("../../../../../../../../etc/passwd", folder.path().join("Makefile")).unwrap();
    symlink(outside.path().join("secret"), folder.path().join("seatrial.toml")).unwrap();
    symlink(outside.path().join("inner"), folder.path().join("inner")).unwrap();
    folder.file("real/Procfile", "web: run");
    symlink("real/Procfile", folder.path().join("Procfile")).unwrap();
    let facts = folder.facts().await;
    assert_eq!(facts.texts["Procfile"], "web: run", "a link that stays inside is followed");
    assert_eq!(facts.texts.len(), 2, "{:?}", facts.texts.keys());
    assert!(matches!(facts.pipeline_file, PipelineFile::Unreadable { .. }));
    assert!(!format!("{facts:?}").contains("canary"));
    let inside = Inside::open(folder.path()).unwrap();
    for path in ["../secret", "/etc/passwd", "inner/Dockerfile", "real/../../x"] {
        assert!(inside.read(path, 1000).is_err(), "{path}");
    }
}

#[tokio::test]
async fn large_odd_and_unreadable_files_are_noted_and_do_not_stop_the_look() {
    let folder = Folder::new();
    folder.file("Makefile", vec![b'x'; 300 * 1024]).file("package.json", b"\xff\xfe");
    folder.file("seatrial.toml", vec![b'#'; 2 * 1024 * 1024]);
    fs::create_dir(folder.path().join("Dockerfile")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.path().join("Procfile"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let facts = folder.facts().await;
    assert!(facts.texts.is_empty());
    assert!(facts.notes.contains(&FolderNote::FileTooLarge { path: "Makefile".into(), size: 300 * 1024 }));
    assert!(facts.notes.contains(&FolderNote::FileNotText { path: "package.json".into() }));
    let pipe = |note: &FolderNote| matches!(note, FolderNote::Unreadable { path, .. } if path == "Procfile");
    assert!(facts.notes.iter().any(pipe), "{:?}", facts.notes);
    assert_eq!(facts.pipeline_file, PipelineFile::TooLarge { size: 2 * 1024 * 1024, limit: 1024 * 1024 });
}

#[tokio::test]
async fn a_listing_is_cut_deep_rather_than_shallow() {
    let folder = Folder::new();
    for n in 0..60 {
        for m in 0..100 {
            folder.file(&format!("deep/{n}/{m}"), "");
        }
    }
    let facts = folder.file("zz-top", "").facts().await;
    assert_eq!(facts.files.len(), 5000);
    assert!(paths(&facts).contains(&"zz-top"));
    assert_eq!(facts.notes, [FolderNote::ListingCut { listed: 5000 }]);
}

#[tokio::test]
async fn git_tells_commit_branch_and_what_changed() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]).file("a", "1").commit("feat: one\n\nBody of one.\n\nBREAKING CHANGE: yes");
    folder.git(&["remote", "add", "origin", "https://u:token@example.com/x.git"]);
    let git = folder.git_facts().await;
    assert_eq!((git.branch.as_deref(), git.dirty, git.untracked), (Some("main"), false, 0));
    assert_eq!(git.remote.as_deref(), Some("https://example.com/x.git"));
    assert_eq!((git.last_tag, git.commits_since_tag.len()), (None, 1));
    let commit = &git.commits_since_tag[0];
    assert_eq!((commit.subject.as_str(), Some(&commit.id)), ("feat: one", git.commit.as_ref()));
    assert_eq!(commit.body, "Body of one.\n\nBREAKING CHANGE: yes");
    assert!(git.commit.unwrap().starts_with(&git.short.unwrap()));

    folder.file("new", "").file("a", "2");
    let git = folder.git_facts().await;
    assert!(git.dirty && git.untracked == 1);
    folder.git(&["checkout", "-q", "--detach"]);
    assert_eq!(folder.git_facts().await.branch, None);
}

#[tokio::test]
async fn the_last_version_is_the_highest_one_that_the_commit_contains() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]).commit("one").git(&["tag", "v1.9.0"]);
    folder.commit("two").git(&["tag", "-a", "v1.10.0", "-m", "annotated"]).git(&["tag", "nightly"]);
    folder.commit("three").git(&["tag", "v1.10.1-rc.1"]).commit("four").commit("five");
    folder.git(&["checkout", "-q", "-b", "later"]).commit("six").git(&["tag", "v2.0.0"]);
    folder.git(&["checkout", "-q", "main"]);
    let git = folder.git_facts().await;
    let names: Vec<&str> = git.version_tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["v1.9.0", "v1.10.0", "v1.10.1-rc.1", "v2.0.0"]);
    assert_eq!(git.last_tag.unwrap().name, "v1.10.1-rc.1");
    let subjects: Vec<&str> = git.commits_since_tag.iter().map(|commit| commit.subject.as_str()).collect();
    assert_eq!(subjects, ["five", "four"]);
}

#[tokio::test]
async fn another_edit_of_a_changed_file_is_told_from_the_one_before() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]).file("services/web/app.py", "1").commit("one");
    assert_eq!(folder.git_facts().await.changes, None);
    folder.file("services/web/app.py", "22");
    let first = folder.git_facts().await.changes;
    assert!(first.is_some());
    assert_eq!(folder.git_facts().await.changes, first);
    folder.file("services/web/data.txt", "written by the app");
    assert_eq!(folder.git_facts().await.changes, first, "what git does not track is not looked at");
    folder.file("services/web/app.py", "333");
    let second = folder.git_facts().await.changes;
    assert_ne!(second, first);
    let part = observe(&folder.path().join("services/web"), Duration::from_secs(10)).await.unwrap();
    assert_eq!(part.git.unwrap().changes, second);
}

#[tokio::test]
async fn a_repository_without_a_commit_is_fine() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]).file("a", "");
    let git = folder.git_facts().await;
    assert_eq!((git.commit, git.branch.as_deref(), git.untracked), (None, Some("main"), 1));
}

#[tokio::test]
async fn an_app_in_a_part_of_a_repository_counts_its_own_changes_only() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]).file("web/a", "1").file("api/b", "1").commit("both");
    folder.file("web/a", "2").commit("web only").file("api/b", "2");
    let web = observe(&folder.path().join("web"), DEADLINE).await.unwrap().git.unwrap();
    assert_eq!((web.prefix.as_str(), web.dirty, web.commits_since_tag.len()), ("web", false, 2));
    let api = observe(&folder.path().join("api"), DEADLINE).await.unwrap().git.unwrap();
    assert_eq!((api.prefix.as_str(), api.dirty, api.commits_since_tag.len()), ("api", true, 1));
}

#[tokio::test]
async fn a_broken_repository_is_noted() {
    let folder = Folder::new();
    folder.file(".git", "gitdir: /no/such/place\n");
    let facts = folder.facts().await;
    assert!(facts.git.is_none() && matches!(facts.notes[..], [FolderNote::GitFailed { .. }]), "{facts:?}");
}

#[tokio::test]
async fn t7_looking_at_a_hostile_repository_runs_nothing() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]).file("a", "1").file("sub/b", "1").commit("one").git(&["tag", "v1.0.0"]);
    let trap = format!("touch {}; cat", folder.path().join("executed").display());
    folder.file(".gitattributes", "* filter=evil diff=evil\n").file("a", "22").file("evil.sh", &trap);
    for (key, value) in [
        ("core.fsmonitor", trap.as_str()),
        ("core.pager", &trap),
        ("core.sshCommand", &trap),
        ("core.editor", &trap),
        ("core.hooksPath", "hooks"),
        ("filter.evil.clean", &trap),
        ("filter.evil.smudge", &trap),
        ("filter.evil.process", &trap),
        ("filter.evil.required", "true"),
        ("diff.evil.textconv", &trap),
        ("diff.external", &trap),
        ("log.showSignature", "true"),
        ("gpg.program", &trap),
        ("credential.helper", &format!("!{trap}")),
        ("alias.status", &format!("!{trap}")),
        ("status.submoduleSummary", "true"),
        ("remote.origin.url", &format!("ext::sh -c '{trap}'")),
        ("remote.origin.promisor", "true"),
        ("extensions.partialClone", "origin"),
        ("core.repositoryFormatVersion", "1"),
    ] {
        folder.git(&["config", key, value]);
    }
    for hook in ["post-index-change", "reference-transaction", "fsmonitor-watchman"] {
        for place in ["hooks", ".git/hooks"] {
            let path = format!("{place}/{hook}");
            folder.file(&path, format!("#!/bin/sh\n{trap}\n"));
            fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    let facts = folder.facts().await;
    assert!(facts.git.is_some_and(|git| git.dirty), "{:?}", facts.notes);
    assert!(!folder.path().join("executed").exists());
    // The trap itself works: plain git walks into it.
    let _ = Command::new("git").args(["status"]).current_dir(folder.path()).output().unwrap();
    assert!(folder.path().join("executed").exists(), "the test would not notice an execution");
}

#[test]
fn t7_the_digest_follows_names_contents_and_absence() {
    let folder = Folder::new();
    folder.file("seatrial.toml", "app = \"x\"").file("deploy.sh", "echo");
    let digest = |paths: &[&str]| content_digest(folder.path(), paths.iter().copied()).unwrap();
    let both = digest(&["seatrial.toml", "deploy.sh"]);
    assert_eq!(both, digest(&["deploy.sh", "seatrial.toml", "deploy.sh"]));
    assert_ne!(both, digest(&["seatrial.toml"]));
    let missing = digest(&["seatrial.toml", "deploy.sh", "later.sh"]);
    folder.file("later.sh", "");
    assert_ne!(missing, digest(&["seatrial.toml", "deploy.sh", "later.sh"]));
    folder.file("deploy.sh", "echo ");
    assert_ne!(both, digest(&["seatrial.toml", "deploy.sh"]));
    let out = content_digest(folder.path(), ["../x"]);
    assert!(matches!(out, Err(ReadError::Refused { .. })), "{out:?}");
}

#[test]
fn an_existing_file_is_never_overwritten_unasked() {
    let folder = Folder::new();
    let write = |text: &str, existing| {
        write_file_atomically(folder.path(), "seatrial.toml", text.as_bytes(), existing)
    };
    write("one", Existing::Keep).unwrap();
    assert_eq!(write("two", Existing::Keep), Err(WriteError::Exists { path: "seatrial.toml".into() }));
    let file = folder.path().join("seatrial.toml");
    assert_eq!(fs::read(&file).unwrap(), b"one");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    write("two", Existing::Replace).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"two");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640, "its mode stays");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn t8_writing_never_leaves_the_folder_or_goes_through_a_link() {
    let (folder, outside) = (Folder::new(), Folder::new());
    outside.file("target", "theirs");
    symlink(outside.path().join("target"), folder.path().join("Dockerfile")).unwrap();
    symlink(outside.path(), folder.path().join("out")).unwrap();
    for path in ["Dockerfile", "out/new", "../new", "/new"] {
        for existing in [Existing::Keep, Existing::Replace] {
            let written = write_file_atomically(folder.path(), path, b"ours", existing);
            assert!(written.is_err(), "{path} {existing:?}");
        }
    }
    assert_eq!(fs::read(outside.path().join("target")).unwrap(), b"theirs");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn t7_comparing_commits_runs_nothing_the_repository_names() {
    let folder = Folder::new();
    let marks = tempfile::tempdir().unwrap();
    let mark = marks.path().join("ran");
    let program = format!("touch {} #", mark.display());
    folder.git(&["init", "-q"]).file("a.txt", "1\n").file(".gitattributes", "* diff=odd\n").commit("one");
    let from = folder.git_facts().await.commit.unwrap();
    folder.file("a.txt", "2\n").file("seatrial.toml", "app = \"a\"\n").commit("two");
    let to = folder.git_facts().await.commit.unwrap();
    for key in ["diff.external", "diff.odd.command", "diff.odd.textconv", "core.fsmonitor", "core.pager"] {
        folder.git(&["config", key, &program]);
    }
    let between = between(folder.path(), &from, &to, DEADLINE).await.unwrap();
    let files: Vec<&str> = between.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, ["a.txt", "seatrial.toml"]);
    assert!(between.pipeline.unwrap().contains("+app = \"a\""));
    assert!(!mark.exists(), "a program of the repository was run");
}

#[tokio::test]
async fn an_app_in_a_part_of_a_repository_has_the_commits_and_files_of_its_part() {
    let folder = Folder::new();
    folder.git(&["init", "-q"]).file("web/Cargo.lock", "x\n").file("other", "1\n").commit("one");
    let from = folder.git_facts().await.commit.unwrap();
    folder.file("other", "2\n").commit("elsewhere");
    folder.file("web/Cargo.lock", "[[package]]\nname = \"a\"\nversion = \"1\"\n").commit("here");
    let to = folder.git_facts().await.commit.unwrap();
    let between = between(&folder.path().join("web"), &from, &to, DEADLINE).await.unwrap();
    let subjects: Vec<&str> = between.commits.iter().map(|c| c.subject.as_str()).collect();
    assert_eq!((subjects, between.lost.len()), (vec!["here"], 0));
    let lock = &between.lock_files[0];
    assert_eq!((lock.path.as_str(), lock.before.as_deref()), ("Cargo.lock", Some("x\n")));
    assert!(lock.after.as_deref().unwrap().contains("version"));
}
