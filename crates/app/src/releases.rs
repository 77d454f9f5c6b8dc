//! Releases, as lists show them.

use crate::App;
use crate::api::types::{ListParams, ReleaseLine};
use crate::api::{ApiError, Code};
use seatrial_core::model::Release;
use seatrial_core::model::{AppName, ReleaseId};
use seatrial_store::{Deployment, Found, StoreError};

impl App {
    /// Releases of an app, newest first.
    pub async fn release_list(&self, params: ListParams) -> Result<Vec<ReleaseLine>, ApiError> {
        let app = params.app.ok_or_else(|| {
            ApiError::new(Code::Usage, "releases belong to an app: say which")
                .hint("for example `--app guestbook`")
        })?;
        let limit = params.limit.unwrap_or(50).min(1_000);
        let before = params.before.map(|run| ReleaseId(run.0));
        self.ask(move |store| {
            let releases = store.releases(&app, before, limit)?;
            let live = store.current_deployments()?;
            Ok::<_, StoreError>(releases.into_iter().map(|r| release_line(r, &live)).collect())
        })
        .await
    }

    /// The release a person names by version or by the beginning of its id.
    pub(crate) async fn release_named(&self, app: &AppName, name: &str) -> Result<Release, ApiError> {
        let (wanted, text) = (app.clone(), name.to_owned());
        let found = self
            .ask(move |store| {
                let by_version = store.release_by_version(&wanted, &text)?;
                let found = match by_version {
                    Some(release) => Found::One(Box::new(release)),
                    None => store.find_release(&text)?,
                };
                Ok::<_, StoreError>(found)
            })
            .await?;
        match found {
            Found::One(release) if release.app == *app => Ok(*release),
            Found::Several => {
                Err(ApiError::new(Code::Usage, format!("several releases begin with `{name}`"))
                    .hint("write more of its id, or its version"))
            }
            _ => Err(ApiError::new(Code::NotFound, format!("{app} has no release `{name}`"))
                .hint("`seatrial releases` lists them")),
        }
    }
}

/// A release as a line of a list, with the environments it is live in.
pub(crate) fn release_line(release: Release, live: &[Deployment]) -> ReleaseLine {
    let here = live.iter().filter(|d| d.run.app == release.app && d.run.progress.release == Some(release.id));
    ReleaseLine {
        live_in: here.filter_map(|d| d.run.environment.clone()).collect(),
        release: release.id,
        version: release.version,
        image: release.artifacts.into_iter().next().map(|a| a.digest),
        commit: release.commit,
        dirty: release.dirty,
        created_at: release.created_at,
    }
}
