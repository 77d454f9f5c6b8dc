//! The web page's own checks.

use super::Suite;
use super::rust::{check, tests};
use super::tally::Tally;
use crate::failure::{Failure, Outcome};
use crate::tools;
use crate::workspace;

/// Scripts that `ui/package.json` has to offer, and whether they count tests.
const SCRIPTS: [(&str, bool); 4] = [("lint", false), ("check", false), ("test", true), ("build", false)];
const LIMIT: u64 = 900;

pub(crate) fn run(suite: &Suite) -> Outcome<Tally> {
    let manifest = workspace::read(&workspace::root().join("ui/package.json"))?;
    let manifest = workspace::parse(&manifest, "ui/package.json")?;
    tools::provide_ui_packages()?;
    let mut total = Tally::default();
    for (script, counts) in SCRIPTS {
        if manifest["scripts"].get(script).is_none() {
            return Err(Failure::new(format!("ui/package.json has no script `{script}`")));
        }
        let call = tools::npm(&["run", script])?.limit(LIMIT);
        let name = format!("ui-{script}");
        total += all_told(if counts { tests(&name, &call) } else { check(&name, &call) });
    }
    if suite.ci {
        total += all_told(audit());
    }
    Ok(total)
}

/// A failed check is said and counted, and the next one still runs.
fn all_told(result: Outcome<Tally>) -> Tally {
    result.unwrap_or_else(|failure| {
        eprintln!("{failure}");
        Tally { passed: 0, failed: 1 }
    })
}

/// Known vulnerabilities. Only an unreachable audit service is let through, and said loudly.
fn audit() -> Outcome<Tally> {
    let log = workspace::scratch("test")?.join("ui-audit.log");
    let script = tools::npm(&["audit", "--json", "--loglevel=silent"])?.limit(120);
    let (_, said) = script.captured(&log)?;
    let json = said.find('{').map_or("", |start| &said[start..]);
    let report = workspace::parse(json, "npm audit")?;
    match report["metadata"]["vulnerabilities"]["total"].as_u64() {
        Some(0) => Ok(Tally::ONE),
        Some(count) => Err(Failure::new(format!("npm audit: {count} known vulnerabilities"))
            .detail(
                report["vulnerabilities"]
                    .as_object()
                    .map(|map| map.keys().cloned().collect::<Vec<_>>().join("\n"))
                    .unwrap_or_default(),
            )
            .hint("npm --prefix ui audit")),
        None => {
            println!(
                "NOTE: the npm audit service does not answer here: known vulnerabilities of UI packages were NOT checked"
            );
            Ok(Tally::default())
        }
    }
}
