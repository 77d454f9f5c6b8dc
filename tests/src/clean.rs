//! Taking away what a home left on the engine and as processes.

use crate::home::docker;
use crate::workers;
use std::path::Path;

/// Everything of one home. Never fails: it also runs while a test panics.
pub(crate) fn home(data: &Path, prefix: &str, instance: &str) {
    workers::end_all(data);
    for name in containers(prefix) {
        drop(docker(&["rm", "-f", "-v", &name]));
    }
    for kind in ["volume", "network"] {
        for name in named(&[kind, "ls", "--format", "{{.Name}}"], prefix) {
            drop(docker(&[kind, "rm", &name]));
        }
    }
    let images = docker(&["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]).unwrap_or_default();
    for image in images.lines().filter(|image| image.contains(instance)) {
        drop(docker(&["image", "rm", "-f", image]));
    }
}

/// Names of containers, running or not.
pub(crate) fn containers(prefix: &str) -> Vec<String> {
    named(&["ps", "-a", "--format", "{{.Names}}"], prefix)
}

fn named(words: &[&str], prefix: &str) -> Vec<String> {
    let listed = docker(words).unwrap_or_default();
    listed.lines().filter(|name| name.starts_with(prefix)).map(str::to_owned).collect()
}
