//! The layer that unpacks each package into a folder and starts the programs from there.
//!
//! It packs the programs that the other layers have built anyway: an optimised build would take most of CI's time and
//! pack the same files in the same places.

use super::Suite;
use super::programs;
use super::tally::Tally;
use crate::cargo::Selection;
use crate::dist::{self, Profile};
use crate::failure::{Failure, Outcome};
use crate::machine;
use crate::shell::call;
use crate::workspace;
use std::path::{Path, PathBuf};

pub(crate) fn run(suite: &Suite) -> Outcome<Tally> {
    if machine::find_tool("dpkg-deb").is_none() {
        println!("NOTE: there is no dpkg here: the package was NOT built and unpacked");
        return Ok(Tally::default());
    }
    programs::build(&Selection::of(suite.ci)?)?;
    let packages = dist::pack(&Profile::Debug, "deb,rpm")?;
    let [_, _] = packages.as_slice() else {
        return Err(Failure::new(format!("two packages were expected: {packages:?}")));
    };
    let mut tally = Tally::default();
    for package in packages {
        tally += programs::bundle(suite, &unpack(&package)?.join("usr/bin"))?;
    }
    Ok(tally)
}

/// Puts a package's files where a machine's root stands for.
fn unpack(package: &Path) -> Outcome<PathBuf> {
    let root = workspace::scratch("bundle")?.join("root");
    if root.exists() {
        std::fs::remove_dir_all(&root).map_err(|error| Failure::io(root.display(), &error))?;
    }
    std::fs::create_dir_all(&root).map_err(|error| Failure::io(root.display(), &error))?;
    let [from, to] = [package, &root].map(|path| path.display().to_string());
    let words = match package.extension().and_then(|kind| kind.to_str()) {
        Some("deb") => ["dpkg-deb", "--extract", &from, &to].to_vec(),
        _ => ["bsdtar", "--extract", "--file", &from, "--directory", &to].to_vec(),
    };
    call(words[0]).args(words[1..].iter().copied()).limit(120).output()?;
    Ok(root)
}
