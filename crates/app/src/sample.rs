//! The sample app: to learn with, and to see Seatrial work before pointing it at something that matters.

use crate::App;
use crate::api::types::{AppRef, AppView, SampleParams};
use crate::api::{ApiError, Code};
use std::path::{Path, PathBuf};

const FILES: [(&str, &str); 4] = [
    ("app.py", include_str!("../sample/app.py")),
    ("Dockerfile", include_str!("../sample/Dockerfile")),
    ("seatrial.toml", include_str!("../sample/seatrial.toml")),
    (".dockerignore", include_str!("../sample/.dockerignore")),
];

impl App {
    /// Creates the sample app in a folder. One that is there already is opened as it is.
    pub async fn sample_create(&self, params: SampleParams) -> Result<AppView, ApiError> {
        let folder = params.folder.map_or_else(|| self.home.sample(), PathBuf::from);
        if !is_sample(&folder) {
            write(&folder).map_err(|error| error.into_api(&folder))?;
        }
        let folder = Some(folder.to_string_lossy().into_owned());
        self.app_open(AppRef { app: None, folder }).await
    }
}

fn is_sample(folder: &Path) -> bool {
    FILES.iter().all(|(name, _)| folder.join(name).is_file())
}

enum NotWritten {
    NotEmpty,
    Io(std::io::Error),
}

impl NotWritten {
    fn into_api(self, folder: &Path) -> ApiError {
        let folder = folder.display();
        match self {
            Self::NotEmpty => {
                ApiError::new(Code::Conflict, format!("{folder} is not empty; nothing was written"))
                    .hint("choose a folder that does not exist yet")
            }
            Self::Io(error) => {
                ApiError::new(Code::Conflict, format!("the sample cannot be written to {folder}: {error}"))
                    .hint("choose a folder you can write to")
            }
        }
    }
}

impl From<std::io::Error> for NotWritten {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

fn write(folder: &Path) -> Result<(), NotWritten> {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(NotWritten::NotEmpty);
    }
    for (name, text) in FILES {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}
