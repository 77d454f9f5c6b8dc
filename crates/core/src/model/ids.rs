//! Identities. All are UUIDv7, so sorting by id is sorting by time of creation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// An app known to this Seatrial home.
    AppId
);
id!(
    /// An environment of an app.
    EnvironmentId
);
id!(
    /// One execution of build, ship and/or evaluate.
    RunId
);
id!(
    /// An immutable bundle of artifacts with its version and commits.
    ReleaseId
);
id!(
    /// The part of a run that changed an environment.
    DeploymentId
);
