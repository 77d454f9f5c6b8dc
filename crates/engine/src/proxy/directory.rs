//! The proxy's directory on its host: configuration, saved sites, and per app the files that direct traffic.
//!
//! Every file is written to a temporary name, flushed to disk and renamed, so that a crash or a full disk
//! leaves the old content. The saved sites carry a checksum and have a copy; the configuration is made
//! from them again whenever it is missing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use seatrial_core::model::Slot;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};

use super::error::{ProxyError, Result};
use super::site::{Direction, SiteKey, Sites};

const LOCK_DEADLINE: Duration = Duration::from_secs(30);
const LOCK_POLL: Duration = Duration::from_millis(20);

/// The directory that is mounted into the proxy's container.
#[derive(Debug, Clone)]
pub(crate) struct ProxyDirectory {
    root: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    sha256: String,
    sites: Sites,
}

/// Excludes other processes from changing sites while it lives.
#[derive(Debug)]
pub(crate) struct SitesLock {
    _file: File,
}

impl ProxyDirectory {
    /// Makes the directory, accessible to its owner only, where it is missing.
    pub(crate) fn open(root: PathBuf) -> Result<Self> {
        let directory = Self { root };
        private_directory(&directory.root)?;
        private_directory(&directory.apps())?;
        Ok(directory)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn admin_socket(&self) -> PathBuf {
        self.root.join("admin.sock")
    }

    pub(crate) fn slot_socket(&self, key: &SiteKey, slot: Slot) -> PathBuf {
        self.app(key).join(format!("{slot}.sock"))
    }

    fn apps(&self) -> PathBuf {
        self.root.join("apps")
    }

    fn app(&self, key: &SiteKey) -> PathBuf {
        self.apps().join(key.as_str())
    }

    /// Waits for the right to change sites.
    pub(crate) async fn lock(&self) -> Result<SitesLock> {
        let path = self.root.join("sites.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(file_error(&path))?;
        let deadline = Instant::now() + LOCK_DEADLINE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(SitesLock { _file: file }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(LOCK_POLL).await,
                Err(TryLockError::WouldBlock) => return Err(ProxyError::Locked { after: LOCK_DEADLINE }),
                Err(TryLockError::Error(source)) => return Err(ProxyError::File { path, source }),
            }
        }
    }

    /// The saved sites; `None` when nothing was ever saved. A damaged file is replaced by its copy.
    pub(crate) fn load_sites(&self) -> Result<Option<Sites>> {
        let (path, copy) = (self.root.join("sites.json"), self.root.join("sites.last-good.json"));
        let (first, second) = (read_optional(&path)?, read_optional(&copy)?);
        if first.is_none() && second.is_none() {
            return Ok(None);
        }
        let found = [first, second].into_iter().flatten().find_map(|text| check(&text));
        found.map(Some).ok_or(ProxyError::StateDamaged { path })
    }

    /// Saves sites and the configuration made from them. What is saved already is not written again.
    pub(crate) fn save_sites(&self, sites: &Sites, config: &[u8]) -> Result<()> {
        let known = self.load_sites().ok().flatten();
        if known.as_ref() == Some(sites) && read_optional(&self.config_file())?.as_deref() == Some(config) {
            return Ok(());
        }
        let sha256 = checksum(sites);
        // Plain values in memory always serialize.
        let text = serde_json::to_vec_pretty(&Saved { sha256, sites: sites.clone() }).unwrap_or_default();
        write_atomically(&self.config_file(), config)?;
        write_atomically(&self.root.join("sites.json"), &text)?;
        write_atomically(&self.root.join("sites.last-good.json"), &text)
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.root.join("caddy.json")
    }

    /// Makes an app's directory; a new app directs requests nowhere.
    pub(crate) fn prepare_app(&self, key: &SiteKey) -> Result<()> {
        private_directory(&self.app(key))?;
        if self.direction(key)?.is_none() {
            self.direct(key, Direction::Absent)?;
        }
        Ok(())
    }

    pub(crate) fn remove_app(&self, key: &SiteKey) -> Result<()> {
        let path = self.app(key);
        match fs::remove_dir_all(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(ProxyError::File { path, source }),
            _ => Ok(()),
        }
    }

    pub(crate) fn direct(&self, key: &SiteKey, direction: Direction) -> Result<()> {
        write_atomically(&self.app(key).join("live"), direction.text().as_bytes())
    }

    pub(crate) fn direction(&self, key: &SiteKey) -> Result<Option<Direction>> {
        let text = read_optional(&self.app(key).join("live"))?;
        Ok(text.and_then(|bytes| Direction::parse(&String::from_utf8_lossy(&bytes))))
    }

    pub(crate) fn set_upstream(&self, key: &SiteKey, slot: Slot, upstream: &str) -> Result<()> {
        write_atomically(&self.app(key).join(slot.as_str()), upstream.as_bytes())
    }

    pub(crate) fn upstream(&self, key: &SiteKey, slot: Slot) -> Result<Option<String>> {
        let text = read_optional(&self.app(key).join(slot.as_str()))?;
        Ok(text.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()))
    }
}

