//! Generated files: written from the one typed command table, or compared with it.

use crate::cargo::Selection;
use crate::failure::{Failure, Outcome};
use crate::shell::call;
use crate::{tools, workspace};
use std::path::Path;

/// A JSON document that an example program prints, the file it is kept in, and the TypeScript made of it.
struct Generated {
    example: &'static str,
    file: &'static str,
    types: Option<Types>,
}

/// A script that reads the document and writes TypeScript.
struct Types {
    script: &'static str,
    file: &'static str,
}

const DOCUMENTS: [Generated; 1] = [Generated {
    example: "export_schema",
    file: "docs/reference/api.json",
    types: Some(Types { script: "scripts/generate-types.mjs", file: "ui/src/lib/api/generated.ts" }),
}];

/// Writes every generated file that is not up to date.
pub(crate) fn write() -> Outcome {
    for (file, text) in contents(false)? {
        if !is_current(file, &text) {
            workspace::write(&workspace::root().join(file), &text)?;
            println!("wrote {file}");
        }
    }
    Ok(())
}

/// Fails if a generated file is not what would be written; `everything` as in [`Selection::of`].
pub(crate) fn check(everything: bool) -> Outcome {
    let contents = contents(everything)?;
    let stale = contents.iter().filter(|(file, text)| !is_current(file, text));
    let stale: Vec<&str> = stale.map(|(file, _)| *file).collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("out of date: {}", stale.join(", ")))
        .hint("run `cargo xtask codegen` and commit the result"))
}

fn is_current(file: &str, text: &str) -> bool {
    std::fs::read_to_string(workspace::root().join(file)).is_ok_and(|present| present == text)
}

fn contents(everything: bool) -> Outcome<Vec<(&'static str, String)>> {
    let selection = Selection::of(everything)?;
    let scratch = workspace::scratch("codegen")?;
    let mut files = Vec::new();
    for generated in &DOCUMENTS {
        selection.cargo("build").args(["--quiet", "--example", generated.example]).output()?;
        let program = workspace::debug_dir().join("examples").join(generated.example);
        let document = call(program.display().to_string()).limit(60).output()? + "\n";
        workspace::parse(&document, generated.example)?;
        if let Some(types) = &generated.types {
            let input = scratch.join(format!("{}.json", generated.example));
            workspace::write(&input, &document)?;
            files.push((types.file, types.generate(&input)?));
        }
        files.push((generated.file, document));
    }
    Ok(files)
}

impl Types {
    fn generate(&self, input: &Path) -> Outcome<String> {
        tools::provide_ui_packages()?;
        let output = input.with_extension("ts");
        let places = [input, &output].map(|path| path.display().to_string());
        tools::node(&[self.script, &places[0], &places[1]])?.limit(120).output()?;
        workspace::read(&output)
    }
}
