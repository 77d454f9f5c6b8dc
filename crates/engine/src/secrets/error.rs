//! What can go wrong with the vault, and what to do about it.

use std::path::PathBuf;
use std::time::Duration;

/// Why a keyring did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is none on this machine or in this session.
    #[error("there is no keyring in this session")]
    NotThere,
    /// It is locked, or access was refused.
    #[error("the keyring is locked")]
    Locked,
    /// It did not answer in time (perhaps it waits for somebody to unlock it).
    #[error("the keyring did not answer within {} s", .0.as_secs_f32())]
    TooSlow(Duration),
    /// It answered with something else than was asked for.
    #[error("the keyring failed")]
    Failed,
}

/// Why one of the ways to the key did not work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlotProblem {
    /// The keyring did not give it.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The keyring works and does not have it.
    #[error("the keyring does not hold this key (another user or machine?)")]
    NotInKeyring,
    /// A passphrase is needed and none was given.
    #[error("a passphrase is needed: set SEATRIAL_PASSPHRASE")]
    PassphraseNeeded,
    /// The passphrase is not the right one.
    #[error("the passphrase is wrong")]
    PassphraseWrong,
    /// What is kept in the key file is not a key of this vault.
    #[error("what is kept there is not the key of this vault")]
    NotTheKey,
}

/// What can go wrong with the vault.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no vault yet and nowhere to keep its key.
    #[error(
        "there is nowhere to keep the key that protects secrets: {keyring}. Log in to a desktop session with a \
         keyring, or set SEATRIAL_PASSPHRASE to a passphrase of your choice, or set SEATRIAL_VAULT=file to keep the \
         key unprotected beside the data (continuous integration)"
    )]
    NowhereToKeepKey {
        /// Why the keyring is out.
        keyring: KeyringError,
    },
    /// The vault is there and none of the ways to its key worked.
    #[error("the secrets cannot be read: {}. Unlock the keyring or give the right passphrase, and try again", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Locked {
        /// What was tried, in order.
        problems: Vec<SlotProblem>,
    },
    /// `SEATRIAL_VAULT` has a value that means nothing.
    #[error("SEATRIAL_VAULT is `{found}`: it may be `auto` or `file`")]
    UnknownMode {
        /// Its value.
        found: String,
    },
    /// The passphrase is too short.
    #[error("the passphrase is too short: at least {least} characters")]
    PassphraseTooShort {
        /// How many it needs.
        least: usize,
    },
    /// The key file could not be read or written.
    #[error("the key file {}: {source}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key file is not one of ours, or was changed.
    #[error("the key file {} is damaged: restore it from a backup, without it the secrets cannot be read", path.display())]
    KeyFileDamaged {
        /// The file.
        path: PathBuf,
    },
    /// The key file was written by a newer version.
    #[error("the key file {} has format {found}: this version reads {known}; update Seatrial", path.display())]
    KeyFileNewer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// What this version reads.
        known: u32,
    },
    /// Others can read the key file, and it holds the key itself.
    #[error("the key file {} can be read by others: run `chmod 600` on it, and change the secrets it protects", path.display())]
    KeyFileExposed {
        /// The file.
        path: PathBuf,
    },
    /// A sealed value was changed, or belongs to another vault, name, version or scope.
    #[error("a stored secret is damaged or belongs somewhere else: set it again")]
    Damaged,
    /// The system gave no random numbers or no memory for the passphrase.
    #[error("the system could not provide random numbers or memory for encryption")]
    System,
}
