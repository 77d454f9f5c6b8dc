//! The layer that installs a package into a folder and starts the programs from there.
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

pub(crate) fn run(suite: &Suite) -> Outcome<Tally> {
    if machine::find_tool("dpkg-deb").is_none() {
        println!("NOTE: there is no dpkg here: the package was NOT built and unpacked");
        return Ok(Tally::default());
    }
    programs::build(&Selection::of(suite.ci)?)?;
    let packages = dist::pack(&Profile::Debug, "deb")?;
    let [package] = packages.as_slice() else {
        return Err(Failure::new(format!("one package was expected: {packages:?}")));
    };
    let root = workspace::scratch("bundle")?.join("root");
    if root.exists() {
        std::fs::remove_dir_all(&root).map_err(|error| Failure::io(root.display(), &error))?;
    }
    let places = [package, &root].map(|path| path.display().to_string());
    call("dpkg-deb").arg("--extract").args(places).limit(120).output()?;
    programs::bundle(suite, &root.join("usr/bin"))
}
