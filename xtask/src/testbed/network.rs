//! The hosts' network: a switch in a namespace of its own, with one cable to each host and one to this machine.

use super::host::Host;
use super::state::LINK;
use crate::failure::{Failure, Outcome};
use crate::shell::call;
use std::path::Path;

/// The first three numbers of every address; this machine is `.1`.
pub(super) const ADDRESSES: &str = "10.77.0";
/// The switch's network namespace.
pub(super) const SWITCH: &str = "seatrial-testbed";

/// Calls `ip` with each line's words.
fn ip(lines: &str) -> Outcome {
    let mut lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.try_for_each(|line| call("ip").args(line.split_whitespace()).limit(10).output().map(drop))
}

/// Makes the switch and connects this machine.
pub(super) fn make_switch() -> Outcome {
    if address_is_taken() {
        return Err(Failure::new(format!("the addresses {ADDRESSES}.0/24 are in use on this machine"))
            .hint("`ip address` says by which link"));
    }
    ip(&format!(
        "netns add {SWITCH}
         -n {SWITCH} link set lo up
         -n {SWITCH} link add switch type bridge
         -n {SWITCH} link set switch up
         link add {LINK} type veth peer name machine netns {SWITCH}
         -n {SWITCH} link set machine master switch up
         address add {ADDRESSES}.1/24 dev {LINK}
         link set {LINK} up"
    ))
}

fn address_is_taken() -> bool {
    let shown = call("ip").args(["-o", "-4", "address"]).limit(10).output().unwrap_or_default();
    shown.contains(&format!(" {ADDRESSES}."))
}

/// Makes a host's network namespace and plugs it in.
pub(super) fn attach(host: &Host) -> Outcome {
    let (name, space, address) = (host.name(), host.space(), host.address());
    ip(&format!(
        "netns add {space}
         -n {space} link add eth0 type veth peer name {name} netns {SWITCH}
         -n {SWITCH} link set {name} master switch up
         -n {space} link set lo up
         -n {space} address add {address}/24 dev eth0
         -n {space} link set eth0 up
         -n {space} route add default via {ADDRESSES}.1"
    ))
}

/// Takes a host's network away.
pub(super) fn detach(host: &Host) -> Outcome {
    remove_namespace(&host.space())
}

/// Takes the switch away, and with it every cable.
pub(super) fn remove_switch() -> Outcome {
    if Path::new("/sys/class/net").join(LINK).exists() {
        ip(&format!("link delete {LINK}"))?;
    }
    remove_namespace(SWITCH)
}

fn remove_namespace(name: &str) -> Outcome {
    if namespaces().iter().any(|found| found == name) { ip(&format!("netns delete {name}")) } else { Ok(()) }
}

/// The testbed's network namespaces that there are.
pub(super) fn namespaces() -> Vec<String> {
    let entries = std::fs::read_dir("/run/netns").into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.starts_with(SWITCH)).collect()
}

/// Pulls the host's cable, or plugs it in again.
pub(super) fn set_connected(host: &Host, connected: bool) -> Outcome {
    ip(&format!("-n {SWITCH} link set {} {}", host.name(), if connected { "up" } else { "down" }))
}

/// Whether the host's cable is plugged in.
pub(super) fn is_connected(host: &Host) -> bool {
    let shown = call("ip").args(["-n", SWITCH, "-o", "link", "show", "dev", host.name()]).limit(10).output();
    shown.is_ok_and(|text| text.contains("state UP"))
}

/// Both ends of the host's cable, as namespace and link.
fn ends(host: &Host) -> [(String, String); 2] {
    [(SWITCH.to_owned(), host.name().to_owned()), (host.space(), "eth0".to_owned())]
}

/// Limits what goes through the host's cable, each way, to a rate as `tc` writes them: `20mbit`.
pub(super) fn slow(host: &Host, rate: &str) -> Outcome {
    for (space, link) in ends(host) {
        let queue = ["-n", &space, "qdisc", "replace", "dev", &link, "root", "tbf", "rate", rate];
        let limit = call("tc").args(queue).args(["burst", "32kbit", "latency", "400ms"]).limit(10);
        limit.output().map_err(|failure| failure.hint("a rate is a number and a unit, such as 20mbit"))?;
    }
    Ok(())
}

/// Takes the limit away.
pub(super) fn calm(host: &Host) -> Outcome {
    for (space, link) in ends(host) {
        if rate(&space, &link).is_some() {
            call("tc").args(["-n", &space, "qdisc", "delete", "dev", &link, "root"]).limit(10).output()?;
        }
    }
    Ok(())
}

/// The limit on the host's cable.
pub(super) fn limit_of(host: &Host) -> Option<String> {
    let (space, link) = &ends(host)[0];
    rate(space, link)
}

fn rate(space: &str, link: &str) -> Option<String> {
    let shown =
        call("tc").args(["-n", space, "qdisc", "show", "dev", link, "root"]).limit(10).output().ok()?;
    rate_in(&shown)
}

/// The rate in what `tc qdisc show` prints.
fn rate_in(shown: &str) -> Option<String> {
    let mut words = shown.lines().find(|line| line.starts_with("qdisc tbf "))?.split_whitespace();
    words.find(|word| *word == "rate")?;
    words.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::rate_in;

    #[test]
    fn a_limit_is_read_from_what_tc_prints_and_other_queues_are_none() {
        let limited = "qdisc tbf 8001: root refcnt 2 rate 20Mbit burst 4Kb lat 400ms";
        assert_eq!(rate_in(limited).as_deref(), Some("20Mbit"));
        assert_eq!(rate_in("qdisc noqueue 0: root refcnt 2"), None);
    }
}
