//! Debian packages: what is installed, and installing more, from the machine's own mirror.

use crate::failure::{Failure, Outcome};
use crate::machine::{self, System};
use crate::shell::{self, Call, call};
use crate::workspace;
use std::path::{Path, PathBuf};

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Packages that are not installed, in the order given. A version suffix (`name/suite`) is ignored for the question.
pub(crate) fn missing<'a>(names: &[&'a str]) -> Vec<&'a str> {
    names.iter().copied().filter(|name| !is_installed(name.split('/').next().unwrap_or(name))).collect()
}

fn is_installed(name: &str) -> bool {
    let status = call("dpkg-query").args(["-W", "-f", "${Status}", name]).limit(30).output();
    status.is_ok_and(|status| status == "install ok installed")
}

/// An apt configuration of our own beside the user's: nothing in the user's apt configuration changes.
pub(crate) struct Apt {
    options: Vec<String>,
}

impl Apt {
    /// The machine's own sources.
    pub(crate) fn plain() -> Self {
        Self { options: Vec::new() }
    }

    /// The machine's own sources plus one more Debian suite that is used only where a package names it.
    fn with_suite(suite: &str) -> Outcome<Self> {
        let dir = workspace::scratch("apt")?.join(suite);
        let (sources, pins, lists) = (dir.join("sources.d"), dir.join("preferences.d"), dir.join("lists"));
        for part in [&sources, &pins, &lists.join("partial")] {
            workspace::make_dir(part)?;
        }
        copy_files(Path::new("/etc/apt/sources.list.d"), &sources)?;
        copy_files(Path::new("/etc/apt/preferences.d"), &pins)?;
        workspace::write(&sources.join(format!("{suite}.list")), &source_line(suite)?)?;
        let pin = format!("Package: *\nPin: release n={suite}\nPin-Priority: 100\n");
        workspace::write(&pins.join(format!("{suite}.pref")), &pin)?;
        Ok(Self::rooted(&[
            ("Etc::sourceparts", &sources),
            ("Etc::preferencesparts", &pins),
            ("State::lists", &lists),
        ]))
    }

    /// Only one Debian suite, as if nothing were installed: for taking a package apart without installing it.
    pub(crate) fn only_suite(suite: &str, dir: &Path) -> Outcome<Self> {
        let (list, status, lists) = (dir.join("sources.list"), dir.join("status"), dir.join("lists"));
        workspace::make_dir(&lists.join("partial"))?;
        workspace::write(&list, &source_line(suite)?)?;
        workspace::write(&status, "")?;
        let none = PathBuf::from("/dev/null");
        let places = [
            ("Etc::sourcelist", &list),
            ("Etc::sourceparts", &none),
            ("State::status", &status),
            ("State::lists", &lists),
        ];
        Ok(Self::rooted(&places))
    }

    fn rooted(places: &[(&str, &PathBuf)]) -> Self {
        let mut options =
            vec!["-oAPT::Sandbox::User=root".to_owned(), "-oAcquire::Languages=none".to_owned()];
        options.extend(places.iter().map(|(key, path)| format!("-oDir::{key}={}", path.display())));
        Self { options }
    }

    /// `apt-get` with this configuration.
    pub(crate) fn get(&self, words: &[&str]) -> Call {
        call("apt-get")
            .args(["-qq", "-oDPkg::Lock::Timeout=120"])
            .args(self.options.clone())
            .args(words.to_vec())
    }
}

/// Where packages of a newer suite come from on this machine, given the packages asked for.
pub(crate) fn apt_for(system: System, packages: &[&str]) -> Outcome<Apt> {
    let newer = packages.iter().any(|name| name.ends_with("/trixie"));
    if system == System::Bookworm && newer { Apt::with_suite("trixie") } else { Ok(Apt::plain()) }
}

