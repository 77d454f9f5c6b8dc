//! What was put where, and for how long it stayed.

use crate::api::types::PastDeployment;
use seatrial_core::model::{AppName, EnvironmentName, ReleaseId};
use seatrial_store::{HistoryEntry, RunQuery, Scope, Store, StoreError};
use std::collections::HashMap;

/// Runs that are looked through.
const LOOKED_THROUGH: u32 = 1_000;
/// Deployments of one answer.
const MOST: usize = 50;

/// What was put into an environment, newest first.
pub(crate) fn of_environment(
    store: &Store,
    app: &AppName,
    environment: &EnvironmentName,
) -> Result<Vec<PastDeployment>, StoreError> {
    let scope = Scope::Environment(app.clone(), environment.clone());
    Ok(read(store, scope)?.into_iter().map(|(_, past)| past).take(MOST).collect())
}

/// Where a release was put, newest first.
pub(crate) fn of_release(
    store: &Store,
    app: &AppName,
    release: ReleaseId,
) -> Result<Vec<PastDeployment>, StoreError> {
    let all = read(store, Scope::App(app.clone()))?.into_iter();
    Ok(all.filter(|(of, _)| *of == Some(release)).map(|(_, past)| past).take(MOST).collect())
}

type Past = (Option<ReleaseId>, PastDeployment);

/// Going from the newest back, each live deployment lasted until the one after it in its environment.
fn read(store: &Store, scope: Scope) -> Result<Vec<Past>, StoreError> {
    let query = RunQuery { scope, status: None, before: None, limit: LOOKED_THROUGH };
    let mut next_live = HashMap::new();
    let mut found = Vec::new();
    for HistoryEntry { run, deployment } in store.history(&query)? {
        let Some((environment, deployment)) = run.environment.clone().zip(deployment) else { continue };
        let until = match deployment.live_at {
            Some(at) => next_live.insert(environment.clone(), at),
            None => None,
        };
        let past = PastDeployment {
            environment,
            run: run.id,
            kind: run.kind,
            status: run.progress.status,
            version: run.progress.version,
            at: deployment.began_at,
            live_at: deployment.live_at,
            until,
            proof: run.progress.proof,
            verdict: run.progress.verdict,
            reason: run.progress.failure,
        };
        found.push((run.progress.release, past));
    }
    Ok(found)
}
