//! Real processes: what they write, how they end, and that nothing of them stays.

use super::*;
use bytes::Bytes;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

struct Ran {
    outcome: Outcome,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

fn shell(script: &str) -> ProcessSpec {
    ProcessSpec::new(Program::Shell(script.to_owned()), std::env::temp_dir())
}

async fn ran(spec: &ProcessSpec, cancel: &CancellationToken) -> Ran {
    let (sender, mut receiver) = mpsc::channel::<OutputChunk>(2);
    let collect = async {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        while let Some(chunk) = receiver.recv().await {
            match chunk.stream {
                OutputStream::Stdout => stdout.extend_from_slice(&chunk.bytes),
                OutputStream::Stderr => stderr.extend_from_slice(&chunk.bytes),
            }
        }
        (stdout, stderr)
    };
    let (outcome, (stdout, stderr)) = tokio::join!(run(spec, sender, cancel), collect);
    Ran { outcome, stdout, stderr }
}

async fn done(spec: &ProcessSpec) -> Ran {
    ran(spec, &CancellationToken::new()).await
}

/// Polls until a fact holds.
async fn soon(what: &str, fact: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !fact() {
        assert!(Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn pid_in(file: &Path) -> Option<u32> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn runs(pid: u32) -> bool {
    is_alive(&identity::identity_of(pid)) && identity::identity_of(pid).started.is_some()
}

#[tokio::test]
async fn both_outputs_and_the_exit_code_come_back() {
    let ran = done(&shell("echo out; echo err >&2; exit 7")).await;
    assert_eq!(ran.outcome.end, End::Exited(7));
    assert_eq!((ran.stdout.as_slice(), ran.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
}

#[tokio::test]
async fn a_script_stops_at_the_first_command_that_fails() {
    let ran = done(&shell("echo one\nfalse\necho two")).await;
    assert_eq!((ran.outcome.end, ran.stdout.as_slice()), (End::Exited(1), &b"one\n"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_lines_arrive_complete_and_in_order() {
    let ran = done(&shell("exec seq 1 1000000")).await;
    assert!(ran.outcome.end.is_success());
    let expected: usize = (1..=1_000_000usize).map(|n| n.to_string().len() + 1).sum();
    assert_eq!(ran.stdout.len(), expected);
    assert!(ran.stdout.starts_with(b"1\n2\n") && ran.stdout.ends_with(b"999999\n1000000\n"));
}

#[tokio::test]
async fn ten_megabytes_of_binary_in_one_line_arrive_complete() {
    let ran = done(&shell("exec head -c 10000000 /dev/zero")).await;
    assert!(ran.outcome.end.is_success());
    assert!(ran.stdout.len() == 10_000_000 && ran.stdout.iter().all(|b| *b == 0));
}

#[tokio::test]
async fn output_is_discarded_and_the_process_goes_on_when_nobody_listens() {
    let (sender, receiver) = mpsc::channel(1);
    drop(receiver);
    let outcome = run(&shell("seq 1 200000; exit 3"), sender, &CancellationToken::new()).await;
    assert_eq!(outcome.end, End::Exited(3));
}

#[tokio::test]
async fn input_is_fed_and_then_ends() {
    let mut spec = shell("exec wc -c");
    spec.stdin = Input::Bytes(Bytes::from(vec![b'x'; 300_000]));
    assert_eq!(String::from_utf8(done(&spec).await.stdout).unwrap().trim(), "300000");
    spec.program = Program::Shell("exit 0".into());
    assert!(done(&spec).await.outcome.end.is_success(), "a program need not read its input");
}

#[tokio::test]
async fn an_input_that_is_kept_open_ends_with_the_program_only() {
    let mut spec = shell("read line; echo \"$line\"; exec 3<&0; (cat <&3; echo end) & sleep 0.2; kill $!");
    spec.stdin = Input::Open(Bytes::from_static(b"hello\n"));
    let ran = done(&spec).await;
    assert_eq!(ran.stdout, b"hello\n");
    assert!(ran.outcome.took < Duration::from_secs(3), "{:?}", ran.outcome);
}

#[tokio::test]
async fn a_child_sees_its_own_environment_only() {
    let mut spec = ProcessSpec::new(Program::argv(["env"]), "/");
    spec.env = Environment::empty();
    spec.env.set("PATH", "/usr/bin:/bin").set("ONLY", "this");
    spec.mark = "mark".into();
    let text = String::from_utf8(done(&spec).await.stdout).unwrap();
    let mut names: Vec<&str> = text.lines().filter_map(|l| l.split('=').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ONLY", "PATH", "SEATRIAL_PROCESS"]);
}

#[tokio::test]
async fn a_child_has_no_terminal_to_ask_questions_on() {
    let ran = done(&shell("if (: </dev/tty) 2>/dev/null; then echo terminal; else echo none; fi")).await;
    assert_eq!(ran.stdout, b"none\n");
}

#[tokio::test]
async fn a_timeout_ends_grandchildren_that_ignore_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap '' TERM; (trap '' TERM; echo $$ > inner; sleep 1000 & echo $! > pid; wait) & wait";
    let mut spec = shell(script);
    spec.cwd = folder.path().to_owned();
    spec.timeout = Some(Duration::from_millis(300));
    spec.grace = Duration::from_millis(200);
    let outcome = done(&spec).await.outcome;
    assert_eq!(outcome.end, End::TimedOut { limit: Duration::from_millis(300), forced: true });
    assert!(outcome.took < Duration::from_secs(5));
    let pid = pid_in(&folder.path().join("pid")).unwrap();
    soon("the grandchild is gone", || !runs(pid)).await;
}

#[tokio::test]
async fn a_cancelled_process_may_clean_up_and_its_last_words_are_kept() {
    let cancel = CancellationToken::new();
    let folder = tempfile::tempdir().unwrap();
    let mut spec = shell("trap 'echo bye; exit 0' TERM; echo up > ready; while :; do sleep 0.05; done");
    spec.cwd = folder.path().to_owned();
    let stop = async {
        soon("it is up", || folder.path().join("ready").exists()).await;
        cancel.cancel();
    };
    let (ran, ()) = tokio::join!(ran(&spec, &cancel), stop);
    assert_eq!(ran.outcome.end, End::Cancelled { forced: false });
    assert_eq!(ran.stdout, b"bye\n");
}

#[tokio::test]
async fn what_was_cancelled_before_its_start_never_runs() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let folder = tempfile::tempdir().unwrap();
    let mut spec = shell("touch ran");
    spec.cwd = folder.path().to_owned();
    assert_eq!(ran(&spec, &cancel).await.outcome.end, End::Cancelled { forced: false });
    assert!(!folder.path().join("ran").exists());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn cancelling_reaches_a_daemon_that_left_the_session() {
    let cancel = CancellationToken::new();
    let folder = tempfile::tempdir().unwrap();
    let mut spec = shell("setsid sh -c 'echo $$ > pid; exec sleep 1000' & wait");
    spec.cwd = folder.path().to_owned();
    spec.grace = Duration::from_millis(500);
    let file = folder.path().join("pid");
    let stop = async {
        soon("the daemon is up", || pid_in(&file).is_some()).await;
        cancel.cancel();
    };
    let _ = tokio::join!(ran(&spec, &cancel), stop);
    let pid = pid_in(&file).unwrap();
    soon("the daemon is gone", || !runs(pid)).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn background_jobs_left_behind_are_ended_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = shell("sleep 1000 & echo $! > pid; echo done");
    spec.cwd = folder.path().to_owned();
    let ran = done(&spec).await;
    assert_eq!((ran.outcome.end, ran.outcome.left_behind), (End::Exited(0), 1));
    assert_eq!(ran.stdout, b"done\n");
    let pid = pid_in(&folder.path().join("pid")).unwrap();
    soon("the job is gone", || !runs(pid)).await;
}

#[tokio::test]
async fn lines_that_a_background_job_writes_right_after_the_end_are_kept() {
    let ran = done(&shell("(sleep 0.1; echo tail) & echo head")).await;
    assert_eq!(ran.stdout, b"head\ntail\n");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn dropping_the_run_kills_everything() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = shell("trap '' TERM; echo $$ > pid; sleep 1000");
    spec.cwd = folder.path().to_owned();
    let file = folder.path().join("pid");
    let (sender, _receiver) = mpsc::channel(1);
    let cancel = CancellationToken::new();
    tokio::select! {
        outcome = run(&spec, sender, &cancel) => panic!("ended by itself: {outcome:?}"),
        () = soon("it is up", || pid_in(&file).is_some()) => {}
    }
    let pid = pid_in(&file).unwrap();
    soon("it is gone", || !runs(pid)).await;
}

#[tokio::test]
async fn a_foreign_signal_is_told_apart_from_ours() {
    assert_eq!(done(&shell("kill -9 $$")).await.outcome.end, End::Signalled(9));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn processor_time_is_measured() {
    let spec = shell("i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done");
    assert!(done(&spec).await.outcome.cpu.unwrap() >= Duration::from_millis(20));
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str, mode: u32| {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    write("plain", "echo", 0o644);
    write("lost", "#!/no/such/interpreter\n", 0o755);
    let start = async |program: &str, cwd: &Path| {
        let spec = ProcessSpec::new(Program::argv([program]), cwd);
        match done(&spec).await.outcome.end {
            End::CouldNotStart(error) => error,
            end => panic!("{program}: {end:?}"),
        }
    };
    let here = folder.path();
    assert!(matches!(start("no-such-program", here).await, StartError::NotFound { .. }));
    assert!(matches!(start("./plain", here).await, StartError::NotExecutable { .. }));
    assert!(matches!(start("./lost", here).await, StartError::InterpreterNotFound { .. }));
    assert!(matches!(start("true", &here.join("gone")).await, StartError::FolderGone { .. }));
    let long = ProcessSpec::new(Program::argv(["true".to_owned(), "x".repeat(200_000)]), here);
    assert!(matches!(done(&long).await.outcome.end, End::CouldNotStart(StartError::TooLong { .. })));
    let none = ProcessSpec::new(Program::Argv(Vec::new()), here);
    assert_eq!(done(&none).await.outcome.end, End::CouldNotStart(StartError::Empty));
}

#[tokio::test]
async fn a_short_question_gets_its_answer() {
    let answer = capture(Capture::new(["sh", "-c", "echo yes; echo no >&2; exit 4"], "/")).await.unwrap();
    assert_eq!((answer.code, answer.text(), answer.error_text()), (4, "yes".into(), "no".into()));
}

#[tokio::test]
async fn a_question_that_is_never_answered_or_without_end_is_given_up() {
    let mut slow = Capture::new(["sleep", "1000"], "/");
    slow.deadline = Duration::from_millis(100);
    assert!(matches!(capture(slow).await, Err(CaptureError::TimedOut { .. })));
    let mut endless = Capture::new(["yes"], "/");
    endless.limit = 1000;
    let error = capture(endless).await.unwrap_err();
    assert_eq!(error, CaptureError::TooMuch { program: "yes".into(), limit: 1000 });
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_detached_program_is_known_by_its_identity_until_it_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("worker.log");
    let spec = DetachedSpec {
        argv: ["sh", "-c", "echo started; exec sleep 1000"].map(Into::into).to_vec(),
        cwd: folder.path().to_owned(),
        env: Environment::for_tools(),
        log: Some(log.clone()),
    };
    let worker = spawn_detached(&spec).unwrap();
    soon("it wrote to its log", || std::fs::read(&log).is_ok_and(|text| text == b"started\n")).await;
    assert!(is_alive(&worker));
    let stat = procfs::Stat::of(worker.pid).unwrap();
    assert_eq!(stat.session, worker.pid, "it has a session of its own");
    assert!(end(&worker));
    soon("it is gone", || !is_alive(&worker)).await;
    assert!(!end(&worker));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_killed_worker_left_running_is_found_by_its_mark() {
    let mut env = Environment::for_steps();
    let mark = uuid::Uuid::now_v7().to_string();
    env.set(group::MARK, &mark);
    let argv = ["sleep", "1000"].map(Into::into).to_vec();
    let orphan = spawn_detached(&DetachedSpec { argv, cwd: "/".into(), env, log: None }).unwrap();
    assert_eq!(end_marked(&mark), 1);
    soon("it is gone", || !is_alive(&orphan)).await;
    assert_eq!(end_marked(&mark), 0);
}
