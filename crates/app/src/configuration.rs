//! Values of an environment: those in the file, and those kept here.

use crate::App;
use crate::api::types::{ConfigParams, ConfigValue, EnvironmentRef};
use crate::api::{ApiError, Code};
use chrono::Utc;
use seatrial_core::spec::Origin;
use seatrial_store::EnvValue;

impl App {
    /// An environment's configuration, with where each value stands.
    pub async fn env_list(&self, params: EnvironmentRef) -> Result<Vec<ConfigValue>, ApiError> {
        let project = self.project(&params.app).await?;
        let environment = self.environment(&project, params.environment.as_ref()).await?;
        let (app, name) = (params.app.clone(), environment.name.clone());
        let kept = self.ask(move |store| store.env_values(&app, &name)).await?;
        let origins = &project.spec()?.origins;
        let place = |variable: &str| match origins.get(&format!("env.{}.env.{variable}", environment.name)) {
            Some(Origin::File { file, line, .. }) => format!("{file}:{line}"),
            Some(Origin::Detected { evidence }) => evidence.clone(),
            Some(Origin::Default) | None => "default".to_owned(),
        };
        let values = environment.env.iter().map(|(name, value)| ConfigValue {
            name: name.clone(),
            value: value.clone(),
            origin: if kept.contains_key(name) { "set here".to_owned() } else { place(name) },
        });
        Ok(values.collect())
    }

    /// Sets a value here, or removes it again. It takes effect with the next deployment.
    pub async fn env_set(&self, params: ConfigParams) -> Result<Vec<ConfigValue>, ApiError> {
        if !is_variable(&params.name) {
            let message = format!("`{}` cannot name a variable", params.name);
            return Err(
                ApiError::new(Code::Usage, message).hint("use letters, digits and _, and no digit first")
            );
        }
        let project = self.project(&params.app).await?;
        let environment = self.environment(&project, params.environment.as_ref()).await?.name;
        let (app, key, value) = (params.app.clone(), params.name, params.value);
        let place = environment.clone();
        self.ask(move |store| match value {
            Some(value) => store.set_env_values(vec![EnvValue { app, environment, key, value }], Utc::now()),
            None => store.unset_env_value(&app, &environment, &key).map(drop),
        })
        .await?;
        self.env_list(EnvironmentRef { app: params.app, environment: Some(place) }).await
    }
}

/// Whether a text can name an environment variable in every shell.
pub(crate) fn is_variable(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.len() <= 128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_has_a_name_every_shell_takes() {
        assert!(is_variable("DATABASE_URL") && is_variable("_x1"));
        for bad in ["", "1A", "A-B", "A=B", "Ä", "A B"] {
            assert!(!is_variable(bad), "{bad}");
        }
    }
}
