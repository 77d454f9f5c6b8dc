//! Settings of this home, and copies of its history.

use crate::App;
use crate::api::types::{BackupLine, BackupRef, ChangeSettings, Needs, Nothing, SettingsView};
use crate::api::{ApiError, Code};
use crate::translate::chain;
use chrono::Utc;
use seatrial_engine::secrets::{KeyHolder, Vault};
use seatrial_store::{Backup, JOURNAL_FILE, LOGS_FILE, RestoreError, StoreError};
use std::path::Path;

const NEEDS: &str = "needs";
const NOTIFY: &str = "notify";

const WHO: [&str; 3] = ["alone", "team", "organisation"];
const MEANING: [&str; 4] = ["hobby", "useful", "business", "critical"];
const PRACTICAL: [&str; 3] = ["this-machine", "one-server", "several-servers"];

impl App {
    /// Settings, and copies of the history.
    pub async fn settings_get(&self, _: Nothing) -> Result<SettingsView, ApiError> {
        let root = self.home.root().to_owned();
        let home = root.to_string_lossy().into_owned();
        self.ask(move |store| {
            let backups: Vec<BackupLine> = store.backups()?.iter().filter_map(backup_line).collect();
            Ok::<_, StoreError>(SettingsView {
                needs: store.setting(NEEDS)?.unwrap_or_default(),
                notify: store.setting(NOTIFY)?.unwrap_or(true),
                home,
                version: env!("CARGO_PKG_VERSION").to_owned(),
                key: key(&root),
                history_bytes: history_bytes(&root),
                backups,
            })
        })
        .await
    }

    /// Changes settings; what is not named stays.
    pub async fn settings_set(&self, params: ChangeSettings) -> Result<SettingsView, ApiError> {
        if let Some(needs) = &params.needs {
            check(needs)?;
        }
        self.ask(move |store| {
            if let Some(needs) = params.needs {
                store.set_setting(NEEDS, needs)?;
            }
            if let Some(notify) = params.notify {
                store.set_setting(NOTIFY, notify)?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
        self.settings_get(Nothing {}).await
    }

    /// Copies the history now.
    pub async fn backup_create(&self, _: Nothing) -> Result<SettingsView, ApiError> {
        self.ask(|store| store.backup(Utc::now())).await?;
        self.settings_get(Nothing {}).await
    }

    /// Puts a copy of the history in the place of the present one, which is copied first.
    pub async fn backup_restore(&self, params: BackupRef) -> Result<SettingsView, ApiError> {
        let wanted = params.name.clone();
        // Only what the list shows: a name is never taken for a path.
        let found = self
            .ask(move |store| {
                let named = |backup: &Backup| backup.path.file_name().is_some_and(|name| *name == *wanted);
                Ok::<_, StoreError>(store.backups()?.into_iter().find(named))
            })
            .await?;
        let backup = found.ok_or_else(|| {
            ApiError::new(Code::NotFound, format!("there is no copy `{}`", params.name))
                .hint("`seatrial backup ls` lists them")
        })?;
        self.ask(move |store| store.put_back(&backup.path, Utc::now())).await?;
        self.pasts.clear();
        self.known.clear();
        self.settings_get(Nothing {}).await
    }
}

fn check(needs: &Needs) -> Result<(), ApiError> {
    let answers: [(&str, &Option<String>, &[&str]); 3] = [
        ("who", &needs.who, &WHO),
        ("meaning", &needs.meaning, &MEANING),
        ("practical", &needs.practical, &PRACTICAL),
    ];
    for (question, answer, known) in answers {
        if let Some(answer) = answer.as_deref().filter(|answer| !known.contains(answer)) {
            return Err(ApiError::new(Code::Usage, format!("`{answer}` is no answer to `{question}`"))
                .hint(format!("it can be {}", known.join(", "))));
        }
    }
    Ok(())
}

fn backup_line(backup: &Backup) -> Option<BackupLine> {
    let name = backup.path.file_name()?.to_str()?.to_owned();
    Some(BackupLine { name, at: backup.at, bytes: backup.size })
}

/// Where the key of secrets is, in words. It is not opened for that.
fn key(home: &Path) -> String {
    let holders = match Vault::holders_in(home) {
        Ok(None) => return "there is none yet; it is made with the first secret".to_owned(),
        Ok(Some(holders)) => holders,
        Err(error) => return chain(&error),
    };
    let word = |holder: &KeyHolder| match holder {
        KeyHolder::Keyring => "in the system's keyring",
        KeyHolder::Passphrase => "under a passphrase",
        KeyHolder::File => "unprotected in a file of this home",
    };
    holders.iter().map(word).collect::<Vec<_>>().join(", and ")
}

fn history_bytes(home: &Path) -> u64 {
    let files =
        [JOURNAL_FILE, LOGS_FILE].into_iter().flat_map(|name| [name.to_owned(), format!("{name}-wal")]);
    files.map(|name| std::fs::metadata(home.join(name)).map_or(0, |metadata| metadata.len())).sum()
}

impl From<RestoreError> for ApiError {
    fn from(error: RestoreError) -> Self {
        let message = chain(&error);
        match error {
            RestoreError::Store(error) => error.into(),
            RestoreError::InUse | RestoreError::RunsGoOn(_) => {
                Self::new(Code::Busy, message).hint("nothing was changed")
            }
            RestoreError::Unusable { .. } => {
                Self::new(Code::Storage, message).hint("nothing was changed; choose another copy")
            }
        }
    }
}
