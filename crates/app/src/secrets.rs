//! Secrets of environments: sealed in the store, opened only for the moment they are handed over.

use crate::App;
use crate::api::types::{EnvironmentRef, SecretLine, SecretParams};
use crate::api::{ApiError, Code};
use crate::configuration::is_variable;
use crate::translate::chain;
use async_trait::async_trait;
use chrono::Utc;
use seatrial_core::model::{AppName, EnvironmentName};
use seatrial_core::pipeline::Cause;
use seatrial_core::run::Failure;
use seatrial_engine::actions::SecretValues;
use seatrial_engine::output::Masks;
use seatrial_engine::secrets::{Masker, SealedFor, SecretString, Vault, VaultError, VaultOptions};
use seatrial_store::{Secret, SecretError, SecretKey, Store};
use std::collections::BTreeMap;
use std::path::Path;

impl App {
    /// An environment's secrets, without values: those that are set and those the configuration asks for.
    pub async fn secret_list(&self, params: EnvironmentRef) -> Result<Vec<SecretLine>, ApiError> {
        let project = self.project(&params.app).await?;
        let environment = self.environment(&project, params.environment.as_ref()).await?;
        let (app, name) = (params.app, environment.name.clone());
        let set = self.ask(move |store| store.secrets(&app, &name)).await?;
        let mut lines: BTreeMap<String, SecretLine> = BTreeMap::new();
        for secret in set {
            let name = secret.key.name;
            let line = SecretLine {
                name: name.clone(),
                set: true,
                declared: false,
                updated_at: Some(secret.updated_at),
            };
            lines.insert(name, line);
        }
        for declared in environment.secrets {
            let name = declared.name;
            let missing = SecretLine { name: name.clone(), set: false, declared: true, updated_at: None };
            lines.entry(name).or_insert(missing).declared = true;
        }
        Ok(lines.into_values().collect())
    }

    /// Sets a secret, or removes it. It takes effect with the next deployment.
    pub async fn secret_set(&self, params: SecretParams) -> Result<Vec<SecretLine>, ApiError> {
        if !is_variable(&params.name) {
            let message = format!("`{}` cannot name a secret", params.name);
            return Err(
                ApiError::new(Code::Usage, message).hint("use letters, digits and _, and no digit first")
            );
        }
        let project = self.project(&params.app).await?;
        let environment = self.environment(&project, params.environment.as_ref()).await?.name;
        let key = SecretKey { app: params.app.clone(), environment: environment.clone(), name: params.name };
        let home = self.home.root().to_owned();
        let value = params.value.map(SecretString::from);
        if value.as_ref().is_some_and(SecretString::is_empty) {
            return Err(ApiError::new(Code::Usage, "an empty text is no secret").hint("remove it instead"));
        }
        self.ask(move |store| match value {
            Some(value) => seal(store, &home, key, &value),
            None => Ok(store.remove_secret(&key, Utc::now()).map(drop)?),
        })
        .await?;
        self.secret_list(EnvironmentRef { app: params.app, environment: Some(environment) }).await
    }
}

fn scope(key: &SecretKey) -> String {
    format!("{}/{}", key.app, key.environment)
}

fn seal(store: &Store, home: &Path, key: SecretKey, value: &SecretString) -> Result<(), ApiError> {
    let vault = Vault::open_or_create(&VaultOptions::from_environment(home)?)?;
    let version = store.next_secret_version(&key)?;
    let place = scope(&key);
    let sealed_for = SealedFor { scope: &place, id: &key.name, version: u64::from(version) };
    let ciphertext = vault.seal(sealed_for, value)?;
    match store.put_secret(Secret { key, version, ciphertext, updated_at: Utc::now() }) {
        Ok(_) => Ok(()),
        Err(SecretError::Store(error)) => Err(error.into()),
        Err(error) => Err(ApiError::new(Code::Conflict, chain(&error))),
    }
}

impl From<VaultError> for ApiError {
    fn from(error: VaultError) -> Self {
        Self::new(Code::SecretUnavailable, chain(&error))
    }
}

/// The secrets of one environment, opened once and kept in memory for the length of a run.
pub(crate) struct EnvironmentSecrets {
    values: Result<BTreeMap<String, SecretString>, String>,
    environment: String,
}

impl EnvironmentSecrets {
    /// Opens what is set for an environment. A vault that cannot be opened is told by the first step that needs it.
    pub(crate) async fn of(
        app: &App,
        name: &AppName,
        environment: Option<EnvironmentName>,
    ) -> Result<Self, ApiError> {
        let label = environment.as_ref().map(ToString::to_string).unwrap_or_default();
        let Some(environment) = environment else {
            return Ok(Self { values: Ok(BTreeMap::new()), environment: label });
        };
        let (name, home) = (name.clone(), app.home.root().to_owned());
        let values =
            app.ask(move |store| Ok::<_, ApiError>(open_all(store, &home, &name, &environment))).await?;
        Ok(Self { values: values.map_err(|e| e.message), environment: label })
    }

    /// Hides every value of this environment.
    pub(crate) fn masker(&self) -> Result<Masker, ApiError> {
        let values = self.values.iter().flatten();
        let pairs = values.map(|(name, value)| (name.as_str(), value));
        Masker::new(pairs).map_err(|e| ApiError::new(Code::SecretUnavailable, chain(&e)))
    }
}

#[async_trait]
impl Masks for SecretsOf {
    async fn masker(&self) -> Result<Masker, String> {
        let secrets = EnvironmentSecrets::of(&self.app, &self.name, Some(self.environment.clone())).await;
        let secrets = secrets.map_err(|error| error.message)?;
        if let Err(message) = &secrets.values {
            return Err(message.clone());
        }
        secrets.masker().map_err(|error| error.message)
    }
}

/// The secrets of an environment as they are whenever somebody asks.
pub(crate) struct SecretsOf {
    pub(crate) app: App,
    pub(crate) name: AppName,
    pub(crate) environment: EnvironmentName,
}

fn open_all(
    store: &Store,
    home: &Path,
    app: &AppName,
    environment: &EnvironmentName,
) -> Result<BTreeMap<String, SecretString>, ApiError> {
    let sealed = store.secrets(app, environment)?;
    if sealed.is_empty() {
        return Ok(BTreeMap::new());
    }
    let vault = Vault::open_or_create(&VaultOptions::from_environment(home)?)?;
    let mut values = BTreeMap::new();
    for secret in sealed {
        let place = scope(&secret.key);
        let sealed_for =
            SealedFor { scope: &place, id: &secret.key.name, version: u64::from(secret.version) };
        values.insert(secret.key.name.clone(), vault.open(sealed_for, &secret.ciphertext)?);
    }
    Ok(values)
}

#[async_trait]
impl SecretValues for EnvironmentSecrets {
    async fn value(&self, name: &str) -> Result<SecretString, Failure> {
        let failure = |message: String, hint: String| Failure {
            cause: Cause::Missing,
            message,
            hints: vec![hint],
            detail: None,
        };
        match &self.values {
            Err(message) => {
                Err(failure(message.clone(), "make the secret store usable, then retry".to_owned()))
            }
            Ok(values) => values.get(name).cloned().ok_or_else(|| {
                let hint = format!("set it with `seatrial secret set {name} --env {}`", self.environment);
                failure(format!("the secret {name} has no value"), hint)
            }),
        }
    }
}
