//! Generated files: written from the one typed command table, or compared with it.

use crate::failure::{Failure, Outcome};
use crate::shell::call;
use crate::workspace;

/// An example program of a package that prints one file's whole content, and where that file is.
struct Generated {
    package: &'static str,
    words: &'static [&'static str],
    file: &'static str,
}

const FILES: [Generated; 1] = [Generated {
    package: "seatrial-app",
    words: &["--example", "export_schema"],
    file: "docs/reference/api.json",
}];

/// Writes the generated files; with `check`, only tells which ones are not up to date.
pub(crate) fn run(check: bool) -> Outcome {
    let mut stale = Vec::new();
    for generated in &FILES {
        let file = workspace::root().join(generated.file);
        let mut wanted = generated.content()?;
        wanted.push('\n');
        if std::fs::read_to_string(&file).is_ok_and(|present| present == wanted) {
            continue;
        }
        stale.push(generated.file);
        if !check {
            workspace::write(&file, &wanted)?;
            println!("wrote {}", generated.file);
        }
    }
    if stale.is_empty() || !check {
        return Ok(());
    }
    Err(Failure::new(format!("out of date: {}", stale.join(", ")))
        .hint("run `cargo xtask codegen` and commit the result"))
}

impl Generated {
    fn content(&self) -> Outcome<String> {
        let words = ["run", "--quiet", "--package", self.package];
        call(workspace::cargo())
            .args(words)
            .args(self.words.to_vec())
            .dir(workspace::root())
            .limit(1200)
            .output()
    }
}
