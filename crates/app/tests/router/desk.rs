//! An opened home and an app's folder.

use seatrial_app::App;
use seatrial_app::api::ApiError;
use seatrial_store::{OpenOptions, Store};
use serde_json::{Value, json};
use std::path::Path;

pub(crate) struct Desk {
    pub(crate) app: App,
    folder: tempfile::TempDir,
    home: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let (home, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let desk = Self { app: App::open(home.path().to_owned()).unwrap(), folder, home };
        files.iter().for_each(|(name, text)| desk.write(name, text));
        desk
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The history, as another process would open it.
    pub(crate) fn store(&self) -> Store {
        Store::open(self.home.path(), &OpenOptions::new(chrono::Utc::now())).unwrap().0
    }

    pub(crate) async fn ask(&self, command: &str, params: Value) -> Result<Value, ApiError> {
        self.app.call(command, params).await
    }

    /// The answer of a command that has one.
    pub(crate) async fn get(&self, command: &str, params: Value) -> Value {
        self.ask(command, params).await.unwrap()
    }

    pub(crate) async fn open(&self) -> Value {
        self.get("app.open", json!({"folder": self.path()})).await
    }
}

pub(crate) const DOCKERFILE: (&str, &str) = ("Dockerfile", "FROM scratch\nEXPOSE 8000\n");
