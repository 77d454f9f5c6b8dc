//! First contact: which key a host shows, without logging in, and remembering it after a person's yes.

use super::aliases::{of_call, resolved};
use super::classify::{classify, lines};
use super::error::{ChangedKey, LinkCause, LinkError};
use super::folder::{self, file_error};
use super::keys::{HostKey, forgetting};
use super::script::REMOTE_COMMAND;
use super::settings::{Call, FIXED, LinkSettings, known_hosts_option};
use seatrial_core::model::SshHost;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Types of keys, each asked for on a connection of its own.
const KINDS: [&str; 3] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521",
    "rsa-sha2-512,rsa-sha2-256",
];
const LOCK_LIMIT: Duration = Duration::from_secs(5);

/// What a host showed. Made by [`first_contact`] only, so that nothing else can be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKeys {
    host: SshHost,
    keys: Vec<HostKey>,
    known: bool,
}

impl HostKeys {
    /// The host.
    pub fn host(&self) -> &SshHost {
        &self.host
    }

    /// Its keys, one of each type.
    pub fn keys(&self) -> &[HostKey] {
        &self.keys
    }

    /// Whether they are known already, so that there is nothing to accept.
    pub fn known(&self) -> bool {
        self.known
    }

    /// Those with the given fingerprints, and no others.
    ///
    /// # Errors
    /// Gives the first fingerprint back that the host does not show.
    pub fn only(mut self, fingerprints: &[String]) -> Result<Self, String> {
        let shown = |wanted: &&String| !self.keys.iter().any(|key| key.fingerprint == **wanted);
        if let Some(foreign) = fingerprints.iter().find(shown) {
            return Err(foreign.clone());
        }
        self.keys.retain(|key| fingerprints.contains(&key.fingerprint));
        Ok(self)
    }
}

/// Asks a host for its keys, over the way that the configuration gives (aliases, jump hosts), without logging in.
///
/// Keys that contradict known ones are [`LinkCause::KeyChanged`]: there is nothing to accept then.
pub async fn first_contact(host: &SshHost, settings: &LinkSettings) -> Result<HostKeys, LinkError> {
    let found = resolved(host, settings).await?;
    let folder = folder::private(settings).map_err(|cause| cause.on(host))?;
    let mut keys = Vec::new();
    let mut failure = None;
    // One after the other: servers count strangers who come several at a time.
    for kinds in KINDS {
        match shown(host, settings, &folder, kinds).await {
            Ok(found) => keys.extend(found),
            // A host without a key of that type says so; everything else ends the matter.
            Err(error) if error.cause == LinkCause::Incompatible => failure = Some(error),
            Err(error) => return Err(error),
        }
    }
    if let (true, Some(failure)) = (keys.is_empty(), failure) {
        return Err(failure);
    }
    let mut files = found.known_hosts;
    files.insert(0, settings.known_hosts.clone());
    let (mut known, mut places) = (Vec::new(), Vec::new());
    for name in keys.iter().map(|key| key.names.as_str()).collect::<std::collections::BTreeSet<_>>() {
        for file in files.iter().filter(|file| file.is_file()) {
            let found = remembered(name, file).await.map_err(|cause| cause.on(host))?;
            places.extend(found.iter().map(|key| (key.fingerprint.clone(), forgetting(file, name))));
            known.extend(found);
        }
    }
    let known = compare(&keys, &known).map_err(|cause| where_it_stands(cause, &places).on(host))?;
    Ok(HostKeys { host: host.clone(), keys, known })
}

/// Adds how this machine forgets the known key.
fn where_it_stands(mut cause: LinkCause, places: &[(String, Option<String>)]) -> LinkCause {
    if let LinkCause::KeyChanged(key) = &mut cause {
        let place = places.iter().find(|(fingerprint, _)| Some(fingerprint) == key.known.as_ref());
        key.forget = place.and_then(|(_, command)| command.clone());
    }
    cause
}

/// Whether the keys are known; a contradiction is an error.
fn compare(shown: &[HostKey], known: &[HostKey]) -> Result<bool, LinkCause> {
    let same = |one: &HostKey, other: &HostKey| one.kind == other.kind && one.key == other.key;
    let changed = |offered: Option<&HostKey>, known: Option<&HostKey>| {
        let fingerprint = |key: Option<&HostKey>| key.map(|key| key.fingerprint.clone());
        Err(LinkCause::KeyChanged(Box::new(ChangedKey {
            known: fingerprint(known),
            offered: fingerprint(offered),
            forget: None,
        })))
    };
    for key in shown {
        let of_kind = || known.iter().filter(|known| known.kind == key.kind);
        if of_kind().next().is_some() && !of_kind().any(|known| same(known, key)) {
            return changed(Some(key), of_kind().next());
        }
    }
    let any = shown.iter().any(|key| known.iter().any(|known| same(known, key)));
    if !any && !known.is_empty() {
        return changed(shown.first(), known.first());
    }
    Ok(any)
}

