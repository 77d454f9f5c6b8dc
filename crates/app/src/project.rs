//! An app's folder as it is now: what is in it, what is declared, and what was detected.

use crate::App;
use crate::api::types::{AppRef, DetectionView, ExplainedValue, InitParams, InitView};
use crate::api::{ApiError, Code};
use crate::translate::chain;
use chrono::Utc;
use seatrial_core::detect::facts::{FolderFacts, GitFacts, PipelineFile};
use seatrial_core::detect::{Detection, Dockerfile, detect};
use seatrial_core::model::{AppId, AppName, Digest};
use seatrial_core::plan::WorkTree;
use seatrial_core::spec::{self, AppSpec, Problem, Severity, StepSpec};
use seatrial_engine::repo::{self, RepoError};
use seatrial_store::{AppError, TrustedFile};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The configuration file's name.
pub(crate) const FILE: &str = "seatrial.toml";
/// Longest look at a folder; git on a slow disk takes most of it.
const LOOK: Duration = Duration::from_secs(20);

/// A folder with everything known about it.
pub(crate) struct Project {
    pub(crate) folder: PathBuf,
    pub(crate) facts: FolderFacts,
    pub(crate) detection: Detection,
    /// The resolved configuration; `None`: `problems` has errors.
    pub(crate) spec: Option<AppSpec>,
    pub(crate) problems: Vec<Problem>,
}

impl Project {
    /// Looks at a folder; runs nothing of it.
    pub(crate) async fn look(folder: &Path) -> Result<Self, ApiError> {
        Ok(Self::of(folder, repo::observe(folder, LOOK).await.map_err(|e| not_there(&e))?))
    }

    /// Looks at a folder without asking git: enough to say what it declares, and quick.
    pub(crate) async fn glance(folder: &Path) -> Result<Self, ApiError> {
        Ok(Self::of(folder, repo::observe_files(folder, LOOK).await.map_err(|e| not_there(&e))?))
    }

    fn of(folder: &Path, facts: FolderFacts) -> Self {
        let resolved = match &facts.pipeline_file {
            PipelineFile::Absent => spec::resolve_without_file(&facts),
            PipelineFile::Content(bytes) => spec::parse(bytes.as_slice(), FILE, &facts),
            PipelineFile::TooLarge { size, limit } => {
                Err(vec![unusable(format!("the file has {size} bytes; at most {limit} are read"))])
            }
            PipelineFile::Unreadable { reason } => {
                Err(vec![unusable(format!("the file cannot be read: {reason}"))])
            }
        };
        let (spec, problems) = match resolved {
            Ok((spec, warnings)) => (Some(spec), warnings),
            Err(problems) => (None, problems),
        };
        let detection = detect(&facts);
        Self { folder: folder.to_owned(), detection, facts, spec, problems }
    }

    /// The configuration, or its problems as one error.
    pub(crate) fn spec(&self) -> Result<&AppSpec, ApiError> {
        self.spec.as_ref().ok_or_else(|| {
            let errors: Vec<_> =
                self.problems.iter().filter(|p| p.severity == Severity::Error).cloned().collect();
            let count =
                if errors.len() == 1 { "1 problem".to_owned() } else { format!("{} problems", errors.len()) };
            let mut error = ApiError::new(Code::Configuration, format!("the configuration has {count}"))
                .hint("nothing was changed; correct the file and try again");
            error.problems = errors;
            error
        })
    }

    /// The app's name, also when the configuration cannot be used.
    pub(crate) fn name(&self) -> AppName {
        self.spec.as_ref().map_or_else(|| self.detection.app.clone(), |s| s.app.clone())
    }

    pub(crate) fn work_tree(&self) -> WorkTree {
        let git = self.git();
        WorkTree {
            commit: git.and_then(|g| g.commit.clone()),
            // A file that git does not know becomes part of the image all the same.
            dirty: git.is_some_and(|g| g.dirty || g.untracked > 0),
            changes: git.and_then(|g| g.changes.clone()),
        }
    }

    /// What git says, unless no commit ever touched this folder: then the work tree around it says nothing about it.
    pub(crate) fn git(&self) -> Option<&GitFacts> {
        let known =
            |g: &&GitFacts| g.prefix.is_empty() || !g.commits_since_tag.is_empty() || g.last_tag.is_some();
        self.facts.git.as_ref().filter(known)
    }

    /// Commands that would run, in order.
    pub(crate) fn commands(&self) -> Vec<String> {
        let Some(spec) = &self.spec else { return Vec::new() };
        let evaluate = spec.environments.iter().flat_map(|e| e.evaluate.steps.iter());
        let words = |step: &StepSpec| format!("{} {}: {}", step.phase, step.id, step.command);
        let mut commands: Vec<String> = spec.build.steps.iter().chain(evaluate).map(words).collect();
        commands.dedup();
        commands.push(format!(
            "build package: docker build -f {} {}",
            spec.build.image.dockerfile, spec.build.image.context
        ));
        commands
    }

