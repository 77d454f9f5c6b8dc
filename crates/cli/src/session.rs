//! What a command works with: the opened home, and which app, environment and run the person means.

use crate::args::General;
use crate::home;
use crate::output::Output;
use crate::render::line::short;
use seatrial_app::App;
use seatrial_app::api::types::{AppRef, AppView, ListParams, Nothing, RunLine};
use seatrial_app::api::{ApiError, Code};
use seatrial_core::model::{AppName, EnvironmentName, RunId};
use std::env;
use std::path::{Path, PathBuf};

/// The configuration's file name.
const FILE: &str = "seatrial.toml";
/// How many runs are searched for a part of an id.
const SEARCHED: usize = 5000;

/// A command's surroundings.
pub(crate) struct Session {
    /// The API.
    pub(crate) app: App,
    /// Where all data is.
    pub(crate) home: PathBuf,
    /// How answers are written.
    pub(crate) output: Output,
    general: General,
}

/// How `--app` names an app.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    Name(AppName),
    Folder(PathBuf),
}

impl Session {
    /// Opens the home.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn open(general: General, output: Output) -> Result<Self, ApiError> {
        let home = home::folder()?;
        let app = App::open(home.clone())?;
        Ok(Self { app, home, output, general })
    }

    /// The app the person means, made known if it was not.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub(crate) async fn app_view(&self) -> Result<AppView, ApiError> {
        match self.named()? {
            Named::Name(name) => self.app.app_get(AppRef { app: Some(name), folder: None }).await,
            Named::Folder(folder) => {
                self.app.app_open(AppRef { app: None, folder: Some(text(&folder)) }).await
            }
        }
    }

    /// The folder the person means.
    ///
    /// # Errors
    /// When an app is meant by a name that is not known.
    pub(crate) async fn folder(&self) -> Result<PathBuf, ApiError> {
        match self.named()? {
            Named::Folder(folder) => Ok(folder),
            Named::Name(_) => Ok(PathBuf::from(self.app_view().await?.folder)),
        }
    }

    /// The app the person means, only if it is known already: looking makes no app known.
    ///
    /// # Errors
    /// When one is named that does not exist.
    pub(crate) async fn known_app(&self) -> Result<Option<AppName>, ApiError> {
        let folder = match self.named()? {
            Named::Name(name) => {
                return self
                    .app
                    .app_get(AppRef { app: Some(name), folder: None })
                    .await
                    .map(|view| Some(view.app));
            }
            Named::Folder(folder) => folder,
        };
        let apps = self.app.app_list(Nothing {}).await?;
        let same = |view: &&AppView| same_folder(Path::new(&view.folder), &folder);
        let found = apps.iter().find(same).map(|view| view.app.clone());
        match (&self.general.app, found) {
            (Some(_), None) => Err(not_known(&folder)),
            (_, found) => Ok(found),
        }
    }

    /// The error of a command that needs a known app where there is none.
    pub(crate) fn no_app_here(&self) -> ApiError {
        not_known(&env::current_dir().unwrap_or_default())
    }

    /// The environment named by `--env`.
    ///
    /// # Errors
    /// When it is no name.
    pub(crate) fn environment(&self) -> Result<Option<EnvironmentName>, ApiError> {
        let name = self.general.env.as_ref().map(|name| EnvironmentName::new(name.clone()));
        name.transpose().map_err(|error| ApiError::new(Code::Usage, format!("--env: {error}")))
    }

    /// The same, with another environment meant unless `--env` says one.
    pub(crate) fn in_environment(&self, environment: Option<EnvironmentName>) -> Self {
        let mut general = self.general.clone();
        general.env = general.env.or_else(|| environment.map(|name| name.to_string()));
        Self { app: self.app.clone(), home: self.home.clone(), output: self.output, general }
    }

    /// The run the person means: by a part of its id, or the newest of the app.
    ///
    /// # Errors
    /// When there is none, or several.
    pub(crate) async fn run(&self, part: Option<&str>) -> Result<RunId, ApiError> {
        let Some(part) = part else { return self.newest_run().await };
        if let Ok(id) = part.parse() {
            return Ok(id);
        }
        pick(part, &self.all_runs().await?)
    }

    /// The newest run of the app that is not over.
    ///
    /// # Errors
    /// When every run is over.
    pub(crate) async fn unfinished_run(&self) -> Result<RunId, ApiError> {
        let (app, environment) = (self.known_app().await?, self.environment()?);
        let list = ListParams { app, environment, ..ListParams::default() };
        let runs = self.app.run_list(list).await?;
        let run = runs.iter().find(|line| !line.status.is_over()).map(|line| line.run);
        run.ok_or_else(|| ApiError::new(Code::NotFound, "no run is going on"))
    }

    async fn newest_run(&self) -> Result<RunId, ApiError> {
        let app = self.known_app().await?;
        let environment = self.environment()?;
        let list = ListParams { app, environment, limit: Some(1), before: None };
        let runs = self.app.run_list(list).await?;
        runs.first().map(|line| line.run).ok_or_else(|| {
            ApiError::new(Code::NotFound, "there is no run yet").hint("start one with `seatrial deploy`")
        })
    }

    async fn all_runs(&self) -> Result<Vec<RunLine>, ApiError> {
        let mut runs: Vec<RunLine> = Vec::new();
        while runs.len() < SEARCHED {
            let before = runs.last().map(|line| line.run);
            let page =
                self.app.run_list(ListParams { before, limit: Some(500), ..ListParams::default() }).await?;
            if page.is_empty() {
                break;
            }
            runs.extend(page);
        }
        Ok(runs)
    }

    fn named(&self) -> Result<Named, ApiError> {
        let current = env::current_dir().map_err(|error| {
            ApiError::new(Code::NotFound, format!("the current folder cannot be used: {error}"))
                .hint("change to a folder that exists, or name one with --app")
        })?;
        match &self.general.app {
            Some(text) => name_or_folder(text, &current),
            None => Ok(Named::Folder(app_folder(&current))),
        }
    }
}

