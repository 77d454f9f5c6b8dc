//! Seals secrets for the store.
//!
//! Each home has one random key of 256 bits. It is kept in the system's keyring, or under a passphrase, or, when
//! asked for, unprotected in a file:
//!
//! | where | protects against | does not protect against |
//! |---|---|---|
//! | keyring | reading the disk, a backup or a copy of the home | a program that runs as the same user in the session |
//! | passphrase | the same, also without a desktop | whoever can read `SEATRIAL_PASSPHRASE` in our environment |
//! | file (`SEATRIAL_VAULT=file`) | other users (mode 0600); a copy of the database alone | reading the disk, a backup of the whole home, root |

use super::key_file::KeyFile;
use super::keyring::within;
use super::slot::{Cost, Key, Slot, Wrapped, key_of_text, key_text, open, random, seal};
use super::{Keyring, KeyringError, OsKeyring, SecretString, SlotProblem, VaultError};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Passphrases shorter than this are refused when a vault is made.
const MIN_PASSPHRASE: usize = 8;
/// The longest that the keyring may take (S4).
const KEYRING_LIMIT: Duration = Duration::from_secs(5);

/// Where a new vault's key goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VaultMode {
    /// Under the passphrase when one is set, else in the keyring, else under a passphrase that is asked for.
    #[default]
    Auto,
    /// Unprotected in the key file, by explicit wish.
    File,
}

/// Why a passphrase is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassphraseUse {
    /// To open the vault.
    Open,
    /// To protect a new vault; to be asked for twice.
    Choose,
}

/// Where a vault's key can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyHolder {
    /// In the system's keyring.
    Keyring,
    /// Under a passphrase.
    Passphrase,
    /// Unprotected in the key file.
    File,
}

type Ask<'a> = &'a dyn Fn(PassphraseUse) -> Option<SecretString>;

/// How to open a vault.
pub struct VaultOptions<'a> {
    /// The folder with all data of this installation.
    pub home: PathBuf,
    /// Where a new key goes.
    pub mode: VaultMode,
    /// The passphrase, when it is known without asking.
    pub passphrase: Option<SecretString>,
    /// Asks a person for the passphrase; `None` where nobody can be asked.
    pub ask: Option<Ask<'a>>,
    /// The keyring.
    pub keyring: Arc<dyn Keyring>,
    /// The longest that one answer of the keyring may take.
    pub keyring_limit: Duration,
    pub(super) cost: Cost,
}

impl VaultOptions<'_> {
    /// The system's keyring, no passphrase, nobody to ask.
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self {
            home: home.into(),
            mode: VaultMode::Auto,
            passphrase: None,
            ask: None,
            keyring: Arc::new(OsKeyring),
            keyring_limit: KEYRING_LIMIT,
            cost: Cost::USUAL,
        }
    }

    /// The same with what `SEATRIAL_PASSPHRASE` and `SEATRIAL_VAULT` say.
    pub fn from_environment(home: impl Into<PathBuf>) -> Result<Self, VaultError> {
        let mode = match std::env::var("SEATRIAL_VAULT").unwrap_or_default().as_str() {
            "" | "auto" => VaultMode::Auto,
            "file" => VaultMode::File,
            found => return Err(VaultError::UnknownMode { found: found.to_owned() }),
        };
        let passphrase = std::env::var("SEATRIAL_PASSPHRASE").ok().filter(|text| !text.is_empty());
        Ok(Self { mode, passphrase: passphrase.map(SecretString::from), ..Self::new(home) })
    }

    fn ask(&self, why: PassphraseUse) -> Option<SecretString> {
        self.ask.and_then(|ask| ask(why)).filter(|passphrase| !passphrase.is_empty())
    }
}

/// What a sealed secret belongs to. It opens only for the same again, so that a ciphertext that is moved to another
/// row of the database is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedFor<'a> {
    /// The app or environment, such as `guestbook/prod`.
    pub scope: &'a str,
    /// The secret's id or name.
    pub id: &'a str,
    /// Its version.
    pub version: u64,
}

impl SealedFor<'_> {
    fn bytes(self, vault: &str) -> Vec<u8> {
        // With lengths, so that no two different places give the same bytes.
        let mut bytes = b"seatrial secret\0".to_vec();
        for text in [vault, self.scope, self.id] {
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes.extend_from_slice(&self.version.to_le_bytes());
        bytes
    }
}

/// Seals and opens secrets of one home. Blocking: opening one may take seconds (keyring, passphrase).
pub struct Vault {
    key: Key,
    file: KeyFile,
    home: PathBuf,
    cost: Cost,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("id", &self.file.id).finish_non_exhaustive()
    }
}

impl Vault {
    /// Opens the vault of a home, and makes one when there is none.
    pub fn open_or_create(options: &VaultOptions<'_>) -> Result<Self, VaultError> {
        if let Some(vault) = Self::open_existing(options)? {
            return Ok(vault);
        }
        let key = Key::new(random()?);
        let id = uuid::Uuid::now_v7().to_string();
        let file = KeyFile::new(id.clone(), &key, new_slot(options, &id, &key)?)?;
        if file.create(&options.home)? {
            return Ok(Self { key, file, home: options.home.clone(), cost: options.cost });
        }
        // Another process made one in the meantime: that one counts.
        Self::open_existing(options)?.ok_or(VaultError::Locked { problems: Vec::new() })
    }

