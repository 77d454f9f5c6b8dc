//! The pipeline as text and as a graph, and saving it over nothing but what was read.

use crate::App;
use crate::api::types::{PipelineParams, PipelineView, SavePipeline};
use crate::api::{ApiError, Code};
use crate::project::{FILE, Project};
use crate::translate::chain;
use seatrial_core::detect::facts::PipelineFile;
use seatrial_core::model::{AppName, Digest};
use seatrial_core::plan::{environments, outline};
use seatrial_core::spec::{self, Problem, Severity};
use seatrial_engine::repo::{self, Existing};
use std::path::Path;

impl App {
    /// A pipeline as text and as a graph; with a text, as it would be.
    pub async fn pipeline_get(&self, params: PipelineParams) -> Result<PipelineView, ApiError> {
        let project = self.glance(&params.app).await?;
        let text = params.text.unwrap_or_else(|| text_of(&project));
        Ok(view(&project, text))
    }

    /// Saves a pipeline's text, if nobody else did meanwhile.
    pub async fn pipeline_save(&self, params: SavePipeline) -> Result<PipelineView, ApiError> {
        let project = self.glance(&params.app).await?;
        let view = view(&project, params.text);
        let errors: Vec<Problem> =
            view.problems.iter().filter(|p| p.severity == Severity::Error).cloned().collect();
        if !errors.is_empty() {
            let mut error = ApiError::new(Code::Configuration, "a text with errors is not saved")
                .hint("correct the lines that are marked; the file is as it was");
            error.problems = errors;
            return Err(error);
        }
        let named = spec::parse(view.text.as_bytes(), FILE, &project.facts).ok().map(|(spec, _)| spec.app);
        if named.as_ref() != Some(&params.app) {
            let message = format!("its history goes by the name `{}`, which stays", params.app);
            return Err(ApiError::new(Code::Refused, message)
                .hint("to give the app another name, change the file by hand and open the folder again"));
        }
        if view.saved != params.over {
            return Err(ApiError::new(
                Code::Conflict,
                format!("{FILE} was changed by somebody else meanwhile"),
            )
            .hint("look at what is there now, then save again"));
        }
        let (folder, text) = (project.folder.clone(), view.text.clone());
        self.ask(move |_| write(&folder, &text, params.over.as_ref())).await?;
        Ok(PipelineView { saved: Some(Digest::of(view.text.as_bytes())), ..view })
    }

    /// The folder of a known app without git, which says nothing about the file.
    async fn glance(&self, app: &AppName) -> Result<Project, ApiError> {
        Project::glance(&self.folder_of(app).await?).await
    }
}

/// The file's text, or the one that would say the same.
fn text_of(project: &Project) -> String {
    match (&project.facts.pipeline_file, &project.spec) {
        (PipelineFile::Content(bytes), _) => String::from_utf8_lossy(bytes).into_owned(),
        (PipelineFile::Absent, Some(spec)) => spec::initial_file(spec),
        _ => format!("app = \"{}\"\n", project.name()),
    }
}

fn view(project: &Project, text: String) -> PipelineView {
    let (spec, problems) = match spec::parse(text.as_bytes(), FILE, &project.facts) {
        Ok((spec, warnings)) => (Some(spec), warnings),
        Err(problems) => (None, problems),
    };
    let saved = match &project.facts.pipeline_file {
        PipelineFile::Content(bytes) => Some(Digest::of(bytes)),
        _ => None,
    };
    PipelineView {
        text,
        saved,
        problems,
        steps: spec.as_ref().map(outline).unwrap_or_default(),
        environments: spec.as_ref().map(environments).unwrap_or_default(),
    }
}

/// Looks once more just before writing: what was read a moment ago may have been changed since.
fn write(folder: &Path, text: &str, over: Option<&Digest>) -> Result<(), ApiError> {
    let now =
        repo::Inside::open(folder).ok().and_then(|inside| inside.read(FILE, repo::PIPELINE_FILE_LIMIT).ok());
    if now.map(|bytes| Digest::of(&bytes)).as_ref() != over {
        return Err(ApiError::new(Code::Conflict, format!("{FILE} was changed by somebody else meanwhile"))
            .hint("look at what is there now, then save again"));
    }
    let existing = if over.is_some() { Existing::Replace } else { Existing::Keep };
    repo::write_file_atomically(folder, FILE, text.as_bytes(), existing)
        .map_err(|e| ApiError::new(Code::Conflict, chain(&e)).hint("nothing was written"))
}
