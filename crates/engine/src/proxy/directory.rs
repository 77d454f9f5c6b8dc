//! The proxy's directory on its host: configuration, saved sites, and per app the files that direct traffic.
//!
//! Every file is written to a temporary name, flushed to disk and renamed, so that a crash or a full disk
//! leaves the old content. The saved sites carry a checksum and have a copy; the configuration is made
//! from them again whenever it is missing.
//!
//! On this machine a lock excludes other processes while sites are changed. On a host no lock would outlive a cut link
//! in a way that can be trusted, so a change is saved only if the sites are still those that it was made from.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use seatrial_core::model::Slot;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};

use super::config::ROOT;
use super::error::{ProxyError, Result};
use super::files::{Answers, Batch, Files, digest, file_error, private_directory};
use super::site::{Direction, Site, SiteKey, Sites};
use crate::docker::Instance;
use crate::shared_place::Fence;
use crate::ssh::{Link, Reach, Script};

const LOCK_DEADLINE: Duration = Duration::from_secs(30);
const LOCK_POLL: Duration = Duration::from_millis(20);
const MAKE_DEADLINE: Duration = Duration::from_secs(15);
/// How old what is known of a host's sites may be for asking them: domain and token change seldom, questions are many.
const FRESH: Duration = Duration::from_secs(2);

const SITES: &str = "sites.json";
const COPY: &str = "sites.last-good.json";
const CONFIG: &str = "caddy.json";
const APPS: &str = "apps";
const LIVE: &str = "live";

/// The directory that is mounted into the proxy's container.
#[derive(Debug, Clone)]
pub(crate) struct ProxyDirectory {
    files: Files,
    known: Arc<Mutex<Option<(Instant, Sites)>>>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    sha256: String,
    sites: Sites,
}

/// What a look at the directory has found; what is saved later is compared with it.
#[derive(Debug)]
pub(crate) struct Found {
    /// The saved sites; `None` when nothing was ever saved.
    pub(crate) sites: Option<Sites>,
    revision: Option<String>,
    config: String,
    apps: BTreeSet<String>,
}

/// Excludes other processes of this machine from changing sites while it lives.
#[derive(Debug)]
pub(crate) struct SitesLock {
    _file: File,
}

/// The directory for the proxy of an instance on a host, in the login user's home; made where it is missing.
pub async fn directory_on(link: &Link, instance: &Instance) -> Result<PathBuf> {
    let script = Script::new(
        "set -eu; umask 077\n\
         directory=\"$HOME/.local/share/seatrial/$1/proxy\"\n\
         mkdir -p -- \"$directory/apps\"; chmod 700 -- \"$directory\"; cd -- \"$directory\"; pwd -P",
    );
    let output = link.run(&script.arg(instance.label()), b"", MAKE_DEADLINE).await?;
    let path = PathBuf::from(output.text());
    if output.is_success() && path.has_root() {
        return Ok(path);
    }
    Err(ProxyError::Script { status: output.status, report: output.error_text() })
}

impl ProxyDirectory {
    /// Makes the directory, accessible to its owner only, where it is missing.
    pub(crate) fn open(root: PathBuf) -> Result<Self> {
        private_directory(&root)?;
        private_directory(&root.join(APPS))?;
        Ok(Self { files: Files::Here(root), known: Arc::default() })
    }

    /// The directory on a host; it is made when it is looked at.
    pub(crate) fn over(link: &Link, root: PathBuf) -> Self {
        Self { files: Files::There { link: link.clone(), root, lease: None }, known: Arc::default() }
    }

    /// The same directory, changed only as long as a lease is held.
    pub(crate) fn owned(mut self, fence: Arc<Fence>) -> Self {
        if let Files::There { lease, .. } = &mut self.files {
            *lease = Some(fence);
        }
        self
    }

    pub(crate) fn root(&self) -> &Path {
        self.files.root()
    }

    /// How the directory's sockets, and the ports of its host, are reached.
    pub(crate) fn reach(&self) -> Reach {
        match &self.files {
            Files::Here(_) => Reach::Here,
            Files::There { link, .. } => Reach::Over(link.clone()),
        }
    }