/// A word that can be a name is one, unless it is written as a path or a folder of that name is all there is.
fn name_or_folder(text: &str, current: &Path) -> Result<Named, ApiError> {
    let written_as_path = text.contains(['/', '\\']) || text.starts_with('.');
    let folder = current.join(text);
    if written_as_path || folder.join(FILE).is_file() {
        return Ok(Named::Folder(folder));
    }
    match AppName::new(text) {
        Ok(name) => Ok(Named::Name(name)),
        Err(_) if folder.is_dir() => Ok(Named::Folder(folder)),
        Err(error) => Err(ApiError::new(Code::Usage, format!("--app: {error}"))),
    }
}

/// The nearest folder at or above `current` with a configuration; else `current` itself.
fn app_folder(current: &Path) -> PathBuf {
    let found = current.ancestors().find(|folder| folder.join(FILE).is_file());
    found.unwrap_or(current).to_owned()
}

fn same_folder(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

fn not_known(folder: &Path) -> ApiError {
    ApiError::new(Code::NotFound, format!("no app is known in {}", folder.display()))
        .hint("`seatrial status --all` lists the known ones; `seatrial init` looks at a folder")
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The one run whose id begins or ends like this.
fn pick(part: &str, runs: &[RunLine]) -> Result<RunId, ApiError> {
    let part = part.to_ascii_lowercase();
    let is_meant = |line: &&RunLine| {
        let id = line.run.to_string();
        id.starts_with(&part) || id.ends_with(&part)
    };
    let found: Vec<&RunLine> = runs.iter().filter(is_meant).collect();
    match found[..] {
        [one] if !part.is_empty() => Ok(one.run),
        [] => Err(ApiError::new(Code::NotFound, format!("no run's id begins or ends with `{part}`"))
            .hint("`seatrial history` lists the runs")),
        _ => {
            let ids: Vec<String> = found.iter().take(5).map(|line| line.run.to_string()).collect();
            let ends: Vec<&str> = ids.iter().map(|id| short(id)).collect();
            let message = format!("`{part}` could be {} runs: {}", found.len(), ends.join(", "));
            Err(ApiError::new(Code::Usage, message).hint("give more of the id"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::lists::tests::run_line;

    #[test]
    fn the_nearest_configuration_above_decides_which_app_is_meant() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(app_folder(&deep), deep);
        std::fs::write(root.path().join("a").join(FILE), "").unwrap();
        assert_eq!(app_folder(&deep), root.path().join("a"));
    }

    #[test]
    fn a_word_is_a_name_and_a_path_is_a_folder() {
        let root = tempfile::tempdir().unwrap();
        let current = root.path();
        std::fs::create_dir(current.join("My Folder")).unwrap();
        let named = |text: &str| name_or_folder(text, current);
        assert_eq!(named("guestbook").unwrap(), Named::Name(AppName::new("guestbook").unwrap()));
        assert_eq!(named("./guestbook").unwrap(), Named::Folder(current.join("./guestbook")));
        assert_eq!(named("My Folder").unwrap(), Named::Folder(current.join("My Folder")));
        assert_eq!(named("No Such").unwrap_err().code, Code::Usage);
    }

    #[test]
    fn a_run_is_named_by_the_beginning_or_end_of_its_id_when_that_is_clear() {
        let runs = ["019a0000-0000-7000-8000-00000000000a", "019a0000-0000-7000-8000-00000000001a"];
        let runs = runs.map(|id| run_line(id.parse().unwrap()));
        assert_eq!(pick("01A", &runs).unwrap(), runs[1].run);
        assert_eq!(pick("019a", &runs).unwrap_err().code, Code::Usage);
        assert_eq!(pick("ffff", &runs).unwrap_err().code, Code::NotFound);
        assert_eq!(pick("", &runs[..1]).unwrap_err().code, Code::Usage);
    }
}
