//! The opened home.

use crate::api::{ApiError, Code};
use crate::home::Home;
use crate::launch::{DetachedWorker, Launch};
use crate::looks::Looks;
use crate::output::Outputs;
use crate::plans::Planned;
use crate::records::Known;
use crate::sighting::Sightings;
use crate::timeline::Pasts;
use crate::translate::defect;
use crate::usage::Usages;
use chrono::Utc;
use seatrial_core::model::AppName;
use seatrial_store::{OpenOptions, Store};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// An opened Seatrial home. Cheap to clone; every clone is the same home.
#[derive(Clone)]
pub struct App {
    pub(crate) home: Home,
    pub(crate) store: Store,
    pub(crate) launch: Arc<dyn Launch>,
    pub(crate) pasts: Arc<Pasts>,
    pub(crate) known: Arc<Known>,
    pub(crate) looks: Arc<Looks>,
    pub(crate) sightings: Arc<Sightings>,
    pub(crate) outputs: Arc<Outputs>,
    pub(crate) usages: Arc<Usages>,
    supervised: Arc<Mutex<Option<Instant>>>,
    /// The plan that was made last.
    pub(crate) planned: Arc<Mutex<Option<Planned>>>,
}

/// How often a shell that is used looks for runs whose worker is gone.
const SUPERVISE_EVERY: Duration = Duration::from_secs(5);

impl App {
    /// Opens the home at `root` (see [`Home::usual`]), making what is missing.
    pub fn open(root: PathBuf) -> Result<Self, ApiError> {
        let home = Home::new(root, Home::usual().as_deref());
        let (store, _report) = Store::open(home.root(), &OpenOptions::new(Utc::now()))?;
        let launch = Arc::new(DetachedWorker::of_this_program(&home));
        Ok(Self {
            home,
            store,
            launch,
            pasts: Arc::default(),
            known: Arc::default(),
            looks: Arc::default(),
            sightings: Arc::default(),
            outputs: Arc::default(),
            usages: Arc::default(),
            supervised: Arc::default(),
            planned: Arc::default(),
        })
    }

    /// The same home with another way of starting run workers.
    #[must_use]
    pub fn with_launch(mut self, launch: Arc<dyn Launch>) -> Self {
        self.launch = launch;
        self
    }

    /// Takes up runs whose worker is gone, unless that was just looked at. Whoever uses a shell does this by using it;
    /// what goes wrong stands in the run and is no reason to refuse an answer about something else.
    pub(crate) async fn supervise_now_and_then(&self) {
        {
            let mut last = self.supervised.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|at| at.elapsed() < SUPERVISE_EVERY) {
                return;
            }
            *last = Some(Instant::now());
        }
        drop(self.supervise().await);
    }

    /// Where all data is.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Asks the store on a thread that may wait.
    pub(crate) async fn ask<T, E>(
        &self,
        question: impl FnOnce(&Store) -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
    {
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || question(&store)).await {
            Ok(answer) => answer.map_err(Into::into),
            Err(error) => Err(defect(&error)),
        }
    }

    /// The folder of a known app.
    pub(crate) async fn folder_of(&self, app: &AppName) -> Result<PathBuf, ApiError> {
        let name = app.clone();
        let known = self.ask(move |store| store.app(&name)).await?;
        let known = known.ok_or_else(|| {
            ApiError::new(Code::NotFound, format!("no app named `{app}` is known here"))
                .hint("open its folder first: `cd` there and run `seatrial init`")
        })?;
        Ok(PathBuf::from(known.folder))
    }
}
