//! `key.json`: what is needed to find a vault's key again.

use super::VaultError;
use super::private_file;
use super::slot::{Key, Slot, open, seal};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const FORMAT: u32 = 1;
const NAME: &str = "key.json";
/// A key file holds a few slots; more is not one of ours.
const LIMIT: u64 = 64 * 1024;

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyFile {
    format: u32,
    /// Names the key; also the keyring's account.
    pub(super) id: String,
    /// Something known, sealed: tells the key from another one.
    check: String,
    pub(super) slots: Vec<Slot>,
}

/// Only the format, which every version must be able to read.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

pub(super) fn path(home: &Path) -> PathBuf {
    home.join(NAME)
}

impl KeyFile {
    pub(super) fn new(id: String, key: &Key, slot: Slot) -> Result<Self, VaultError> {
        let check = STANDARD.encode(seal(key, b"seatrial", id.as_bytes())?);
        Ok(Self { format: FORMAT, id, check, slots: vec![slot] })
    }

    /// Whether this is the vault's key.
    pub(super) fn is_key(&self, key: &Key) -> bool {
        let check = STANDARD.decode(&self.check).unwrap_or_default();
        open(key, &check, self.id.as_bytes()).is_some()
    }

    /// Reads the key file; `None` when there is none.
    pub(super) fn read(home: &Path) -> Result<Option<Self>, VaultError> {
        let path = path(home);
        let in_file = |source| VaultError::KeyFile { path: path.clone(), source };
        let size = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(in_file(error)),
        };
        let damaged = || VaultError::KeyFileDamaged { path: path.clone() };
        if size > LIMIT {
            return Err(damaged());
        }
        let content = zeroize::Zeroizing::new(fs::read(&path).map_err(in_file)?);
        let Format { format: found } = serde_json::from_slice(&content).map_err(|_| damaged())?;
        if found > FORMAT {
            return Err(VaultError::KeyFileNewer { path, found, known: FORMAT });
        }
        let file: Self = serde_json::from_slice(&content).map_err(|_| damaged())?;
        if file.holds_key() && private_file::is_exposed(&path).map_err(in_file)? {
            return Err(VaultError::KeyFileExposed { path });
        }
        Ok(Some(file))
    }

    fn holds_key(&self) -> bool {
        self.slots.iter().any(|slot| matches!(slot, Slot::File { .. }))
    }

    /// Writes a first key file; `false` when another process was faster.
    pub(super) fn create(&self, home: &Path) -> Result<bool, VaultError> {
        match private_file::create(&path(home), &self.bytes()?) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(source) => Err(VaultError::KeyFile { path: path(home), source }),
        }
    }

    pub(super) fn replace(&self, home: &Path) -> Result<(), VaultError> {
        private_file::replace(&path(home), &self.bytes()?)
            .map_err(|source| VaultError::KeyFile { path: path(home), source })
    }

    fn bytes(&self) -> Result<zeroize::Zeroizing<Vec<u8>>, VaultError> {
        serde_json::to_vec_pretty(self).map(zeroize::Zeroizing::new).map_err(|_| VaultError::System)
    }
}
