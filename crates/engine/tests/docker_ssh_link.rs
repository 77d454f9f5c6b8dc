//! Links over a real SSH server: scripts, forwarded addresses, and what goes wrong.
#![expect(clippy::unwrap_used, reason = "test code")]

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use seatrial_engine::process::{Capture, capture};
use seatrial_engine::ssh::{
    ChangedKey, Link, LinkCause, LinkSettings, RemoteAddress, Script, SshHost, accept, entrance,
    first_contact, known_aliases, resolved,
};
use support::eventually;
use support::sshd::{Relay, Sshd, signal, sockets};

const SOON: Duration = Duration::from_secs(10);
/// H3: within this a dead link is noticed.
const NOTICED: Duration = Duration::from_secs(20);

/// What a person runs to let the key of the server be new.
fn forgetting(sshd: &Sshd) -> Option<String> {
    let file = sshd.settings.known_hosts.display().to_string();
    Some(format!("ssh-keygen -f {file} -R testhost"))
}

fn cause<T: std::fmt::Debug>(outcome: Result<T, seatrial_engine::ssh::LinkError>) -> LinkCause {
    outcome.unwrap_err().cause
}

#[tokio::test]
async fn a_script_runs_with_its_arguments_and_data_and_its_status_comes_back() {
    let sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let script = Script::new("printf '%s|' \"$@\"; cat; echo oh >&2; exit 255").arg("a b").arg("'$(id)'\n");
    let output = link.run(&script, b"data\0\n", SOON).await.unwrap();
    assert_eq!(output.status, 255, "a script may end as ssh does when the connection is lost");
    assert_eq!(output.stdout, b"a b|'$(id)'\n|data\0\n");
    assert_eq!(output.error_text(), "oh");
}

#[test]
fn h5_any_bytes_arrive_through_every_shell_and_every_login_shell() {
    let sshd = Sshd::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let links: Vec<Link> = ["dash", "bash", "busybox", "fish", "noisy"]
        .map(|login| runtime.block_on(sshd.link(login)).unwrap())
        .into();
    let any_bytes = prop::collection::vec(prop::collection::vec(1_u8.., 0..60), 0..40);
    let data = prop::collection::vec(any::<u8>(), 0..20_000);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) };
    proptest!(config, |(arguments in any_bytes, data in data)| {
        let mut script = Script::new("for word do printf '%s\\0' \"$word\"; done; cat");
        for argument in &arguments {
            script = script.arg(argument);
        }
        let mut expected: Vec<u8> = arguments.iter().flat_map(|word| word.iter().copied().chain([0])).collect();
        expected.extend_from_slice(&data);
        for link in &links {
            let output = runtime.block_on(link.run(&script, &data, SOON)).unwrap();
            prop_assert!(output.stdout == expected && output.status == 0 && output.stderr.is_empty(), "{link:?} {output:?}");
        }
    });
}

