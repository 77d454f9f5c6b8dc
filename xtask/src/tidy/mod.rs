//! Mechanical checks of rules that nobody should have to remember: who may import what, names, the file map, plain text.

mod file_map;
mod imports;
mod names;
mod source;
mod text;

use crate::failure::{Failure, Outcome};
use crate::workspace;
use source::{Finding, Source};

/// The rules themselves have to spell out what they look for.
const OWN_FOLDER: &str = "xtask/src/tidy/";

type Rule = fn(&[Source]) -> Vec<Finding>;

const RULES: [(&str, Rule); 5] = [
    ("imports", imports::check),
    ("names", names::check),
    ("text", text::check),
    ("size", text::check_size),
    ("file map", file_map::check),
];

/// Checks every file of the checkout that version control knows or would take.
pub(crate) fn run() -> Outcome {
    let files = source::list(&workspace::root())?;
    let mut found = 0;
    for (rule, check) in RULES {
        for finding in check(&files) {
            found += 1;
            println!("{}: [{rule}] {}", finding.place, finding.message);
        }
    }
    if found > 0 {
        return Err(Failure::new(format!("tidy found {found} thing(s) in {} files", files.len())));
    }
    println!("tidy: {} files, nothing to say", files.len());
    Ok(())
}
