//! `cargo xtask start`: from a fresh machine with Rust to a running Seatrial, in the window or in the terminal.

use crate::failure::{Failure, Outcome};
use crate::machine::{self, System};
use crate::packages;
use crate::shell::call;
use crate::{stack, tools, workspace};
use serde_json::Value;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// What was asked for.
struct Start {
    yes: bool,
    headless: bool,
}

/// What this machine lacks, found before anything is changed.
struct Lacking {
    packages: Vec<&'static str>,
    node: bool,
    stack: stack::Missing,
}

/// Works out what is missing, says it, asks, does it, builds, and shows the result.
pub(crate) fn run(words: &[&str]) -> Outcome {
    let start = Start::parse(words)?;
    let lacking = start.lacking()?;
    let plan = lacking.describe();
    if !plan.is_empty() {
        refuse_where_nothing_is_installed(&plan)?;
        println!("This machine lacks something. Seatrial will:");
        plan.iter().for_each(|line| println!("  - {line}"));
        start.ask()?;
    }
    lacking.provide()?;
    stack::images()?;
    if start.headless { in_terminal() } else { in_window() }
}

impl Start {
    fn parse(words: &[&str]) -> Outcome<Self> {
        let mut start = Self { yes: false, headless: !has_display() };
        for word in words {
            match *word {
                "--yes" | "-y" => start.yes = true,
                "--headless" => start.headless = true,
                other => {
                    return Err(Failure::new(format!("`{other}` is no option of `cargo xtask start`"))
                        .hint("cargo xtask start [--yes] [--headless]"));
                }
            }
        }
        Ok(start)
    }

    fn lacking(&self) -> Outcome<Lacking> {
        let node = !self.headless && !tools::has_node();
        let mut wanted = tools::CLI_PACKAGES.to_vec();
        if !self.headless {
            wanted.extend(tools::DESKTOP_PACKAGES);
        }
        if node {
            wanted.extend(tools::NODE_PACKAGES);
        }
        wanted.dedup();
        Ok(Lacking { packages: tools::missing(&wanted), node, stack: stack::Missing::find()? })
    }

    fn ask(&self) -> Outcome {
        if self.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(
                Failure::new("nobody can be asked here, so nothing was changed").hint("add `--yes` to agree")
            );
        }
        print!("Go on? [y/N] ");
        let mut answer = String::new();
        let read = std::io::stdout().flush().and_then(|()| std::io::stdin().read_line(&mut answer));
        read.map_err(|error| Failure::io("reading the answer", &error))?;
        if matches!(answer.trim(), "y" | "Y" | "yes") {
            Ok(())
        } else {
            Err(Failure::new("nothing was changed"))
        }
    }
}

impl Lacking {
    fn describe(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.packages.is_empty() {
            lines.push(format!("install the packages {}", self.packages.join(" ")));
        }
        if self.node {
            lines.push("download Node 22 for this checkout only (.scratch/tools)".to_owned());
        }
        lines.extend(self.stack.describe());
        if !lines.is_empty() && !machine::is_root() {
            lines.push("use sudo for packages and the engine".to_owned());
        }
        lines
    }

    fn provide(&self) -> Outcome {
        if !self.packages.is_empty() {
            packages::install(System::detect()?, &self.packages)?;
        }
        if self.node {
            tools::provide_node()?;
        }
        self.stack.provide()
    }
}

fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Elsewhere than on Debian and Ubuntu the plan is the list of what to install by hand.
fn refuse_where_nothing_is_installed(plan: &[String]) -> Outcome {
    System::detect().map_err(|failure| failure.detail(plan.join("\n")))?;
    if machine::is_root() || machine::find_tool("sudo").is_some() {
        return Ok(());
    }
    Err(Failure::new("this needs root: you are not root and there is no sudo").detail(plan.join("\n")))
}

fn build(packages: &[&str]) -> Outcome {
    println!("building {} (a first build takes some minutes)", packages.join(" and "));
    let words = packages.iter().flat_map(|package| ["--package", package]);
    call(workspace::cargo()).arg("build").args(words).dir(workspace::root()).run()
}

fn in_window() -> Outcome {
    tools::provide_ui_packages()?;
    println!("building the user interface");
    tools::npm(&["run", "build"])?.limit(600).output()?;
    // Both land in one folder: the window finds the command line tool, which carries runs out, beside itself.
    build(&["seatrial-cli", "seatrial-desktop"])?;
    let window = workspace::debug_dir().join("seatrial-desktop");
    println!("opening the window; this command ends when it is closed (runs go on without it)");
    call(window.display().to_string()).run()
}

fn in_terminal() -> Outcome {
    build(&["seatrial-cli"])?;
    let seatrial = workspace::debug_dir().join("seatrial");
    let sample = workspace::scratch("")?.join("sample");
    if !sample.exists() {
        call(seatrial.display().to_string())
            .args(["init", "--sample", &sample.display().to_string()])
            .run()?;
    }
    println!("deploying the sample app in {}", sample.display());
    call(seatrial.display().to_string()).args(["deploy", "--yes", "--trust"]).dir(&sample).run()?;
    summary(&seatrial, &sample)
}

/// What was reached, and the next commands.
fn summary(seatrial: &Path, sample: &Path) -> Outcome {
    let status =
        call(seatrial.display().to_string()).args(["status", "--json"]).dir(sample).limit(60).output()?;
    let status = workspace::parse(&status, "seatrial status --json")?;
    println!("\nThe sample app is running.");
    for (name, key) in [("URL", "urls"), ("verdict", "verdict")] {
        if let Some(value) = find(&status, key) {
            println!("  {name:<9} {value}");
        }
    }
    println!("  history   {} (SEATRIAL_HOME moves it)", history_folder().display());
    println!("\nIn {}:", sample.display());
    for words in ["status", "history", "rollback"] {
        println!("  {} {words}", seatrial.display());
    }
    Ok(())
}

/// Where the command line tool keeps its data unless told otherwise.
fn history_folder() -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || folder("HOME").unwrap_or_default().join(".local/share");
    folder("SEATRIAL_HOME").unwrap_or_else(|| folder("XDG_DATA_HOME").unwrap_or_else(home).join("seatrial"))
}

/// The first text under this key, or the first of a list of texts, however deep it is.
fn find<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    match value {
        Value::Object(map) => {
            let here = map.get(key).and_then(|v| v.as_str().or_else(|| v.get(0)?.as_str()));
            here.or_else(|| map.values().find_map(|inner| find(inner, key)))
        }
        Value::Array(items) => items.iter().find_map(|inner| find(inner, key)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Start, find};

    #[test]
    fn options_are_read_and_unknown_ones_refused() {
        let start = Start::parse(&["--yes", "--headless"]).unwrap();
        assert!(start.yes && start.headless);
        assert!(Start::parse(&["--force"]).is_err());
    }

    #[test]
    fn what_is_shown_is_found_at_any_depth() {
        let status = serde_json::json!({"environments": [{"name": "local", "urls": ["http://a.localhost"], "current": null}]});
        assert_eq!(find(&status, "urls"), Some("http://a.localhost"));
        assert_eq!(find(&status, "verdict"), None);
    }
}