    /// Everything of the folder that decides what runs: the configuration, the Dockerfile, and scripts that commands
    /// name.
    pub(crate) fn trusted_files(&self) -> Vec<TrustedFile> {
        let mut files = Vec::new();
        if let PipelineFile::Content(bytes) = &self.facts.pipeline_file {
            files.push(trusted(FILE, bytes));
        }
        let commands = self.commands().join("\n");
        for (path, text) in &self.facts.texts {
            let decides = Some(path.as_str()) == self.dockerfile()
                || names(&commands, path)
                || RUNNERS.contains(&path.as_str());
            if decides && path != FILE {
                files.push(trusted(path, text.as_bytes()));
            }
        }
        let inside = repo::Inside::open(&self.folder).ok();
        let read = |path: &str| inside.as_ref()?.read(path, SCRIPT_BYTES).ok();
        for file in &self.facts.files {
            let script = (file.executable || reads_like_a_script(&file.path))
                && names(&commands, &file.path)
                && !files.iter().any(|f| f.path == file.path);
            if script && let Some(bytes) = read(&file.path) {
                files.push(trusted(&file.path, &bytes));
            }
        }
        files
    }

    fn dockerfile(&self) -> Option<&str> {
        self.spec
            .as_ref()
            .filter(|s| s.build.image.generated.is_none())
            .map(|s| s.build.image.dockerfile.as_str())
    }

    pub(crate) fn detection_view(&self) -> DetectionView {
        let found = &self.detection;
        let generated = match &found.dockerfile {
            Dockerfile::Generated { text, .. } => Some(text.clone()),
            Dockerfile::Existing { .. } | Dockerfile::None => None,
        };
        DetectionView {
            kind: found.kind.words().to_owned(),
            evidence: found.evidence.clone(),
            notes: found.notes.clone(),
            compose_services: found.compose_services.iter().map(|s| s.name.clone()).collect(),
            generated_dockerfile: generated,
        }
    }
}

fn not_there(error: &RepoError) -> ApiError {
    ApiError::new(Code::NotFound, chain(error)).hint("open the folder again where it is now")
}

/// Whether a file's name is one of a script. What a command writes (`report.xml`) or compares is not what it runs.
fn reads_like_a_script(path: &str) -> bool {
    const ENDINGS: [&str; 12] =
        ["sh", "bash", "py", "js", "mjs", "cjs", "ts", "rb", "pl", "php", "ps1", "lua"];
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_none_or(|(_, ending)| ENDINGS.contains(&ending))
}

/// A script larger than this is no script.
const SCRIPT_BYTES: u64 = 1 << 20;
/// Files whose content decides what a short command such as `make test` or `npm test` does.
const RUNNERS: [&str; 11] = [
    "package.json",
    "Makefile",
    "makefile",
    "GNUmakefile",
    "justfile",
    "Justfile",
    "Taskfile.yml",
    "tox.ini",
    "noxfile.py",
    "pyproject.toml",
    "setup.cfg",
];

/// Whether a command names a file: by its path, or by the end of it, since a step may run in a folder below.
fn names(commands: &str, path: &str) -> bool {
    let word = |w: &str| {
        let w = w.trim_start_matches("./");
        w == path || (w.contains('.') && path.strip_suffix(w).is_some_and(|rest| rest.ends_with('/')))
    };
    commands.split(|c: char| c.is_whitespace() || "\"'`;|&()<>=".contains(c)).any(word)
}

fn trusted(path: &str, bytes: &[u8]) -> TrustedFile {
    let text = std::str::from_utf8(bytes).ok().map(str::to_owned);
    TrustedFile { path: path.to_owned(), digest: Digest::of(bytes), text }
}

fn unusable(message: String) -> Problem {
    Problem { severity: Severity::Error, file: FILE.to_owned(), line: 1, column: 1, message, hint: None }
}

impl App {
    /// The folder of a known app, looked at now.
    pub(crate) async fn project(&self, app: &AppName) -> Result<Project, ApiError> {
        let folder = self.folder_of(app).await?;
        let project = Project::look(&folder).await?;
        if project.spec.is_some() && project.name() != *app {
            let message = format!("the app in {} is now called `{}`", folder.display(), project.name());
            return Err(ApiError::new(Code::NotFound, message).hint("open its folder again"));
        }
        Ok(project)
    }

    /// Makes a folder known as an app.
    pub async fn app_open(&self, params: AppRef) -> Result<crate::api::types::AppView, ApiError> {
        self.supervise_now_and_then().await;
        let folder = match (&params.folder, &params.app) {
            (Some(folder), _) => absolute(folder)?,
            (None, Some(app)) => self.folder_of(app).await?,
            (None, None) => return Err(ApiError::new(Code::Usage, "say which app, or which folder")),
        };
        let project = Project::look(&folder).await?;
        self.remember(&project).await?;
        self.app_view(&project).await
    }

    /// One app.
    pub async fn app_get(&self, params: AppRef) -> Result<crate::api::types::AppView, ApiError> {
        let project = match (&params.app, &params.folder) {
            (Some(app), _) => self.project(app).await?,
            (None, Some(folder)) => Project::look(&absolute(folder)?).await?,
            (None, None) => return Err(ApiError::new(Code::Usage, "say which app, or which folder")),
        };
        self.app_view(&project).await
    }

