//! The `seatrial.toml` that `seatrial init` writes: what was found, said out loud, with what one is most likely
//! to change next as comments.

use super::edit::text_literal;
use super::resolved::{AppSpec, Origin};
use crate::model::Practice;

/// A small commented file that resolves to exactly what `spec`, resolved without a file, says.
pub fn initial_file(spec: &AppSpec) -> String {
    let mut out = String::new();
    out.push_str("# What this app is, how a release is built and where it runs.\n");
    out.push_str("# Everything not said here is detected or has a default: `seatrial plan --explain` shows it all.\n\n");
    out.push_str(&format!("app = {}\n", text_literal(spec.app.as_str())));
    image(spec, &mut out);
    steps(spec, &mut out);
    ship(spec, &mut out);
    out.push_str("\n# Environments, in promotion order.\n[env]\n");
    for environment in &spec.environments {
        let target = text_literal(&environment.target.to_string());
        out.push_str(&format!("{} = {target}\n", environment.name));
    }
    out.push_str("# prod = \"ssh://deploy@203.0.113.7\"\n");
    out
}

/// From what a value was concluded, fit to stand in a comment.
fn evidence(spec: &AppSpec, path: &str) -> Option<String> {
    match spec.origins.get(path) {
        Some(Origin::Detected { evidence }) => Some(evidence.replace(char::is_control, " ")),
        _ => None,
    }
}

fn image(spec: &AppSpec, out: &mut String) {
    let image = &spec.build.image;
    let usual = image.dockerfile == "Dockerfile" && image.context == ".";
    if image.generated.is_some() {
        let from = evidence(spec, "build.image.dockerfile").unwrap_or_else(|| "the folder".to_owned());
        out.push_str(&format!(
            "\n# The Dockerfile is {from}; `seatrial init --write-dockerfile` writes it here to be changed.\n"
        ));
    } else if !usual {
        let from = evidence(spec, "build.image.dockerfile").unwrap_or_else(|| "the folder".to_owned());
        out.push_str(&format!("\n[build.image] # from {from}\n"));
        out.push_str(&format!("dockerfile = {}\n", text_literal(&image.dockerfile)));
        out.push_str(&format!("context = {}\n", text_literal(&image.context)));
    }
}

fn steps(spec: &AppSpec, out: &mut String) {
    if spec.build.steps.is_empty() {
        out.push_str(
            "\n# Commands that have to succeed for a release:\n# [build.steps.unit-test]\n# run = \"...\"\n",
        );
    }
    for step in &spec.build.steps {
        let from =
            evidence(spec, &format!("build.steps.{}", step.id)).unwrap_or_else(|| "the project".to_owned());
        out.push_str(&format!("\n[build.steps.{}] # from {from}\n", step.id));
        if step.practice != Practice::from_word(step.id.as_str()).unwrap_or(Practice::Custom) {
            out.push_str(&format!("practice = {}\n", text_literal(step.practice.as_str())));
        }
        out.push_str(&format!("run = {}\n", text_literal(&step.command)));
    }
}

fn ship(spec: &AppSpec, out: &mut String) {
    let Some(first) = spec.environments.first() else { return };
    let from = evidence(spec, &format!("env.{}.ship.port", first.name));
    out.push_str("\n[ship]\n");
    match from {
        Some(from) => out.push_str(&format!("port = {} # from {from}\n", first.ship.port)),
        None => out.push_str(&format!(
            "port = {} # nothing in the folder says; change it if it is wrong\n",
            first.ship.port
        )),
    }
    out.push_str("# health = \"/health\"\n# volumes = [\"data:/data\"]\n");
}
