//! S4 and S5: where the key is kept, what opens and what does not.

use super::super::NoKeyring;
use super::*;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

const PLACE: SealedFor<'_> = SealedFor { scope: "guestbook/prod", id: "TOKEN", version: 1 };
const CHEAP: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

#[derive(Default)]
struct Memory(Mutex<HashMap<String, SecretString>>);

impl Keyring for Memory {
    fn load(&self, account: &str) -> Result<Option<SecretString>, KeyringError> {
        Ok(self.0.lock().unwrap().get(account).cloned())
    }
    fn save(&self, account: &str, secret: &SecretString) -> Result<(), KeyringError> {
        self.0.lock().unwrap().insert(account.to_owned(), secret.clone());
        Ok(())
    }
}

/// Waits for somebody who never comes.
struct Hangs;

impl Keyring for Hangs {
    fn load(&self, _account: &str) -> Result<Option<SecretString>, KeyringError> {
        loop {
            std::thread::park();
        }
    }
    fn save(&self, account: &str, _secret: &SecretString) -> Result<(), KeyringError> {
        self.load(account).map(|_| ())
    }
}

fn options(home: &tempfile::TempDir, keyring: impl Keyring) -> VaultOptions<'static> {
    VaultOptions { keyring: Arc::new(keyring), cost: CHEAP, ..VaultOptions::new(home.path()) }
}