    pub(crate) fn admin_socket(&self) -> PathBuf {
        self.root().join("admin.sock")
    }

    pub(crate) fn slot_socket(&self, key: &SiteKey, slot: Slot) -> PathBuf {
        self.root().join(app(key)).join(format!("{slot}.sock"))
    }

    /// Waits for the right to change sites. On a host there is none: see [`Self::save`].
    pub(crate) async fn lock(&self) -> Result<Option<SitesLock>> {
        let Files::Here(root) = &self.files else { return Ok(None) };
        let path = root.join("sites.lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(file_error(&path))?;
        let deadline = Instant::now() + LOCK_DEADLINE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(SitesLock { _file: file })),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(LOCK_POLL).await,
                Err(TryLockError::WouldBlock) => return Err(ProxyError::Locked { after: LOCK_DEADLINE }),
                Err(TryLockError::Error(source)) => return Err(ProxyError::File { path, source }),
            }
        }
    }

    /// Looks at everything that a change of sites needs to know. A damaged list of sites is replaced by its copy.
    pub(crate) async fn look(&self) -> Result<Found> {
        let batch = Batch::default().read(SITES).read(COPY).digest(CONFIG).having(APPS, LIVE);
        let mut answers = self.files.carry_out(&batch).await?.unwrap_or_default().into_iter();
        let (first, second) = (answers.next().flatten(), answers.next().flatten());
        let mut text = || String::from_utf8_lossy(&answers.next().flatten().unwrap_or_default()).into_owned();
        let (config, apps) = (text().trim().to_owned(), text());
        let apps = apps.lines().filter_map(|path| path.split('/').nth(1).map(str::to_owned)).collect();
        let revision = first.as_deref().map(digest);
        let sites = self.sites_in(first, second)?;
        Ok(Found { sites, revision, config, apps })
    }

    fn sites_in(&self, first: Option<Vec<u8>>, second: Option<Vec<u8>>) -> Result<Option<Sites>> {
        if first.is_none() && second.is_none() {
            return Ok(None);
        }
        let found = [first, second].into_iter().flatten().find_map(|text| check(&text));
        let sites = found.ok_or_else(|| ProxyError::StateDamaged { path: self.root().join(SITES) })?;
        self.know(&sites);
        Ok(Some(sites))
    }

    fn know(&self, sites: &Sites) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), sites.clone()));
    }

    /// Saves sites and the configuration made from them, if nobody else has saved any since they were looked at.
    /// What is saved already is not written again.
    pub(crate) async fn save(&self, sites: &Sites, config: &[u8], found: Found) -> Result<Found> {
        if found.sites.as_ref() == Some(sites) && found.config == digest(config) {
            return Ok(found);
        }
        let sha256 = checksum(sites);
        // Plain values in memory always serialize.
        let text = serde_json::to_vec_pretty(&Saved { sha256, sites: sites.clone() }).unwrap_or_default();
        let (revision, config_digest) = (Some(digest(&text)), digest(config));
        let batch = Batch::default().folder(APPS).expect(SITES, found.revision).write(CONFIG, config);
        self.files.carry_out(&batch.write(SITES, text.clone()).write(COPY, text)).await?;
        self.know(sites);
        Ok(Found { sites: Some(sites.clone()), revision, config: config_digest, apps: found.apps })
    }

    /// Makes the directories of apps that have none; a new app directs requests nowhere.
    pub(crate) async fn prepare(&self, sites: &Sites, found: &Found) -> Result<()> {
        let missing = sites.sites.keys().filter(|key| !found.apps.contains(key.as_str()));
        let batch = missing.fold(Batch::default(), |batch, key| {
            batch.folder(app(key)).add(format!("{}/{LIVE}", app(key)), Direction::Absent.text())
        });
        // Before the configuration that names it.
        let roots = sites.sites.values().filter_map(|site| Some((site, site.acme.as_ref()?.root.as_ref()?)));
        let new = roots.filter(|(site, root)| known_root(found, &site.key) != Some(root.as_str()));
        let batch = new.fold(batch, |batch, (site, root)| {
            batch.folder(app(&site.key)).write(format!("{}/{ROOT}", app(&site.key)), root.as_bytes())
        });
        if !batch.is_empty() {
            self.files.carry_out(&batch).await?;
        }
        Ok(())
    }

    /// Removes an app's directory, unless sites were changed since they were looked at: it may be there again.
    pub(crate) async fn remove_app(&self, key: &SiteKey, found: &Found) -> Result<()> {
        let batch = Batch::default().expect(SITES, found.revision.clone()).remove(app(key));
        match self.files.carry_out(&batch).await {
            Ok(_) | Err(ProxyError::ChangedMeanwhile) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Directs requests of an app.
    pub(crate) async fn direct(&self, key: &SiteKey, direction: Direction) -> Result<()> {
        let batch = Batch::default().need(app(key)).write(format!("{}/{LIVE}", app(key)), direction.text());
        self.of_app(key, batch).await.map(drop)
    }

    pub(crate) async fn direction(&self, key: &SiteKey) -> Result<Option<Direction>> {
        let text = self.of_app(key, Batch::default().read(format!("{}/{LIVE}", app(key)))).await?;
        Ok(text.and_then(|text| Direction::parse(&text)))
    }

    pub(crate) async fn set_upstream(&self, key: &SiteKey, slot: Slot, upstream: &str) -> Result<()> {
        let batch = Batch::default().need(app(key)).write(format!("{}/{slot}", app(key)), upstream);
        self.of_app(key, batch).await.map(drop)
    }

    pub(crate) async fn upstream(&self, key: &SiteKey, slot: Slot) -> Result<Option<String>> {
        let batch = Batch::default().read(format!("{}/{slot}", app(key)));
        let answers = self.files.carry_out(&batch).await?;
        Ok(text(answers).map(|text| text.trim().to_owned()))
    }

    /// Carries a batch for an app out that the sites have, and gives its one answer if it has one.
    async fn of_app(&self, key: &SiteKey, batch: Batch) -> Result<Option<String>> {
        let unknown = || ProxyError::UnknownSite { key: key.clone() };
        let answers = self.files.carry_out(&batch.read(SITES).read(COPY)).await?;
        let mut answers = answers.ok_or_else(unknown)?;
        let (second, first) = (answers.pop().flatten(), answers.pop().flatten());
        let sites = self.sites_in(first, second)?;
        sites.filter(|sites| sites.sites.contains_key(key)).ok_or_else(unknown)?;
        Ok(text(Some(answers)))
    }

    /// A site and the token of our own questions, for asking it.
    pub(crate) async fn site(&self, key: &SiteKey) -> Result<(Site, String)> {
        let unknown = || ProxyError::UnknownSite { key: key.clone() };
        // What somebody else has added meanwhile is not in it.
        let sites = match self.fresh().filter(|sites| sites.sites.contains_key(key)) {
            Some(sites) => sites,
            None => {
                let answers = self.files.carry_out(&Batch::default().read(SITES).read(COPY)).await?;
                let mut answers = answers.unwrap_or_default().into_iter();
                let (first, second) = (answers.next().flatten(), answers.next().flatten());
                self.sites_in(first, second)?.ok_or_else(unknown)?
            }
        };
        let site = sites.sites.get(key).cloned().ok_or_else(unknown)?;
        Ok((site, sites.probe_token))
    }

    /// What is known of a host's sites, if that is new enough. Here it costs nothing to look.
    fn fresh(&self) -> Option<Sites> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let there = matches!(self.files, Files::There { .. });
        known.as_ref().filter(|(at, _)| there && at.elapsed() < FRESH).map(|(_, sites)| sites.clone())
    }
}

