//! An environment on several hosts: how its list is read, and what cannot be there.

use super::node::{Data, Node, Place};
use super::resolved::EnvironmentSpec;
use super::section::{Picker, Section};
use crate::model::{Hosts, HostsError, SshHost, Strategy, Target};

/// More hosts are refused: a run walks them from one machine.
const MOST_HOSTS: usize = 50;

/// The target that a list of hosts stands for. A list of one is that host.
pub(super) fn listed(nodes: &[Node], at: &Place, picker: &mut Picker<'_, '_>) -> Target {
    let host = |node: &Node| match &node.data {
        Data::Target(Target::Ssh(host)) => Some(host.clone()),
        _ => None,
    };
    let hosts: Vec<SshHost> = nodes.iter().filter_map(host).collect();
    if hosts.len() < nodes.len() {
        // What is wrong with the others is said already.
        return Target::Docker;
    }
    if let Some(extra) = nodes.get(MOST_HOSTS) {
        let hint = Some("make two environments of it".to_owned());
        picker.problems.error(extra.at.clone(), format!("more than {MOST_HOSTS} hosts"), hint);
    }
    if let [one] = &hosts[..] {
        return Target::Ssh(one.clone());
    }
    let places: Vec<_> = hosts.iter().cloned().zip(nodes).collect();
    match Hosts::new(hosts) {
        Ok(hosts) => Target::Hosts(hosts),
        Err(error) => {
            let again = |(host, node): &(SshHost, &Node)| match &error {
                HostsError::Twice(twice) if host == twice => Some(node.at.clone()),
                _ => None,
            };
            let at = places.iter().rev().find_map(again).unwrap_or_else(|| at.clone());
            let hint = match &error {
                HostsError::Twice(_) => "keep one of the two",
                HostsError::TooFew | HostsError::NoHost(_) => "list at least one \"ssh://user@host\"",
            };
            let message = match &error {
                HostsError::TooFew => "the list of hosts is empty".to_owned(),
                error => error.to_string(),
            };
            picker.problems.error(at, message, Some(hint.to_owned()));
            Target::Docker
        }
    }
}

/// Refuses what needs one version, or one host, at a time.
pub(super) fn refuse_what_needs_one(
    environment: &EnvironmentSpec,
    (section, ship): (&Section<'_>, &Section<'_>),
    picker: &mut Picker<'_, '_>,
) {
    if !matches!(environment.target, Target::Hosts(_)) {
        return;
    }
    let name = &environment.name;
    let mut refuse = |at: Place, message: String, hint: &str| {
        picker.problems.error(at, message, Some(hint.to_owned()));
    };
    if environment.domains.is_empty() {
        let message = format!("`{name}` is on several hosts, and no host name leads to it");
        refuse(
            section.place("target"),
            message,
            "set `domains`: the names that lead visitors to these hosts",
        );
    }
    if environment.https {
        let message = format!("`{name}` is on several hosts, which cannot share a certificate yet");
        let hint = "leave `https` out: whatever spreads visitors over the hosts has to end HTTPS";
        refuse(section.place("https"), message, hint);
    }
    let needs_one = [
        ("strategy", environment.ship.strategy == Strategy::Live),
        ("volumes", environment.ship.mounts.iter().any(|mount| !mount.read_only)),
        ("ports", !environment.ship.ports.is_empty()),
    ];
    for (key, _) in needs_one.into_iter().filter(|(_, needs_one)| *needs_one) {
        let message = format!("`{key}` makes the old version of `{name}` stop before the new one is healthy");
        let hint = "on several hosts every new version is healthy before any old one stops: \
                    use \"blue-green\" without `ports` and without volumes that are written to";
        refuse(ship.place(key), message, hint);
    }
}
