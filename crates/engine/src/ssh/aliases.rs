//! The user's SSH configuration: which hosts it names, and what ssh makes of one.

use super::classify::{classify, lines};
use super::error::{LinkCause, LinkError};
use super::settings::{CallError, LinkSettings};
use seatrial_core::model::SshHost;
use std::fs;
use std::path::{Path, PathBuf};

/// How deep one file may include another; ssh itself stops there.
const DEEPEST: usize = 16;
const MOST_FILES: usize = 100;
const MOST_ALIASES: usize = 1000;
const LARGEST_FILE: u64 = 1024 * 1024;

/// The hosts that the user's configuration, or the given one, names: entries without patterns, in their order. For
/// choosing from; files that cannot be read are left out.
pub fn known_aliases(config: Option<&Path>) -> Vec<SshHost> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let user = home.join(".ssh");
    let mut reader = Reader { home, user, files: 0, found: Vec::new() };
    reader.read(config.unwrap_or(&reader.user.join("config")), DEEPEST);
    reader.found
}

struct Reader {
    home: PathBuf,
    user: PathBuf,
    files: usize,
    found: Vec<SshHost>,
}

impl Reader {
    fn read(&mut self, file: &Path, depth: usize) {
        self.files += 1;
        let readable = fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST_FILE);
        if depth == 0 || self.files > MOST_FILES || !readable {
            return;
        }
        let text =
            fs::read(file).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        for line in text.lines() {
            let words = words(line);
            let Some((keyword, arguments)) = words.split_first() else { continue };
            match keyword.to_ascii_lowercase().as_str() {
                "host" => arguments.iter().for_each(|name| self.take(name)),
                "include" => arguments.iter().for_each(|pattern| self.include(pattern, depth)),
                _ => {}
            }
        }
    }

    fn take(&mut self, name: &str) {
        // A pattern, or its negation, is no host; neither is a name that we would not give to ssh.
        let Ok(host) = SshHost::new(None, name, None) else { return };
        if self.found.len() < MOST_ALIASES && !self.found.contains(&host) {
            self.found.push(host);
        }
    }

    fn include(&mut self, pattern: &str, depth: usize) {
        let path = match pattern.strip_prefix("~/") {
            Some(rest) => self.home.join(rest),
            None => self.user.join(pattern),
        };
        for file in matching(&path) {
            self.read(&file, depth - 1);
        }
    }
}

/// The words of a line: `Key value "quoted value"` or `Key=value`; a comment has none.
fn words(line: &str) -> Vec<String> {
    let line = line.trim();
    if line.starts_with('#') {
        return Vec::new();
    }
    let line = line.replacen(
        '=',
        " ",
        usize::from(
            line.split(['"', ' ', '\t']).next().unwrap_or_default().contains('=') || line.contains(" ="),
        ),
    );
    let mut words = Vec::new();
    let (mut word, mut quoted) = (String::new(), false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The files that a path with `*` and `?` in its parts stands for, sorted.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::new()];
    for part in pattern.components() {
        let part = part.as_os_str();
        let text = part.to_string_lossy();
        if !text.contains(['*', '?']) {
            paths.iter_mut().for_each(|path| path.push(part));
            continue;
        }
        let mut next = Vec::new();
        for entry in paths.iter().filter_map(|path| fs::read_dir(path).ok()).flatten().flatten() {
            let name = entry.file_name();
            let hidden = name.as_encoded_bytes().starts_with(b".") && !text.starts_with('.');
            if !hidden && fits(text.as_bytes(), name.as_encoded_bytes()) && next.len() < MOST_FILES {
                next.push(entry.path());
            }
        }
        next.sort();
        paths = next;
    }
    paths
}

fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=name.len()).any(|skip| fits(rest, &name[skip..])),
        (Some((b'?', rest)), Some((_, name))) => fits(rest, name),
        (Some((wanted, rest)), Some((found, name))) => wanted == found && fits(rest, name),
        _ => false,
    }
}

/// What ssh makes of a host, by its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The login name.
    pub user: String,
    /// The name or address that is connected to.
    pub hostname: String,
    /// The port.
    pub port: u16,
    /// The hosts that the way leads over, as they are written; `None` for a direct way.
    pub proxy_jump: Option<String>,
    /// Files of known hosts, the user's and the system's.
    pub(super) known_hosts: Vec<PathBuf>,
}