#[tokio::test]
async fn h4_links_processes_and_concurrent_callers_share_one_connection() {
    let sshd = Sshd::start();
    let relay = Relay::to(sshd.port);
    sshd.configure(relay.port);
    let host = Sshd::host("plain");
    let open = || Link::open(&host, &sshd.settings);
    let links = futures_util::future::join_all((0..8).map(|_| open())).await;
    let calls = links.iter().flat_map(|link| {
        let link = link.as_ref().unwrap();
        (0..4).map(|_| async { link.run(&Script::new("sleep 0.2; echo ok"), b"", SOON).await })
    });
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.unwrap().text(), "ok");
    }
    assert_eq!(relay.taken.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_server_that_hangs_up_at_once_is_asked_again_and_told_when_it_stays_so() {
    let sshd = Sshd::start();
    let relay = Relay::busy(sshd.port, 2);
    sshd.configure(relay.port);
    let link = sshd.link("plain").await.unwrap();
    assert_eq!(link.run(&Script::new("echo in"), b"", SOON).await.unwrap().text(), "in");
    assert_eq!(relay.taken.load(std::sync::atomic::Ordering::SeqCst), 3);
    let always = Relay::busy(sshd.port, usize::MAX);
    sshd.configure(always.port);
    link.close().await.unwrap();
    let error = sshd.link("plain").await.unwrap_err();
    assert!(error.cause == LinkCause::TurnedAway && !error.outcome_unknown(), "{error:?}");
}

#[tokio::test]
async fn sockets_lie_in_a_folder_of_ours_alone_and_an_unused_connection_ends() {
    let mut sshd = Sshd::start();
    sshd.settings.persist = Duration::from_secs(1);
    let link = sshd.link("plain").await.unwrap();
    let folder = sockets(&sshd);
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    eventually("the connection ends", || async { sshd.connections().is_empty().then_some(()) }).await;
    assert_eq!(link.run(&Script::new("echo again"), b"", SOON).await.unwrap().text(), "again");
    link.close().await.unwrap();
    eventually("the connection is closed", || async { sshd.connections().is_empty().then_some(()) }).await;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
    assert_eq!(cause(sshd.link("plain").await), LinkCause::FolderNotOurs { path: folder });
}

#[tokio::test]
async fn a_unix_socket_and_a_port_of_the_host_are_reached_and_reused() {
    let mut sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let path = sshd.folder.path().join("service");
    let unix = UnixListener::bind(&path).unwrap();
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    std::thread::spawn(move || {
        unix.incoming().for_each(|stream| stream.unwrap().write_all(b"unix").unwrap())
    });
    std::thread::spawn(move || tcp.incoming().for_each(|stream| stream.unwrap().write_all(b"tcp").unwrap()));
    let addresses =
        [(RemoteAddress::Unix(path), "unix"), (RemoteAddress::Tcp("127.0.0.1".into(), port), "tcp")];
    let mut first = Vec::new();
    for (address, says) in &addresses {
        let local = link.forward(address).await.unwrap();
        assert_eq!(fs::metadata(&local).unwrap().permissions().mode() & 0o077, 0);
        assert_eq!(hear(&local), *says);
        let before = Instant::now();
        assert_eq!(link.forward(address).await.unwrap(), local);
        assert!(before.elapsed() < Duration::from_millis(50), "{:?}", before.elapsed());
        first.push(local);
    }
    // After the connection was lost, the same path leads there again.
    sshd.restart();
    eventually("the death is noticed", || async { UnixStream::connect(&first[0]).is_err().then_some(()) })
        .await;
    for ((address, says), local) in addresses.iter().zip(&first) {
        assert_eq!(&link.forward(address).await.unwrap(), local);
        assert_eq!(hear(local), *says);
    }
    let nobody = link.forward(&RemoteAddress::Tcp("127.0.0.1".into(), support::free_port())).await.unwrap();
    assert_eq!(hear(&nobody), "", "nobody listens there: connected and closed");
}

fn hear(socket: &std::path::Path) -> String {
    let mut text = String::new();
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let _ = stream.read_to_string(&mut text);
    text
}

#[tokio::test]
async fn each_way_to_fail_has_its_own_cause() {
    let mut sshd = Sshd::start();
    assert_eq!(cause(sshd.link("lost").await), LinkCause::Refused);
    let named = |name: &str| SshHost::new(None, name, None).unwrap();
    let direct = LinkSettings { config: Some("/dev/null".into()), ..sshd.settings.clone() };
    assert_eq!(cause(Link::open(&named("no.such.host.invalid"), &direct).await), LinkCause::NameNotFound);
    let stranger = Link::open(&named("unknown"), &sshd.settings).await;
    assert_eq!(cause(stranger), LinkCause::PermissionDenied { methods: vec!["publickey".into()] });

    let closed = sshd.link("closed").await.unwrap();
    let refused = closed.run(&Script::new("echo no"), b"", SOON).await;
    assert_eq!(cause(refused), LinkCause::NoShell { status: 1 });

    let link = sshd.link("plain").await.unwrap();
    let killed = link.run(&Script::new("kill -9 $$"), b"", SOON).await;
    assert_eq!(cause(killed), LinkCause::ShellEnded { status: 255 });
    let slow = link.run(&Script::new("sleep 30"), b"", Duration::from_millis(300)).await.unwrap_err();
    assert!(slow.outcome_unknown() && matches!(slow.cause, LinkCause::DeadlinePassed { .. }), "{slow:?}");
    let endless = link.run(&Script::new("yes").limit(10_000), b"", SOON).await;
    assert_eq!(cause(endless), LinkCause::TooMuch { limit: 10_000 });
    assert_eq!(link.run(&Script::new("echo still"), b"", SOON).await.unwrap().text(), "still");

    let broken = sshd.folder.path().join("broken");
    fs::write(&broken, "Host x\n  Hots y\n").unwrap();
    let settings = LinkSettings { config: Some(broken), ..sshd.settings.clone() };
    assert_eq!(cause(Link::open(&named("x"), &settings).await), LinkCause::Configuration);

    fs::remove_file(&sshd.settings.known_hosts).unwrap();
    link.close().await.unwrap();
    assert_eq!(cause(sshd.link("plain").await), LinkCause::KeyUnknown);
    sshd.know_host();
    let known = Some(sshd.fingerprint());
    sshd.change_host_key();
    let offered = Some(sshd.fingerprint());
    assert_eq!(
        cause(sshd.link("plain").await),
        LinkCause::KeyChanged(Box::new(ChangedKey { known, offered, forget: forgetting(&sshd) }))
    );
}

#[tokio::test]
async fn a_server_with_too_few_sessions_is_waited_for_and_one_without_any_is_told() {
    let few = Sshd::with("MaxSessions 2\n");
    let link = few.link("plain").await.unwrap();
    let calls = (0..4).map(|_| async { link.run(&Script::new("sleep 0.3; echo ok"), b"", SOON).await });
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.unwrap().text(), "ok");
    }
    let none = Sshd::with("MaxSessions 0\n");
    let link = none.link("plain").await.unwrap();
    assert_eq!(cause(link.run(&Script::new("true"), b"", SOON).await), LinkCause::SessionRefused);
}

