//! Where a Seatrial keeps its data, and what tells it apart from others on the same machine.

use seatrial_core::model::{Actor, Digest, RunId};
use std::path::{Path, PathBuf};

/// A Seatrial home: one folder with everything in it.
#[derive(Debug, Clone)]
pub struct Home {
    root: PathBuf,
    instance: String,
}

impl Home {
    /// The home at `root`. `usual` is where it is when nobody says otherwise: a home elsewhere gets names of its own
    /// on the Docker engine, so that two homes never touch each other's containers.
    pub fn new(root: PathBuf, usual: Option<&Path>) -> Self {
        let root = std::path::absolute(&root).unwrap_or(root);
        let instance = match usual {
            Some(usual) if usual == root => "main".to_owned(),
            _ => format!("h{}", &Digest::of(root.to_string_lossy().as_bytes()).short()[..8]),
        };
        Self { root, instance }
    }

    /// Where the home is when nobody says otherwise: the platform's folder for a program's data.
    pub fn usual() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "seatrial").map(|dirs| dirs.data_dir().to_owned())
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What names this home's things on an engine.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// The proxy's folder.
    pub fn proxy(&self) -> PathBuf {
        self.root.join("proxy")
    }

    /// What a run worker itself writes: defects, not the run's log.
    pub fn worker_log(&self, run: RunId) -> PathBuf {
        self.root.join("workers").join(format!("{run}.log"))
    }

    /// Short-lived files.
    pub fn scratch(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Where the sample app goes when nobody says otherwise.
    pub fn sample(&self) -> PathBuf {
        self.root.join("sample")
    }
}

/// Who is using this program.
pub(crate) fn actor() -> Actor {
    let variable =
        |names: [&str; 2]| names.into_iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty()));
    let user =
        variable(["USER", "USERNAME"]).or_else(|| variable(["LOGNAME", "SUDO_USER"])).or_else(login_name);
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|h| h.trim().to_owned());
    let machine = machine.filter(|h| !h.is_empty()).or_else(|| variable(["HOSTNAME", "COMPUTERNAME"]));
    Actor {
        user: user.unwrap_or_else(|| "somebody".to_owned()),
        machine: machine.unwrap_or_else(|| "this machine".to_owned()),
    }
}

/// The login name of this process's user, where variables do not say (services, containers).
fn login_name() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let uid = status.lines().find_map(|l| l.strip_prefix("Uid:"))?.split_whitespace().next()?.to_owned();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_home_has_the_usual_names_and_any_other_has_its_own() {
        let usual = Path::new("/data/seatrial");
        assert_eq!(Home::new(usual.into(), Some(usual)).instance(), "main");
        let (a, b) = (Home::new("/tmp/a".into(), Some(usual)), Home::new("/tmp/b".into(), Some(usual)));
        assert_ne!(a.instance(), b.instance());
        assert_eq!(a.instance(), Home::new("/tmp/a".into(), None).instance());
    }
}