    /// Opens the vault of a home; `None` when it has none, which means that it has no secrets.
    pub fn open_existing(options: &VaultOptions<'_>) -> Result<Option<Self>, VaultError> {
        let Some(file) = KeyFile::read(&options.home)? else { return Ok(None) };
        let mut problems = Vec::new();
        for slot in by_effort(&file.slots) {
            match key_from(slot, options) {
                Ok(key) if file.is_key(&key) => {
                    return Ok(Some(Self { key, file, home: options.home.clone(), cost: options.cost }));
                }
                Ok(_) => problems.push(SlotProblem::NotTheKey),
                Err(problem) => problems.push(problem),
            }
        }
        Err(VaultError::Locked { problems })
    }

    /// Who holds the key of the vault in a home, without opening it; `None`: there is no vault yet.
    pub fn holders_in(home: &Path) -> Result<Option<Vec<KeyHolder>>, VaultError> {
        Ok(KeyFile::read(home)?.map(|file| file.slots.iter().map(holder).collect()))
    }

    /// Where the key can be found.
    pub fn holders(&self) -> Vec<KeyHolder> {
        self.file.slots.iter().map(holder).collect()
    }

    /// Makes a passphrase open this vault too (in place of an earlier one), for times without the keyring.
    pub fn set_passphrase(&mut self, passphrase: &SecretString) -> Result<(), VaultError> {
        let slot = passphrase_slot(&self.key, passphrase, self.cost)?;
        let mut file = self.file.clone();
        file.slots.retain(|slot| !matches!(slot, Slot::Passphrase(_)));
        file.slots.push(slot);
        file.replace(&self.home)?;
        self.file = file;
        Ok(())
    }

    /// Encrypts a secret for its place in the store.
    pub fn seal(&self, place: SealedFor<'_>, secret: &SecretString) -> Result<Vec<u8>, VaultError> {
        seal(&self.key, secret.expose().as_bytes(), &place.bytes(&self.file.id))
    }

    /// Decrypts a secret from its place in the store.
    pub fn open(&self, place: SealedFor<'_>, sealed: &[u8]) -> Result<SecretString, VaultError> {
        let plain = open(&self.key, sealed, &place.bytes(&self.file.id)).ok_or(VaultError::Damaged)?;
        let text = std::str::from_utf8(&plain).map_err(|_| VaultError::Damaged)?;
        Ok(SecretString::new(text))
    }
}

fn holder(slot: &Slot) -> KeyHolder {
    match slot {
        Slot::Keyring { .. } => KeyHolder::Keyring,
        Slot::Passphrase(_) => KeyHolder::Passphrase,
        Slot::File { .. } => KeyHolder::File,
    }
}

/// What opens by itself first, what may need a person last.
fn by_effort(slots: &[Slot]) -> Vec<&Slot> {
    let mut slots: Vec<&Slot> = slots.iter().collect();
    slots.sort_by_key(|slot| match slot {
        Slot::File { .. } => 0,
        Slot::Keyring { .. } => 1,
        Slot::Passphrase(_) => 2,
    });
    slots
}

fn key_from(slot: &Slot, options: &VaultOptions<'_>) -> Result<Key, SlotProblem> {
    match slot {
        Slot::File { key } => key_of_text(key).ok_or(SlotProblem::NotTheKey),
        Slot::Keyring { account } => {
            let (keyring, account) = (Arc::clone(&options.keyring), account.clone());
            let text = within(options.keyring_limit, move || keyring.load(&account))?;
            let text = text.ok_or(SlotProblem::NotInKeyring)?;
            key_of_text(text.expose()).ok_or(SlotProblem::NotTheKey)
        }
        Slot::Passphrase(wrapped) => {
            let known = options.passphrase.clone().or_else(|| options.ask(PassphraseUse::Open));
            let passphrase = known.ok_or(SlotProblem::PassphraseNeeded)?;
            wrapped.unwrap(&passphrase).ok_or(SlotProblem::PassphraseWrong)
        }
    }
}

fn new_slot(options: &VaultOptions<'_>, id: &str, key: &Key) -> Result<Slot, VaultError> {
    if options.mode == VaultMode::File {
        return Ok(Slot::File { key: key_text(key).expose().to_owned() });
    }
    if let Some(passphrase) = &options.passphrase {
        return passphrase_slot(key, passphrase, options.cost);
    }
    match keyring_slot(options, id, key) {
        Ok(slot) => Ok(slot),
        Err(keyring) => match options.ask(PassphraseUse::Choose) {
            Some(passphrase) => passphrase_slot(key, &passphrase, options.cost),
            None => Err(VaultError::NowhereToKeepKey { keyring }),
        },
    }
}

fn passphrase_slot(key: &Key, passphrase: &SecretString, cost: Cost) -> Result<Slot, VaultError> {
    if passphrase.expose().chars().count() < MIN_PASSPHRASE {
        return Err(VaultError::PassphraseTooShort { least: MIN_PASSPHRASE });
    }
    Ok(Slot::Passphrase(Wrapped::new(key, passphrase, cost)?))
}

/// Puts the key into the keyring and reads it back: a keyring that forgets would make all secrets unreadable.
fn keyring_slot(options: &VaultOptions<'_>, id: &str, key: &Key) -> Result<Slot, KeyringError> {
    let (keyring, account, text) = (Arc::clone(&options.keyring), id.to_owned(), key_text(key));
    let kept = within(options.keyring_limit, move || {
        keyring.save(&account, &text)?;
        keyring.load(&account)
    })?;
    let same = kept.and_then(|text| key_of_text(text.expose())).is_some_and(|kept| *kept == **key);
    if same { Ok(Slot::Keyring { account: id.to_owned() }) } else { Err(KeyringError::Failed) }
}

#[cfg(test)]
mod tests;
