//! `cargo xtask dist`: packages to install, with the window, the command line tool beside it, its manual pages and
//! completions, desktop entry, icons and the scheme of links.

use crate::failure::{Failure, Outcome};
use crate::shell::call;
use crate::{tools, workspace};
use std::path::{Path, PathBuf};

/// Added to the window's own configuration when it is packed.
const CONFIGURATION: &str = "src-tauri/tauri.bundle.conf.json";
/// What can be made without a network.
const OFFLINE: &str = "deb,rpm";

/// Builds optimised programs and packs them; `--appimage` also makes one, with tools that are downloaded for it.
pub(crate) fn run(words: &[&str]) -> Outcome {
    let formats = match words {
        [] => OFFLINE.to_owned(),
        ["--appimage"] => format!("{OFFLINE},appimage"),
        other => {
            return Err(Failure::new(format!("`{}` is no option of `cargo xtask dist`", other.join(" ")))
                .hint("cargo xtask dist [--appimage]"));
        }
    };
    tools::provide_ui_packages()?;
    println!("building the page and the programs (the first time takes some minutes)");
    tools::npm(&["run", "build"])?.limit(600).output()?;
    let packages = ["--package", "seatrial-cli", "--package", "seatrial-desktop"];
    call(workspace::cargo()).args(["build", "--release"]).args(packages).dir(workspace::root()).run()?;
    for package in pack(&Profile::Release, &formats)? {
        println!("{}", package.display());
    }
    if words.is_empty() {
        println!("NOTE: no AppImage: its maker downloads tools from the network. `--appimage` tries it.");
    }
    Ok(())
}

/// Which programs are packed.
pub(crate) enum Profile {
    /// Those for people.
    Release,
    /// Those that tests build anyway.
    Debug,
}

impl Profile {
    fn folder(&self) -> PathBuf {
        let debug = workspace::debug_dir();
        match self {
            Self::Release => debug.with_file_name("release"),
            Self::Debug => debug,
        }
    }
}

/// Packs programs that are built already; returns the packages.
pub(crate) fn pack(profile: &Profile, formats: &str) -> Outcome<Vec<PathBuf>> {
    tools::provide_ui_packages()?;
    stage(&profile.folder())?;
    let bundle = profile.folder().join("bundle");
    // Packages of another version would be taken for new ones.
    if bundle.exists() {
        std::fs::remove_dir_all(&bundle).map_err(|error| Failure::io(bundle.display(), &error))?;
    }
    let root = workspace::root();
    let tauri = root.join("ui/node_modules/@tauri-apps/cli/tauri.js").display().to_string();
    let configuration = root.join(CONFIGURATION).display().to_string();
    let words = [tauri.as_str(), "bundle", "--bundles", formats, "--config", &configuration, "--ci"];
    let mut tauri = tools::node(&words)?.dir(root.join("src-tauri")).limit(900);
    if matches!(profile, Profile::Debug) {
        tauri = tauri.arg("--debug");
    }
    tauri.output()?;
    let packages = files_below(&bundle, 2).into_iter();
    Ok(packages.filter(|file| matches!(extension(file), "deb" | "rpm" | "AppImage")).collect())
}

/// Puts what is packed besides the window where the configuration says it is.
fn stage(programs: &Path) -> Outcome {
    let folder = workspace::root().join("src-tauri/binaries");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| Failure::io(folder.display(), &error))?;
    }
    let manual = folder.join("man");
    workspace::make_dir(&manual)?;
    let seatrial = programs.join("seatrial");
    let beside = folder.join(format!("seatrial-{}", host()?));
    std::fs::copy(&seatrial, &beside).map_err(|error| Failure::io(seatrial.display(), &error))?;
    let seatrial = seatrial.display().to_string();
    call(&seatrial).args(["man", &manual.display().to_string()]).limit(60).output()?;
    for shell in ["bash", "zsh", "fish"] {
        let text = call(&seatrial).args(["completions", shell]).limit(60).output()?;
        workspace::write(&folder.join(format!("completions.{shell}")), &(text + "\n"))?;
    }
    Ok(())
}

/// The platform this compiler makes programs for: the name of what is packed beside the window ends in it.
fn host() -> Outcome<String> {
    let told = call("rustc").arg("-vV").limit(60).output()?;
    let line = told.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).ok_or_else(|| Failure::new("`rustc -vV` names no host").detail(told.clone()))
}

fn extension(file: &Path) -> &str {
    file.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

fn files_below(folder: &Path, depth: u32) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let (folders, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    if depth > 0 {
        files.extend(folders.iter().flat_map(|folder| files_below(folder, depth - 1)));
    }
    files
}