fn check(text: &[u8]) -> Option<Sites> {
    let saved: Saved = serde_json::from_slice(text).ok()?;
    (checksum(&saved.sites) == saved.sha256).then_some(saved.sites)
}

fn checksum(sites: &Sites) -> String {
    let text = serde_json::to_vec(sites).unwrap_or_default();
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn file_error(path: &Path) -> impl FnOnce(io::Error) -> ProxyError {
    let path = path.to_owned();
    move |source| ProxyError::File { path, source }
}

fn read_optional(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error(path)(error)),
    }
}

fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    // Two processes may write the same file; each needs a temporary name of its own.
    name.push(format!(".{}.new", std::process::id()));
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        match path.parent() {
            Some(parent) => File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    };
    write().map_err(|source| {
        drop(fs::remove_file(&temporary));
        file_error(path)(source)
    })
}

fn private_directory(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(file_error(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::site::{Domain, Site};

    fn directory() -> (tempfile::TempDir, ProxyDirectory) {
        let root = tempfile::tempdir().unwrap();
        let directory = ProxyDirectory::open(root.path().join("proxy")).unwrap();
        (root, directory)
    }

    fn sites() -> Sites {
        let site = Site {
            key: SiteKey::parse("shop-prod").unwrap(),
            domains: vec![Domain::parse("shop.localhost").unwrap()],
            certificate: None,
        };
        Sites::new("t").with(site).unwrap()
    }

    #[test]
    fn d12_a_torn_list_of_sites_is_replaced_by_its_last_good_copy() {
        let (_root, directory) = directory();
        assert_eq!(directory.load_sites().unwrap(), None);
        directory.save_sites(&sites(), b"{}").unwrap();
        let path = directory.root().join("sites.json");
        let text = fs::read(&path).unwrap();
        for damage in [text[..text.len() / 2].to_vec(), Vec::new(), b"{}".to_vec()] {
            fs::write(&path, damage).unwrap();
            assert_eq!(directory.load_sites().unwrap(), Some(sites()));
        }
        fs::write(directory.root().join("sites.last-good.json"), b"x").unwrap();
        assert!(matches!(directory.load_sites(), Err(ProxyError::StateDamaged { .. })));
    }

    #[test]
    fn d12_a_changed_byte_is_noticed_by_the_checksum() {
        let (_root, directory) = directory();
        directory.save_sites(&sites(), b"{}").unwrap();
        for name in ["sites.json", "sites.last-good.json"] {
            let path = directory.root().join(name);
            let text = fs::read_to_string(&path).unwrap().replace("shop.localhost", "evil.localhost");
            fs::write(&path, text).unwrap();
        }
        assert!(matches!(directory.load_sites(), Err(ProxyError::StateDamaged { .. })));
    }

    #[test]
    fn a_new_app_leads_nowhere_and_preparing_again_keeps_its_direction() {
        let (_root, directory) = directory();
        let key = SiteKey::parse("shop-prod").unwrap();
        directory.prepare_app(&key).unwrap();
        assert_eq!(directory.direction(&key).unwrap(), Some(Direction::Absent));
        directory.direct(&key, Direction::Slot(Slot::Green)).unwrap();
        directory.prepare_app(&key).unwrap();
        assert_eq!(directory.direction(&key).unwrap(), Some(Direction::Slot(Slot::Green)));
    }

    #[tokio::test]
    async fn two_changers_exclude_each_other_and_a_dead_one_does_not_block() {
        let (_root, directory) = directory();
        let first = directory.lock().await.unwrap();
        let second = tokio::time::timeout(Duration::from_millis(100), directory.lock()).await;
        assert!(second.is_err(), "the second must wait");
        drop(first);
        directory.lock().await.unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn the_directory_is_closed_to_other_users() {
        use std::os::unix::fs::PermissionsExt;
        let (_root, directory) = directory();
        let mode = fs::metadata(directory.root()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