/// Asks ssh what it makes of a host. Nothing is connected to.
pub async fn resolved(host: &SshHost, settings: &LinkSettings) -> Result<Resolved, LinkError> {
    let answer = settings.configured(&[]).map_err(|cause| cause.on(host))?.word("-G").host(host).done().await;
    let answer = answer.map_err(|error| of_call(error).on(host))?;
    if !answer.is_success() {
        let said = answer.error_text();
        return Err(LinkError { host: host.clone(), cause: classify(&said), detail: lines(&said) });
    }
    Ok(read(&answer.text()))
}

/// A call that has no answer, as a cause.
pub(super) fn of_call(error: CallError) -> LinkCause {
    match error {
        CallError::Missing => LinkCause::SshMissing,
        CallError::TimedOut => LinkCause::TimedOut,
        CallError::TooMuch | CallError::Failed => LinkCause::Other,
    }
}

fn read(text: &str) -> Resolved {
    let value = |key: &str| {
        text.lines()
            .find_map(|line| line.split_once(' ').filter(|(name, _)| *name == key))
            .map(|(_, value)| value)
    };
    let files = ["userknownhostsfile", "globalknownhostsfile"].into_iter().filter_map(value);
    Resolved {
        user: value("user").unwrap_or_default().to_owned(),
        hostname: value("hostname").unwrap_or_default().to_owned(),
        port: value("port").and_then(|port| port.parse().ok()).unwrap_or(22),
        proxy_jump: value("proxyjump").filter(|jump| *jump != "none").map(str::to_owned),
        known_hosts: files.flat_map(str::split_whitespace).map(PathBuf::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(config: &Path) -> Vec<String> {
        known_aliases(Some(config)).iter().map(|host| host.host().to_owned()).collect()
    }

    #[test]
    fn hosts_without_patterns_are_listed_in_order_and_once() {
        let root = tempfile::tempdir().unwrap();
        let config = root.path().join("config");
        let text = "# Host none\nHost web1 web2 *.example !web3\n  HostName 10.0.0.1\nhost=db\nHost \"quoted\" web1\n\
                    Host -oProxyCommand=x a%b\nMatch host matched\nHost *\n  User me\n";
        fs::write(&config, text).unwrap();
        assert_eq!(names(&config), ["web1", "web2", "db", "quoted"]);
        assert_eq!(names(&root.path().join("missing")), Vec::<String>::new());
    }

    #[test]
    fn included_files_are_followed_and_a_circle_ends() {
        let root = tempfile::tempdir().unwrap();
        let (config, folder) = (root.path().join("config"), root.path().join("conf.d"));
        fs::create_dir(&folder).unwrap();
        fs::write(&config, format!("Include {}/*.conf {}\nHost last\n", folder.display(), config.display()))
            .unwrap();
        fs::write(folder.join("b.conf"), "Host b\n").unwrap();
        fs::write(folder.join("a.conf"), "Host a\n").unwrap();
        fs::write(folder.join(".hidden.conf"), "Host hidden\n").unwrap();
        fs::write(folder.join("c.txt"), "Host c\n").unwrap();
        assert_eq!(names(&config), ["a", "b", "last"]);
    }

    #[test]
    fn wildcards_fit_as_in_a_shell() {
        for (pattern, name, fit) in [
            ("*", "a", true),
            ("*.conf", "x.conf", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b", "abc", false),
        ] {
            assert_eq!(fits(pattern.as_bytes(), name.as_bytes()), fit, "{pattern} {name}");
        }
    }

    #[test]
    fn the_answer_of_ssh_is_read() {
        let found =
            read("user me\nhostname 10.0.0.1\nport 2222\nproxyjump bastion\nuserknownhostsfile /a /b\n");
        assert_eq!((found.user.as_str(), found.hostname.as_str(), found.port), ("me", "10.0.0.1", 2222));
        assert_eq!(found.proxy_jump.as_deref(), Some("bastion"));
        assert_eq!(found.known_hosts, [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert_eq!(read("proxyjump none\n").proxy_jump, None);
    }
}
