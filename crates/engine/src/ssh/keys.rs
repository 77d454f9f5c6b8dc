//! Public keys of hosts, as files of known hosts have them.

use super::entrance::shell_line;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The public key of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    /// Its type, such as `ssh-ed25519`.
    pub kind: String,
    /// Its fingerprint as the host's own `ssh-keygen -l` shows it: `SHA256:…`.
    pub fingerprint: String,
    /// The names it is known under, as ssh writes them.
    pub(super) names: String,
    /// The key itself, in base64.
    pub(super) key: String,
}

impl HostKey {
    /// Reads a line `NAMES TYPE KEY [COMMENT]`. Comments, empty lines and those with a marker (authorities, revoked
    /// keys) are none.
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let (names, kind, key) = (words.next()?, words.next()?, words.next()?);
        if names.starts_with(['#', '@']) {
            return None;
        }
        let blob = STANDARD.decode(key).ok()?;
        // The key starts with the length and the text of its own type.
        blob.get(4..4 + kind.len()).filter(|inside| *inside == kind.as_bytes())?;
        let fingerprint = format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob)));
        Some(Self { kind: kind.to_owned(), fingerprint, names: names.to_owned(), key: key.to_owned() })
    }

    /// As a line of a file of known hosts.
    pub(super) fn line(&self) -> String {
        format!("{} {} {}", self.names, self.kind, self.key)
    }

    /// The key in one line (from 1) of a file.
    pub(super) fn at(file: &Path, line: usize) -> Option<Self> {
        let text = std::fs::read_to_string(file).ok()?;
        Self::read(text.lines().nth(line.checked_sub(1)?)?)
    }
}

/// The command that takes the keys of a host out of a file. `names` as the file has them; a name that is only there as
/// a hash cannot be given back.
pub(super) fn forgetting(file: &Path, names: &str) -> Option<String> {
    let name = names.split(',').next().filter(|name| !name.is_empty() && !name.starts_with('|'))?;
    Some(shell_line(&["ssh-keygen", "-f", file.to_str()?, "-R", name]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str =
        "[127.0.0.1]:22 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHRlc3RrZXl0ZXN0a2V5dGVzdGtleXRlc3RrZXkwMTIz";

    #[test]
    fn a_key_is_read_with_its_fingerprint_and_written_as_it_was() {
        let key = HostKey::read(&format!("{LINE} comment")).unwrap();
        assert_eq!(key.kind, "ssh-ed25519");
        assert_eq!(key.line(), LINE);
        assert!(key.fingerprint.starts_with("SHA256:") && key.fingerprint.len() == 7 + 43, "{key:?}");
    }

    #[test]
    fn the_command_that_forgets_a_key_names_file_and_host() {
        let forget = |names| forgetting(Path::new("/a b/known_hosts"), names);
        let command = "ssh-keygen -f '/a b/known_hosts' -R '[web1]:2222'";
        assert_eq!(forget("[web1]:2222,10.0.0.9").as_deref(), Some(command));
        assert_eq!(forget("|1|abc=|def="), None);
    }

    #[test]
    fn what_is_no_key_is_none() {
        let revoked = format!("@revoked {LINE}");
        let other_type = LINE.replace("ssh-ed25519", "ssh-rsa");
        for line in ["", "# comment", "host ssh-ed25519", "host ssh-ed25519 !!!", &revoked, &other_type] {
            assert_eq!(HostKey::read(line), None, "{line}");
        }
    }
}
