//! `cargo xtask testbed`: hosts with ssh and Docker on this one machine, to deploy to and to break.
//!
//! A host is a set of namespaces with a disk, an address, an sshd and a Docker engine of its own; it shares only the kernel
//! and `/usr` (read-only) with this machine.

mod access;
mod disk;
mod host;
mod leftovers;
mod lifeline;
mod network;
mod state;

use crate::failure::{Failure, Outcome};
use crate::machine::{self, System};
use crate::packages;
use crate::tools;
use crate::workspace;
use host::Host;
use std::thread;
use std::time::Instant;

pub(crate) use lifeline::Lifeline;
pub(crate) use state::STATE;

/// What hosts are made of, and are reached with. fish is a login shell of one of their users; a test gives one sudo.
pub(crate) const PACKAGES: [&str; 8] =
    ["openssh-server", "openssh-client", "iproute2", "e2fsprogs", "util-linux", "iptables", "fish", "sudo"];
const DEFAULT_HOSTS: u8 = 3;

const USAGE: &str = "\
cargo xtask testbed COMMAND

  up [N]                          N hosts (3): h1 at 10.77.0.11, h2 at 10.77.0.12, …
  down                            takes everything away
  status                          what there is
  exec HOST COMMAND…              runs a command on a host as root
  ssh-config                      a configuration for `ssh -F`; users: deploy, root, nodocker, banner, fish
  cut HOST | heal HOST            pulls the network cable, plugs it in again
  poweroff HOST | poweron HOST    pulls the plug, starts again with the same disk
  engine-kill HOST | engine-start HOST
  slow HOST RATE | calm HOST      limits its network to a rate such as 20mbit, and no more
  swap-key HOST                   another host key, and the first one again
  mend                            undoes all of these on every host; disks keep their content
";

/// Carries out one command.
pub(crate) fn run(words: &[&str]) -> Outcome {
    match words {
        ["up"] => up(DEFAULT_HOSTS),
        ["up", count] => up(parse_count(count)?),
        ["down"] => down(),
        ["status"] => status(),
        [lifeline::COMMAND] => lifeline::hold(),
        ["mend"] => mend(),
        ["ssh-config"] => access::print_ssh_config(),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        ["exec", host, command @ ..] if !command.is_empty() => {
            require_root()?;
            Err(state::host(host)?.inside(command)?.replace())
        }
        ["slow", host, rate] => {
            require_root()?;
            network::slow(&state::host(host)?, rate)
        }
        [command, host] => on_host(command, host),
        other => Err(no_command(other)),
    }
}

fn on_host(command: &str, host: &str) -> Outcome {
    let act: fn(&Host) -> Outcome = match command {
        "cut" => |host| network::set_connected(host, false),
        "heal" => |host| network::set_connected(host, true),
        "poweroff" => power_off,
        "poweron" => power_on,
        "engine-kill" => Host::kill_engine,
        "engine-start" => Host::start_engine,
        "calm" => network::calm,
        "swap-key" => access::swap_key,
        _ => return Err(no_command(&[command, host])),
    };
    require_root()?;
    act(&state::host(host)?)
}

fn no_command(words: &[&str]) -> Failure {
    Failure::new(format!("`cargo xtask testbed {}` is not a command", words.join(" "))).hint(USAGE)
}

fn parse_count(text: &str) -> Outcome<u8> {
    let count = text.parse().ok().filter(|count| (1..=Host::MOST).contains(count));
    count.ok_or_else(|| Failure::new(format!("`{text}` is no number of hosts from 1 to {}", Host::MOST)))
}

/// Namespaces, mounts and loop devices are root's.
pub(crate) fn require_root() -> Outcome {
    if machine::is_root() {
        return Ok(());
    }
    Err(Failure::new("the testbed needs root: it makes namespaces, mounts and loop devices")
        .hint("run it as root, in a container or a virtual machine if you like"))
}

/// Brings up that many hosts, installing what is missing; all of them or none.
pub(crate) fn up(count: u8) -> Outcome {
    let started = Instant::now();
    require_root()?;
    let missing = tools::missing(&PACKAGES);
    if !missing.is_empty() {
        packages::install(System::detect()?, &missing)?;
    }
    if machine::find_tool("dockerd").is_none() {
        return Err(Failure::new("there is no `dockerd` on this machine").hint("run `cargo xtask stack up`"));
    }
    state::claim()?;
    if let Err(failure) = bring_up(count) {
        return match leftovers::clear() {
            Ok(()) => Err(failure),
            Err(second) => Err(failure.hint(format!("taking it away failed, too: {second}"))),
        };
    }
    println!("{count} hosts ready in {:.1} s", started.elapsed().as_secs_f64());
    status()
}