/// The root certificate that was saved for a site.
fn known_root<'f>(found: &'f Found, key: &SiteKey) -> Option<&'f str> {
    found.sites.as_ref()?.sites.get(key)?.acme.as_ref()?.root.as_deref()
}

fn app(key: &SiteKey) -> String {
    format!("{APPS}/{key}")
}

fn text(answers: Answers) -> Option<String> {
    let bytes = answers?.into_iter().next()??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn check(text: &[u8]) -> Option<Sites> {
    let saved: Saved = serde_json::from_slice(text).ok()?;
    (checksum(&saved.sites) == saved.sha256).then_some(saved.sites)
}

fn checksum(sites: &Sites) -> String {
    let text = serde_json::to_vec(sites).unwrap_or_default();
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proxy::site::Domain;
    use std::fs;

    fn directory() -> (tempfile::TempDir, ProxyDirectory) {
        let root = tempfile::tempdir().unwrap();
        let directory = ProxyDirectory::open(root.path().join("proxy")).unwrap();
        (root, directory)
    }

    fn sites() -> Sites {
        let domains = vec![Domain::parse("shop.localhost").unwrap()];
        let site = Site::new(SiteKey::parse("shop-prod").unwrap(), domains, None);
        Sites::new("t").with(site).unwrap()
    }

    async fn save(directory: &ProxyDirectory) {
        let found = directory.look().await.unwrap();
        directory.save(&sites(), b"{}", found).await.unwrap();
    }

    #[tokio::test]
    async fn d12_a_torn_list_of_sites_is_replaced_by_its_last_good_copy() {
        let (_root, directory) = directory();
        assert_eq!(directory.look().await.unwrap().sites, None);
        save(&directory).await;
        let path = directory.root().join("sites.json");
        let text = fs::read(&path).unwrap();
        for damage in [text[..text.len() / 2].to_vec(), Vec::new(), b"{}".to_vec()] {
            fs::write(&path, damage).unwrap();
            assert_eq!(directory.look().await.unwrap().sites, Some(sites()));
        }
        fs::write(directory.root().join("sites.last-good.json"), b"x").unwrap();
        assert!(matches!(directory.look().await, Err(ProxyError::StateDamaged { .. })));
    }

    #[tokio::test]
    async fn d12_a_changed_byte_is_noticed_by_the_checksum() {
        let (_root, directory) = directory();
        save(&directory).await;
        for name in ["sites.json", "sites.last-good.json"] {
            let path = directory.root().join(name);
            let text = fs::read_to_string(&path).unwrap().replace("shop.localhost", "evil.localhost");
            fs::write(&path, text).unwrap();
        }
        assert!(matches!(directory.look().await, Err(ProxyError::StateDamaged { .. })));
    }

    #[tokio::test]
    async fn a_new_app_leads_nowhere_and_preparing_again_keeps_its_direction() {
        let (_root, directory) = directory();
        let key = SiteKey::parse("shop-prod").unwrap();
        assert!(matches!(directory.direction(&key).await, Err(ProxyError::UnknownSite { .. })));
        save(&directory).await;
        let missing = directory.direct(&key, Direction::Held).await;
        assert!(matches!(missing, Err(ProxyError::UnknownSite { .. })), "it has no directory yet");
        directory.prepare(&sites(), &directory.look().await.unwrap()).await.unwrap();
        assert_eq!(directory.direction(&key).await.unwrap(), Some(Direction::Absent));
        directory.direct(&key, Direction::Slot(Slot::Green)).await.unwrap();
        directory.prepare(&sites(), &directory.look().await.unwrap()).await.unwrap();
        assert_eq!(directory.direction(&key).await.unwrap(), Some(Direction::Slot(Slot::Green)));
    }

    #[tokio::test]
    async fn sites_that_were_changed_since_the_look_are_not_overwritten() {
        let (_root, directory) = directory();
        let (first, second) = (directory.look().await.unwrap(), directory.look().await.unwrap());
        let first = directory.save(&sites(), b"{}", first).await.unwrap();
        let late = directory.save(&Sites::new("other"), b"{}", second).await;
        assert!(matches!(late, Err(ProxyError::ChangedMeanwhile)), "{late:?}");
        directory.save(&Sites::new("t"), b"{}", first).await.unwrap();
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
