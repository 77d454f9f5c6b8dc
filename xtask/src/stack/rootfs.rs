//! A container's file system put together from files of this machine: a binary, the libraries it loads, some text files.

use crate::failure::{Failure, Outcome};
use crate::machine;
use crate::shell::call;
use crate::workspace;
use std::path::{Path, PathBuf};

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";
const GROUP: &str = "root:x:0:\nnogroup:x:65534:\n";
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";

pub(crate) struct RootFs {
    root: PathBuf,
    archive: PathBuf,
    trees: Vec<(PathBuf, Vec<String>)>,
}

impl RootFs {
    /// An empty system in `dir` (emptied first) with merged `/usr`, users, a certificate store and a `/tmp`.
    pub(crate) fn new(dir: &Path) -> Outcome<Self> {
        if dir.exists() {
            std::fs::remove_dir_all(dir).map_err(|error| Failure::io(dir.display(), &error))?;
        }
        let fs = Self { root: dir.join("root"), archive: dir.join("layer.tar"), trees: Vec::new() };
        for part in [
            "usr/bin",
            "usr/sbin",
            "usr/lib",
            "usr/lib64",
            "usr/local/bin",
            "etc",
            "root",
            "tmp",
            "var/tmp",
            "run",
        ] {
            fs.dir(part)?;
        }
        for part in ["bin", "sbin", "lib", "lib64"] {
            fs.link(&format!("usr/{part}"), part)?;
        }
        for part in ["tmp", "var/tmp"] {
            fs.mode(part, 0o1777)?;
        }
        fs.file("etc/passwd", PASSWD)?;
        fs.file("etc/group", GROUP)?;
        fs.file("etc/nsswitch.conf", "hosts: files dns\n")?;
        if Path::new(CERTIFICATES).exists() {
            fs.copy(Path::new(CERTIFICATES), &CERTIFICATES[1..])?;
        }
        Ok(fs)
    }

    pub(crate) fn dir(&self, path: &str) -> Outcome {
        workspace::make_dir(&self.root.join(path))
    }

    pub(crate) fn file(&self, path: &str, text: &str) -> Outcome {
        workspace::write(&self.root.join(path), text)
    }

    /// A symbolic link at `path` to `target`; what is there already stays.
    pub(crate) fn link(&self, target: &str, path: &str) -> Outcome {
        let place = self.root.join(path);
        if place.symlink_metadata().is_ok() {
            return Ok(());
        }
        machine::link(target, &place).map_err(|error| Failure::io(place.display(), &error))
    }

    fn mode(&self, path: &str, mode: u32) -> Outcome {
        let place = self.root.join(path);
        machine::set_mode(&place, mode).map_err(|error| Failure::io(place.display(), &error))
    }

    fn copy(&self, from: &Path, path: &str) -> Outcome {
        let place = self.root.join(path);
        workspace::make_dir(place.parent().unwrap_or(&self.root))?;
        std::fs::copy(from, &place).map_err(|error| Failure::io(from.display(), &error)).map(drop)
    }

    /// Copies a program and every library it loads.
    pub(crate) fn binary(&self, from: &Path, path: &str) -> Outcome {
        self.copy(from, path)?;
        self.mode(path, 0o755)?;
        self.libraries_of(from)
    }

    fn libraries_of(&self, binary: &Path) -> Outcome {
        // A static program has none, and ldd says so by failing.
        let listed = call("ldd").arg(binary.display().to_string()).limit(20).output().unwrap_or_default();
        for library in libraries(&listed) {
            let path = library.strip_prefix("/usr").unwrap_or(library);
            self.copy(Path::new(library), &format!("usr{path}"))?;
        }
        Ok(())
    }

    /// The libraries of every file in a folder of loadable modules.
    pub(crate) fn libraries_of_all(&self, dir: &Path) -> Outcome {
        let entries = std::fs::read_dir(dir).map_err(|error| Failure::io(dir.display(), &error))?;
        for entry in entries.flatten() {
            self.libraries_of(&entry.path())?;
        }
        Ok(())
    }

    /// Takes a whole folder over at its own place, with dates, leaving out what matches the patterns.
    pub(crate) fn tree(&mut self, dir: &Path, without: &[&str]) -> Outcome {
        if !dir.is_dir() {
            return Err(Failure::new(format!("{} is not there", dir.display())));
        }
        self.trees
            .push((dir.to_owned(), without.iter().map(|pattern| format!("--exclude={pattern}")).collect()));
        Ok(())
    }

    /// Writes everything as one archive owned by root.
    pub(crate) fn pack(self) -> Outcome<PathBuf> {
        let archive = self.archive.display().to_string();
        let tar = |words: &[&str]| {
            call("tar").args(["--owner=0", "--group=0", "--file", &archive]).args(words.to_vec())
        };
        tar(&["--create", "--directory", &self.root.display().to_string(), "."]).limit(120).output()?;
        for (dir, excludes) in &self.trees {
            let relative = dir.strip_prefix("/").unwrap_or(dir).display().to_string();
            let words = tar(&["--append", "--directory", "/"]).args(excludes.clone());
            words.arg(format!("./{relative}")).limit(120).output()?;
        }
        Ok(self.archive)
    }
}

/// The absolute paths in what `ldd` prints.
fn libraries(listed: &str) -> impl Iterator<Item = &str> {
    listed.split_whitespace().filter(|word| word.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::libraries;

    #[test]
    fn loaded_libraries_and_the_loader_are_read_from_ldd() {
        let listed =
            "\tlinux-vdso.so.1 (0x1)\n\tlibc.so.6 => /lib/x/libc.so.6 (0x2)\n\t/lib64/ld.so.2 (0x3)\n";
        assert_eq!(libraries(listed).collect::<Vec<_>>(), ["/lib/x/libc.so.6", "/lib64/ld.so.2"]);
        assert_eq!(libraries("\tnot a dynamic executable\n").count(), 0);
    }
}