fn bring_up(count: u8) -> Outcome {
    let scripts = [
        ("host-boot.sh", include_str!("host-boot.sh")),
        ("host-init.sh", include_str!("host-init.sh")),
        ("host-run.sh", include_str!("host-run.sh")),
    ];
    for (name, text) in scripts {
        let file = state::place(name);
        workspace::write(&file, text)?;
        machine::set_mode(&file, 0o755).map_err(|error| Failure::io(file.display(), &error))?;
    }
    access::make_own_key()?;
    network::make_switch()?;
    access::write_files(&[])?;
    let template = disk::template()?;
    let hosts: Vec<Host> = (1..=count).map(Host::new).collect();
    hosts.iter().try_for_each(access::make_keys)?;
    access::write_files(&hosts)?;
    each(&hosts, |host| {
        disk::copy(&template, &host.disk())?;
        network::attach(host)?;
        host.boot()?;
        host.wait_ready()
    })
}

/// Does something on every host at the same time; the first failure counts.
fn each(hosts: &[Host], act: impl Fn(&Host) -> Outcome + Sync) -> Outcome {
    thread::scope(|scope| {
        let running: Vec<_> = hosts.iter().map(|host| scope.spawn(|| act(host))).collect();
        let crashed = |_| Err(Failure::new("the work on a host ended unexpectedly"));
        let ends: Vec<Outcome> = running.into_iter().map(|it| it.join().unwrap_or_else(crashed)).collect();
        ends.into_iter().collect()
    })
}

/// Takes everything away, unless it is another checkout's.
pub(crate) fn down() -> Outcome {
    require_root()?;
    state::refuse_if_foreign()?;
    let started = Instant::now();
    leftovers::clear()?;
    println!("testbed down in {:.1} s; nothing is left of it", started.elapsed().as_secs_f64());
    Ok(())
}

fn power_off(host: &Host) -> Outcome {
    host.stop()?;
    leftovers::remove_groups_of(host)?;
    disk::wait_detached(&host.dir())
}

fn power_on(host: &Host) -> Outcome {
    host.boot()?;
    host.wait_ready()
}

/// Makes every host what it was at first, but for its disk's content.
fn mend() -> Outcome {
    require_root()?;
    each(&state::hosts(), |host| {
        network::set_connected(host, true)?;
        network::calm(host)?;
        if host.init().is_none() {
            host.boot()?;
        } else {
            host.start_engine()?;
        }
        host.wait_ready()?;
        if access::has_other_key(host)? { access::swap_key(host) } else { Ok(()) }
    })
}

fn status() -> Outcome {
    let Some(holder) = state::Holder::read().filter(|holder| !holder.is_gone()) else {
        println!("testbed: not up");
        return Ok(());
    };
    println!(
        "testbed: for {}{}",
        holder.checkout.display(),
        if holder.is_ours() { " (this checkout)" } else { "" }
    );
    for host in state::hosts() {
        let mut words = vec![if host.init().is_some() { "on" } else { "off" }.to_owned()];
        if !network::is_connected(&host) {
            words.push("cut".to_owned());
        }
        words.extend(network::limit_of(&host).map(|rate| format!("limited to {rate}")));
        if host.init().is_some() && !host.engine_answers() {
            words.push("without an engine".to_owned());
        }
        if access::has_other_key(&host).unwrap_or(false) {
            words.push("with another key".to_owned());
        }
        println!("{:<4} {}  {}", host.name(), host.address(), words.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{parse_count, run};

    #[test]
    fn a_wrong_command_is_answered_with_those_there_are() {
        for words in [&["cutt", "h1"][..], &["exec", "h1"], &["slow", "h1"], &["up", "3", "4"]] {
            assert!(run(words).unwrap_err().to_string().contains("swap-key HOST"), "{words:?}");
        }
        assert_eq!(parse_count("3").ok(), Some(3));
        assert!(parse_count("0").is_err() && parse_count("21").is_err() && parse_count("three").is_err());
    }
}
