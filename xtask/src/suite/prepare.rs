//! What the chosen layers need on this machine: installed in CI, asked for otherwise.

use super::Suite;
use crate::failure::{Failure, Outcome};
use crate::machine::System;
use crate::packages;
use crate::stack;
use crate::testbed;
use crate::tools;

/// An engine that this run started, and therefore ends.
pub(crate) struct Engine {
    ours: bool,
}

impl Engine {
    pub(crate) fn end(&self) -> Outcome {
        if self.ours { stack::down() } else { Ok(()) }
    }
}

impl Suite {
    fn compiles_desktop(&self) -> bool {
        self.ci
            && ["clippy", "unit", "doc", "docker", "hosts", "journeys", "browser", "desktop", "bundle"]
                .iter()
                .any(|name| self.has(name))
    }

    fn opens_windows(&self) -> bool {
        self.has("desktop") || self.has("bundle")
    }

    fn needs_docker(&self) -> bool {
        ["docker", "hosts", "journeys", "browser", "desktop", "bundle"].iter().any(|name| self.has(name))
    }

    fn needs_node(&self) -> bool {
        ["ui", "codegen", "browser", "desktop", "bundle"].iter().any(|name| self.has(name))
    }

    /// Packages that the chosen layers need and this machine does not have.
    fn missing_packages(&self) -> Outcome<Vec<&'static str>> {
        let mut wanted = Vec::new();
        if self.compiles_desktop() || self.opens_windows() {
            wanted.extend(tools::DESKTOP_PACKAGES);
        }
        if self.opens_windows() || self.has("browser") {
            wanted.extend(tools::WINDOW_TEST_PACKAGES);
        }
        if self.has("bundle") {
            wanted.extend(tools::UNPACK_PACKAGES);
        }
        if self.has("hosts") {
            wanted.extend(testbed::PACKAGES);
            wanted.extend(tools::JOURNEY_PACKAGES);
        }
        if self.has("docker") {
            wanted.extend(tools::SSH_TEST_PACKAGES);
        }
        if self.has("journeys") {
            wanted.extend(tools::JOURNEY_PACKAGES);
        }
        if self.has("browser") {
            wanted.extend(tools::browser_packages(System::detect()?));
        }
        if self.needs_node() && !tools::has_node() {
            wanted.extend(tools::NODE_PACKAGES);
        }
        Ok(tools::missing(&wanted))
    }
}

/// Brings what is missing (CI), or says how to.
pub(crate) fn run(suite: &Suite) -> Outcome<Engine> {
    let missing = suite.missing_packages()?;
    if !missing.is_empty() {
        if !suite.ci {
            return Err(Failure::new(format!("these packages are missing: {}", missing.join(" ")))
                .hint("install them, or add `--ci`: it installs what the chosen layers need"));
        }
        packages::install(System::detect()?, &missing)?;
    }
    if suite.needs_node() && !tools::has_node() {
        if !suite.ci {
            return Err(
                Failure::new("Node 20 or later with npm is missing").hint("`cargo xtask start` brings one")
            );
        }
        tools::provide_node()?;
    }
    engine(suite)
}

fn engine(suite: &Suite) -> Outcome<Engine> {
    if !suite.needs_docker() {
        return Ok(Engine { ours: false });
    }
    let missing = stack::Missing::find()?;
    let list = missing.describe();
    if !list.is_empty() && !suite.ci {
        return Err(Failure::new(format!("Docker is not ready: {}", list.join("; ")))
            .hint("run `cargo xtask stack up`"));
    }
    let starts = missing.starts_engine();
    stack::up()?;
    Ok(Engine { ours: starts })
}
