//! Secrets: held without leaking, kept encrypted, and masked in whatever is shown.
//!
//! - [`SecretString`] is a secret in memory: not printed, not serialised, wiped when dropped.
//! - [`Vault`] seals secrets for the store, which keeps only ciphertext.
//! - [`Masker`] replaces secrets in output, in every usual encoding and across chunk boundaries.
//! - [`MaskedLines`] is the way of a step's output into the log: masked, then split into lines.

mod encodings;
mod error;
mod key_file;
mod keyring;
mod masked_lines;
mod masker;
mod private_file;
mod secret;
mod slot;
mod vault;

pub use error::{KeyringError, SlotProblem, VaultError};
pub use keyring::{Keyring, NoKeyring, OsKeyring};
pub use masked_lines::MaskedLines;
pub use masker::{MASK, MIN_SECRET_BYTES, MaskStream, Masker, masked_bytes_per_second};
pub use secret::SecretString;
pub use vault::{KeyHolder, PassphraseUse, SealedFor, Vault, VaultMode, VaultOptions};
