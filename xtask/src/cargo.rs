//! How this program calls cargo on the workspace.

use crate::failure::Outcome;
use crate::machine;
use crate::shell::{Call, call};
use crate::workspace;
use serde_json::Value;

/// Test programs whose names start so are layers of their own.
pub(crate) const PREFIXES: [&str; 6] = ["docker_", "hosts_", "journey_", "browser_", "desktop_", "bundle_"];
/// The feature without which those programs are not compiled.
const FEATURE: &str = "docker-tests";
const DESKTOP: &str = "seatrial-desktop";
const LIMIT: u64 = 2700;

/// One selection of packages and features for every layer, so that nothing is compiled twice.
pub(crate) struct Selection {
    words: Vec<String>,
    /// Names of the test programs, without their package.
    programs: Vec<String>,
}

impl Selection {
    /// Leaves the desktop window out where it cannot be compiled, unless everything has to be there.
    pub(crate) fn of(everything: bool) -> Outcome<Self> {
        let mut packages = workspace::packages()?;
        let mut words = vec!["--workspace".to_owned()];
        if !everything && !can_compile_desktop() {
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
