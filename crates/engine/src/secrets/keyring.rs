//! The system's keyring, never waited for longer than a limit.

use super::{KeyringError, SecretString};
use std::sync::mpsc;
use std::time::Duration;

/// A keeper of small secrets.
pub trait Keyring: Send + Sync + 'static {
    /// The secret of an account; `None` when it has none.
    fn load(&self, account: &str) -> Result<Option<SecretString>, KeyringError>;
    /// Keeps the secret of an account.
    fn save(&self, account: &str, secret: &SecretString) -> Result<(), KeyringError>;
}

/// No keyring at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKeyring;

impl Keyring for NoKeyring {
    fn load(&self, _account: &str) -> Result<Option<SecretString>, KeyringError> {
        Err(KeyringError::NotThere)
    }
    fn save(&self, _account: &str, _secret: &SecretString) -> Result<(), KeyringError> {
        Err(KeyringError::NotThere)
    }
}

/// The keyring of the system: the Secret Service on Linux (GNOME Keyring, KWallet, KeePassXC), none elsewhere yet.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsKeyring;

/// Asks a keyring on a thread of its own and gives up after a limit. The thread is left to itself then: the libraries
/// below offer no way to end a call that waits for a person.
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    ask: impl FnOnce() -> Result<T, KeyringError> + Send + 'static,
) -> Result<T, KeyringError> {
    let (sender, answer) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = sender.send(ask());
    });
    match answer.recv_timeout(limit) {
        Ok(result) => result,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(KeyringError::TooSlow(limit)),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(KeyringError::Failed),
    }
}

#[cfg(not(target_os = "linux"))]
impl Keyring for OsKeyring {
    fn load(&self, account: &str) -> Result<Option<SecretString>, KeyringError> {
        NoKeyring.load(account)
    }
    fn save(&self, account: &str, secret: &SecretString) -> Result<(), KeyringError> {
        NoKeyring.save(account, secret)
    }
}

#[cfg(target_os = "linux")]
mod secret_service {
    use super::{Keyring, KeyringError, OsKeyring, SecretString};
    use dbus_secret_service_keyring_store::Store;
    use keyring_core::api::CredentialStoreApi as _;
    use keyring_core::{Entry, Error};
    use std::path::Path;
    use std::sync::Arc;

    const SERVICE: &str = "seatrial";

    impl Keyring for OsKeyring {
        fn load(&self, account: &str) -> Result<Option<SecretString>, KeyringError> {
            match with_entry(account, |entry| entry.get_password()) {
                Ok(secret) => Ok(Some(SecretString::from(secret))),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(kind(&error)),
            }
        }

        fn save(&self, account: &str, secret: &SecretString) -> Result<(), KeyringError> {
            with_entry(account, |entry| entry.set_password(secret.expose())).map_err(|error| kind(&error))
        }
    }

    fn with_entry<T>(
        account: &str,
        ask: impl FnOnce(&Entry) -> keyring_core::Result<T>,
    ) -> keyring_core::Result<T> {
        if !session_bus_exists() {
            return Err(Error::NoDefaultStore);
        }
        let store: Arc<Store> = Store::new()?;
        ask(&store.build(SERVICE, account, None)?)
    }

    /// Without a session bus the library below would try to start one; a keyring nobody can unlock is of no use.
    fn session_bus_exists() -> bool {
        match std::env::var("DBUS_SESSION_BUS_ADDRESS") {
            Ok(address) => !address.is_empty() && !address.starts_with("disabled:"),
            Err(_) => {
                std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|dir| Path::new(&dir).join("bus").exists())
            }
        }
    }

    fn kind(error: &Error) -> KeyringError {
        match error {
            Error::NoDefaultStore | Error::PlatformFailure(_) => KeyringError::NotThere,
            Error::NoStorageAccess(_) => KeyringError::Locked,
            _ => KeyringError::Failed,
        }
    }
}
