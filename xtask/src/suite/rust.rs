//! The layers that are cargo's.

use super::Suite;
use super::tally::Tally;
use crate::failure::{Failure, Outcome};
use crate::machine;
use crate::shell::{Call, call, last_lines};
use crate::tools;
use crate::workspace;
use serde_json::Value;

/// Test programs whose names start so are layers of their own.
pub(crate) const PREFIXES: [&str; 4] = ["docker_", "journey_", "browser_", "desktop_"];
/// The feature without which those programs are not compiled.
const FEATURE: &str = "docker-tests";
const DESKTOP: &str = "seatrial-desktop";
const LIMIT: u64 = 2700;
const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";

/// One selection of packages and features for every layer, so that nothing is compiled twice.
pub(crate) struct Selection {
    words: Vec<String>,
    /// Names of the test programs, without their package.
    programs: Vec<String>,
}

impl Selection {
    pub(crate) fn of(suite: &Suite) -> Outcome<Self> {
        let mut packages = workspace::packages()?;
        let mut words = vec!["--workspace".to_owned()];
        if !suite.ci && !can_compile_desktop() {
            println!(
                "NOTE: without the desktop window: its system packages are not installed (`cargo xtask start` names them)"
            );
            words.push(format!("--exclude={DESKTOP}"));
            packages.retain(|package| package["name"] != DESKTOP);
        }
        let features: Vec<String> = packages.iter().filter_map(feature_of).collect();
        if !features.is_empty() {
            words.push(format!("--features={}", features.join(",")));
        }
        let targets = packages.iter().flat_map(|package| package["targets"].as_array().into_iter().flatten());
        let programs =
            targets.filter(|target| target["kind"][0] == "test").filter_map(|target| target["name"].as_str());
        Ok(Self { words, programs: programs.map(str::to_owned).collect() })
    }

    pub(crate) fn cargo(&self, command: &str) -> Call {
        let cargo =
            call(workspace::cargo()).dir(workspace::root()).limit(LIMIT).env("CARGO_TERM_COLOR", "never");
        // A snapshot that changed is a failed test, never a file written aside.
        cargo.env("INSTA_UPDATE", "no").arg(command).args(self.words.clone())
    }

    /// `--test NAME` for each test program that starts with the prefix; `None`: those with no layer of their own.
    pub(crate) fn test_words(&self, prefix: Option<&str>) -> Vec<String> {
        let wanted = |name: &&String| match prefix {
            Some(prefix) => name.starts_with(prefix),
            None => !PREFIXES.iter().any(|prefix| name.starts_with(prefix)),
        };
        self.programs.iter().filter(wanted).map(|name| format!("--test={name}")).collect()
    }
}

fn feature_of(package: &Value) -> Option<String> {
    package["features"].get(FEATURE)?;
    Some(format!("{}/{FEATURE}", package["name"].as_str()?))
}

fn can_compile_desktop() -> bool {
    cfg!(not(target_os = "linux"))
        || (machine::find_tool("pkg-config").is_some()
            && call("pkg-config").args(["--exists", "webkit2gtk-4.1"]).limit(20).succeeds())
}

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
    check("clippy", &Selection::of(suite)?.cargo("clippy").args(["--all-targets", "--", "-D", "warnings"]))
}

pub(crate) fn unit(suite: &Suite) -> Outcome<Tally> {
    let selection = Selection::of(suite)?;
    let words = selection.test_words(None);
    tests("unit", &selection.cargo("test").args(["--no-fail-fast", "--lib", "--bins"]).args(words))
}

pub(crate) fn doc(suite: &Suite) -> Outcome<Tally> {
    let selection = Selection::of(suite)?;
    let pages = selection.cargo("doc").args(["--no-deps", "--document-private-items"]);
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
