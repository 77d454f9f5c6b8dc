//! The hosts themselves: what tests on them take for granted.

use seatrial_tests::{Testbed, until};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn three_hosts_answer_ssh_as_deploy_and_run_docker_info() {
    let testbed = Testbed::find();
    let mut engines = Vec::new();
    for number in 1..=3 {
        let host = testbed.host(number);
        let name = testbed.ssh(&host, "deploy", "id -un; docker info --format '{{.Name}}'").expect(0);
        assert_eq!(name.stdout, format!("deploy\n{}\n", host.name));
        engines.push(testbed.ssh(&host, "deploy", "docker info --format '{{.ID}}'").expect(0).stdout);
    }
    engines.sort();
    engines.dedup();
    assert_eq!(engines.len(), 3, "each host has an engine of its own: {engines:?}");
}

#[test]
fn the_base_images_are_on_every_host_and_run() {
    let testbed = Testbed::find();
    for number in 1..=3 {
        let host = testbed.host(number);
        for (image, command) in [
            ("busybox:1", "echo ran"),
            ("caddy:2", "caddy version"),
            ("python:3-slim", "python3 -c 'print(1)'"),
        ] {
            let run = format!("docker run --rm --pull never {image} {command}");
            assert!(!testbed.ssh(&host, "deploy", &run).expect(0).stdout.is_empty(), "{image}");
        }
    }
}

#[test]
fn users_differ_in_what_they_may_do_and_in_what_their_shell_says() {
    let testbed = Testbed::find();
    let host = testbed.host(1);
    assert_eq!(testbed.ssh(&host, "root", "id -un").expect(0).stdout, "root\n");
    assert_ne!(testbed.ssh(&host, "nodocker", "docker info").status, 0);
    let greeted = testbed.ssh(&host, "banner", "echo ready").expect(0).stdout;
    assert!(greeted.ends_with("\nready\n") && greeted.starts_with("Welcome"), "{greeted}");
    assert_eq!(testbed.ssh(&host, "nobody", "true").status, 255);
}

#[test]
fn a_cut_host_is_unreachable_and_healing_brings_it_back() {
    let testbed = Testbed::find();
    let (cut, other) = (testbed.host(1), testbed.host(2));
    testbed.cut(&cut);
    assert_eq!(testbed.ssh(&cut, "deploy", "true").status, 255);
    testbed.ssh(&other, "deploy", "true").expect(0);
    testbed.exec(&cut, "docker info").expect(0);
    testbed.heal(&cut);
    until("a healed host answers", SOON, || (testbed.ssh(&cut, "deploy", "true").status == 0).then_some(()));
}

#[test]
fn power_off_and_on_keeps_the_disks_content_and_ends_what_ran() {
    let testbed = Testbed::find();
    let host = testbed.host(2);
    testbed.ssh(&host, "deploy", "echo kept >~/note").expect(0);
    let start = "docker run -d --pull never --name power-test busybox:1 sleep 1000";
    testbed.ssh(&host, "deploy", start).expect(0);
    testbed.poweroff(&host);
    assert_eq!(testbed.ssh(&host, "deploy", "true").status, 255);
    assert_ne!(testbed.exec(&host, "true").status, 0);
    testbed.poweron(&host);
    assert_eq!(testbed.ssh(&host, "deploy", "cat ~/note").expect(0).stdout, "kept\n");
    let running = "docker inspect --format '{{.State.Running}}' power-test && docker rm power-test";
    assert_eq!(testbed.ssh(&host, "deploy", running).expect(0).stdout, "false\npower-test\n");
}

#[test]
fn a_killed_engine_is_gone_until_it_is_started_and_ssh_stays() {
    let testbed = Testbed::find();
    let host = testbed.host(3);
    testbed.engine_kill(&host);
    assert_ne!(testbed.ssh(&host, "deploy", "docker info").status, 0);
    testbed.ssh(&host, "deploy", "true").expect(0);
    testbed.engine_start(&host);
    testbed.ssh(&host, "deploy", "docker info").expect(0);
}

#[test]
fn a_slow_host_takes_its_time_and_a_calm_one_does_not() {
    let testbed = Testbed::find();
    let host = testbed.host(1);
    // 1 MiB takes about 4 s at 2 Mbit/s.
    let take = || {
        let started = Instant::now();
        testbed.ssh(&host, "deploy", "head -c 1048576 /dev/zero").expect(0);
        started.elapsed()
    };
    testbed.slow(&host, "2mbit");
    let slow = take();
    assert!(slow > Duration::from_secs(3), "{slow:?}");
    testbed.calm(&host);
    let calm = take();
    assert!(calm < Duration::from_secs(3), "{calm:?}");
}

#[test]
fn a_swapped_key_is_another_key_which_ssh_refuses_and_swapping_again_brings_the_first_back() {
    let testbed = Testbed::find();
    let host = testbed.host(3);
    let key = || testbed.exec(&host, "cat /etc/ssh/ssh_host_ed25519_key.pub").expect(0).stdout;
    let first = key();
    testbed.swap_key(&host);
    assert_ne!(key(), first);
    let refused = testbed.ssh(&host, "deploy", "true");
    assert_eq!(refused.status, 255);
    refused.says(&["REMOTE HOST IDENTIFICATION HAS CHANGED"]);
    testbed.swap_key(&host);
    assert_eq!(key(), first);
    testbed.ssh(&host, "deploy", "true").expect(0);
}

#[test]
fn what_one_test_broke_is_mended_for_the_next() {
    let testbed = Testbed::find();
    testbed.cut(&testbed.host(1));
    testbed.poweroff(&testbed.host(2));
    testbed.swap_key(&testbed.host(3));
    testbed.engine_kill(&testbed.host(3));
    let testbed = Testbed::find();
    for number in 1..=3 {
        let host = testbed.host(number);
        until("a mended host answers", SOON, || {
            (testbed.ssh(&host, "deploy", "docker info").status == 0).then_some(())
        });
    }
}
