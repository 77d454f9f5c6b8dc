//! Taking up what others did on a server.

use crate::App;
use crate::api::ApiError;
use crate::api::types::{Adopted, AdoptedPlace, Adoption, LeaseHolder, TargetRef};
use crate::server::host;
use crate::shared::Shared;
use crate::translate::chain;
use seatrial_core::journal::Begun;
use seatrial_core::model::{AppName, EnvironmentName, SshHost};
use seatrial_core::pipeline::Place;
use seatrial_engine::docker::EngineError;
use seatrial_engine::shared_place::{Holder, Lease, SharedPlace};
use seatrial_engine::ssh::Link;

impl App {
    /// Reads every journal of a server. Those of environments that are known here become part of this home's history;
    /// of the others is told who deployed them.
    pub async fn target_adopt(&self, params: TargetRef) -> Result<Adoption, ApiError> {
        let host = host(&params.target)?;
        let link = Link::open(&host, &self.links()).await;
        let link = link.map_err(|error| EngineError::Link(Box::new(error)))?;
        let mut places = Vec::new();
        for place in SharedPlace::all(&link).await?.iter().filter_map(|name| Place::parse(name)) {
            places.push(self.adopt(&host, &link, place).await?);
        }
        Ok(Adoption { target: host.to_string(), places })
    }

    async fn adopt(&self, host: &SshHost, link: &Link, place: Place) -> Result<AdoptedPlace, ApiError> {
        let shared = Shared::new(host, link, &place);
        let mut told = AdoptedPlace {
            app: place.app.clone(),
            environment: place.environment.clone(),
            state: Adopted::Foreign,
            new_runs: 0,
            runs: 0,
            live: None,
            by: None,
            at: None,
            busy: None,
            note: self.foreign(host, &place.app, &place.environment).await,
        };
        if told.note.is_some() {
            match self.peek(&shared).await {
                Ok((lease, begun)) => told.tell(lease, &begun),
                Err(error) => (told.state, told.note) = (Adopted::Broken, Some(chain(&error))),
            }
            return Ok(told);
        }
        let caught = match self.catch_up(&shared).await {
            Ok(caught) => caught,
            Err(error) => {
                (told.state, told.note) = (Adopted::Broken, Some(error.message));
                return Ok(told);
            }
        };
        self.tell(&shared, &caught).await?;
        told.state = Adopted::Known;
        told.new_runs = u32::try_from(caught.taken_up.len()).unwrap_or(u32::MAX);
        told.note = caught.anew.as_ref().map(|error| chain(error));
        told.tell(caught.lease, &self.begun(&shared).await?);
        let current = self.ask(move |store| store.current_deployment(&place.app, &place.environment)).await?;
        told.live = current.and_then(|deployment| deployment.run.progress.version);
        // Only what was new has been read so far; an entry that was known may have been changed since.
        if let Err(error) = self.peek(&shared).await {
            (told.state, told.note) = (Adopted::Broken, Some(chain(&error)));
        }
        Ok(told)
    }

    /// Why an environment is not one of this home; `None`: it is.
    async fn foreign(&self, host: &SshHost, app: &AppName, name: &EnvironmentName) -> Option<String> {
        let project = match self.project(app).await {
            Ok(project) => project,
            Err(error) => {
                return Some(format!("{}; `cd` into its folder and run `seatrial init`", error.message));
            }
        };
        let declared = project.spec.as_ref().and_then(|spec| spec.environment(name)).map(|e| &e.target);
        match declared {
            Some(there) if there.hosts().contains(host) => None,
            Some(other) => Some(format!("{app} has its environment {name} on {other}")),
            None => Some(format!("{app} has no environment {name} in its seatrial.toml")),
        }
    }
}

impl AdoptedPlace {
    fn tell(&mut self, lease: Option<Lease>, begun: &[Begun]) {
        self.runs = u32::try_from(begun.len()).unwrap_or(u32::MAX);
        self.by = begun.last().map(|one| one.by.clone());
        self.at = begun.last().map(|one| one.at);
        self.busy = lease.filter(|lease| !lease.is_expired()).map(|lease| holder(lease.holder));
    }
}

pub(crate) fn holder(holder: Holder) -> LeaseHolder {
    let Holder { run, actor, since, doing } = holder;
    LeaseHolder { run, actor, since, doing }
}
