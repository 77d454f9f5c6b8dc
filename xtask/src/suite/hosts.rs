//! The layer on hosts with ssh and Docker of their own, which live as long as it does.

use super::Suite;
use super::programs;
use super::tally::Tally;
use crate::failure::{Failure, Outcome};
use crate::testbed::{self, Lifeline};
use crate::workspace;
use std::path::PathBuf;

const HOSTS: u8 = 3;

/// This program under a name that building does not replace.
fn own_copy() -> Outcome<PathBuf> {
    // Building may have replaced the file already; the program that runs is still to be had here.
    let this = "/proc/self/exe";
    let copy = workspace::scratch("test")?.join("xtask");
    // An older copy may still run: it keeps its file.
    let _ = std::fs::remove_file(&copy);
    std::fs::copy(this, &copy).map_err(|error| Failure::io(copy.display(), &error))?;
    Ok(copy)
}

/// Brings fresh hosts up, runs the programs on them, and takes the hosts down however that ends.
pub(crate) fn run(suite: &Suite) -> Outcome<Tally> {
    // The testbed is this machine's only one: it is not held while compiling.
    programs::compile(suite, "hosts_")?;
    on_hosts(|environment| programs::run_with(suite, "hosts", "hosts_", environment))
}

/// Does something with fresh hosts, which are named in an environment for programs, and takes them down again.
pub(crate) fn on_hosts<T>(work: impl FnOnce(Vec<(&'static str, String)>) -> Outcome<T>) -> Outcome<T> {
    testbed::require_root()?;
    let program = own_copy()?;
    // What an earlier run of this checkout broke on its hosts must not meet this one.
    testbed::down()?;
    let lifeline = Lifeline::tie(&program)?;
    testbed::up(HOSTS)?;
    let environment = vec![
        ("SEATRIAL_TESTBED", testbed::STATE.to_owned()),
        ("SEATRIAL_XTASK", program.display().to_string()),
    ];
    let result = work(environment);
    // Of two failures the tests' own says more; the other one was printed.
    let down = lifeline.end();
    result.and_then(|done| down.map(|()| done))
}
