//! `seatrial init`.

use super::{DONE, Exit};
use crate::args::Init;
use crate::render::app;
use crate::session::Session;
use seatrial_app::api::ApiError;
use seatrial_app::api::types::{InitParams, SampleParams};
use std::path::{Path, PathBuf, absolute};

/// Looks at a folder, writes what was asked for, or creates the sample app.
pub(crate) async fn init(session: &Session, options: Init) -> Exit {
    match options.sample {
        Some(folder) => sample(session, folder).await,
        None => propose(session, &options).await,
    }
}

async fn propose(session: &Session, options: &Init) -> Exit {
    let params = InitParams {
        folder: session.folder().await?.to_string_lossy().into_owned(),
        write_file: options.write,
        write_dockerfile: options.write_dockerfile,
    };
    let view = session.app.app_init(params).await?;
    session.output.answer(&view, |view| app::init(view, session.output.paint))?;
    Ok(DONE)
}

async fn sample(session: &Session, folder: Option<PathBuf>) -> Exit {
    let folder = folder.as_deref().map(whole_path).transpose()?;
    let view = session.app.sample_create(SampleParams { folder }).await?;
    session.output.answer(&view, |view| app::sample(view, session.output.paint))?;
    Ok(DONE)
}

fn whole_path(folder: &Path) -> Result<String, ApiError> {
    let path = absolute(folder).map_err(|error| super::broken("the folder cannot be used", &error))?;
    Ok(path.to_string_lossy().into_owned())
}