fn with_passphrase(home: &tempfile::TempDir, passphrase: &str) -> VaultOptions<'static> {
    VaultOptions { passphrase: Some(SecretString::new(passphrase)), ..options(home, NoKeyring) }
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn problems(result: Result<Option<Vault>, VaultError>) -> Vec<SlotProblem> {
    match result {
        Err(VaultError::Locked { problems }) => problems,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_sealed_opens_again_with_the_key_from_the_keyring() {
    let home = home();
    let options = options(&home, Memory::default());
    let vault = Vault::open_or_create(&options).unwrap();
    assert_eq!(vault.holders(), [KeyHolder::Keyring]);
    let sealed = vault.seal(PLACE, &SecretString::new("hunter22")).unwrap();
    assert!(!sealed.windows(8).any(|w| w == b"hunter22"));
    let again = Vault::open_existing(&options).unwrap().unwrap();
    assert_eq!(again.open(PLACE, &sealed).unwrap().expose(), "hunter22");
}

#[test]
fn s5_a_sealed_secret_opens_only_at_its_own_place() {
    let home = home();
    let vault = Vault::open_or_create(&options(&home, Memory::default())).unwrap();
    let sealed = vault.seal(PLACE, &SecretString::new("hunter22")).unwrap();
    for elsewhere in [
        SealedFor { scope: "guestbook/stage", ..PLACE },
        SealedFor { id: "OTHER", ..PLACE },
        SealedFor { version: 2, ..PLACE },
        SealedFor { scope: "guestbook/prodT", id: "OKEN", ..PLACE },
    ] {
        assert!(matches!(vault.open(elsewhere, &sealed), Err(VaultError::Damaged)), "{elsewhere:?}");
    }
    for byte in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[byte] ^= 1;
        assert!(vault.open(PLACE, &changed).is_err(), "byte {byte}");
    }
    assert!(vault.open(PLACE, &[]).is_err() && vault.open(PLACE, &sealed[..20]).is_err());
    assert_ne!(
        sealed,
        vault.seal(PLACE, &SecretString::new("hunter22")).unwrap(),
        "equal secrets look different"
    );
}

#[test]
fn another_homes_vault_opens_nothing() {
    let (one, two) = (home(), home());
    let sealed = Vault::open_or_create(&options(&one, Memory::default()))
        .unwrap()
        .seal(PLACE, &SecretString::new("x"))
        .unwrap();
    assert!(Vault::open_or_create(&options(&two, Memory::default())).unwrap().open(PLACE, &sealed).is_err());
}

#[test]
fn a_passphrase_protects_the_key_without_a_keyring() {
    let home = home();
    let vault = Vault::open_or_create(&with_passphrase(&home, "correct horse")).unwrap();
    assert_eq!(vault.holders(), [KeyHolder::Passphrase]);
    let sealed = vault.seal(PLACE, &SecretString::new("hunter22")).unwrap();
    let again = Vault::open_existing(&with_passphrase(&home, "correct horse")).unwrap().unwrap();
    assert_eq!(again.open(PLACE, &sealed).unwrap().expose(), "hunter22");
    let wrong = Vault::open_existing(&with_passphrase(&home, "wrong horse"));
    assert_eq!(problems(wrong), [SlotProblem::PassphraseWrong]);
    let none = Vault::open_existing(&options(&home, NoKeyring));
    assert_eq!(problems(none), [SlotProblem::PassphraseNeeded]);
}

#[test]
fn a_person_is_asked_when_there_is_neither_keyring_nor_passphrase() {
    let home = home();
    let asked = Mutex::new(Vec::new());
    let ask = |why| {
        asked.lock().unwrap().push(why);
        Some(SecretString::new("correct horse"))
    };
    let options = VaultOptions { ask: Some(&ask), ..options(&home, NoKeyring) };
    Vault::open_or_create(&options).unwrap();
    Vault::open_or_create(&options).unwrap();
    assert_eq!(*asked.lock().unwrap(), [PassphraseUse::Choose, PassphraseUse::Open]);
}

#[test]
fn with_nowhere_to_keep_the_key_the_error_says_what_to_do() {
    let home = home();
    let error = Vault::open_or_create(&options(&home, NoKeyring)).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, VaultError::NowhereToKeepKey { keyring: KeyringError::NotThere }));
    assert!(text.contains("SEATRIAL_PASSPHRASE") && text.contains("SEATRIAL_VAULT=file"), "{text}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn s4_a_keyring_that_hangs_is_given_up_and_a_passphrase_still_opens() {
    let home = home();
    let limit = Duration::from_millis(50);
    let hanging = || VaultOptions { keyring_limit: limit, ..options(&home, Hangs) };
    let started = Instant::now();
    let error = Vault::open_or_create(&hanging()).unwrap_err();
    assert!(matches!(error, VaultError::NowhereToKeepKey { keyring: KeyringError::TooSlow(_) }));
    let mut vault = Vault::open_or_create(&options(&home, Memory::default())).unwrap();
    assert_eq!(problems(Vault::open_existing(&hanging())), [KeyringError::TooSlow(limit).into()]);
    vault.set_passphrase(&SecretString::new("correct horse")).unwrap();
    let passphrase = Some(SecretString::new("correct horse"));
    assert!(Vault::open_existing(&VaultOptions { passphrase, ..hanging() }).unwrap().is_some());
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_keyring_that_lost_the_key_is_told_apart_from_one_that_is_locked() {
    let home = home();
    Vault::open_or_create(&options(&home, Memory::default())).unwrap();
    let emptied = Vault::open_existing(&options(&home, Memory::default()));
    assert_eq!(problems(emptied), [SlotProblem::NotInKeyring]);
}

#[cfg(unix)]
#[test]
fn a_key_in_a_file_must_not_be_readable_by_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home();
    let file_mode = || VaultOptions { mode: VaultMode::File, ..options(&home, NoKeyring) };
    let vault = Vault::open_or_create(&file_mode()).unwrap();
    assert_eq!(vault.holders(), [KeyHolder::File]);
    let file = home.path().join("key.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(Vault::open_existing(&options(&home, NoKeyring)).unwrap().is_some());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Vault::open_existing(&file_mode()), Err(VaultError::KeyFileExposed { .. })));
}

#[test]
fn two_processes_that_start_at_once_end_up_with_one_key() {
    let home = home();
    let vaults: Vec<Vault> = std::thread::scope(|scope| {
        let open = || Vault::open_or_create(&with_passphrase(&home, "correct horse")).unwrap();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let sealed = vaults[0].seal(PLACE, &SecretString::new("hunter22")).unwrap();
    assert!(vaults.iter().all(|vault| vault.open(PLACE, &sealed).is_ok()));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn a_damaged_or_newer_key_file_is_said_and_never_overwritten() {
    let home = home();
    let file = home.path().join("key.json");
    let extreme = r#"{"format":1,"id":"x","check":"","slots":[{"kind":"passphrase","salt":"AAAAAAAAAAAAAAAAAAAAAA==",
        "cost":{"memory_kib":4294967295,"passes":4294967295,"lanes":1},"sealed":""}]}"#;
    for content in ["", "{}", "[]", r#"{"format":1}"#, r#"{"format":99,"new":1}"#, extreme] {
        std::fs::write(&file, content).unwrap();
        let error = Vault::open_or_create(&with_passphrase(&home, "correct horse")).unwrap_err();
        match content {
            c if c.contains("99") => assert!(matches!(error, VaultError::KeyFileNewer { found: 99, .. })),
            c if c.contains("cost") => assert!(matches!(error, VaultError::Locked { .. })),
            _ => assert!(matches!(error, VaultError::KeyFileDamaged { .. }), "{content}: {error}"),
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
    }
}

#[test]
fn a_short_passphrase_is_refused() {
    let error = Vault::open_or_create(&with_passphrase(&home(), "1234567")).unwrap_err();
    assert!(matches!(error, VaultError::PassphraseTooShort { least: 8 }));
}

#[test]
fn the_key_appears_in_no_printed_form() {
    let home = home();
    let vault = Vault::open_or_create(&options(&home, Memory::default())).unwrap();
    let content = std::fs::read_to_string(home.path().join("key.json")).unwrap();
    let key = key_text(&vault.key);
    assert!(!content.contains(key.expose()) && !format!("{vault:?}").contains(key.expose()));
}
