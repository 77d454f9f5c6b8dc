//! What environments looked like when they were last looked at. Kept in memory: it is true for moments only.

use crate::api::types::HostsSeen;
use seatrial_core::fleet::Health;
use seatrial_core::model::{AppName, EnvironmentName, RunId};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

/// How an environment was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// What was live by the history then: of another deployment it says nothing.
    pub(crate) run: Option<RunId>,
    /// Whether it answered; `Unknown`: it could not be looked at.
    pub(crate) health: Health,
    /// How many differences there were.
    pub(crate) drift: u32,
    /// What was seen on how many hosts, where there are several.
    pub(crate) hosts: Option<HostsSeen>,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// The last sighting of every environment.
#[derive(Default)]
pub(crate) struct Sightings(Mutex<HashMap<(AppName, EnvironmentName), Sighting>>);

impl Sightings {
    pub(crate) fn note(&self, app: &AppName, environment: &EnvironmentName, sighting: Sighting) {
        let key = (app.clone(), environment.clone());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, sighting);
    }

    /// The last one of this deployment.
    pub(crate) fn of(
        &self,
        app: &AppName,
        environment: &EnvironmentName,
        run: Option<RunId>,
    ) -> Option<Sighting> {
        let key = (app.clone(), environment.clone());
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        found.filter(|sighting| sighting.run == run)
    }
}
