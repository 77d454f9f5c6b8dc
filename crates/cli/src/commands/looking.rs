//! Commands that only look.

use super::{DONE, Exit};
use crate::args::{Count, Listing, Usage};
use crate::render::{app, lists, machine, usage};
use crate::session::Session;
use chrono::Utc;
use seatrial_app::api::types::{
    AppRef, AppView, CheckState, EnvironmentRef, EnvironmentView, ListParams, Nothing, RunRef, UsageParams,
};
use seatrial_app::api::{ApiError, Code};
use seatrial_core::model::{AppName, EnvironmentName};
use seatrial_core::run::RunState;

/// `seatrial status`: the app of the current folder, or every app where there is none.
pub(crate) async fn status(session: &Session, all: bool) -> Exit {
    let only = if all { None } else { session.known_app().await? };
    let environment = session.environment()?;
    let mut apps = session.app.app_list(Nothing {}).await?;
    if let Some(only) = only {
        apps.retain(|view| view.app == only);
    }
    if let Some(environment) = environment {
        for view in &mut apps {
            view.environments.retain(|other| other.name == environment);
        }
    }
    look_at_hosts(session, &mut apps).await;
    let running = if session.output.json { Vec::new() } else { running(session, &apps).await };
    session.output.answer(&apps, |apps| lists::status(apps, &running, Utc::now(), session.output.paint))?;
    Ok(DONE)
}

/// Environments on several hosts are looked at: what is recorded says nothing about each of them.
async fn look_at_hosts(session: &Session, apps: &mut [AppView]) {
    for view in apps {
        for environment in view.environments.iter_mut().filter(|other| other.target.hosts().len() > 1) {
            let asked = EnvironmentRef { app: view.app.clone(), environment: Some(environment.name.clone()) };
            // Why it could not be looked at is what `drift` is there to say.
            if let Ok(detail) = session.app.environment_get(asked).await {
                environment.hosts = detail.hosts;
            }
        }
    }
}

async fn running(session: &Session, apps: &[AppView]) -> Vec<RunState> {
    let mut states = Vec::new();
    for run in apps.iter().flat_map(|view| &view.environments).filter_map(|environment| environment.running) {
        // A run that cannot be read is still in the table as running; its details are not worth failing for.
        if let Ok(state) = session.app.run_get(RunRef { run }).await {
            states.push(state);
        }
    }
    states
}

/// `seatrial history`.
pub(crate) async fn history(session: &Session, options: &Listing) -> Exit {
    let app = if options.all { None } else { session.known_app().await? };
    let list = ListParams {
        app,
        environment: session.environment()?,
        limit: Some(options.count.limit),
        before: None,
    };
    let runs = session.app.run_list(list).await?;
    session.output.answer(&runs, |runs| lists::history(runs, Utc::now(), session.output.paint))?;
    Ok(DONE)
}

/// `seatrial releases`. Versions of different apps have nothing to do with each other: it is always one app's.
pub(crate) async fn releases(session: &Session, count: &Count) -> Exit {
    let Some(app) = session.known_app().await? else { return Err(session.no_app_here()) };
    let list = ListParams {
        app: Some(app),
        environment: session.environment()?,
        limit: Some(count.limit),
        before: None,
    };
    let releases = session.app.release_list(list).await?;
    session
        .output
        .answer(&releases, |releases| lists::releases(releases, Utc::now(), session.output.paint))?;
    Ok(DONE)
}

/// `seatrial plan --explain`.
pub(crate) async fn explain(session: &Session) -> Exit {
    let app = session.app_view().await?.app;
    let values = session.app.app_explain(AppRef { app: Some(app), folder: None }).await?;
    session.output.answer(&values, |values| app::explain(values, session.output.paint))?;
    Ok(DONE)
}

/// `seatrial usage`: of several servers one after the other.
pub(crate) async fn usage(session: &Session, options: &Usage) -> Exit {
    let app = session.known_app().await?.ok_or_else(|| session.no_app_here())?;
    let environment = session.environment()?;
    let servers = match &options.server {
        Some(server) => vec![server.clone()],
        None => several(session, &app, environment.as_ref()).await?,
    };
    let ask = |server| {
        let params = UsageParams { app: app.clone(), environment: environment.clone(), server };
        session.app.environment_usage(params)
    };
    if servers.len() < 2 {
        let used = ask(servers.into_iter().next()).await?;
        session.output.answer(&used, |used| usage::text(used, Utc::now(), session.output.paint))?;
        return Ok(DONE);
    }
    let mut all = Vec::new();
    let mut failed = None;
    for server in servers {
        match ask(Some(server.clone())).await {
            Ok(used) => all.push(used),
            Err(error) => {
                session.output.remark(&format!("{server}: {}", error.message));
                failed = failed.or(Some(error));
            }
        }
    }
    session.output.answer(&all, |all| usage::of_servers(all, Utc::now(), session.output.paint))?;
    Ok(failed.map_or(DONE, |error| error.code.exit_status()))
}

/// The servers of an environment that is on several.
async fn several(
    session: &Session,
    app: &AppName,
    environment: Option<&EnvironmentName>,
) -> Result<Vec<String>, ApiError> {
    let view = session.app.app_get(AppRef { app: Some(app.clone()), folder: None }).await?;
    let named = |other: &&EnvironmentView| environment.is_none_or(|name| other.name == *name);
    let found = view.environments.iter().find(named);
    let hosts = found.map(|found| found.target.hosts().to_vec()).unwrap_or_default();
    Ok(if hosts.len() > 1 { hosts.iter().map(|host| host.host().to_owned()).collect() } else { Vec::new() })
}

/// `seatrial doctor`.
pub(crate) async fn doctor(session: &Session) -> Exit {
    let view = session.app.machine_check(Nothing {}).await?;
    session.output.answer(&view, |view| machine::text(view, session.output.paint))?;
    let failed = view.checks.iter().any(|check| check.state == CheckState::Failed);
    Ok(if failed { Code::ToolMissing.exit_status() } else { DONE })
}
