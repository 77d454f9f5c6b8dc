//! The ways to a vault's key, as the key file keeps them.

use super::{SecretString, VaultError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A key of 256 bits.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// One way to the key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Slot {
    /// The system's keyring holds it.
    Keyring {
        /// Under this account.
        account: String,
    },
    /// It is encrypted with what Argon2id makes of a passphrase.
    Passphrase(Wrapped),
    /// It stands here. Whoever can read the file has it.
    File {
        /// The key, in base64.
        key: String,
    },
}

/// A key under a passphrase.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrapped {
    salt: String,
    cost: Cost,
    sealed: String,
}

/// What it costs to try a passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cost {
    pub(super) memory_kib: u32,
    pub(super) passes: u32,
    pub(super) lanes: u32,
}

impl Cost {
    /// RFC 9106, second recommendation: 64 MiB, three passes.
    pub(super) const USUAL: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 };

    /// A key file that somebody changed must not make us use up the machine.
    fn is_sane(self) -> bool {
        self.memory_kib <= 1024 * 1024 && (1..=16).contains(&self.passes) && (1..=16).contains(&self.lanes)
    }
}

impl Wrapped {
    pub(super) fn new(key: &Key, passphrase: &SecretString, cost: Cost) -> Result<Self, VaultError> {
        let salt: [u8; 16] = random()?;
        let wrapping = stretch(passphrase, &salt, cost).ok_or(VaultError::System)?;
        let sealed = seal(&wrapping, key.as_slice(), b"seatrial key")?;
        Ok(Self { salt: STANDARD.encode(salt), cost, sealed: STANDARD.encode(sealed) })
    }

    /// The key; `None` with another passphrase, or when the slot was changed.
    pub(super) fn unwrap(&self, passphrase: &SecretString) -> Option<Key> {
        let salt = STANDARD.decode(&self.salt).ok()?;
        let wrapping = stretch(passphrase, &salt, self.cost)?;
        let sealed = STANDARD.decode(&self.sealed).ok()?;
        key_of(&open(&wrapping, &sealed, b"seatrial key")?)
    }
}

fn stretch(passphrase: &SecretString, salt: &[u8], cost: Cost) -> Option<Key> {
    use argon2::{Algorithm, Argon2, Params, Version};
    let params = Some(cost).filter(|cost| cost.is_sane());
    let params = params.and_then(|c| Params::new(c.memory_kib, c.passes, c.lanes, Some(32)).ok())?;
    let mut key = Key::default();
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon.hash_password_into(passphrase.expose().as_bytes(), salt, key.as_mut_slice()).ok()?;
    Some(key)
}

pub(super) fn key_of(bytes: &[u8]) -> Option<Key> {
    Some(Zeroizing::new(<[u8; 32]>::try_from(bytes).ok()?))
}

/// A key as text, for keyrings that keep nothing else.
pub(super) fn key_text(key: &Key) -> SecretString {
    SecretString::from(STANDARD.encode(key.as_slice()))
}

pub(super) fn key_of_text(text: &str) -> Option<Key> {
    key_of(&Zeroizing::new(STANDARD.decode(text.trim()).ok()?))
}

pub(super) fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| VaultError::System)?;
    Ok(bytes)
}

const NONCE: usize = 24;
/// Leads every sealed value, so that another form can be told apart later.
const FORMAT: u8 = 1;

/// Encrypts: format, nonce, ciphertext with tag. The nonce is random, which is safe for its length.
pub(super) fn seal(key: &Key, plain: &[u8], bound_to: &[u8]) -> Result<Vec<u8>, VaultError> {
    let nonce: [u8; NONCE] = random()?;
    let cipher = XChaCha20Poly1305::new((&**key).into());
    let payload = Payload { msg: plain, aad: bound_to };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| VaultError::System)?;
    Ok([&[FORMAT], nonce.as_slice(), &sealed].concat())
}

/// Decrypts; `None` for anything that was not sealed by this key for this purpose.
pub(super) fn open(key: &Key, sealed: &[u8], bound_to: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let rest = sealed.strip_prefix(&[FORMAT])?;
    let (nonce, ciphertext) = rest.split_at_checked(NONCE)?;
    let nonce = XNonce::from(<[u8; NONCE]>::try_from(nonce).ok()?);
    let cipher = XChaCha20Poly1305::new((&**key).into());
    cipher.decrypt(&nonce, Payload { msg: ciphertext, aad: bound_to }).ok().map(Zeroizing::new)
}
