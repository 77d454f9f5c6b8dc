//! Files that are served as they are.

use super::dockerfile::{USER, words};
use super::facts::FolderFacts;
use super::{FoundPort, Project, ProjectKind, has};

/// The port generated images of sites listen on: no privilege is needed for it.
pub(crate) const PORT: u16 = 8080;
/// Folders in which a site's files usually are, in order of preference.
const FOLDERS: [&str; 6] = ["", "public", "dist", "site", "www", "_site"];

/// Recognises a folder with an `index.html`.
pub(crate) fn project(facts: &FolderFacts) -> Option<Project> {
    let index = |folder: &str| {
        if folder.is_empty() { "index.html".to_owned() } else { format!("{folder}/index.html") }
    };
    let folder = FOLDERS.into_iter().find(|folder| has(facts, &index(folder)))?;
    let source = if folder.is_empty() { "." } else { folder };
    Some(Project {
        kind: ProjectKind::Static,
        evidence: index(folder),
        dockerfile: Some(serve(&format!("COPY {source} /srv"))),
        port: Some(FoundPort { port: PORT, evidence: "set in the generated Dockerfile".to_owned() }),
        notes: Vec::new(),
    })
}

/// The stage that serves files. Caddy, because its image is on every target already: it is the proxy's.
pub(crate) fn serve(copy: &str) -> String {
    let listen = format!(":{PORT}");
    let cmd = words(&["caddy", "file-server", "--root", "/srv", "--listen", &listen]);
    format!(
        "FROM caddy:2
{copy}
# Caddy keeps a little state even when it only serves files.
ENV XDG_DATA_HOME=/tmp XDG_CONFIG_HOME=/tmp
USER {USER}
EXPOSE {PORT}
CMD {cmd}
"
    )
}
