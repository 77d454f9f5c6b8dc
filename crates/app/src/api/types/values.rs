//! Values and secrets of an environment.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use seatrial_core::model::{AppName, EnvironmentName};
use serde::{Deserialize, Serialize};

/// One value of an environment's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigValue {
    /// Name of the variable.
    pub name: String,
    /// The value.
    pub value: String,
    /// Where it came from: a place in the file, or `set here` for one kept by Seatrial.
    pub origin: String,
}

/// Sets a value of an environment's configuration.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigParams {
    /// The app.
    pub app: AppName,
    /// The environment; `None`: the first one.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// Name of the variable.
    pub name: String,
    /// The value; `None`: removes it.
    #[serde(default)]
    pub value: Option<String>,
}

/// A secret, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SecretLine {
    /// Its name.
    pub name: String,
    /// Whether it has a value.
    pub set: bool,
    /// Whether the configuration asks for it.
    pub declared: bool,
    /// When the value was set.
    pub updated_at: Option<DateTime<Utc>>,
}

/// Sets or removes a secret.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretParams {
    /// The app.
    pub app: AppName,
    /// The environment; `None`: the first one.
    #[serde(default)]
    pub environment: Option<EnvironmentName>,
    /// Its name.
    pub name: String,
    /// The value; `None`: removes it. Never logged, never sent back.
    #[serde(default)]
    pub value: Option<String>,
}