/// Installs packages; services among them are not started by their installation where no systemd runs.
pub(crate) fn install(system: System, packages: &[&str]) -> Outcome {
    let apt = apt_for(system, packages)?;
    let log = workspace::scratch("apt")?.join("install.log");
    println!("installing {} (log: {})", packages.join(" "), log.display());
    let no_start = NoServiceStart::hold()?;
    let hint =
        |failure: Failure| failure.hint("check that the package mirror in /etc/apt answers, then run again");
    apt.get(&["update"]).with_root().limit(600).logged(&log).map_err(hint)?;
    let mut words = vec!["install", "-y", "--no-install-recommends"];
    words.extend(packages);
    let result =
        apt.get(&words).env("DEBIAN_FRONTEND", "noninteractive").with_root().limit(1800).logged(&log);
    drop(no_start);
    result.map_err(hint)
}

/// While it lives, package installation starts no service (`policy-rc.d`); an existing policy is left alone.
struct NoServiceStart {
    ours: bool,
}

impl NoServiceStart {
    fn hold() -> Outcome<Self> {
        let ours = !machine::has_systemd() && !Path::new(POLICY).exists();
        if ours {
            let script = format!("printf '#!/bin/sh\\nexit 101\\n' >{POLICY} && chmod 755 {POLICY}");
            call("sh").args(["-c", &script]).with_root().limit(30).output()?;
        }
        Ok(Self { ours })
    }
}

impl Drop for NoServiceStart {
    fn drop(&mut self) {
        if self.ours && !call("rm").args(["-f", POLICY]).with_root().limit(30).succeeds() {
            eprintln!("warning: {POLICY} could not be removed; remove it by hand or services will not start");
        }
    }
}

fn copy_files(from: &Path, to: &Path) -> Outcome {
    let Ok(entries) = std::fs::read_dir(from) else { return Ok(()) };
    for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
        let target = to.join(entry.file_name());
        std::fs::copy(entry.path(), &target).map_err(|error| Failure::io(target.display(), &error))?;
    }
    Ok(())
}

fn source_line(suite: &str) -> Outcome<String> {
    let mirror = debian_mirror().ok_or_else(|| {
        Failure::new(format!("no Debian mirror is configured in /etc/apt, so Debian {suite} cannot be read"))
    })?;
    Ok(format!("deb [signed-by={KEYRING}] {mirror} {suite} main\n"))
}

/// The mirror this machine already uses, so that nothing else has to be reachable.
fn debian_mirror() -> Option<String> {
    let list = std::fs::read_to_string("/etc/apt/sources.list").unwrap_or_default();
    let parts = std::fs::read_dir("/etc/apt/sources.list.d").ok().into_iter().flatten().flatten();
    let files = parts.map(|entry| entry.path()).filter(|path| {
        path.extension().is_some_and(|extension| extension == "list" || extension == "sources")
    });
    let texts = files.map(|file| std::fs::read_to_string(file).unwrap_or_default());
    texts.chain([list]).find_map(|text| mirror_in(&text))
}

fn mirror_in(sources: &str) -> Option<String> {
    let lines = sources.lines().filter(|line| !line.trim_start().starts_with('#'));
    let words = lines.flat_map(str::split_whitespace);
    let mirror = words.map(|word| word.trim_end_matches('/')).find(|word| {
        (word.starts_with("http://") || word.starts_with("https://")) && word.ends_with("/debian")
    });
    mirror.map(str::to_owned)
}

/// Unpacks a `.deb` into a folder without running its scripts.
pub(crate) fn unpack(deb: &Path, into: &Path) -> Outcome {
    shell::call("dpkg")
        .arg("-x")
        .args([deb, into].map(|path| path.display().to_string()))
        .limit(120)
        .output()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::mirror_in;

    #[test]
    fn the_mirror_is_found_in_both_formats_and_security_and_comments_are_not_it() {
        let deb822 =
            "Types: deb\n# http://old/debian\nURIs: http://mirror.example/debian\nSuites: bookworm\n";
        assert_eq!(mirror_in(deb822).as_deref(), Some("http://mirror.example/debian"));
        let line = "deb [signed-by=/k] https://mirror.example/debian/ bookworm main\n";
        assert_eq!(mirror_in(line).as_deref(), Some("https://mirror.example/debian"));
        assert_eq!(mirror_in("URIs: http://mirror.example/debian-security\n"), None);
    }
}
