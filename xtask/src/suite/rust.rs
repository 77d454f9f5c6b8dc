//! The layers that are cargo's.

use super::Suite;
use super::tally::Tally;
use crate::cargo::Selection;
use crate::failure::{Failure, Outcome};
use crate::shell::{Call, call, last_lines};
use crate::tools;
use crate::workspace;

const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";

/// Runs one yes-or-no check and shows the end of what it said when the answer is no.
pub(crate) fn check(name: &str, call: &Call) -> Outcome<Tally> {
    let log = workspace::scratch("test")?.join(format!("{name}.log"));
    let (well, said) = call.captured(&log)?;
    if well {
        return Ok(Tally::ONE);
    }
    Err(Failure::new(format!("`{}` failed", call.shown())).detail(last_lines(&said, 150)))
}

/// Runs test programs and counts their tests; none at all is a failure.
pub(crate) fn tests(name: &str, call: &Call) -> Outcome<Tally> {
    let log = workspace::scratch("test")?.join(format!("{name}.log"));
    let (well, said) = call.captured(&log)?;
    let mut tally = Tally::read(&said);
    if !well {
        eprintln!(
            "{}\n`{}` failed; the whole output is in {}",
            last_lines(&said, 400),
            call.shown(),
            log.display()
        );
        tally.failed = tally.failed.max(1);
    } else if tally == Tally::default() {
        return Err(Failure::new(format!("`{}` ran no test", call.shown())));
    }
    Ok(tally)
}

pub(crate) fn fmt(_: &Suite) -> Outcome<Tally> {
    check(
        "fmt",
        &call(workspace::cargo()).args(["fmt", "--all", "--check"]).dir(workspace::root()).limit(120),
    )
}

pub(crate) fn clippy(suite: &Suite) -> Outcome<Tally> {
    check(
        "clippy",
        &Selection::of(suite.ci)?.cargo("clippy").args(["--quiet", "--all-targets", "--", "-D", "warnings"]),
    )
}

pub(crate) fn unit(suite: &Suite) -> Outcome<Tally> {
    let selection = Selection::of(suite.ci)?;
    let words = selection.test_words(None);
    tests("unit", &selection.cargo("test").args(["--no-fail-fast", "--lib", "--bins"]).args(words))
}

pub(crate) fn doc(suite: &Suite) -> Outcome<Tally> {
    let selection = Selection::of(suite.ci)?;
    let pages = selection.cargo("doc").args(["--quiet", "--no-deps", "--document-private-items"]);
    let mut tally = check("doc", &pages.env("RUSTDOCFLAGS", "-D warnings"))?;
    let log = workspace::scratch("test")?.join("doc-examples.log");
    let (well, said) = selection.cargo("test").arg("--doc").captured(&log)?;
    if !well {
        return Err(Failure::new("an example in the documentation fails").detail(last_lines(&said, 150)));
    }
    tally += Tally::read(&said);
    Ok(tally)
}

/// Licences, bans and sources always; advisories where their database can be reached.
pub(crate) fn deny(_: &Suite) -> Outcome<Tally> {
    let cargo_deny = tools::cargo_deny()?.arg("--color=never").arg("check");
    let mut tally = check("deny", &cargo_deny.clone().args(["licenses", "bans", "sources"]).limit(300))?;
    if call("git").args(["ls-remote", "--exit-code", ADVISORIES, "HEAD"]).limit(30).succeeds() {
        tally += check("advisories", &cargo_deny.arg("advisories").limit(300))?;
    } else {
        println!(
            "NOTE: {ADVISORIES} cannot be reached: known vulnerabilities of Rust packages were NOT checked"
        );
    }
    Ok(tally)
}