#[tokio::test]
async fn scripts_that_follow_each_other_find_a_shell_that_waits_and_those_left_go_away() {
    let sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let shell = || async { link.run(&Script::new("echo $$"), b"", SOON).await.unwrap().text() };
    for _ in 0..3 {
        let found = || async {
            shell().await;
            let waiting = sshd.shells();
            waiting.contains(&shell().await).then_some(())
        };
        eventually("a script comes to a shell that was there before", found).await;
    }
    eventually("nobody waits for long", || async { sshd.shells().is_empty().then_some(()) }).await;
    assert_eq!(link.run(&Script::new("echo still"), b"", SOON).await.unwrap().text(), "still");
}

#[tokio::test]
async fn a_shell_that_waited_on_a_connection_that_is_gone_is_sent_nothing() {
    let mut sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    for round in 0..3 {
        for _ in 0..3 {
            assert_eq!(link.run(&Script::new("echo in"), b"", SOON).await.unwrap().text(), "in", "{round}");
        }
        sshd.restart();
    }
}

#[tokio::test]
async fn a_lost_connection_is_told_from_a_failed_script_and_opened_again_by_the_next_call() {
    let mut sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let begun = sshd.folder.path().join("begun");
    let script = Script::new(": > \"$1\"; sleep 60").arg(begun.as_os_str().as_encoded_bytes());
    let restarted = async {
        eventually("the script runs", || async { begun.exists().then_some(()) }).await;
        sshd.restart();
    };
    let (lost, ()) = tokio::join!(link.run(&script, b"", Duration::from_secs(60)), restarted);
    let lost = lost.unwrap_err();
    assert!(lost.cause == LinkCause::Lost && lost.outcome_unknown(), "{lost:?}");
    assert_eq!(link.run(&Script::new("echo back"), b"", SOON).await.unwrap().text(), "back");
}

#[tokio::test(flavor = "multi_thread")]
async fn h3_a_cut_link_is_noticed_within_twenty_seconds_in_every_state() {
    let sshd = Sshd::start();
    let relay = Relay::to(sshd.port);
    sshd.configure(relay.port);
    let running = sshd.link("plain").await.unwrap();
    let silent = sshd.folder.path().join("silent");
    let _listener = UnixListener::bind(&silent).unwrap();
    let forwarded = running.forward(&RemoteAddress::Unix(silent)).await.unwrap();
    let begun = sshd.folder.path().join("begun");
    let script = Script::new(": > \"$1\"; sleep 60").arg(begun.as_os_str().as_encoded_bytes());
    let cut = async {
        eventually("the script runs", || async { begun.exists().then_some(()) }).await;
        relay.be_silent(true);
        Instant::now()
    };
    // A script under way, one that begins afterwards, a connection through a forwarded address.
    let during = running.run(&script, b"", Duration::from_secs(60));
    let after = async {
        let since = cut.await;
        let waiting = tokio::task::spawn_blocking(move || {
            let mut stream = UnixStream::connect(forwarded).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            let _ = stream.read(&mut [0]);
            since.elapsed()
        });
        let started = running.run(&Script::new("true"), b"", Duration::from_secs(60)).await;
        (since, started, waiting.await.unwrap())
    };
    let (during, (since, started, waited)) = tokio::join!(during, after);
    let noticed = since.elapsed();
    assert_eq!((cause(during), cause(started)), (LinkCause::Lost, LinkCause::Lost));
    println!("noticed by scripts after {noticed:?}, by a forwarded connection after {waited:?}");
    assert!(noticed <= NOTICED + Duration::from_secs(1) && waited <= NOTICED + Duration::from_secs(1));

    // Opening over a way that takes connections and says nothing.
    let before = Instant::now();
    assert_eq!(cause(running.run(&Script::new("true"), b"", SOON).await), LinkCause::TimedOut);
    println!("opening given up after {:?}", before.elapsed());
    assert!(before.elapsed() <= NOTICED);
    relay.be_silent(false);
    assert_eq!(running.run(&Script::new("echo back"), b"", SOON).await.unwrap().text(), "back");
}