/// The key of one of the types that a host shows; none when it shows none.
async fn shown(
    host: &SshHost,
    settings: &LinkSettings,
    folder: &Path,
    kinds: &str,
) -> Result<Vec<HostKey>, LinkError> {
    let scratch = Scratch(folder.join(format!("k{}", uuid::Uuid::now_v7().simple())));
    let mut options: Vec<String> = FIXED.map(str::to_owned).to_vec();
    options.push(known_hosts_option(&[&scratch.0]).map_err(|cause| cause.on(host))?);
    let more = [
        "GlobalKnownHostsFile=/dev/null",
        "StrictHostKeyChecking=accept-new",
        "HashKnownHosts=no",
        "CheckHostIP=no",
        "PreferredAuthentications=none",
        "ControlMaster=no",
        "ControlPath=none",
    ];
    options.extend(more.map(str::to_owned));
    options.push(format!("HostKeyAlgorithms={kinds}"));
    let mut call = settings.configured(&options).map_err(|cause| cause.on(host))?;
    // Not meant to be reached; where even nobody is let in, a shell without input does nothing.
    let answer = call.host(host).word(REMOTE_COMMAND).within(settings.opening).done().await;
    let text = fs::read_to_string(&scratch.0).unwrap_or_default();
    let keys: Vec<HostKey> = text.lines().filter_map(HostKey::read).collect();
    if !keys.is_empty() {
        return Ok(keys);
    }
    let said = answer.map_err(|error| of_call(error).on(host))?.error_text();
    Err(LinkError { host: host.clone(), cause: classify(&said), detail: lines(&said) })
}

/// The keys a file has for a name, hashed names included.
async fn remembered(name: &str, file: &Path) -> Result<Vec<HostKey>, LinkCause> {
    let mut call = Call::new("ssh-keygen");
    let answer = call.word("-F").word(name).word("-f").word(file).done().await.map_err(of_call)?;
    // Status 1 means that there is none.
    Ok(answer.text().lines().filter_map(HostKey::read).collect())
}

/// Remembers keys that a person has accepted, in our own file of known hosts.
pub async fn accept(keys: &HostKeys, settings: &LinkSettings) -> Result<(), LinkError> {
    remember(keys, &settings.known_hosts).await.map_err(|cause| cause.on(&keys.host))
}

async fn remember(keys: &HostKeys, file: &Path) -> Result<(), LinkCause> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let lock = folder::lock(&file.with_file_name(&name), LOCK_LIMIT).await?;
    let _lock = lock.ok_or(LinkCause::File { path: file.to_owned(), kind: io::ErrorKind::ResourceBusy })?;
    let error = file_error(file);
    let mut text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => String::new(),
        Err(other) => return Err(error(&other)),
    };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for line in keys.keys.iter().map(HostKey::line) {
        if !text.lines().any(|known| known == line) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    replace(file, text.as_bytes()).map_err(|failure| error(&failure))
}

/// Under another name first, flushed, then renamed: a crash leaves the old file.
fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    let scratch = Scratch(file.with_extension("new"));
    let mut options = File::options();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut new = options.open(&scratch.0)?;
    new.write_all(content)?;
    new.sync_all()?;
    fs::rename(&scratch.0, file)
}

/// A file that is gone afterwards.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(kind: &str, key: &str) -> HostKey {
        HostKey {
            kind: kind.into(),
            fingerprint: format!("SHA256:{key}"),
            names: "web1".into(),
            key: key.into(),
        }
    }

    #[test]
    fn h1_only_a_key_that_contradicts_nothing_may_be_accepted() {
        let (a, b, rsa) = (key("ssh-ed25519", "a"), key("ssh-ed25519", "b"), key("ssh-rsa", "r"));
        let changed = |known: &str, offered: &str| {
            let fingerprint = |key: &str| Some(format!("SHA256:{key}"));
            Err(LinkCause::KeyChanged(Box::new(ChangedKey {
                known: fingerprint(known),
                offered: fingerprint(offered),
                forget: None,
            })))
        };
        assert_eq!(compare(std::slice::from_ref(&a), &[]), Ok(false));
        assert_eq!(compare(&[a.clone(), rsa.clone()], std::slice::from_ref(&a)), Ok(true));
        assert_eq!(compare(&[a.clone(), rsa.clone()], &[b.clone(), rsa.clone()]), changed("b", "a"));
        assert_eq!(compare(std::slice::from_ref(&a), &[b, a.clone()]), Ok(true));
        assert_eq!(compare(&[a], &[rsa]), changed("r", "a"));
    }

    #[test]
    fn h1_only_the_keys_that_a_person_named_are_accepted() {
        let shown = || HostKeys {
            host: "ssh://web1".parse().unwrap(),
            keys: vec![key("ssh-ed25519", "a"), key("ssh-rsa", "r")],
            known: false,
        };
        let named = |names: &[&str]| names.iter().map(|name| format!("SHA256:{name}")).collect::<Vec<_>>();
        assert_eq!(shown().only(&named(&["a"])).unwrap().keys(), [key("ssh-ed25519", "a")]);
        assert_eq!(shown().only(&named(&["a", "x"])), Err("SHA256:x".to_owned()));
        assert_eq!(shown().only(&[]).unwrap().keys(), []);
    }

    #[test]
    fn a_changed_key_says_how_the_known_one_is_forgotten() {
        let changed = |known: &str| {
            LinkCause::KeyChanged(Box::new(ChangedKey {
                known: Some(format!("SHA256:{known}")),
                offered: None,
                forget: None,
            }))
        };
        let places = [("SHA256:a".to_owned(), Some("ssh-keygen -R web1".to_owned()))];
        assert_eq!(where_it_stands(changed("a"), &places).forget(), Some("ssh-keygen -R web1"));
        assert_eq!(where_it_stands(changed("b"), &places).forget(), None);
    }

    #[tokio::test]
    async fn accepted_keys_are_added_once_to_a_file_that_only_we_read() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("known_hosts");
        fs::write(&file, "other ssh-rsa AAAA").unwrap();
        let keys = HostKeys {
            host: "ssh://web1".parse().unwrap(),
            keys: vec![key("ssh-ed25519", "a")],
            known: false,
        };
        for _ in 0..2 {
            remember(&keys, &file).await.unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), "other ssh-rsa AAAA\nweb1 ssh-ed25519 a\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
