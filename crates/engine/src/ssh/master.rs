//! The shared connection: an ssh process of its own that outlives us, and the socket that leads to it.

use super::aliases::{of_call, resolved};
use super::classify::{classify, lines, offending};
use super::error::{ChangedKey, LinkCause, LinkError};
use super::folder::{self, tag};
use super::keys::{HostKey, forgetting};
use super::settings::{Call, CallError, FIXED, LinkSettings, known_hosts_option};
use seatrial_core::model::SshHost;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A living process takes a connection at once, and answers within this.
const ANSWER: Duration = Duration::from_secs(2);

/// One shared connection, told apart from an earlier one at the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity(pub(super) String);

/// Where the shared connection to a host is.
#[derive(Debug)]
pub(super) struct Master {
    pub(super) host: SshHost,
    pub(super) settings: LinkSettings,
    pub(super) folder: PathBuf,
    /// What all our names of this host in the folder begin with.
    pub(super) stem: String,
}

impl Master {
    pub(super) fn new(host: &SshHost, settings: &LinkSettings) -> Result<Self, LinkError> {
        let folder = folder::private(settings).map_err(|cause| cause.on(host))?;
        let config = settings.config.as_deref().map_or(&b""[..], |path| path.as_os_str().as_encoded_bytes());
        let stem = tag(&[host.to_string().as_bytes(), config], 8);
        Ok(Self { host: host.clone(), settings: settings.clone(), folder, stem })
    }

    pub(super) fn control(&self) -> PathBuf {
        self.folder.join(format!("{}.c", self.stem))
    }

    /// Excludes other processes from opening the connection or adding to it.
    pub(super) async fn lock(&self) -> Result<File, LinkError> {
        let limit = self.settings.opening + Duration::from_secs(5);
        let lock = folder::lock(&self.folder.join(format!("{}.l", self.stem)), limit).await;
        lock.map_err(|cause| self.failed(cause))?.ok_or_else(|| self.failed(LinkCause::TimedOut))
    }

    /// The connection that is there, if somebody listens on its socket. Costs no round trip to the host.
    #[cfg(unix)]
    pub(super) async fn there(&self) -> Option<Identity> {
        use std::os::unix::fs::MetadataExt as _;
        let control = self.control();
        let meta = std::fs::symlink_metadata(&control).ok()?;
        let connected = tokio::time::timeout(ANSWER, tokio::net::UnixStream::connect(&control)).await;
        connected.ok()?.ok()?;
        Some(Identity(format!("{}.{}.{}", meta.ino(), meta.ctime(), meta.ctime_nsec())))
    }

    #[cfg(not(unix))]
    pub(super) async fn there(&self) -> Option<Identity> {
        None
    }

    /// A call through the connection.
    pub(super) fn shared(&self) -> Call {
        Call::shared(&self.control())
    }

    /// Opens the connection. Under the lock only.
    pub(super) async fn open(&self) -> Result<Identity, LinkError> {
        let options = self.options().await?;
        self.forget();
        let mut call = self.settings.configured(&options).map_err(|cause| self.failed(cause))?;
        call.word("-S").word(self.control()).words(["-M", "-f", "-N", "-T", "-x", "-a"]).host(&self.host);
        let answer = call.within(self.settings.opening).done().await;
        let answer = answer.map_err(|error| self.failed(of_call(error)))?;
        let said = answer.error_text();
        if answer.is_success()
            && let Some(identity) = self.there().await
        {
            return Ok(identity);
        }
        let cause = match (classify(&said), offending(&said)) {
            (LinkCause::KeyChanged(key), place) => {
                let file = place.as_ref().map(|place| Path::new(&place.file));
                let known = place.as_ref().and_then(|place| HostKey::at(Path::new(&place.file), place.line));
                let names = known.as_ref().zip(file);
                let forget = names.and_then(|(key, file)| forgetting(file, &key.names));
                LinkCause::KeyChanged(Box::new(ChangedKey {
                    known: known.map(|key| key.fingerprint),
                    forget,
                    ..*key
                }))
            }
            (cause, _) => cause,
        };
        Err(LinkError { host: self.host.clone(), cause, detail: lines(&said) })
    }

    async fn options(&self) -> Result<Vec<String>, LinkError> {
        let usual = resolved(&self.host, &self.settings).await?.known_hosts;
        let usual = usual.iter().map(PathBuf::as_path).filter(|file| known_hosts_option(&[file]).is_ok());
        let files: Vec<&Path> = std::iter::once(self.settings.known_hosts.as_path()).chain(usual).collect();
        let mut options: Vec<String> = FIXED.map(str::to_owned).to_vec();
        options.push(known_hosts_option(&files).map_err(|cause| self.failed(cause))?);
        options.push("StrictHostKeyChecking=yes".to_owned());
        options.push("StreamLocalBindUnlink=yes".to_owned());
        options.push("StreamLocalBindMask=0177".to_owned());
        options.push(format!("ControlPersist={}", self.settings.persist.as_secs().max(1)));
        Ok(options)
    }

    /// Gives a connection up whose process does not answer any more: the next call opens another.
    pub(super) async fn doubt(&self) {
        let mut call = self.shared();
        let answer = call.words(["-O", "check"]).host(&self.host).within(ANSWER).done().await;
        if answer.is_err_and(|error| error == CallError::TimedOut) {
            self.forget();
        }
    }

    /// Closes the connection, with all that runs through it.
    pub(super) async fn close(&self) -> Result<(), LinkError> {
        if self.there().await.is_some() {
            let mut call = self.shared();
            let answer = call.words(["-O", "exit"]).host(&self.host).within(ANSWER).done().await;
            answer.map_err(|error| self.failed(of_call(error)))?;
        }
        self.forget();
        Ok(())
    }

    /// Removes what an earlier connection left in the folder.
    fn forget(&self) {
        drop(std::fs::remove_file(self.control()));
        let ours = format!("{}-", self.stem);
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(ours.as_bytes()) {
                drop(std::fs::remove_file(entry.path()));
            }
        }
    }

    pub(super) fn failed(&self, cause: LinkCause) -> LinkError {
        cause.on(&self.host)
    }
}