#[tokio::test]
async fn a_connection_whose_process_hangs_is_replaced_after_a_deadline() {
    let sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let server = sshd.connections();
    let control = fs::read_dir(sockets(&sshd)).unwrap().flatten().map(|entry| entry.path());
    let control = control.into_iter().find(|path| path.extension().is_some_and(|e| e == "c")).unwrap();
    let told =
        std::process::Command::new("ssh").args(["-O", "check", "-S"]).arg(control).arg("x").output().unwrap();
    let told = String::from_utf8(told.stderr).unwrap();
    let master: u32 = told.split(['=', ')']).nth(1).unwrap().parse().unwrap();
    signal(master, "STOP");
    let hung = link.run(&Script::new("true"), b"", Duration::from_millis(500)).await;
    assert!(matches!(cause(hung), LinkCause::DeadlinePassed { .. }));
    assert_eq!(link.run(&Script::new("echo other"), b"", SOON).await.unwrap().text(), "other");
    assert!(sshd.connections().len() > server.len());
    signal(master, "KILL");
}

#[tokio::test]
async fn d17_dropping_a_call_ends_the_local_program_and_all_of_the_script() {
    let sshd = Sshd::start();
    let link = sshd.link("plain").await.unwrap();
    let ours = || {
        let home = sshd.folder.path().to_string_lossy().into_owned();
        let all = fs::read_dir("/proc").unwrap().flatten();
        let lines = all.filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok());
        lines.filter(|line| line.contains(&home) && line.contains("exec /bin/sh -s")).count()
    };
    let pid = sshd.folder.path().join("pid");
    let script = Script::new("sleep 60 & echo $! >\"$1\"; wait").arg(pid.as_os_str().as_encoded_bytes());
    tokio::select! {
        answer = link.run(&script, b"", Duration::from_secs(60)) => panic!("{answer:?}"),
        () = eventually("it runs", || async { (ours() > 0 && number(&pid).is_some()).then_some(()) }) => {}
    }
    let there = std::path::Path::new("/proc").join(number(&pid).unwrap()).join("cmdline");
    // One that ended and that nobody has asked about yet has no words any more.
    let gone = || fs::read(&there).map_or(true, |words| words.is_empty());
    eventually("what it has started on the host is gone", || async { gone().then_some(()) }).await;
    eventually("it is gone", || async { (ours() == 0).then_some(()) }).await;
}

fn number(file: &std::path::Path) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.ends_with('\n').then(|| text.trim().to_owned())
}

#[tokio::test]
async fn h1_first_contact_shows_the_key_and_a_changed_one_is_a_hard_stop() {
    let mut sshd = Sshd::start();
    fs::remove_file(&sshd.settings.known_hosts).unwrap();
    let host = Sshd::host("plain");
    let keys = first_contact(&host, &sshd.settings).await.unwrap();
    let shown: Vec<_> = keys.keys().iter().map(|key| (key.kind.as_str(), key.fingerprint.clone())).collect();
    assert_eq!(shown, [("ssh-ed25519", sshd.fingerprint())]);
    assert!(!keys.known() && !sshd.settings.known_hosts.exists(), "nothing is remembered without a yes");
    accept(&keys, &sshd.settings).await.unwrap();
    assert!(first_contact(&host, &sshd.settings).await.unwrap().known());
    sshd.link("plain").await.unwrap().close().await.unwrap();

    let known = Some(sshd.fingerprint());
    sshd.change_host_key();
    let offered = Some(sshd.fingerprint());
    let changed = LinkCause::KeyChanged(Box::new(ChangedKey { known, offered, forget: forgetting(&sshd) }));
    assert_eq!(cause(first_contact(&host, &sshd.settings).await), changed);
    assert_eq!(cause(first_contact(&Sshd::host("lost"), &sshd.settings).await), LinkCause::Refused);
}