    pub(crate) async fn remember(&self, project: &Project) -> Result<(), ApiError> {
        let folder = project.folder.to_string_lossy().into_owned();
        let here = folder.clone();
        // The store knows an app by its id: the one in this folder is the same app, also under a new name.
        let known = self.ask(move |store| store.app_in(&here)).await?;
        let app = seatrial_store::App {
            id: known.as_ref().map_or_else(|| AppId(uuid::Uuid::now_v7()), |app| app.id),
            name: project.name(),
            folder,
            added_at: known.map_or_else(Utc::now, |app| app.added_at),
            opened_at: Utc::now(),
        };
        let (name, folder) = (app.name.clone(), app.folder.clone());
        let put = self.ask(move |store| Ok::<_, ApiError>(store.put_app(app))).await?;
        match put {
            Ok(_) => Ok(()),
            // The folder was moved or deleted: its name is free for this one.
            Err(AppError::NameTaken { folder: other, .. }) if !Path::new(&other).exists() => {
                self.ask(move |store| store.forget_app(&name)).await?;
                let again = seatrial_store::App {
                    id: AppId(uuid::Uuid::now_v7()),
                    name: project.name(),
                    folder,
                    added_at: Utc::now(),
                    opened_at: Utc::now(),
                };
                self.ask(move |store| store.put_app(again).map_err(taken)).await.map(drop)
            }
            Err(error) => Err(taken(error)),
        }
    }

    /// Every resolved value with its origin.
    pub async fn app_explain(&self, params: AppRef) -> Result<Vec<ExplainedValue>, ApiError> {
        let project = match (&params.app, &params.folder) {
            (Some(app), _) => self.project(app).await?,
            (None, Some(folder)) => Project::look(&absolute(folder)?).await?,
            (None, None) => return Err(ApiError::new(Code::Usage, "say which app, or which folder")),
        };
        let values = spec::explain(project.spec()?).into_iter();
        Ok(values.map(|v| ExplainedValue { path: v.path, value: v.value, origin: v.origin }).collect())
    }

    /// Proposes a configuration for a folder, and writes what is asked for. Never overwrites a file.
    pub async fn app_init(&self, params: InitParams) -> Result<InitView, ApiError> {
        let folder = absolute(&params.folder)?;
        let project = Project::look(&folder).await?;
        let is_new = project.facts.pipeline_file == PipelineFile::Absent;
        let file_text = match (&project.spec, is_new) {
            (Some(spec), true) => Some(spec::initial_file(spec)),
            _ => None,
        };
        let mut written = Vec::new();
        if let (true, Some(text)) = (params.write_file, &file_text) {
            write(&folder, FILE, text)?;
            written.push(FILE.to_owned());
        }
        if let (true, Dockerfile::Generated { text, .. }) =
            (params.write_dockerfile, &project.detection.dockerfile)
        {
            write(&folder, "Dockerfile", text)?;
            written.push("Dockerfile".to_owned());
        }
        let project = if written.is_empty() { project } else { Project::look(&folder).await? };
        if project.spec.is_some() {
            self.remember(&project).await?;
        }
        Ok(InitView { app: self.app_view(&project).await?, file_text, written })
    }
}

fn taken(error: AppError) -> ApiError {
    match error {
        AppError::NameTaken { .. } => ApiError::new(Code::Conflict, chain(&error))
            .hint("set another name with `app = \"...\"` in seatrial.toml"),
        AppError::Store(error) => error.into(),
    }
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), ApiError> {
    repo::write_file_atomically(folder, name, text.as_bytes(), repo::Existing::Keep)
        .map_err(|e| ApiError::new(Code::Conflict, chain(&e)).hint("nothing was written"))
}

/// An existing folder, absolute and without links, so that one folder is one app.
pub(crate) fn absolute(folder: &str) -> Result<PathBuf, ApiError> {
    std::fs::canonicalize(folder).map_err(|e| {
        ApiError::new(Code::NotFound, format!("the folder {folder} cannot be opened: {e}"))
            .hint("check the path; it may have been moved")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_writes_is_not_what_it_runs() {
        assert!(reads_like_a_script("tools/check.sh") && reads_like_a_script("configure"));
        assert!(!reads_like_a_script("report.xml") && !reads_like_a_script("out/coverage.lcov"));
    }

    #[test]
    fn t7_a_script_is_recognised_however_a_command_names_it() {
        for command in ["./check.sh", "sh check.sh --all", "bash -e ./check.sh && echo", "X=1 (check.sh)"] {
            assert!(names(command, "check.sh"), "{command}");
        }
        assert!(!names("make check", "check.sh"));
        assert!(!names("other/check.sh", "check.sh"));
        assert!(names("./check.sh", "tools/check.sh"), "a step may run in `tools`");
        assert!(!names("check", "tools/check"), "a bare word is a program");
    }
}
