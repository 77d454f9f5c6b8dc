//! Taking away what a home left on the engine and as processes.

use crate::home::docker;
use crate::workers;
use std::path::Path;

/// Everything of one home. Never fails: it also runs while a test panics.
pub(crate) fn home(data: &Path, prefix: &str, instance: &str) {
    workers::end_all(data);
    let mut images = Vec::new();
    for name in containers(prefix) {
        images.extend(sample_image(&name));
        drop(docker(&["rm", "-f", "-v", &name]));
    }
    for kind in ["volume", "network"] {
        for name in named(&[kind, "ls", "--format", "{{.Name}}"], prefix) {
            drop(docker(&[kind, "rm", &name]));
        }
    }
    let listed = docker(&["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]).unwrap_or_default();
    images.extend(listed.lines().filter(|image| image.contains(instance)).map(str::to_owned));
    for image in images {
        drop(docker(&["image", "rm", &image]));
    }
}

/// The sample has the same name in every home; only this home's versions of it are taken away.
fn sample_image(container: &str) -> Option<String> {
    let label = "{{index .Config.Labels \"dev.seatrial.version\"}}";
    let version = docker(&["inspect", "-f", label, container]).filter(|version| !version.is_empty())?;
    container.contains("-sample--").then(|| format!("seatrial/sample:{version}"))
}

/// Names of containers, running or not.
pub(crate) fn containers(prefix: &str) -> Vec<String> {
    named(&["ps", "-a", "--format", "{{.Names}}"], prefix)
}

fn named(words: &[&str], prefix: &str) -> Vec<String> {
    let listed = docker(words).unwrap_or_default();
    listed.lines().filter(|name| name.starts_with(prefix)).map(str::to_owned).collect()
}