#[tokio::test]
async fn aliases_are_resolved_as_ssh_does_and_jumps_are_followed() {
    let sshd = Sshd::start();
    let config = sshd.settings.config.clone().unwrap();
    let text = fs::read_to_string(&config).unwrap();
    let behind = format!(
        "Host behind\n  IdentityFile {}\n  ProxyJump plain\n  User nobody\n",
        sshd.folder.path().join("plain").display()
    );
    // The jump itself is an ssh of its own, by the user's configuration.
    let jump = format!("  UserKnownHostsFile {}\n", sshd.settings.known_hosts.display());
    let text = text.replace("Host plain\n", &format!("Host plain\n{jump}"));
    fs::write(&config, format!("{behind}{text}")).unwrap();
    let names: Vec<String> = known_aliases(Some(&config)).iter().map(|host| host.host().to_owned()).collect();
    assert_eq!(names[..3], ["behind", "lost", "plain"]);
    let found = resolved(&Sshd::host("behind"), &sshd.settings).await.unwrap();
    assert_eq!(
        (found.hostname.as_str(), found.port, found.user.as_str()),
        ("127.0.0.1", sshd.port, "nobody")
    );
    assert_eq!(found.proxy_jump.as_deref(), Some("plain"));
    fs::remove_file(&sshd.settings.known_hosts).unwrap();
    let refused = first_contact(&Sshd::host("behind"), &sshd.settings).await;
    assert!(refused.is_err(), "a jump host has to be known first");
    sshd.know_host();
    let keys = first_contact(&Sshd::host("behind"), &sshd.settings).await.unwrap();
    assert_eq!(keys.keys()[0].fingerprint, sshd.fingerprint());
}

#[tokio::test]
async fn what_opening_and_calls_take() {
    let sshd = Sshd::start();
    let started = Instant::now();
    let link = sshd.link("plain").await.unwrap();
    println!("opening: {:?}", started.elapsed());
    let started = Instant::now();
    for _ in 0..20 {
        link.run(&Script::new("true"), b"", SOON).await.unwrap();
    }
    println!("a script: {:?}", started.elapsed() / 20);
    let address = RemoteAddress::Tcp("127.0.0.1".into(), sshd.port);
    let started = Instant::now();
    link.forward(&address).await.unwrap();
    println!("forwarding: {:?}", started.elapsed());
    let started = Instant::now();
    for _ in 0..100 {
        link.forward(&address).await.unwrap();
    }
    println!("forwarding again: {:?}", started.elapsed() / 100);
}

#[tokio::test]
async fn a_person_comes_in_by_our_settings_and_words_arrive_through_every_login_shell() {
    let sshd = Sshd::start();
    let given = ["printf", "%s|", "a b", "it's", "$HOME", "back\\slash\\", "", "*", "\"", "-n", "~;#&"];
    let command = given.map(str::to_owned);
    for login in ["plain", "fish", "noisy"] {
        let words = entrance(&Sshd::host(login), &sshd.settings, &command, false).await.unwrap();
        let answer = capture(Capture::new(words, "/")).await.unwrap();
        let text = answer.text();
        assert!(
            text.ends_with(&format!("{}|", given[2..].join("|"))),
            "{login}: {text} {}",
            answer.error_text()
        );
    }
    let words = entrance(&Sshd::host("plain"), &sshd.settings, &["exit 7".into()], false).await.unwrap();
    assert_eq!(
        capture(Capture::new(words, "/")).await.unwrap().code,
        127,
        "one word is one word, and no line"
    );
    let words = ["sh", "-c", "exit 7"].map(str::to_owned);
    let words = entrance(&Sshd::host("plain"), &sshd.settings, &words, false).await.unwrap();
    assert_eq!(capture(Capture::new(words, "/")).await.unwrap().code, 7, "the status comes back");
}

#[tokio::test]
async fn a_person_is_not_let_in_where_the_hosts_key_is_another_one() {
    let mut sshd = Sshd::start();
    sshd.change_host_key();
    let words = entrance(&Sshd::host("plain"), &sshd.settings, &["true".into()], false).await.unwrap();
    let answer = capture(Capture::new(words, "/")).await.unwrap();
    assert_eq!(answer.code, 255, "{}", answer.error_text());
}
